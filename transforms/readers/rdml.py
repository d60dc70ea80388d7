"""RDML of qPCR instruments, zipped or plain XML (`formats.md` §5).

Source: `experiment/run/react/data` with `tar` and `cq`; roles and quantities stand at `sample`. A row is one
`data` element, its source line the number of that element in the file, since some files are one line.
Unknowns have no quantity: their Cq is read, and the curve of the standards where these are counts.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

import polars as pl

from transforms.places import Place, Places
from transforms.problems import FileRefusedError
from transforms.readers.applied_biosystems import run_of
from transforms.readers.content import Content
from transforms.readers.curves import with_curves
from transforms.readers.plate import UNDETERMINED, WELLS, Format, Run, plate_rows
from transforms.readers.reader import Reader
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows
from transforms.readers.safe_xml import Node, parse_xml, root_tag
from transforms.readers.separators import require_point

_READER = "rdml/2"
_TITLE = "RDML"
_NAMED = Format(_TITLE, _READER, "tar", "cq", role_column="type")
_PLACES = Places(
    {
        "sample_id": Place("react/sample"),
        "replicate": Place("react"),
        "target_cq": Place("data/cq"),
        "control_cq": Place("data/cq"),
        "cq": Place("data/cq"),
        "tar": Place("data/tar"),
        "runDate": Place("run/runDate"),
    }
)
_NAMESPACE = "http://www.rdml.org"
_HEAD = 2000
# points of the curves, and people
_SKIPPED = ("adp", "mdp", "experimenter", "thermalCyclingConditions", "documentation")
_ROLES = {
    "unkn": "UNKNOWN",
    "std": "STANDARD",
    "ntc": "NTC",
    "nac": "NTC",
    "nrt": "NTC",
    "pos": "POSITIVE",
    "ntp": "OMITTED",
    "opt": "CONTROL",
}
_COUNTS = ("cop", "other", None)
_UUID = re.compile(r"^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")
_CYCLE = re.compile(rb"<(?:\w+:)?cyc>\s*([0-9]{1,3})\s*</")
_NO_CQ = 100.0
_USUAL_CYCLES = 40


def recognise(content: Content) -> bool:
    """Return whether a text, or an XML at the top of an archive, is RDML, by its namespace."""
    return _xml(content) is not None


def read(content: Content, assay: AssayNames | None, settings: ReaderSettings) -> TextRows:
    """Read a file.

    Args:
        content: the text or the parts of the archive.
        assay: the assay of the file's folder; without one the file waits.
        settings: names of control wells.

    Raises:
        FileRefusedError: NO_RESULTS_SECTION, SEPARATORS_CONTRADICT, FILE_DAMAGED or XML_FORBIDDEN.
    """
    # the tree of a large file is given back before the plate is made
    plate, run = _opened(_xml(content) or b"")
    rows = plate_rows(plate, run, assay, settings, _NAMED)
    return replace(rows, places=_PLACES)


def _opened(xml: bytes) -> tuple[pl.DataFrame, Run]:
    """Return the wells, and what the file says of its run."""
    root = parse_xml(xml, skip=_SKIPPED)
    runs = [(e, r) for e in root.all("experiment") for r in e.all("run")]
    wells = _reactions(root, runs)
    if wells.is_empty():
        raise FileRefusedError(
            "NO_RESULTS_SECTION", "the file holds no reactions; export it with the results"
        )
    require_point(wells, ("cq", "quantity"), "RDML")
    twice = wells.filter(pl.struct("well", "target").is_duplicated())
    if twice.height:
        raise FileRefusedError(
            "NO_RESULTS_SECTION",
            "a reaction of one target stands in the file twice; export each run into a file of its own",
            line=twice.item(0, "source_line"),
        )
    return with_curves(_with_undetermined(wells, xml)), _run(root, runs)


def _xml(content: Content) -> bytes | None:
    texts = [content.text] if content.text else []
    texts += [d for n, d in content.parts.items() if n.endswith(".xml") and "/" not in n]
    for text in texts:
        head = text[:_HEAD].decode("utf-8-sig", errors="ignore")
        if root_tag(head) == "rdml" and _NAMESPACE in head:
            return text
    return None


def _of(node: Node, path: str) -> str:
    """Return what an element refers to: its id, or its text in files that write that."""
    found = next(node.all(path), None)
    return "" if found is None else found.attributes.get("id") or found.text


def _reactions(root: Node, runs: list[tuple[Node, Node]]) -> pl.DataFrame:
    samples = {s.attributes.get("id", ""): s for s in root.all("sample")}
    rows = [
        (number, *row)
        for number, row in enumerate(
            (row for _, run in runs for row in _rows_of(run, samples)), start=1
        )
    ]
    schema = dict.fromkeys(WELLS, pl.String()) | {"source_line": pl.Int64()}
    names = ("source_line", "well", "sample", "target", "role", "cq", "quantity", "task")
    wells = pl.DataFrame(rows, schema={n: schema.get(n, pl.String()) for n in names}, orient="row")
    wells = wells.with_columns(
        pl.lit(None, dtype=pl.String).alias(c) for c in ("slope", "intercept", "r_squared")
    )
    # StepOne makes a sample of each name and target, so that target and control would never meet
    suffix = pl.concat_str(pl.lit("_"), "target")
    unknown = wells.filter(pl.col("role") == "UNKNOWN")
    if unknown.select(pl.col("sample").str.ends_with(suffix).all()).item() and unknown.height:
        wells = wells.with_columns(pl.col("sample").str.strip_suffix(suffix))
    return wells


def _rows_of(run: Node, samples: Mapping[str, Node]) -> Iterator[tuple[str | None, ...]]:
    for react in run.all("react"):
        sample_id = _of(react, "sample")
        sample = samples.get(sample_id)
        name = sample_id
        if sample is not None and _UUID.match(sample_id):
            name = sample.first_text("description") or sample_id
        for data in react.all("data"):
            target = _of(data, "tar")
            role, quantity, kind = "UNKNOWN", None, None
            if sample is not None:
                kind = _for_target(sample, "type", target)
                role = _ROLES.get(kind or "unkn", "ODD")
                if role == "STANDARD" and sample.first_text("quantity/unit") in _COUNTS:
                    quantity = sample.first_text("quantity/value")
            if (data.first_text("excl") or "false").lower() not in ("false", "0"):
                role = "OMITTED"
            yield (
                react.attributes.get("id"), name or None, target or None, role,
                data.first_text("cq"), quantity, kind,
            )  # fmt: skip


def _for_target(sample: Node, tag: str, target: str) -> str | None:
    """Return what a sample is, which newer files say for each target."""
    nodes = list(sample.all(tag))
    own = [n for n in nodes if n.attributes.get("targetId") == target]
    chosen = own or [n for n in nodes if "targetId" not in n.attributes] or nodes
    return chosen[0].text if chosen else None


def _with_undetermined(wells: pl.DataFrame, xml: bytes) -> pl.DataFrame:
    """Say which reactions gave no signal: an absent Cq, or one at or beyond the last cycle."""
    cycles = max((int(m.group(1)) for m in _CYCLE.finditer(xml)), default=_USUAL_CYCLES)
    cq = pl.col("cq").cast(pl.Float64, strict=False)
    is_none = (
        pl.col("cq").is_null() | (cq <= 0) | cq.is_nan() | (cq == cycles) | (cq >= _NO_CQ)
    ).fill_null(False)
    return wells.with_columns(
        pl.when(is_none).then(pl.lit(UNDETERMINED)).otherwise("cq").alias("cq")
    ).select("task", *(pl.col(c).cast(t) for c, t in WELLS.items()))


def _run(root: Node, runs: list[tuple[Node, Node]]) -> Run:
    names = dict.fromkeys(
        n.attributes.get("id", "") for experiment, run in runs for n in (experiment, run)
    )
    dates = {run.first_text("runDate") for _, run in runs}
    date = dates.pop() if len(dates) == 1 else None
    run = run_of(" ".join(n for n in names if n), {"runDate": date or ""}, ("runDate",))
    if date:
        return run
    # instruments call every run the same, so the day on which the file was begun tells them apart
    made = root.first_text("dateMade") or ""
    return Run(" ".join(x for x in (run.run_id, made) if x), findings=run.findings)


READER = Reader(
    _READER,
    _TITLE,
    "XML, plain or at the top of an archive, with the namespace `http://www.rdml.org`",
    False,
    recognise,
    read,
)
