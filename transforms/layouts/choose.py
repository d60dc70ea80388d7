"""Which of a laboratory's layouts a file belongs to."""

from collections.abc import Sequence

from transforms.layouts.layout import Layout
from transforms.layouts.locate import closest_refusal, heads_of, matching
from transforms.problems import FileRefusedError
from transforms.readers.content import Content


def choose_layout(content: Content, layouts: Sequence[Layout]) -> Layout | None:
    """Return the layout that a file has all headings of; None where none has.

    A text that is no UTF-8 is of a layout that names its encoding, or of none.

    Raises:
        FileRefusedError: LAYOUT_AMBIGUOUS where several do.
    """
    able = [x for x in layouts if content.encoding in (None, x.encoding)]
    heads = heads_of(content) if able else []
    found = [layout for layout in able if matching(layout, heads)]
    if len(found) > 1:
        raise ambiguous(found)
    return found[0] if found else None


def ambiguous(found: Sequence[Layout]) -> FileRefusedError:
    """Return the refusal of a file that has all headings of several layouts."""
    names = " and ".join(layout.name for layout in found)
    return FileRefusedError(
        "LAYOUT_AMBIGUOUS",
        f"the file has all headings of the layouts {names}; let one of them name a heading that only its files have",
        value=names,
    )


def nearest(content: Content, layouts: Sequence[Layout]) -> FileRefusedError | None:
    """Return the refusal of a file of no format that has some headings of a layout: those recognised and those missing.

    None where it has no heading of any.
    """
    able = [x for x in layouts if content.encoding in (None, x.encoding)]
    return closest_refusal(content, able, heads_of(content)) if able else None
