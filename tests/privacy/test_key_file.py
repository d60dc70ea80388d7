"""The key file: written safely, refused when others could read it, when it is no key, or when it lies in the warehouse."""

import os
import stat
from pathlib import Path

import pytest

from flows.errors import UserError
from flows.key_file import read_key, write_key


def test_a_new_key_is_random_and_for_its_owner(tmp_path: Path) -> None:
    """64 hexadecimal digits, mode 0600 whatever the umask, another each time."""
    before = os.umask(0)
    try:
        keys = []
        for name in ("a.key", "b.key"):
            write_key(tmp_path / name)
            assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
            keys.append(read_key(tmp_path / name, tmp_path / "w"))
    finally:
        os.umask(before)
    assert keys[0] != keys[1]
    assert {len(k) for k in keys} == {32}


@pytest.mark.parametrize("there", ["file", "link", "broken link"])
def test_nothing_is_overwritten(tmp_path: Path, there: str) -> None:
    """What is there stays, a link and what it points to as well."""
    path, other = tmp_path / "a.key", tmp_path / "other"
    if there == "file":
        path.write_text("mine", encoding="utf-8")
    else:
        path.symlink_to(other)
    if there == "link":
        other.write_text("mine", encoding="utf-8")
    with pytest.raises(UserError, match="is there already"):
        write_key(path)
    assert other.exists() == (there == "link")
    if there != "broken link":
        assert path.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o610, 0o601, 0o660])
def test_key_that_others_can_reach(tmp_path: Path, mode: int) -> None:
    """Any right of the group or of others refuses it."""
    write_key(tmp_path / "a.key")
    (tmp_path / "a.key").chmod(mode)
    with pytest.raises(UserError, match="readable by nobody else; run chmod 600"):
        read_key(tmp_path / "a.key", tmp_path / "w")


@pytest.mark.parametrize(
    "text", ["", "password", "ab" * 31, "ab" * 32, "xy" * 32, "é" * 64, "0123456789abcdef" * 4]
)
def test_file_that_is_no_key(tmp_path: Path, text: str) -> None:
    """Too short, not hexadecimal, or visibly not random; the message does not quote it."""
    path = tmp_path / "a.key"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(UserError, match="this is no key") as told:
        read_key(path, tmp_path / "w")
    assert not text or text not in str(told.value)


def test_other_things_than_files(tmp_path: Path) -> None:
    """A link, a folder, a pipe (which is not waited for), nothing at all."""
    write_key(tmp_path / "a.key")
    (tmp_path / "link").symlink_to("a.key")
    (tmp_path / "folder").mkdir(mode=0o700)
    os.mkfifo(tmp_path / "pipe", 0o600)
    for name, words in (
        ("link", "this is a link"),
        ("folder", "no regular file"),
        ("pipe", "no regular file"),
        ("none", "the key cannot be read: No such file"),
    ):
        with pytest.raises(UserError, match=words):
            read_key(tmp_path / name, tmp_path / "w")


def test_key_in_the_warehouse(tmp_path: Path) -> None:
    """Copies of the warehouse would carry the key, also by way of a link."""
    (tmp_path / "w").mkdir()
    (tmp_path / "link").symlink_to("w")
    write_key(tmp_path / "w" / "a.key")
    for path in (tmp_path / "w" / "a.key", tmp_path / "link" / "a.key"):
        with pytest.raises(UserError, match="inside the warehouse"):
            read_key(path, tmp_path / "w")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_key_of_another_user(tmp_path: Path) -> None:
    """Who else owns a key can change it."""
    write_key(tmp_path / "a.key")
    os.chown(tmp_path / "a.key", 12345, -1)
    with pytest.raises(UserError, match="must belong to the user"):
        read_key(tmp_path / "a.key", tmp_path / "w")
