"""A patient's names as files write them and as tables have them.

With pseudonyms these are two: kept inputs and the records in `private/` hold names as they came, tables and reports
pseudonyms. Which name a pseudonym stands for only the files can tell. Without pseudonyms both are one.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import polars as pl

from flows.forget_inputs import KeptInputs
from flows.pseudonyms import Door
from transforms.forgotten import Person
from transforms.readers.redact import NAMED


@dataclass(frozen=True)
class Names:
    """Names by their kind, a patient's, a sample's or a run's; without pseudonyms there are none.

    Attributes:
        inside: what a name that came is called in the tables.
        as_they_came: the name that a pseudonym stands for.
    """

    inside: Mapping[str, Mapping[str, str]]
    as_they_came: Mapping[str, Mapping[str, str]]

    @classmethod
    def of(cls, door: Door, inputs: KeptInputs, typed: Collection[str]) -> "Names":
        """Read the names in all kept files.

        Args:
            door: where names become pseudonyms.
            inputs: the kept files.
            typed: patients as a person typed them, by name or pseudonym.
        """
        inside: dict[str, dict[str, str]] = {kind: {} for kind in NAMED}
        if door.hides:
            found = inputs.names()
            found["patient"].update(t for t in typed if door.inside(t, "patient") != t)
            inside = {kind: door.called_all(names, kind) for kind, names in found.items()}
        came = {kind: {p: name for name, p in of.items()} for kind, of in inside.items()}
        return cls(inside, came)

    def claims_inside(self, claims: pl.DataFrame) -> pl.DataFrame:
        """Return `sample_id`, `patient_id` of rows of files as tables have them."""
        patients, samples = self.inside["patient"], self.inside["sample"]
        called = (pl.col("sample_id").replace(samples), pl.col("patient_id").replace(patients))
        return claims.with_columns(called)

    def as_came(self, person: Person) -> Person:
        """Return a patient with the names that came beside those of the tables.

        A reader may have been told a pseudonym as the sample of its file, so both stand in what it gives.
        """
        return replace(
            person,
            patients=self._both("patient", person.patients),
            samples=self._both("sample", person.samples),
            runs=self._keys(person.runs),
            results=self._keys(person.results),
        )

    def _both(self, kind: str, names: frozenset[str]) -> frozenset[str]:
        came = self.as_they_came[kind]
        return names | {came[name] for name in names if name in came}

    def _keys(self, rows: pl.DataFrame) -> pl.DataFrame:
        for column, kind in (("sample_id", "sample"), ("run_id", "run")):
            if column in rows.columns:
                came = rows.with_columns(pl.col(column).replace(self.as_they_came[kind]))
                rows = pl.concat([rows, came]).unique()
        return rows

    def n_untold(self, person: Person) -> int:
        """Return how many of a patient's names in tables stand for one that no readable file has."""
        known = self.as_they_came
        of_kinds = (("patient", person.patients), ("sample", person.samples))
        return sum(name not in known[kind] for kind, names in of_kinds for name in names)
