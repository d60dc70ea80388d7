"""A small laboratory for tests of loads: its files, loading them, reading the warehouse back."""

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from flows.load import LoadRun, run_load
from flows.settings import Settings
from schemas.tables import TABLES

SAMPLE_DATA = Path(__file__).parents[2] / "sample_data"
INBOX = SAMPLE_DATA / "inbox"

RECORDS = ("loads", "source_files", "findings")
"""Tables that hold load ids and times; all others depend on the content alone."""

PATIENTS = """\
patient_id,disease,transcript,diagnosed_on
P1,CML,e14a2,2022-01-10
P2,CML,e13a2,2022-02-01
P3,MM,,2022-03-01
"""
SAMPLES = """\
sample_id,patient_id,collected_on,tissue,timepoint
S1,P1,2022-01-10,PB,DIAGNOSIS
S2,P1,2023-01-12,PB,FOLLOW_UP
S3,P2,2023-05-01,PB,FOLLOW_UP
S4,P3,2023-06-01,BM,FOLLOW_UP
"""
ASSAYS = """\
assay_id,modality,marker,basis,control_gene,conversion_factor,valid_from,valid_to,target_name,control_name
qpcr,PCR,BCR::ABL1 p210,RNA_RATIO_IS,ABL1,0.8,2020-01-01,,BCR-ABL,ABL1
ngf,FLOW,LAIP,CELLS_TNC,,,,,,
"""
PCR = """\
sample_id,assay_id,run_id,replicate,target_copies,control_copies
S1,qpcr,R1,1,40000,50000
S1,qpcr,R1,2,42000,51000
S2,qpcr,R2,1,3,60000
S2,qpcr,R2,2,0,61000
S3,qpcr,R3,1,0,90000
"""
FLOW = """\
sample_id,assay_id,mrd_events,denominator_events,denominator
S4,ngf,150,5000000,TNC
"""
REFERENCE = {"patients.csv": PATIENTS, "samples.csv": SAMPLES, "assays.csv": ASSAYS}
LAB = {**REFERENCE, "pcr.csv": PCR, "flow.csv": FLOW}


_INVENTED = "INVENTED-SAMPLE"


def plate(*samples: str) -> str:
    """Return an instrument file with a positive result of each sample."""
    text = (SAMPLE_DATA / "defects" / "d-not-known" / "plate.txt").read_text(encoding="utf-8")
    # its only sample, whatever its number in the sample data
    (invented,) = set(re.findall(r"\bD-[0-9]{3}\b", text))
    text = text.replace(invented, _INVENTED)
    lines = [
        (line.split("\t"), samples) if _INVENTED in line else (line, None)
        for line in text.splitlines()
    ]
    out: list[str] = []
    block: list[str] = []
    for line, names in lines:
        if names is None:
            out += _for_each(block, samples)
            block = []
            out.append(str(line))
        else:
            block.append("\t".join(line))
    return "\n".join([*out, *_for_each(block, samples), ""])


def _for_each(block: list[str], samples: tuple[str, ...]) -> list[str]:
    lines = [line.replace(_INVENTED, name) for name in samples for line in block]
    numbered = []
    for number, line in enumerate(lines, start=1):
        _, _, rest = line.split("\t", 2)
        numbered.append(f"{number}\tA{number}\t{rest}")
    return numbered


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files below a folder and return it."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def settings(**changed: Any) -> Settings:
    """Return settings of a site that does not wait for files to settle."""
    return Settings(**{"settle_seconds": 0, **changed})


def load(warehouse: Path, *paths: Path, **changed: Any) -> LoadRun:
    """Load paths without Prefect and return the run."""
    run = LoadRun(list(paths), warehouse, settings(**changed))
    run_load(run)
    return run


def load_files(
    warehouse: Path, folder: Path, files: Mapping[str, str | bytes], **changed: Any
) -> LoadRun:
    """Write files into a folder of their own and load that folder."""
    return load(warehouse, write(folder, files), **changed)


def rows(warehouse: Path, table: str) -> pl.DataFrame:
    """Return a table the way a dashboard reads it: by the path below `current` alone."""
    return pl.read_parquet(
        warehouse / "current" / table / "**" / "*.parquet", hive_partitioning=False
    )


def one(warehouse: Path, table: str, **where: Any) -> dict[str, Any]:
    """Return the only row of a table that fits."""
    found = rows(warehouse, table).filter(**where)
    assert found.height == 1, f"{table} has {found.height} rows for {where}"
    return found.to_dicts()[0]


def hashes(warehouse: Path, *, with_records: bool = False) -> dict[str, str]:
    """Return the SHA-256 of the bytes of every Parquet file below `current`."""
    current = (warehouse / "current").resolve()
    found = {
        path.relative_to(current).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(current.rglob("*.parquet"))
    }
    return {
        name: sha256
        for name, sha256 in found.items()
        if with_records or name.split("/")[0] not in RECORDS
    }


def everything(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file below a folder, links followed."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def assert_complete(warehouse: Path) -> dict[str, Any]:
    """Check that `current` is a whole snapshot whose manifest is true; return the manifest."""
    link = warehouse / "current"
    assert link.is_symlink()
    assert link.readlink().parent == Path("snapshots")
    manifest: dict[str, Any] = json.loads((link / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["load_id"] == link.resolve().name
    assert {n: f["sha256"] for n, f in manifest["files"].items()} == hashes(
        warehouse, with_records=True
    )
    for name, file in manifest["files"].items():
        assert pl.read_parquet(link / name, hive_partitioning=False).height == file["rows"], name
    assert {name.split("/")[0] for name in manifest["files"]} == set(TABLES)
    return manifest


def codes(run: LoadRun) -> list[str]:
    """Return the codes of the findings that a load published, sorted."""
    found = run.records.get("findings")
    return [] if found is None else sorted(found["code"].to_list())


def outcomes(run: LoadRun) -> dict[str, tuple[str, str | None]]:
    """Return outcome and reason of every file of a load by its name."""
    return {e.name: (e.outcome, e.reason) for e in run.entries}
