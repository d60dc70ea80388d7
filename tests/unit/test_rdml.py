"""RDML, zipped and plain, as look-alikes (`formats.md` §5)."""

import io
import zipfile

import pytest

from tests.unit.plates import measured, read_plate, refusal, run_of, said
from tests.unit.reading import codes

SAMPLES = {"S1": "unkn", "S2": "unkn", "H2O": "ntc", "pos": "pos", "empty": "ntp", "10": "std", "100": "std", "1000": "std"}  # fmt: skip
REACTIONS = (
    "A1 S1 BCR 31.1", "A1 S1 ABL 24.2", "A2 S2 BCR -", "A2 S2 ABL 24.3", "B1 H2O BCR 40.0",
    "B2 pos BCR 27.5", "B3 empty BCR 38.8", "C1 10 BCR 33.3", "C2 100 BCR 30.0", "C3 1000 BCR 26.7",
)  # fmt: skip


def rdml(
    *reactions: str,
    samples: str | None = None,
    unit: str = "cop",
    date: str = "<runDate>2024-05-16T10:00:00</runDate>",
    more_runs: str = "",
) -> str:
    """Write a file; reactions are `well sample target cq`, one run."""
    drawn = [line.split() for line in reactions or REACTIONS]
    stated = "".join(
        f'<sample id="{name}"><type>{kind}</type>'
        + (
            f"<quantity><value>{name}.0</value><unit>{unit}</unit></quantity>"
            if kind == "std"
            else ""
        )
        + "</sample>"
        for name, kind in SAMPLES.items()
    )
    reacts = "".join(
        f'<react id="{well}"><sample id="{sample.replace("~", " ")}"/><data><tar id="{target}"/>'
        + ("" if cq == "-" else f"<cq>{cq}</cq>")
        + "<adp><cyc>1</cyc><fluor>0.1</fluor></adp><adp><cyc>40</cyc><fluor>0.9</fluor></adp></data></react>"
        for well, sample, target, cq in drawn
    )
    return (
        '<rdml xmlns="http://www.rdml.org" version="1.1"><dateMade>2024-05-17T08:00:00</dateMade>'
        '<experimenter id="admin"><lastName>somebody</lastName></experimenter>'
        f'{stated if samples is None else samples}<experiment id="Plate 7"><run id="Run001">{date}{reacts}</run>'
        f"{more_runs}</experiment></rdml>"
    )


def zipped(text: str, name: str = "rdml_data.xml") -> bytes:
    """Pack a file, as instruments do."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, text)
    return packed.getvalue()


@pytest.mark.parametrize("name", ["rdml_data.xml", "plate 7.xml", None])
def test_zipped_or_plain(name: str | None) -> None:
    """The XML may have any name; a Cq at the last cycle, or none, is not detected."""
    rows = read_plate(rdml() if name is None else zipped(rdml(), name))
    assert measured(rows) == [
        ("S1", "A1", None, "31.1", None, "24.2"),
        ("S2", "A2", "0", "Undetermined", None, "24.3"),
    ]
    assert said(rows) == {"IGNORED_STANDARD": "3", "IGNORED_CONTROL": "2", "IGNORED_OMITTED": "1"}
    assert measured(rows, "source_line") == [(1,), (3,)]
    run = run_of(rows)
    assert run["run_id"] == "Plate 7 Run001 2024-05-16T10:00:00"
    assert (run["performed_on"], run["target_slope"]) == ("2024-05-16", "-3.3")
    assert run["is_ntc_clean"] == "true"
    assert "somebody" not in str((rows.findings.rows(), run))


@pytest.mark.parametrize(("cq", "read"), [("100", "Undetermined"), ("-1.0", "Undetermined"),
                                          ("40.0", "Undetermined"), ("NaN", "Undetermined"), ("39.99", "39.99")])  # fmt: skip
def test_spellings_of_not_detected(cq: str, read: str) -> None:
    """Each writer has its own number for none."""
    assert measured(read_plate(rdml(f"A1 S1 BCR {cq}")), "target_cq") == [(read,)]


def test_quantities_that_are_no_counts_make_no_curve() -> None:
    """Standards in nanograms would make copies of them."""
    assert run_of(read_plate(rdml(unit="ng")))["target_slope"] is None


def test_control_with_a_late_signal() -> None:
    """A Cq before the last cycle is a signal."""
    rows = read_plate(rdml("A1 S1 BCR 31.1", "B1 H2O BCR 39.31", "B2 pos BCR -"))
    assert codes(rows.findings)[-2:] == [(2, "CONTROL_FAILED"), (3, "POSITIVE_CONTROL_FAILED")]


def test_run_without_a_date_is_told_by_its_file() -> None:
    """Some instruments call every run the same."""
    rows = read_plate(rdml(date=""))
    assert run_of(rows)["run_id"] == "Plate 7 Run001 2024-05-17T08:00:00"
    assert "RUN_DATE_UNREADABLE" in said(rows)


def test_names_made_of_sample_and_target() -> None:
    """StepOne makes two samples of one, which must meet again."""
    samples = '<sample id="S1_BCR"><type>unkn</type></sample><sample id="S1_ABL"><type>unkn</type></sample>'
    rows = read_plate(rdml("A1 S1_BCR BCR 31.1", "A2 S1_ABL ABL 24.2", samples=samples))
    assert measured(rows) == [("S1", "A1", None, "31.1", None, "24.2")]
    rows = read_plate(rdml("A1 S1_BCR BCR 31.1", "A2 S1 ABL 24.2", samples=samples))
    assert measured(rows, "sample_id") == [("S1_BCR",), ("S1",)]


def test_names_that_are_numbers_of_the_instrument() -> None:
    """LC96 gives every sample a UUID, and its name as a description."""
    uuid = "01234567-89ab-cdef-0123-456789abcdef"
    samples = f'<sample id="{uuid}"><description>S1</description><type>unkn</type></sample>'
    assert measured(read_plate(rdml(f"A1 {uuid} BCR 31.1", samples=samples)), "sample_id") == [
        ("S1",)
    ]


def test_roles_by_target() -> None:
    """Newer files say of each target what a sample is."""
    samples = (
        '<sample id="S1"><type targetId="ABL">ntc</type><type targetId="BCR">unkn</type></sample>'
    )
    rows = read_plate(rdml("A1 S1 BCR 31.1", "A1 S1 ABL -", samples=samples))
    assert (measured(rows, "target_cq"), rows.rows_ignored) == ([("31.1",)], 1)


def test_dyes_in_runs_of_their_own() -> None:
    """One plate may be a run for each dye; the same reaction twice is two plates, and refused."""
    second = '<run id="Run002"><react id="A1"><sample id="S1"/><data><tar id="{}"/><cq>24.2</cq></data></react></run>'
    rows = read_plate(rdml("A1 S1 BCR 31.1", more_runs=second.format("ABL")))
    assert measured(rows, "target_cq", "control_cq") == [("31.1", "24.2")]
    why = refusal(rdml("A1 S1 BCR 31.1", more_runs=second.format("BCR")))
    assert (why.code, why.line) == ("NO_RESULTS_SECTION", 1)


def test_files_without_results() -> None:
    """No reactions, another namespace, XML that asks for more, or is cut: refused."""
    assert refusal('<rdml xmlns="http://www.rdml.org"/>').code == "NO_RESULTS_SECTION"
    assert refusal(rdml().replace("www.rdml.org", "example.org")).code == "FILE_NOT_RECOGNISED"
    attack = '<!DOCTYPE rdml [<!ENTITY a "b">]>' + rdml()
    assert refusal(attack).code == "XML_FORBIDDEN"
    assert refusal(rdml()[:-20]).code == "FILE_DAMAGED"
