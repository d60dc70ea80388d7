"""docs/words.md names every word that the tables can say, and no column that is not there."""

import re
from pathlib import Path

import pytest

from schemas import enums as e
from schemas.tables import TABLES

PAGE = (Path(__file__).parents[2] / "docs" / "words.md").read_text(encoding="utf-8")
QUOTED = set(re.findall(r"`([^`]+)`", PAGE))
SAID = [
    e.Status, e.Depth, e.MolecularRemission, e.Milestone, e.Response, e.Discordance, e.Event,
    e.Monitoring, e.TfrUnmet, e.ClinicalResponse,
]  # fmt: skip


@pytest.mark.parametrize("words", SAID, ids=lambda w: w.__name__)
def test_every_word_of_the_tables_is_explained(words: type[e.StrEnum]) -> None:
    assert {w.value for w in words} - QUOTED == set()


def test_every_column_named_is_one() -> None:
    columns = {c for table in TABLES.values() for c in table.columns}
    named = {q for q in QUOTED if re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)?", q)}
    dotted = {q for q in named if "." in q}
    assert dotted
    for name in dotted:
        table, column = name.split(".")
        assert column in TABLES[table].columns, name
    rules = {"conversion", "rise"}
    assert named - dotted - rules <= columns | set(TABLES)


def test_what_is_never_said_is_in_no_table() -> None:
    """Cure and a leukaemia-free patient are no words of this program."""
    words = " ".join(w.value.lower() for enum in SAID for w in enum)
    for never in ("cure", "leukaemia", "complete_molecular", "refractory"):
        assert never not in words
