"""Messages of a kit and of a laboratory system whose results need a person."""

from defects_book import Book

PDF = "^application^pdf^Base64^JVBERi0xLjQK"
NEGATIVE = "NEGATIVE [Sufficient ABL transcript]^"


def add(book: Book) -> None:
    """Add every file of this kind; the first message of each is read."""
    sample = book.sample()
    kit = [
        _cartridge(sample, "70001", NEGATIVE, "F"),
        _cartridge("D-KIT-A", "70002", "POSITIVE [Some new words]^", "F"),
        _cartridge("D-KIT-B", "70003", NEGATIVE, "P"),
        _cartridge("D-KIT-D", "70004", NEGATIVE, "F", test="Xpert BCR-ABL Ultra p190"),
    ]
    codes = ("", "RESULT_NOT_UNDERSTOOD", "RESULT_NOT_FINAL", "TEST_OF_OTHER_MARKER")
    _add(book, "d-kit/genexpert.hl7", kit, codes)

    # the assay states an LOD of 0.003 %
    other = _cartridge(
        sample, "70005", "INVALID [Insufficient ABL transcript]^", "F", limits="0.0069 to 55.00"
    )
    _add(book, "d-kit/other_range.hl7", [other], ("PRINTED_RANGE_DIFFERS",))

    word = "ST|69380-4^BCR-ABL1 IS^LN||Not detected"
    laboratory = [_order(book.sample(), "F-1", word), _order("D-KIT-C", "F-2", f"ED|RPT||{PDF}")]
    _add(book, "d-kit/laboratory.hl7", laboratory, ("", "NO_STRUCTURED_RESULT"))


def _add(book: Book, file: str, messages: list[list[str]], codes: tuple[str, ...]) -> None:
    lines: list[str] = []
    found: list[tuple[int | str, str]] = []
    for message, code in zip(messages, codes, strict=True):
        # words of a result stand in its OBX; a message without any is known by its first line
        words = [n for n, segment in enumerate(message) if segment.startswith("OBX")]
        at = words[0] if code.startswith(("RESULT", "PRINTED")) else 0
        found += [(len(lines) + 1 + at, code)] if code else []
        lines += message
    book.raw(file, "".join(f"{line}\r" for line in lines).encode(), *found)


def _header(sender: str, kind: str) -> str:
    return f"MSH|^~\\&|{sender}||LIS||20240605101500||{kind}|m1|P|2.5.1"


def _cartridge(
    sample: str,
    cartridge: str,
    said: str,
    status: str,
    test: str = "BCRABL",
    limits: str = "0.0030 to 55.00",
) -> list[str]:
    machine = f"PC^114262^604297^{cartridge}^20901^20250131"
    main = f"OBX|1|ST|BCR|&|{said}|% (IS)|{limits}||||{status}|||||||{machine}"
    return [
        _header("GeneXpert PC^GeneXpert^6.5a.8", "ORU^R32^ORU_R30"),
        f"OBR|1|||{test}",
        "TQ1|1||||||20240604151200|20240604170512",
        main,
        "OBX|2|ST|BCR|BCR-ABL&Ct|^0.0",
        "OBX|3|ST|BCR|ABL&Ct|^12.2",
        f"SPM|1|{sample}||BLD",
    ]


def _order(sample: str, order: str, said: str) -> list[str]:
    return [
        _header("LIMS", "ORU^R01^ORU_R01"),
        f"OBR|1||{order}|Q1^RT-PCR QUAN BCR::ABL1^L",
        f"OBX|1|{said}||||||F",
        f"SPM|1|^{sample}||BLD",
    ]
