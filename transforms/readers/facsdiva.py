r"""BD FACSDiva experiment XML (`formats.md` §6): event counts of the gates of each tube.

Only `specimen/tube/gates/gate` counts: worksheets hold drawings of gates, and templates hold counts that
belong to no tube. A tube whose events were not loaded at export has 0 in every gate, `All Events` too.
"""

import re

import polars as pl

from transforms.places import Place
from transforms.problems import FileRefusedError, one_finding
from transforms.readers.content import Content
from transforms.readers.gates import GATES, TUBES, Measured, gate_rows, path_of
from transforms.readers.reader import Reader
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows
from transforms.readers.safe_xml import Node, parse_xml, root_tag
from transforms.readers.separators import require_point

_READER = "facsdiva-xml/1"
_TITLE = "FACSDiva experiment XML"
_SAMPLE = {"sample_id": Place("specimen name"), "tube": Place("tube name")}
_ISO_DATE = re.compile(r"^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T|$)")
# large, and never looked at
_SKIPPED = ("acquisition_worksheets", "instrument_settings", "keywords", "region", "worksheet_config", "worksheets")  # fmt: skip


def recognise(content: Content) -> bool:
    """Return whether a text is an experiment of FACSDiva."""
    return root_tag(content.head) == "bdfacs"


def read(content: Content, assay: AssayNames | None, settings: ReaderSettings) -> TextRows:
    """Read an experiment.

    Args:
        content: the text.
        assay: the assay of the file's folder; without one the file waits.
        settings: names of control specimens.

    Raises:
        FileRefusedError: NO_RESULTS_SECTION without tubes, SEPARATORS_CONTRADICT, FILE_DAMAGED or
            XML_FORBIDDEN.
    """
    experiments = list(parse_xml(content.text, skip=_SKIPPED).all("experiment"))
    found = [
        (specimen, tube)
        for experiment in experiments
        for specimen in experiment.all("specimen")
        for tube in specimen.all("tube")
    ]
    if not found or len(experiments) > 1:
        raise FileRefusedError(
            "NO_RESULTS_SECTION",
            f"the file holds {len(experiments)} experiments and {len(found)} tubes; export one experiment with its tubes",
        )
    tubes = pl.DataFrame(
        [
            (n, tube.line, _name(specimen), _name(tube), False)
            for n, (specimen, tube) in enumerate(found)
        ],
        schema=TUBES,
        orient="row",
    )
    gates = pl.DataFrame(
        [
            (
                n,
                path_of(gate.attributes.get("fullname", "").split("\\")),
                gate.first_text("num_events"),
                _line(gate),
            )
            for n, (_, tube) in enumerate(found)
            for gate in tube.all("gates/gate")
        ],
        schema=GATES,
        orient="row",
    )
    require_point(gates.join(tubes, on="tube_no", maintain_order="left"), ("events",), "XML")
    return gate_rows(
        tubes,
        gates.filter(pl.col("events").is_not_null()),
        _measured(experiments[0]),
        assay,
        settings,
    )


def _line(gate: Node) -> int:
    """Return the line of the count of a gate."""
    return next(gate.all("num_events"), gate).line


def _name(node: Node) -> str | None:
    return node.attributes.get("name", "").strip() or None


def _measured(experiment: Node) -> Measured:
    started = experiment.first_text("date") or ""
    run_id = " ".join(x for x in (_name(experiment), started) if x)
    match = _ISO_DATE.match(started)
    if match or not started:
        return Measured(_TITLE, _READER, run_id, match.group(1) if match else None, places=_SAMPLE)
    finding = one_finding(
        0, "RUN_DATE_UNREADABLE",
        f"the experiment's date {started!r} cannot be read in one way; the collection date is used "
        "unless a runs row gives performed_on",
        column="date", value=started,
    )  # fmt: skip
    return Measured(_TITLE, _READER, run_id, places=_SAMPLE, findings=(finding,))


READER = Reader(
    _READER,
    _TITLE,
    "XML whose root is `<bdfacs`",
    False,
    recognise,
    read,
    may_quote=False,
    modality="FLOW",
)
