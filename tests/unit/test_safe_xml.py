"""XML is read with its lines, and what attacks a reader of XML is refused."""

import io
import time

import pytest

from transforms.problems import FileRefusedError
from transforms.readers.safe_xml import MAX_DEPTH, Node, parse_xml, root_tag

BOMB = (
    '<?xml version="1.0"?>\n<!DOCTYPE a [<!ENTITY x0 "ha">'
    + "".join(f'<!ENTITY x{n} "{f"&x{n - 1};" * 10}">' for n in range(1, 12))
    + "]>\n<a>&x11;</a>"
)


def refusal(text: str | bytes) -> FileRefusedError:
    """Return why a text is refused."""
    with pytest.raises(FileRefusedError) as caught:
        parse_xml(text.encode() if isinstance(text, str) else text)
    return caught.value


def test_tree_with_lines() -> None:
    """Tags lose their prefix; attributes, texts and the lines of elements are kept."""
    root = parse_xml(
        b'<?xml version="1.0"?>\n<g:a xmlns:g="http://x" one="1 &lt; 2">\n <b\n  c="d">\xc3\xa9 <e/>f</b>\n'
        b" <b> z </b><!-- b -->\n</g:a>"
    )
    assert (root.tag, root.line, root.attributes) == ("a", 2, {"xmlns:g": "http://x", "one": "1 < 2"})  # fmt: skip
    assert [(b.line, b.text, b.attributes) for b in root.all("b")] == [(3, "é f", {"c": "d"}), (5, "z", {})]  # fmt: skip
    assert [n.tag for n in root.all("b/e")] == ["e"]
    assert (root.first_text("b"), root.first_text("b/e"), root.first_text("x/y")) == ("é f", None, None)  # fmt: skip


def test_skipped_elements_are_left_out_whole() -> None:
    """Nothing of a skipped element is kept, not even an element that would be wanted."""
    root = parse_xml(b"<a>1<skip>2<b/><skip>3</skip>4</skip><b>5</b>6</a>", skip=("skip",))
    assert root == Node("a", 1, {}, [Node("b", 1, {}, (), "5")], "16")


def test_entity_bomb_is_refused_at_once() -> None:
    """Ten billion words would fit in these lines; nothing of them is made."""
    started = time.monotonic()
    assert refusal(BOMB).code == "XML_FORBIDDEN"
    assert time.monotonic() - started < 1


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE a [<!ENTITY x "y">]>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "passwords.txt">]>',
        '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://localhost:1/x.dtd"> %x;]>',
        '<!DOCTYPE a [<!ENTITY x PUBLIC "p" "passwords.txt">]>',
        '<!DOCTYPE a SYSTEM "passwords.txt">',
        '<!DOCTYPE a [<!NOTATION n SYSTEM "n"><!ENTITY x SYSTEM "x" NDATA n>]>',
    ],
)
def test_entities_are_refused(doctype: str) -> None:
    """Whatever an entity or another file is for: no export needs one."""
    assert refusal(f"{doctype}\n<a>b</a>").code == "XML_FORBIDDEN"


def test_document_type_that_asks_for_nothing() -> None:
    """A document type alone is harmless, and read past."""
    assert parse_xml(b"<!DOCTYPE a><a>b</a>").text == "b"


def test_long_attributes_and_many_elements() -> None:
    """What is large and says so is read; it takes as much memory as it is long."""
    long = "x" * 5_000_000
    assert parse_xml(f'<a b="{long}"/>'.encode()).attributes == {"b": long}
    assert len(parse_xml(b"<a>" + b"<b/>" * 100_000 + b"</a>").children) == 100_000


def test_depth_is_limited() -> None:
    """As deep as the limit is read; one deeper is refused, also inside skipped elements."""
    deep = "<a>" * MAX_DEPTH + "</a>" * MAX_DEPTH
    assert parse_xml(deep.encode()).tag == "a"
    assert refusal(f"<b>\n{deep}</b>").code == "XML_FORBIDDEN"
    with pytest.raises(FileRefusedError) as caught:
        parse_xml(b"<b><skip>" + b"<a>" * 100_000, skip=("skip",))
    assert caught.value.code == "XML_FORBIDDEN"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("<a>\n<b>\n</a>", 3),
        ("<a>\n", 2),
        ("<a>\n<b c='1' c='2'/></a>", 2),
        ("<a/>\n<b/>", 2),
        ("<a>&undefined;</a>", 1),
        ("words", 1),
        ("", 1),
        ("<!-- only -->", 1),
    ],
)
def test_damaged_xml(text: str, line: int) -> None:
    """The line is named; what stands there is not repeated."""
    why = refusal(text)
    assert (why.code, why.line) == ("FILE_DAMAGED", line)
    assert "export it again" in why.message and "undefined;" not in why.message


@pytest.mark.parametrize("declared", ["ISO-8859-1", "UTF-16", "windows-1252", "x-unknown"])
def test_declared_encoding_is_of_the_bytes_before_decoding(declared: str) -> None:
    """Text comes decoded; a declaration that was true before cannot spoil it."""
    text = f'<?xml version="1.0" encoding="{declared}"?><a>µ</a>'
    assert parse_xml(text.encode()).text == "µ"


def test_bytes_of_an_archive_may_be_utf16() -> None:
    """Parts of archives come as they are."""
    text = '<?xml version="1.0" encoding="UTF-16"?><a>µ</a>'
    assert parse_xml(text.encode("utf-16")).text == "µ"
    assert parse_xml("<a>µ</a>".encode("utf-8-sig")).text == "µ"


@pytest.mark.parametrize(
    ("head", "tag"),
    [
        ("<a>", "a"),
        ("<a/>", "a"),
        ("\n<?xml version='1.0'?>\n <!-- <b> -->\n<x:a-1.b c='d'>", "a-1.b"),
        ('<!DOCTYPE a [<!ENTITY x "y>">]>\n<a>', "a"),
        (BOMB, "a"),
        ("<?xml version='1.0'", None),
        ("<!-- never closed <a>", None),
        ("<!DOCTYPE a [ <a>", None),
        ("<1>", None),
        ("< a>", None),
        ("a<b>", None),
        ("", None),
    ],
)
def test_root_tag(head: str, tag: str | None) -> None:
    """The format of XML is told by its outermost element, whatever stands before it."""
    assert root_tag(head) == tag


@pytest.mark.parametrize("unit", ["<??>", "<!---->", "<!DOCTYPE>", "<!DOCTYPE [", "<!--", " "])
def test_root_tag_takes_no_time(unit: str) -> None:
    """However often something that looks like a beginning is repeated."""
    started = time.monotonic()
    assert root_tag(unit * (400_000 // len(unit))) is None
    assert time.monotonic() - started < 2


def test_nothing_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """No reading of XML opens a file or an address."""

    def fail(*args: object, **kwargs: object) -> None:
        raise AssertionError(args)

    monkeypatch.setattr("builtins.open", fail)
    monkeypatch.setattr(io, "open", fail)
    monkeypatch.setattr("urllib.request.urlopen", fail)
    parse_xml(b'<a xmlns="http://localhost:1/a" x="passwords.txt"/>')
    assert refusal('<!DOCTYPE a SYSTEM "http://localhost:1/a.dtd"><a/>').code == "XML_FORBIDDEN"
    assert refusal(BOMB).code == "XML_FORBIDDEN"
