"""What every reader gives: text rows of tables, with counts that balance."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from transforms.places import Places
from transforms.problems import no_findings


@dataclass(frozen=True)
class TextRows:
    """Text rows of one file.

    Attributes:
        format: name of the format, as `mrd formats` lists it.
        reader: reader and version, such as `quantstudio-text/3`.
        tables: by table name, text columns of that table plus `source_line` and `source_rows`
            (data rows of the file that the row stands for), and `line_of_<column>` where a cell stands on
            another line than `source_line`.
        inline: rows of `samples` and `patients` that a measurement file carries, with the line of
            their measurement. They are no data rows of their own.
        rows_read: data rows of the file.
        rows_ignored: those that are no results.
        rows_rejected: those refused by the reader.
        rows_waiting: those that cannot be read until their assay or sample is known.
        waiting_for: finding code that says what they wait for.
        findings: findings of the reader, `file_no` 0.
        places: where the columns stand in the file, so that findings can point at a cell.
    """

    format: str
    reader: str
    rows_read: int
    tables: dict[str, pl.DataFrame] = field(default_factory=dict)
    inline: dict[str, pl.DataFrame] = field(default_factory=dict)
    rows_ignored: int = 0
    rows_rejected: int = 0
    rows_waiting: int = 0
    waiting_for: str = "ASSAY_NOT_KNOWN_FOR_FILE"
    findings: pl.DataFrame = field(default_factory=no_findings)
    places: Places = field(default_factory=Places)


@dataclass(frozen=True)
class AssayNames:
    """What an instrument reader must know of the assay of its folder.

    Attributes:
        assay_id: name of the assay.
        target_name: its target as the instrument writes it.
        control_name: its control gene, or its denominator, as the instrument writes it.
        marker: what it measures; None = not told.
        reports_is: its reported percent is taken as one on the International Scale (`is_reported`, RNA_RATIO_IS).
        loq_fractions: where it reports on the International Scale, its LOQ in each of its windows.
        lod_fractions: there, its LOD in each of them.
        upper_fraction: there, the upper end of the reportable range of the kit that it names.
    """

    assay_id: str
    target_name: str | None
    control_name: str | None
    marker: str | None = None
    reports_is: bool = False
    loq_fractions: tuple[float, ...] = ()
    lod_fractions: tuple[float, ...] = ()
    upper_fraction: float | None = None


@dataclass(frozen=True)
class ReaderSettings:
    """Settings that a reader depends on.

    Attributes:
        control_names: names of wells that are controls whatever their role column says, compared
            trimmed, without case, a trailing number allowed.
        sample_id: sample of a file that does not name its own (table `manifest`); None = not told.
        not_detected_values: by assay, what its reports print where nothing was detected, as
            `transforms.parse.sentinels` reads it.
    """

    control_names: tuple[str, ...] = ()
    sample_id: str | None = None
    not_detected_values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
