"""Poisson limits and exact binomial intervals, column by column through scipy."""

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import special, stats

CLOPPER_PEARSON = "clopper-pearson 95% two-sided"


def poisson_limit(min_events: float, probability: float) -> float:
    """Return the mean at which at least `min_events` events are seen with the probability.

    1 event → 2.996, 2 → 4.744, 20 → 27.88 at 0.95 (`lymphoid_myeloma_and_sensitivity.md` §5.1).
    """
    return float(special.gammaincinv(min_events, probability))


def poisson_limits(min_events: pl.Series, probability: float) -> pl.Series:
    """Return `poisson_limit` of a column; null stays null."""
    values = special.gammaincinv(min_events.cast(pl.Float64).to_numpy(), probability)
    return pl.Series(min_events.name, values).fill_nan(None)


def clopper_pearson(count: pl.Series, total: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return the exact 95 % interval of count / total (Clopper and Pearson 1934).

    A count of 0 has the lower end 0, a full count the upper end 1. Null where either is null or
    the total is 0.
    """
    k, n = (s.cast(pl.Float64).to_numpy() for s in (count, total))
    low, high = np.full(len(k), np.nan), np.full(len(k), np.nan)
    usable = np.isfinite(k) & np.isfinite(n) & (n > 0)
    low[usable], high[usable] = _clopper_pearson(k[usable], n[usable])
    return pl.Series("low", low).fill_nan(None), pl.Series("high", high).fill_nan(None)


def _clopper_pearson(
    k: npt.NDArray[np.float64], n: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    alpha = 0.05
    with np.errstate(all="ignore"):
        low = np.where(k <= 0, 0.0, special.betaincinv(np.maximum(k, 1), n - k + 1, alpha / 2))
        inner = special.betaincinv(k + 1, np.maximum(n - k, 1), 1 - alpha / 2)
        # at 0 the closed form does not cancel; scipy loses digits there for large n
        none = -np.expm1(np.log(alpha / 2) / n)
        high = np.where(k >= n, 1.0, np.where(k <= 0, none, inner))
    return low, high


def background_tail(count: pl.Series, total: pl.Series, error_rate: pl.Series) -> pl.Series:
    """Return P(X ≥ count) of a binomial background; null where an input is null."""
    k, n, e = (s.cast(pl.Float64).to_numpy() for s in (count, total, error_rate))
    return pl.Series("tail", stats.binom.sf(k - 1, n, e)).fill_nan(None)
