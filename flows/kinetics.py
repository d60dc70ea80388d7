"""Course of one marker in one patient as a small SVG: what was measured, what was only bounded.

A level that was measured is a filled point. Everything else is an open shape at the sample's own
bound, and a line is solid only between two measured levels of one assay and series.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from markupsafe import Markup

from flows import format_numbers as fmt

WIDTH, HEIGHT = 380, 244
LEFT, RIGHT, TOP, BOTTOM = 54.0, 326.0, 26.0, 202.0
LANE = 213.0
"""Height of the lane for samples without any level, on the bottom axis."""

COLOURS = ("#0b5c7a", "#a8480f", "#6b4c9a", "#2f6f3a")
_RANGES = {"RNA_RATIO_IS": (-5.5, 0), "RNA_RATIO": (-5.5, 0), "CELLS": (-6.5, 0), "VAF": (-5.5, 0)}

_SHAPES = {
    "level": Markup('<circle r="3.6" fill="{c}" stroke="#fff" stroke-width=".8"/>'),
    "below": Markup('<circle r="3.8" fill="#fff" stroke="{c}" stroke-width="1.5"/>'),
    "not_detected": Markup(
        '<path d="M-4.8 0H4.8L0 7.6Z" fill="#fff" stroke="{c}" stroke-width="1.5"/>'
    ),
    "above": Markup('<path d="M-4.8 0H4.8L0 -7.6Z" fill="#fff" stroke="{c}" stroke-width="1.5"/>'),
    "not_evaluable": Markup(
        '<path d="M-3.6 -3.6L3.6 3.6M-3.6 3.6L3.6 -3.6" stroke="{c}" stroke-width="1.6"/>'
    ),
    "no_level": Markup(
        '<path d="M0 -4.4L4.4 0L0 4.4L-4.4 0Z" fill="#fff" stroke="{c}" stroke-width="1.5"/>'
    ),
    "no_limit": Markup(
        '<path d="M-4.4 -3H4.4L0 4.2Z" fill="#fff" stroke="{c}" stroke-width="1.3" '
        'stroke-dasharray="2 1"/>'
    ),
}
_MEANINGS = {
    "level": "measured level",
    "below": "detected, no number: at most this (stem: down to the limit of detection)",
    "not_detected": "not detected: below this sample's own limit",
    "above": "detected, above the range: at least this",
    "not_evaluable": "not evaluable: the assay could not answer",
    "no_level": "detected, but nothing bounds the level",
    "no_limit": "not detected, limit not known",
}
LEGEND = [(s.format(c="#33454f"), _MEANINGS[k]) for k, s in _SHAPES.items()]


@dataclass(frozen=True)
class LevelLine:
    """A level that a guideline names, drawn across the chart.

    Attributes:
        name: label at the right edge.
        fraction: level as a fraction of 1.
        axis: axis that it belongs to.
        marker: only for this marker; empty for all.
        disease: only for this disease; empty for diseases that have no line of their own.
    """

    name: str
    fraction: float
    axis: str = "CELLS"
    marker: str = ""
    disease: str = ""


def lines_for(disease: str, marker: str, axis: str, lines: Sequence[LevelLine]) -> list[LevelLine]:
    """Return the lines of a chart: those of its disease, else those of no disease."""
    fits = [n for n in lines if n.axis == axis and n.marker in ("", marker)]
    return [n for n in fits if n.disease == disease] or [n for n in fits if not n.disease]


@dataclass(frozen=True)
class Point:
    """One result: what is drawn, where, and in words. `fraction` is null in the bottom lane."""

    on: date
    kind: str
    fraction: float | None
    low: float | None
    said: str


@dataclass(frozen=True)
class Chart:
    """One chart with the words around it. `keys`: letter, colour, words of each line."""

    patient_id: str
    disease: str
    marker: str
    axis: str
    last: str
    status: str
    course: str
    keys: list[tuple[str, str, str]]
    svg: Markup


class _Scale:
    """Dates and fractions to coordinates; both ends are rounded outwards to half a decade."""

    def __init__(self, points: Iterable[Point], axis: str) -> None:
        drawn = list(points)
        logs = [math.log10(p.fraction) for p in drawn if p.fraction is not None]
        low, high = _RANGES[axis]
        self.low = min([low, *(math.floor(2 * (v - 0.4)) / 2 for v in logs)])
        self.high = max([high, *(math.ceil(2 * v) / 2 for v in logs)])
        self.first, self.last = min(p.on for p in drawn), max(p.on for p in drawn)
        self.days = max((self.last - self.first).days, 1)

    def x(self, on: date) -> float:
        share = min(max((on - self.first).days / self.days, -0.03), 1.03)
        return round(LEFT + (0.03 + share) / 1.06 * (RIGHT - LEFT), 1)

    def y(self, fraction: float) -> float:
        log = min(max(math.log10(fraction), self.low), self.high) if fraction > 0 else self.low
        return round(TOP + (self.high - log) / (self.high - self.low) * (BOTTOM - TOP), 1)

    def decades(self) -> list[int]:
        inside = list(range(math.ceil(self.low + 0.3), math.floor(self.high) + 1))
        return inside if len(inside) < 10 else inside[::-1][::2]

    def ticks(self) -> list[tuple[date, str]]:
        """Return first days of months or years, at most five, or the two ends of a short course."""
        for step in (1, 2, 3, 6, 12, 24, 60, 120, 240):
            years = max(step // 12, 1)
            begin = max(self.first.year // years * years, 1)
            months = range(begin * 12, self.last.year * 12 + 12, step)
            days = [date(m // 12, m % 12 + 1, 1) for m in months]
            inside = [d for d in days if self.first - timedelta(days=3) <= d <= self.last]
            if 2 <= len(inside) <= (5 if step < 12 else 7):
                return [(d, f"{d:%Y-%m}" if step < 12 else f"{d:%Y}") for d in inside]
        ends = {self.first, self.last} if self.days > 1 else {self.first}
        return [(d, d.isoformat()) for d in sorted(ends)]


def _frame(scale: _Scale, axis: str, lines: Sequence[LevelLine]) -> Markup:
    """Return grid, axes and guideline lines."""
    out = Markup()
    for exponent in scale.decades():
        y = scale.y(10.0**exponent)
        label = fmt.power_of_ten(exponent) if axis == "CELLS" else fmt.percent(10.0**exponent)
        out += Markup('<path class="g" d="M{} {}H{}"/>').format(LEFT, y, RIGHT)
        out += Markup('<text x="{}" y="{}" class="e">{}</text>').format(LEFT - 6, y + 3.5, label)
    for line in lines:
        if scale.low <= math.log10(line.fraction) <= scale.high:
            y = scale.y(line.fraction)
            out += Markup('<path class="l" d="M{} {}H{}"/>').format(LEFT, y, RIGHT)
            out += Markup('<text x="{}" y="{}" class="n">{}</text>').format(
                RIGHT + 5, y + 3.5, line.name
            )
    out += Markup(
        '<path class="a" d="M{0} {1}V{2}H{3}"/><path class="a" d="M{0} {4}H{3}"/>'
    ).format(LEFT, TOP, LANE + 10, RIGHT, BOTTOM)
    out += Markup('<text x="{}" y="{}" class="e">no level</text>').format(LEFT - 6, LANE + 3.5)
    for on, label in scale.ticks():
        x = scale.x(on)
        out += Markup(
            '<path class="a" d="M{0} {1}v4"/><text x="{0}" y="{2}" class="m">{3}</text>'
        ).format(x, LANE + 10, LANE + 25, label)
    return out


def _spans(scale: _Scale, spans: Sequence[dict[str, Any]]) -> Markup:
    """Return TKI treatment as grey bars above the plot, cut to its dates."""
    out = Markup()
    for span in spans:
        start, stop = span["started_on"], span["stopped_on"]
        if start > scale.last or (stop is not None and stop < scale.first):
            continue
        left, right = scale.x(start), scale.x(stop) if stop is not None else RIGHT
        name = span["agent"] or "TKI"
        said = f"TKI {span['agent'] or ''} from {start} " + (f"to {stop}" if stop else "on")
        out += Markup(
            '<g class="t"><title>{}</title><rect x="{}" y="6" width="{}" height="12" rx="2"/>'
        ).format(said, left, round(max(right - left - 1, 2), 1))
        if right - left > 5.6 * len(name) + 8:
            out += Markup('<text x="{}" y="15.2">{}</text>').format(left + 4, name)
        out += Markup("</g>")
    return out


def _series(scale: _Scale, points: Sequence[Point], colour: str, letter: str) -> Markup:
    """Return one line: solid between measured levels, dashed to and from a bound."""
    lines, marks, doubt = Markup(), Markup(), False
    last: Point | None = None
    for point in points:
        x = scale.x(point.on)
        y = LANE if point.fraction is None else scale.y(point.fraction)
        if point.low is not None:
            foot = min(scale.y(point.low), BOTTOM)
            lines += Markup('<path class="s" stroke="{}" d="M{} {}V{}"/>').format(
                colour, x, y, foot
            )
        marks += Markup(
            '<g class="p {}" transform="translate({} {})"><title>{}</title>{}</g>'
        ).format(point.kind, x, y, point.said, _SHAPES[point.kind].format(c=colour))
        if point.fraction is None:
            doubt = doubt or point.kind != "not_evaluable"
            continue
        if last is not None and last.fraction is not None:
            solid = not doubt and last.kind == point.kind == "level"
            lines += Markup('<path class="{}" stroke="{}" d="M{} {}L{} {}"/>').format(
                "solid" if solid else "dash", colour, scale.x(last.on), scale.y(last.fraction), x, y
            )
        last, doubt = point, False
    if letter and last is not None and last.fraction is not None:
        marks += Markup('<text x="{}" y="{}" class="k" style="fill:{}">{}</text>').format(
            scale.x(last.on), scale.y(last.fraction) - 8, colour, letter
        )
    return lines + marks


def chart(
    rows: Sequence[dict[str, Any]],
    summary: dict[str, Any] | None,
    spans: Sequence[dict[str, Any]],
    lines: Sequence[LevelLine],
) -> Chart:
    """Return the chart of one course.

    Args:
        rows: its results in time order, as `report` prepares them.
        summary: row of `patient_summary`, if there is one.
        spans: TKI treatments of the patient.
        lines: guideline levels to choose from.
    """
    first, number = rows[0], rows[0]["number"]
    axis, disease, marker = first["axis"], first["disease"], first["marker"]
    # a line joins only results that may be compared, and of one assay
    series: dict[tuple[str, str], list[Point]] = {}
    for r in rows:
        point = Point(r["collected_on"], r["kind"], r["at"], r["low"], fmt.point_said(r))
        series.setdefault((fmt.series_name(r), r["series"]), []).append(point)
    named = [(name, points) for (name, _), points in sorted(series.items())]
    letters = [chr(ord("A") + i % 26) if len(named) > 1 else "" for i in range(len(named))]
    keys = [(k, COLOURS[i % len(COLOURS)], named[i][0]) for i, k in enumerate(letters)]
    scale = _Scale([p for points in series.values() for p in points], axis)
    body = _frame(scale, axis, lines_for(disease, marker, axis, lines)) + _spans(scale, spans)
    for (letter, colour, _), (_, points) in zip(keys, named, strict=True):
        body += _series(scale, points, colour, letter)
    title = f"{first['patient_id']}, {fmt.disease_name(disease)}, {marker}"
    said = f"{fmt.counted(len(rows), 'result')}: " + "; ".join(fmt.point_said(r) for r in rows[:60])
    svg = Markup(
        '<svg viewBox="0 0 {w} {h}" role="img" aria-labelledby="t{n} d{n}">'
        '<title id="t{n}">{t}</title><desc id="d{n}">{d}</desc>{b}</svg>'
    ).format(w=WIDTH, h=HEIGHT, n=number, t=title, d=said, b=body)
    last = [r for r in rows if r["collected_on"] == rows[-1]["collected_on"]]
    found = {r["status"] for r in last}
    return Chart(
        patient_id=first["patient_id"],
        disease=disease,
        marker=marker,
        axis=fmt.AXIS_NAMES[axis],
        last=fmt.last_said(last),
        status=str(found.pop()) if len(found) == 1 else "MIXED",
        course=fmt.course_said(summary),
        keys=keys,
        svg=svg,
    )
