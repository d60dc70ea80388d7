"""Inputs by number: the same number is the same file, in every run and on every machine."""

from dataclasses import dataclass
from random import Random

from tests.fuzz.corpus import CORPUS, LookAlike, of_reader
from tests.fuzz.mutators import mutant


@dataclass(frozen=True)
class Input:
    """One input of a run, made again from the name of its reader and its number."""

    reader: str
    number: int

    def look_alike(self) -> LookAlike:
        """Return the whole file that it is made from."""
        files = of_reader(self.reader)
        return files[self.number % len(files)]

    def data(self) -> bytes:
        """Return its bytes: of the first numbers the look-alikes themselves, of others mutants."""
        file = self.look_alike()
        if self.number < len(of_reader(self.reader)):
            return file.data
        chance = Random(f"{self.reader} {self.number}")
        return mutant(file.data, tuple(f.data for f in CORPUS), chance)
