"""A proposed layout for an unknown table, as TOML with its gaps marked.

It shows headings, and of columns of few words the words: never a row, a name, a number or a date of the file.
A gap is the value `?`, with which a layout is refused; no word is proposed as negative or positive unless it
means so in every laboratory (`transforms.layouts.synonyms`).
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import polars as pl

from schemas.fields import Field
from schemas.tables import TABLES
from transforms.layouts.guess import Guess, guess_table
from transforms.layouts.layout import GAP, GATE_TABLE, legal_columns, required_columns
from transforms.layouts.locate import Head, table_below
from transforms.layouts.propose_cells import bracket_of, date_format, few_words, is_measure, unit_in
from transforms.layouts.synonyms import CONTROLS, WORDS, YES_NO
from transforms.layouts.units import units_of
from transforms.layouts.words import tidy_cells, tidy_word
from transforms.readers.content import Content
from transforms.readers.flat import inline_tables

_SAY = "say what this means"


@dataclass(frozen=True)
class Proposal:
    """A layout to be completed.

    Attributes:
        toml: its text.
        gaps: what is still to be said, in words.
    """

    toml: str
    gaps: tuple[str, ...]


@dataclass
class _Draft:
    """Lines of the parts of a layout, and its gaps."""

    plain: list[str] = field(default_factory=list)
    worded: list[str] = field(default_factory=list)
    fixed: list[str] = field(default_factory=list)
    ignore: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)

    def gap(self, what: str, why: str) -> str:
        """Note a gap; return its comment."""
        self.gaps.append(f"{what}: {why}")
        return f"  # {why}"


def propose_layout(content: Content, title: str) -> Proposal:
    """Propose a layout for a table.

    Args:
        content: the file.
        title: title of the layout.

    Raises:
        FileRefusedError: FILE_NOT_RECOGNISED where no header is found, FILE_EMPTY or QUOTE_NOT_CLOSED.
    """
    guess = guess_table(content)
    parts = table_below(content, guess.head)
    at = {h: f"c{i}" for i, h in enumerate(guess.head.headings) if h not in guess.twice}
    # pages of a printout begin with the header again
    is_header = pl.all_horizontal(pl.col(c) == h for h, c in at.items() if h)
    rows = parts.cells.filter(~is_header.fill_null(False))
    cells = {c: rows[at[h]].drop_nulls() for c, h in guess.columns.items()}
    fields = legal_columns(guess.table)
    draft = _Draft()
    for column, heading in guess.columns.items():
        _propose_column(draft, column, heading, fields[column], cells[column], guess)
    _propose_missing(draft, guess)
    repeated = next(h for h in at if h) if rows.height < parts.cells.height else None
    _propose_ignored(draft, guess, {h: rows[c].drop_nulls() for h, c in at.items()}, repeated)
    return Proposal(_toml(draft, guess, title, content.encoding), tuple(draft.gaps))


def _toml(draft: _Draft, guess: Guess, title: str, encoding: str | None) -> str:
    sure = "" if guess.is_table_sure else "  # unsure: no heading decides; see `mrd formats`"
    place = f"sheet {_quoted(guess.head.sheet)}, row" if guess.head.sheet else "line"
    lines = [
        f"# Proposed from the header on {place} {guess.head.line}. Check every line; fill each {_quoted(GAP)}.",
        f"title = {_quoted(title)}",
        f"table = {_quoted(guess.table)}{sure}",
        *([f"sheet = {_quoted(guess.head.sheet)}"] if guess.head.sheet else []),
        *([f"encoding = {_quoted(encoding)}"] if encoding else []),
        *draft.notes,
        *(
            [f"# not mapped: {', '.join(_quoted(h) for h in guess.unmapped)}"]
            if guess.unmapped
            else []
        ),
        *(
            [
                f"# stand twice, so that no layout can map them: {', '.join(_quoted(h) for h in guess.twice)}"
            ]
            if guess.twice
            else []
        ),
        *(_of_other_table(head) for head in guess.others),
        "",
        "[columns]",
        *draft.plain,
        *draft.worded,
        *(["", "[fixed]", *draft.fixed] if draft.fixed else []),
        *(["", "[ignore]", *draft.ignore] if draft.ignore else []),
    ]
    return "\n".join([*lines, ""])


def _of_other_table(head: Head) -> str:
    place = f"sheet {_quoted(head.sheet)}, row" if head.sheet else "line"
    named = ", ".join(_quoted(h) for h in head.headings if h)
    return f"# another table may begin on {place} {head.line}; one file is read with one layout, so export it alone: {named}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _propose_column(
    draft: _Draft, column: str, heading: str, kind: Field, cells: pl.Series, guess: Guess
) -> None:
    if kind.dtype == pl.Date:
        form = date_format(cells)
        if form == "":
            draft.plain.append(f"{column} = {_quoted(heading)}")
            return
        why = draft.gap(column, "how dates are written, such as %d.%m.%Y: the cells do not tell") if form == GAP else ""  # fmt: skip
        draft.plain.append(
            f"{column} = {{ column = {_quoted(heading)}, date = {_quoted(form)} }}{why}"
        )
    elif kind.values is not None:
        legal = {v.value.lower() for v in kind.values}
        if all(w.strip().lower() in legal for w in cells.unique()):
            draft.plain.append(f"{column} = {_quoted(heading)}")
            return
        known = _meanings(WORDS.get(column, {}))
        right = "write one of " + ", ".join(v.value for v in kind.values)
        _with_words(draft, column, heading, few_words(cells), known, right)
    elif kind.dtype == pl.Boolean:
        if all(tidy_word(w) in ("true", "false", "yes", "no", "1", "0") for w in cells.unique()):
            draft.plain.append(f"{column} = {_quoted(heading)}")
            return
        _with_words(draft, column, heading, few_words(cells), _meanings(YES_NO), "true or false")
    elif column == "reported_value" or kind.dtype in (pl.Float64, pl.Int64):
        _propose_number(draft, column, heading, kind, cells, guess)
    elif column == "patient_id":
        _propose_patient(draft, heading, cells)
    else:
        draft.plain.append(f"{column} = {_quoted(heading)}")


def _propose_patient(draft: _Draft, heading: str, cells: pl.Series) -> None:
    """Propose the code of a patient; a column that may hold names is a gap."""
    if cells.str.contains(r"^\S*[0-9]\S*$").all():
        draft.plain.append(
            f"patient_id = {_quoted(heading)}  # check that these are codes, no names"
        )
        return
    why = draft.gap("patient_id", f"write {_quoted(heading)} if its cells are codes; map no column that holds names")  # fmt: skip
    draft.plain.append(f"patient_id = {_quoted(GAP)}{why}")


def _propose_number(
    draft: _Draft, column: str, heading: str, kind: Field, cells: pl.Series, guess: Guess
) -> None:
    # what reported_value is measured in, reported_unit says
    is_scaled = is_measure(bracket_of(heading)) and not re.search(r"%|\bIS\b|\bMR\b", heading)
    unit = unit_in(heading, kind) if column != "reported_value" else GAP if is_scaled else ""
    why = "  # unit from the heading" if unit else ""
    if unit == GAP:
        right = ", ".join(units_of(kind))
        why = draft.gap(
            f"{column}, unit of {heading}",
            (f"write one of {right}" if right else f"{column} has no other unit")
            + f"; where its numbers are no {column}, leave the column out",
        )
    words = few_words(cells, beside_numbers=True)
    if words is not None and column.endswith("_cq"):
        words = [w for w in words if tidy_word(w) != "undetermined"]
    if words == []:
        mapped = (
            f"{{ column = {_quoted(heading)}, unit = {_quoted(unit)} }}"
            if unit
            else _quoted(heading)
        )
        draft.plain.append(f"{column} = {mapped}{why}")
        return
    says_call = column == "reported_value" and "reported_call" not in guess.columns
    empty = dict.fromkeys((tidy_word(w) for w in words or ()), "") if says_call else {}
    _with_words(
        draft,
        column,
        heading,
        words,
        empty,
        'the value it stands for, "" for none',
        f"unit = {_quoted(unit)}{why}" if unit else "",
    )
    if says_call:
        known = _meanings(WORDS["reported_call"])
        calls = legal_columns(guess.table)["reported_call"].values or ()
        right = "write one of " + ", ".join(v.value for v in calls)
        _with_words(draft, "reported_call", heading, words, known, right, others=True)


def _meanings(words: Mapping[str, Iterable[str]]) -> dict[str, str]:
    return {tidy_word(w): value for value, known in words.items() for w in known}


def _with_words(
    draft: _Draft,
    column: str,
    heading: str,
    words: list[str] | None,
    known: Mapping[str, str],
    right: str,
    unit: str = "",
    *,
    others: bool = False,
) -> None:
    draft.worded += ["", f"[columns.{column}]", f"column = {_quoted(heading)}"]
    draft.worded += [unit] if unit else []
    draft.worded += ['others = ""  # a number says nothing here'] if others else []
    draft.worded.append(f"[columns.{column}.values]")
    if words is None:
        why = draft.gap(f"{column}, words of {heading}", f"a line for each word of the column; {right}")  # fmt: skip
        draft.worded.append(f'"…" = {_quoted(GAP)}{why}')
        return
    for word in words:
        meaning = known.get(tidy_word(word))
        why = ""
        if meaning is None:
            why = draft.gap(f'{column}, word "{word}" of {heading}', f"{_SAY}; {right}")
        draft.worded.append(f"{_quoted(word)} = {_quoted(GAP if meaning is None else meaning)}{why}")  # fmt: skip


def _propose_missing(draft: _Draft, guess: Guess) -> None:
    given = {*guess.columns}
    if any(line == "[columns.reported_call]" for line in draft.worded):
        given.add("reported_call")
    for column in required_columns(guess.table):
        if column not in given:
            why = draft.gap(column, "required: its heading, or move it to [fixed]")
            draft.plain.append(f"{column} = {_quoted(GAP)}{why}")
    if guess.table == GATE_TABLE:
        draft.notes.append("# which gates count, the assay of the file's folder says: target_name and control_name")  # fmt: skip
        return
    table = TABLES[guess.table]
    if table.recognised_any and given.isdisjoint(table.recognised_any):
        why = draft.gap("reported_value", f"required: at least one of {', '.join(table.recognised_any)}")  # fmt: skip
        draft.plain.append(f"reported_value = {_quoted(GAP)}{why}")
    if table.kind == "measurement" and "assay_id" not in given:
        draft.notes.append("# no assay_id: the folder of the file names the assay, unless [fixed] says assay_id")  # fmt: skip
    if "reported_value" in given and "reported_unit" not in given:
        heading = guess.columns.get("reported_value", "")
        # a ratio on the scale may be a fraction, and MR has its own unit
        is_scale = "%" in heading and bool(re.search(r"\bIS\b", heading)) and "MR" not in heading
        why = "  # from the heading" if is_scale else draft.gap("reported_unit", "write PCT_IS, PCT, FRACTION or MR")  # fmt: skip
        draft.fixed.append(f"reported_unit = {_quoted('PCT_IS' if is_scale else GAP)}{why}")
    for inline in inline_tables(table):
        own = [c for c in inline.input_columns if c in given and c not in ("sample_id", "patient_id")]  # fmt: skip
        missing = [c for c in inline.required if c not in given]
        if own and missing:
            draft.notes.append(
                f"# {', '.join(own)}: read only where {', '.join(missing)} {'is' if len(missing) == 1 else 'are'} "
                "mapped or fixed too"
            )


def _propose_ignored(
    draft: _Draft, guess: Guess, cells: Mapping[str, pl.Series], repeated: str | None
) -> None:
    """Propose rows of standards and controls to be ignored, by the words of a closed list alone.

    Args:
        draft: takes the lines.
        guess: what the table seems to be.
        cells: by heading.
        repeated: the first heading, where the header stands on more than one line.
    """
    mapped = {guess.columns.get("sample_id"), *guess.unmapped}
    for heading, column in cells.items():
        again = [heading] if heading == repeated else []
        if heading not in mapped and not again:
            continue
        distinct = pl.DataFrame({"w": column.unique()}).with_columns(tidy_cells(pl.col("w")).alias("t"))  # fmt: skip
        found = distinct.filter(pl.col("t").is_in(list(CONTROLS))).sort("w")["w"].to_list()
        if found or again:
            why = "  # the header stands there again" if again else ""
            words = ", ".join(_quoted(w) for w in (*found, *again))
            draft.ignore.append(f"{_quoted(heading)} = [{words}]{why}")
