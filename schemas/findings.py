"""The registry of finding codes: stable, never renamed. `docs/findings.md` is generated from it.

A message names the value and says what would be right; the code says which rule spoke.
"""

from dataclasses import dataclass

from schemas.enums import Severity

R, V, N = Severity.REJECTED, Severity.REVIEW, Severity.NOTE


@dataclass(frozen=True)
class FindingCode:
    """One code: what it means and what would be right."""

    code: str
    severity: Severity
    scope: str
    meaning: str
    remedy: str


_ALL = (
    # a file that cannot be used at all
    FindingCode("FILE_EMPTY", R, "file", "The file holds no data row.", "Export the file again."),
    FindingCode(
        "FILE_UNREADABLE",
        R,
        "file",
        "The file could not be opened or read.",
        "Give the program's account the right to read it.",
    ),
    FindingCode(
        "FILE_TOO_LARGE",
        R,
        "file",
        "The file is larger than the setting `max_file_mb`.",
        "Split the export, or raise the setting.",
    ),
    FindingCode(
        "FILE_BINARY",
        R,
        "file",
        "The file is not text.",
        "Export as text or CSV; see `mrd formats`.",
    ),
    FindingCode(
        "FILE_DAMAGED",
        R,
        "file",
        "The file is damaged: a workbook, an archive, XML or FCS that cannot be opened.",
        "Export it again.",
    ),
    FindingCode(
        "XML_FORBIDDEN",
        R,
        "file",
        "The XML declares entities, asks for other files, or is nested deeper than any export.",
        "Export the file again; no instrument writes such XML.",
    ),
    FindingCode(
        "FILE_UNPACKS_TOO_LARGE",
        R,
        "file",
        "The file unpacks to more than is read at once.",
        "Export less, or unpack it.",
    ),
    FindingCode(
        "FILE_ENCODING",
        R,
        "file",
        "The bytes are neither UTF-8 nor UTF-16 with a byte-order mark.",
        "Save the file as UTF-8.",
    ),
    FindingCode(
        "FILE_NOT_RECOGNISED",
        R,
        "file",
        "The content matches no format that the program reads.",
        "See `mrd formats` for what is read; correct the header.",
    ),
    FindingCode(
        "FILE_LINK",
        R,
        "file",
        "The path is a symbolic link that leaves the inbox.",
        "Copy the file itself into the inbox.",
    ),
    FindingCode(
        "FILE_IN_TWO_FOLDERS",
        R,
        "file",
        "The same instrument file lies under two assay folders.",
        "Keep it under the assay it belongs to.",
    ),
    FindingCode(
        "DUPLICATE_HEADER",
        R,
        "file",
        "A column that is read stands twice in the header.",
        "Keep one of the two columns.",
    ),
    FindingCode(
        "MISSING_COLUMN", R, "file", "A required column is missing.", "Add the column named."
    ),
    FindingCode(
        "QUOTE_NOT_CLOSED",
        R,
        "file",
        "A quoted cell is opened and never closed.",
        "Close the quote, or double quotes inside a cell.",
    ),
    FindingCode(
        "NO_RESULTS_SECTION",
        R,
        "file",
        "The file is no table of results, or lacks columns that are needed; the finding says which export to choose.",
        "Export the results with sample, target and value, as the finding says.",
    ),
    FindingCode(
        "TARGET_NOT_IN_FILE",
        R,
        "row",
        "Nothing in the file has the assay's target or control name.",
        "Correct `target_name` and `control_name` of the assay, or the folder of the file.",
    ),
    FindingCode(
        "GATE_AMBIGUOUS",
        R,
        "file",
        "A gate that the assay names stands at several levels, or twice in one tube.",
        "Write the gate's path as `target_name` or `control_name`, with `/` before it when it is whole.",
    ),
    FindingCode(
        "ASSAY_NOT_KNOWN_FOR_FILE",
        V,
        "file",
        "The instrument file waits: its folder names no known assay with a target name.",
        "Load an `assays` row with this assay_id and its `target_name`.",
    ),
    FindingCode(
        "FILE_NAME_UNMATCHED",
        V,
        "file",
        "The file does not say whose sample it holds, and its name does not fit the pattern set for its folder, "
        "or fits in two ways.",
        "Correct the pattern in `file_names`, or name the sample in a `manifest` row.",
    ),
    FindingCode(
        "SAMPLE_NAME_UNMATCHED",
        R,
        "row",
        "The name of the sample does not fit the pattern set for the folder, or fits in two ways.",
        "Correct the pattern in `sample_names`, or the name.",
    ),
    FindingCode(
        "SAMPLE_NOT_KNOWN_FOR_FILE",
        V,
        "file",
        "The file waits: it does not say whose sample it is about.",
        "Load a `manifest` row with this file_name and its sample_id.",
    ),
    FindingCode(
        "FILE_REPLACED",
        N,
        "file",
        "The file was read again and replaces what it gave before.",
        "Nothing to do.",
    ),
    # shape of rows
    FindingCode(
        "EXTRA_COLUMN",
        N,
        "file",
        "Columns that the table does not have were left out.",
        "Nothing, or correct a misspelt name.",
    ),
    FindingCode(
        "INLINE_INCOMPLETE",
        N,
        "file",
        "Columns of `samples` or `patients` stand in the file, but not all that such a row requires.",
        "Add the columns named, or load the table on its own.",
    ),
    FindingCode(
        "ROW_TOO_LONG",
        R,
        "row",
        "The row has more cells than the header.",
        "Quote cells that hold the separator.",
    ),
    FindingCode(
        "ROW_TOO_SHORT",
        R,
        "row",
        "The row has fewer cells than the header.",
        "Write empty cells as empty, with their separators.",
    ),
    # cells
    FindingCode("VALUE_MISSING", R, "row", "A required cell is empty.", "Fill the cell."),
    FindingCode(
        "NOT_A_NUMBER",
        R,
        "row",
        "The text is not a number that can be read in one way.",
        "Write a plain number such as 0.00032 or 3.2E-04.",
    ),
    FindingCode(
        "AMBIGUOUS_NUMBER",
        R,
        "row",
        "The comma or point could be a decimal sign or a thousands separator.",
        "Write the number without thousands separator and with a decimal point.",
    ),
    FindingCode(
        "OPERATOR_NOT_ALLOWED",
        R,
        "row",
        "`<`, `>` or `≤` stands where a plain number is needed.",
        "Censored values belong into `reported_value`.",
    ),
    FindingCode(
        "PERCENT_NOT_ALLOWED", R, "row", "A percent sign stands at a count.", "Write the count."
    ),
    FindingCode("NOT_AN_INTEGER", R, "row", "A count has decimals.", "Write a whole number."),
    FindingCode(
        "OUT_OF_RANGE",
        R,
        "row",
        "The number is outside the column's legal range.",
        "Correct the number or its unit.",
    ),
    FindingCode("NOT_A_DATE", R, "row", "The text is not a calendar date.", "Write YYYY-MM-DD."),
    FindingCode(
        "AMBIGUOUS_DATE", R, "row", "Day and month could be exchanged.", "Write YYYY-MM-DD."
    ),
    FindingCode(
        "DATE_IS_EXCEL_SERIAL",
        R,
        "row",
        "The cell holds an Excel day number, whose date depends on the workbook's date system.",
        "Format the column as YYYY-MM-DD before exporting.",
    ),
    FindingCode(
        "DATE_NOT_ISO",
        N,
        "row",
        "The date was written in another unambiguous form.",
        "Prefer YYYY-MM-DD.",
    ),
    FindingCode(
        "NOT_A_BOOLEAN", R, "row", "The text is not true/false/yes/no/1/0.", "Write true or false."
    ),
    FindingCode(
        "UNKNOWN_VALUE",
        R,
        "row",
        "The word is not one of the column's legal values.",
        "Write one of the values named.",
    ),
    # rows that contradict themselves
    FindingCode(
        "NO_MEASUREMENT",
        R,
        "row",
        "The row holds no copies, Cq, partitions, value or call.",
        "Fill at least one, or leave the row out.",
    ),
    FindingCode(
        "VALUE_WITHOUT_UNIT",
        R,
        "row",
        "`reported_value` has no unit.",
        "Fill `reported_unit` with PCT_IS, PCT, FRACTION or MR.",
    ),
    FindingCode(
        "UNIT_CONTRADICTS_VALUE",
        R,
        "row",
        "The written sign and `reported_unit` are not the same unit.",
        "Make both the same.",
    ),
    FindingCode(
        "CALL_CONTRADICTS_VALUE",
        R,
        "row",
        "The call and the value, copies or Cq cannot both be true.",
        "Correct the one that is wrong.",
    ),
    FindingCode(
        "CALL_MISSING",
        R,
        "row",
        "A bound such as `<0.003`, or a zero, does not say whether anything was detected.",
        "Fill `reported_call`.",
    ),
    FindingCode(
        "MORE_EVENTS_THAN_DENOMINATOR",
        R,
        "row",
        "More events or molecules than their denominator.",
        "Check for exchanged columns.",
    ),
    FindingCode(
        "STOP_BEFORE_START",
        R,
        "row",
        "An end date lies before its start date.",
        "Correct the dates.",
    ),
    FindingCode(
        "LOQ_BELOW_LOD",
        R,
        "row",
        "The limit of quantification is below the limit of detection.",
        "Check for exchanged columns.",
    ),
    FindingCode(
        "PAIR_INCOMPLETE",
        R,
        "row",
        "A value is given without the other that it needs.",
        "Fill both cells or neither.",
    ),
    FindingCode(
        "PARTITIONS_EXCEED_REACTION",
        R,
        "row",
        "The partitions hold more volume than the reaction, so the DNA looked at would exceed what went in.",
        "Correct the volumes; of merged wells give the volume and DNA of all of them.",
    ),
    FindingCode(
        "LOD_NOT_PLAUSIBLE",
        R,
        "row",
        "A limit of detection above 10⁻² is no MRD assay's; often it is a percent in a fraction column.",
        "Write a fraction of 1 (0.01 % is 0.0001), or leave the cell empty: negatives then prove nothing.",
    ),
    FindingCode(
        "FACTOR_ON_REPORTED_KIT",
        R,
        "row",
        "A kit that already reports %IS carries a conversion factor other than 1.",
        "Set the factor to 1 or leave it empty.",
    ),
    FindingCode(
        "SCALE_NEEDS_P210",
        R,
        "row",
        "Only BCR::ABL1 p210 is on the International Scale.",
        "Use basis RNA_RATIO for p190 and other transcripts.",
    ),
    FindingCode(
        "BASIS_CONTRADICTS_MODALITY",
        R,
        "row",
        "The basis cannot belong to the modality.",
        "Correct `basis` or `modality`.",
    ),
    FindingCode(
        "CONTROL_GENE_MISSING",
        V,
        "row",
        "A laboratory's own RNA assay of BCR::ABL1 p210 names no control gene, so no level can be scored.",
        "Fill `control_gene`.",
    ),
    FindingCode(
        "MARKER_SPELLING",
        V,
        "row",
        "The marker looks like BCR::ABL1 and is not written as one that rule sets know.",
        "Write `BCR::ABL1 p210` or `BCR::ABL1 p190`.",
    ),
    FindingCode(
        "RUN_WITHOUT_CONTENT",
        R,
        "row",
        "The run row says nothing of the run.",
        "Fill a run column.",
    ),
    # rows against other rows
    FindingCode(
        "REPEATED_ROW",
        N,
        "file",
        "The same row was given before and is counted once.",
        "Nothing; true replicates need a `replicate` of their own.",
    ),
    FindingCode(
        "CONFLICT_IN_LOAD",
        R,
        "row",
        "Rows of one load give different content for one key.",
        "Keep the right one, or number replicates.",
    ),
    FindingCode(
        "CONFLICT_WITH_STORED",
        R,
        "row",
        "The row contradicts the stored row of the same key.",
        "Set `is_correction` = true (reference rows) or a higher `result_version` (measurements).",
    ),
    FindingCode(
        "INLINE_CONFLICT",
        V,
        "row",
        "Inline sample or patient columns contradict what is known.",
        "Correct the file, or load a correction of the reference row.",
    ),
    FindingCode(
        "INLINE_INVALID",
        V,
        "row",
        "An inline sample or patient cell cannot be read.",
        "Correct the cell; the measurement itself is kept.",
    ),
    FindingCode(
        "ASSAY_WINDOWS_OVERLAP",
        R,
        "row",
        "Two rows of one assay are in force on the same day.",
        "Close the earlier window with a correction first.",
    ),
    # rows that are not results
    FindingCode("IGNORED_STANDARD", N, "file", "Standards are not results.", "Nothing to do."),
    FindingCode("IGNORED_CONTROL", N, "file", "Controls are not results.", "Nothing to do."),
    FindingCode(
        "IGNORED_SUMMARY",
        N,
        "file",
        "Means, averages and merged wells are counted in their members already.",
        "Nothing to do.",
    ),
    FindingCode(
        "CONTROL_BY_NAME",
        V,
        "file",
        "Wells typed as unknown samples were taken as controls because of their name.",
        "Rename the sample, or correct the setting `control_names`.",
    ),
    FindingCode(
        "IGNORED_OMITTED", N, "file", "Wells omitted by the operator, or empty.", "Nothing to do."
    ),
    FindingCode(
        "IGNORED_OTHER_TARGET",
        N,
        "file",
        "Targets that are not this assay's.",
        "Nothing to do.",
    ),
    FindingCode(
        "IGNORED_NO_MARKER",
        N,
        "file",
        "Records that name no countable variant: structural variants, breakends, positions without an alternative.",
        "Nothing to do.",
    ),
    # what a sequencing file leaves open
    FindingCode(
        "TRACKING_NOT_STATED",
        V,
        "file",
        "The file lists what was found, not which markers were known from diagnosis; each counts as followed.",
        "Load the followed markers only, or as a canonical file with `is_tracked`.",
    ),
    FindingCode(
        "TOTAL_FROM_FILE",
        N,
        "file",
        "The total of a list of clones is the sum of its lines; a list that was filtered has too small a total.",
        "Export all clones, unproductive ones too.",
    ),
    FindingCode(
        "FILTERED_CALLS_KEPT",
        N,
        "file",
        "Rows that the caller filtered keep their counts; the rules judge them.",
        "Nothing to do.",
    ),
    FindingCode(
        "ALT_READS_IN_NORMAL",
        V,
        "file",
        "A variant passes, and only the column of the normal tissue has its reads.",
        "Check which column is the patient's sample.",
    ),
    FindingCode(
        "LAYOUT_NOT_CONFIRMED",
        V,
        "file",
        "This part of the layout is known from other programs, not from a real file.",
        "Compare the values with the export.",
    ),
    FindingCode(
        "CONTROL_FAILED",
        V,
        "file",
        "A no-template control gave a signal.",
        "Check the run for contamination before trusting low positives.",
    ),
    FindingCode(
        "POSITIVE_CONTROL_FAILED",
        V,
        "file",
        "A positive control gave no signal, so the run is not valid.",
        "Repeat the run: its negatives prove nothing.",
    ),
    FindingCode(
        "WELL_FLAGGED",
        V,
        "file",
        "Wells with a signal carry a quality flag of the instrument; their values are kept.",
        "Look at their amplification curves; omit what is no amplification and export again.",
    ),
    FindingCode(
        "IGNORED_DEFAULT_NAME",
        N,
        "file",
        "Wells without a signal that still have the instrument's default name: unused, or never named.",
        "Nothing, or name the samples of the plate and export it again.",
    ),
    FindingCode(
        "QUANTITY_NOT_IN_COPIES",
        R,
        "file",
        "The quantities of the file are in another unit than copies.",
        "Enter the standards in copies and export the run again.",
    ),
    FindingCode(
        "CONTROL_IN_OTHER_WELL",
        V,
        "file",
        "Digital PCR counted the control in other wells than the target; its copies are taken as they are.",
        "Make sure that target and control wells had the same input and dilution; better count both in one well.",
    ),
    FindingCode(
        "RUN_DATE_UNREADABLE",
        V,
        "file",
        "The run's date cannot be read in one way.",
        "Load a `runs` row with `performed_on`.",
    ),
    # messages
    FindingCode(
        "RESULT_NOT_UNDERSTOOD",
        R,
        "row",
        "The words, number, unit or code of a message's result are in no table that is read, or contradict each other.",
        "Read the original report and enter the result as a canonical row; it is not guessed at.",
    ),
    FindingCode(
        "RESULT_NOT_FINAL",
        R,
        "row",
        "The message's result is preliminary, withdrawn, or has no status.",
        "Send it when it is final; correct by hand what a withdrawn result gave before.",
    ),
    FindingCode(
        "NO_STRUCTURED_RESULT",
        R,
        "row",
        "The message holds an attachment or free text, and no result that a program can read.",
        "Read the report and enter the result as a canonical row.",
    ),
    # results
    FindingCode(
        "PENDING",
        N,
        "file",
        "Results wait for a sample, patient or assay that is not known yet.",
        "Load the reference rows named.",
    ),
    FindingCode(
        "PENDING_TOO_LONG",
        V,
        "row",
        "A result has waited longer than the setting `pending_review_days`.",
        "Load what is missing, or correct the identifier.",
    ),
    FindingCode(
        "NO_CONVERSION_FACTOR",
        V,
        "row",
        "A detected result has no conversion factor in force on its date, so it has no level.",
        "Load an `assays` row whose window holds the date.",
    ),
    FindingCode(
        "DETECTED_IN_REJECTED_REPLICATE",
        V,
        "row",
        "A replicate with too few control copies was positive.",
        "Repeat the test.",
    ),
    FindingCode(
        "TRANSCRIPT_CONTRADICTED",
        V,
        "row",
        "A p210 assay detected BCR::ABL1 in a patient whose transcript it should not see.",
        "Check the transcript type and the sample's identity.",
    ),
    FindingCode(
        "UNIT_NOT_ON_SCALE",
        V,
        "row",
        "A value on the International Scale was reported by an assay that is not on it.",
        "Correct the unit or the assay's basis.",
    ),
    FindingCode(
        "MODALITY_MISMATCH",
        V,
        "row",
        "The measurement names an assay of another modality.",
        "Correct the assay_id.",
    ),
    FindingCode(
        "DENOMINATOR_MISMATCH",
        V,
        "row",
        "The denominator is not the one of the assay's basis.",
        "Correct `denominator` or the assay's `basis`.",
    ),
    FindingCode(
        "VALUE_CONTRADICTS_COUNTS",
        V,
        "row",
        "The reported value and the counts beside it are ten times apart or more; the result has no level.",
        "Correct the value, its unit or the counts; a percent in a fraction column is 100 times too high.",
    ),
    FindingCode(
        "ROUNDING_CROSSES_THRESHOLD",
        V,
        "row",
        "The reported value lies on the other side of a threshold than the counts; the counts decide.",
        "Report with more digits.",
    ),
    FindingCode(
        "FRACTION_ABOVE_1",
        V,
        "row",
        "A fraction of cells or molecules cannot be above 1; the result has no level.",
        "Correct the value or its unit; beside a blast fraction at diagnosis a value up to its inverse can be.",
    ),
    FindingCode(
        "NEW_VARIANT",
        V,
        "row",
        "A marker that was not known from diagnosis was detected; it may be a new clone, clonal haematopoiesis or a donor's.",
        "Confirm it before it is followed as MRD.",
    ),
    FindingCode(
        "SATURATED",
        V,
        "row",
        "More than 95 % of the partitions are positive, of the target or its control, so their number says nothing.",
        "Repeat the test with diluted DNA.",
    ),
    FindingCode(
        "CURVE_NOT_ACCEPTABLE",
        V,
        "row",
        "Copies were computed from a standard curve whose slope or R² is outside the accepted range.",
        "Repeat the run, or give copies.",
    ),
    FindingCode(
        "CLAIM_BELOW_POISSON_FLOOR",
        V,
        "row",
        "The sensitivity claimed cannot be reached with the material of this sample; the floor decides.",
        "Nothing, or correct the claim.",
    ),
)

FINDING_CODES: dict[str, FindingCode] = {c.code: c for c in _ALL}
