"""Findings on results: what a person should look at, with the numbers, at the first line measured."""

from collections.abc import Mapping

import polars as pl

from schemas.findings import FINDING_CODES
from schemas.tables import MEASUREMENT_TABLES, TABLES
from transforms.classify.depth import at_most, below
from transforms.classify.explanation import number
from transforms.guidelines.rules import Rules
from transforms.worded import worded

_KEY = ["sample_id", "assay_id"]
_BY_REASON = {
    "NO_CONVERSION_FACTOR": "NO_CONVERSION_FACTOR",
    "NOT_ON_INTERNATIONAL_SCALE": "UNIT_NOT_ON_SCALE",
    "DENOMINATOR_MISMATCH": "DENOMINATOR_MISMATCH",
    "SATURATED": "SATURATED",
    "FRACTION_ABOVE_1": "FRACTION_ABOVE_1",
    "VALUE_CONTRADICTS_COUNTS": "VALUE_CONTRADICTS_COUNTS",
}
_BY_FLAG = {
    "detected_in_rejected_replicate": "DETECTED_IN_REJECTED_REPLICATE",
    "modality_mismatch": "MODALITY_MISMATCH",
    "claim_below_poisson_floor": "CLAIM_BELOW_POISSON_FLOOR",
    "new_variant": "NEW_VARIANT",
    "curve_not_acceptable": "CURVE_NOT_ACCEPTABLE",
}


def _shown(column: str) -> pl.Expr:
    return number(pl.col(column)).fill_null("?")


def _numbers(code: str) -> pl.Expr:
    """Return the numbers that a finding is about, as text in brackets; empty where there are none."""
    ratio = worded("{} of {}", _shown("numerator"), _shown("denominator"))
    texts = {
        "CLAIM_BELOW_POISSON_FLOOR": pl.when(pl.col("poisson_floor_fraction").is_not_null())
        .then(
            worded(
                " (claimed {}, floor {} with {} cells, molecules or copies)",
                _shown("claimed_lod_fraction"),
                _shown("poisson_floor_fraction"),
                _shown("effective_denominator"),
            )
        )
        # how many molecules the reads stand for is not known
        .otherwise(
            worded(
                " (claimed {}, {} reads reach {} at best)",
                _shown("claimed_lod_fraction"),
                _shown("denominator"),
                _shown("lod_fraction"),
            )
        ),
        "VALUE_CONTRADICTS_COUNTS": worded(
            " (reported {}, counts give {} = {})",
            _shown("reported_fraction"),
            _shown("value_fraction"),
            ratio,
        ),
        "ROUNDING_CROSSES_THRESHOLD": worded(
            " (reported {}, counts give {})",
            _shown("reported_fraction"),
            _shown("estimate_fraction"),
        ),
        "FRACTION_ABOVE_1": worded(" (value {})", _shown("value_fraction")),
        "SATURATED": worded(" (occupancy {})", _shown("occupancy_fraction")),
        "CURVE_NOT_ACCEPTABLE": worded(
            " (target slope {}, R² {}; control slope {}, R² {})",
            *(
                _shown(f"{kind}_{what}")
                for kind in ("target", "control")
                for what in ("slope", "r_squared")
            ),
        ),
        "NEW_VARIANT": worded(" ({})", ratio),
        "TRACKED_MARKER_NOT_MENTIONED": worded(
            " ({} of {} of the patient's tracked_markers)", "n_not_mentioned", "n_tracked"
        ),
    }
    return texts.get(code, pl.lit(""))


def _marker(code: str) -> pl.Expr:
    """Return the marker that a finding is about; some are about a list of them."""
    is_list = code == "TRACKED_MARKER_NOT_MENTIONED"
    return pl.lit("the list").alias("marker") if is_list else pl.col("marker")


def crosses_threshold(rules: Rules) -> pl.Expr:
    """Return whether rounding puts a reported value on the other side of a threshold than its counts.

    Rows of `assay_results` with `required_lod_fraction`.
    """
    reported, counted = pl.col("reported_fraction"), pl.col("estimate_fraction")
    on_scale = pl.col("marker").is_in(rules.standards.mr_markers)
    levels = pl.any_horizontal(
        at_most(reported, level.max_pct_is / 100) != at_most(counted, level.max_pct_is / 100)
        for level in rules.standards.levels
    )
    required = pl.col("required_lod_fraction")
    other = (below(reported, required) != below(counted, required)) & required.is_not_null()
    both = reported.is_not_null() & counted.is_not_null() & (pl.col("finding") == "DETECTED")
    return both & pl.when(on_scale).then(levels).otherwise(other)


def result_findings(
    tables: Mapping[str, pl.DataFrame], results: pl.DataFrame, status: pl.DataFrame, rules: Rules
) -> pl.DataFrame:
    """Return the findings on results.

    Args:
        tables: input tables with their stored columns.
        results: as `transforms.normalise.results.assay_results` gives them.
        status: rows of `mrd_status`.
        rules: scoring standards and active rule sets.

    Returns:
        `source_sha256`, `source_line`, `code`, `severity`, `column`, `value`, `message`.
    """
    said = _said(results, status, rules)
    lines = pl.concat(
        tables[t.name]
        .filter("is_current")
        .join(said, on=_KEY, how="semi")
        .select(
            *_KEY,
            "source_sha256",
            "source_line",
            (pl.col("marker") if "marker" in t.columns else pl.lit(None, dtype=pl.String)).alias("marker"),
        )
        for t in MEASUREMENT_TABLES
    ).sort("source_sha256", "source_line")  # fmt: skip
    first = lines.drop("marker").unique(_KEY, keep="first", maintain_order=True)
    # a list has a line for each marker
    own = lines.unique([*_KEY, "marker"], keep="first", maintain_order=True)
    codes = {c: FINDING_CODES[c] for c in said["code"].unique().sort()}
    meaning = {c: f.meaning[:1].lower() + f.meaning[1:].rstrip(".") for c, f in codes.items()}
    code = pl.col("code")

    def word(words: Mapping[str, str]) -> pl.Expr:
        return code.replace_strict(dict(words), default=None, return_dtype=pl.String)

    return (
        said.join(first, on=_KEY, how="inner")
        .join(own, on=[*_KEY, "marker"], how="left", suffix="_own")
        .with_columns(pl.coalesce(f"{c}_own", c).alias(c) for c in ("source_sha256", "source_line"))
        .sort("source_sha256", "source_line", "code", "marker")
        .select(
            "source_sha256",
            "source_line",
            "code",
            word({c: f.severity.value for c, f in codes.items()})
            .cast(TABLES["findings"].polars_schema["severity"])
            .alias("severity"),
            pl.lit("sample_id").alias("column"),
            pl.col("sample_id").alias("value"),
            worded(
                "sample {}, assay {}, {}: {}{}. {}",
                "sample_id",
                "assay_id",
                "marker",
                word(meaning),
                "numbers",
                word({c: f.remedy for c, f in codes.items()}),
            ).alias("message"),
        )
    )


def _said(results: pl.DataFrame, status: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    has = pl.col("flags").list.contains
    is_about = {
        **{c: pl.col("finding_reason") == reason for reason, c in _BY_REASON.items()},
        **{c: has(flag) for flag, c in _BY_FLAG.items()},
    }
    # of a list of clonotypes most are not followed, which its file says once
    is_about["NEW_VARIANT"] &= pl.col("basis") == "VAF"
    beside = results.join(
        status.select(*_KEY, "marker", "required_lod_fraction", "reason"),
        on=[*_KEY, "marker"],
        how="left",
        maintain_order="left",
    )
    # the limit of what nobody looks for says nothing
    is_about["CLAIM_BELOW_POISSON_FLOOR"] &= ~has("new_variant")
    # of a list, not of one of its markers
    first = pl.col("marker") == pl.col("marker").min().over(_KEY)
    is_about["TRACKED_MARKER_NOT_MENTIONED"] = (pl.col("n_not_mentioned") > 0) & first
    is_about["TRANSCRIPT_CONTRADICTED"] = pl.col("reason") == "TRANSCRIPT_CONTRADICTED"
    is_about["ROUNDING_CROSSES_THRESHOLD"] = crosses_threshold(rules)
    return pl.concat(
        beside.filter(holds.fill_null(False)).select(
            *_KEY, _marker(code), pl.lit(code).alias("code"), _numbers(code).alias("numbers")
        )
        for code, holds in is_about.items()
    ).unique()
