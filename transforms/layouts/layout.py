"""What a layout says, and which tables and columns it may name."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.fields import FIELDS, Field
from schemas.tables import INPUT_TABLES, TABLES
from transforms.readers.flat import inline_tables

GATE_TABLE = "gate_statistics"
"""A table with a row for each gate of a tube; which gates count, the assay of the file's folder says."""
_GATE_FIELDS = {
    "sample_id": FIELDS["sample_id"],
    "tube": FIELDS["tube"],
    "gate": FIELDS["target_name"],
    "events": FIELDS["mrd_events"],
}
TABLE_NAMES = (*(t.name for t in INPUT_TABLES), GATE_TABLE)
GAP = "?"
"""Stands where a proposed layout leaves something to be said; a layout that still has one is refused."""


@dataclass(frozen=True)
class Column:
    """How one canonical column is got from the table.

    Attributes:
        name: canonical column.
        heading: heading of the column in the file, blanks collapsed.
        date: how its dates are written, as `%d.%m.%Y`; None = read as in canonical files.
        unit: unit in which its numbers are written; empty = the canonical one.
        exponent: power of ten from that unit to the canonical one.
        values: canonical value by word of the file in lower case, blanks collapsed; None = no words.
        leaves_out_numbers: a number beside the words is empty, not an unknown word.
    """

    name: str
    heading: str
    date: str | None = None
    unit: str = ""
    exponent: int = 0
    values: Mapping[str, str] | None = None
    leaves_out_numbers: bool = False


@dataclass(frozen=True)
class Layout:
    """One layout, checked.

    Attributes:
        name: name of its file, for messages.
        title: what its tables are called.
        table: one of `TABLE_NAMES`.
        columns: the mapped columns; a heading may serve several.
        fixed: canonical texts of columns that are the same in every row.
        ignore: by heading, words of rows that are no results, in lower case, blanks collapsed.
        sheet: sheet of a workbook; None = the one that has all headings.
        encoding: how texts are written that are no UTF-8; None = there are none.
    """

    name: str
    title: str
    table: str
    columns: tuple[Column, ...]
    fixed: Mapping[str, str] = field(default_factory=dict)
    ignore: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sheet: str | None = None
    encoding: str | None = None

    @property
    def headings(self) -> tuple[str, ...]:
        """Headings that a table must have to be of this layout."""
        return tuple(dict.fromkeys([*(c.heading for c in self.columns), *self.ignore]))

    @property
    def names_its_assay(self) -> bool:
        """False when the folder of a file names its assay."""
        given = {*self.fixed, *(c.name for c in self.columns)}
        return "assay_id" in given or "assay_id" not in required_columns(self.table, strict=True)


def legal_columns(table: str) -> dict[str, Field]:
    """Return the columns that a layout of a table may name, those it may carry inline included."""
    if table == GATE_TABLE:
        return dict(_GATE_FIELDS)
    own = TABLES[table]
    inline = {
        c: t.field(c)
        for t in inline_tables(own)
        for c in t.input_columns
        if c not in ("is_correction", *own.columns)
    }
    return {c: own.field(c) for c in own.input_columns} | inline


def required_columns(table: str, *, strict: bool = False) -> tuple[str, ...]:
    """Return the columns that a layout must map or fix.

    Args:
        table: one of `TABLE_NAMES`.
        strict: with `assay_id`, which the folder of a file of measurements can name too.
    """
    if table == GATE_TABLE:
        return ("sample_id", "gate", "events", *(("assay_id",) if strict else ()))
    own = TABLES[table]
    from_folder = () if strict or own.kind != "measurement" else ("assay_id",)
    return tuple(c for c in own.required if c not in ("result_version", *from_folder))
