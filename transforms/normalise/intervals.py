"""Poisson and binomial limits and exact intervals, column by column through scipy.

Intervals are two-sided 95 %, limits of detection one-sided. Formulae: `docs/sensitivity.md`.
"""

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import special, stats

CLOPPER_PEARSON = "clopper-pearson 95% two-sided"
GARWOOD = "garwood 95% two-sided, sampling of the target copies alone"
PARTITIONS = "clopper-pearson 95% two-sided on partitions, -ln(1-p), denominator exact"

_ALPHA = 0.05

Floats = npt.NDArray[np.float64]


def _numbers(*columns: pl.Series) -> list[Floats]:
    return [c.cast(pl.Float64).to_numpy() for c in columns]


def _column(name: str, values: Floats) -> pl.Series:
    return pl.Series(name, values).fill_nan(None)


def poisson_limit(min_events: float, probability: float) -> float:
    """Return the mean at which at least `min_events` events are seen with the probability.

    1 event → 2.996, 2 → 4.744, 20 → 27.88 at 0.95 (`lymphoid_myeloma_and_sensitivity.md` §5.1).
    """
    return float(special.gammaincinv(min_events, probability))


def poisson_limits(min_events: pl.Series, probability: float) -> pl.Series:
    """Return `poisson_limit` of a column; null stays null."""
    # few rules stand for many rows
    rules = min_events.cast(pl.Float64).unique().drop_nulls()
    limits = special.gammaincinv(rules.to_numpy(), probability)
    known = pl.DataFrame({"events": rules, "limit": limits})
    return (
        pl.DataFrame({"events": min_events.cast(pl.Float64)})
        .join(known, on="events", how="left", maintain_order="left")["limit"]
        .alias(min_events.name)
    )


def clopper_pearson(count: pl.Series, total: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return the exact 95 % interval of count / total (Clopper and Pearson 1934).

    A count of 0 has the lower end 0, a full count the upper end 1; a count need not be whole. Null
    where either is null, the total is 0 or the count exceeds it.
    """
    k, n = _numbers(count, total)
    low, high = np.full(len(k), np.nan), np.full(len(k), np.nan)
    usable = np.isfinite(k) & np.isfinite(n) & (n > 0) & (k <= n)
    low[usable], high[usable] = _clopper_pearson(k[usable], n[usable])
    return _column("low", low), _column("high", high)


def _beta_quantile(a: Floats, b: Floats, probability: float) -> Floats:
    """Return the quantile of a beta distribution to 1 in 10⁹ and better.

    scipy 1.17 alone does not: its inverse is off by 2 in 10⁹ for few of very many, and for 1000 of
    very many beyond its own mean. For few of many −ln(1 − x)·(b + (a − 1) / 2) is gamma distributed
    but for terms of (a / b)²; Newton's steps on the distribution itself, which is exact, do the rest.
    """
    quantile: Floats = special.betaincinv(a, b, probability)
    whole = a >= 1
    near = whole & (a < 1e-3 * b)
    gamma = special.gammaincinv(a[near], probability)
    quantile[near] = -np.expm1(-gamma / (b[near] + (a[near] - 1) / 2))
    # below 1e-5 those terms are nothing, and the distribution itself is the less exact one
    rest = whole & (a >= 1e-5 * b)
    a, b = a[rest], b[rest]
    for _ in range(2):
        x = quantile[rest]
        with np.errstate(all="ignore"):
            log_density = (a - 1) * np.log(x) + (b - 1) * np.log1p(-x) - special.betaln(a, b)
            step = (special.betainc(a, b, x) - probability) * np.exp(-log_density)
        quantile[rest] = np.where(np.isfinite(step) & (np.abs(step) < x), x - step, x)
    return quantile


def _clopper_pearson(k: Floats, n: Floats) -> tuple[Floats, Floats]:
    low, high = np.zeros_like(k), np.ones_like(k)
    # at 0 the closed form does not cancel; the inverse loses digits there for large n
    none, full = k <= 0, k >= n
    high[none] = -np.expm1(np.log(_ALPHA / 2) / n[none])
    low[full & ~none] = np.exp(np.log(_ALPHA / 2) / n[full & ~none])
    some, part = ~none & ~full, ~full & ~none
    low[some] = _beta_quantile(k[some], n[some] - k[some] + 1, _ALPHA / 2)
    high[part] = _beta_quantile(k[part] + 1, n[part] - k[part], 1 - _ALPHA / 2)
    return low, high


def garwood(count: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return the exact 95 % interval of the mean of a Poisson count (Garwood 1936).

    0 → [0, 3.689], 1 → [0.0253, 5.572]. A count need not be whole. Null stays null.
    """
    (k,) = _numbers(count)
    low, high = np.full(len(k), np.nan), np.full(len(k), np.nan)
    usable = np.isfinite(k)
    low[usable] = np.where(
        k[usable] <= 0, 0.0, special.gammaincinv(np.maximum(k[usable], 1e-300), _ALPHA / 2)
    )
    high[usable] = special.gammainccinv(k[usable] + 1, _ALPHA / 2)
    return _column("low", low), _column("high", high)


def background_tail(count: pl.Series, total: pl.Series, error_rate: pl.Series) -> pl.Series:
    """Return P(X ≥ count) of a binomial background; null where an input is null."""
    k, n, e = _numbers(count, total, error_rate)
    return _column("tail", stats.binom.sf(k - 1, n, e))


def decision_counts(total: pl.Series, error_rate: pl.Series, alpha: pl.Series) -> pl.Series:
    """Return the smallest count that background alone reaches with less than `alpha`.

    Null where an input is null or the total is 0.
    """
    n, e, a = _numbers(total, error_rate, alpha)
    count = np.full(len(n), np.nan)
    usable = np.isfinite(n) & np.isfinite(e) & np.isfinite(a) & (n > 0)
    n, e, a = n[usable], e[usable], a[usable]
    # the quantile may be off by one where its tail meets alpha exactly
    guess = np.maximum(stats.binom.isf(a, n, e) + 1, 1)
    guess = np.where(stats.binom.sf(guess - 2, n, e) < a, guess - 1, guess)
    guess = np.where(stats.binom.sf(guess - 1, n, e) < a, guess, guess + 1)
    count[usable] = np.maximum(guess, 1)
    return _column("decision_count", count)


def binomial_limits(decision: pl.Series, total: pl.Series, probability: float) -> pl.Series:
    """Return the smallest fraction at which at least `decision` of `total` are seen.

    The inverse of P(X ≥ decision | Bin(total, fraction)) = probability. Null where an input is
    null; 1 where the total is below the decision count.
    """
    k, n = _numbers(decision, total)
    limit = np.full(len(k), np.nan)
    usable = np.isfinite(k) & np.isfinite(n)
    possible = usable & (n >= k)
    limit[usable] = 1.0
    k, n = k[possible], n[possible]
    limit[possible] = _beta_quantile(k, n - k + 1, probability)
    return _column("limit", limit)


def partitions_lambda(positive: pl.Series, total: pl.Series) -> pl.Series:
    """Return copies per partition, −ln(1 − positive / total); null where all are positive."""
    k, n = _numbers(positive, total)
    with np.errstate(all="ignore"):
        mean = np.where(k <= 0, 0.0, -np.log1p(-k / n))
    mean[~np.isfinite(mean) | ~(n > 0)] = np.nan
    return _column("copies_per_partition", mean)
