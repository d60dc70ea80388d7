"""HL7 ORU^R01 and FHIR: BCR::ABL1 by its codes; the scale is in the code, never in a guess."""

import json
from typing import Any

import pytest

from tests.unit.message_files import INVALID, KIT, LIMITS, counted, derived, r32
from tests.unit.reading import codes, read_text
from tests.unit.test_genexpert import check_mutants
from transforms.ingest import ReadFile, parse_files
from transforms.problems import FileRefusedError
from transforms.readers.content import open_content
from transforms.readers.registry import READERS, find_reader
from transforms.readers.rows import AssayNames, ReaderSettings

IS, RAW, MAJOR = "69380-4^BCR-ABL1 IS^LN", "46434-7^BCR-ABL1 ratio^LN", "21822-2^major^LN"
SAID = ("reported_call", "reported_value", "reported_unit")


def obx(value: str, code: str = IS, *, kind: str = "NM", unit: str = "%", flag: str = "", status: str = "F", limits: str = "") -> str:  # fmt: skip
    """Write one OBX."""
    return f"OBX|1|{kind}|{code}||{value}|{unit}|{limits}|{flag}|||{status}|||||Quimby^Imelda"


def oru(*rows: str, sample: str = "S 1", order: str = "ORD-7", test: str = "BCRABL^BCR-ABL1 quantitative^L", sent: str = "20240605101500") -> str:  # fmt: skip
    """Write one message of a laboratory system."""
    specimen = [f"SPM|1|REQ-1&WARD^{sample}&LAB||BLD"] if sample else []
    segments = (
        f"MSH|^~\\&|LIMS|LAB|EPR|HOSP|{sent}||ORU^R01^ORU_R01|m1|P|2.5.1",
        "PID|1||123^^^H||Quimby^Cornelius", f"OBR|1|REQ-1|{order}|{test}||||||||||||Quimby^Doc", *rows, *specimen,
    )  # fmt: skip
    return "\r".join(segments) + "\r"


def said(text: str, assay: AssayNames = KIT, columns: tuple[str, ...] = SAID) -> list[Any]:
    """Return the measurements of a text."""
    return counted(read_text(text, assay)).tables["pcr_measurements"].select(columns).rows()


def found(text: str, assay: AssayNames | None = KIT) -> list[str]:
    """Return the codes of a text's findings."""
    return [code for _, code in codes(counted(read_text(text, assay)).findings)]


def parsed_codes(text: str) -> list[str]:
    """Return the codes that reading and parsing find."""
    return [c for _, c in codes(parse_files([ReadFile(0, "ab" * 32, read_text(text, KIT))]).findings)]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (obx("0.011"), (None, "0.011", "PCT_IS")),
        (obx("0.011", unit="%{IS}"), (None, "0.011", "PCT_IS")),
        (obx("0.011", unit="%^percent^UCUM"), (None, "0.011", "PCT_IS")),
        (obx("0.011", RAW), (None, "0.011", "PCT")),
        (obx("0.011", RAW, unit="% (IS)"), (None, "0.011", "PCT_IS")),
        (obx("0.011", unit=""), (None, "0.011", None)),
        (obx("<^0.003", kind="SN", flag="POS"), ("DETECTED", "<0.003", "PCT_IS")),
        (obx("<^0.003", kind="SN", flag="ND~N"), ("NOT_DETECTED", "<0.003", "PCT_IS")),
        (obx(">^55.00", kind="SN", flag="H"), (None, ">55.00", "PCT_IS")),
        (obx("=^0.011", kind="SN"), (None, "0.011", "PCT_IS")),
        (obx("0.011 %", kind="ST", unit=""), (None, "0.011", "PCT_IS")),
        (obx("0.011 % (IS)", kind="ST", unit=""), (None, "0.011", "PCT_IS")),
        (obx("0,011 % (IS)", kind="ST", unit=""), (None, "0.011", "PCT_IS")),
        (obx("Not detected", kind="ST", unit=""), ("NOT_DETECTED", None, None)),
        (obx("260373001^Detected^SCT", kind="CWE", unit=""), ("DETECTED", None, None)),
        (obx("POSITIVE [Above upper LoQ]", kind="ST", unit="% (IS)", limits=LIMITS), ("ABOVE_LOQ", ">55.00", "PCT_IS")),
        (obx("INVALID", kind="ST", unit=""), ("INVALID", None, None)),
        (obx("Detected", MAJOR, kind="ST", unit=""), ("DETECTED", None, None)),
        (obx("0.011", "X1^my test^L^69380-4^BCR-ABL1^LN"), (None, "0.011", "PCT_IS")),
    ],
)  # fmt: skip
def test_values(row: str, expected: tuple[str | None, ...]) -> None:
    """Types, operators, units and words; percent is on the scale where code or unit say so, nowhere else."""
    assert said(oru(row)) == [expected]


def test_key_of_a_result() -> None:
    """The sample is the laboratory's number, the order tells repeats apart, nothing is dated."""
    rows = read_text(oru(obx("0.011")), KIT)
    columns = ("sample_id", "assay_id", "run_id", "result_version", "source_line")
    assert said(oru(obx("0.011")), columns=columns) == [("S 1", "xpert", "ORD-7", "1", 1)]
    assert rows.inline == {}
    corrected = oru(obx("0.012", status="C"), sent="20240607")
    assert said(corrected, columns=("result_version",)) == [("20240607000000",)]


@pytest.mark.parametrize(
    "row",
    [
        obx("about 1", kind="ST"),
        obx("0.011^0.012", kind="NM"),
        obx("0.01~0.02"),
        obx("10-5", kind="ST"),
        # HL7 writes numbers with a point
        obx("0,011", kind="NM"),
        obx("<^0,003", kind="SN"),
        obx("1,234 %", kind="ST", unit=""),
        obx("^0.01^-^0.02", kind="SN"),
        obx("<^", kind="SN"),
        obx("0.011", unit="copies"),
        obx("4.5", unit="MR"),
        obx("0.5", MAJOR),
        obx("0.5", "BCR^BCR-ABL1 ratio^L"),
        obx("Not detected", kind="ST", flag="POS"),
        obx("Detected", kind="ST", flag="POS~NEG"),
        obx("Detected, not quantifiable", kind="ST"),
        obx("", kind="NM"),
    ],
)
def test_not_understood(row: str) -> None:
    """What is not known, or contradicts itself, is for a person."""
    assert found(oru(row)) == ["RESULT_NOT_UNDERSTOOD"]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (obx("0.011", unit=""), "VALUE_WITHOUT_UNIT"),
        (obx("<^0.003", kind="SN"), "CALL_MISSING"),
        (obx("0", kind="NM"), "CALL_MISSING"),
        (obx("0.5", flag="NEG"), "CALL_CONTRADICTS_VALUE"),
    ],
)
def test_left_to_the_parser(row: str, code: str) -> None:
    """A value that does not say enough is refused where all values are."""
    assert parsed_codes(oru(row)) == [code]


def test_observations_of_one_report() -> None:
    """A word beside a value is its call; the raw ratio beside the scale is another axis."""
    word = obx("Detected", MAJOR, kind="ST", unit="")
    below = obx("<^0.003", kind="SN")
    text = oru(word, below, obx("0.004", RAW), obx("31000", "X^ABL1 copies^L"))
    assert said(text, columns=(*SAID, "source_rows")) == [("DETECTED", "<0.003", "PCT_IS", 2)]
    assert found(text) == ["IGNORED_OTHER_TARGET"]
    assert read_text(text, KIT).rows_ignored == 2
    no = obx("Not detected", MAJOR, kind="ST", unit="")
    assert found(oru(no, word)) == ["RESULT_NOT_UNDERSTOOD"] * 2
    assert found(oru(no, obx("Detected", kind="ST"))) == ["RESULT_NOT_UNDERSTOOD"] * 2
    assert parsed_codes(oru(no, obx("0.5"))) == ["CALL_CONTRADICTS_VALUE"]
    twice = oru(obx("0.5"), obx("0.6"))
    assert [v for _, v, _ in said(twice)] == ["0.5", "0.6"]


def test_minor_breakpoint_and_local_codes() -> None:
    """p190 and a laboratory's own code are read where the assay names them."""
    minor = oru(obx("0.5", "21823-0^BCR-ABL1 minor^LN"), test="X^other^L")
    assert found(minor) == ["IGNORED_OTHER_TARGET"]
    word = obx("Not detected", "21823-0^minor^LN", kind="ST", unit="")
    assert said(oru(word), AssayNames("p190", "21823-0", None)) == [("NOT_DETECTED", None, None)]
    of_p190 = AssayNames("p190", None, None, "BCR::ABL1 p190")
    assert read_text(oru(obx("Not detected", kind="ST", unit="")), of_p190).tables == {}
    local = oru(obx("0.5", "BCRQ^BCR-ABL1^L"))
    assert said(local, AssayNames("x", "BCRQ", None)) == [(None, "0.5", "PCT")]
    assert found(local) == ["RESULT_NOT_UNDERSTOOD"]


@pytest.mark.parametrize(
    "text",
    [
        "Patientin Quimby, Imelda, geb. 1.2.1960: siehe Befund",
        "Frau Quimby: nicht nachweisbar",
        "Not detected. Quimby",
        "Negative, 1.2.1960",
        "Detected 12345678",
    ],
)
def test_a_text_that_may_name_a_person_is_not_quoted(text: str) -> None:
    """Its field and its length are said, in ORU and FHIR; so of a status that is none."""
    files = [
        oru(obx(text, kind="TX", unit="")),
        bundle(observation(valueString=text)),
    ]
    for file in files:
        (one,) = counted(read_text(file, KIT)).findings.to_dicts()
        assert one["code"] == "RESULT_NOT_UNDERSTOOD"
        for stored in (one["value"], one["message"]):
            assert text not in stored and "1960" not in stored and "1234" not in stored
            assert f"{len(text)}" in stored
    for file in (
        oru(obx("1", status="Quimby")),
        bundle(observation(**quantity(1), status="Quimby")),
    ):
        assert "text of 6 characters" in counted(read_text(file, KIT)).findings["message"][0]


@pytest.mark.parametrize(
    "text", ["Detected, not quantifiable", "10-5", "about 1", "nicht auswertbar"]
)
def test_words_of_results_are_quoted(text: str) -> None:
    """Who reads the finding sees what was sent."""
    rows = read_text(oru(obx(text, kind="ST", unit="")), KIT)
    assert rows.findings["value"].to_list() == [text]


P210, P190, P230 = (AssayNames("a", None, None, f"BCR::ABL1 p{n}") for n in (210, 190, 230))


@pytest.mark.parametrize(
    ("code", "own", "others"),
    [
        ("21821-4^BCR-ABL1 p190 e1a2 transcript^LN", P190, (KIT, P210, P230)),
        ("46434-7^BCR-ABL1 p190/ABL1^LN", P190, (P210,)),
        ("21821-4^BCR-ABL1^LN^P190^BCR-ABL1^L", P190, (P210,)),
        ("42714-6^BCR-ABL1 m-bcr^LN", P190, (P210,)),
        ("42714-6^BCR-ABL1 M-bcr^LN", P210, (P190,)),
        ("21821-4^BCR-ABL1 p230 e19a2^LN", P230, (P210, P190)),
        ("21821-4^BCR-ABL1 micro breakpoint^LN", P230, (P210,)),
        ("21821-4^BCR-ABL1 e13a2/e14a2^LN", P210, (P190, P230)),
        # a name that says no breakpoint is the major one
        ("21821-4^BCR-ABL1 fusion transcript^LN", P210, (P190,)),
        (MAJOR, P210, (P190,)),
        # its code says another transcript than its name, or the test is of both: nobody can tell
        ("69380-4^BCR-ABL1 p190^LN", None, (P210, P190)),
        ("21821-4^BCR-ABL1 p210/p190^LN", None, (P210, P190)),
    ],
)  # fmt: skip
def test_transcript_of_a_test(code: str, own: AssayNames | None, others: tuple[AssayNames, ...]) -> None:  # fmt: skip
    """A negative of p190 says nothing of p210: the names of a test decide, whatever its LOINC code."""
    loinc, name = code.split("^")[0], code.split("^")[-2 if code.endswith("^L") else 1]
    texts = [oru(obx("Not detected", code, kind="ST", unit=""))]
    if not code.endswith("^L"):
        one = observation(valueString="Not detected")
        one["code"] = {"coding": [{"system": LOINC, "code": loinc, "display": name}]}
        texts.append(bundle(one))
    for text in texts:
        for other in others:
            rows = counted(read_text(text, other))
            assert (rows.tables, [c for _, c in codes(rows.findings)]) == ({}, ["TEST_OF_OTHER_MARKER"])  # fmt: skip
        if own is not None:
            assert said(text, own) == [("NOT_DETECTED", None, None)]


def test_raw_ratio_in_an_assay_that_reports_on_the_scale() -> None:
    """Code 46434-7 is not on the International Scale: its percent must not become percent IS."""
    kit_is = AssayNames("a", None, None, "BCR::ABL1 p210", reports_is=True)
    raw, word = obx("0.08", RAW), obx("Not detected", MAJOR, kind="ST", unit="")
    fhir = bundle(observation("46434-7", **quantity(0.08)))
    for text, n in ((oru(raw), 1), (oru(raw, word), 2), (fhir, 1)):
        assert read_text(text, kit_is).tables == {}
        assert found(text, kit_is) == ["RESULT_NOT_UNDERSTOOD"] * n
    assert "69380-4" in read_text(oru(raw), kit_is).findings["message"][0]
    # the unit says the scale, or the value on the scale stands beside it, or the code is the assay's own
    assert said(oru(obx("0.08", RAW, unit="% (IS)")), kit_is) == [(None, "0.08", "PCT_IS")]
    assert said(oru(raw, obx("0.04")), kit_is) == [(None, "0.04", "PCT_IS")]
    own = AssayNames("a", "BCRQ", None, reports_is=True)
    assert said(oru(obx("0.5", "BCRQ^BCR-ABL1^L")), own) == [(None, "0.5", "PCT")]


def test_transcript_of_an_order() -> None:
    """A test without a breakpoint in its names is that of its order; a code of all transcripts names none."""
    text = oru(obx("Not detected", "21821-4^BCR-ABL1^LN", kind="ST", unit=""), test="Q^BCR-ABL1 p190^L")  # fmt: skip
    assert found(text) == found(text, AssayNames("a", "21821-4", None)) == ["TEST_OF_OTHER_MARKER"]
    assert said(text, P190) == [("NOT_DETECTED", None, None)]
    assert said(text, AssayNames("a", "BCR-ABL1", None)) == [("NOT_DETECTED", None, None)]


@pytest.mark.parametrize("status", ["P", "X", "D", "W", ""])
def test_not_final(status: str) -> None:
    """Only final and corrected results are read."""
    assert found(oru(obx("0.011", status=status))) == ["RESULT_NOT_FINAL"]


PDF = obx("^application^pdf^Base64^JVBERi0xLjQK", "RPT^Report^L", kind="ED", unit="")


def _analysed(row: str, day: str, collected: str = "20240501") -> str:
    """Add OBX-14, when the specimen was taken, and OBX-19, when it was analysed."""
    return "|".join([*row.split("|")[:14], collected, "", "", "", "", day])


@pytest.mark.parametrize(
    ("days", "performed_on", "more"),
    [
        (("20240604151200", "20240604"), "2024-06-04", []),
        (("", ""), None, []),
        (("20240604", "20240605"), None, ["RUN_DATE_UNREADABLE"]),
        (("20241340", "20241340"), None, ["RUN_DATE_UNREADABLE"]),
    ],
)
def test_day_of_the_analysis(
    days: tuple[str, str], performed_on: str | None, more: list[str]
) -> None:
    """OBX-19 is the day of the run; OBR-7 and OBX-14 are the collection, which is never read from a message."""
    rows = (
        _analysed(obx("0.011"), days[0]),
        _analysed(obx("Detected", MAJOR, kind="ST", unit=""), days[1]),
    )
    read = read_text(
        oru(*rows).replace(
            "OBR|1|REQ-1|ORD-7|BCRABL^BCR-ABL1 quantitative^L|||",
            "OBR|1|REQ-1|ORD-7|BCRABL^BCR-ABL1 quantitative^L|||20240430",
        ),
        KIT,
    )
    assert found(oru(*rows)) == more
    runs = read.inline.get("runs")
    said_ = None if runs is None else runs.select("run_id", "performed_on").rows()
    assert said_ == (None if performed_on is None else [("ORD-7", performed_on)])
    assert "2024-05-01" not in str(read.tables) and "2024-04-30" not in str(read.inline)


@pytest.mark.parametrize(
    ("charset", "python"),
    [("8859/1", "latin-1"), ("8859/15", "iso8859-15"), ("8859/2", "iso8859-2")],
)
def test_a_message_is_read_by_its_declared_charset(charset: str, python: str) -> None:
    """MSH-18 says how letters are written; the sample keeps its own."""
    name = "Pr\u00f6be 1"
    text = oru(obx("0.011"), sample=name).replace("|P|2.5.1", f"|P|2.5.1||||||{charset}")
    (row,) = read_text(text.encode(python), KIT).tables["pcr_measurements"].to_dicts()
    assert row["sample_id"] == name
    assert read_text(text.encode(), KIT).tables["pcr_measurements"].item(0, "sample_id") == name


@pytest.mark.parametrize("declared", ["", "|||||| 8859/99", "||||||ASCII", "||||||8859/1~ISO IR87"])
def test_letters_that_nobody_declared_are_not_guessed(declared: str) -> None:
    """Without a charset that is known, or with two, the file is refused; so are messages that disagree."""
    text = oru(obx("0.011"), sample="Pr\u00f6be 1").replace("|P|2.5.1", f"|P|2.5.1{declared}")
    other = oru(obx("0.011")).replace("|P|2.5.1", "|P|2.5.1||||||8859/1")
    for data in (text, text + other):
        with pytest.raises(FileRefusedError) as caught:
            read_text(data.encode("latin-1"), KIT)
        assert caught.value.code == "FILE_ENCODING"


def test_attachment_is_no_result() -> None:
    """A report as an attachment says so, whatever it may hold; beside a result it is ignored."""
    for test in ("Q1^RT-PCR QUAN BCR::ABL Major^L", "Z^another test^L"):
        text = oru(PDF, test=test)
        rows = counted(read_text(text, KIT))
        assert codes(rows.findings) == [(1, "NO_STRUCTURED_RESULT")]
        assert "JVBER" not in rows.findings.write_json()
        assert (rows.rows_read, rows.rows_rejected) == (1, 1)
    assert found(oru(PDF, obx("0.011"))) == ["IGNORED_OTHER_TARGET"]
    free_text = obx("see letter", "TXT^comment^L", kind="TX", unit="")
    assert found(oru(free_text)) == ["NO_STRUCTURED_RESULT"]
    assert found(oru(free_text, test="Z^another test^L")) == ["IGNORED_OTHER_TARGET"]
    assert found(oru()) == ["NO_STRUCTURED_RESULT"]


def test_sample_of_a_message() -> None:
    """Each order has its own specimen; without one the file waits; two say nothing; a cut one is refused."""
    second = oru(obx("0.5"), sample="S 2", order="ORD-8").split("\r", 2)[2]
    rows = said(oru(obx("0.011")) + second, columns=("sample_id", "run_id"))
    assert rows == [("S 1", "ORD-7"), ("S 2", "ORD-8")]
    waiting = read_text(oru(obx("0.011"), sample=""), KIT)
    assert (waiting.rows_waiting, waiting.waiting_for) == (1, "SAMPLE_NOT_KNOWN_FOR_FILE")
    reader, content = find_reader(oru(obx("0.011"), sample="").encode())
    told = reader.read(content, KIT, ReaderSettings(sample_id="S 9"))
    assert told.tables["pcr_measurements"]["sample_id"].to_list() == ["S 9"]
    two = oru(obx("0.011")) + "SPM|2|^S 5&LAB||BLD\r"
    assert read_text(two, KIT).waiting_for == "SAMPLE_NOT_KNOWN_FOR_FILE"
    assert found(oru(obx("0.011"), sample="") + "SPM|1|S") == ["RESULT_NOT_UNDERSTOOD"]
    assert read_text(oru(obx("0.011")), None).waiting_for == "ASSAY_NOT_KNOWN_FOR_FILE"


PDF = "OBX|9|ED|RPT||^application^pdf^Base64^JVBERi0x||||||F"


def test_specimen_of_one_patient_is_never_anothers() -> None:
    """A message may hold several patients; a result of the second without a specimen has no sample."""
    second = ("PID|2||456^^^H||Quimby^Claudia", "OBR|1||ORD-8|BCRABL^BCR-ABL1 quantitative^L")
    text = oru(obx("0.011")) + "\r".join((*second, obx("5.0"))) + "\r"
    columns = ("sample_id", "reported_value")
    assert said(text, columns=columns) == [("S 1", "0.011"), (None, "5.0")]
    whole = text + "SPM|1|^S 2&LAB||BLD\r"
    assert said(whole, columns=columns) == [("S 1", "0.011"), ("S 2", "5.0")]


def test_attachment_of_an_order_of_its_own() -> None:
    """Beside the numbers of its order a report says nothing more; as all that another order gives it needs a person."""
    of_order = "OBR|2||{}|" + "BCRABL^RT-PCR QUAN BCR::ABL1^L\r" + PDF + "\r"
    assert found(oru(obx("0.011")) + of_order.format("ORD-7")) == ["IGNORED_OTHER_TARGET"]
    text = oru(obx("0.011")) + of_order.format("ORD-8")
    assert found(text) == ["NO_STRUCTURED_RESULT"]
    assert len(said(text)) == 1
    assert found(text.replace("RT-PCR QUAN BCR::ABL1", "FBC").replace("ORD-8|BCRABL", "ORD-8|FBC")) == ["IGNORED_OTHER_TARGET"]  # fmt: skip


def test_file_that_stops_within_a_number() -> None:
    """The order's status does not vouch for a value that is cut off before its own."""
    text = (
        oru(sample="").replace("Quimby^Doc", "|" * 9 + "F") + "OBX|1|NM|69380-4^BCR-ABL1 IS^LN||0.0"
    )
    assert found(text) == ["RESULT_NOT_UNDERSTOOD"]
    assert read_text(text + "11|%\r", KIT).waiting_for == "SAMPLE_NOT_KNOWN_FOR_FILE"


LOINC = "http://loinc.org"


def observation(
    code: str = "69380-4", *, specimen: str = "Specimen/1", **more: Any
) -> dict[str, Any]:
    """Write one Observation."""
    start = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": code}]},
    }
    return (
        start | {"specimen": {"reference": specimen}, "performer": [{"display": "Quimby"}]} | more
    )


def kit(text: str | None = None, value: float | None = None, *, code: str | None = "69380-4", analyte: str = "POS", ct: str = "30.3", error: bool = False, **more: Any) -> dict[str, Any]:  # fmt: skip
    """Write an Observation that an engine made of a GeneXpert message."""
    system = "https://example.org/CodeSystem/Cepheid"
    codings = [{"system": system, "code": "BCR"}]
    if code:
        codings.append({"system": LOINC, "code": code})
    parts = {"&MR": {}, "BCR-ABL&": {"valueString": analyte}, "BCR-ABL&Ct": {"valueQuantity": {"value": float(ct)}},
             "ABL&Ct": {"valueQuantity": {"value": 9.2}}}  # fmt: skip
    said_: dict[str, Any] = {} if value is None else {"valueQuantity": {"value": value}}
    if text:
        said_["dataAbsentReason"] = {"text": text} | ({"coding": [{"code": "error"}]} if error else {})  # fmt: skip
    component = [{"code": {"coding": [{"system": system, "code": n}]}, **v} for n, v in parts.items()]  # fmt: skip
    return observation(**said_, component=component, referenceRange=[{"text": LIMITS}], **more) | {"code": {"coding": codings}}  # fmt: skip


def bundle(*resources: dict[str, Any], sample: str = "S 1", indent: int | None = 1) -> str:
    """Write a Bundle with a specimen and a patient."""
    specimen = {"resourceType": "Specimen", "id": "1", "accessionIdentifier": {"value": sample}}
    patient = {"resourceType": "Patient", "name": [{"family": "Quimby"}]}
    entries = [{"resource": r} for r in (patient, *resources, specimen)]
    return json.dumps({"resourceType": "Bundle", "type": "message", "entry": entries}, indent=indent)  # fmt: skip


def quantity(value: float | int, unit: str | None = "%", **more: Any) -> dict[str, Any]:
    """Write a quantity."""
    return {"valueQuantity": {"value": value, **({"unit": unit} if unit else {}), **more}}


KIT_SAID = (*SAID, "target_cq", "control_cq")


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (kit(value=0.011), ("DETECTED", "0.011", "PCT_IS", "30.3", "9.2")),
        (kit(value=0.011, code=None), ("DETECTED", "0.011", None, "30.3", "9.2")),
        (kit("POSITIVE [Above upper LoQ]", ct="9.8"), ("ABOVE_LOQ", ">55.00", "PCT_IS", "9.8", "9.2")),
        (kit("POSITIVE [Above upper LoQ]", code=None), ("ABOVE_LOQ", None, None, "30.3", "9.2")),
        (kit("NEGATIVE [Sufficient ABL transcript]", analyte="NEG", ct="0.0"), ("NOT_DETECTED", None, None, "Undetermined", "9.2")),
        (kit(INVALID.strip("^"), error=True), ("INVALID", None, None, "30.3", "9.2")),
        (kit("NO RESULT", error=True, ct="0.0"), ("INVALID", None, None, None, None)),
    ],
)  # fmt: skip
def test_fhir_of_the_kit(one: dict[str, Any], expected: tuple[str | None, ...]) -> None:
    """`dataAbsentReason` holds the kit's words; a number without unit is percent on the scale by its code only."""
    assert said(bundle(one), columns=KIT_SAID) == [expected]


def contained(sample: str, value: float) -> dict[str, Any]:
    """Write an Observation that contains its own specimen."""
    specimen = {"resourceType": "Specimen", "id": "1", "accessionIdentifier": {"value": sample}}
    return observation(**quantity(value), specimen="#1") | {"contained": [specimen]}


def test_fhir_specimens_of_one_name() -> None:
    """`#1` is what the Observation itself contains; of two specimens with one id neither is taken."""
    columns = ("sample_id", "reported_value")
    both = bundle(contained("S 1", 0.011), contained("S 2", 5.0))
    assert said(both, columns=columns) == [("S 1", "0.011"), ("S 2", "5.0")]
    twice = {"resourceType": "Specimen", "id": "1", "accessionIdentifier": {"value": "S 2"}}
    rows = counted(read_text(bundle(observation(**quantity(0.011)), twice), KIT))
    assert rows.waiting_for == "SAMPLE_NOT_KNOWN_FOR_FILE"


def test_fhir_key_that_stands_twice() -> None:
    """JSON with two values of one key says neither."""
    text = bundle(observation(**quantity(0.011)))
    with pytest.raises(FileRefusedError, match="no valid JSON"):
        read_text(text.replace('"value": 0.011', '"value": 0.011, "value": 5'), KIT)


def test_fhir_names_of_one_concept() -> None:
    """A concept has a text and names of terminologies; two that say the opposite are for a person."""
    names = [{"display": "Not detected (qualifier value)"}, {"code": "260415000"}]
    concept = {"coding": names, "text": "Not detected"}
    assert (
        said(bundle(observation("21822-2", valueCodeableConcept=concept)))[0][0] == "NOT_DETECTED"
    )
    opposite = observation("21822-2", valueCodeableConcept=concept | {"text": "Detected"})
    assert found(bundle(opposite)) == ["RESULT_NOT_UNDERSTOOD"]


def test_fhir_component_of_another_test() -> None:
    """A result of BCR::ABL1 inside a panel is not lost as another test's."""
    coding = {"coding": [{"system": LOINC, "code": "69380-4"}]}
    panel = observation("0-0", component=[{"code": coding, **quantity(0.011)}])
    assert found(bundle(panel)) == ["RESULT_NOT_UNDERSTOOD"]
    assert found(bundle(observation("0-0"))) == ["IGNORED_OTHER_TARGET"]


def printed_range(**ends: dict[str, Any]) -> dict[str, Any]:
    """Write the range of an Observation by its ends."""
    return {"referenceRange": [ends]}


@pytest.mark.parametrize(
    ("one", "codes_found"),
    [
        (kit(value=0.011), ["PRINTED_RANGE_DIFFERS"]),
        (kit("POSITIVE [Above upper LoQ]"), ["PRINTED_RANGE_DIFFERS"]),
        (kit(value=0.011, code=None), []),
        (kit(value=0.011) | printed_range(low={"value": 0.005, "unit": "%"}, high={"value": 55}), []),
        (kit(value=0.004) | printed_range(low={"value": 0.005}, high={"value": 55}), ["RESULT_NOT_UNDERSTOOD"]),
        (kit(value=60), ["RESULT_NOT_UNDERSTOOD"]),
        (kit(value=0.011) | printed_range(low={"value": 0.00003, "unit": "1"}, high={"value": 0.55}), []),
        # what is normal, not what the kit can measure
        (observation(**quantity(0.011)) | printed_range(low={"value": 0}, high={"value": 0.001}), []),
    ],
)  # fmt: skip
def test_fhir_range_of_the_kit(one: dict[str, Any], codes_found: list[str]) -> None:
    """It is compared with the assay's LOQ, and a number outside it is for a person."""
    assay = AssayNames("xpert", None, None, None, True, (0.00005,))
    assert found(bundle(one), assay) == codes_found


def test_range_beside_the_kits_words_in_a_laboratorys_message() -> None:
    """It is the kit's own where the kit's words stand beside it; beside a plain number it may be what is normal."""
    assay = AssayNames("xpert", None, None, None, True, (0.00005,))
    words = obx("POSITIVE [Above upper LoQ]", kind="ST", unit="% (IS)", limits=LIMITS)
    assert found(oru(words), assay) == ["PRINTED_RANGE_DIFFERS"]
    assert found(oru(obx("60", unit="% (IS)", limits=LIMITS)), assay) == []


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (observation(**quantity(0.011)), (None, "0.011", "PCT_IS")),
        (observation("46434-7", **quantity(0.011)), (None, "0.011", "PCT")),
        (observation(**quantity(0.011, None)), (None, "0.011", None)),
        (observation(**quantity(0.011, None, code="%")), (None, "0.011", "PCT_IS")),
        (observation(**quantity(55, comparator=">")), (None, ">55", "PCT_IS")),
        (observation(**quantity(0.003, comparator="<"), interpretation=[{"coding": [{"code": "POS"}]}]), ("DETECTED", "<0.003", "PCT_IS")),
        (observation(valueString="Not detected"), ("NOT_DETECTED", None, None)),
        (observation("21822-2", valueCodeableConcept={"coding": [{"display": "Detected"}]}), ("DETECTED", None, None)),
        (observation(dataAbsentReason={"text": "Not detected"}), ("NOT_DETECTED", None, None)),
    ],
)  # fmt: skip
def test_fhir_of_a_laboratory(one: dict[str, Any], expected: tuple[str | None, ...]) -> None:
    """Quantities, words and comparators, alone or in a Bundle."""
    assert said(bundle(one)) == [expected]


@pytest.mark.parametrize(
    "one",
    [
        kit("POSITIVE [Something new]"),
        kit("NEGATIVE [Sufficient ABL transcript]"),
        kit("NEGATIVE"),
        kit("POSITIVE [Above upper LoQ]", error=True),
        kit("POSITIVE [Above upper LoQ]", 0.5),
        kit(),
        observation(dataAbsentReason={"coding": [{"code": "unknown"}]}),
        observation(**quantity(0.011, "copies")),
        observation(**quantity(0.5, comparator="~")),
        observation("21822-2", **quantity(0.5)),
        observation(valueQuantity={"value": "abc"}),
        observation(valueString="Not detected", interpretation=[{"coding": [{"code": "POS"}]}]),
        observation(valueRange={"low": {"value": 1}}),
        observation("1-8", valueString="0.5 %")
        | {"code": {"text": "BCR-ABL1 ratio", "coding": [{"code": "1-8"}]}},
    ],
)
def test_fhir_not_understood(one: dict[str, Any]) -> None:
    """What is not known, or contradicts itself, is for a person."""
    assert found(bundle(one)) == ["RESULT_NOT_UNDERSTOOD"]


def test_fhir_keys() -> None:
    """Specimen as written, identifier, correction, status, and lines that differ."""
    more = {
        "identifier": [{"value": "obs-1"}],
        "status": "corrected",
        "issued": "2024-06-07T08:00:00.000+02:00",
    }
    columns = ("sample_id", "run_id", "result_version")
    text = bundle(observation(**quantity(0.011), **more), observation("777-3", **quantity(5)))
    assert said(text, columns=columns) == [("S 1", "obs-1", "20240607080000")]
    assert found(text) == ["IGNORED_OTHER_TARGET"]
    for status in ("preliminary", "entered-in-error", "cancelled", ""):
        assert found(bundle(observation(**quantity(1), status=status))) == ["RESULT_NOT_FINAL"]
    alone = observation(
        **quantity(0.011),
        contained=[{"resourceType": "Specimen", "id": "c", "identifier": [{"value": "S 7"}]}],
        specimen="#c",
    )
    assert said(json.dumps(alone), columns=("sample_id",)) == [("S 7",)]
    unnamed = observation(**quantity(0.011), specimen="Specimen/elsewhere")
    assert read_text(bundle(unnamed), KIT).waiting_for == "SAMPLE_NOT_KNOWN_FOR_FILE"
    two = (observation(**quantity(1)), observation(**quantity(2), specimen="none"))
    for indent in (None, 1):
        rows = read_text(bundle(*two, indent=indent), KIT).tables["pcr_measurements"]
        assert rows["source_line"].n_unique() == 2
        assert rows["sample_id"].to_list() == ["S 1", None]
    lines = bundle(*two).split("\n")
    at = read_text(bundle(*two), KIT).tables["pcr_measurements"]["source_line"]
    assert all('"resourceType": "Observation"' in lines[n - 1] for n in at)


def test_fhir_report_without_result() -> None:
    """A report as an attachment, and a resource without results, say so."""
    report = {
        "resourceType": "DiagnosticReport",
        "code": {"text": "RT-PCR BCR::ABL1"},
        "presentedForm": [{"data": "JVBERi0"}],
    }
    for text in (bundle(report), bundle(), bundle(observation("777-3", **quantity(5)), report)):
        assert "NO_STRUCTURED_RESULT" in found(text)
    assert found(bundle(observation("777-3", **quantity(5)))) == ["IGNORED_OTHER_TARGET"]
    with pytest.raises(FileRefusedError) as caught:
        read_text(bundle()[:-2], KIT)
    assert caught.value.code == "FILE_DAMAGED"
    deep = '{"resourceType": "Bundle", "entry": ' + "[" * 100_000 + "]" * 100_000 + "}"
    with pytest.raises(FileRefusedError):
        read_text(deep, KIT)


def test_from_fhir_and_oru_to_status() -> None:
    """Above the range is positive, negative is as deep as the kit's claim, invalid is not evaluable."""
    fhir = [
        bundle(kit("POSITIVE [Above upper LoQ]"), sample="S 2"),
        bundle(kit("NEGATIVE [Sufficient ABL transcript]", analyte="NEG", ct="0.0"), sample="S 3"),
        bundle(kit(INVALID.strip("^"), error=True), sample="S 4"),
    ]
    messages = [
        oru(obx(">^55.00", kind="SN"), sample="S 2"),
        oru(obx("Not detected", kind="ST", unit=""), sample="S 3"),
        oru(obx("INVALID", kind="ST", unit=""), sample="S 4"),
    ]
    for files in (fhir, messages):
        tables, load = derived(*files)
        results = tables.tables["assay_results"].sort("sample_id")
        assert results.select("finding", "censor").rows() == [
            ("DETECTED", "RIGHT"), ("NOT_DETECTED", "LEFT"), ("NOT_EVALUABLE", "NONE"),
        ]  # fmt: skip
        assert results["flags"].to_list()[1] == ["kit_claim"]
        status = tables.tables["mrd_status"].sort("sample_id")
        assert status.select("status", "depth").rows() == [
            ("POSITIVE", None), ("NEGATIVE", "MR4.5"), ("NOT_EVALUABLE", None),
        ]  # fmt: skip
        assert load.findings.is_empty()


def test_damaged_files() -> None:
    """Whatever is cut, doubled or damaged, only a refusal escapes and counts balance."""
    word = obx("Not detected", MAJOR, kind="ST", unit="")
    texts = [
        oru(word, obx("<^0.003", kind="SN")),
        oru(PDF),
        bundle(kit("POSITIVE [Above upper LoQ]")),
        bundle(observation(**quantity(0.5)), indent=None),
    ]
    read = check_mutants([t.encode() for t in texts], 300)
    assert len(read) > 80
    numbers = {
        v for r in read for t in r.tables.values() if r.format == "HL7 ORU^R01"
        for c, v in t.select("reported_call", "reported_value").rows() if v and c != "NOT_DETECTED"
    }  # fmt: skip
    assert all(v.startswith("<") for v in numbers)


def test_recognised_by_content_alone() -> None:
    """Each format is told by its content; batch headers may stand before a message."""
    texts = {"hl7-oru/4": oru(obx("1")), "fhir-r4/3": bundle(), "genexpert-hl7/2": r32()}
    for name, text in texts.items():
        for one in (
            text,
            "\ufeff" + text,
            "FHS|^~\\&|X\rBHS|^~\\&|X\r" + text if "MSH" in text else text,
        ):
            content = open_content(one.encode())
            assert [r.name for r in READERS if r.recognise(content)] == [name]
    batch = "FHS|^~\\&|X\rBHS|^~\\&|X\r" + oru(obx("1")) + "BTS|1\rFTS|1\r"
    assert read_text(batch, KIT).rows_read == 1
