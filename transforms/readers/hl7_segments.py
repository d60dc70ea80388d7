"""HL7 v2 text to messages and segments, split by the delimiters that each MSH declares.

Our own, not a library: `hl7` 0.4.5 wants CR between segments, which decoding has made LF, and gives no
line numbers; what is needed of it is the splitting below. `tests/oracles` compares the two.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_FRAME = "\x0b\x1c\ufeff \t"
_HEADER = re.compile(r"^(?:[\x0b\x1c\ufeff\s]*(?:FHS|BHS)[^\n]*\n)*[\x0b\x1c\ufeff\s]*(MSH[^\n]*)")
_SEGMENT = re.compile(r"^[A-Z][A-Z0-9]{2}$")


@dataclass(frozen=True)
class Delimiters:
    """Field, component, repetition, escape and sub-component signs."""

    field: str
    component: str
    repetition: str
    escape: str
    sub: str

    def plain(self, text: str) -> str:
        """Return a text without escapes; those that stand for no sign to print stay as they are."""
        if not self.escape or self.escape not in text:
            return text.strip()
        signs = {"F": self.field, "S": self.component, "T": self.sub, "R": self.repetition, "E": self.escape}  # fmt: skip
        mark = re.escape(self.escape)
        # one pass: what an escape gives is never read as another's mark
        escaped = f"{mark}(?:([FSTRE])|X((?:[2-6][0-9A-Fa-f]|7[0-9A-Ea-e])+)){mark}"
        return re.sub(
            escaped,
            lambda m: (
                signs[m.group(1)] if m.group(1) else bytes.fromhex(m.group(2)).decode("ascii")
            ),
            text,
        ).strip()


@dataclass(frozen=True)
class Segment:
    """One segment.

    Attributes:
        line: its line in the file.
        fields: as written; HL7's field n is at n, of MSH too.
        signs: the delimiters of its message.
    """

    line: int
    fields: tuple[str, ...]
    signs: Delimiters

    @property
    def name(self) -> str:
        """Three letters."""
        return self.fields[0]

    def raw(self, n: int) -> str:
        """Return field n as written, or an empty text."""
        return self.fields[n] if n < len(self.fields) else ""

    def parts(self, n: int) -> list[str]:
        """Return the components of field n."""
        written = self.raw(n)
        cut = written.split(self.signs.component) if self.signs.component else [written]
        return [self.signs.plain(p) for p in cut]

    def part(self, n: int, k: int) -> str:
        """Return component k of field n, counted from 1."""
        parts = self.parts(n)
        return parts[k - 1] if k <= len(parts) else ""

    def subs(self, n: int) -> tuple[str, str]:
        """Return the first two sub-components of field n."""
        written = self.raw(n)
        cut = written.split(self.signs.sub) if self.signs.sub else [written]
        first, second = (*cut, "", "")[:2]
        return self.signs.plain(first), self.signs.plain(second)


@dataclass(frozen=True)
class Message:
    """One message.

    Attributes:
        head: its MSH.
        segments: the others.
        strange: lines that are no segments.
        open_line: last line of a text that stops without an end of line; its last field may be cut.
    """

    head: Segment
    segments: tuple[Segment, ...]
    strange: tuple[int, ...]
    open_line: int | None = None

    def all(self, name: str) -> list[Segment]:
        """Return the segments of a name."""
        return [s for s in self.segments if s.name == name]

    def is_cut(self) -> bool:
        """Tell whether the text stops within the number of a specimen, or within a result before its status.

        A number that is cut off is another's number, or another value.
        """
        last = [s for s in self.segments if s.line == self.open_line]
        return any(
            len(s.fields) <= 3 if s.name == "SPM" else s.name == "OBX" and not s.raw(11)
            for s in last
        )

    @property
    def kind(self) -> str:
        """Message type and trigger, such as `ORU^R01`."""
        return "^".join(self.head.parts(9)[:2])


def _header(line: str) -> Segment | None:
    signs = line[3:8]
    if not line.startswith("MSH") or len(signs) < 4:
        return None
    field = signs[0]
    declared = line[4:].split(field)[0]
    if len(declared) < 3 or field.isalnum():
        return None
    component, repetition, escape, sub = (*declared, "")[:4]
    delimiters = Delimiters(field, component, repetition, escape, sub)
    # MSH-1 is the separator itself, which a split loses
    name, *rest = line.split(field)
    return Segment(0, (name, field, *rest), delimiters)


def first_header(head: str) -> Segment | None:
    """Return the first MSH of a text that begins with one, whatever frames or batch headers stand before."""
    match = _HEADER.match(head)
    return _header(match.group(1).strip(_FRAME)) if match else None


def read_messages(text: str) -> Iterator[Message]:
    """Yield the messages of a text."""
    head: Segment | None = None
    segments: list[Segment] = []
    strange: list[int] = []
    number = 0
    for number, line in enumerate(text.split("\n"), start=1):
        tidy = line.strip(_FRAME)
        if not tidy:
            continue
        new = _header(tidy)
        if new is not None:
            if head is not None:
                yield Message(head, tuple(segments), tuple(strange))
            head = Segment(number, new.fields, new.signs)
            segments, strange = [], []
            continue
        if head is None:
            continue
        fields = tuple(tidy.split(head.signs.field))
        if fields[0] in ("FHS", "BHS", "BTS", "FTS"):
            continue
        if _SEGMENT.match(fields[0]) and fields[0] != "MSH":
            segments.append(Segment(number, fields, head.signs))
        else:
            strange.append(number)
    if head is not None:
        is_open = not text.endswith(("\n", "\x1c"))
        yield Message(head, tuple(segments), tuple(strange), number if is_open else None)


def hl7_day(text: str) -> str | None:
    """Return the day of an HL7 or ASTM time (`YYYYMMDD…`) as ISO; None when it is none."""
    match = re.match(r"^([0-9]{4})([0-9]{2})([0-9]{2})(?:[0-9]{2,}.*)?$", text)
    return "-".join(match.groups()) if match else None
