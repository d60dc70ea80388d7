"""The defects: small files in which every bad line says what it must raise.

Canonical files carry the codes of a line in a last column `expect`; `labels.csv` holds the findings
about files, and those of files that cannot carry a column.
"""

import defects_amended
import defects_limits
import defects_messages
import defects_plates
import defects_reference
import defects_results
import defects_shapes
import defects_tracked
from defects_book import Book
from world import Row

ELSEWHERE = {
    "CONFLICT_WITH_STORED": "needs a second load",
    "PENDING_TOO_LONG": "needs a later load",
    "FILE_REPLACED": "needs a second load",
    "RESULT_UNDER_AMENDMENT": "needs a second load",
    "FILE_REDACTED": "needs `mrd forget`; see tests/flows/test_forget.py",
    "FILE_UNREADABLE": "needs file rights",
    "FILE_TOO_LARGE": "needs a setting",
    "NOT_DETECTED_VALUE": "needs a setting; see tests/unit/test_sentinels.py",
    "FILE_LINK": "needs a symbolic link",
    "FILE_NAME_UNMATCHED": "needs a setting; see tests/flows/test_told.py",
    "SAMPLE_TOLD_CONTRADICTED": "needs an export that names its sample; see tests/flows/test_told.py",
    "SAMPLE_NAME_UNMATCHED": "needs a setting; see tests/unit/test_name_patterns.py",
    "FILE_NAME_HIDDEN_CHARACTER": "needs such a name; see tests/unit/test_printable.py",
    "FILE_IN_TWO_FOLDERS": "needs one file under two folders",
    "XML_FORBIDDEN": "needs an export in XML; see tests/unit/test_safe_xml.py",
    "GATE_AMBIGUOUS": "needs an export of gates; see tests/unit/test_flow_files.py",
    "LAYOUT_INVALID": "needs a layout; see tests/unit/test_layout_files.py",
    "LAYOUT_AMBIGUOUS": "needs a layout; see tests/unit/test_layouts.py",
    "LAYOUT_HEADINGS_MISSING": "needs a layout; see tests/unit/test_layouts.py",
    "LAYOUT_FITS_REFUSED_FILE": "needs a second load; see tests/flows/test_layouts.py",
    "IGNORED_BY_LAYOUT": "needs a layout; see tests/unit/test_layouts.py",
    "IGNORED_NO_MARKER": "needs a list of variants; see tests/unit/test_variant_files.py",
    "FILTERED_CALLS_KEPT": "needs a list of variants; see tests/unit/test_variant_files.py",
    "ALT_READS_IN_NORMAL": "needs a list of variants; see tests/unit/test_variant_files.py",
    "TRACKING_NOT_STATED": "needs a list of clones; see tests/unit/test_clonotype_files.py",
    "SPIKE_IN_NOT_STATED": "needs a list of clones; see tests/unit/test_clonotype_files.py",
    "TOTAL_FROM_FILE": "needs a list of clones; see tests/unit/test_clonotype_files.py",
    "LAYOUT_NOT_CONFIRMED": "needs a list of clones; see tests/unit/test_clonotype_files.py",
    "FILE_DAMAGED": "needs a broken workbook or archive; see tests/unit/test_decode_and_delimited.py",
    "FILE_UNPACKS_TOO_LARGE": "needs a large archive; see tests/unit/test_content.py",
    "SAMPLE_NOT_KNOWN_FOR_FILE": "needs a file that names no sample; see tests/unit/test_clonotype_files.py",
    "IGNORED_SUMMARY": "needs an export with means or merged wells; see tests/unit/test_digital_pcr_files.py",
    "POSITIVE_CONTROL_FAILED": "needs an export that marks positive controls; see tests/unit/test_plates_xlsx.py",
    "WELL_FLAGGED": "needs an export with quality flags; see tests/unit/test_plates_xlsx.py",
    "WELL_NOT_PASSED": "needs an export of digital PCR; see tests/unit/test_digital_pcr_files.py",
    "IGNORED_DEFAULT_NAME": "needs a LightCycler export; see tests/unit/test_plates_text.py",
    "QUANTITY_NOT_IN_COPIES": "needs a Rotor-Gene export; see tests/unit/test_rotor_gene.py",
    "FORMAT_NOT_READ": "needs an export that is known and not read; see tests/unit/test_not_read.py",
    "CONTROL_IN_OTHER_FILE": "needs a LightCycler export; see tests/unit/test_plates_text.py",
    "OTHER_CHANNEL_MISSING": "needs a LightCycler export; see tests/unit/test_lightcycler_files.py",
    "CONTROL_IN_OTHER_WELL": "needs an export of digital PCR; see tests/unit/test_digital_pcr_files.py",
}

README = """# Defects

Invented files, made by `sample_data/make_sample_data.py`, for loading into an empty warehouse
together.

- In canonical files the last column, `expect`, holds the finding codes that the line must raise,
  joined by `;`. Empty: the line is clean and must raise none.
- `labels.csv` (file, line, code; the line is empty for findings about the file) holds all the other
  findings: those about files, and those of files that cannot carry a column. `expect` is itself an
  extra column, so each of these files raises EXTRA_COLUMN. `labels.csv` and this README match no
  format and are labelled so.
- Findings on results stand at the first line of the sample and assay.
- `reference/` holds the patients, samples, assays and runs that the other files need. It is clean,
  but for one sample that an inline row of `results/inline.csv` contradicts: both rows are rejected.

Codes that these files cannot raise; other tests cover them:

| code | why |
|---|---|
"""


def build() -> tuple[dict[str, bytes], list[tuple[str, int | str, str]]]:
    """Return the files, and the labels that stand in `labels.csv`."""
    book = Book()
    defects_shapes.add(book)
    defects_results.add(book)
    defects_reference.add(book)
    defects_plates.add(book)
    defects_limits.add(book)
    defects_messages.add(book)
    defects_tracked.add(book)
    defects_amended.add(book)
    book.write_reference()
    rows: list[Row] = [{"code": code, "why": why} for code, why in ELSEWHERE.items()]
    readme = README + "".join(f"| {row['code']} | {row['why']} |\n" for row in rows)
    book.raw("README.md", readme.encode(), ("", "FILE_NOT_RECOGNISED"))
    book.label("labels.csv", "", "FILE_NOT_RECOGNISED")
    return book.files, sorted(book.labels, key=lambda label: (label[0], label[1] or 0, label[2]))
