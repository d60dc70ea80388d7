"""What Applied Biosystems says of a well, in the words of a plate: its role, its Cq, whether its curve agrees (`formats.md` §4)."""

import polars as pl

from transforms.problems import FileRefusedError, one_finding
from transforms.readers.plate import UNDETERMINED, WELLS
from transforms.readers.rows import AssayNames

_CONTROL_TASKS = (
    "IPC", "IPC+", "IPC-", "BLOCKEDIPC", "NAC", "NRT", "NEGATIVECONTROL", "PCALLELE1", "PCALLELE2", "PCALLELEBOTH",
)  # fmt: skip
# of presence/absence experiments: without a signal in its internal control a well proves no absence
_UNPROVED_CALLS = ("ipc failed", "unconfirmed", "blocked ipc control")
_YES, _NO = ("true", "1", "yes", "wahr", "vrai"), ("false", "0", "no", "falsch", "faux")


def is_yes(wells: pl.DataFrame, column: str, heading: str) -> pl.Expr:
    """Return whether a cell says yes; null where it is empty.

    Args:
        wells: columns of wells, `source_line`.
        column: a column that says yes or no, also as Excel writes it in other languages.
        heading: what the file calls it.

    Raises:
        FileRefusedError: UNKNOWN_VALUE, another word: which wells count cannot be told.
    """
    word = pl.col(column).str.strip_chars().str.to_lowercase()
    odd = wells.filter(~word.is_in([*_YES, *_NO, ""]))
    if odd.height:
        raise FileRefusedError(
            "UNKNOWN_VALUE",
            f"{heading} {odd.item(0, column)!r} says neither true nor false, so it cannot be told which wells count; "
            "export the file again",
            line=odd.item(0, "source_line"),
            value=odd.item(0, column),
        )
    return word.is_in(_YES)


def in_plate_words(wells: pl.DataFrame) -> pl.DataFrame:
    """Return wells with `omit`, `task`, `call` and `amp` as Applied Biosystems writes them in the words of a plate.

    `Undetermined` beside a curve that is said to rise, or an internal control that failed, is a well that was not read.

    Raises:
        FileRefusedError: as `is_yes`.
    """
    task = pl.col("task").str.to_uppercase().str.replace_all(r"[\s_]", "")
    role = (
        pl.when(is_yes(wells, "omit", "Omit")).then(pl.lit("OMITTED"))
        .when(task == "STANDARD").then(pl.lit("STANDARD"))
        .when(task == "NTC").then(pl.lit("NTC"))
        .when(task == "POSITIVECONTROL").then(pl.lit("POSITIVE"))
        .when(task.is_in(["UNKNOWN", "ENDOGENOUS", "ENDOGENOUSCONTROL", "TARGET"]))
        .then(pl.lit("UNKNOWN"))
        .when(task.is_in(_CONTROL_TASKS)).then(pl.lit("CONTROL"))
        .otherwise(pl.lit("ODD"))
    )  # fmt: skip
    is_undetermined, is_amplified, _ = _curves_of(wells)
    # a positive control without a Cq has failed, whatever its curve
    is_unproved = (role == "UNKNOWN") & (is_amplified | _is_unproved(wells))
    return wells.with_columns(
        role.alias("role"),
        pl.when(is_undetermined & is_unproved).then(None)
        .when(is_undetermined).then(pl.lit(UNDETERMINED))
        .otherwise("cq").alias("cq"),
    ).select("task", *(pl.col(c).cast(t) for c, t in WELLS.items()))  # fmt: skip


def _curves_of(wells: pl.DataFrame) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """Return whether the Cq is undetermined, and whether the status of the curve says other than no, other than yes."""
    amp = pl.col("amp") if "amp" in wells.columns else pl.lit(None, dtype=pl.String)
    said = amp.fill_null("").str.to_lowercase().str.replace_all(r"[\s_]", "")
    is_undetermined = (pl.col("cq").str.to_lowercase() == UNDETERMINED.lower()).fill_null(False)
    return is_undetermined, ~said.is_in(["", "noamp"]), ~said.is_in(["", "amp"])


def _is_unproved(wells: pl.DataFrame) -> pl.Expr:
    """Return whether the call of a presence/absence experiment says that nothing was proved."""
    call = pl.col("call") if "call" in wells.columns else pl.lit(None, dtype=pl.String)
    return call.str.to_lowercase().is_in(_UNPROVED_CALLS).fill_null(False)


def curve_doubts(
    wells: pl.DataFrame, plate: pl.DataFrame, assay: AssayNames | None
) -> tuple[pl.DataFrame, ...]:
    """Return the finding on wells of samples whose curve or call is said to be other than their Cq.

    Args:
        wells: wells as `with_names` gives them.
        plate: the same as `in_plate_words` gives them.
        assay: the assay of the file; wells of other targets are left out.
    """
    if assay is None:
        return ()
    is_undetermined, not_no, not_yes = _curves_of(wells)
    is_silent = is_undetermined & (not_no | _is_unproved(wells))
    is_doubtful = is_silent | (~is_undetermined & pl.col("cq").is_not_null() & not_yes)
    rows = wells.with_columns(plate["role"]).filter(
        is_doubtful,
        pl.col("role") == "UNKNOWN",
        pl.col("target").is_in([assay.target_name, assay.control_name]),
    )
    if rows.is_empty():
        return ()
    first = rows.row(0, named=True)
    said = ", ".join(
        f"{h} {first[c]}" for c, h in (("amp", "Amp Status"), ("call", "Call")) if first.get(c)
    )
    return (
        one_finding(
            0, "WELL_FLAGGED",
            f"{rows.height} wells have a Cq that their curve or call contradicts (first on line {first['source_line']}: Cq "
            f"{first['cq']}, {said}); those without a Cq count as not read, look at their curves",
            line=first["source_line"], value=said,
        ),
    )  # fmt: skip
