"""What the reader of a file is told beside its bytes: the assay of its folder, whose sample it holds.

When that changes (an assay or a manifest row is corrected), the file is read again; the hash says so.
"""

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import polars as pl

from flows.settings import Settings
from schemas.tables import TABLES
from transforms.kits.assay_rows import with_kits
from transforms.kits.catalogue import KITS
from transforms.problems import one_finding
from transforms.readers.name_pattern import take_apart
from transforms.readers.rows import AssayNames, ReaderSettings


@dataclass(frozen=True)
class Told:
    """What the reader of one file is told.

    Attributes:
        assay: the assay of its folder or of its manifest row; None = not known.
        settings: with the sample of a file that does not say its own.
        unmatched: name of a file that the pattern of its folder does not fit.
    """

    assay: AssayNames | None
    settings: ReaderSettings
    unmatched: str | None = None

    @property
    def sha256(self) -> str:
        """Hash of what is told, without the settings of the warehouse, which have their own."""
        assay = self.assay
        names = dataclasses.astuple(assay) if assay else None
        return hashlib.sha256(json.dumps([names, self.settings.sample_id]).encode()).hexdigest()

    def findings(self, file_no: int) -> list[pl.DataFrame]:
        """Return the finding that says why the pattern of the folder gave no sample."""
        if self.unmatched is None:
            return []
        message = (
            f"{self.unmatched} does not fit the pattern of its folder in `file_names` in one way; "
            "correct the pattern, or name the sample in a manifest row"
        )
        return [one_finding(file_no, "FILE_NAME_UNMATCHED", message, value=self.unmatched)]


class Telling:
    """Tells readers of assays and samples."""

    def __init__(
        self, settings: Settings, assays: Sequence[pl.DataFrame], manifests: Sequence[pl.DataFrame]
    ) -> None:
        """Look up assays and manifest rows.

        Args:
            settings: names of controls, and patterns of names of files.
            assays: current rows of `assays`, stored and new.
            manifests: the same of `manifest`; later ones go before earlier ones.
        """
        self._patterns = settings.file_names
        self._settings = settings.for_readers()
        self._assays = _assay_names(assays)
        columns = ("file_name", "sample_id", "assay_id")
        rows = [row for frame in manifests for row in frame.select(columns).rows()]
        self._manifest = {name: (sample, assay) for name, sample, assay in rows}

    def of(self, names: Iterable[str], folder: str) -> Told:
        """Return what the reader of a file is told.

        Args:
            names: the file's paths below the folders given, the first one known counts.
            folder: name of the folder it lies in.
        """
        known = list(dict.fromkeys(names))
        keys = [*known, *(n.rsplit("/", 1)[-1] for n in known)]
        sample, assay = next((self._manifest[k] for k in keys if k in self._manifest), (None, None))
        told = self._assays.get(assay or folder)
        pattern = self._patterns.get(folder)
        if sample is not None or pattern is None:
            return Told(told, replace(self._settings, sample_id=sample))
        last = [k for k in keys if "/" not in k]
        found = take_apart(pl.DataFrame({"name": last}), "name", pattern)["sample_id"].drop_nulls()
        if found.is_empty():
            return Told(told, self._settings, unmatched=last[0])
        return Told(told, replace(self._settings, sample_id=found[0]))

    def knows(self, assay_id: str) -> bool:
        """Tell whether an assay is known."""
        return assay_id in self._assays


def _assay_names(assays: Sequence[pl.DataFrame]) -> dict[str, AssayNames]:
    """Return what instrument readers must know of each assay, known kits without a row among them.

    Of several windows of an assay the latest counts.
    """
    columns = ("assay_id", "valid_from", "target_name", "control_name", "marker")
    given = pl.concat([a.select(columns) for a in (TABLES["assays"].empty(), *assays)])
    latest = (
        with_kits(given, KITS)
        .sort("valid_from", nulls_last=False, maintain_order=True)
        .unique("assay_id", keep="last", maintain_order=True)
    )
    return {
        r["assay_id"]: AssayNames(r["assay_id"], r["target_name"], r["control_name"], r["marker"])
        for r in latest.to_dicts()
    }
