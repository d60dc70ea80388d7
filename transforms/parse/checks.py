"""Checks that need several columns of one row: what contradicts itself is not guessed at."""

from dataclasses import dataclass

import polars as pl

from transforms.problems import all_findings, row_findings
from transforms.ratio import ratio
from transforms.tolerance import RTOL
from transforms.worded import worded


@dataclass(frozen=True)
class RowCheck:
    """One rule.

    Attributes:
        code: finding code.
        column: column to blame.
        is_wrong: expression that is true where the rule is broken; null counts as not broken,
            because an empty cell contradicts nothing.
        message: what is wrong, with the numbers.
    """

    code: str
    column: str
    is_wrong: pl.Expr
    message: pl.Expr


def _c(name: str) -> pl.Expr:
    return pl.col(name)


_SCALE_UNITS = ["PCT_IS", "PCT", "FRACTION"]
_CALL, _NUMBER, _OP = _c("reported_call"), _c("reported_number"), _c("reported_operator")
_IS_RATIO_UNIT = _c("reported_unit").is_in(_SCALE_UNITS)
_MEASURED = (
    "target_copies", "control_copies", "target_cq", "control_cq", "reported_value",
    "reported_call", "positive_partitions",
)  # fmt: skip

_CALL_CONTRADICTS = (
    (
        (_CALL == "NOT_DETECTED")
        & _IS_RATIO_UNIT
        & (_NUMBER > 0)
        & _OP.is_in(["<", "≤"]).fill_null(False).not_()
    )
    | ((_CALL == "NOT_DETECTED") & (_c("target_copies") > 0))
    | (
        _CALL.is_in(["DETECTED", "BELOW_LOD", "BELOW_LOQ", "ABOVE_LOQ"])
        & (_c("target_copies") == 0)
    )
    | (_CALL.is_in(["DETECTED", "ABOVE_LOQ"]) & _IS_RATIO_UNIT & (_NUMBER == 0) & _OP.is_null())
    | (_CALL.is_in(["BELOW_LOD", "BELOW_LOQ"]) & _IS_RATIO_UNIT & _OP.is_in([">", "≥"]))
    | ((_CALL == "ABOVE_LOQ") & _IS_RATIO_UNIT & _OP.is_in(["<", "≤"]))
    | (_c("is_target_undetermined") & (_c("target_copies") > 0))
    | (_c("target_cq").is_not_null() & (_c("target_copies") == 0))
)

# published series reach 805 %; an MR beyond 8 or a millionth of a copy is a slip of the pen
_VALUE_OUT_OF_RANGE = (
    (_c("reported_unit").is_in(["PCT_IS", "PCT"]) & ~_NUMBER.is_between(0, 10_000))
    | ((_c("reported_unit") == "FRACTION") & ~_NUMBER.is_between(0, 100))
    | ((_c("reported_unit") == "MR") & ~_NUMBER.is_between(-2, 8))
)
# "MR4.5" may be a level with nothing detected; 4.52 can only be a value
_MR_LEVEL = (_c("reported_unit") == "MR") & _c("reported_value").str.contains(
    r"(?i)^(?:MR)?\s*(?:[1-5](?:[.,]0)?|4[.,]5)$"
)

_BASIS_OF = {
    "FLOW": ["CELLS_TNC", "CELLS_CD45", "CELLS_MNC", "CELLS_LEUKOCYTE"],
    "PCR": ["RNA_RATIO_IS", "RNA_RATIO", "GDNA_CELLS", "VAF"],
    "NGS": ["GDNA_CELLS", "VAF", "RNA_RATIO", "CELLS_TNC", "CELLS_LEUKOCYTE"],
}


def _text(column: str) -> pl.Expr:
    return _c(column).cast(pl.String).fill_null("empty")


def _at_most(code: str, small: str, large: str, words: str) -> RowCheck:
    return RowCheck(
        code, small, _c(small) > _c(large),
        worded("{} {} " + words + " {} {}; check for exchanged columns", pl.lit(small), _c(small), pl.lit(large), _c(large)),
    )  # fmt: skip


def _countable(column: str) -> RowCheck:
    return RowCheck(
        "OUT_OF_RANGE", column, (_c(column) > 0) & (_c(column) < 1e-6),
        worded(
            "{} {} is no count that an assay can estimate; 0 means not detected", pl.lit(column), _c(column)
        ),
    )  # fmt: skip


def _pair(column: str, other: str) -> RowCheck:
    return RowCheck(
        "PAIR_INCOMPLETE", column, _c(column).is_not_null() & _c(other).is_null(),
        worded("{} {} needs {}, which is empty; fill both or neither", pl.lit(column), _c(column), pl.lit(other)),
    )  # fmt: skip


# lymphoid_myeloma_and_sensitivity.md §8, trap 28
_MAX_LOD_FRACTION = 1e-2


def _plausible_lod(column: str) -> RowCheck:
    return RowCheck(
        "LOD_NOT_PLAUSIBLE", column, _c(column) > _MAX_LOD_FRACTION * (1 + RTOL),
        worded(
            "{} {} is {} % and no MRD assay's; write a fraction of 1 up to " + f"{_MAX_LOD_FRACTION:g}, or leave the cell empty",
            pl.lit(column), _c(column), (_c(column) * 100).round_sig_figs(4),
        ),
    )  # fmt: skip


ROW_CHECKS: dict[str, tuple[RowCheck, ...]] = {
    "pcr_measurements": (
        RowCheck(
            "NO_MEASUREMENT", "target_copies",
            pl.all_horizontal(_c(c).is_null() for c in _MEASURED)
            & ~_c("is_target_undetermined") & ~_c("is_control_undetermined"),
            pl.lit("the row holds no copies, Cq, partitions, value or call; fill one or leave the row out"),
        ),
        RowCheck(
            "CALL_CONTRADICTS_VALUE", "reported_call", _CALL_CONTRADICTS,
            worded(
                "call {}, value {}, target_copies {} and target_cq {} cannot all be true; correct the one that is wrong",
                _text("reported_call"), _text("reported_value"), _text("target_copies"),
                pl.when("is_target_undetermined").then(pl.lit("Undetermined")).otherwise(_text("target_cq")),
            ),
        ),
        RowCheck(
            "CALL_CONTRADICTS_VALUE", "control_copies",
            _c("is_control_undetermined") & (_c("control_copies") > 0),
            worded(
                "control_copies {} and control_cq Undetermined cannot both be true; correct the one that is wrong",
                _c("control_copies"),
            ),
        ),
        RowCheck(
            "CALL_MISSING", "reported_call",
            _CALL.is_null() & _NUMBER.is_not_null()
            & (_OP.is_in(["<", "≤"]) | (_OP.is_not_null() & ~_IS_RATIO_UNIT) | ((_NUMBER == 0) & _IS_RATIO_UNIT & _OP.is_null()) | _MR_LEVEL),
            worded("value '{}' does not say whether anything was detected; fill reported_call", _c("reported_value")),
        ),
        RowCheck(
            "OUT_OF_RANGE", "reported_value", _VALUE_OUT_OF_RANGE,
            worded(
                "value {} is out of range for {}; percent lie in 0 to 10000, fractions in 0 to 100, MR in -2 to 8",
                _c("reported_value"), _text("reported_unit"),
            ),
        ),
        RowCheck(
            "OUT_OF_RANGE", "reported_value", _OP.is_in(["<", "≤"]) & _IS_RATIO_UNIT & (_NUMBER <= 0),
            worded("value '{}' bounds nothing; write the limit that it is below", _c("reported_value")),
        ),
        _countable("target_copies"),
        _countable("control_copies"),
        _at_most("MORE_EVENTS_THAN_DENOMINATOR", "positive_partitions", "total_partitions", "is more than"),
        _at_most("MORE_EVENTS_THAN_DENOMINATOR", "control_positive_partitions", "total_partitions", "is more than"),
        _at_most("LOQ_BELOW_LOD", "sensitivity_fraction", "qr_fraction", "is above"),
        _plausible_lod("sensitivity_fraction"),
        RowCheck(
            "PARTITIONS_EXCEED_REACTION", "reaction_volume_ul",
            ratio(_c("total_partitions") * _c("partition_volume_nl"), 1000) > _c("reaction_volume_ul") * 1.01,
            worded(
                "{} partitions of {} nL are more than the reaction's {} µL; give the volume of all wells together",
                _c("total_partitions"), _c("partition_volume_nl"), _c("reaction_volume_ul"),
            ),
        ),
        _pair("positive_partitions", "total_partitions"),
        _pair("control_positive_partitions", "total_partitions"),
        _pair("nominal_input_ng", "input_ng"),
    ),
    "flow_measurements": (
        _at_most("MORE_EVENTS_THAN_DENOMINATOR", "mrd_events", "denominator_events", "is more than"),
        *(
            _at_most("MORE_EVENTS_THAN_DENOMINATOR", c, "tnc_events", "is more than")
            for c in ("mrd_events", "denominator_events", "cd45_events", "mnc_events")
        ),
    ),
    "ngs_measurements": (
        _at_most("MORE_EVENTS_THAN_DENOMINATOR", "marker_count", "total_count", "is more than"),
        _at_most("MORE_EVENTS_THAN_DENOMINATOR", "mutant_copies_per_cell", "total_copies_per_cell", "is more than"),
        _pair("spike_cells", "spike_reads"),
        _pair("spike_reads", "spike_cells"),
    ),
    "assays": (
        RowCheck(
            "STOP_BEFORE_START", "valid_to", _c("valid_to") < _c("valid_from"),
            worded("valid_to {} is before valid_from {}", _text("valid_to"), _text("valid_from")),
        ),
        _at_most("LOQ_BELOW_LOD", "lod_fraction", "loq_fraction", "is above"),
        _at_most("LOQ_BELOW_LOD", "lod_events", "loq_events", "is above"),
        _plausible_lod("lod_fraction"),
        RowCheck(
            "FACTOR_ON_REPORTED_KIT", "conversion_factor",
            _c("is_reported") & (_c("conversion_factor") != 1),
            worded("the kit reports %IS itself, so conversion_factor {} would convert twice; set it to 1 or leave it empty", _c("conversion_factor")),
        ),
        RowCheck(
            "SCALE_NEEDS_P210", "basis",
            (_c("basis") == "RNA_RATIO_IS") & (_c("marker") != "BCR::ABL1 p210"),
            worded("marker {} is not on the International Scale; use basis RNA_RATIO", _c("marker")),
        ),
        RowCheck(
            "CONTROL_GENE_MISSING", "control_gene",
            (_c("marker") == "BCR::ABL1 p210") & _c("basis").is_in(["RNA_RATIO_IS", "RNA_RATIO"])
            & ~_c("is_reported").fill_null(False) & _c("control_gene").is_null(),
            pl.lit("the assay names no control gene, so no level can be scored by its copies; fill control_gene"),
        ),
        RowCheck(
            "MARKER_SPELLING", "marker",
            _c("marker").str.contains(r"(?i)bcr.*abl") & ~_c("marker").is_in(["BCR::ABL1 p210", "BCR::ABL1 p190"]),
            worded("marker '{}' is known to no rule set; write BCR::ABL1 p210 or BCR::ABL1 p190", _c("marker")),
        ),
        RowCheck(
            "BASIS_CONTRADICTS_MODALITY", "basis",
            pl.any_horizontal((_c("modality") == m) & ~_c("basis").is_in(b) for m, b in _BASIS_OF.items()),
            worded("basis {} does not belong to modality {}; {}", _text("basis"), _text("modality"),
                      pl.lit("; ".join(f"{m}: {', '.join(b)}" for m, b in _BASIS_OF.items()))),
        ),
    ),
    "amendments": (
        RowCheck(
            "AMENDMENT_CONTRADICTS_ITSELF", "correct_sample_id",
            (_c("action") == "REASSIGNED") != _c("correct_sample_id").is_not_null(),
            worded("action {} with correct_sample_id {}; only REASSIGNED has one, and needs it",
                      _text("action"), _text("correct_sample_id")),
        ),
        RowCheck(
            "AMENDMENT_CONTRADICTS_ITSELF", "correct_sample_id", _c("correct_sample_id") == _c("sample_id"),
            worded("the results are of sample {} already; write the right sample, or KEPT", _c("sample_id")),
        ),
    ),
    "patient_aliases": (
        RowCheck(
            "MERGED_INTO_ITSELF", "merged_into_patient_id", _c("merged_into_patient_id") == _c("patient_id"),
            worded("patient {} cannot be merged into itself; write the identity that goes on", _c("patient_id")),
        ),
        RowCheck(
            "UNMERGED_WITHOUT_CORRECTION", "is_merged", ~_c("is_merged") & ~_c("is_correction"),
            worded("is_merged = false undoes the merge of patient {}; set is_correction = true", _c("patient_id")),
        ),
    ),
    "treatments": (
        RowCheck(
            "STOP_BEFORE_START", "stopped_on", _c("stopped_on") < _c("started_on"),
            worded("stopped_on {} is before started_on {}", _text("stopped_on"), _text("started_on")),
        ),
    ),
    "runs": (
        RowCheck(
            "RUN_WITHOUT_CONTENT", "performed_on",
            pl.all_horizontal(_c(c).is_null() for c in (
                "performed_on", "target_slope", "target_intercept", "target_r_squared", "control_slope",
                "control_intercept", "control_r_squared", "is_ntc_clean", "is_valid")),
            pl.lit("the row says nothing of the run; fill performed_on or another run column"),
        ),
    ),
}  # fmt: skip


def failing_rows(table: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the findings of the checks of a table on typed rows."""
    parts = []
    for check in ROW_CHECKS.get(table, ()):
        wrong = rows.filter(check.is_wrong.fill_null(False))
        parts.append(
            row_findings(
                wrong,
                check.code,
                check.message,
                column=check.column,
                value=_c(check.column).cast(pl.String),
            )
        )
    return all_findings(parts)


def settle_reported(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give written signs their unit and written words their call, or say that they contradict.

    Args:
        rows: typed rows joined with `transforms.parse.reported.read_reported`.

    Returns:
        The rows with unit and call filled from the text, and findings VALUE_WITHOUT_UNIT,
        UNIT_CONTRADICTS_VALUE, CALL_CONTRADICTS_VALUE.
    """
    unit = _c("reported_unit")
    dtype = rows.schema["reported_unit"]
    written = (
        pl.when("implies_scale").then(pl.lit("PCT_IS"))
        .when("implies_mr").then(pl.lit("MR"))
        .when("has_percent").then(pl.lit("PCT"))
    )  # fmt: skip
    both = rows.with_columns(written.alias("written_unit"))
    contradicts = both.filter(
        _c("written_unit").is_not_null()
        & unit.is_not_null()
        & (unit.cast(pl.String) != _c("written_unit"))
        # "0.01 %" with unit PCT_IS only leaves the scale unsaid
        & ~((_c("written_unit") == "PCT") & (unit == "PCT_IS"))
    )
    # in percent, 1:1000 would be a hundredth of what it says; without a unit it is asked for below
    own_scale = both.filter(
        _c("implies_fraction").fill_null(False) & _NUMBER.is_not_null() & (unit != "FRACTION")
    )
    bare = both.filter(unit.is_null() & _c("written_unit").is_null() & _NUMBER.is_not_null())
    said_no = both.filter(
        _c("says_negative").fill_null(False) & _CALL.is_not_null() & (_CALL != "NOT_DETECTED")
    )
    findings = all_findings([
        row_findings(contradicts, "UNIT_CONTRADICTS_VALUE",
                     worded("value '{}' is written as {} but reported_unit is {}; make both the same", _c("reported_value"), _c("written_unit"), unit.cast(pl.String)),
                     column="reported_unit", value=unit.cast(pl.String)),
        row_findings(own_scale, "UNIT_CONTRADICTS_VALUE",
                     worded("value '{}' is a ratio or a power of ten, which says how much by itself, and reported_unit is {}; write FRACTION, or the number in that unit", _c("reported_value"), unit.cast(pl.String)),
                     column="reported_unit", value=unit.cast(pl.String)),
        row_findings(bare, "VALUE_WITHOUT_UNIT",
                     worded("value {} has no unit; fill reported_unit with PCT_IS, PCT, FRACTION or MR", _c("reported_value")),
                     column="reported_unit", value=_c("reported_value")),
        row_findings(said_no, "CALL_CONTRADICTS_VALUE",
                     worded("value '{}' says not detected but reported_call is {}; correct one", _c("reported_value"), _CALL.cast(pl.String)),
                     column="reported_call", value=_CALL.cast(pl.String)),
    ])  # fmt: skip
    settled = both.with_columns(
        pl.coalesce(unit, _c("written_unit").cast(dtype)).alias("reported_unit"),
        pl.when(_c("says_negative").fill_null(False) & _CALL.is_null())
        .then(pl.lit("NOT_DETECTED").cast(rows.schema["reported_call"]))
        .otherwise(_CALL)
        .alias("reported_call"),
    )
    return settled.drop(
        "has_percent",
        "implies_scale",
        "implies_mr",
        "implies_fraction",
        "says_negative",
        "code",
        "written_unit",
    ), findings
