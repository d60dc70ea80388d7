"""`mrd formats --describe`: what is proposed for an unknown table, and what is left for the laboratory to say."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from flows.cli import main
from flows.settings import load_settings
from schemas.tables import TABLES
from tests.unit.workbooks import Cell, workbook
from transforms.layouts.guess import _plain
from transforms.layouts.layout import legal_columns
from transforms.layouts.parse import parse_layout
from transforms.layouts.propose import Proposal, propose_layout
from transforms.layouts.synonyms import HEADINGS, WORDS
from transforms.problems import FileRefusedError
from transforms.readers.content import open_content
from transforms.readers.registry import find_reader
from transforms.readers.rows import ReaderSettings

GERMAN = """Auszug vom 02.04.2024
Typ;Probennummer;Patient;Entnahme;Material;ABL1 Kopien;Ergebnis (% IS);LOD [%];Bearbeiter
Probe;L-101;P-7;05.03.2024;Blut;48200;0,0032;0,002;Frau Muster
Probe;L-102;P-8;06.03.2024;Liquor;51000;n.d.;0,002;Frau Muster
Probe;L-103;P-8;06.03.2024;KM;51000;nicht nachweisbar;0,002;Herr Beispiel
NTC;;;;;0;;;
"""


def proposed(text: str | bytes) -> Proposal:
    """Return the proposal for a file."""
    return propose_layout(open_content(text.encode() if isinstance(text, str) else text), "lab")


def columns(proposal: Proposal) -> dict[str, object]:
    """Return what is proposed, by canonical column."""
    return dict(tomllib.loads(proposal.toml)["columns"])


def test_a_german_extract() -> None:
    """Header below a line, table, headings, dates, unit, words that are known, controls."""
    proposal = proposed(GERMAN)
    said = tomllib.loads(proposal.toml)
    assert said["table"] == "pcr_measurements"
    assert said["columns"] == {
        "sample_id": "Probennummer",
        "patient_id": "Patient",
        "collected_on": {"column": "Entnahme", "date": "%d.%m.%Y"},
        "control_copies": "ABL1 Kopien",
        "sensitivity_fraction": {"column": "LOD [%]", "unit": "pct"},
        "tissue": {"column": "Material", "values": {"Blut": "PB", "KM": "BM", "Liquor": "?"}},
        "reported_value": {"column": "Ergebnis (% IS)", "values": {"n.d.": "", "nicht nachweisbar": ""}},
        "reported_call": {
            "column": "Ergebnis (% IS)",
            "others": "",
            "values": {"n.d.": "?", "nicht nachweisbar": "NOT_DETECTED"},
        },
    }  # fmt: skip
    assert said["fixed"] == {"reported_unit": "PCT_IS"}
    assert said["ignore"] == {"Typ": ["NTC"]}
    assert len(proposal.gaps) == 2 == proposal.toml.count("# say what this means")


def test_nothing_of_a_row_is_shown() -> None:
    """No name, number, sample or date of the file stands in the proposal; headings do."""
    toml = proposed(GERMAN).toml
    for cell in ("Muster", "Beispiel", "L-101", "P-7", "05.03", "48200", "0,0032", "Auszug"):
        assert cell not in toml
    assert '# not mapped: "Typ", "Bearbeiter"' in toml


def test_a_proposal_is_refused_until_its_gaps_are_filled_and_then_reads_the_file() -> None:
    """The gaps are all that stands between the proposal and the rows."""
    toml = proposed(GERMAN).toml
    with pytest.raises(FileRefusedError, match="gap is still to be filled"):
        parse_layout(toml, "lab.toml")
    toml = toml.replace('"Liquor" = "?"', '"Liquor" = ""').replace('"n.d." = "?"', '"n.d." = "NOT_DETECTED"')  # fmt: skip
    toml = toml.replace("\n[fixed]", '\n[fixed]\nassay_id = "lab1"')
    reader, content = find_reader(GERMAN.encode(), [parse_layout(toml, "lab.toml")])
    rows = reader.read(content, None, ReaderSettings())
    assert (rows.rows_read, rows.rows_rejected, rows.rows_ignored) == (4, 0, 1)


@pytest.mark.parametrize(
    ("header", "table", "mapped"),
    [
        ("Échantillon,Date de prélèvement,Résultat", "pcr_measurements", {"sample_id", "collected_on", "reported_value"}),
        ("Muestra,Fecha de toma,Copias ABL1,Copias BCR-ABL1", "pcr_measurements", {"sample_id", "collected_on", "control_copies", "target_copies"}),
        ("Campione,Data prelievo,Risultato", "pcr_measurements", {"sample_id", "collected_on", "reported_value"}),
        ("Sample_ID,MRD events,Total events", "flow_measurements", {"sample_id", "mrd_events", "denominator_events"}),
        ("File,Population,#Events", "gate_statistics", {"sample_id", "gate", "events"}),
        ("Sample,Variant,Variant reads,Depth", "ngs_measurements", {"sample_id", "marker", "marker_count", "total_count"}),
        ("Patient ID,Treatment,Start date,Drug", "treatments", {"patient_id", "therapy", "started_on", "agent"}),
        ("Probe-Nr.,Patient,Abnahmedatum,Material", "samples", {"sample_id", "patient_id", "collected_on", "tissue"}),
        ("Patient,Diagnose,Erstdiagnose", "patients", {"patient_id", "disease", "diagnosed_on"}),
    ],
)  # fmt: skip
def test_headings_of_five_languages_decide_the_table(
    header: str, table: str, mapped: set[str]
) -> None:
    """The table follows from the headings; what is required and missing is a gap."""
    width = header.count(",")
    proposal = proposed(header + "\n" + "x1" + "," * width + "\n")
    assert tomllib.loads(proposal.toml)["table"] == table
    known = {c for c, v in columns(proposal).items() if v != "?"}
    assert known - {"reported_call"} == mapped
    assert set(columns(proposal)) <= set(legal_columns(table))


@pytest.mark.parametrize(
    ("cells", "form"),
    [
        (("2024-03-05", "2024-03-06T00:00:00"), None),
        (("5.3.2024", "06.03.2024"), "%d.%m.%Y"),
        (("05.03.24",), "%d.%m.%y"),
        (("05.03.2024 07:30",), "%d.%m.%Y %H:%M"),
        (("05.03.2024 07:30:01",), "%d.%m.%Y %H:%M:%S"),
        (("05.03.2024 07:30", "05.03.2024"), "?"),
        (("05/03/2024", "13/03/2024"), "%d/%m/%Y"),
        (("03/05/2024", "03/13/2024"), "%m/%d/%Y"),
        (("03/05/2024", "04/05/2024"), "?"),
        (("13/05/2024", "05/13/2024"), "?"),
        (("24/03/15",), "?"),
        (("24-03-15",), "?"),
        (("24/03/15", "25/03/32"), "%d/%m/%y"),
        (("03/24/15",), "%m/%d/%y"),
        (("32.03.15",), "?"),
        (("05-Mar-2024",), "%d-%b-%Y"),
        (("2024/03/05",), "%Y/%m/%d"),
        (("5 mars 2024",), "?"),
    ],
)
def test_dates_are_proposed_from_the_cells(cells: tuple[str, ...], form: str | None) -> None:
    """Only a form that all cells have, and that says which is the day."""
    text = "Sample\tCollected\tResult\n" + "".join(f"s\t{c}\t1\n" for c in cells)
    expected = "Collected" if form is None else {"column": "Collected", "date": form}
    assert columns(proposed(text))["collected_on"] == expected


@pytest.mark.parametrize("word", ["n.n.", "n. n.", "n.d.", "nd", "neg?", "nn", "not done", "-", "0 Kopien?", "unauffällig", "NN", "LoD"])  # fmt: skip
def test_no_word_is_guessed_to_be_negative(word: str) -> None:
    """Words that mean two things in two laboratories are left to the laboratory."""
    proposal = proposed(f"Probe;Ergebnis\nA;{word}\nB;1\n")
    call = columns(proposal)["reported_call"]
    assert isinstance(call, dict)
    assert set(call["values"].values()) == {"?"}


def test_words_that_may_be_names_or_numbers_are_not_shown() -> None:
    """More than eight words, or words with digits, are left to be listed by hand."""
    many = "Probe;Befund;Ergebnis\n" + "".join(f"{c};wort {c};1\n" for c in "abcdefghi")
    for text in (many, "Probe;Befund;Ergebnis\na;Fall 12 positiv;1\n"):
        proposal = proposed(text)
        call = columns(proposal)["reported_call"]
        assert isinstance(call, dict) and call["values"] == {"…": "?"}
        assert "wort" not in proposal.toml and "Fall" not in proposal.toml


def test_a_sheet_is_named() -> None:
    """The sheet with the header is proposed with its name."""
    sheet: list[list[Cell]] = [["Labor"], ["Sample", "MRD events", "Total events"], ["A", 1, 100]]
    said = tomllib.loads(proposed(workbook({"Info": [["x"]], "Daten": sheet})).toml)
    assert (said["sheet"], said["table"]) == ("Daten", "flow_measurements")


@pytest.mark.parametrize("text", ["Muster,Anna,1970\nBeispiel,Otto,1980\n", "a\n", "x,Sample,y\n1,2,3\n", "Sample,Result,2024-03-05\nA,1,2\n"])  # fmt: skip
def test_without_a_header_nothing_is_shown(text: str) -> None:
    """A line that may hold data is not printed as headings."""
    with pytest.raises(FileRefusedError) as caught:
        proposed(text)
    assert caught.value.code == "FILE_NOT_RECOGNISED"
    assert "Muster" not in caught.value.message


def test_synonyms_are_data_without_contradictions() -> None:
    """A heading stands for one column, a word for one value; all columns and values exist."""
    legal = {c for t in TABLES.values() if t.is_input for c in legal_columns(t.name)} | set(legal_columns("gate_statistics"))  # fmt: skip
    assert set(HEADINGS) <= legal
    plain = [_plain(word) for words in HEADINGS.values() for word in {_plain(w) for w in words}]
    assert sorted(plain) == sorted(set(plain))
    for column, meanings in WORDS.items():
        values = next(f for t in TABLES.values() if t.is_input for c, f in legal_columns(t.name).items() if c == column).values  # fmt: skip
        assert values and set(meanings) <= {v.value for v in values}
        words = [w for known in meanings.values() for w in known]
        assert sorted(words) == sorted(set(words))
        assert all(w == w.lower() for w in words)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A known file is named, an unknown table gets a layout, both also as JSON; other files one line."""
    known, unknown = tmp_path / "a.csv", tmp_path / "lims.csv"
    known.write_text("sample_id,assay_id,target_copies\nS,A,1\n")
    unknown.write_text(GERMAN, encoding="utf-8")
    assert main(["formats", "--describe", str(known)]) == 0
    assert capsys.readouterr().out == "a.csv: canonical CSV (canonical-csv/1); it needs no layout\n"
    assert main(["formats", "--describe", str(unknown)]) == 0
    out = capsys.readouterr().out
    assert tomllib.loads(out)["title"] == "lims"
    assert main(["formats", "--describe", str(unknown), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["file"], said["format"], said["layout"].strip()) == ("lims.csv", None, out.strip())
    assert len(said["gaps"]) == 2
    for name, data, words in (("none", None, "there is no such file"), ("b", b"%PDF-1.7", "is not text"), ("c", b"hello", "write the layout by hand")):  # fmt: skip
        path = tmp_path / name
        if data is not None:
            path.write_bytes(data)
        assert main(["formats", "--describe", str(path)]) == 2
        assert re.fullmatch(rf"mrd: {path}: [^\n]*{words}[^\n]*\n", capsys.readouterr().err)


def test_settings_name_layouts_beside_them(tmp_path: Path) -> None:
    """Paths are relative to the settings file; a manifest keeps names alone."""
    (tmp_path / "mrd.toml").write_text('layouts = ["layouts/lims.toml"]\n')
    found = load_settings(tmp_path / "warehouse", None)
    assert found.layouts == (tmp_path / "layouts" / "lims.toml",)
    assert found.to_store()["layouts"] == ["lims.toml"]


@pytest.mark.parametrize(
    ("heading", "cell", "expected"),
    [
        ("Copies [ABL1]", "50000", {"control_copies": "Copies [ABL1]"}),
        ("Copies [BCR-ABL]", "30", {"target_copies": "Copies [BCR-ABL]"}),
        ("Copies [other]", "30", {}),
        ("Copies [x1000]", "30", {"target_copies": {"column": "Copies [x1000]", "unit": "?"}}),
        ("Total events (10^6)", "5", {"denominator_events": {"column": "Total events (10^6)", "unit": "?"}}),
        ("Total reads (in Mio.)", "1.2", {"total_count": {"column": "Total reads (in Mio.)", "unit": "?"}}),
        ("MRD cells (%)", "0.01", {"mrd_events": {"column": "MRD cells (%)", "unit": "?"}}),
        ("Input [µl]", "5", {"input_ng": {"column": "Input [µl]", "unit": "?"}}),
        ("Input [ng/µl]", "5", {"input_ng": {"column": "Input [ng/µl]", "unit": "?"}}),
        ("Input [ng]", "5", {"input_ng": "Input [ng]"}),
        ("Input [µg]", "5", {"input_ng": {"column": "Input [µg]", "unit": "ug"}}),
        ("LOD (log)", "4,5", {"sensitivity_fraction": {"column": "LOD (log)", "unit": "?"}}),
        ("LOD [% IS]", "0,01", {"sensitivity_fraction": {"column": "LOD [% IS]", "unit": "pct"}}),
    ],
)  # fmt: skip
def test_what_stands_in_brackets_is_a_unit_a_name_or_a_gap(
    heading: str, cell: str, expected: dict[str, object]
) -> None:
    """A bracket is never dropped unread: 30 under `x1000` are 30000 copies."""
    others = {"total_count": "Mutant reads;1", "denominator_events": "MRD events;1", "mrd_events": "Total events;1"}  # fmt: skip
    other, count = others.get(next(iter(expected), ""), "Control Ct;1").split(";")
    proposal = proposed(f"Sample;{other};{heading}\nS1;{count};{cell}\n")
    mapped = {c: v for c, v in columns(proposal).items() if heading in str(v)}
    assert mapped == expected
    unit = next(iter(expected.values()), None)
    if isinstance(unit, dict) and unit["unit"] == "?":
        assert any(heading in gap for gap in proposal.gaps)


@pytest.mark.parametrize(
    ("heading", "cell", "unit"),
    [
        ("Result % IS", "0.03", "PCT_IS"),
        ("Ratio IS", "0.00032", "?"),
        ("Result (MR IS)", "4.5", "?"),
        ("Result", "4.5", "?"),
    ],
)
def test_the_international_scale_is_a_percentage_only_with_its_sign(
    heading: str, cell: str, unit: str
) -> None:
    """`Ratio IS` may be a fraction and `MR IS` is a logarithm."""
    said = tomllib.loads(proposed(f"Sample;{heading};ABL copies\nS1;{cell};50000\n").toml)
    assert said["fixed"]["reported_unit"] == unit


def test_a_column_that_may_hold_names_is_a_gap() -> None:
    """Codes are proposed to be checked; what may be a name is not mapped unasked, and not shown."""
    codes = proposed("Sample;Patient;Result % IS\nS1;P-7;1\n")
    assert 'patient_id = "Patient"  # check that these are codes, no names' in codes.toml
    for cell in ("Muster", "Anna 1970"):
        names = proposed(f"Sample;Patient;Result % IS\nS1;{cell};1\n")
        assert columns(names)["patient_id"] == "?"
        assert "map no column that holds names" in " ".join(names.gaps)
        assert cell not in names.toml


def test_header_that_stands_on_every_page() -> None:
    """Its repetition is proposed as a row that is no result, and gives no words; beside controls too."""
    page = "Sample;BCR-ABL copies;ABL copies\nR1;3;60000\nNTC;0;0\n"
    proposal = proposed(page + page.replace("R1", "R2"))
    said = tomllib.loads(proposal.toml)
    assert said["ignore"] == {"Sample": ["NTC", "Sample"]}
    assert said["columns"]["target_copies"] == "BCR-ABL copies"
    assert proposal.gaps == ()


def test_what_one_layout_cannot_say_is_named() -> None:
    """A second table of the sheet, and headings that stand twice; of two tables that of results is described."""
    rows: list[list[Cell]] = [
        ["Sample", "Patient", "Sampling date"],
        ["F1", "X1", "2024-05-01"],
        [],
        ["Sample", "MRD events", "Total events", "Note", "Note"],
        ["F1", 42, 1200000, "a", "b"],
    ]
    text = proposed(workbook({"Flow": rows})).toml
    assert tomllib.loads(text)["table"] == "flow_measurements"
    assert '# stand twice, so that no layout can map them: "Note"' in text
    assert (
        '# another table may begin on sheet "Flow", row 1; one file is read with one layout, so export it alone: "Sample", "Patient", "Sampling date"'
        in text
    )


def test_heading_that_is_divided_at_the_end_of_a_line() -> None:
    """`Entnahme-` above `datum` is one word."""
    rows: list[list[Cell]] = [
        ["Proben-Nr.", "Entnahme-\ndatum", "Ratio % IS"],
        ["A", "2024-03-05", 0.1],
    ]
    assert columns(proposed(workbook({"s": rows})))["collected_on"] == "Entnahme- datum"
