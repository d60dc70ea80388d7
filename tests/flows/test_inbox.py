"""Which files a load takes, which it refuses and why, and that nothing in an inbox can stop it."""

import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from flows.errors import UserError
from flows.inbox import discover
from flows.load import LoadRun, run_load
from flows.warehouse import Warehouse
from tests.flows.lab import (
    ASSAYS,
    LAB,
    PATIENTS,
    REFERENCE,
    codes,
    hashes,
    load,
    load_files,
    one,
    outcomes,
    plate,
    rows,
    settings,
    write,
)


def found(*paths: Path, **changed: Any) -> dict[str, str | None]:
    """Return the files of an inbox by name, with the code of those refused."""
    offered = discover(paths, settings(**changed))
    return {o.name: o.refusal[0] if o.refusal else None for o in offered}


def test_names_are_paths_below_the_inbox(tmp_path: Path) -> None:
    """A file is called by its path below the folder that was given, in the order of names."""
    inbox = write(tmp_path / "in", {"b.csv": "", "a/z.csv": "", "a/b/c.txt": "", "Ä ö.csv": ""})
    offered = discover([inbox], settings())
    assert [o.name for o in offered] == ["a/b/c.txt", "a/z.csv", "b.csv", "Ä ö.csv"]
    assert [o.folder for o in offered] == ["b", "a", "in", "in"]
    single = discover([inbox / "a" / "z.csv"], settings())
    assert [(o.name, o.folder) for o in single] == [("z.csv", "a")]


def test_relative_inbox_has_a_folder_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given as `.`, the inbox still has the name of its folder, which may be an assay."""
    monkeypatch.chdir(write(tmp_path / "qpcr", {"plate.txt": ""}))
    assert [o.folder for o in discover([Path()], settings())] == ["qpcr"]


def test_hidden_files_are_left_out(tmp_path: Path) -> None:
    """What editors, desktops and shares leave behind is no result."""
    hidden = (".DS_Store", ".~lock.p.csv#", "~$plate.xlsx", ".git/config", "sub/.hidden/x.csv")
    inbox = write(tmp_path / "in", {"p.csv": PATIENTS, **dict.fromkeys(hidden, "x")})
    assert found(inbox) == {"p.csv": None}


def test_spaces_and_letters_of_all_scripts(tmp_path: Path) -> None:
    """File names may hold spaces, accents, other scripts and quotes."""
    names = ("Müller plate 1 (2).csv", "结果.csv", 'it\'s; a "name".csv')
    for nr, name in enumerate(names):
        write(tmp_path / "in", {name: f"patient_id,disease\nQ{nr},MM\n"})
    run = load(tmp_path / "w", tmp_path / "in")
    assert outcomes(run) == dict.fromkeys(sorted(names), ("LOADED", None))
    assert rows(tmp_path / "w", "patients").height == 3


def test_name_that_is_no_text(tmp_path: Path) -> None:
    """A file whose name is not valid UTF-8 does not stop the load of the others."""
    inbox = write(tmp_path / "in", {"p.csv": PATIENTS})
    with open(os.fsencode(inbox) + b"/bad\xff.csv", "wb") as out:  # noqa: PTH123
        out.write(b"patient_id,disease\nQ1,MM\n")
    run = load(tmp_path / "w", inbox)
    assert outcomes(run)["p.csv"] == ("LOADED", None)
    assert len(run.entries) == 2


def test_same_names_in_two_folders(tmp_path: Path) -> None:
    """Files of one name in two given folders are told apart, and both are loaded."""
    first = write(tmp_path / "lab1" / "in", {"p.csv": "patient_id,disease\nQ1,MM\n", "a.csv": ""})
    second = write(tmp_path / "lab2" / "in", {"p.csv": "patient_id,disease\nQ2,MM\n"})
    run = load(tmp_path / "w", first, second)
    names = rows(tmp_path / "w", "source_files")["name"].to_list()
    assert len(set(names)) == 3
    assert sum(n.endswith("/p.csv") for n in names) == 2
    assert rows(tmp_path / "w", "patients").height == 2
    assert run.result.files == {"LOADED": 2, "REJECTED": 1}


def test_the_same_folder_given_twice(tmp_path: Path) -> None:
    """A folder given twice is the same folder: its files load once."""
    inbox = write(tmp_path / "in", LAB)
    run = load(tmp_path / "w", inbox, inbox)
    assert run.result.files["LOADED"] == 5
    assert rows(tmp_path / "w", "mrd_status").height == 4
    assert run.result.exit_status == 0


def test_same_bytes_under_two_names(tmp_path: Path) -> None:
    """A copy of a file in the same load is DUPLICATE and changes nothing."""
    run = load_files(tmp_path / "w", tmp_path / "in", {"a.csv": PATIENTS, "b.csv": PATIENTS})
    assert outcomes(run) == {"a.csv": ("LOADED", None), "b.csv": ("DUPLICATE", "REPEATED_ROW")}
    assert run.result.rows["rows_read"] == 3


def test_nothing_to_load(tmp_path: Path) -> None:
    """A path that is not there is a mistake of usage; an empty folder cannot be published."""
    with pytest.raises(UserError, match="nowhere: there is no such file or folder") as missing:
        discover([tmp_path / "nowhere"], settings())
    assert missing.value.status == 2
    write(tmp_path / "in", {".hidden": ""})
    with pytest.raises(UserError, match="in: there is no file to load") as empty:
        discover([tmp_path / "in"], settings())
    assert empty.value.status == 3


def test_link_that_leaves_the_inbox(tmp_path: Path) -> None:
    """A link out of the inbox is refused by name; one inside it is read like a copy."""
    outside = write(tmp_path / "outside", {"p.csv": "patient_id,disease\nQ1,MM\n"})
    inbox = write(tmp_path / "in", {"real.csv": PATIENTS})
    (inbox / "out.csv").symlink_to(outside / "p.csv")
    (inbox / "inside.csv").symlink_to("real.csv")
    (inbox / "broken.csv").symlink_to("nothing.csv")
    (inbox / "round.csv").symlink_to("round.csv")
    run = load(tmp_path / "w", inbox)
    assert outcomes(run) == {
        "broken.csv": ("REJECTED", "FILE_UNREADABLE"),
        "inside.csv": ("LOADED", None),
        "out.csv": ("REJECTED", "FILE_LINK"),
        "real.csv": ("DUPLICATE", "REPEATED_ROW"),
        "round.csv": ("REJECTED", "FILE_UNREADABLE"),
    }
    assert "leaves the inbox" in one(tmp_path / "w", "findings", code="FILE_LINK")["message"]
    assert "Q1" not in rows(tmp_path / "w", "patients")["patient_id"]
    again = load(tmp_path / "w", inbox)
    assert (again.result.published, again.result.exit_status) == (False, 1)


def test_file_that_becomes_a_link_is_not_followed(tmp_path: Path) -> None:
    """Exchanged after it was looked at, neither a file nor the target of a link leads out of the inbox."""
    secret = write(tmp_path / "outside", {"p.csv": "patient_id,disease\nQ1,MM\n"}) / "p.csv"
    inbox = write(tmp_path / "in", {"a.csv": PATIENTS, "real.csv": "patient_id,disease\nP9,MM\n"})
    (inbox / "link.csv").symlink_to("real.csv")
    run = LoadRun([inbox], tmp_path / "w", settings())
    run.offer()
    for name in ("a.csv", "link.csv"):
        (inbox / name).unlink()
        (inbox / name).symlink_to(secret)
    run.offer = lambda: len(run.offered)  # type: ignore[method-assign]
    run_load(run)
    assert outcomes(run) == {
        "a.csv": ("REJECTED", "FILE_LINK"),
        "link.csv": ("LOADED", None),
        "real.csv": ("DUPLICATE", "REPEATED_ROW"),
    }
    assert rows(tmp_path / "w", "patients")["patient_id"].to_list() == ["P9"]


def test_linked_folder_is_not_passed_over_in_silence(tmp_path: Path) -> None:
    """A link to a folder outside is refused like a link to a file, not ignored."""
    outside = write(tmp_path / "outside", {"p.csv": "patient_id,disease\nQ1,MM\n"})
    inbox = write(tmp_path / "in", {"real.csv": PATIENTS})
    (inbox / "more").symlink_to(outside)
    refused = [code for name, code in found(inbox).items() if name.startswith("more")]
    assert refused == ["FILE_LINK"]


@pytest.mark.timeout(30)
def test_pipe_does_not_hang_a_load(tmp_path: Path) -> None:
    """A named pipe or socket in the inbox is refused without being opened."""
    inbox = write(tmp_path / "in", {"p.csv": PATIENTS})
    os.mkfifo(inbox / "pipe.csv")
    run = load(tmp_path / "w", inbox)
    assert outcomes(run) == {
        "p.csv": ("LOADED", None),
        "pipe.csv": ("REJECTED", "FILE_UNREADABLE"),
    }
    message = one(tmp_path / "w", "findings", code="FILE_UNREADABLE")["message"]
    assert message == "this is not a regular file"


def test_file_too_large(tmp_path: Path) -> None:
    """A file over the limit is refused with its size and the setting, and is not kept."""
    inbox = write(tmp_path / "in", {"p.csv": PATIENTS})
    with (inbox / "big.csv").open("wb") as big:
        big.truncate(3_000_000)
    run = load(tmp_path / "w", inbox, max_file_mb=2)
    assert outcomes(run)["big.csv"] == ("REJECTED", "FILE_TOO_LARGE")
    message = one(tmp_path / "w", "findings", code="FILE_TOO_LARGE")["message"]
    assert message == "3 MB is more than max_file_mb = 2; split the export"
    assert len(list((tmp_path / "w" / "inputs").iterdir())) == 1
    assert run.result.exit_status == 1
    raised = load(tmp_path / "w", inbox, max_file_mb=4)
    assert outcomes(raised)["big.csv"][1] != "FILE_TOO_LARGE"


def test_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file without the right to read is refused; the others load."""
    inbox = write(tmp_path / "in", {"p.csv": PATIENTS, "secret.csv": "x", "late.csv": "y"})
    access, keep = os.access, Warehouse.keep

    def refuse(path: Path, mode: int) -> bool:
        return path.name != "secret.csv" and access(path, mode)

    def keep_or_refuse(warehouse: Warehouse, path: Path) -> str:
        if path.name == "late.csv":
            raise PermissionError(13, "Permission denied")
        return keep(warehouse, path)

    monkeypatch.setattr("flows.inbox.os.access", refuse)
    monkeypatch.setattr(Warehouse, "keep", keep_or_refuse)
    run = load(tmp_path / "w", inbox)
    assert outcomes(run) == {
        "late.csv": ("REJECTED", "FILE_UNREADABLE"),
        "p.csv": ("LOADED", None),
        "secret.csv": ("REJECTED", "FILE_UNREADABLE"),
    }
    assert codes(run) == ["FILE_UNREADABLE", "FILE_UNREADABLE"]


def test_instrument_file_in_two_folders(tmp_path: Path) -> None:
    """One plate under two assays: one of them is refused, and the same again changes nothing."""
    warehouse = tmp_path / "w"
    other = ASSAYS.splitlines()[1].replace("qpcr,", "a-qpcr,", 1)
    inbox = write(
        tmp_path / "in",
        {
            **REFERENCE,
            "assays.csv": f"{ASSAYS}{other}\n",
            "a-qpcr/p.txt": plate("S2"),
            "qpcr/p.txt": plate("S2"),
        },
    )
    run = load(warehouse, inbox)
    assert outcomes(run)["a-qpcr/p.txt"] == ("LOADED", None)
    assert outcomes(run)["qpcr/p.txt"] == ("REJECTED", "FILE_IN_TWO_FOLDERS")
    message = one(warehouse, "findings", code="FILE_IN_TWO_FOLDERS")["message"]
    assert message.startswith("the same file also lies under a-qpcr")
    before = hashes(warehouse)
    again = load(warehouse, inbox)
    assert outcomes(again)["a-qpcr/p.txt"] == ("DUPLICATE", "REPEATED_ROW")
    assert outcomes(again)["qpcr/p.txt"] == ("REJECTED", "FILE_IN_TWO_FOLDERS")
    assert hashes(warehouse) == before
    assert (again.result.published, again.result.exit_status) == (False, 1)


def test_file_still_being_written_is_left_for_the_next_load(tmp_path: Path) -> None:
    """A file that grows while it is looked at is named and left; the next load takes it whole."""
    inbox = write(tmp_path / "in", {"p.csv": "patient_id,disease\nQ0,MM\n"})
    growing = inbox / "grows.csv"
    growing.write_text("patient_id,disease\n", encoding="utf-8")
    stop = threading.Event()

    def append() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            with growing.open("a", encoding="utf-8") as out:
                out.write(f"Q{number},MM\n")
            time.sleep(0.02)

    writer = threading.Thread(target=append)
    writer.start()
    try:
        run = load(tmp_path / "w", inbox, settle_seconds=0.3)
    finally:
        stop.set()
        writer.join()
    assert run.growing == ["grows.csv"]
    assert outcomes(run) == {"p.csv": ("LOADED", None)}
    assert run.result.exit_status == 0
    later = load(tmp_path / "w", inbox, settle_seconds=0.05)
    assert later.growing == []
    assert outcomes(later)["grows.csv"] == ("LOADED", None)


def test_only_a_file_still_being_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When every file still grows the load ends well, also when rules have changed since."""
    import flows.load

    inbox = write(tmp_path / "in", {"p.csv": PATIENTS})
    load(tmp_path / "w", inbox)
    (inbox / "p.csv").touch()
    stamps = iter(range(100))
    monkeypatch.setattr("flows.inbox._stamp", lambda path: (next(stamps), time.time_ns()))
    monkeypatch.setattr(flows.load, "rule_hashes", lambda: {"x.toml": "0" * 64})
    run = load(tmp_path / "w", inbox, settle_seconds=1)
    assert run.growing == ["p.csv"]
    assert run.result.exit_status == 0


@pytest.mark.parametrize("shift_seconds", [-3600, 3600])
def test_time_of_a_growing_file_may_be_anything(tmp_path: Path, shift_seconds: int) -> None:
    """A copy that has its original's time already, or lies on a share whose clock is ahead, is left while it grows."""
    inbox = write(tmp_path / "in", {"grows.csv": "patient_id,disease\n"})
    growing, stop = inbox / "grows.csv", threading.Event()

    def append() -> None:
        while not stop.is_set():
            with growing.open("a", encoding="utf-8") as out:
                out.write("Q1,MM\n")
            os.utime(growing, (time.time() + shift_seconds,) * 2)
            time.sleep(0.02)

    writer = threading.Thread(target=append)
    writer.start()
    try:
        offered = discover([inbox], settings(settle_seconds=0.5))
    finally:
        stop.set()
        writer.join()
    assert [o.is_growing for o in offered] == [True]


def test_a_folder_that_cannot_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A closed folder is refused by name, the rest loads; a share that goes away is an error, never an empty folder."""
    inbox = write(tmp_path / "in", {"p.csv": PATIENTS, "lab/x.csv": "", "lab/y.csv": ""})
    listed = os.scandir
    error: type[OSError] = PermissionError

    def scandir(path: str) -> Any:
        if Path(path).name == "lab":
            raise error(13 if error is PermissionError else 116, "no", str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert found(inbox) == {"lab": "FILE_UNREADABLE", "p.csv": None}
    error = OSError
    with pytest.raises(OSError, match="no"):
        discover([inbox], settings())


def test_old_files_are_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that has rested is not looked at twice: a load does not wait for it."""
    inbox = write(tmp_path / "in", {"p.csv": PATIENTS})
    later = time.time() + 60
    monkeypatch.setattr("flows.inbox.time.time", lambda: later)
    begun = time.monotonic()
    assert found(inbox, settle_seconds=20) == {"p.csv": None}
    assert time.monotonic() - begun < 5


def test_folder_that_getitd_makes_for_a_sample(tmp_path: Path) -> None:
    """The folder above it is the assay, whichever of them is given."""
    file = "B1_getitd/itds.tsv"
    folder = write(tmp_path / "itd", {file: "sample\tlength\n"})
    for given in (tmp_path, folder, folder / "B1_getitd", folder / file):
        (offered,) = discover([given], settings())
        assert offered.folder == "itd"
