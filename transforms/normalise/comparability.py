"""Which results of a patient may be compared in time, and if two may not, why.

Comparable is an equivalence, so it is a key: results of one series may be compared with each other.
On the International Scale the laboratory may differ (`docs/sensitivity.md`; cml.md §4.2, §6).
"""

import polars as pl

from transforms.worded import worded

_HARMONISED = "any laboratory"

_PARTS = {
    "MARKER_DIFFERS": "marker",
    "BASIS_DIFFERS": "basis",
    "SCALE_DIFFERS": "scale",
    "TISSUE_DIFFERS": "tissue",
    "CONTROL_GENE_DIFFERS": "control_gene",
}
"""Why two results may not be compared, in the order in which it is said; the laboratory is last."""


def _laboratory(prefix: str = "") -> pl.Expr:
    lab = pl.coalesce(f"{prefix}lab_id", worded("assay {}", pl.col(f"{prefix}assay_id")))
    is_on_scale = pl.col(f"{prefix}scale") == "INTERNATIONAL"
    return pl.when(is_on_scale).then(pl.lit(_HARMONISED)).otherwise(lab)


def series() -> pl.Expr:
    """Return the series of a row: marker, basis, scale, tissue, control gene, laboratory."""
    parts = (pl.col(c).cast(pl.String).fill_null("none") for c in _PARTS.values())
    return pl.concat_str(*parts, _laboratory(), separator=" · ")


def why_not_comparable(first: str, second: str) -> pl.Expr:
    """Return why two results of a patient may not be compared; null where they may.

    Args:
        first: prefix of the columns of one result (`marker`, `basis`, `scale`, `tissue`,
            `control_gene`, `lab_id`, `assay_id`).
        second: prefix of the other's.
    """
    why: pl.Expr = pl.when(_laboratory(first) != _laboratory(second)).then(
        pl.lit("LABORATORY_DIFFERS")
    )
    for code, column in reversed(_PARTS.items()):
        same = pl.col(f"{first}{column}").eq_missing(pl.col(f"{second}{column}"))
        why = pl.when(~same).then(pl.lit(code)).otherwise(why)
    return why
