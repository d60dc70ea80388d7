"""The pipeline does what the drawn courses say."""

from functools import cache
from typing import Any

import pytest

from tests.spec.course_drawn import Course, files_of, mismatches, rules_of
from tests.spec.course_examples import COURSES, SECTIONS, SITES
from tests.support import tables_from_csv

RULESETS = sorted({c.ruleset for c in COURSES})


@cache
def loaded(ruleset: str) -> Any:
    own = [c for c in COURSES if c.ruleset == ruleset]
    return tables_from_csv(files_of(own), rules_of(ruleset, SITES.get(ruleset, "")))


@pytest.mark.parametrize("drawn", COURSES, ids=lambda c: c.id)
def test_course(drawn: Course) -> None:
    wrong = mismatches(drawn, loaded(drawn.ruleset))
    assert not wrong, f"{drawn.number}, {drawn.shown}, by {drawn.ruleset}:\n  " + "\n  ".join(wrong)


@pytest.mark.parametrize("ruleset", RULESETS)
def test_no_row_was_rejected(ruleset: str) -> None:
    findings = loaded(ruleset).findings
    rejected = findings.filter(findings["severity"] == "REJECTED")
    assert rejected["message"].to_list() == []


@pytest.mark.parametrize("drawn", COURSES, ids=lambda c: c.id)
def test_source_is_named(drawn: Course) -> None:
    assert drawn.source.startswith(("cml.md ", "aml.md ", "lymphoid ", "docs/course.md"))
    assert drawn.why.endswith(".")
    assert drawn.shown


def test_ids_are_unique() -> None:
    ids = [c.id for c in COURSES]
    assert len(ids) == len(set(ids))


def test_every_worked_example_of_several_samples_is_drawn() -> None:
    drawn: dict[str, set[tuple[int, str]]] = {"cml": set(), "aml": set(), "lymphoid": set()}
    for c in COURSES:
        if c.number.isdecimal():
            drawn[c.source.replace(".", " ").split()[0]].add((int(c.number), c.ruleset))
    assert drawn["aml"] == {
        *((n, r) for n in (*range(16, 26), 32, 35) for r in ("eln-aml-2021", "eln-aml-2025")),
        *((n, r) for n in (37, 38) for r in ("eln-apl-2019", "eln-aml-2025")),
    }
    assert {n for n, _ in drawn["cml"]} == {*range(28, 36)}
    assert {n for n, _ in drawn["lymphoid"]} == {13, 21, *range(28, 31)}


def test_every_event_is_drawn() -> None:
    """Each kind of event stands somewhere open, refuted and confirmed."""
    seen: dict[str, set[bool | None]] = {}
    for event in (e for c in COURSES for e in c.events or ()):
        seen.setdefault(event.event, set()).add(event.is_confirmed)
    assert len(seen) == 10
    lacking = {e: {None, False, True} - how for e, how in seen.items() if len(how) < 3}
    assert not lacking


def test_sections_are_not_empty() -> None:
    assert all(courses for _, courses in SECTIONS)
