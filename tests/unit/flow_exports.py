"""Exports of cytometry programs, as look-alikes with invented names."""

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import quoteattr

Tree = Mapping[str, tuple[int | None, "Tree"]]
"""Gates inside a gate: name to count and what is inside."""

LIVE = "Scatter/Live"
TREE: Tree = {"Scatter": (900, {"Live": (800, {"CD19+": (700, {"LAIP": (7, {}), "CD10+": (70, {})})})})}  # fmt: skip


def table(
    columns: Sequence[str], rows: Mapping[str, str], *, ends: str = ",", separator: str = ","
) -> str:
    """Write a FlowJo table; a row is its cells, parted by blanks, `_` for an empty one."""
    head = separator.join(["", *(f'"{c}"' if separator in c else c for c in columns)])
    lines = [head + ends]
    for name, cells in rows.items():
        written = ["" if c == "_" else c for c in cells.split()] or [""] * len(columns)
        lines.append(separator.join([name, *written]) + ends)
    return "\n".join(lines)


def _populations(tree: Tree) -> str:
    if not tree:
        return ""
    inside = ""
    for name, (count, below) in tree.items():
        tag = "NotNode" if name.startswith("not ") else "Population"
        written = "" if count is None else f' count="{count}"'
        gate = '<Gate gating:id="G1"><gating:vertex><Population name="drawn" count="5"/></gating:vertex></Gate>'
        inside += f"<{tag} name={quoteattr(name)}{written} >\n{gate}{_populations(below)}</{tag}>\n"
    statistic = '<Statistic name="Count" value="1" />'
    return f"<Subpopulations>\n{statistic}{inside}</Subpopulations>\n"


def workspace(samples: Sequence[tuple[str, int, Tree]], *, lines: bool = True) -> str:
    """Write a FlowJo workspace."""
    nodes = "".join(
        f'<Sample>\n<DataSet uri="file:/C:/Users/login/{name}" sampleID="{n}" />\n'
        f'<SampleNode name="{name}" count="{count}" sampleID="{n}" >\n{_populations(tree)}</SampleNode>\n</Sample>\n'
        for n, (name, count, tree) in enumerate(samples, 1)
    )
    group = f'<Groups><GroupNode name="All Samples" count="-1">{_populations({"LAIP": (99, {})})}</GroupNode></Groups>\n'
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n <Workspace version="20.0" '
        'modDate="Fri Jun 12 02:22:21 EDT 2020" flowJoVersion="10.9.1" xmlns:gating="http://x" '
        f'nonAutoSaveFileName="file:/C:/Users/login/a.wsp" >\n{group}<SampleList>\n{nodes}</SampleList>\n</Workspace>\n'
    )
    return text if lines else text.replace("\n", " ").replace(" <Work", "<Work")


def experiment(
    specimens: Mapping[str, Mapping[str, Mapping[str, int]]],
    *,
    date: str | None = "2024-05-16T13:53:21",
) -> str:
    r"""Write a FACSDiva experiment; a tube is its gates, paths with `\`, and their events."""
    template = (
        "<acquisition_worksheets><worksheet_template><gates>"
        '<gate fullname="All Events"><num_events>12947</num_events></gate></gates></worksheet_template></acquisition_worksheets>'
    )
    drawing = '<worksheet_config><plot><gate name="All Events\\P1"/></plot></worksheet_config>'
    body = ""
    for specimen, tubes in specimens.items():
        body += f"<specimen name={quoteattr(specimen)}>\n"
        for tube, gates in tubes.items():
            written = "".join(
                f'<gate fullname={quoteattr(path)} type="Region_Classifier"><name>x</name>\n'
                f"<num_events>{events}</num_events><region><gate/></region></gate>\n"
                for path, events in gates.items()
            )
            inside = f"<gates>\n{written}</gates>" if gates else ""
            body += f"<tube name={quoteattr(tube)}>\n<date>2024-05-16T14:00:00</date><record_user>login</record_user>{inside}</tube>\n"
        body += "</specimen>\n"
    dated = "" if date is None else f"<date>{date}</date>"
    return (
        "<?xml version='1.0' encoding='UTF-8'?>\n<bdfacs version=\"Version 8.0.2\">\n"
        f'<experiment name="MRD week 20">\n{dated}<owner_name>login</owner_name>\n{drawing}{template}\n{body}</experiment>\n</bdfacs>\n'
    )


def fcs(version: str = "FCS3.1", *, by_header: int = 300, by_text: int = 300) -> bytes:
    """Write an FCS file of a few events."""
    text = f"/$BEGINANALYSIS/0/$BEGINDATA/{by_text}/$TOT/2/$P1N/A/patient id/nobody/".encode()
    header = f"{version:<10}{58:>8}{58 + len(text) - 1:>8}{by_header:>8}{307:>8}{0:>8}{0:>8}"
    return (header.encode() + text).ljust(300) + b"\x00\x01\xff\xfe" * 2
