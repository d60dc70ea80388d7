"""Patients of many diseases loaded together, in one load or in several, in any order of files."""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from random import Random

import polars as pl
import pytest

from tests.effort import first_of
from tests.generative.cases import Case
from tests.generative.course_cases import (
    AML_PATIENTS,
    acute,
    apl,
    children,
    cll,
    lymphoblastic,
    myeloma,
)
from tests.generative.course_cases_cml import cml
from tests.generative.course_rows import rows_of_patients
from tests.spec.drawn import Row, to_csv
from tests.support import GUIDELINES
from transforms.derive import derive
from transforms.guidelines.rules import Rules, load_rules
from transforms.ingest import ParsedLoad, ReadFile, parse_files
from transforms.pipeline import ingested_from_nothing
from transforms.readers.registry import find_reader
from transforms.readers.rows import ReaderSettings

Frames = dict[str, pl.DataFrame]
COURSE = ("assay_results", "mrd_status", "sample_remission", "molecular_events", "patient_summary")


@dataclass(frozen=True)
class World:
    """Rule sets by disease, and how a patient of each is drawn."""

    rulesets: Mapping[str, str]
    patients: Sequence[Callable[[Random], Case]]


def _of(draw: Callable[..., Case], *diseases: str) -> list[Callable[[Random], Case]]:
    return [partial(draw, disease=d) for d in diseases]


AML = partial(acute, disease="AML", choices=AML_PATIENTS)
WORLDS = {
    "one": World(
        {"AML": "eln-aml-2021"},
        (cml, cml, AML, AML, apl, *_of(lymphoblastic, "B_ALL", "PH_ALL"), myeloma, cll),
    ),
    "another": World(
        {"CML": "esmo-cml-2017", "AML": "eln-aml-2025", "APL": "eln-aml-2025",
         "B_ALL": "aieop-bfm-2009", "T_ALL": "aieop-bfm-2009"},
        (cml, cml, AML, AML, apl, *_of(children, "B_ALL", "T_ALL")),
    ),
}  # fmt: skip
every_world = pytest.mark.parametrize("name", first_of(WORLDS, 1))


@cache
def rules_of(name: str) -> Rules:
    texts = {p.name: p.read_text() for p in GUIDELINES.glob("*.toml")}
    return load_rules(texts, WORLDS[name].rulesets)


def drawn(name: str, size: int = 30) -> tuple[Random, list[Case]]:
    """Draw so many patients of each kind; always the same ones."""
    r = Random(f"course {name}")
    return r, [patient(r) for _ in range(size) for patient in WORLDS[name].patients]


# ---- loads -------------------------------------------------------------------------------------


def parsed(files: Sequence[list[Row]]) -> ParsedLoad:
    """Read the files of one load in this order."""
    read = []
    for number, rows in enumerate(files):
        text = to_csv(rows).encode()
        reader, data = find_reader(text)
        rows_read = reader.read(data, None, ReaderSettings())
        read.append(ReadFile(number, hashlib.sha256(text).hexdigest(), rows_read))
    return parse_files(read)


def loaded(name: str, *loads: Sequence[list[Row]]) -> Frames:
    """Return the derived tables after these loads, in a fixed order of rows."""
    *earlier, last = [parsed([rows for rows in files if rows]) for files in loads]
    ingested = ingested_from_nothing(earlier, last)
    inputs = {table: r.rows for table, r in ingested.tables.items()}
    tables = derive(inputs, rules_of(name)).tables
    return {table: in_order(tables[table]) for table in COURSE}


def in_order(frame: pl.DataFrame) -> pl.DataFrame:
    keys = ("patient_id", "sample_id", "assay_id", "marker", "event")
    return frame.sort([k for k in keys if k in frame.columns])


def at_once(name: str, cases: Sequence[Case]) -> Frames:
    return loaded(name, list(rows_of_patients(cases).values()))


def assert_same(got: Frames, want: Frames) -> None:
    for table in want:
        assert_equal(table, got[table], want[table])


def assert_equal(table: str, got: pl.DataFrame, want: pl.DataFrame) -> None:
    if not got.equals(want):
        a, b = (set(map(repr, frame.rows())) for frame in (got, want))
        differ = "\n".join(
            sorted(f"- {x}" for x in b - a)[:5] + sorted(f"+ {x}" for x in a - b)[:5]
        )
        raise AssertionError(f"{table} differs ({len(b - a)}, {len(a - b)} rows):\n{differ}")


def assert_no_vacuum(tables: Frames) -> None:
    """Fail unless relapses and other events are there, in each state."""
    seen = Counter(tables["molecular_events"].select("event", "is_confirmed").rows())
    for event in ("MOLECULAR_RELAPSE", "NEGATIVITY_ACHIEVED", "MMR_ACHIEVED"):
        assert all(seen[event, state] for state in (True, False, None)), (event, seen)
    assert seen["TFR_RELAPSE", True] and seen["LOSS_OF_MMR", None], seen
