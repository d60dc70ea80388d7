"""What a forgetting has begun, written down until all of it is done, so that a killed run is finished by the next.

Identifiers are in it, so only the owner can read it. Names that came lie in `private/` where tables have pseudonyms.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from flows.disk import sync_folder, write_whole
from flows.warehouse import Warehouse
from transforms.forgotten import LINES, RESULT, RUN, Person


@dataclass(frozen=True)
class Begun:
    """What is to be done.

    Attributes:
        load_id: of the run that began.
        counts: how much goes.
        person: who, as tables name them.
        as_it_came: who, as kept files name them.
        lines: `LINES` that are theirs alone; files that were replaced no longer tell.
        whole: hashes of files of which nothing stays.
        files: names of the files that held them.
    """

    load_id: str
    counts: dict[str, int]
    person: Person
    as_it_came: Person
    lines: pl.DataFrame
    whole: frozenset[str]
    files: list[str]


class Journal:
    """Where it is written down."""

    def __init__(self, warehouse: Warehouse) -> None:
        """Remember the files."""
        self._path = warehouse.forgetting_path
        self._private = warehouse.private / self._path.name if warehouse.is_private else None

    def read(self) -> Begun | None:
        """Return what a run that was killed had begun; None where there is none."""
        if not self._path.exists():
            return None
        told = json.loads(self._path.read_text(encoding="utf-8"))
        came = told
        if self._private is not None:
            # this file goes first: without it all was done but removing the other
            is_there = self._private.exists()
            came = json.loads(self._private.read_text(encoding="utf-8")) if is_there else told
        return Begun(
            told["load_id"],
            told["counts"],
            _person(told["person"]),
            _person(came["person"]),
            pl.DataFrame(told["lines"], schema=LINES, orient="row"),
            frozenset(told["whole"]),
            came["files"],
        )

    def write(self, begun: Begun) -> None:
        """Write down what is to be done."""
        told = {
            "load_id": begun.load_id,
            "counts": begun.counts,
            "person": _told(begun.person),
            "lines": begun.lines.rows(),
            "whole": sorted(begun.whole),
            "files": begun.files,
        }
        if self._private is not None:
            _write(self._private, {"person": _told(begun.as_it_came), "files": begun.files})
            told["files"] = []
        # after the other: with this one there it is begun
        _write(self._path, told)

    def remove(self) -> None:
        """Say that all is done."""
        for path in (self._private, self._path):
            if path is not None:
                path.unlink(missing_ok=True)
                sync_folder(path.parent)


def _told(person: Person) -> dict[str, Any]:
    return {
        "patients": sorted(person.patients),
        "samples": sorted(person.samples),
        "runs": person.runs.rows(),
        "results": person.results.rows(),
        "texts": sorted(person.texts),
    }


def _person(told: Mapping[str, Any]) -> Person:
    def rows(name: str, columns: tuple[str, ...]) -> pl.DataFrame:
        return pl.DataFrame(told[name], schema=dict.fromkeys(columns, pl.String()), orient="row")

    return Person(
        frozenset(told["patients"]),
        frozenset(told["samples"]),
        rows("runs", RUN),
        rows("results", RESULT),
        frozenset(told["texts"]),
    )


def _write(path: Path, told: Mapping[str, Any]) -> None:
    write_whole(path, json.dumps(told).encode(), 0o600)
