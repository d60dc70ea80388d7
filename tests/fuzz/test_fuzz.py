"""No file, however damaged, may stop a load, hang it, or lose a row; a small run of `make fuzz`."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fuzz.corpus import CORPUS, name_of, of_reader
from tests.fuzz.inputs import Input
from tests.fuzz.worker import Worker
from transforms.readers.registry import READERS, find_reader

INPUTS = 16
"""For each reader; some 1,500 in all."""


class Endless(Input):
    """An input that nothing comes back from."""

    def data(self) -> bytes:
        while True:
            pass


class Deadly(Input):
    """An input that ends the process, as a library does that asks for too much memory."""

    def data(self) -> bytes:
        os._exit(1)


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    """One process for all inputs of this module."""
    worker = Worker()
    yield worker
    worker.close()


def test_each_reader_has_a_look_alike() -> None:
    """A new reader comes with a file for its mutants."""
    assert {f.reader for f in CORPUS} == {name_of(r) for r in READERS}


@pytest.mark.parametrize("reader", [name_of(r) for r in READERS])
def test_mutants(reader: str, worker: Worker, tmp_path: Path) -> None:
    """The look-alikes are read whole, and their mutants are refused in words or every row is counted."""
    whole = of_reader(reader)
    for number in range(INPUTS):
        one = Input(reader, number)
        outcome = worker.check(one)
        if outcome.failure:
            kept = tmp_path / "input"
            kept.write_bytes(one.data())
            pytest.fail(
                f"{outcome.failure}\ninput kept as {kept}; again: "
                f"python -m tests.fuzz.nightly --again {reader}:{number}"
            )
        if number < len(whole):
            assert name_of(find_reader(one.data())[0]) == reader
            assert outcome.is_read == whole[number].is_result


def test_what_hangs_or_dies_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next input is checked by a new process."""
    monkeypatch.setattr("tests.fuzz.worker.LIMIT_SECONDS", 0.5)
    worker = Worker()
    assert "hangs" in worker.check(Endless("vcf", 0)).failure
    assert "died" in worker.check(Deadly("vcf", 0)).failure
    monkeypatch.undo()
    assert worker.check(Input("vcf", 0)).is_read
    worker.close()


def test_a_number_is_always_the_same_file() -> None:
    """What failed in one run can be looked at in another."""
    assert all(Input("vcf", n).data() == Input("vcf", n).data() for n in range(40))
    assert len({Input("vcf", n).data() for n in range(40)}) > 30
