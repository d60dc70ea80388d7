"""The intervals, limits and tails of `transforms.normalise.intervals` against forty digits.

A quantile x of a distribution F is held to its own equation: (F(x) − p) / (x F'(x)) is its
relative error. Two-sided ends belong to 0.025 and 0.975, one-sided limits to 0.95.
"""

from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.naive import exact
from tests.naive.exact import HIGH, LOW, ONE, Real, real
from tests.spec.drawn import same_number
from transforms.normalise import intervals

RELATIVE = 1e-9
SMALLEST = 1e-290  # what is less, a double cannot hold to nine digits
QUICK: dict[str, Any] = {
    "deadline": None,
    "database": None,
    "suppress_health_check": list(HealthCheck),
}

TOTALS = (1, 2, 3, 10, 29, 1_000, 76_923, 2_000_000, 100_000_000, 300_000_000)
COUNTS = (0, 0.25, 0.5, 1, 1.5, 2, 2.7, 3, 19, 20, 50, 51, 400, 999, 1_000, 1_000.5, 1_001, 20_000)


def series(*values: Any) -> pl.Series:
    return pl.Series([float(v) for v in values], dtype=pl.Float64)


def beta_error(x: float, p: Real, a: Real, b: Real) -> float:
    """Return how far x is from the p-quantile of a beta distribution, as a share of x."""
    at = real(x)
    return float((exact.beta_cdf(at, a, b) - p) / (at * exact.beta_density(at, a, b)))


def gamma_error(x: float, p: Real, a: Real) -> float:
    at = real(x)
    return float((exact.gamma_cdf(at, a) - p) / (at * exact.gamma_density(at, a)))


def check_clopper_pearson(pairs: list[tuple[float, float]]) -> None:
    low, high = intervals.clopper_pearson(
        series(*(k for k, _ in pairs)), series(*(n for _, n in pairs))
    )
    wrong = []
    for (k, n), got_low, got_high in zip(pairs, low, high, strict=True):
        exactly, of = real(k), real(n)
        if k == 0:
            assert got_low == 0, (k, n, got_low)
            assert same_number(got_high, float(exact.clopper_pearson(exactly, of)[1])), (k, n)
        elif got_low < SMALLEST:
            assert exact.beta_cdf(real(SMALLEST), exactly, of - exactly + 1) > LOW, (k, n, got_low)
        elif abs(off := beta_error(got_low, LOW, exactly, of - exactly + 1)) > RELATIVE:
            wrong.append(f"low of {k} in {n}: {got_low}, off by {off:.1e}")
        if k == n:
            assert got_high == 1, (k, n, got_high)
        elif k > 0 and abs(off := beta_error(got_high, HIGH, exactly + 1, of - exactly)) > RELATIVE:
            wrong.append(f"high of {k} in {n}: {got_high}, off by {off:.1e}")
        assert got_low <= k / n <= got_high, (k, n, got_low, got_high)
    assert not wrong, f"{len(wrong)} ends:\n" + "\n".join(wrong[:20])


def test_clopper_pearson_of_few_and_many() -> None:
    pairs: list[tuple[float, float]] = [(k, n) for n in TOTALS for k in COUNTS if k <= n]
    pairs += (
        [(n, n) for n in TOTALS] + [(n - 1, n) for n in TOTALS] + [(n - 0.5, n) for n in TOTALS]
    )
    check_clopper_pearson(pairs + [(n // 2, n) for n in TOTALS if n > 1])


def test_ends_grow_with_the_count() -> None:
    """Each further event lifts both ends: no count between the chosen ones is odd."""
    for total in (5_000, 2_000_000, 100_000_000, 300_000_000):
        count = series(*range(5_001))
        of = series(*[total] * 5_001)
        limits = intervals.binomial_limits(count[1:], of[1:], 0.95)
        for ends in (*intervals.clopper_pearson(count, of), limits):
            steps = ends.diff().drop_nulls()
            assert (steps > 0).all(), (total, [i + 1 for i, s in enumerate(steps) if s <= 0])


FRACTIONS = st.floats(-8, 0).map(lambda x: 10**x)


@settings(max_examples=60, derandomize=True, **QUICK)
@given(st.floats(0, 7).map(lambda x: int(10**x)), FRACTIONS, st.booleans())
def test_clopper_pearson_anywhere(total: int, share: float, is_whole: bool) -> None:
    count = min(total * share, float(total))
    check_clopper_pearson([(float(int(count)) if is_whole else count, float(total))])


@pytest.mark.long
@pytest.mark.timeout(3600)
@settings(max_examples=2_000, **QUICK)
@given(st.integers(1, 300_000_000), FRACTIONS, st.booleans())
def test_clopper_pearson_of_very_many(total: int, share: float, is_whole: bool) -> None:
    count = min(total * share, float(total))
    check_clopper_pearson([(float(int(count)) if is_whole else count, float(total))])


def test_nothing_counted_has_a_two_sided_end_and_a_one_sided_limit() -> None:
    """3.689 / N is the end of an interval and 2.996 / N a limit of detection."""
    _, high = intervals.clopper_pearson(series(0), series(300_000_000))
    assert abs(high[0] * 300_000_000 - 3.6888794541) < 1e-6
    _, high = intervals.garwood(series(0))
    assert same_number(high[0], 3.6888794541139363)
    assert same_number(intervals.poisson_limit(1, 0.95), 2.9957322735539909)
    limit = intervals.binomial_limits(series(1), series(300_000_000), 0.95)
    assert abs(limit[0] * 300_000_000 - 2.9957322735) < 1e-6


def test_nulls_stay_null() -> None:
    nothing = pl.Series([None, 3.0, None], dtype=pl.Float64)
    total = pl.Series([10.0, None, None], dtype=pl.Float64)
    for got in (
        *intervals.clopper_pearson(nothing, total),
        intervals.partitions_lambda(nothing, total),
    ):
        assert got.to_list() == [None] * 3
    for got in intervals.garwood(nothing):
        assert [v is None for v in got] == [True, False, True]


GARWOOD_COUNTS = (
    0,
    0.02,
    0.5,
    1,
    2,
    2.999,
    3,
    5,
    10,
    20,
    50,
    999,
    1_000,
    1_000.25,
    100_000,
    1_000_000,
)


def test_garwood() -> None:
    low, high = intervals.garwood(series(*GARWOOD_COUNTS))
    for k, got_low, got_high in zip(GARWOOD_COUNTS, low, high, strict=True):
        assert abs(gamma_error(got_high, HIGH, real(k) + 1)) < RELATIVE, k
        if k == 0:
            assert got_low == 0
        elif got_low > SMALLEST:
            assert abs(gamma_error(got_low, LOW, real(k))) < RELATIVE, k
        assert got_low <= k <= got_high


LIMIT_EVENTS = (1, 1.903, 2, 2.39, 3, 5, 10, 12.5, 20, 30, 50, 999, 1_000, 1_001, 100_000, 100_521)


def test_poisson_limits() -> None:
    got = intervals.poisson_limits(series(*LIMIT_EVENTS), 0.95)
    for k, limit in zip(LIMIT_EVENTS, got, strict=True):
        assert abs(gamma_error(limit, exact.CONFIDENCE, real(k))) < RELATIVE, k
        assert same_number(intervals.poisson_limit(k, 0.95), limit)


NOISE = ("0.000001", "0.00001", "0.0001", "0.001", "0.01", "0.3")
DEPTHS = (1, 3, 30, 1_000, 30_000, 1_000_000, 100_000_000)


def test_background_tail() -> None:
    cases = [
        (k, n, e)
        for n in DEPTHS
        for e in NOISE
        for k in {0, 1, 2, 3, 9, int(n * float(e)), int(n * float(e)) + 5, n}
        if k <= n and (k < 200_000 or k == n)
    ]
    cases += [(0, 100, "0"), (1, 100, "0"), (7, 100, "0")]
    got = intervals.background_tail(
        series(*(k for k, _, _ in cases)),
        series(*(n for _, n, _ in cases)),
        series(*(e for _, _, e in cases)),
    )
    for (k, n, e), probability in zip(cases, got, strict=True):
        want = exact.tail(real(k), real(n), real(e))
        if want > SMALLEST:
            assert same_number(probability, float(want)), (k, n, e, probability, float(want))
        else:
            assert 0 <= probability < 1e-280, (k, n, e, probability)


def check_decisions(cases: list[tuple[int, str, str]]) -> None:
    got = intervals.decision_counts(
        series(*(n for n, _, _ in cases)),
        series(*(e for _, e, _ in cases)),
        series(*(a for _, _, a in cases)),
    )
    for (n, e, alpha), k in zip(cases, got, strict=True):
        assert k == int(exact.decision_count(real(n), real(e), real(alpha))), (n, e, alpha, k)


ALPHAS = ("0.05", "0.025", "0.0166666666666666667", "0.0005", "0.000001")


def test_decision_counts() -> None:
    """Smallest k that errors alone reach with less than alpha, also where alpha is shared."""
    check_decisions([(n, e, a) for n in DEPTHS for e in ("0", *NOISE[:5]) for a in ALPHAS])


@settings(max_examples=150, derandomize=True, **QUICK)
@given(
    st.floats(0, 7).map(lambda x: int(10**x)),
    st.floats(-7, -2).map(lambda x: f"{10**x:.12f}"),
    st.sampled_from(ALPHAS),
)
def test_decision_counts_anywhere(total: int, error: str, alpha: str) -> None:
    check_decisions([(total, error, alpha)])


def test_binomial_limits() -> None:
    cases = [
        (k, n)
        for n in (*TOTALS, 1_538.46, 76_923.0769, 20_000.25)
        for k in (1, 2, 3, 16, 20, 118, 999, 1_000, 1_001, 5_000)
        if k <= n
    ]
    got = intervals.binomial_limits(
        series(*(k for k, _ in cases)), series(*(n for _, n in cases)), 0.95
    )
    for (k, n), p in zip(cases, got, strict=True):
        assert abs(beta_error(p, exact.CONFIDENCE, real(k), real(n) - k + 1)) < RELATIVE, (k, n, p)
        assert k / n < p or k > n - 1, "a limit of 95 % lies above what is just detected"


def test_partitions() -> None:
    cases = [(0, 20_000), (1, 20_000), (1, 300_000_000), (19_000, 20_000), (19_999, 20_000), (3, 7)]
    got = intervals.partitions_lambda(
        series(*(k for k, _ in cases)), series(*(n for _, n in cases))
    )
    for (k, n), value in zip(cases, got, strict=True):
        assert same_number(value, float(-exact.ctx.log(ONE - real(k) / real(n)))), (k, n)
    assert str(got[0]) == "0.0", "no minus before zero"
