"""FlowJo workspace, .wsp (`formats.md` §6): exact event counts of every gate of every sample."""

from collections.abc import Iterator

import polars as pl

from transforms.places import Place
from transforms.problems import FileRefusedError
from transforms.readers.content import Content
from transforms.readers.gates import GATES, TUBES, Measured, gate_rows, path_of, sample_of_fcs_name
from transforms.readers.reader import Reader
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows
from transforms.readers.safe_xml import Node, parse_xml, root_tag
from transforms.readers.separators import require_point

_READER = "flowjo-workspace/1"
_TITLE = "FlowJo workspace"
_ROOT = "All Events"
_POPULATIONS = ("Population", "NotNode", "AndNode", "OrNode")
# large, and never looked at; `Groups` holds counts of template gates that belong to no sample
_SKIPPED = ("Gate", "Graph", "Groups", "Keywords", "LayoutEditor", "Matrices", "TableEditor", "Transformations")  # fmt: skip


def recognise(content: Content) -> bool:
    """Return whether a text is a workspace of FlowJo."""
    return root_tag(content.head) == "Workspace" and "flowJoVersion" in content.head


def read(content: Content, assay: AssayNames | None, settings: ReaderSettings) -> TextRows:
    """Read a workspace.

    Args:
        content: the text.
        assay: the assay of the file's folder; without one the file waits.
        settings: names of control samples.

    Raises:
        FileRefusedError: NO_RESULTS_SECTION without samples, SEPARATORS_CONTRADICT, FILE_DAMAGED or
            XML_FORBIDDEN.
    """
    workspace = parse_xml(content.text, skip=_SKIPPED)
    samples = list(workspace.all("SampleList/Sample/SampleNode"))
    if not samples:
        raise FileRefusedError(
            "NO_RESULTS_SECTION",
            "the workspace has no samples; save it with the gated samples in it",
        )
    gates = [
        (number, path_of(path), node.attributes.get("count"), node.line)
        for number, sample in enumerate(samples)
        for path, node in _gates(sample)
    ]
    tubes = pl.DataFrame(
        {
            "tube_no": range(len(samples)),
            "source_line": [s.line for s in samples],
            "sample": [s.attributes.get("name") for s in samples],
        }
    ).with_columns(
        sample_of_fcs_name("sample").alias("sample"),
        pl.lit(None, dtype=pl.String).alias("tube"),
        pl.lit(False).alias("is_summary"),
    )
    tubes = tubes.select(pl.col(c).cast(t) for c, t in TUBES.items())
    counted = pl.DataFrame(gates, schema=GATES, orient="row").filter(pl.col("events").is_not_null())
    require_point(counted.join(tubes, on="tube_no", maintain_order="left"), ("events",), "XML")
    return gate_rows(
        tubes,
        counted,
        Measured(
            _TITLE,
            _READER,
            run_id=workspace.attributes.get("modDate", "").strip(),
            places={"sample_id": Place("SampleNode name")},
        ),
        assay,
        settings,
    )


def _gates(sample: Node) -> Iterator[tuple[list[str], Node]]:
    """Return path and node of each gate of a sample; of a sample without a gate nothing, not even its events."""
    inside = list(_populations(sample, []))
    if inside:
        yield [_ROOT], sample
        yield from inside


def _populations(node: Node, above: list[str]) -> Iterator[tuple[list[str], Node]]:
    for group in node.all("Subpopulations"):
        for child in group.children:
            if child.tag in _POPULATIONS:
                path = [*above, child.attributes.get("name", "").strip()]
                yield path, child
                yield from _populations(child, path)


READER = Reader(
    _READER,
    _TITLE,
    "XML whose root is `<Workspace` with `flowJoVersion`",
    False,
    recognise,
    read,
    may_quote=False,
    modality="FLOW",
)
