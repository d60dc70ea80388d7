"""Which of a laboratory's layouts a file belongs to."""

from collections.abc import Sequence

from transforms.layouts.layout import Layout
from transforms.layouts.locate import closest_refusal, heads_of, matching
from transforms.problems import FileRefusedError
from transforms.readers.content import Content


def choose_layout(content: Content, layouts: Sequence[Layout]) -> Layout | None:
    """Return the layout that a file has all headings of; None where none has.

    Raises:
        FileRefusedError: LAYOUT_AMBIGUOUS where several do.
    """
    heads = heads_of(content) if layouts else []
    found = [layout for layout in layouts if matching(layout, heads)]
    if len(found) > 1:
        names = " and ".join(layout.name for layout in found)
        raise FileRefusedError(
            "LAYOUT_AMBIGUOUS",
            f"the file has all headings of the layouts {names}; let one of them name a heading that "
            "only its files have",
            value=names,
        )
    return found[0] if found else None


def refuse_near(content: Content, layouts: Sequence[Layout]) -> None:
    """Refuse a file of no format that has some headings of a layout.

    Raises:
        FileRefusedError: LAYOUT_HEADINGS_MISSING with those recognised and those missing.
    """
    refusal = closest_refusal(content, list(layouts), heads_of(content)) if layouts else None
    if refusal is not None:
        raise refusal
