"""Numbers of the texts that are formulae alone: a function of `transforms.normalise.intervals`."""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from tests.spec.drawn import Printed
from transforms.normalise.intervals import (
    background_tail,
    binomial_limits,
    clopper_pearson,
    decision_counts,
    garwood,
    partitions_lambda,
    poisson_limit,
)

PROBABILITY = 0.95


@dataclass(frozen=True)
class Computed:
    """One value: what is asked, the numbers as the text prints them, and how they are computed."""

    number: str
    shown: str
    want: tuple[Printed, ...]
    got: Callable[[], tuple[float, ...]]
    why: str
    source: str


def _one(value: float) -> pl.Series:
    return pl.Series([float(value)])


def _first(*columns: pl.Series) -> tuple[float, ...]:
    return tuple(c.item() for c in columns)


def _computed(
    prefix: str,
    table: tuple[tuple[str, tuple[float, ...], str], ...],
    got: Callable[..., tuple[float, ...]],
    why: str,
    source: str,
) -> tuple[Computed, ...]:
    def bound(values: tuple[float, ...]) -> Callable[[], tuple[float, ...]]:
        return lambda: got(*values)

    return tuple(
        Computed(
            f"{prefix}{i}", shown, tuple(map(Printed, want.split())), bound(values), why, source
        )
        for i, (shown, values, want) in enumerate(table, 1)
    )


POISSON = _computed(
    "λ",
    tuple(
        (f"at least {r} event{'s' if r > 1 else ''}", (r,), want)
        for r, want in (
            (1, "2.996"), (2, "4.744"), (3, "6.296"), (5, "9.154"), (10, "15.7"), (20, "27.9"),
            (30, "39.5"), (50, "62.2"),
        )
    ),
    lambda r: (poisson_limit(r, PROBABILITY),),
    "The mean at which as many are seen with 95 %.",
    "lymphoid §5.1",
)  # fmt: skip

GARWOOD = _computed(
    "G",
    tuple(
        (f"{k} event{'' if k == 1 else 's'}", (k,), want)
        for k, want in (
            (0, "0 3.689"), (1, "0.025 5.572"), (2, "0.242 7.225"), (3, "0.619 8.767"),
            (5, "1.623 11.668"), (10, "4.795 18.39"), (20, "12.22 30.89"), (50, "37.11 65.92"),
        )
    ),
    lambda k: _first(*garwood(_one(k))),
    "Two-sided 95 % interval of the mean of a Poisson count.",
    "lymphoid §5.7",
)  # fmt: skip

BINOMIAL = (
    *_computed(
        "CP",
        (
            ("0 of 3,000,000", (0, 3_000_000), "0 1.2296e-6"),
            ("25 of 4,000,000", (25, 4_000_000), "4.04e-6 9.23e-6"),
            ("9 of 30,000", (9, 30_000), "1.37e-4 5.69e-4"),
            ("8,000 of 20,000", (8_000, 20_000), "0.3932 0.4068"),
        ),
        lambda k, n: _first(*clopper_pearson(_one(k), _one(n))),
        "Two-sided 95 % interval of a share (Clopper and Pearson).",
        "lymphoid §7, §10",
    ),
    *_computed(
        "KC",
        (
            ("30,000 molecules, error rate 1e-5", (30_000, 1e-5), "2 1.5e-4"),
            ("3,000 molecules, error rate 1e-6", (3_000, 1e-6), "1 1.0e-3"),
            ("10,000 molecules, error rate 1e-3", (10_000, 1e-3), "16 1.3e-3"),
        ),
        lambda n, e: (
            k := decision_counts(_one(n), _one(e), _one(0.05)).item(),
            binomial_limits(_one(k), _one(n), PROBABILITY).item() - e,
        ),
        "The count that errors reach in fewer than 5 %, and the VAF that reaches it in 95 %.",
        "lymphoid §5.3",
    ),
    *_computed(
        "TAIL",
        (
            ("5 of 5,000, error rate 1e-4", (5, 5_000, 1e-4), "1.7e-4"),
            ("3 of 10,000, error rate 1e-4", (3, 10_000, 1e-4), "0.080"),
            ("6 of 10,000, error rate 1e-4", (6, 10_000, 1e-4), "5.9e-4"),
            ("4 of 20,000, error rate 1e-5", (4, 20_000, 1e-5), "5.7e-5"),
        ),
        lambda k, n, e: _first(background_tail(_one(k), _one(n), _one(e))),
        "The probability that errors alone give as many or more.",
        "aml.md §5.1",
    ),
    *_computed(
        "UB",
        (
            ("0 of 3,000", (3_000,), "0.000998"),
            ("0 of 10,000", (10_000,), "0.00030"),
        ),
        lambda n: _first(binomial_limits(_one(1), _one(n), PROBABILITY)),
        "One-sided 95 % bound of a share of which nothing was seen, 1 - 0.05^(1/n).",
        "aml.md §5.3",
    ),
    *_computed(
        "PART",
        (
            ("8,000 of 20,000 partitions", (8_000, 20_000), "0.5108"),
            ("19,900 of 20,000 partitions", (19_900, 20_000), "5.30"),
        ),
        lambda k, n: _first(partitions_lambda(_one(k), _one(n))),
        "Copies per partition.",
        "lymphoid §7(16, 18)",
    ),
)

NUMBERS = (*POISSON, *GARWOOD, *BINOMIAL)
