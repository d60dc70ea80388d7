"""One result, one patient and one answer by hand, for cases of the naive course."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from tests.naive.course import Course, course
from tests.naive.course_base import Patient, Result, Sample

START = date(2020, 1, 1)
NPM1 = Result(
    "", START, "BM", "FOLLOW_UP", "rq", "L1", "PCR", "NPM1", "RNA_RATIO", "npm1 BM L1", "DETECTED",
    None, "POSITIVE", None, "eln-aml-2021/npm1-cbf-bm-low-level/any", "NONE",
    None, None, None, 1e-6, None, None, None,
)  # fmt: skip
P210 = replace(
    NPM1, marker="BCR::ABL1 p210", basis="RNA_RATIO_IS", series="p210 PB", tissue="PB",
    timepoint=None, rule_id="eln-cml-2020/any",
)  # fmt: skip
IG_TR = replace(
    NPM1, marker="IG/TR", basis="GDNA_CELLS", series="ig", rule_id="aieop-bfm-2009/pcr-tp1-tp2/any"
)


def seen(day: int, status: str, level: float | None = None, **more: Any) -> Result:
    """Write one result of NPM1; the day counts from the first of January 2020."""
    like: Result = more.pop("like", NPM1)
    on = START + timedelta(days=day)
    name = more.pop("sample_id", f"S{day:04d}")
    finding = "NOT_DETECTED" if status == "NEGATIVE" and level is None else "DETECTED"
    censor = "LEFT" if finding == "NOT_DETECTED" else "NONE"
    told = {"finding": finding, "censor": censor} | more
    return replace(
        like, sample_id=name, collected_on=on, status=status, level_fraction=level,
        estimate_fraction=level, **told,
    )  # fmt: skip


def p210(day: int, level: float, **more: Any) -> Result:
    """Write one result of CML with the depth of its level."""
    depths = ((1e-4, "MR4"), (1e-3, "MR3"), (1e-2, "MR2"), (1e-1, "MR1"))
    depth = next((name for limit, name in depths if level <= limit), None)
    status = "LOW_LEVEL" if depth == "MR4" else "POSITIVE"
    return seen(day, status, level, like=P210, depth=depth, **more)


def of(
    *results: Result, disease: str = "AML", ruleset: str = "eln-aml-2021", **more: Any
) -> Course:
    """Return the course of a patient with these results, each sample with one."""
    samples = [
        Sample(
            r.sample_id,
            r.collected_on,
            r.tissue,
            r.timepoint,
            r.status,
            r.depth,
            more.get("clinical"),
        )
        for r in results
    ]
    return course(
        Patient(
            disease, ruleset, more.get("transcript"), more.get("treatments", ()),
            more.get("assessments", ()), more.get("samples", samples), results, more.get("diagnosed_on"),
        )
    )  # fmt: skip


def cml(*results: Result, **more: Any) -> Course:
    return of(*results, disease="CML", ruleset="eln-cml-2020", **more)


def states(got: Course, event: str) -> list[tuple[str, bool | None, str | None]]:
    """Return sample, state and confirming sample of the events of one kind."""
    return sorted(
        (sample, row["is_confirmed"], row["confirmed_by_sample_id"])
        for (_, name, sample), row in got.events.items()
        if name == event
    )
