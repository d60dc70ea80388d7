"""The twin of an export: the same file as its program writes it under German settings."""

import csv
import io
import re

DECIMAL = re.compile(
    r"[+-]?[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?(?: ?%)?|[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?(?: ?%)?"
)
"""A cell whose number holds a decimal point, or commas that group."""
_SWAP = str.maketrans(".,", ",.")


def german(text: str, separator: str) -> str:
    """Return a text with comma and point exchanged in its number cells, and `;` for a comma between cells."""
    lines = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").rstrip("\n").split("\n")
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    for line in lines:
        is_csv = separator == ","
        cells = next(csv.reader([line]), []) if is_csv else line.split(separator)
        cells = [c.translate(_SWAP) if DECIMAL.fullmatch(c) else c for c in cells]
        if line.startswith("sep="):
            out.write("sep=;\n")
        elif is_csv:
            writer.writerow(cells)
        else:
            out.write(separator.join(cells) + "\n")
    return out.getvalue()
