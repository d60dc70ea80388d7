"""Sentences from a template and columns, as `pl.format` writes them."""

import polars as pl

_PLACE = "{}"


def worded(template: str, *parts: pl.Expr | str) -> pl.Expr:
    """Return the template with the text of each part in its place; null where a part is null.

    `pl.format` of polars 2.1.0 panics on a column whose first chunk is empty, as one damaged
    export gave; `pl.concat_str` reads such a column.

    Args:
        template: text with one `{}` for each part.
        parts: expressions, or names of columns. The result is named as the first part is.

    Raises:
        ValueError: as many places as parts are needed.
    """
    texts = template.split(_PLACE)
    if len(texts) != len(parts) + 1:
        raise ValueError(f"{len(texts) - 1} places and {len(parts)} parts: {template}")
    columns = [pl.col(part) if isinstance(part, str) else part for part in parts]
    pieces = [pl.lit(texts[0])] if texts[0] or not parts else []
    for column, text in zip(columns, texts[1:], strict=True):
        pieces += [column, pl.lit(text)] if text else [column]
    sentence = pl.concat_str(pieces)
    return sentence.alias(columns[0].meta.output_name()) if columns else sentence
