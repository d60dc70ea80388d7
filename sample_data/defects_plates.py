"""Plate exports: wells that are no results, a failed control, and exports that cannot be used."""

import quantstudio
from defects_book import Book
from quantstudio import Well

GOOD_END = "2024-05-16 15:20:44 PM CEST"


def add(book: Book) -> None:
    """Add every file of this kind."""
    _read(book)
    _refused(book)


def _wells(book: Book) -> list[Well]:
    wells = quantstudio.standards()
    wells += quantstudio.unknowns(book.sample(), [(31.5, 32_480.25), (27.25, 30_115.5)])
    return wells + quantstudio.unknowns(book.sample(), [(0, 28_431.25), (0, 1_035_220.125)])


def _read(book: Book) -> None:
    standard, control = ("", "IGNORED_STANDARD"), ("", "IGNORED_CONTROL")
    wells = _wells(book)
    sample = wells[-1].sample
    wells += [Well(sample, "BCR-ABL", "UNKNOWN", 812.5, is_omitted=True)]
    wells += [Well(sample, "GUSB", "UNKNOWN", 70_110)]
    wells += [*quantstudio.no_template(), Well("NTC_5", "BCR-ABL", "UNKNOWN", 0)]
    omitted, other = ("", "IGNORED_OMITTED"), ("", "IGNORED_OTHER_TARGET")
    content = quantstudio.export("D_PLATE_1", GOOD_END, wells)
    by_name = ("", "CONTROL_BY_NAME")
    book.raw("d-plate/wells_ignored.txt", content, standard, control, omitted, other, by_name)

    wells = [*_wells(book), *quantstudio.no_template()[1:], Well("", "BCR-ABL", "NTC", 3.1)]
    content = quantstudio.export("D_PLATE_2", GOOD_END, wells)
    # the well with the signal is the last one, and nothing follows it
    failed = (content.count(b"\n"), "CONTROL_FAILED")
    book.raw("d-plate/control_failed.txt", content, standard, control, failed)

    wells = [*_wells(book), *quantstudio.no_template()]
    content = quantstudio.export("D_PLATE_3", "03-04-2024 10:00:00", wells)
    unreadable = ("", "RUN_DATE_UNREADABLE")
    book.raw("d-plate/date_unreadable.txt", content, standard, control, unreadable)


def _refused(book: Book) -> None:
    wells = quantstudio.unknowns(book.sample(), [(12.5, 30_250.75), (9.75, 31_480.5)])
    content = quantstudio.export("D_PLATE_4", GOOD_END, wells)
    header = (
        next(n for n, t in enumerate(content.decode().split("\n"), 1) if t.startswith("[Res")) + 1
    )
    found = [(header + n, "TARGET_NOT_IN_FILE") for n in range(1, len(wells) + 1)]
    book.raw("d-othernames/plate.txt", content, *found)

    # one number with a decimal comma among those with a point
    wells = quantstudio.unknowns(book.sample(), [(12.5, 30_250.75)])
    text = quantstudio.export("D_PLATE_7", GOOD_END, wells).decode().replace("12.500", "12,50")
    odd = next(n for n, t in enumerate(text.split("\n"), 1) if "12,50" in t)
    book.raw("d-plate/two_separators.txt", text.encode(), (odd, "SEPARATORS_CONTRADICT"))
    cells = ("", "A01", "FAM", "BCR-ABL", "Unkn-1", book.sample(), "31", "1,250")
    head = ";Well;Fluor;Target;Content;Sample;Cq;Starting Quantity (SQ)\n"
    content = (head + ";".join(cells) + "\n").encode()
    book.raw("d-plate/thousands_or_decimals.csv", content, (2, "SEPARATORS_NOT_DECIDED"))

    wells = quantstudio.unknowns(book.sample(), [(12.5, 30_250.75)])
    content = quantstudio.export("D_PLATE_5", GOOD_END, wells)
    book.raw("d-not-known/plate.txt", content, ("", "ASSAY_NOT_KNOWN_FOR_FILE"))

    lines = [*quantstudio.preamble("D_PLATE_6", GOOD_END), "", *quantstudio.sample_setup(wells)]
    content = ("\n".join(lines) + "\n").encode()
    book.raw("d-plate/without_results.txt", content, ("", "NO_RESULTS_SECTION"))
