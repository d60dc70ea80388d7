"""The files that a warehouse has been given: what was made of each when it was read last, and its bytes to read again."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from flows.format_numbers import counted
from flows.layouts import ENDING, Held, find_with, held
from flows.settings import Settings
from flows.told import sample_told, told_before
from flows.warehouse import Warehouse
from transforms.layouts.read import READER_NAME
from transforms.problems import FileRefusedError, one_finding
from transforms.readers.content import Content
from transforms.readers.reader import Reader
from transforms.readers.rows import TextRows

_NOT_READ = ("FILE_NOT_RECOGNISED", "LAYOUT_HEADINGS_MISSING", "FILE_ENCODING", "FILE_BINARY")
"""Reasons for which a file was refused that a layout may mend."""
_NAMED_AT_MOST = 5


class KeptFiles:
    """Files of earlier loads.

    Attributes:
        rows: `source_files` of earlier loads, with names as they came.
    """

    def __init__(self, warehouse: Warehouse, settings: Settings, rows: pl.DataFrame) -> None:
        """Remember what earlier loads say; no file is opened."""
        self.rows = rows
        self._warehouse, self._settings = warehouse, settings
        self._layouts: dict[str, Held] = {}

    @cached_property
    def last_read(self) -> Mapping[str, dict[str, Any]]:
        """By hash, the last row of `source_files` of bytes that were read, refused or wait."""
        known = (
            self.rows.filter(
                pl.col("sha256").is_not_null(),
                pl.col("outcome") != "DUPLICATE",
                pl.col("reason").ne_missing("FILE_IN_TWO_FOLDERS"),
            )
            .sort("load_id")
            .unique("sha256", keep="last", maintain_order=True)
        )
        return {row["sha256"]: row for row in known.to_dicts()}

    @property
    def loaded(self) -> list[dict[str, Any]]:
        """The rows of `source_files` whose files count: loaded when they were read last."""
        return [row for row in self.last_read.values() if row["outcome"] == "LOADED"]

    def verdict_on_name(self, name: str) -> tuple[str, str | None] | None:
        """Return outcome and reason of the file that had a name last, or None."""
        before = self.rows.filter(pl.col("name") == name).sort("load_id").tail(1)
        return next(iter(before.select("outcome", "reason").rows()), None)

    def samples_told(self) -> set[str]:
        """Return the samples that readers were told because their files name none."""
        return {s for row in self.last_read.values() if (s := sample_told(row["told"]))}

    def loads_but(self, left_out: Collection[str]) -> list[list[dict[str, Any]]]:
        """Return the rows of files that count, load by load, without those of some hashes."""
        loads: dict[str, list[dict[str, Any]]] = {}
        for row in sorted(self.loaded, key=lambda row: (row["load_id"], str(row["sha256"]))):
            if row["sha256"] not in left_out:
                loads.setdefault(row["load_id"], []).append(row)
        return list(loads.values())

    def bytes_of(self, sha256: str) -> bytes:
        """Return the bytes of a kept file.

        Raises:
            DamagedError: they were altered, or are gone.
        """
        return self._warehouse.kept_bytes(sha256)

    def layout(self, sha256: str | None) -> list[Held]:
        """Return the kept layout of a hash, in a list; an empty one for None."""
        if sha256 is None:
            return []
        if sha256 in self._layouts:
            return [self._layouts[sha256]]
        path = self._warehouse.input_path(sha256)
        known = self.rows.filter(pl.col("sha256") == sha256)["name"]
        name = Path(known[0]).name if known.len() else f"{sha256[:12]}{ENDING}"
        self._layouts[sha256] = held(path, self.bytes_of(sha256), name=name)
        return [self._layouts[sha256]]

    def is_layout_as_before(
        self, last: Mapping[str, Any], here: Sequence[Held], folder: str
    ) -> bool:
        """Tell whether no other layout fits a file than the one it was read with, if any.

        Args:
            last: the last row of the file.
            here: layouts that hold where the file lies now.
            folder: the folder it lies in now.
        """
        is_known = last["reader"] not in (None, READER_NAME) and last["outcome"] != "REJECTED"
        if is_known or not here or last["layout_sha256"] in {h.sha256 for h in here}:
            return True
        try:
            return (
                find_with(
                    self.bytes_of(last["sha256"]), here, self._settings.encodings.get(folder)
                )[2]
                is None
            )
        except FileRefusedError as refusal:
            # what was read stays read; what was refused is refused for the same reason
            return bool(last["outcome"] == "LOADED" or last["reason"] == refusal.code)

    def fits_refused(self, file_no: int, layout: Held, but: Collection[str]) -> list[pl.DataFrame]:
        """Return a finding on a layout that would read files of earlier loads which nothing recognised, if any.

        They are not read: where they lay is not kept, so that nobody can tell whether the layout lies beside them.

        Args:
            file_no: number of the layout in its load.
            layout: the layout.
            but: hashes of files of its load.
        """
        names = sorted(
            str(row["name"])
            for sha256, row in self.last_read.items()
            if row["outcome"] == "REJECTED" and row["reason"] in _NOT_READ and sha256 not in but
            if self._fits(sha256, layout)
        )
        if not names:
            return []
        more = f" and {len(names) - _NAMED_AT_MOST} more" if len(names) > _NAMED_AT_MOST else ""
        message = (
            f"this layout reads {counted(len(names), 'file')} that earlier loads refused: "
            f"{', '.join(names[:_NAMED_AT_MOST])}{more}; load them again, with the layout beside them"
        )
        value = str(len(names))
        return [one_finding(file_no, "LAYOUT_FITS_REFUSED_FILE", message, value=value)]

    def _fits(self, sha256: str, layout: Held) -> bool:
        try:
            return find_with(self.bytes_of(sha256), [layout])[2] is not None
        except FileRefusedError:
            return False

    def opened(
        self, sha256: str, layout_sha256: str | None, folder: str | None
    ) -> tuple[Reader, Content]:
        """Return the reader and the content of a kept file.

        Args:
            sha256: its hash.
            layout_sha256: hash of its layout, if it has one.
            folder: the folder it lay in, of an instrument's file.

        Raises:
            FileRefusedError: today's program refuses the file.
        """
        layouts = self.layout(layout_sha256)
        encoding = self._settings.encodings.get(folder or "")
        reader, content, _ = find_with(self.bytes_of(sha256), layouts, encoding)
        return reader, content

    def read(self, row: Mapping[str, Any]) -> tuple[Reader, TextRows]:
        """Return what the reader of a kept file gives, as it was told then, before settings of the site.

        Raises:
            FileRefusedError: today's program refuses the file.
        """
        assay, told = told_before(row["told"], self._settings.for_readers())
        reader, content = self.opened(row["sha256"], row["layout_sha256"], row["folder_assay_id"])
        plain = replace(told.settings, not_detected_values={})
        return reader, reader.read(content, assay, plain)
