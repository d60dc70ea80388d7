"""Bio-Rad CFX Manager and Maestro, "Quantification Cq Results" as text (`formats.md` §5).

Source: header `,Well,Fluor,Target,Content,Sample,…,Cq,…,Starting Quantity (SQ),…` on the first line, no
keys. `N/A` and `NaN` = not detected. Where `Target` is empty the dye is the target.
"""

import hashlib
import re
from dataclasses import replace

import polars as pl

from transforms.readers.applied_biosystems import Columns, well_places, with_names
from transforms.readers.content import Content
from transforms.readers.curves import with_curves
from transforms.readers.delimited import read_wells, text_lines
from transforms.readers.plate import UNDETERMINED, WELLS, Format, Run, plate_rows
from transforms.readers.reader import Reader
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows
from transforms.readers.separators import plain_cells

_READER = "cfx-text/1"
_TITLE = "Bio-Rad CFX text"
_NAMED = Format(_TITLE, _READER, "Target", "Cq")
_HEADER = re.compile(
    r'\s*(?:"")?(?P<separator>[,;\t])"?Well"?(?P=separator)"?Fluor"?(?P=separator)'
)
_COLUMNS: Columns = {
    "well": ("well",),
    "fluor": ("fluor",),
    "target": ("target",),
    "content": ("content",),
    "sample": ("sample",),
    "cq": ("cq",),
    "quantity": ("starting quantity (sq)", "sq", "starting quantity"),
}
_NUMBERS = (
    r"cq(?: mean| std\. dev)?|(?:starting quantity \(sq\)|sq|starting quantity)|log starting quantity"
    r"|sq (?:mean|std\. dev)|set point|cq std\. dev|end rfu|melt temperature|peak height"
)
_NEEDED = ("well", "content", "sample", "cq")
_ROLES = (
    (r"^std\b", "STANDARD"),
    (r"^(?:neg ctrl|ntc|nrt|nac)\b", "NTC"),
    (r"^pos ctrl\b", "POSITIVE"),
    (r"^(?:blank|empty)$", "OMITTED"),
)
_NONE = ("n/a", "nan")


def recognise(content: Content) -> bool:
    """Return whether a text is a CFX export of Cq values, by its header."""
    header = content.head.lstrip("\n").split("\n", 1)[0]
    cells = [c.strip().strip('"') for c in re.split(r"[,;\t]", header)]
    return bool(_HEADER.match(header)) and {"Content", "Cq"} <= set(cells)


def read(content: Content, assay: AssayNames | None, settings: ReaderSettings) -> TextRows:
    """Read an export.

    Args:
        content: the text.
        assay: the assay of the file's folder; without one the file waits.
        settings: names of control wells.

    Raises:
        FileRefusedError: NO_RESULTS_SECTION, FILE_EMPTY or QUOTE_NOT_CLOSED, and those of `separators.with_point`.
    """
    match = _HEADER.match(content.head.lstrip("\n"))
    separator = match["separator"] if match else ","
    parts = plain_cells(read_wells(text_lines(content.text), separator), _NUMBERS)
    wells = with_names(parts.cells, parts.header, parts.header_line, _COLUMNS, "the table", _NEEDED)
    plate = with_curves(_in_plate_words(wells))
    rows = plate_rows(plate, Run(_fingerprint(wells)), assay, settings, _NAMED)
    return replace(rows, places=well_places(parts.header, _COLUMNS))


def _fingerprint(wells: pl.DataFrame) -> str:
    """Return a name for the run, which the file does not name: its layout.

    The same plate exported again, with another threshold, is the same run: its wells meet the stored
    ones and are not counted twice, as they would be under the hash of the file.
    """
    layout = ("well", "fluor", "target", "content", "sample")
    texts = wells.select(pl.concat_str(layout, separator=" ", ignore_nulls=True)).to_series()
    text = "\n".join(texts.unique().sort().to_list())
    return f"plate-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _in_plate_words(wells: pl.DataFrame) -> pl.DataFrame:
    content = pl.col("content").str.to_lowercase()
    role = pl.lit("UNKNOWN")
    # users write words of their own into Content, so what is no control is a sample
    for pattern, word in reversed(_ROLES):
        role = pl.when(content.str.contains(pattern)).then(pl.lit(word)).otherwise(role)
    is_none = pl.col("cq").str.to_lowercase().is_in(_NONE)
    return wells.with_columns(
        pl.coalesce("target", "fluor").alias("target"),
        role.alias("role"),
        pl.when(is_none).then(pl.lit(UNDETERMINED)).otherwise("cq").alias("cq"),
        pl.when(~pl.col("quantity").str.to_lowercase().is_in(_NONE))
        .then("quantity")
        .alias("quantity"),
        *(pl.lit(None, dtype=pl.String).alias(c) for c in ("slope", "intercept", "r_squared")),
    ).select(pl.col(c).cast(t) for c, t in WELLS.items())


READER = Reader(
    _READER,
    _TITLE,
    "first line `,Well,Fluor,…` with `Content` and `Cq`",
    False,
    recognise,
    read,
)
