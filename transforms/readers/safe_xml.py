"""XML to a small tree, with the attacks on XML readers refused (`formats.md` §11).

A few lines of XML can unpack to gigabytes or ask for files of this computer: entities and references to other
files are refused, whatever they are for, because no instrument writes them. Depth is limited, because code that
walks a tree may recurse. Elements that a reader does not need are never kept.
"""

import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from xml.sax import SAXException, SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl, InputSource

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

from transforms.problems import FileRefusedError

MAX_DEPTH = 256
"""FlowJo, which nests deepest, takes two levels for each gate."""

_BLANK = re.compile(r"\s*")
_NAME = re.compile(r"<(?:[A-Za-z_][\w.-]{0,80}:)?([A-Za-z_][\w.-]{0,80})[\s/>]")


_NO_ATTRIBUTES: Mapping[str, str] = MappingProxyType({})


@dataclass(slots=True)
class Node:
    """One element.

    Attributes:
        tag: its name without a namespace prefix.
        line: line of the text on which it starts.
        attributes: as written, `xmlns` among them.
        children: elements inside, those skipped left out.
        text: text directly inside, stripped.
    """

    tag: str
    line: int
    attributes: Mapping[str, str]
    children: Sequence["Node"] = ()
    text: str = ""

    def add(self, child: "Node") -> None:
        """Put an element inside, behind the others."""
        # most elements of a large file hold none, and a list for each takes more than the file
        if isinstance(self.children, list):
            self.children.append(child)
        else:
            self.children = [child]

    def all(self, path: str) -> Iterator["Node"]:
        """Return the elements at a path such as `specimen/tube`, in their order."""
        tag, _, rest = path.partition("/")
        for child in self.children:
            if child.tag == tag:
                if rest:
                    yield from child.all(rest)
                else:
                    yield child

    def first_text(self, path: str) -> str | None:
        """Return the text of the first element at a path; None when there is none, or it is empty."""
        node = next(self.all(path), None)
        return None if node is None else node.text or None


def root_tag(head: str) -> str | None:
    """Return the name of the outermost element without its prefix; None where a text is no XML.

    Args:
        head: beginning of the text.
    """
    at = _after_blanks(head, 0)
    has_doctype = False
    while head.startswith(("<?", "<!"), at):
        if head.startswith("<?", at):
            end = head.find("?>", at) + 2
        elif head.startswith("<!--", at):
            end = head.find("-->", at) + 3
        elif head.startswith("<!DOCTYPE", at) and not has_doctype:
            has_doctype = True
            closed, subset = head.find(">", at), head.find("[", at)
            inside = head.find("]", subset) if -1 < subset < closed else at
            end = head.find(">", inside) + 1
        else:
            return None
        if end <= at:
            return None
        at = _after_blanks(head, end)
    name = _NAME.match(head, at)
    return None if name is None else name.group(1)


def _after_blanks(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return at if match is None else match.end()


def parse_xml(data: bytes, *, skip: Collection[str] = ()) -> Node:
    """Return the outermost element of a text.

    Args:
        data: UTF-8 text, as `Content.text` is, or the bytes of a part of an archive.
        skip: tags whose elements are left out, with all that is in them.

    Raises:
        FileRefusedError: XML_FORBIDDEN, or FILE_DAMAGED with its line.
    """
    source = InputSource()
    source.setByteStream(io.BytesIO(data))
    if not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        # what is written in the declaration was true of the bytes before they were decoded
        source.setEncoding("utf-8")
    tree = _Tree(skip)
    parser = DefusedExpatParser(forbid_dtd=False, forbid_entities=True, forbid_external=True)
    parser.setContentHandler(tree)
    try:
        parser.parse(source)
    except DefusedXmlException:
        raise FileRefusedError(
            "XML_FORBIDDEN",
            "the XML declares entities or asks for other files, which no instrument does; export it again",
        ) from None
    except SAXParseException as error:
        raise FileRefusedError(
            "FILE_DAMAGED",
            f"the file cannot be opened: XML, {error.getMessage()}; export it again",
            line=error.getLineNumber(),
        ) from None
    except (SAXException, UnicodeError, LookupError, ValueError):
        raise FileRefusedError(
            "FILE_DAMAGED", "the file cannot be opened: XML; export it again"
        ) from None
    finally:
        # the parser and its handler hold each other, and the tree may be large
        parser.setContentHandler(ContentHandler())
    if tree.root is None:
        raise FileRefusedError("FILE_DAMAGED", "the file holds no XML element; export it again")
    return tree.root


class _Tree(ContentHandler):
    """Builds the tree as elements start and end."""

    def __init__(self, skip: Collection[str]) -> None:
        super().__init__()
        self.root: Node | None = None
        self._skip = frozenset(skip)
        self._open: list[Node] = []
        self._texts: list[list[str]] = []
        self._depth = 0
        self._skipped = 0
        self._locator: Any = None

    def setDocumentLocator(self, locator: Any) -> None:
        self._locator = locator

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        self._depth += 1
        line = self._locator.getLineNumber()
        if self._depth > MAX_DEPTH:
            raise FileRefusedError(
                "XML_FORBIDDEN",
                f"the XML is nested deeper than {MAX_DEPTH} elements, which no instrument does; export it again",
                line=line,
            )
        tag = name.rsplit(":", 1)[-1]
        if self._skipped or tag in self._skip:
            self._skipped += 1
            return
        node = Node(tag, line, dict(attrs.items()) or _NO_ATTRIBUTES)
        if self._open:
            self._open[-1].add(node)
        else:
            self.root = node
        self._open.append(node)
        self._texts.append([])

    def endElement(self, name: str) -> None:
        self._depth -= 1
        if self._skipped:
            self._skipped -= 1
            return
        self._open.pop().text = "".join(self._texts.pop()).strip()

    def characters(self, content: str) -> None:
        if not self._skipped and self._texts:
            self._texts[-1].append(content)
