"""Results taken from messages: what is accepted, is another test's, or needs a person.

A wrong reading changes a treatment. What is not understood becomes a rejected row whose finding names the
words, so that nothing is lost and nothing is guessed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from transforms.problems import one_finding
from transforms.readers.bcr_abl_transcripts import P210, transcripts
from transforms.readers.genexpert_words import Said
from transforms.readers.quotable import quoted, quoted_status
from transforms.readers.rows import AssayNames


@dataclass(frozen=True)
class Result:
    """One result.

    Attributes:
        line: its line in the file, different for each result.
        sample_id: as written; None when the message names none.
        said: call, value and unit.
        run_id: what tells repeats of a sample apart (cartridge, order); None when not given.
        replicate: as `pcr_measurements`.
        performed_on: ISO date of the run.
        is_valid: what the kit says of the run; None = nothing.
        target_cq: a number or `Undetermined`.
        control_cq: the same of the control gene.
        version: `result_version`; above 1 = a correction.
        source_rows: data rows of the file that it stands for.
        lines: of the cells that stand elsewhere, by column.
    """

    line: int
    sample_id: str | None
    said: Said
    run_id: str | None = None
    replicate: str | None = None
    performed_on: str | None = None
    is_valid: bool | None = None
    target_cq: str | None = None
    control_cq: str | None = None
    version: int = 1
    source_rows: int = 1
    lines: Mapping[str, int] = field(default_factory=dict)


@dataclass
class Taken:
    """What a reader took from a file; `reject` and `ignore` count data rows."""

    results: list[Result] = field(default_factory=list)
    ignored: dict[str, list[int]] = field(default_factory=dict)
    refused: list[tuple[str, str, int | None, str | None, str | None]] = field(default_factory=list)
    findings: list[pl.DataFrame] = field(default_factory=list)

    @property
    def rejected(self) -> int:
        """Data rows that need a person."""
        return len(self.refused)

    def ignore(self, code: str, line: int) -> None:
        """Count a data row that is no result of this assay."""
        self.ignored.setdefault(code, []).append(line)

    def reject(
        self,
        code: str,
        message: str,
        line: int | None,
        value: str | None = None,
        column: str | None = None,
    ) -> None:
        """Count a data row that needs a person; `column` names the field or key to blame."""
        # one frame for all of them: a frame for each takes gigabytes where a large file is refused
        self.refused.append((code, message, line, _short(value), column))

    def is_own(self, names: list[str], assay: AssayNames | None, line: int) -> bool:
        """Tell whether a test of BCR::ABL1 is the assay's; reject it where it is not.

        `target_name` decides where the assay has one. A test of p190 in a folder of p210 belongs to a
        patient and would else be lost; its negative read as p210's, or the other way round, would be a
        remission that nobody saw. Without an assay the test waits for it.
        """
        if assay is None:
            return True
        said = [n.strip() for n in names if n.strip()]
        shown = _short(", ".join(dict.fromkeys(said))) or "none"
        wanted = (assay.target_name or "").strip().lower()
        if wanted and wanted in {n.lower() for n in said}:
            return True
        if not self.is_of_marker(said, assay, line):
            return False
        if wanted:
            message = (
                f"assay {assay.assay_id} expects target {assay.target_name}; the file has {shown}"
            )
            self.reject("TARGET_NOT_IN_FILE", message, line)
            return False
        return True

    def is_of_marker(
        self, names: list[str], assay: AssayNames, line: int, order: Iterable[str] = ()
    ) -> bool:
        """Tell whether a test's names say the assay's transcript; reject it where they do not.

        Args:
            names: of the test itself; where they say no breakpoint it is the major one.
            assay: the assay of the file's folder.
            line: of the test.
            order: names of what was ordered, asked where those of the test say no breakpoint.
        """
        order = list(order)
        said = transcripts(names)
        asked = names if said else [*names, *order]
        measured = said or transcripts(order) or {P210}
        expected = assay.marker or P210
        if measured == {expected}:
            return True
        message = (
            f"the file's test ({_short(', '.join(dict.fromkeys(asked))) or 'none'}) is of "
            f"{' and '.join(sorted(measured))}, assay {assay.assay_id} of {expected}; "
            "move the file into the folder of its assay, or write the test's name as target_name"
        )
        self.reject("TEST_OF_OTHER_MARKER", message, line)
        return False

    def holds_results(self, kind: str, own: str, line: int, *, has_rows: bool) -> bool:
        """Tell whether a message is of the type that is read and holds something; count it where not."""
        if kind.startswith(own) and has_rows:
            return True
        if not kind.startswith(own) and not has_rows:
            # acknowledgements and queries stand in a log beside the results
            self.ignore("IGNORED_OTHER_TARGET", line)
            return False
        words = "holds no result" if kind.startswith(own) else f"is not of type {own} that is read"
        message = (
            f"the message ({_short(kind)}) {words}; enter its result, if any, as a canonical row"
        )
        self.reject("NO_STRUCTURED_RESULT", message, line)
        return False

    def refuse_mixed(self) -> None:
        """Reject results that name no sample where they may be several patients': a manifest names one."""
        if any(r.sample_id for r in self.results) or len(self.results) < 2:
            return
        runs = {r.run_id for r in self.results}
        if len(runs) == 1 and None not in runs:
            return
        for result in self.results:
            for _ in range(result.source_rows):
                words = " ".join(x for x in (result.said.call, result.said.value) if x)
                self.not_understood(
                    result.line, words, "several results of the file name no sample; split it:"
                )
        self.results = []

    def refuse_shared_cartridges(self) -> None:
        """Reject results of one cartridge for two samples: it held one, and which of them nobody can tell here."""
        samples: dict[str, set[str | None]] = {}
        for r in self.results:
            if r.run_id and r.is_valid is not None:
                samples.setdefault(r.run_id, set()).add(r.sample_id)
        shared = {run for run, of_run in samples.items() if len(of_run) > 1}
        for r in self.results:
            if r.run_id in shared:
                what = (
                    f"cartridge {_short(r.run_id)} is reported for {len(samples[r.run_id])} samples"
                )
                self.not_whole(r.line, f"{what}, and it held one; find out whose it was")
        self.results = [r for r in self.results if r.run_id not in shared]

    def not_understood(
        self,
        line: int | None,
        words: str,
        where: str = "the result",
        column: str | None = None,
    ) -> None:
        """Reject a row whose words are not known."""
        message = (
            f"{where} '{_short(words)}' is in no table of words that is read, or contradicts what stands "
            "beside it; read the original report and enter the result as a canonical row"
        )
        self.reject("RESULT_NOT_UNDERSTOOD", message, line, words, column)

    def not_whole(self, line: int | None, what: str, column: str | None = None) -> None:
        """Reject a row whose parts are torn, missing or too many, so that none of them can be trusted."""
        message = f"{what}; send it again whole, or enter the result of the original report as a canonical row"
        self.reject("RESULT_NOT_UNDERSTOOD", message, line, None, column)

    def text_not_understood(
        self, line: int | None, text: str, where: str = "the result", column: str | None = None
    ) -> None:
        """Reject a row whose text, which a person may have typed, is not known; quote it only where it names nobody."""
        self.not_understood(line, quoted(text, column), where, column)

    def code_not_known(self, line: int | None, code: str, column: str) -> None:
        """Reject a row whose test is named like BCR::ABL1 under a code of the laboratory's own."""
        message = (
            f"the test '{_short(code)}' is called BCR::ABL1, and its code is none that is read; if it is this assay's, "
            "write the code as target_name of the assay, else enter the result as a canonical row"
        )
        self.reject("RESULT_NOT_UNDERSTOOD", message, line, code, column)

    def not_final(self, line: int | None, status: str, column: str | None = None) -> None:
        """Reject a row that is preliminary, withdrawn or without status."""
        status = quoted_status(status, column)
        said = (
            f"status '{status}', neither final nor corrected,"
            if status
            else "no status that says final or corrected"
        )
        message = (
            f"the result has {said} and is not read; send it when it is final; what was sent "
            "of it before stays in use until a row of amendments withdraws it"
        )
        self.reject("RESULT_NOT_FINAL", message, line, status, column)


def version_of(is_corrected: bool, sent: str) -> int:
    """Return the `result_version`: 1, and for a correction when it was sent, so that a later one wins."""
    digits = "".join(c for c in sent[:25].split("+")[0].split("Z")[0] if c in "0123456789")[:14]
    return max(2, int(digits.ljust(14, "0")) if len(digits) >= 8 else 2) if is_corrected else 1


def _short(text: str | None) -> str | None:
    """Return the beginning of a text: an attachment may be megabytes long."""
    return None if text is None else text[:120]


def real_day(text: str | None) -> str | None:
    """Return an ISO date that exists, else None."""
    try:
        return date.fromisoformat(text).isoformat() if text else None
    except ValueError:
        return None


def unreadable_day(column: str, written: str) -> pl.DataFrame:
    """Return the finding of a run's date that is not read."""
    return one_finding(
        0, "RUN_DATE_UNREADABLE",
        f"the run's end time '{_short(written)}' cannot be read in one way; the collection date is used unless a "
        "runs row gives performed_on",
        column=column, value=_short(written),
    )  # fmt: skip
