"""The report says what the tables say; MRD_REPORT_OUT=FILE keeps the example to look at."""

import html
import os
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from flows import format_numbers as fmt
from flows.kinetics import lines_for
from flows.report import FOOTER, RuleSetLine, render_report
from flows.report_rules import guideline_lines
from schemas.tables import TABLES
from tests.support import default_rules

LINES = guideline_lines(default_rules())
LOAD = "20260304T081500Z-7f3a"
P210 = ("CML", "BCR::ABL1 p210", "RNA_RATIO_IS")
RECALLED = "The sensitivity of 10⁻⁵ was recalled, not read."
RULES = [
    RuleSetLine("imwg-2016", "IMWG criteria", "Kumar S 2016", "provisional", "MM", [RECALLED]),
    RuleSetLine("eln-cml-2020", "ELN recommendations", "Hochhaus A 2020", "primary", "CML", []),
]
DEMO = """
P-0001|CML|BCR::ABL1 p210|RNA_RATIO_IS|PB|qpcr-lab1|91|LOW_LEVEL|MR4.5|
0.62 0.08 0.011 0.0009 0.00011 ~3.2e-5 <=3e-5 <=1e-5 <=2.1e-5
P-0002|CML|BCR::ABL1 p210|RNA_RATIO_IS|PB|qpcr-lab1|91|POSITIVE||>0.55 0.3 0.12 x 0.04 0.02 ? 0.05
P-0003|CML|BCR::ABL1 p210|RNA_RATIO_IS|PB|qpcr-lab1|28|POSITIVE||0.0032 <=9e-5 0.0004 0.006
M-17|MM|LAIP|CELLS_TNC|BM|flow-ngf|180|LOW_LEVEL|MRD<1e-5|0.012 4.1e-5 ~5e-6 <=2e-6
C-5|CLL|IG/TR|GDNA_CELLS|PB|ngs-igh|91|POSITIVE||0.3 3e-3 4e-5 <=1e-6
C-5|CLL|IG/TR|CELLS_LEUKOCYTE|PB|flow-eric|91|POSITIVE|uMRD4|0.21 6e-3 <=1e-4 <=4e-5
A-9|AML|NPM1|RNA_RATIO|BM|npm1-rq|61|POSITIVE||4.1 0.02 0.0006 <=2e-5 0.0011
A-11|AML|DNMT3A c.2645G>A|VAF|PB|panel-54|61|POSITIVE||0.43 0.02 ?
B-3|B_ALL|LAIP|CELLS_CD45|BM|flow-8c|20|POSITIVE|MRD<1e-4|0.002 <=8e-5
"""


def frame(table: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Return typed rows of a table; columns not given are null."""
    schema = TABLES[table].polars_schema
    return pl.DataFrame([{c: r.get(c) for c in schema} for r in rows], schema=schema, orient="row")


class Case:
    """Rows of a snapshot, collected step by step."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}

    def add(self, table: str, **row: Any) -> "Case":
        self.rows[table].append({"load_id": LOAD, **row})
        return self

    def file(self, name: str, outcome: str = "LOADED", read: int = 10, **more: Any) -> "Case":
        counts = {"rows_read": read, "rows_accepted": read, "rows_rejected": 0, "rows_ignored": 0}
        row = {"sha256": "ab" * 32, "reader": "canonical/1", "format": "pcr_measurements"}
        return self.add("source_files", name=name, outcome=outcome, **(row | counts | more))

    def problem(self, name: str, line: int | None, *rest: str) -> "Case":
        names = ("severity", "code", "message", "column", "value")
        row = dict(zip(names, rest, strict=False))
        return self.add("findings", source_name=name, source_line=line, **row)

    def course(
        self, patient: str, disease: str, marker: str, basis: str, points: str, **more: Any
    ) -> "Case":
        """Add results: `0.1` level, `<=1e-4` not detected, `~1e-4` below LOQ, `>0.5`, `x`, `?`."""
        start, step = more.pop("start", date(2023, 1, 9)), more.pop("step", 91)
        status, depth = more.pop("status", "POSITIVE"), more.pop("depth", None)
        for i, text in enumerate(points.split()):
            number = float(text.lstrip("<=~>")) if text[-1].isdigit() else None
            finding = {"<": "NOT_DETECTED", "x": "NOT_EVALUABLE"}.get(text[0], "DETECTED")
            censor = {"<": "LEFT", "~": "INTERVAL", ">": "RIGHT"}.get(text[0], "NONE")
            said = {"NOT_DETECTED": "NEGATIVE", "NOT_EVALUABLE": "NOT_EVALUABLE"}
            row = {
                "sample_id": f"{patient}-{i + 1}", "patient_id": patient, "disease": disease,
                "collected_on": start + timedelta(days=step * i), "assay_id": "qpcr-lab1",
                "tissue": "PB", "marker": marker, "basis": basis, "finding": finding,
                "censor": censor, "level_fraction": number if censor == "NONE" else None,
                "estimate_fraction": number if censor == "RIGHT" else None,
                "upper_fraction": None if censor == "RIGHT" else number,
                "lod_fraction": number / 3 if censor == "INTERVAL" and number else None,
                "status": said.get(finding, status), "molecular_remission": "RESPONSE",
                "depth": depth if i == len(points.split()) - 1 else None, **more,
            }  # fmt: skip
            self.add("assay_results", **row).add("mrd_status", **row)
            self.add("sample_remission", **row)
        last = {"best_depth": depth, "best_depth_on": start, "n_samples": len(points.split())}
        return self.add("patient_summary", patient_id=patient, disease=disease, **last)

    def render(self, patients: list[str] | None = None, **load: Any) -> str:
        time = datetime(2026, 3, 4, 8, 15, tzinfo=UTC)
        if load:
            self.add("loads", kind="LOAD", started_at=time, finished_at=time, rulesets=[], **load)
        return render_report(
            LOAD, {n: frame(n, r) for n, r in self.rows.items()}, RULES, patients, LINES
        )


def text_of(page: str) -> str:
    """Return what a reader sees, with plain spaces."""
    seen = re.sub(r"<(style|desc|title)\b.*?</\1>", "", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub("<[^>]*>", " ", seen))).strip()


def y_of(page: str, kind: str) -> list[float]:
    found = re.findall(rf'<g class="p {kind}" transform="translate\([\d.]+ ([\d.]+)\)"', page)
    return [float(y) for y in found]


def line_y(page: str, name: str) -> float:
    found = re.search(rf'class="l" d="M\S+ ([\d.]+)H\S+/><text [^>]*>{re.escape(name)}<', page)
    assert found
    return float(found[1])


@pytest.fixture(scope="module")
def full() -> str:
    case = Case()
    for i in range(24):
        case.file(f"qpcr-lab1/plate{i + 1}.csv", read=1180, rows_accepted=1160, rows_ignored=20)
    case.file("flow/mm.csv", read=111, rows_accepted=108, rows_rejected=3)
    case.file("lims/old export.csv", "REJECTED", 0, reason="FILE_NOT_RECOGNISED", format=None)
    case.file("ngs/run8.csv", "DUPLICATE", 0)
    why = "The header `Probe;Wert` matches no format."
    case.problem("lims/old export.csv", None, "REJECTED", "FILE_NOT_RECOGNISED", why)
    why = "`1,234` could be 1.234 or 1234: write it without separator."
    for line in (4, 9, 17):
        case.problem("flow/mm.csv", line, "REJECTED", "AMBIGUOUS_NUMBER", why, "tube", "1,234")
    why = "No conversion factor of qpcr-lab1 is in force on 2026-02-28."
    case.problem("qpcr-lab1/plate3.csv", 44, "REVIEW", "NO_CONVERSION_FACTOR", why)
    case.problem("qpcr-lab1/plate3.csv", None, "NOTE", "EXTRA_COLUMN", "`operator` left out.")
    for text in DEMO.replace("|\n", "|").split("\n")[1:-1]:
        who, disease, marker, basis, tissue, assay, step, status, depth, points = text.split("|")
        more = {"tissue": tissue, "assay_id": assay, "status": status, "depth": depth or None}
        case.course(who, disease, marker, basis, points, step=int(step), **more)
    changed = date(2024, 3, 1)
    row = {"patient_id": "P-0001", "therapy": "TKI", "is_current": True}
    begun = date(2022, 12, 20)
    case.add("treatments", agent="imatinib", started_on=begun, stopped_on=changed, **row)
    case.add("treatments", agent="dasatinib", **row, started_on=changed + timedelta(days=1))
    counts = {"rows_read": 28431, "rows_accepted": 27948, "rows_rejected": 3, "rows_ignored": 480}
    page = case.render(None, files=27, rows_pending=31, **counts)
    if "MRD_REPORT_OUT" in os.environ:
        Path(os.environ["MRD_REPORT_OUT"]).write_text(page, encoding="utf-8")
    return page


def test_header_counts_and_footer(full: str) -> None:
    said = text_of(full)
    assert "27 files: 25 loaded, 1 refused, 1 given before." in said
    assert "Rows read 28 431 = 27 948 accepted + 3 rejected + 480 ignored." in said
    assert "31 accepted rows wait" in said and "do not add up" not in said
    assert "3 rows rejected, 1 finding to review and 1 file refused." in said
    assert "2026-03-04 08:15 UTC" in said and LOAD in said
    assert said.endswith(FOOTER)
    assert said.count(RECALLED) == 1 and "Hochhaus A 2020" in said


def test_page_is_self_contained_and_balanced(full: str) -> None:
    outside = r"(src|href|srcset|action)\s*=|url\(|@import|<script|<link|https?://"
    assert not re.search(outside, full)
    assert "default-src 'none'" in full
    for tag in ("table", "tbody", "tr", "section", "details", "figure", "svg", "g", "span"):
        opened, closed = re.findall(rf"<{tag}[ >]", full), re.findall(rf"</{tag}>", full)
        assert len(opened) == len(closed), tag


def test_refused_file_is_told_once_and_counts_must_add_up(full: str) -> None:
    assert text_of(full).count("The header `Probe;Wert` matches no format.") == 1
    bare = Case().file("a.csv", "REJECTED", 0, reason="FILE_EMPTY").render()
    assert "The file holds no data row. Export the file again." in text_of(bare)
    assert "Nothing was rejected" not in bare
    page = Case().render(files=1, rows_read=10, rows_accepted=8, rows_rejected=1, rows_ignored=0)
    assert "These counts do not add up." in page


def test_empty_load_reads_well() -> None:
    said = text_of(render_report(LOAD, {}, []))
    assert "Nothing was rejected. Nothing is marked for review." in said
    assert "No file was read." in said and "No rule set was active." in said
    assert "The warehouse holds no classified result yet." in said
    assert "No patient has two samples with results of one marker yet." in said
    case = Case().problem("a.csv", 3, "REVIEW", "CONTROL_FAILED", "A control gave a signal.")
    said = text_of(case.render())
    assert "Nothing was rejected." in said and "Nothing is marked for review" not in said
    assert "A control gave a signal." in said


def test_other_loads_are_left_out() -> None:
    case = Case().file("mine.csv")
    case.file("theirs.csv").rows["source_files"][-1]["load_id"] = "other"
    case.problem("theirs.csv", 1, "REJECTED", "NOT_A_NUMBER", "theirs")
    case.rows["findings"][-1]["load_id"] = "other"
    page = case.render()
    assert "mine.csv" in page and "theirs" not in page and "1 file: 1 loaded." in page


@pytest.mark.parametrize(
    "evil", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</title></svg>&amp;'"]
)
def test_nothing_from_outside_becomes_markup(evil: str) -> None:
    case = Case().course(evil, "MM", evil, "CELLS_TNC", "0.1 <=1e-5", assay_id=evil).file(evil)
    case.problem(evil, 2, "REJECTED", *[evil] * 4).problem(evil, None, "NOTE", evil, evil)
    case.file(evil + "2", "REJECTED", reason=evil).problem(evil + "2", None, "REJECTED", evil, evil)
    case.add("treatments", patient_id=evil, therapy="TKI", agent=evil, started_on=date(2023, 1, 1))
    rule = RuleSetLine(evil, evil, evil, "provisional", "MM", [evil])
    page = render_report(LOAD, {n: frame(n, r) for n, r in case.rows.items()}, [rule])
    plain = render_report(LOAD, {}, [])
    assert evil not in page and text_of(page).count(evil) > 10
    assert "<script" not in page and "<img" not in page
    assert page.count("</title>") > plain.count("</title>") == 1


def test_attention_is_capped_rejected_first() -> None:
    case = Case().file("a.csv", read=300, rows_accepted=70, rows_rejected=230)
    for line in range(1, 231):
        case.problem("b.csv", line, "REJECTED", "NOT_A_NUMBER", f"bad {line}.")
    case.problem("a.csv", 1, "REVIEW", "CONTROL_FAILED", "look here.")
    page = case.render()
    assert page.count('class="tag REJECTED"') == 200 and "look here." not in page
    assert "200 of 230 shown" in text_of(page)
    assert "31 more rows are in the table findings ." in text_of(page)


def test_statuses_and_depths_are_counted_in_words(full: str) -> None:
    said = text_of(full)
    assert "43 results of 39 samples" in said
    assert "CML 21 4 6 10 0 1 0" in said  # all, then the six statuses in their order
    assert "MR4.5 1" in said and "uMRD4 1" in said and "no depth 20" in said
    shares = re.findall(r'class="status-\d" style="width:([\d.]+)%', full)
    assert sum(map(float, shares)) == pytest.approx(500, abs=0.1)  # five diseases


def test_points_lie_at_their_level_or_their_own_bound() -> None:
    page = Case().course("P", *P210, "0.01 ~1e-4 <=1e-5 <=3.2e-5 >0.1 x ?").render()
    assert y_of(page, "level") == [line_y(page, "MR2")]
    assert y_of(page, "below") == [line_y(page, "MR4")]
    assert y_of(page, "not_detected") == [line_y(page, "MR5"), line_y(page, "MR4.5")]
    assert y_of(page, "above") == [line_y(page, "MR1")]
    assert y_of(page, "not_evaluable") == y_of(page, "no_level") == [213.0]  # the lane, no level
    filled = re.findall(r'class="p (\w+)"[^>]*><title>[^<]*</title><\w+ [^>]*fill="#0b5c7a"', page)
    assert filled == ["level"]  # every other shape is open


def test_only_measured_levels_are_joined() -> None:
    joined = {"0.1 0.01 0.001": (2, 0), "0.1 <=1e-5 0.001": (0, 2), "0.1 x 0.001": (1, 0)}
    for points, expected in (joined | {"0.1 ? 0.001": (0, 1), ">0.5 0.1": (0, 1)}).items():
        page = Case().course("P", *P210, points).render()  # the legend has one of each
        found = (page.count('class="solid"') - 1, page.count('class="dash"') - 1)
        assert found == expected, points


def test_bases_and_tissues_are_never_joined_and_axes_never_share_a_chart() -> None:
    case = Case()
    for key in ("CELLS_TNC BM", "CELLS_CD45 BM", "CELLS_CD45 PB", "VAF BM"):
        basis, tissue = key.split()
        case.course(key, "AML", "X", basis, "0.1 0.01", tissue=tissue, patient_id="P")
    charts = case.render().split('class="charts"')[1]
    assert charts.count("<figure>") == 2 and charts.count('class="solid"') == 4
    assert charts.count("qpcr-lab1, of CD45+ cells, marrow</span>") == 1


def test_charts_follow_patients_and_cap() -> None:
    case = Case().course("ONE", *P210, "0.1")
    for i in range(203):
        case.course(f"P{i:03}", *P210, "0.1 0.01", start=date(2020, 1, 1) + timedelta(days=i))
    page = case.render()
    assert page.count("<figure>") == 200 and "3 more are not drawn" in page
    assert "P203" not in page and "<b>P002</b>" not in page and "<b>P003</b>" in page
    few = case.render(["P007", "ONE"])
    assert few.count("<figure>") == 1 and "202 of patients that this load did not touch" in few


def test_chart_speaks_to_screen_readers_and_shows_tki(full: str) -> None:
    assert '<title id="t0">P-0001, CML, BCR::ABL1 p210</title><desc id="d0">9 results: ' in full
    assert "not detected, limit 0.001\u202f% (negative)" in full
    assert "TKI imatinib from 2022-12-20 to 2024-03-01" in full
    assert "TKI dasatinib from 2024-03-02 on" in full
    assert "Last: negative, MR4.5" in text_of(full)
    ids = re.findall(r' id="(\w+)"', full)
    assert len(ids) == len(set(ids))


def test_lines_go_by_disease_marker_and_axis() -> None:
    def names(disease: str, marker: str, axis: str) -> list[str]:
        return [n.name for n in lines_for(disease, marker, axis, LINES)]

    assert names("PH_ALL", "BCR::ABL1 p210", "RNA_RATIO_IS")[-2:] == ["MR4.5", "MR5"]
    assert names("PH_ALL", "BCR::ABL1 p190", "RNA_RATIO") == names("AML", "X", "VAF") == []
    assert names("MM", "LAIP", "CELLS") == ["MRD<1e-4", "MRD<1e-5", "MRD<1e-6"]
    assert names("CLL", "IG/TR", "CELLS") == ["uMRD4", "uMRD5", "uMRD6"]
    assert names("B_ALL", "IG/TR", "CELLS") == ["MRD<1e-4", "MRD<1e-5", "MRD<1e-6"]


def test_numbers_for_people() -> None:
    assert fmt.whole(28431) == "28\u202f431" and fmt.whole(None) == "–"
    assert fmt.percent(0.000032) == "0.0032\u202f%" and fmt.percent(41) == "4100\u202f%"
    assert [fmt.scientific(x) for x in (4e-5, 9.96e-5, 1.0)] == ["4.0 × 10⁻⁵", "9.96 × 10⁻⁵", "1.0"]
    assert fmt.depth_name("MRD<1e-6") == "MRD <10⁻⁶" and fmt.words("NOT_A") == "not a"
