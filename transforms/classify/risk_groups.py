"""Risk groups of children with ALL from two time points and day-15 flow (`docs/course.md`)."""

import polars as pl

from transforms.guidelines.course_rules import RiskGroups
from transforms.tolerance import RTOL

_SAID = {"sample_id": pl.String, "response": pl.String}
_IS_SEEN = pl.col("finding") == "DETECTED"
_KNOWN = (pl.col("finding") != "NOT_EVALUABLE") & pl.col("finding_reason").is_null()


def risk_groups(
    rows: pl.DataFrame, treatments: pl.DataFrame, patients: pl.DataFrame, rule: RiskGroups
) -> pl.DataFrame:
    """Return `sample_id` and `response` of samples that a risk group is told for.

    Args:
        rows: judged rows of one rule set.
        treatments: rows of `treatments`, for the day of the first.
        patients: current rows of `patients`, for the day of diagnosis where no treatment is given.
        rule: its numbers.
    """
    marrow = rows.filter(pl.col("tissue") == "BM")
    flow = _day_15(marrow, treatments, patients, rule)
    points = _time_points(marrow, rule)
    first, second = (
        points.filter(pl.col("timepoint") == name).drop("timepoint") for name in ("TP1", "TP2")
    )
    samples = (
        marrow.filter(pl.col("timepoint") == "TP2")
        .select("sample_id", "patient_id", "disease", "collected_on")
        .unique("sample_id")
        .sort("collected_on", "sample_id")
        .join_asof(
            first.rename({"collected_on": "first_on"}).sort("first_on"), left_on="collected_on", right_on="first_on",
            by="patient_id", strategy="backward", check_sortedness=False,
        )
        .join(second, on=["patient_id", "collected_on"], how="left", suffix="_2")
        .join(_of_patient(flow), on="patient_id", how="left")
        .join(_other_signs(rows), on="patient_id", how="left")
    )  # fmt: skip
    is_b = pl.col("disease") == "B_ALL"

    def says(column: str) -> pl.Expr:
        return pl.col(column).fill_null(False)

    both = pl.col("n_markers").is_not_null() & pl.col("n_markers_2").is_not_null()
    unsure_first = ~says("is_high") & ~says("is_under")
    slow = is_b & says("is_high") & says("is_seen_2")
    group = (
        pl.when(says("is_flow_high") | says("is_high_2") | slow).then(pl.lit("HR"))
        .when(both & says("is_negative") & says("is_negative_2")).then(pl.lit("SR"))
        .when(~says("has_pcr") & ~says("has_signs") & says("is_flow_low")).then(pl.lit("SR"))
        .when(both & says("is_under_2") & ~(is_b & says("is_seen_2") & unsure_first)).then(pl.lit("MR"))
    )  # fmt: skip
    early = flow.filter("is_flow_high").select("sample_id", pl.lit("HR").alias("response"))
    return (
        pl.concat([samples.select("sample_id", group.alias("response")), early])
        .drop_nulls("response")
        .unique("sample_id", keep="first", maintain_order=True)
        .select(*_SAID)
    )


def _least() -> pl.Expr:
    """Return where a detection begins."""
    range_from = pl.when(pl.col("censor") == "INTERVAL").then("lod_fraction")
    return pl.coalesce("level_fraction", "ci_low_fraction", range_from)


def _time_points(marrow: pl.DataFrame, rule: RiskGroups) -> pl.DataFrame:
    """Return what the PCR of a day at a time point says of a patient, over all its markers."""
    high = rule.high_from.value
    told = marrow.filter(
        pl.col("class_index").is_not_null(), pl.col("modality") == "PCR", pl.col("finding") != "NOT_EVALUABLE"
    )  # fmt: skip
    is_above = (pl.col("censor") == "RIGHT").fill_null(False)
    is_high = (_IS_SEEN & (_least() >= high * (1 - RTOL))).fill_null(False) | is_above
    under = pl.when(~_IS_SEEN).then(pl.col("lod_fraction") <= high * (1 + RTOL)).otherwise(
        pl.when(pl.col("level_fraction").is_not_null())
        .then(pl.col("level_fraction") < high * (1 - RTOL))
        .otherwise(pl.col("upper_fraction") <= high * (1 + RTOL))
    )  # fmt: skip
    n_markers = pl.struct("assay_id", "marker").n_unique()
    is_negative = (pl.col("status") == "NEGATIVE") & ~_IS_SEEN
    return told.group_by("patient_id", "timepoint", "collected_on").agg(
        n_markers.alias("n_markers"),
        (is_negative.all() & (n_markers >= rule.min_markers.value)).alias("is_negative"),
        is_high.any().alias("is_high"),
        (under.fill_null(False) & _KNOWN).all().alias("is_under"),
        _IS_SEEN.any().alias("is_seen"),
    )


def _other_signs(rows: pl.DataFrame) -> pl.DataFrame:
    """Return whether a patient has any PCR at a time point, and whether anything else saw disease there."""
    at = rows.filter(pl.col("timepoint").is_in(["TP1", "TP2"]))
    return at.group_by("patient_id").agg(
        (pl.col("modality") == "PCR").any().alias("has_pcr"), _IS_SEEN.any().alias("has_signs")
    )


def _day_15(
    marrow: pl.DataFrame, treatments: pl.DataFrame, patients: pl.DataFrame, rule: RiskGroups
) -> pl.DataFrame:
    """Return the flow results about day 15: whether each is high, and whether low."""
    start = treatments.filter("is_current").group_by("patient_id").agg(
        pl.col("started_on").min().alias("first_treated_on")
    )  # fmt: skip
    begun = patients.select("patient_id", "diagnosed_on").join(start, on="patient_id", how="left")
    day = (pl.col("collected_on") - pl.coalesce("first_treated_on", "diagnosed_on")).dt.total_days()
    high, low = rule.flow_high_from.value, rule.flow_low_below.value
    is_high = (_IS_SEEN & (_least() >= high * (1 - RTOL))) | (pl.col("censor") == "RIGHT")
    is_low = pl.when(~_IS_SEEN).then(pl.col("lod_fraction") < low * (1 - RTOL)).otherwise(
        pl.coalesce("level_fraction", "ci_high_fraction", "upper_fraction") < low * (1 - RTOL)
    )  # fmt: skip
    return (
        marrow.filter(pl.col("modality") == "FLOW", _KNOWN)
        .join(begun, on="patient_id")
        .filter((day - rule.flow_day.value).abs() <= rule.flow_day_tolerance.value)
        .select(
            "sample_id", "patient_id",
            is_high.fill_null(False).alias("is_flow_high"), is_low.fill_null(False).alias("is_flow_low"),
        )
    )  # fmt: skip


def _of_patient(flow: pl.DataFrame) -> pl.DataFrame:
    """Return the flow of a patient: high when any result is, low when all are."""
    return flow.group_by("patient_id").agg(
        pl.col("is_flow_high").any(), pl.col("is_flow_low").all()
    )
