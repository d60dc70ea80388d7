"""The report of a load: one HTML page that needs nothing but itself.

It only shows what the tables say. Names, values and file names come from outside and are escaped
by the template; the page allows no script.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import polars as pl
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from flows import format_numbers as fmt
from flows import kinetics, report_course
from schemas import enums as e
from schemas.findings import FINDING_CODES
from schemas.tables import TABLES
from transforms.explain_kits import recalled_kit_numbers

ROW_CAP = 200
CHART_CAP = 200
FILE_CAP = 500
FOOTER = (
    "A finding of an assay is not yet a remission, and remission is not cure: each statement "
    "holds to the level and for the sample stated."
)
_OUTCOMES = {
    "LOADED": "loaded",
    "REJECTED": "refused",
    "DUPLICATE": "given before",
    "PENDING": "waiting",
}
_COURSE = ["patient_id", "disease", "marker", "axis"]
_DEPTHS = [*reversed(e.Depth), None]
_DISEASES = {d.value: i for i, d in enumerate(e.Disease)}


@dataclass(frozen=True)
class RuleSetLine:
    """One rule set as the report names it.

    Attributes:
        id: id of the rule set.
        title: its title.
        citation: where it was published.
        evidence: `primary` or `provisional`.
        disease: disease that it was active for.
        provisional: sentences that name numbers not checked against the source.
    """

    id: str
    title: str
    citation: str
    evidence: str
    disease: str
    provisional: list[str]


@cache
def _template() -> Template:
    """Return the template of the page, compiled once: that takes longer than to fill it for a small load."""
    pages = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters |= {
        f.__name__: f for f in (fmt.whole, fmt.moment, fmt.short, fmt.disease_name, fmt.event_name)
    }
    return pages.get_template("report.html.j2")


def render_report(
    load_id: str,
    tables: Mapping[str, pl.DataFrame],
    rulesets: Sequence[RuleSetLine],
    patients: Collection[str] | None = None,
    lines: Sequence[kinetics.LevelLine] = (),
    recomputed_because: str | None = None,
) -> str:
    """Return the report of one load as a self-contained HTML page.

    Args:
        load_id: load that the report is about.
        tables: frames of the snapshot by table name; a missing one counts as empty.
        rulesets: active rule sets.
        patients: patients whose courses are drawn; None draws every patient.
        lines: guideline levels drawn across the courses.
        recomputed_because: why every patient was recomputed, or None.
    """
    frames = {n: _plain(tables[n] if n in tables else t.empty()) for n, t in TABLES.items()}
    mine = pl.col("load_id") == load_id
    files = frames["source_files"].filter(mine)
    findings = frames["findings"].filter(mine)
    loads = frames["loads"].filter(mine).to_dicts()
    status = frames["mrd_status"]
    head = _head(loads[0] if loads else {}, files)
    charts, courses = _charts(frames, patients, lines)
    return _template().render(
        load_id=load_id,
        footer=FOOTER,
        head=head,
        recomputed_because=recomputed_because,
        attention=_attention(findings, files, head),
        notes=_capped(findings.filter(pl.col("severity") == "NOTE").sort("source_name", "code")),
        files=_capped(files.filter(pl.col("outcome") != "DUPLICATE").sort("name"), FILE_CAP),
        repeated=_capped(files.filter(pl.col("outcome") == "DUPLICATE").sort("name")),
        outcomes=_OUTCOMES,
        n_results=fmt.counted(status.height, "result"),
        n_samples=fmt.counted(status["sample_id"].n_unique(), "sample"),
        status_names=[(s, fmt.words(s)) for s in e.Status],
        statuses=fmt.bars(status, "status", {s: fmt.words(s) for s in e.Status}),
        depths=fmt.bars(status, "depth", {d: fmt.depth_name(d) for d in _DEPTHS}),
        remissions=fmt.bars(
            frames["sample_remission"],
            "molecular_remission",
            {r: fmt.words(r) for r in e.MolecularRemission},
        ),
        events=_capped(report_course.grave_events(frames, patients)),
        event_words=report_course.in_words,
        overdue=_capped(report_course.overdue(frames, head["started"] and head["started"].date())),
        charts=charts,
        courses=courses,
        legend=kinetics.LEGEND,
        rulesets=sorted(rulesets, key=lambda r: (_DISEASES.get(r.disease, -1), r.id)),
        provisional=[
            *((r.id, s) for r in {r.id: r for r in rulesets}.values() for s in r.provisional),
            *recalled_kit_numbers(frames["assays"], frames["assay_results"]["assay_id"].unique()),
        ],
    )


def _plain(frame: pl.DataFrame) -> pl.DataFrame:
    """Return enums as text, so that frames of any origin compare alike."""
    return frame.with_columns(pl.col(pl.Enum, pl.Categorical).cast(pl.String))


def _capped(frame: pl.DataFrame, cap: int = ROW_CAP) -> dict[str, Any]:
    """Return the first rows, how many there are, and how many are left out."""
    left = max(frame.height - cap, 0)
    return {"rows": frame.head(cap).to_dicts(), "count": frame.height, "left": left}


def _head(load: dict[str, Any], files: pl.DataFrame) -> dict[str, Any]:
    """Return the counts of the load in words, and whether they add up."""
    by_outcome = {r["outcome"]: r["len"] for r in files.group_by("outcome").len().to_dicts()}
    kinds = [f"{fmt.whole(by_outcome[o])} {w}" for o, w in _OUTCOMES.items() if o in by_outcome]
    rows = {
        c: load.get(c) if load.get(c) is not None else int(files[c].sum())
        for c in ("rows_read", "rows_accepted", "rows_rejected", "rows_ignored")
    }
    read, *parts = rows.values()
    return {
        "kind": load.get("kind", "LOAD"),
        "started": load.get("started_at"),
        "finished": load.get("finished_at"),
        "code_version": load.get("code_version"),
        "files": f"{fmt.counted(files.height, 'file')}: {', '.join(kinds)}." if kinds else "",
        "pending": load.get("rows_pending") or 0,
        "adds_up": read == sum(p or 0 for p in parts),
        "refused": by_outcome.get("REJECTED", 0),
        **rows,
    }


def _attention(findings: pl.DataFrame, files: pl.DataFrame, head: dict[str, Any]) -> dict[str, Any]:
    """Return refused files with their reasons, and rejected and review findings by file."""
    refused = files.filter(pl.col("outcome") == "REJECTED").sort("name")
    of_file = (pl.col("severity") == "REJECTED") & pl.col("source_line").is_null()
    why = findings.filter(of_file).group_by("source_name").agg("message")
    refused = refused.join(why, left_on="name", right_on="source_name", how="left")
    told = of_file & pl.col("source_name").is_in(refused["name"].implode())
    rows = findings.filter(pl.col("severity").is_in(["REJECTED", "REVIEW"]) & ~told).with_columns(
        is_first=(pl.col("severity") == "REJECTED").any().over("source_name"),
        in_file=pl.len().over("source_name"),
    )
    rows = rows.sort(
        "is_first",
        "source_name",
        "severity",
        "source_line",
        "code",
        descending=[True] + [False] * 4,
    )
    capped = _capped(rows)
    review = rows.filter(pl.col("severity") == "REVIEW").height
    rejected = rows.height - review
    groups = [(n, list(g)) for n, g in groupby(capped.pop("rows"), lambda r: r["source_name"])]
    parts = [
        fmt.counted(head["rows_rejected"], "row") + " rejected" if head["rows_rejected"] else "",
        fmt.counted(review, "finding") + " to review" if review else "",
        fmt.counted(refused.height, "file") + " refused" if refused.height else "",
    ]
    return {
        "groups": groups,
        "refused": _capped(refused),
        "codes": FINDING_CODES,
        "summary": fmt.listed([p for p in parts if p]),
        "nothing_rejected": not (head["rows_rejected"] or rejected or refused.height),
        "nothing_to_review": not review,
        **capped,
    }


def _results(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return results with their axis and status, what kind of point each is, and where it lies."""
    level, upper = pl.col("level_fraction"), pl.col("upper_fraction")
    above = pl.coalesce("level_fraction", "estimate_fraction", "ci_low_fraction")
    is_cells = pl.col("basis").str.starts_with("CELLS") | (pl.col("basis") == "GDNA_CELLS")
    finding, censor = pl.col("finding"), pl.col("censor")
    kind = (
        pl.when(finding == "NOT_EVALUABLE").then(pl.lit("not_evaluable"))
        .when((finding == "NOT_DETECTED") & (upper > 0)).then(pl.lit("not_detected"))
        .when(finding == "NOT_DETECTED").then(pl.lit("no_limit"))
        .when((censor == "RIGHT") & (above > 0)).then(pl.lit("above"))
        .when((censor == "NONE") & (level > 0)).then(pl.lit("level"))
        .when((censor != "RIGHT") & (upper > 0)).then(pl.lit("below"))
        .otherwise(pl.lit("no_level"))
    )  # fmt: skip
    at = (
        pl.when(pl.col("kind").is_in(["below", "not_detected"])).then(upper)
        .when(pl.col("kind") == "level").then(level)
        .when(pl.col("kind") == "above").then(above)
    )  # fmt: skip
    has_stem = (pl.col("kind") == "below") & (censor == "INTERVAL")
    key = ["sample_id", "assay_id", "marker"]
    return (
        frames["assay_results"]
        .with_columns(axis=pl.when(is_cells).then(pl.lit("CELLS")).otherwise("basis"), kind=kind)
        .with_columns(at=at, low=pl.when(has_stem).then("lod_fraction"))
        .join(frames["mrd_status"].select(*key, "status", "depth"), on=key, how="left")
    )


def _charts(
    frames: Mapping[str, pl.DataFrame],
    patients: Collection[str] | None,
    lines: Sequence[kinetics.LevelLine],
) -> tuple[list[kinetics.Chart], str]:
    """Return the charts to draw, and in words how many there are and which are left out."""
    results = _results(frames)
    all_courses = (
        results.group_by(_COURSE)
        .agg(n=pl.col("sample_id").n_unique(), last_on=pl.col("collected_on").max())
        .filter(pl.col("n") >= 2)
    )
    asked = all_courses
    if patients is not None:
        asked = all_courses.filter(pl.col("patient_id").is_in(list(patients)))
    rank = pl.col("disease").cast(pl.Enum([d.value for d in e.Disease]))
    drawn = asked.sort("last_on", *_COURSE, descending=[True] + [False] * 4).head(CHART_CAP)
    drawn = drawn.sort(rank, *_COURSE).with_row_index("number")
    rows = results.join(drawn, on=_COURSE).sort("number", "collected_on", "sample_id", "assay_id")
    mine = pl.col("patient_id").is_in(drawn["patient_id"].unique().implode())
    summaries = {r["patient_id"]: r for r in frames["patient_summary"].filter(mine).to_dicts()}
    tki = frames["treatments"].filter(
        mine, pl.col("therapy") == "TKI", pl.col("is_current").fill_null(True)
    )
    spans = tki.sort("started_on").partition_by("patient_id", as_dict=True)
    charts = []
    for _, group in groupby(rows.to_dicts(), lambda r: r["number"]):
        some = list(group)
        patient = some[0]["patient_id"]
        mine_spans = spans[(patient,)].to_dicts() if (patient,) in spans else []
        charts.append(kinetics.chart(some, summaries.get(patient), mine_spans, lines))
    return charts, fmt.courses_said(drawn.height, asked.height, all_courses.height)
