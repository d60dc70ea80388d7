"""Containers are opened with a limit: a small file must not fill the memory, and a torn one is said to be."""

import gzip
import io
import zipfile

import pytest

from tests.unit.workbooks import workbook
from transforms.problems import FileRefusedError
from transforms.readers import content
from transforms.readers.content import open_content


def refused(data: bytes) -> str:
    with pytest.raises(FileRefusedError) as error:
        open_content(data)
    return error.value.code


def archive(**parts: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in parts.items():
            out.writestr(name, data)
    return packed.getvalue()


def test_text_may_be_packed() -> None:
    assert open_content(gzip.compress(b"a,b\r\n1,2\r\n")).text == b"a,b\n1,2\n"


@pytest.mark.parametrize("pack", [gzip.compress, lambda data: archive(part=data)])
def test_bombs_are_refused(pack, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    """What unpacks to more than the limit is not unpacked further."""
    monkeypatch.setattr(content, "MAX_UNPACKED_BYTES", 1_000_000)
    assert refused(pack(b"0" * 5_000_000)) == "FILE_UNPACKS_TOO_LARGE"


def test_an_archive_that_lies_about_its_size_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "MAX_UNPACKED_BYTES", 1_000_000)
    data = archive(part=b"0" * 5_000_000).replace(
        (5_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little")
    )
    assert refused(data) in ("FILE_UNPACKS_TOO_LARGE", "FILE_DAMAGED")


def test_archive_of_many_files_is_refused() -> None:
    """Each of them is small, and together they take minutes."""
    assert refused(archive(**{f"p{n}": b"" for n in range(content.MAX_PARTS + 1)})) == "FILE_UNPACKS_TOO_LARGE"  # fmt: skip


def test_archives_in_archives_stay_packed() -> None:
    """Only the outermost is opened, so that depth multiplies nothing."""
    inside = archive(part=b"0" * 5_000_000)
    assert open_content(archive(inside=inside)).parts == {"inside": inside}
    assert refused(gzip.compress(gzip.compress(b"a,b\n1,2\n"))) == "FILE_BINARY"


@pytest.mark.parametrize(
    ("place", "byte"), [(0.3, 0xFF), (0.6, 0xFF), (0.9, 0xFF), (0.97, 0xFF), (0.99, 0xFF)]
)
def test_damage_inside_a_container_is_a_refusal(place: float, byte: int) -> None:
    """Whatever the library says of it, the file is refused in words or read whole."""
    for data in (
        gzip.compress(bytes(range(32, 126)) * 99),
        archive(part=bytes(range(32, 126)) * 99),
    ):
        for at in range(len(data)):
            damaged = bytearray(data)
            damaged[at] = byte
            damaged[int(place * len(data))] ^= 0x10
            try:
                open_content(bytes(damaged))
            except FileRefusedError as error:
                assert error.code.startswith("FILE_")


@pytest.mark.parametrize("cut", [10, 40, 60])
def test_torn_containers_are_damaged(cut: int) -> None:
    assert refused(gzip.compress(b"sample" * 1000)[:cut][:-4]) == "FILE_DAMAGED"
    assert refused(archive(part=b"sample" * 1000)[:cut]) == "FILE_DAMAGED"


def test_cells_keep_their_digits_and_their_rows() -> None:
    """A mixed column keeps 17 digits, whole numbers have no point, blank rows still count."""
    book = workbook(
        {
            "Results": [
                ["Well", "Cq"],
                [],
                ["A1", 24.123456789012345],
                ["A2", "Undetermined"],
                ["A3", 5.0],
            ]
        }
    )
    cells = open_content(book).sheets["Results"]
    assert cells["source_line"].to_list() == [1, 2, 3, 4, 5]
    assert cells["c1"].to_list() == ["Cq", None, "24.123456789012344", "Undetermined", "5"]


def test_compressed_bytes_that_make_no_sense() -> None:
    """Compressed bytes that make no sense raise other errors of Python than a bad header does."""
    packed = bytearray(gzip.compress(b"sample_id,assay_id,target_copies\n" * 50))
    packed[12] ^= 0xFF
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("a.txt", "x" * 100)
    moved = bytearray(archive.getvalue())
    # the end of the directory says that the directory is longer than all that comes before it
    moved[-10:-6] = (len(moved) * 2).to_bytes(4, "little")
    for data in (bytes(packed), bytes(moved)):
        with pytest.raises(FileRefusedError) as caught:
            open_content(data)
        assert caught.value.code == "FILE_DAMAGED"
