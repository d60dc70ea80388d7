"""Lists of clonotypes and variants beside the patient's tracked markers."""

from fractions import Fraction
from typing import Any

from tests.spec.drawn import Example, Row
from tests.spec.sensitivity_rows import (
    AML,
    BM,
    CLEAR,
    FAINT,
    HIGH,
    LAMBDA,
    MM,
    SEEN,
    line,
    site,
    unlisted,
)

F = Fraction
DOC = "sensitivity.md, tracked markers"
NGS: Row = {"modality": "NGS", "marker": "IG/TR", "basis": "GDNA_CELLS"}
VAF: Row = {"modality": "NGS", "marker": "PANEL", "basis": "VAF", "error_rate": "1e-5"}
EXCLUDED = "MARKER_EXCLUDED"
LACKS = "TRACKED_MARKER_NOT_MENTIONED"

A, B, C = "TGTGCAAAA", "TGTGCACCC", "TGTGCAGGG"
GENES = {A: "IGHV3-23", B: "IGKV1-5", C: "IGHV1-2"}


def listed(
    counts: dict[str, int], total: int | None = None, complete: bool = True, **more: str
) -> tuple[Row, ...]:
    """Write a list of what was found; a complete one adds up to its total."""
    return tuple(
        {
            "marker": marker, "gene": GENES.get(marker, "IGHV4-34"), "marker_class": "CLONOTYPE",
            "marker_count": str(count), "total_count": str(total or sum(counts.values())),
            "count_kind": "CELLS", "is_tracked": "false", "is_complete_list": "true" if complete else "",
        } | more
        for marker, count in counts.items()
    )  # fmt: skip


def followed(*markers: str, marker_class: str = "CLONOTYPE", **more: str) -> tuple[Row, ...]:
    """Write rows of the patient's list."""
    return tuple({"marker": m, "marker_class": marker_class} | more for m in markers)


def mm(number: str, shown: str, rows: tuple[Row, ...], *verdict: Any, **rest: Any) -> Example:
    """Draw a myeloma marrow whose diagnostic list, of the same assay, has A and B."""
    rest.setdefault("tracked", followed(A))
    at_diagnosis = listed({A: 600, B: 400}, complete=False)
    rest.setdefault("elsewhere", tuple(r | {"sample_id": "dx"} for r in at_diagnosis))
    before = {"sample_id": "dx", "collected_on": "2023-06-01", "tissue": "BM"}
    return line(
        number, shown, MM, BM, NGS, rows, *verdict,
        other_samples=({**before, "timepoint": "DIAGNOSIS"},), **{"source": DOC, **rest},
    )  # fmt: skip


OTHERS = {"TGTGCATTT": 1_999_999, "TGTGCATCT": 1_000_001}
PRESENT = {A: 60, **OTHERS}

PRESENT_ROWS = (
    mm("W1", "A tracked, 60 cells in a list of 3,000,060", listed(PRESENT), HIGH, "MRD<1e-4",
        F(60, 3_000_060), marker=A, not_flags=("new_variant", LACKS.lower()),
        why="A row that its reader calls not known from diagnosis counts by the patient's list."),
    mm("W2", "the clone beside it, tracked by nobody", listed(PRESENT), unlisted(SEEN, EXCLUDED), None,
        F(1_999_999, 3_000_060), marker="TGTGCATTT", flags=("new_variant",),
        why="A list holds the normal repertoire too: what is in nobody's list is no residual disease."),
    mm("W3", "A in the list of another patient", listed(PRESENT), unlisted(SEEN, EXCLUDED), "MRD<1e-4",
        F(60, 3_000_060), marker=A, flags=("new_variant",),
        tracked=followed(A, patient_id="P-other"),
        why="A sequence is tracked in a patient, never in all of them."),
    mm("W4", "A withdrawn by a correction", listed(PRESENT), unlisted(SEEN, EXCLUDED), "MRD<1e-4",
        F(60, 3_000_060), marker=A, flags=("new_variant",),
        tracked=(*followed(A), *followed(A, is_tracked="false", is_correction="true")),
        why="The last word on a marker holds."),
    mm("W5", "A in the list, and called not tracked by the row of a person", listed(PRESENT, complete=False),
        HIGH, "MRD<1e-4", F(60, 3_000_060), marker=A,
        why="Of two statements the one counts by which nothing is missed."),
)  # fmt: skip

NONE_SEEN: Any = (CLEAR, "NEGATIVE", "NOT_DETECTED_ADEQUATE")
ABSENT = ("absent_from_complete_list",)
ABSENT_ROWS = (
    mm("W10", "A tracked, absent from a complete list of 3,000,000 IGH cells", listed(OTHERS), NONE_SEEN, "MRD<1e-6",
        marker=A, flags=ABSENT, sample_says={"status": "NEGATIVE"},
        checks={"numerator": F(0), "denominator": F(3_000_000), "lod_fraction": LAMBDA[1] / 3_000_000},
        why="Found at diagnosis by the same assay, and now not among all that was found: that is 0."),
    mm("W11", "A tracked, absent from a complete list of 1,000 cells", listed({"TGTGCATTT": 1_000}),
        (CLEAR, "INDETERMINATE", FAINT), None, marker=A, flags=ABSENT,
        checks={"lod_fraction": LAMBDA[1] / 1_000},
        why="A 0 is as deep as its cells, here as everywhere."),
    mm("W12", "A tracked, absent from a complete list of 5,000,000 reads",
        listed({"TGTGCATTT": 5_000_000}, count_kind="READS"), (CLEAR, "INDETERMINATE", "LOD_UNKNOWN"), None,
        marker=A, flags=(*ABSENT, "reads_are_not_molecules"),
        checks={"lod_fraction": None, "effective_denominator": None},
        why="Reads are no cells, so their number proves no depth."),
    mm("W13", "B (IGK) tracked, absent from a complete list of IGH cells and 5,000 of IGK",
        (*listed(OTHERS, 3_005_000), *listed({"TGTGCAGAG": 5_000}, 3_005_000, gene="IGKV2-30")),
        (CLEAR, "INDETERMINATE", FAINT), "MRD<1e-3", marker=B, flags=ABSENT, tracked=followed(B),
        checks={"denominator": F(5_000), "lod_fraction": LAMBDA[1] / 5_000},
        why="Only cells read at its own locus could have shown it."),
)  # fmt: skip

SILENT_ROWS = (
    mm("W20", "A and B tracked; B is not in the list of the largest clones", listed(PRESENT, complete=False), HIGH,
        "MRD<1e-4", F(60, 3_000_060), marker=A, tracked=followed(A, B),
        flags=(LACKS.lower(),), finding_codes=(LACKS,),
        sample_says={"status": "POSITIVE", "is_incomplete": True},
        why="Nothing is said of B; what is said of A stands."),
    mm("W21", "A tracked, not in the list of the largest clones", listed(OTHERS, complete=False),
        unlisted(SEEN, EXCLUDED), None, F(1_999_999, 3_000_000), marker="TGTGCATTT",
        flags=("new_variant", LACKS.lower()), finding_codes=(LACKS,),
        sample_says={"status": "NO_CATEGORY", "molecular_remission": "NOT_ASSESSABLE"},
        why="A clone below the largest is unknown, not absent: no row is made of it."),
    mm("W22", "A tracked with 0 reads, B tracked and not mentioned",
        listed({A: 0, "TGTGCATTT": 3_000_000}, complete=False), NONE_SEEN, "MRD<1e-6", marker=A,
        tracked=followed(A, B), flags=(LACKS.lower(),), finding_codes=(LACKS,),
        sample_says={"status": "INDETERMINATE", "molecular_remission": "NOT_ASSESSABLE"},
        why="A sample is negative only when every tracked marker is told of: a minor clone may return."),
    mm("W23", "A tracked, absent; no file of the assay has ever shown A", listed(OTHERS),
        unlisted(SEEN, EXCLUDED), None, F(1_999_999, 3_000_000), marker="TGTGCATTT", elsewhere=(),
        flags=(LACKS.lower(), "new_variant"), finding_codes=(LACKS,),
        why="A marker written in another way than the file's would be absent from every list."),
    mm("W24", "A tracked, absent from rows that do not add up to their total", listed(OTHERS, 3_000_100),
        unlisted(SEEN, EXCLUDED), None, F(1_999_999, 3_000_100), marker="TGTGCATTT",
        flags=(LACKS.lower(), "new_variant"), finding_codes=(LACKS,),
        why="100 cells are in no row: it may be one of those that were refused."),
    mm("W25", "B (IGK) tracked, absent from a complete list of IGH alone", listed(OTHERS),
        unlisted(SEEN, EXCLUDED), None, F(1_999_999, 3_000_000), marker="TGTGCATTT", tracked=followed(B),
        flags=(LACKS.lower(), "new_variant"), finding_codes=(LACKS,),
        why="IGK was not looked at."),
)  # fmt: skip

R140Q, R882H = "15-90088702-C-T", "2-25234373-C-T"


def aml(number: str, shown: str, rows: tuple[Row, ...], *verdict: Any, **rest: Any) -> Example:
    """Draw an AML marrow with variants as a VCF names them, without a gene."""
    bare = tuple({k: v for k, v in r.items() if k != "gene"} | {"is_tracked": "false"} for r in rows)  # fmt: skip
    return line(number, shown, AML, BM, VAF, bare, *verdict, **{"source": DOC, **rest})


VARIANT_ROWS = (
    aml("W30", "a tracked variant, 90 of 30,000 molecules", (site(90, 30_000, R140Q),), HIGH, None, F("0.003"),
        marker=R140Q, tracked=followed(R140Q, marker_class="SNV", gene="IDH2"),
        why="A row of a VCF counts by the patient's list."),
    aml("W31", "a tracked variant in DNMT3A", (site(90, 30_000, R882H),), unlisted(SEEN, EXCLUDED), None,
        F("0.003"), marker=R882H, flags=("clonal_haematopoiesis",),
        tracked=followed(R882H, marker_class="SNV", gene="DNMT3A"),
        why="The list names the gene where the file does not, and clonal haematopoiesis stays what it is."),
    aml("W32", "a tracked variant that the VCF does not name", (site(90, 30_000, R882H),),
        unlisted(SEEN, EXCLUDED), None, F("0.003"), marker=R882H,
        tracked=followed(R140Q, marker_class="SNV"), flags=("new_variant",),
        finding_codes=("NEW_VARIANT", LACKS),
        why="A site without a record was not tested, or not called; it is never 0."),
    aml("W33", "a tracked clonotype beside a VCF", (site(90, 30_000, R140Q),), HIGH, None, F("0.003"),
        marker=R140Q, tracked=(*followed(A), *followed(R140Q, marker_class="SNV")),
        not_flags=(LACKS.lower(),),
        why="Variants say nothing of clonotypes, and are not asked."),
)  # fmt: skip

EXAMPLES = (*PRESENT_ROWS, *ABSENT_ROWS, *SILENT_ROWS, *VARIANT_ROWS)
