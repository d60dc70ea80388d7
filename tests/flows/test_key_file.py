"""A secret key is read only where nobody but its owner can read it."""

import os
from pathlib import Path

import pytest

from flows.errors import EXIT_USAGE, UserError
from flows.key_file import read_key

KEY = b"0123456789abcdef0123456789abcdef"


def _written(path: Path, data: bytes = KEY + b"\n", mode: int = 0o600) -> Path:
    path.write_bytes(data)
    path.chmod(mode)
    return path


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_the_key_is_what_the_file_holds_without_the_end_of_its_line(
    tmp_path: Path, mode: int
) -> None:
    assert read_key(_written(tmp_path / "key", mode=mode)) == KEY


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601, 0o660, 0o777])
def test_a_key_that_others_may_use_is_refused_and_says_what_to_do(
    tmp_path: Path, mode: int
) -> None:
    path = _written(tmp_path / "key", mode=mode)
    with pytest.raises(UserError, match=rf"mode {mode:04o}\); run chmod 600") as told:
        read_key(path)
    assert told.value.status == EXIT_USAGE
    assert KEY.decode() not in str(told.value)


@pytest.mark.parametrize("data", [b"", b"\n" * 40, KEY[:-1], b"x" * 4097, b"x" * 9999])
def test_what_is_no_key_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(UserError, match="a key has 32 to 4096 bytes"):
        read_key(_written(tmp_path / "key", data))


def test_what_is_no_plain_file_is_refused_and_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    (tmp_path / "folder").mkdir(mode=0o700)
    for name in ("pipe", "folder"):
        with pytest.raises(UserError, match="no plain file"):
            read_key(tmp_path / name)
    with pytest.raises(UserError, match="cannot be read: No such file"):
        read_key(tmp_path / "absent")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_the_key_of_another_user_is_refused(tmp_path: Path) -> None:
    path = _written(tmp_path / "key")
    os.chown(path, 12345, -1)
    with pytest.raises(UserError, match="belongs to another user"):
        read_key(path)
