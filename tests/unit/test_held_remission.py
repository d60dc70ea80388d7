"""How long a molecular remission was seen to hold, and when a sample's verdict is incomplete."""

from tests.support import Tables, tables_from_csv

SAMPLES = "sample_id,patient_id,collected_on,tissue,timepoint\n"
ASSAYS = """\
assay_id,modality,marker,basis,lod_fraction,loq_fraction
ngf,FLOW,LAIP,CELLS_TNC,,
dna,PCR,IG/TR,GDNA_CELLS,1e-6,1e-4
"""
CLEAR, FEW, MANY = (0, 5_000_000), (0, 100_000), (5_000, 5_000_000)


def myeloma(*flow: tuple[int, int], also: str = "") -> Tables:
    """Load marrow samples S0, S1, … of one patient, 100 days apart."""
    days = ("2024-01-01", "2024-04-10", "2024-07-19", "2024-10-27")
    rows = [f"S{i},P,{days[i]},BM,FOLLOW_UP\n" for i in range(len(flow))]
    counts = [f"S{i},ngf,{k},{n}\n" for i, (k, n) in enumerate(flow)]
    files = {
        "patients.csv": "patient_id,disease\nP,MM\n",
        "samples.csv": SAMPLES + "".join(rows),
        "assays.csv": ASSAYS,
        "flow.csv": "sample_id,assay_id,mrd_events,denominator_events\n" + "".join(counts),
    }
    if also:
        files["pcr.csv"] = f"sample_id,assay_id,reported_call\n{also},dna,BELOW_LOQ\n"
    return tables_from_csv(files)


def held(tables: Tables) -> list[int | None]:
    return tables.sample_remission.sort("sample_id")["held_days"].to_list()


def test_held_up_to_the_last_sample_that_shows_it() -> None:
    assert held(myeloma(CLEAR, CLEAR, CLEAR)) == [200, 100, 0]
    assert held(myeloma(CLEAR, MANY, CLEAR, CLEAR)) == [0, None, 100, 0]


def test_what_could_not_be_judged_is_passed_over() -> None:
    """A flow of too few cells neither ends a remission nor holds one."""
    tables = myeloma(CLEAR, FEW, CLEAR)
    assert tables.sample_remission.sort("sample_id")["status"][1] == "INDETERMINATE"
    assert held(tables) == [200, None, 0]


def test_a_detection_without_a_class_ends_it() -> None:
    """Below a range that ends at 10⁻⁴ may be above 10⁻⁵ or below: it is no remission that holds."""
    tables = myeloma(CLEAR, FEW, CLEAR, also="S1")
    assert tables.sample_remission.sort("sample_id")["status"][1] == "INDETERMINATE"
    assert held(tables) == [0, None, 0]


def test_a_positive_beside_an_assay_that_could_not_tell_is_incomplete() -> None:
    rows = myeloma(MANY, CLEAR, also="S0").sample_remission.sort("sample_id")
    assert rows["status"].to_list() == ["POSITIVE", "NEGATIVE"]
    assert rows["is_incomplete"].to_list() == [True, False]
