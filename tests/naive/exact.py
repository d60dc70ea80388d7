"""Quantiles and tails of counts in forty digits, to hold the fast ones against.

Plain continued fractions and a safeguarded Newton search on `mpmath` numbers; nothing of
`transforms/` and nothing of scipy is used.
"""

from fractions import Fraction
from functools import cache
from typing import Any

import mpmath  # type: ignore[import-untyped]

ctx = mpmath.mp.clone()
ctx.dps = 40
EPS = ctx.mpf(10) ** -36
SOLVED = ctx.mpf(10) ** -25
Real = Any  # an mpmath number

ONE, ZERO = ctx.mpf(1), ctx.mpf(0)
CONFIDENCE = ctx.mpf("0.95")
LOW, HIGH = ctx.mpf("0.025"), ctx.mpf("0.975")


def real(value: Any) -> Real:
    """Return a number in forty digits; texts and fractions are taken exactly."""
    if isinstance(value, str):
        value = Fraction(value)
    if isinstance(value, Fraction):
        return ctx.mpf(value.numerator) / value.denominator
    return ctx.mpf(value)


# ---- continued fractions -----------------------------------------------------------------------


def beta_density(x: Real, a: Real, b: Real) -> Real:
    """Return the density of a beta distribution."""
    log_b = ctx.loggamma(a) + ctx.loggamma(b) - ctx.loggamma(a + b)
    return ctx.exp((a - 1) * ctx.log(x) + (b - 1) * ctx.log1p(-x) - log_b)


def beta_cdf(x: Real, a: Real, b: Real) -> Real:
    """Return the regularised incomplete beta function I_x(a, b)."""
    if x <= 0:
        return ZERO
    if x >= 1:
        return ONE
    if x > (a + 1) / (a + b + 2):
        return ONE - beta_cdf(ONE - x, b, a)
    return beta_density(x, a, b) * x * (1 - x) / a * _beta_fraction(x, a, b)


def _beta_fraction(x: Real, a: Real, b: Real) -> Real:
    tiny = ctx.mpf(10) ** -300
    c, d = ONE, ONE - (a + b) * x / (a + 1)
    d = 1 / (d or tiny)
    h = d
    m = 0
    while True:
        m += 1
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / ((1 + step * d) or tiny)
            c = (1 + step / c) or tiny
            h *= d * c
        if abs(d * c - 1) < EPS:
            return h


def gamma_density(x: Real, a: Real) -> Real:
    """Return the density of a gamma distribution of scale 1."""
    return ctx.exp((a - 1) * ctx.log(x) - x - ctx.loggamma(a))


def gamma_cdf(x: Real, a: Real) -> Real:
    """Return the regularised lower incomplete gamma function: P(Poisson(x) ≥ a) for whole a."""
    if x <= 0:
        return ZERO
    if x < a + 1:
        term = total = ONE / a
        n = a
        while abs(term) > EPS * abs(total):
            n += 1
            term *= x / n
            total += term
        return gamma_density(x, a) * x * total
    tiny = ctx.mpf(10) ** -300
    b = x + 1 - a
    c, d = 1 / tiny, 1 / b
    h = d
    i = 0
    while True:
        i += 1
        step = -i * (i - a)
        b += 2
        d = 1 / ((step * d + b) or tiny)
        c = (b + step / c) or tiny
        h *= d * c
        if abs(d * c - 1) < EPS:
            return ONE - gamma_density(x, a) * x * h


# ---- quantiles ---------------------------------------------------------------------------------


def _solve(cdf: Any, density: Any, p: Real, start: Real, top: Real | None) -> Real:
    """Find x with cdf(x) = p by Newton steps in log x, halving the bracket where one leaves it."""
    low, high = ZERO, top
    x = start
    for _ in range(600):
        off = cdf(x) - p
        if off < 0:
            low = max(low, x)
        else:
            high = x if high is None else min(high, x)
        move = off / (x * density(x)) if off else ZERO
        if abs(move) < SOLVED:
            return x
        new = x * ctx.exp(-move) if abs(move) < 2 else -ONE
        if new <= low or (high is not None and new >= high):
            new = _between(low, high)
        x = new
    raise ArithmeticError(f"no quantile at {p} from {start}: {low} to {high}")


def _between(low: Real, high: Real | None) -> Real:
    """Return a point between two bounds, of which either may be missing."""
    if high is None:
        return 2 * low
    if low == 0:
        return high / 1024
    return ctx.sqrt(low * high) if low < high / 10 else (low + high) / 2


def _hilferty(p: Real, a: Real) -> Real:
    """Guess a gamma quantile: the cube root of a gamma variate is nearly normal."""
    z = ctx.sqrt(2) * ctx.erfinv(2 * p - 1)
    root = 1 - 1 / (9 * a) + z / (3 * ctx.sqrt(a))
    if root > ctx.mpf("0.3"):
        return a * root**3
    return ctx.exp((ctx.log(p) + ctx.loggamma(a + 1)) / a)


@cache
def gamma_quantile(p: Real, a: Real) -> Real:
    """Return the mean at which a count of at least `a` has probability p."""
    return _solve(
        lambda x: gamma_cdf(x, a), lambda x: gamma_density(x, a), p, _hilferty(p, a), None
    )


@cache
def beta_quantile(p: Real, a: Real, b: Real) -> Real:
    """Return x with I_x(a, b) = p."""
    if b < a:
        return ONE - beta_quantile(1 - p, b, a)
    mean = _hilferty(p, a)
    start = min(mean / (mean + b), ctx.mpf("0.99"))
    return _solve(lambda x: beta_cdf(x, a, b), lambda x: beta_density(x, a, b), p, start, ONE)


def poisson_mean(events: Real) -> Real:
    """Return λ(k): the mean at which at least k events are seen 95 times in 100."""
    return gamma_quantile(CONFIDENCE, real(events))


def clopper_pearson(k: Real, n: Real) -> tuple[Real, Real]:
    """Return the two-sided exact 95 % interval of k in n."""
    low = ZERO if k == 0 else beta_quantile(LOW, k, n - k + 1)
    if k == n:
        return low, ONE
    return low, -ctx.expm1(ctx.log(LOW) / n) if k == 0 else beta_quantile(HIGH, k + 1, n - k)


def garwood(k: Real) -> tuple[Real, Real]:
    """Return the two-sided exact 95 % interval of a Poisson mean after k events."""
    return ZERO if k == 0 else gamma_quantile(LOW, k), gamma_quantile(HIGH, k + 1)


# ---- binomial tails ----------------------------------------------------------------------------


@cache
def tail(k: Real, n: Real, p: Real) -> Real:
    """Return P(X ≥ k) of a binomial of n trials; n need not be whole."""
    if k <= 0:
        return ONE
    if k > n or p == 0:
        return ZERO
    return beta_cdf(p, k, n - k + 1)


@cache
def decision_count(total: Real, error_rate: Real, alpha: Real) -> Real:
    """Return the smallest k ≥ 1 for which errors alone reach k with less than alpha."""
    alpha *= 1 - SOLVED  # a tie such as 0.01³ against 0.000001 is not less
    low, high = 0, 1
    mean = int(total * error_rate)
    if mean > 10:
        low, high = mean, mean + int(10 * ctx.sqrt(mean))
    while tail(ctx.mpf(high), total, error_rate) >= alpha:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        if tail(ctx.mpf(middle), total, error_rate) < alpha:
            high = middle
        else:
            low = middle
    return ctx.mpf(high)


def smallest_fraction(decision: Real, n: Real) -> Real | None:
    """Return the smallest p with P(X ≥ decision | n, p) ≥ 0.95; None where there is none."""
    return None if decision > n else beta_quantile(CONFIDENCE, decision, n - decision + 1)
