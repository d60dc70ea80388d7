"""The files of a load that keeps nothing: `mrd check` reads them by the steps of a load, so that both say the same."""

import hashlib
from collections.abc import Collection
from pathlib import Path

from flows.pseudonyms import AS_WRITTEN
from flows.reading import Reading
from flows.settings import Settings
from flows.warehouse import Warehouse, open_given
from transforms.ingest import ParsedLoad

_NOWHERE = Path("no-warehouse")
"""Root where none is given; nothing is ever looked for in it."""


class _Unkept(Warehouse):
    """A warehouse, or none, that is given files and keeps only where they lie."""

    def __init__(self, warehouse: Warehouse | None) -> None:
        super().__init__(warehouse.root if warehouse else _NOWHERE)
        self._given: dict[str, Path] = {}

    def keep(self, source: Path) -> str:
        """Return the SHA-256 of a file, which stays where it lies."""
        digest = hashlib.sha256()
        with open_given(source) as reading:
            while block := reading.read(1 << 20):
                digest.update(block)
        self._given[digest.hexdigest()] = source
        return digest.hexdigest()

    def kept_bytes(self, sha256: str) -> bytes:
        """Return the bytes of a file that was given now, or of an input that is kept."""
        source = self._given.get(sha256)
        return super().kept_bytes(sha256) if source is None else source.read_bytes()


class Trial(Reading):
    """The files of a load that is not made.

    Attributes:
        names: samples and patients as they came by what they are called inside.
    """

    def __init__(self, settings: Settings, warehouse: Warehouse | None) -> None:
        """Read what earlier loads knew of files, where there is a warehouse.

        Raises:
            UserError: the key of the settings is not that of the warehouse, or a layout is missing or wrong.
        """
        before = warehouse.current() if warehouse else None
        # names are at hand in the files; only where stored ones are pseudonyms must those of the files become so
        door = None if before else AS_WRITTEN
        self.names: dict[str, str] = {}
        # what was refused before is read again, because who checks a file wants to know why
        super().__init__(_Unkept(warehouse), settings, before, is_code_new=True, door=door)

    def _admitted(self, parsed: ParsedLoad, told: Collection[str] = ()) -> ParsedLoad:
        self.names |= self.door.names(parsed)
        return super()._admitted(parsed, told)

    @property
    def modalities(self) -> dict[str, str]:
        """By folder, the modality of the results that its files hold."""
        return {entry.folder: reader.modality for entry, reader, _ in self._to_read}
