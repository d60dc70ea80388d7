"""What the reader of a file is told beside its bytes: the assay of its folder, whose sample it holds.

What was told is kept with the file. When it would be another today (an assay or a manifest row is corrected), the
file is read again; else it is always read as it was told then.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from flows.pseudonyms import AS_WRITTEN, Door
from flows.settings import Settings
from schemas.tables import TABLES
from transforms.ingest import ParsedLoad
from transforms.kits.assay_rows import with_kits
from transforms.kits.catalogue import KITS
from transforms.problems import FileRefusedError, all_findings, one_finding
from transforms.readers.content import Content
from transforms.readers.name_pattern import take_apart
from transforms.readers.reader import Reader
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows
from transforms.readers.sample_names import with_sample_names, without_control_tubes
from transforms.readers.told import told_from, told_text
from transforms.reconcile import reconcile_reference

_SHOWN = 3
_TOLD = ("assay_id", "target_name", "control_name", "marker", "reports_is")
_LIMITS = ("loq_fraction", "lod_fraction")
_UPPER = {k.id: k.upper_fraction.value for k in KITS.values() if k.upper_fraction is not None}


@dataclass(frozen=True)
class Told:
    """What the reader of one file is told.

    Attributes:
        assays: the assay of its folder or of its manifest row by its windows, the latest first, once for each
            way of naming its targets; empty = not known.
        settings: with the sample of a file that does not say its own.
        problem: finding code and words that say why no sample is told, although names of the file say one.
        door: what names are called in the tables; the sample is told by that name.
        doubt: words that say that the name of the file, by the pattern of its folder, is of another sample.
    """

    assays: tuple[AssayNames, ...]
    settings: ReaderSettings
    problem: tuple[str, str] | None = None
    door: Door = AS_WRITTEN
    doubt: str | None = None

    def text(self, assay: AssayNames | None) -> str:
        """Return what is told with one of the assays, to be kept."""
        return told_text(assay, self.settings.sample_id)

    def is_as(self, kept: str | None) -> bool:
        """Tell whether what was told before still holds."""
        return kept in {self.text(a) for a in (self.assays or (None,))}

    def findings(self, file_no: int) -> list[pl.DataFrame]:
        """Return the finding that says why no sample is told."""
        return [] if self.problem is None else [one_finding(file_no, *self.problem)]


def told_before(kept: str | None, settings: ReaderSettings) -> tuple[AssayNames | None, Told]:
    """Return the assay and what else a reader was told, from what was kept."""
    assay, sample = told_from(kept)
    return assay, Told((assay,) if assay else (), replace(settings, sample_id=sample))


def sample_told(kept: str | None) -> str | None:
    """Return the sample that a reader was told, from what was kept."""
    return told_from(kept)[1]


def in_force(name: str, stored: pl.DataFrame, parsed: ParsedLoad) -> pl.DataFrame:
    """Return the rows of a reference table that tell: those accepted, never those that contradict them.

    Args:
        name: the table.
        stored: all its stored rows.
        parsed: rows of the load.
    """
    if name not in parsed.tables:
        return stored.filter("is_current")
    given = reconcile_reference(TABLES[name], stored, parsed.tables[name])
    return given.rows.filter("is_current")


def read_told(
    reader: Reader, content: Content, assay: AssayNames | None, told: Told, pattern: str | None
) -> TextRows:
    """Read a file as its reader is told, and take its names of samples apart by the pattern of its folder.

    Raises:
        FileRefusedError: what the reader raises.
    """
    rows = reader.read(content, assay, told.settings)
    if pattern and not reader.names_its_assay:
        rows = without_control_tubes(with_sample_names(rows, pattern), told.settings)
    return _compared(rows, told)


def _compared(rows: TextRows, told: Told) -> TextRows:
    """Say that the file, its manifest row and its name do not name the same sample."""
    sample = told.settings.sample_id
    columns = [t["sample_id"] for t in rows.tables.values() if "sample_id" in t.columns]
    names = pl.concat(columns).drop_nulls().unique().sort().to_list() if columns else []
    if sample is None or not names:
        return rows
    words = told.doubt
    if not any(sample in (n, told.door.called(n, "sample")) for n in names):
        shown = ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
        words = (
            f"the file calls its sample {shown}, its manifest row or its name says {sample}; what the file says "
            "counts"
        )
    if words is None:
        return rows
    finding = one_finding(0, "SAMPLE_TOLD_CONTRADICTED", words, value=sample)
    return replace(rows, findings=all_findings([rows.findings, finding]))


def read_fitting(
    reader: Reader, content: Content, told: Told, pattern: str | None
) -> tuple[AssayNames | None, TextRows]:
    """Read a file with the names of the window of its assay that are in it, the latest first.

    Raises:
        FileRefusedError: the first refusal, where the reader refuses the file with the names of every window.
    """
    first: tuple[AssayNames | None, TextRows] | None = None
    refused: FileRefusedError | None = None
    for assay in told.assays or (None,):
        try:
            rows = read_told(reader, content, assay, told, pattern)
        except FileRefusedError as refusal:
            refused = refused or refusal
            continue
        if not is_refused(rows):
            return assay, rows
        first = first or (assay, rows)
    if first is None:
        raise refused or AssertionError("a file was neither read nor refused")
    return first


def is_refused(rows: TextRows) -> bool:
    """Tell whether a file was read and every result in it rejected."""
    results = rows.rows_read - rows.rows_ignored
    return results > 0 and rows.rows_rejected == results and not rows.rows_waiting


class Telling:
    """Tells readers of assays and samples."""

    def __init__(
        self,
        settings: Settings,
        assays: pl.DataFrame,
        manifest: pl.DataFrame,
        shared: Collection[str] = (),
        door: Door = AS_WRITTEN,
    ) -> None:
        """Look up assays and manifest rows.

        Args:
            settings: names of controls, and patterns of names of files.
            assays: rows of `assays` in force.
            manifest: rows of `manifest` in force.
            shared: names that more than one file has; a manifest row of such a name says nothing of a new file.
            door: what names are called in the tables; samples are told by these names.
        """
        self._door = door
        self._patterns = settings.file_names
        self._settings = settings.for_readers()
        self._assays = _assay_names(assays)
        self._shared = set(shared)
        columns = ("file_name", "sample_id", "assay_id")
        self._manifest = {n: (s, a) for n, s, a in manifest.select(columns).rows()}
        self._spelt = {n.lower(): n for n in self._manifest}

    def of(self, names: Iterable[str], folder: str, kept: str | None = None) -> Told:
        """Return what the reader of a file is told.

        Args:
            names: every path that the file was ever given under, below the folders given.
            folder: name of the folder it lies in.
            kept: what its reader was told before.
        """
        paths = list(dict.fromkeys(names))
        last = list(dict.fromkeys(n.rsplit("/", 1)[-1] for n in paths))
        before = told_from(kept)[1]
        # the longer name goes before the shorter
        rows = self._rows(paths, before) or self._rows(last, before)
        samples = {s for s, _ in rows}
        assay_id = next((a for _, a in rows if a), None)
        assays = self._assays.get(assay_id or folder, ())
        shared = [n for n in (*paths, *last) if self._row(n) and n in self._shared]
        problem = doubt = None
        if rows and folder in self._patterns:
            of_name = self._by_pattern(last, folder)[0] - samples
            if of_name:
                doubt = (
                    f"the manifest row says {', '.join(sorted(samples))}, the name of the file "
                    f"{', '.join(sorted(of_name))}; the manifest row counts"
                )
        if not rows and shared:
            problem = (
                "FILE_NAME_UNMATCHED",
                f"{shared[0]} names several files, so its manifest row says nothing of this one; write a manifest row "
                "with the longer path, or give the file a name of its own",
            )
        elif not rows and folder in self._patterns:
            samples, problem = self._by_pattern(last, folder)
        if not rows and not samples and not shared and (near := self._nearly(paths + last)):
            problem = (
                "FILE_NAME_UNMATCHED",
                f"the file is called {near[0]} and a manifest row names {near[1]}; names are compared as written, so correct "
                "the row",
            )
        if len(samples) > 1:
            problem = (
                "FILE_NAME_UNMATCHED",
                f"the same file was given as {', '.join(last)}, which say different samples; name its sample in one "
                "manifest row",
            )
        sample = samples.pop() if len(samples) == 1 else None
        return Told(assays, replace(self._settings, sample_id=sample), problem, self._door, doubt)

    def _rows(self, names: Sequence[str], before: str | None) -> list[tuple[str, str | None]]:
        found = [(n, row) for n in names if (row := self._row(n))]
        return [row for n, row in found if n not in self._shared or row[0] == before]

    def _nearly(self, names: Sequence[str]) -> tuple[str, str] | None:
        """Return a name and that of a manifest row that differs from it in case alone."""
        return next(((n, self._spelt[n.lower()]) for n in names if n.lower() in self._spelt), None)

    def _row(self, name: str) -> tuple[str, str | None] | None:
        return self._manifest.get(self._door.file(name))

    def _by_pattern(
        self, names: Sequence[str], folder: str
    ) -> tuple[set[str], tuple[str, str] | None]:
        pattern = self._patterns[folder]
        parts = take_apart(pl.DataFrame({"name": names}), "name", pattern)["sample_id"]
        found = set(parts.drop_nulls().to_list())
        if found:
            return {self._door.called(name, "sample") for name in found}, None
        return found, (
            "FILE_NAME_UNMATCHED",
            f"{names[0]} does not fit the pattern {pattern} of its folder in one way; correct the pattern in "
            "`file_names`, or name the sample in a manifest row",
        )

    def knows(self, assay_id: str) -> bool:
        """Tell whether an assay is known."""
        return assay_id in self._assays


def _assay_names(assays: pl.DataFrame) -> dict[str, tuple[AssayNames, ...]]:
    """Return what instrument readers must know of each assay, known kits without a row among them.

    One window that reports on the International Scale is enough for `reports_is`, because a ratio that is not on it
    must not pass in any. The limits are those of all windows, because a file does not say which of them it is of.
    """
    columns = (
        "assay_id", "valid_from", "target_name", "control_name", "marker", "basis", "is_reported", "kit",
        "lod_fraction", "loq_fraction",
    )  # fmt: skip
    given = pl.concat([a.select(columns) for a in (TABLES["assays"].empty(), assays)])
    reports_is = pl.col("is_reported").fill_null(False) & (pl.col("basis") == "RNA_RATIO_IS")
    upper = pl.when("reports_is").then(pl.col("kit").replace_strict(_UPPER, default=None))
    windows = (
        with_kits(given, KITS)
        .with_columns(reports_is.fill_null(False).any().over("assay_id").alias("reports_is"))
        .with_columns(
            *(
                pl.when("reports_is")
                .then(c)
                .unique()
                .drop_nulls()
                .sort()
                .implode()
                .over("assay_id")
                .alias(f"{c}s")
                for c in _LIMITS
            ),
            upper.cast(pl.Float64).alias("upper_fraction"),
        )
        .sort("valid_from", descending=True, nulls_last=True)
    )
    names: dict[str, dict[AssayNames, None]] = {}
    for row in windows.to_dicts():
        told: list[Any] = [row[n] for n in _TOLD]
        told += [*(tuple(row[f"{c}s"]) for c in _LIMITS), row["upper_fraction"]]
        names.setdefault(row["assay_id"], {})[AssayNames(*told)] = None
    return {assay_id: tuple(of_assay) for assay_id, of_assay in names.items()}
