"""The generated pages in docs/ are what the contract says now."""

import importlib.util
from pathlib import Path

import pytest

from schemas.enums import Reason
from schemas.fields import FIELDS
from schemas.tables import TABLES
from transforms.classify.explanation import REASON_WORDS

DOCS = Path(__file__).parents[2] / "docs"


def _pages() -> dict[str, str]:
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    pages: dict[str, str] = module.render()
    return pages


@pytest.mark.parametrize("name", ["tables.md", "findings.md", "settings.md", "kits.md"])
def test_page_is_fresh(name: str) -> None:
    """A stale page fails; run `.venv/bin/python docs/generate.py`."""
    assert (DOCS / name).read_text(encoding="utf-8") == _pages()[name]


def test_every_reason_has_words() -> None:
    """Each reason that a table can hold is explained, and no other."""
    assert set(REASON_WORDS) == {r.value for r in Reason}


def test_every_field_is_used() -> None:
    """The dictionary has no field that no table uses, but for those that stand in for another."""
    used = {c for t in TABLES.values() for c in t.stored_columns}
    stand_ins = {"denominator_count", "outcome_reason", "load_outcome", "load_reason"}
    assert set(FIELDS) - used == stand_ins


def test_every_field_says_what_it_means() -> None:
    """A description is a sentence; a fraction says so in its unit."""
    for name, field in FIELDS.items():
        assert field.description.endswith("."), name
        if name.endswith("_fraction"):
            assert field.unit == "fraction of 1", name
        if name.endswith("_pct"):
            assert field.unit == "percent", name
