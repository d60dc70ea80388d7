"""Lines of reference files: dates, words, limits and windows."""

from assays import HEADER as ASSAY_HEADER
from defects_book import Book
from world import Row, day

SAMPLES = ("sample_id", "patient_id", "collected_on", "tissue", "pull", "blast_fraction")
PATIENTS = ("patient_id", "disease", "transcript", "diagnosed_on")
TREATMENTS = ("patient_id", "therapy", "started_on", "stopped_on", "line", "agent")
CLINICAL = ("patient_id", "assessed_on", "response", "bm_blasts_pct", "has_circulating_blasts")
RUNS = ("run_id", "assay_id", "performed_on", "target_slope", "is_valid")


def add(book: Book) -> None:
    """Add every file of this kind."""
    _samples(book)
    _patients(book)
    _assays(book)
    _course(book)


def _samples(book: Book) -> None:
    def sample(number: int, collected_on: str, expect: str = "", **more: object) -> Row:
        row: Row = {"sample_id": f"D-8{number:02d}", "patient_id": "D-CML-1", "tissue": "PB"}
        return row | {"collected_on": collected_on, "expect": expect} | more

    rows = [
        sample(1, "2023-11-06"),
        sample(2, "31.12.2023", "DATE_NOT_ISO"),
        sample(3, "12/31/2023", "DATE_NOT_ISO"),
        sample(4, "2023-11-20"),
    ]
    book.table("reference_bad/samples_dates_readable.csv", SAMPLES, rows)
    rows = [
        sample(11, "2023-08-07"),
        sample(12, "03/04/2024", "AMBIGUOUS_DATE"),
        sample(13, "45355", "DATE_IS_EXCEL_SERIAL"),
        sample(14, "2024-02-30", "NOT_A_DATE"),
        sample(15, "last Monday", "NOT_A_DATE"),
        sample(16, "", "VALUE_MISSING"),
        sample(17, "2023-08-14", "UNKNOWN_VALUE", tissue="XX"),
        sample(18, "2023-02-29", "NOT_A_DATE;UNKNOWN_VALUE", tissue="CSF"),
        sample(19, "2023-08-21", "OUT_OF_RANGE", blast_fraction=35),
        sample(20, "2023-08-28", "OUT_OF_RANGE", pull=0),
    ]
    book.table("reference_bad/samples_cells.csv", SAMPLES, rows)
    rows = [
        sample(31, "2023-05-08", "CONFLICT_IN_LOAD"),
        sample(31, "2023-05-09", "CONFLICT_IN_LOAD"),
        sample(32, "2023-05-15"),
        sample(32, "2023-05-15"),
    ]
    book.table("reference_bad/samples_twice.csv", SAMPLES, rows, "REPEATED_ROW")


def _patients(book: Book) -> None:
    def patient(number: int, disease: str, expect: str = "", **more: object) -> Row:
        row: Row = {"patient_id": f"D-X-{number}", "disease": disease, "diagnosed_on": "2023-01-09"}
        return row | {"expect": expect} | more

    rows = [
        patient(1, "MM"),
        patient(2, "LEUKAEMIA", "UNKNOWN_VALUE"),
        patient(3, "CML", "UNKNOWN_VALUE", transcript="b3a2"),
        patient(4, "CLL", "CONFLICT_IN_LOAD"),
        patient(4, "MM", "CONFLICT_IN_LOAD"),
        patient(5, "", "VALUE_MISSING"),
    ]
    book.table("reference_bad/patients.csv", PATIENTS, rows)


def _assays(book: Book) -> None:
    def assay(number: int, expect: str = "", **more: object) -> Row:
        row: Row = {"assay_id": f"d-x-{number}", "modality": "PCR", "marker": "BCR::ABL1 p210"}
        row |= {"basis": "RNA_RATIO_IS", "control_gene": "ABL1", "conversion_factor": 0.9}
        return row | more | {"expect": expect}

    none = {"conversion_factor": None}
    first = {"valid_from": day("2021-01-01"), "valid_to": day("2022-06-30")}
    touching = {"valid_from": day("2022-06-30"), "valid_to": day("2023-12-31")}
    after = {"valid_from": day("2022-07-01"), "valid_to": None}
    flow: Row = {
        "modality": "FLOW",
        "marker": "LAIP",
        "basis": "CELLS_TNC",
        "control_gene": "",
        **none,
    }
    rows = [
        assay(1, **first),
        assay(1, **after),
        assay(2, "ASSAY_WINDOWS_OVERLAP", **first),
        assay(2, "ASSAY_WINDOWS_OVERLAP", **touching),
        assay(3, "STOP_BEFORE_START", valid_from=day("2023-01-01"), valid_to=day("2022-01-01")),
        assay(
            4, "LOQ_BELOW_LOD", **none, lod_fraction=0.0001, loq_fraction=0.00001, is_reported="yes"
        ),
        assay(5, "LOQ_BELOW_LOD", **flow | {"lod_events": 50, "loq_events": 20}),
        assay(6, "FACTOR_ON_REPORTED_KIT", is_reported=True),
        assay(7, is_reported=True, conversion_factor=1),
        assay(8, "SCALE_NEEDS_P210", marker="BCR::ABL1 p190"),
        assay(9, "BASIS_CONTRADICTS_MODALITY", **flow | {"basis": "VAF"}),
        assay(10, "NOT_A_BOOLEAN", **none, is_reported="maybe"),
        assay(11, "OUT_OF_RANGE", conversion_factor=0),
        assay(12, "OUT_OF_RANGE", **none, lod_fraction=4.5, is_reported=True),
        assay(13, "UNKNOWN_VALUE", control_gene="GAPDH"),
        assay(14, "UNKNOWN_VALUE", **flow | {"modality": "FACS"}),
        assay(15, "VALUE_MISSING", **flow | {"marker": ""}),
        assay(16, "CONTROL_GENE_MISSING", control_gene=""),
        assay(17, "MARKER_SPELLING", **none, marker="BCR-ABL p210", basis="RNA_RATIO"),
        assay(18, "LOD_NOT_PLAUSIBLE", **none, lod_fraction=0.05, is_reported=True),
        assay(19, **none, lod_fraction=0.01, is_reported=True),
        {"assay_id": "d-x-20", "kit": "xpert-bcr-abl-ultra", "lod_fraction": 0.00005},
        {"assay_id": "d-x-21", "kit": "xpert-bcr-abl", "expect": "UNKNOWN_KIT"},
        assay(22, "ASSAY_CONTRADICTS_KIT", **none, kit="xpert-bcr-abl-ultra-p190", basis=""),
        assay(23, "FACTOR_ON_REPORTED_KIT", kit="xpert-bcr-abl-ultra"),
        {
            "assay_id": "lymphotrack-mrd",
            "modality": "NGS",
            "marker": "IG/TR",
            "basis": "VAF",
            "expect": "ASSAY_NAMED_LIKE_KIT",
        },
    ]
    book.table("reference_bad/assays.csv", (*ASSAY_HEADER, "kit"), rows)


def _course(book: Book) -> None:
    def treatment(start: str, stop: str, expect: str = "", **more: object) -> Row:
        row: Row = {"patient_id": "D-CML-1", "therapy": "TKI", "line": 1, "agent": "imatinib"}
        return row | {"started_on": start, "stopped_on": stop, "expect": expect} | more

    rows = [
        treatment("2020-05-18", "2022-01-31"),
        treatment("2022-02-14", "2021-02-14", "STOP_BEFORE_START", agent="nilotinib"),
        treatment("2022-03-14", "", "UNKNOWN_VALUE", therapy="PILLS"),
        treatment("2022-04-04", "", "NOT_AN_INTEGER", line=2.5),
        treatment("", "2022-04-04", "VALUE_MISSING"),
    ]
    book.table("reference_bad/treatments.csv", TREATMENTS, rows)

    def response(on: str, word: str, expect: str = "", **more: object) -> Row:
        row: Row = {"patient_id": "D-AML-1", "assessed_on": on, "response": word}
        return row | {"expect": expect} | more

    rows = [
        response("2023-04-10", "CR", has_circulating_blasts="no", bm_blasts_pct=2),
        response("2023-06-12", "CRi", has_circulating_blasts="0", bm_blasts_pct=3.5),
        response("2023-08-14", "remission", "UNKNOWN_VALUE"),
        response("2023-09-11", "CR", "NOT_A_BOOLEAN", has_circulating_blasts="few"),
        response("2023-10-09", "CR", "OUT_OF_RANGE", bm_blasts_pct=140),
    ]
    book.table("reference_bad/clinical_responses.csv", CLINICAL, rows)

    def run(number: int, expect: str = "", **more: object) -> Row:
        return {"run_id": f"D-R{number}", "assay_id": "d-p210", "expect": expect, **more}

    rows = [
        run(1, performed_on="2024-01-11", target_slope=-3.4, is_valid="1"),
        run(2, "RUN_WITHOUT_CONTENT"),
        run(3, "OUT_OF_RANGE", performed_on="2024-01-18", target_slope=3.4),
        run(4, "AMBIGUOUS_DATE", performed_on="01/02/2024"),
        run(5, "NOT_A_BOOLEAN", is_valid="passed"),
        run(6, is_valid="no"),
    ]
    book.table("reference_bad/runs.csv", RUNS, rows)
    rows = [
        {"file_name": "mix_17.tsv", "sample_id": "D-001", "expect": ""},
        {"file_name": "mix_18.tsv", "sample_id": "", "expect": "VALUE_MISSING"},
        {"file_name": "mix_19.tsv", "sample_id": "D-001", "expect": "CONFLICT_IN_LOAD"},
        {"file_name": "mix_19.tsv", "sample_id": "D-002", "expect": "CONFLICT_IN_LOAD"},
    ]
    book.table("reference_bad/manifest.csv", ("file_name", "sample_id"), rows)
