"""Every test that the threat model names is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_tests_that_are_named_exist() -> None:
    page = (ROOT / "docs" / "threat_model.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(tests/[a-z_/]+\.py)`", page))
    assert len(named) > 15
    assert {n for n in named if not (ROOT / n).is_file()} == set()


def test_every_threat_names_a_test() -> None:
    page = (ROOT / "docs" / "threat_model.md").read_text(encoding="utf-8")
    rows = [r for r in page.splitlines() if r.startswith("| ")][1:]
    assert rows
    assert [r for r in rows if "`tests/" not in r.split("|")[3]] == []
