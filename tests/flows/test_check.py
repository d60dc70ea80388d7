"""`mrd check` with a warehouse says what the next load does, and touches nothing."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from flows.check import check_files, check_text
from flows.warehouse import Warehouse
from tests.effort import first_of
from tests.flows.lab import (
    ASSAYS,
    LAB,
    PCR,
    SAMPLES,
    hashes,
    load,
    load_files,
    plate,
    rows,
    settings,
    write,
)
from tests.flows.test_layouts import FILES as OWN_LAYOUT
from tests.flows.test_layouts import LAYOUT, OTHER_TABLE
from tests.flows.test_told import AIRR, MANIFEST, NGS, PATTERN

OTHER_AIRR = AIRR.replace("90\n", "95\n")
CLONES = {**LAB, "assays.csv": ASSAYS + NGS, "igh/S4_IGH_run7.tsv": AIRR}
PLATES = {**LAB, "qpcr/plate.txt": plate("S2"), "elsewhere/plate.txt": plate("S3")}
# before the last load; the last load; its settings
CASES: dict[str, tuple[list[Mapping[str, str]], Mapping[str, str], dict[str, Any]]] = {
    "manifest row of an earlier load": (
        [{**CLONES, "manifest.csv": MANIFEST}],
        {"igh/S4_IGH_run7.tsv": OTHER_AIRR},
        {},
    ),
    "manifest row of a file that waits": ([CLONES], {"manifest.csv": MANIFEST}, {}),
    "copy under a name that the manifest names": (
        [{**CLONES, "manifest.csv": "file_name,sample_id\nleft.tsv,S4\n"}],
        {"igh/left.tsv": AIRR},
        {},
    ),
    "name that two files have": (
        [{**CLONES, "manifest.csv": MANIFEST}],
        {"a/igh/S4_IGH_run7.tsv": OTHER_AIRR},
        {},
    ),
    "pattern that is new": ([CLONES], {"t.csv": "patient_id,disease\nP9,CML\n"}, {"file_names": PATTERN}),
    "assay of a folder that waits": ([PLATES], {"a.csv": ASSAYS.replace("qpcr,", "elsewhere,")}, {}),
    "layout of an earlier load": ([OWN_LAYOUT], {"lims/extract.csv": OWN_LAYOUT["lims/extract.csv"]}, {}),
    "table that no layout beside it reads": ([OWN_LAYOUT], {"lims/extract.csv": OTHER_TABLE}, {}),
    "layout that changed": (
        [OWN_LAYOUT],
        {**OWN_LAYOUT, "lims/layout.toml": LAYOUT.replace("LIMS extract", "LIMS")},
        {},
    ),
    "file in two folders": ([PLATES], {"qx/plate.txt": plate("S2"), "qpcr/plate.txt": plate("S2")}, {}),
    "refused before": ([{**LAB, "x.csv": "a,b\n1,2\n"}], {"x.csv": "a,b\n1,2\n"}, {}),
    "the same again": ([PLATES], PLATES, {}),
    "rows that contradict": (
        [LAB],
        {"pcr.csv": PCR.replace("40000", "41000"), "s.csv": SAMPLES.replace("S1,P1", "S1,P2")},
        {},
    ),
    "name of a setting that is new": (
        [{**LAB, "qpcr/plate.txt": plate("S2 rep1")}],
        {"qpcr/plate.txt": plate("S2 rep1")},
        {"sample_names": {"qpcr": "{sample_id} rep{*}"}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", first_of(CASES, 7))
def test_check_says_what_the_load_does(tmp_path: Path, case: str) -> None:
    """Files, outcomes, reasons, counts and findings of files are the same; the warehouse is untouched."""
    warehouse = tmp_path / "w"
    earlier, last, changed = CASES[case]
    for number, files in enumerate(earlier):
        load_files(warehouse, tmp_path / str(number), files)
    folder = write(tmp_path / "last", last)
    before = hashes(warehouse, with_records=True)
    checked = check_files([folder], settings(**changed), Warehouse(warehouse))
    assert hashes(warehouse, with_records=True) == before
    assert not (Path.cwd() / "no-warehouse").exists()

    run = load(warehouse, folder, **changed)
    counts = {
        r["file_no"]: tuple(r.values())[1:]
        for r in run.ingested.counts.to_dicts()  # type: ignore[union-attr]
    }
    did = {e.name: (e.outcome, e.reason, *counts.get(e.file_no, (0, 0, 0, 0))) for e in run.entries}
    said = {
        f["source_name"]: (
            f["outcome"], f["reason"],
            *(f[f"rows_{x}"] for x in ("read", "accepted", "rejected", "ignored")),
        )
        for f in checked.files.to_dicts()
    }  # fmt: skip
    assert said == did
    if run.result.published:
        told = rows(warehouse, "findings").filter(load_id=run.load_id)
        # what waits is said as rows that are missing; of what was refused before, a load says nothing again
        told = told.filter(~told["code"].is_in(["PENDING"]), told["source_name"].is_in(list(said)))
        columns = ["source_name", "source_line", "code", "value"]
        assert set(told.select(columns).rows()) <= set(checked.findings.select(columns).rows())


def test_check_without_a_warehouse_knows_nothing_of_it(tmp_path: Path) -> None:
    """A file whose sample a stored manifest row tells waits where no warehouse is named."""
    load_files(tmp_path / "w", tmp_path / "1", {**CLONES, "manifest.csv": MANIFEST})
    folder = write(tmp_path / "2", {"igh/S4_IGH_run7.tsv": AIRR})
    checked = check_files([folder], settings(), None)
    assert checked.files["reason"].to_list() == ["SAMPLE_NOT_KNOWN_FOR_FILE"]
    assert checked.missing["assays"][1:] == ["igh,NGS,,,,"]


def test_file_given_before_is_said_to_be(tmp_path: Path) -> None:
    """One line says so."""
    load_files(tmp_path / "w", tmp_path / "1", LAB)
    checked = check_files([tmp_path / "1" / "pcr.csv"], settings(), Warehouse(tmp_path / "w"))
    assert check_text(checked) == (
        "pcr.csv: canonical pcr_measurements, given already; it is counted once"
    )


def test_slip_in_the_name_of_a_kit(tmp_path: Path) -> None:
    """Below the assays that are not known, the kit that may be meant is named."""
    results = "sample_id,assay_id,reported_call\nS2,Xpert-BCR-ABL-Utra,NOT_DETECTED\nS2,xyz,NOT_DETECTED\n"
    folder = write(tmp_path / "1", {**LAB, "r.csv": results})
    text = check_text(check_files([folder], settings(), None))
    assert text.endswith(
        "\nXpert-BCR-ABL-Utra is no kit that is known; if xpert-bcr-abl-ultra is meant, call the folder or the assay so"
    )
