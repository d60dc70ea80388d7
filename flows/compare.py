"""Two states of the warehouse beside each other: what differs, of which disease and date."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from flows.chosen import Chosen
from flows.merge import Changes
from flows.snapshot import Snapshot
from schemas.tables import TABLES
from transforms.differences import WORDS, differences
from transforms.tolerance import RTOL


@dataclass(frozen=True)
class Comparison:
    """What differs between two states.

    Attributes:
        rulesets: disease, rule set before and after, where they differ.
        rows: as `transforms.differences` gives them, with `disease` and `on`: the day of the sample,
            of a patient the day of the last sample.
        samples: `sample_id`, `patient_id`, `disease`, `on` of all samples with a result, afterwards.
        patients: `patient_id`, `disease`, `on` of all patients of both states.
        restamped: `patient_id`, `sample_id`, `on` of results whose words stay and whose rule is another.
        levels: `disease`, `patient_id`, `sample_id`, `on`, `assay_id`, `marker`, `basis`, `before`, `after` of
            results that have another level, or one in only one state.
    """

    rulesets: list[tuple[str, str, str]]
    rows: pl.DataFrame
    samples: pl.DataFrame
    patients: pl.DataFrame
    restamped: pl.DataFrame
    levels: pl.DataFrame

    def narrowed(self, chosen: Chosen) -> "Comparison":
        """Return only what is of chosen patients and samples; a patient of a chosen sample counts as one."""
        samples = self.samples.filter(chosen.holds())
        of_sample = pl.col("patient_id").is_in(samples["patient_id"].implode())
        no_sample = self.patients.with_columns(pl.lit(None, dtype=pl.String).alias("sample_id"))
        return replace(
            self,
            rows=self.rows.filter(chosen.holds()),
            samples=samples,
            patients=no_sample.filter(chosen.day() & (chosen.holds() | of_sample)),
            restamped=self.restamped.filter(chosen.holds()),
            levels=self.levels.filter(chosen.holds()),
        )


def compare(
    before: Mapping[str, pl.DataFrame],
    after: Mapping[str, pl.DataFrame],
    rulesets: tuple[Mapping[str, str], Mapping[str, str]],
) -> Comparison:
    """Compare two states.

    Args:
        before: the older tables that `WORDS` names.
        after: the newer ones.
        rulesets: active rule set by disease, before and after.
    """
    old, new = rulesets
    samples = _newest(before, after, "sample_remission", "sample_id", "collected_on")
    patients = _newest(before, after, "patient_summary", "patient_id", "last_collected_on")
    days = samples.select("sample_id", "on")
    last = patients.select("patient_id", "disease", pl.col("on").alias("last_on"))
    rows = (
        differences(before, after)
        .join(days, on="sample_id", how="left", maintain_order="left")
        .join(last, on="patient_id", how="left", maintain_order="left")
        .with_columns(pl.coalesce("on", "last_on").alias("on"))
        .drop("last_on")
    )
    key = list(TABLES["mrd_status"].key)
    status = before["mrd_status"].join(after["mrd_status"], on=key, suffix="_after")
    changed = rows.filter(table="mrd_status").select(key).unique()
    restamped = (
        status.filter(pl.col("rule_id") != pl.col("rule_id_after"))
        .join(changed, on=key, how="anti")
        .select(
            pl.col("patient_id_after").alias("patient_id"),
            "sample_id",
            pl.col("collected_on").alias("on"),
        )
    )
    others = [(d, old[d], new[d]) for d in new if d in old and old[d] != new[d]]
    present = samples.join(
        after["sample_remission"].select("sample_id"), on="sample_id", how="semi"
    )
    return Comparison(others, rows, present, patients, restamped, _levels(status))


def _levels(status: pl.DataFrame) -> pl.DataFrame:
    """Return the results of both states that have another level; the last digits of a number are none."""
    before, after = pl.col("level_fraction"), pl.col("level_fraction_after")
    is_alike = (before - after).abs() <= RTOL * pl.max_horizontal(before, after)
    return (
        status.filter(before.is_null() ^ after.is_null() | ~is_alike)
        .select(
            pl.col("disease_after").alias("disease"),
            pl.col("patient_id_after").alias("patient_id"),
            "sample_id",
            pl.col("collected_on_after").alias("on"),
            "assay_id",
            "marker",
            pl.col("basis_after").alias("basis"),
            before.alias("before"),
            after.alias("after"),
        )
        .sort("patient_id", "on", "sample_id", "assay_id", "marker")
    )


def _newest(
    before: Mapping[str, pl.DataFrame],
    after: Mapping[str, pl.DataFrame],
    table: str,
    key: str,
    day: str,
) -> pl.DataFrame:
    """Return key, patient, disease and day of the rows of both states; the newer one decides."""
    columns = [
        *dict.fromkeys((key, "patient_id")),
        pl.col("disease").cast(pl.String),
        pl.col(day).alias("on"),
    ]
    both = pl.concat([before[table].select(columns), after[table].select(columns)])
    return both.unique(key, keep="last", maintain_order=True)


def tables_of(snapshot: Snapshot) -> dict[str, pl.DataFrame]:
    """Return the tables of a snapshot that can be compared."""
    return {name: plain(snapshot.scan(TABLES[name])).collect() for name in WORDS}


def tables_after(before: Mapping[str, pl.DataFrame], changes: Changes) -> dict[str, pl.DataFrame]:
    """Return the tables as they are once changes are published."""
    after = {}
    for name in WORDS:
        change = changes.tables[name]
        if change.keys is None:
            after[name] = plain(change.rows.lazy()).collect()
            continue
        kept = before[name].join(change.keys, on=change.keys.columns, how="anti")
        after[name] = pl.concat([kept, plain(change.rows.lazy()).collect()], how="diagonal")
    return after


def plain(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return enums as text, whose words may differ with the age of a snapshot, without sentences."""
    return rows.drop("explanation", strict=False).with_columns(pl.col(pl.Enum).cast(pl.String))
