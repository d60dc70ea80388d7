"""Treatment-free remission of CML: relapse, who may stop, and when the next test is due.

33 and 35 are those of `cml.md` section 9; the others draw its sections 4.1, 4.4, 4.5, 5, traps 18, 19
and 27, and `docs/course.md`.
"""

from datetime import date, timedelta
from typing import Any

from tests.spec.cml_examples import CML, LAB, reported, wells
from tests.spec.course_drawn import Course, Measured, Sample
from tests.spec.course_rows import at, course, scale
from tests.spec.drawn import Row
from tests.spec.sensitivity_rows import BM, PB
from tests.support import GUIDELINES

ELN, ELN_2025, ESMO = "eln-cml-2020", "eln-cml-2025", "esmo-cml-2017"
KIDS, STIM, NARROW = "site-kids-isav", "site-stim", "site-e14a2-only"
TEXT, COURSE = "cml.md §9", "docs/course.md"

_ELN_TEXT = (GUIDELINES / f"{ELN}.toml").read_text()
_STIM_RULE = """
[[tfr_relapse]]
id = "rise"
specimens = 2
min_log10_rise = { value = 1, source = "STIM, ASH table 6504849; PMC6246017 table 3", evidence = "provisional" }
source = "STIM: confirmed positivity with a rise of 1 log10, or loss of MMR; ASH table 6504849"
evidence = "provisional"
"""


def _site(name: str, old: str = "", new: str = "", more: str = "") -> str:
    text = _ELN_TEXT.replace(f'id = "{ELN}"', f'id = "{name}"', 1)
    if old and text.count(old) != 1:
        raise AssertionError(f"{old!r} stands {text.count(old)} times in {ELN}.toml")
    return (text.replace(old, new) if old else text) + more


SITES: dict[str, str] = {
    KIDS: _site(KIDS, "specimens = 1", "specimens = 2"),
    STIM: _site(STIM, more=_STIM_RULE),
    NARROW: _site(NARROW, 'typical_transcripts = ["e13a2", "e14a2", "p210"]', 'typical_transcripts = ["e14a2"]'),
}  # fmt: skip
"""Rule files as a site would write them, by their id."""


def tki(start: str, stop: str = "", agent: str = "imatinib", line: str = "1") -> Row:
    """Write one row of treatment."""
    return {"therapy": "TKI", "agent": agent, "line": line, "started_on": start, "stopped_on": stop}


def tfr(
    number: str, shown: str, samples: tuple[Sample, ...], told: str, what: str | None, why: str,
    source: str, treatments: tuple[Row, ...], ruleset: str = ELN, patient: Row = CML, **rest: Any,
) -> Course:  # fmt: skip
    """Draw one course of CML with its treatment."""
    return course(
        number,
        shown,
        ruleset,
        patient,
        samples,
        told,
        what,
        why,
        source,
        treatments=treatments,
        **rest,
    )


def _visits(*visits: tuple[str, str], control: int = 100_000) -> tuple[Sample, ...]:
    """Write samples of blood: date and %IS."""
    return tuple(at(str(i), on, PB, scale(pct, control)) for i, (on, pct) in enumerate(visits, 1))


def _poor(name: str, on: str) -> Sample:
    return at(name, on, PB, Measured("not detected, ABL1 9,000", LAB, wells("0/9000")))


# --- relapse

STOPPED = (tki("2016-01-04", "2024-01-08"),)
HELD = ("2023-11-06", "0")
LOST = "MMR@1 refuted, MR4@1 refuted, NO_MMR@2 open, NO_MR4@2 open"
LOST_TWICE = "MMR@1 refuted, MR4@1 refuted, NO_MMR@2 by 3, NO_MR4@2 by 3"
ONCE = _visits(HELD, ("2024-05-06", "0.12"))
STIM_VISITS = _visits(
    ("2023-11-06", "0.001"), ("2024-05-06", "0.02"), ("2024-06-03", "0.015"), control=300_000
)
STIM_EVENTS = "MMR@1 by 2, MR4@1 refuted, NO_MR4@2 by 3, RISE@2 by 3"
FIELD = "cml.md §4.1; " + COURSE

RELAPSES: tuple[Course, ...] = (
    tfr("33", "month 4 without treatment: 0.12 %", ONCE, "NEG/OPTIMAL RESP!", LOST + ", TFR@2 sure loss-of-mmr",
        "A single test above 0.1 % is the trigger to restart.", TEXT, STOPPED),
    tfr("33", "month 4 without treatment: 0.12 %", ONCE, "NEG/OPTIMAL RESP?", LOST + ", TFR@2 open loss-of-mmr",
        "KIDS and ISAV wait for a second test; a site's own rule file.", TEXT, STOPPED, KIDS),
    tfr("33", "month 4 without treatment: 0.12 %", ONCE, "NEG/FAVORABLE RESP!", LOST + ", TFR@2 sure loss-of-mmr",
        "Believed unchanged; the table of 2025 was not read.", TEXT, STOPPED, ELN_2025),
    tfr("33-second", "month 4: 0.12 %, month 5: 0.15 %", _visits(HELD, ("2024-05-06", "0.12"), ("2024-06-03", "0.15")),
        "NEG/OPTIMAL RESP! RESP!", LOST_TWICE + ", TFR@2 sure loss-of-mmr", "Two samples in a row above 0.1 % are one relapse, not two.", FIELD, STOPPED),
    tfr("33-second", "month 4: 0.12 %, month 5: 0.15 %", _visits(HELD, ("2024-05-06", "0.12"), ("2024-06-03", "0.15")),
        "NEG/OPTIMAL RESP! RESP!", LOST_TWICE + ", TFR@2 by 3 loss-of-mmr", "Two consecutive samples above 0.1 %.", FIELD, STOPPED, KIDS),
    tfr("33-between", "0.12 %, 0.08 %, 0.15 %",
        _visits(HELD, ("2024-05-06", "0.12"), ("2024-06-03", "0.08"), ("2024-07-01", "0.15")), "NEG/OPTIMAL RESP RESP RESP?",
        "MMR@1 refuted, MR4@1 refuted, NO_MMR@2 refuted, NO_MR4@2 by 3, MMR@3 refuted, NO_MMR@4 open, "
        "TFR@2 refuted loss-of-mmr, TFR@4 open loss-of-mmr",
        "0.08 % refutes the first; the second waits for its own confirmation.", FIELD, STOPPED, KIDS),
    tfr("33-one-day", "0.12 % and 0.15 % on one day",
        _visits(HELD, ("2024-05-06", "0.12"), ("2024-05-06", "0.15")), "NEG/OPTIMAL RESP? RESP?",
        "MMR@1 refuted, MR4@1 refuted, NO_MMR@3 open, NO_MR4@3 open, TFR@3 open loss-of-mmr",
        "What is taken on one day counts once: no second test.", "cml.md trap 30", STOPPED, KIDS),
    tfr("33-poor-between", "0.12 %, not evaluable, 0.15 %",
        (*ONCE, _poor("3", "2024-05-20"), at("4", "2024-06-03", PB, scale("0.15"))), "NEG/OPTIMAL RESP! NE RESP!",
        "MMR@1 refuted, MR4@1 refuted, NO_MMR@2 by 4, NO_MR4@2 by 4, TFR@2 by 4 loss-of-mmr",
        "What cannot be judged is passed over, as if it had not been taken.", "cml.md trap 19", STOPPED, KIDS),
    tfr("exactly", "0.1 % without treatment", _visits(HELD, ("2024-05-06", "0.1")), "NEG/OPTIMAL RESP",
        "MMR@1 by 2, MR4@1 refuted, NO_MR4@2 open", "0.1 % is not above 0.1 %; A-STIM alone prints 0.1 % or more.", FIELD, STOPPED),
    tfr("exactly", "0.1 % without treatment", _visits(HELD, ("2024-05-06", "0.1")), "NEG/OPTIMAL RESP",
        "MMR@1 by 2, MR4@1 refuted, NO_MR4@2 open", "0.1 % is not above 0.1 %.", FIELD, STOPPED, ESMO),
    tfr("just-above", "0.101 % without treatment", _visits(HELD, ("2024-05-06", "0.101")), "NEG/OPTIMAL RESP!",
        LOST + ", TFR@2 sure loss-of-mmr", "Above 0.1 %; nothing is rounded first.", FIELD, STOPPED),
    tfr("just-above", "0.101 % without treatment", _visits(HELD, ("2024-05-06", "0.101")), "NEG/OPTIMAL RESP!",
        LOST + ", TFR@2 sure loss-of-mmr", "Above 0.1 %; nothing is rounded first.", FIELD, STOPPED, ESMO),
    tfr("poor", "not evaluable without treatment", (*_visits(HELD), _poor("2", "2024-05-06")), "NEG/OPTIMAL NE",
        "MMR@1 open, MR4@1 open", "No relapse by what could not be evaluated.", "cml.md trap 19", STOPPED),
    tfr("on-treatment", "0.12 % on treatment", ONCE, "NEG/OPTIMAL RESP/WARNING", LOST,
        "On treatment it is a warning and no relapse.", "cml.md §3.1, trap 19", (tki("2016-01-04"),)),
    tfr("last-day", "0.12 % on the last day of treatment", _visits(HELD, ("2024-01-08", "0.12")),
        "NEG/OPTIMAL RESP/WARNING", LOST, "That day still is on treatment.", COURSE, STOPPED),
    tfr("day-after", "0.12 % on the day after", _visits(HELD, ("2024-01-09", "0.12")), "NEG/OPTIMAL RESP!",
        LOST + ", TFR@2 sure loss-of-mmr", "Treatment has ended, so it is a relapse.", COURSE, STOPPED),
    tfr("no-MMR-at-stop", "0.5 % when treatment stopped, then 2 %", _visits(("2023-11-06", "0.5"), ("2024-05-06", "2")),
        "RESP/WARNING RESP", "", "Stopped without MMR: no treatment-free remission that could be lost.", COURSE, STOPPED),
    tfr("restart", "relapse, treatment again, MMR again, stopped again, relapse again",
        _visits(HELD, ("2024-05-06", "0.12"), ("2024-12-02", "0.01"), ("2025-09-01", "0.3")),
        "NEG/OPTIMAL RESP! LOW RESP!",
        "MMR@1 refuted, MR4@1 refuted, NO_MMR@2 refuted, NO_MR4@2 refuted, MMR@3 refuted, MR4@3 refuted, NO_MMR@4 open, "
        "NO_MR4@4 open, RISE@4 open, TFR@2 sure loss-of-mmr, TFR@4 sure loss-of-mmr",
        "Each treatment-free time has its own relapse; half a year after a restart there is no milestone yet.", COURSE, (*STOPPED, tki("2024-06-03", "2025-06-02", line="2"))),
    tfr("two-stops", "0.12 % after the first stop, 0.15 % after the second",
        _visits(HELD, ("2024-05-06", "0.12"), ("2025-09-01", "0.15")), "NEG/OPTIMAL RESP? RESP",
        LOST_TWICE + ", TFR@2 open loss-of-mmr",
        "Two treatment-free times confirm nothing of each other; and at the second stop MMR was not held.", COURSE,
        (*STOPPED, tki("2024-06-03", "2025-06-02", line="2")), KIDS),
    tfr("restarted-unconfirmed", "0.12 %, treatment again, 0.3 % on treatment",
        _visits(HELD, ("2024-05-06", "0.12"), ("2024-06-10", "0.3")), "NEG/OPTIMAL RESP? RESP",
        LOST_TWICE + ", TFR@2 open loss-of-mmr",
        "A sample on treatment belongs to no treatment-free time: it neither confirms nor refutes; a week after the "
        "restart there is no milestone yet.", COURSE,
        (*STOPPED, tki("2024-06-03", line="2")), KIDS),
    tfr("marrow-at-stop", "marrow at MR4 when treatment stopped, then blood 0.12 %",
        (at("1", "2023-11-06", BM, scale("0.01")), at("2", "2024-05-06", PB, scale("0.12"))), "LOW/OPTIMAL RESP!",
        "MMR@1 open, MR4@1 open, TFR@2 sure loss-of-mmr", "At the stop any tissue tells.", COURSE, STOPPED),
    tfr("35", "0.001 %, then 0.02 % and 0.015 % without treatment", STIM_VISITS, "LOW/OPTIMAL RESP! RESP!",
        STIM_EVENTS + ", TFR@2 by 3 rise", "STIM: at least 1 log10 higher, and confirmed; a site's own rule file.", TEXT,
        STOPPED, STIM),
    tfr("35", "0.001 %, then 0.02 % and 0.015 % without treatment", STIM_VISITS, "LOW/OPTIMAL RESP RESP", STIM_EVENTS,
        "Still MMR: no relapse for ELN.", TEXT, STOPPED),
    tfr("35-once", "0.001 %, then 0.02 % and 0.005 % without treatment",
        _visits(("2023-11-06", "0.001"), ("2024-05-06", "0.02"), ("2024-06-03", "0.005"), control=300_000),
        "LOW/OPTIMAL RESP LOW",
        "MMR@1 by 2, MR4@1 refuted, NO_MR4@2 refuted, MR4@3 open, RISE@2 refuted, TFR@2 refuted rise",
        "Not confirmed: 0.005 % is only 0.7 log10 above 0.001 %.", FIELD, STOPPED, STIM),
    tfr("35-loss", "0.001 %, then 0.12 % without treatment",
        _visits(("2023-11-06", "0.001"), ("2024-05-06", "0.12"), control=300_000), "LOW/OPTIMAL RESP!",
        LOST + ", RISE@2 open, TFR@2 sure loss-of-mmr", "Loss of MMR alone is enough, also in STIM.", FIELD, STOPPED, STIM),
    tfr("restart-day", "0.12 % on the day of the restart", ONCE, "NEG/OPTIMAL RESP!", LOST + ", TFR@2 sure loss-of-mmr",
        "What begins on the day of a sample is not yet taken: this is the relapse that led to the restart.", COURSE,
        (*STOPPED, tki("2024-05-06"))),
    tfr("restart-before", "0.12 % on the day after the restart", ONCE, "NEG/OPTIMAL RESP", LOST,
        "On treatment since the day before: no relapse without treatment, and no milestone yet.", COURSE,
        (*STOPPED, tki("2024-05-05"))),
    tfr("pause-31", "31 days between two TKIs, 0.12 % in that pause", _visits(HELD, ("2024-01-22", "0.12")),
        "NEG/OPTIMAL RESP/WARNING", LOST, "A change of treatment, not a stop: it counts as on treatment. The 31 days are "
        "a proposal.", COURSE, (*STOPPED, tki("2024-02-08", agent="nilotinib", line="2"))),
    tfr("pause-32", "32 days between two TKIs, 0.12 % in that pause", _visits(HELD, ("2024-01-22", "0.12")),
        "NEG/OPTIMAL RESP!", LOST + ", TFR@2 sure loss-of-mmr", "A day longer is a stop.", COURSE,
        (*STOPPED, tki("2024-02-09", agent="nilotinib", line="2"))),
    tfr("first-after", "no sample before the stop, then 0.01 % and 0.2 %", _visits(("2024-03-04", "0.01"), ("2024-05-06", "0.2")),
        "LOW RESP!", LOST + ", RISE@2 open, TFR@2 sure loss-of-mmr",
        "Nothing is known at the stop, so the first sample after it tells: MMR was held, and then lost.", COURSE, STOPPED),
    tfr("first-after-high", "no sample before the stop, then 0.5 % and 2 %", _visits(("2024-03-04", "0.5"), ("2024-05-06", "2")),
        "RESP RESP", "", "The first sample after the stop is not in MMR: nobody knows of a remission that could be lost.",
        COURSE, STOPPED),
    tfr("stop-poor", "MR5, then not evaluable before the stop, then 0.12 %",
        (*_visits(HELD), _poor("2", "2024-01-02"), at("3", "2024-05-06", PB, scale("0.12"))), "NEG/OPTIMAL NE RESP!",
        "MMR@1 refuted, MR4@1 refuted, NO_MMR@3 open, NO_MR4@3 open, TFR@3 sure loss-of-mmr",
        "What is not evaluable is passed over: the last sample that tells held MMR.", COURSE, STOPPED),
)  # fmt: skip

# --- who may stop

DEEP = _visits(("2021-01-04", "0"), ("2022-06-06", "0"), ("2024-01-08", "0"))
DEEP_CALLS = "NEG/OPTIMAL NEG/OPTIMAL NEG/OPTIMAL"
CRITERIA = "cml.md §4.4; " + COURSE
ALONE = (tki("2016-01-04"),)


def _early(treatments: tuple[Row, ...]) -> Sample:
    """Write a sample at 3 months of treatment, so that the first year is known."""
    on = date.fromisoformat(treatments[0]["started_on"]) + timedelta(days=91)
    return at("early", on.isoformat(), PB, scale("5"))


def _may(
    number: str, shown: str, told: bool | None, unmet: tuple[str, ...] | None, why: str,
    treatments: tuple[Row, ...] = ALONE, samples: tuple[Sample, ...] = DEEP,
    calls: str = DEEP_CALLS, ruleset: str = ELN, patient: Row = CML, *, early: bool = True, source: str = CRITERIA,
    **summary: Any,
) -> Course:  # fmt: skip
    words = None if unmet is None else list(unmet)
    if early:
        best = "FAVORABLE" if ruleset == ELN_2025 else "OPTIMAL"
        samples, calls = (_early(treatments), *samples), f"RESP/{best} {calls}"
    return tfr(
        number, shown, samples, calls, None, why, source, treatments, ruleset, patient,
        summary={"tfr_eligible": told, "tfr_unmet": words} | summary,
    )  # fmt: skip


REACHED = _visits(("2022-01-07", "0.01"), ("2024-01-08", "0.003"))
TEN_WELLS = Measured(
    "0.003 % IS, ABL1 30,000", LAB, reported("0.003", call="DETECTED", control="30000")
)

ELIGIBILITY: tuple[Course, ...] = (
    _may("may", "8 years of imatinib, 3 years at MR5", True, (), "All that can be seen here is met; phase and risk are the clinic's.",
         sustained_since="1", sustained_days=1099),
    _may("may", "8 years of imatinib, 3 years at MR5", True, (), "MR5 is deeper than the MR4.5 that ESMO asks for at the stop; a "
         "Sokal score that is not high it asks for too, and that is the clinic's.", ruleset=ESMO, sustained_since="1"),
    _may("may-poor", "the same, and a last sample that is not evaluable", None, ("LAST_SAMPLE_UNKNOWN",),
         "The last sample that could be judged meets all; what the latest would have shown, nobody knows.",
         samples=(*DEEP, _poor("4", "2024-04-08")), calls=DEEP_CALLS + " NE", sustained_since="1", sustained_days=1099),
    _may("transcript-missing", "transcript not given", None, ("TRANSCRIPT_UNKNOWN",), "Nobody says that it is typical.",
         patient={"disease": "CML", "transcript": ""}),
    _may("transcript-unknown", "transcript unknown, detected at 0.005 %", None, ("TRANSCRIPT_UNKNOWN",), "Stated to be unknown: the same as not given.",
         patient={"disease": "CML", "transcript": "unknown"}, calls="LOW/OPTIMAL LOW/OPTIMAL",
         samples=_visits(("2021-01-04", "0.005"), ("2024-01-08", "0.005"))),
    _may("transcript-other", "e1a2, not detected by an assay of p210", None, None,
         "The assay cannot see this transcript, so no sample is judged and nothing is said of stopping.",
         patient={"disease": "CML", "transcript": "e1a2"}, samples=_visits(("2024-01-08", "0")), calls="NE", early=False),
    _may("transcript-not-listed", "e13a2 at a site that names e14a2 alone", False, ("TRANSCRIPT_NOT_TYPICAL",),
         "Not one of the transcripts that the site names.", ruleset=NARROW, patient={"disease": "CML", "transcript": "e13a2"}),
    _may("line-2", "second line since 2018", False, ("LINE_NOT_FIRST",), "Why it was changed is not known here.",
         (tki("2016-01-04", "2018-01-08"), tki("2018-01-09", agent="nilotinib", line="2"))),
    _may("line-unknown", "two TKIs, no line given", None, ("LINE_UNKNOWN",), "Nobody says whether the first failed.",
         (tki("2016-01-04", "2018-01-08", line=""), tki("2018-01-09", agent="nilotinib", line=""))),
    _may("line-one-row", "one TKI, no line given", True, (), "The only TKI is the first.", (tki("2016-01-04", line=""),)),
    _may("imatinib-short", "imatinib for 4 years and 11 months", False, ("TKI_TOO_SHORT",), "More than 5 years are asked for.",
         (tki("2019-02-04"),)),
    _may("imatinib-short", "imatinib for 4 years and 11 months", False, ("TKI_TOO_SHORT",), "5 years are asked for.",
         (tki("2019-02-04"),), ruleset=ESMO),
    _may("imatinib-enough", "imatinib for 5 years and 1 month", True, (), "More than 5 years.", (tki("2018-12-03"),)),
    _may("imatinib-enough", "imatinib for 5 years and 1 month", True, (), "5 years or more.", (tki("2018-12-03"),), ruleset=ESMO),
    _may("dasatinib", "dasatinib for 4 years and 1 month", True, (), "More than 4 years of the second generation.",
         (tki("2019-12-02", agent="Dasatinib"),)),
    _may("dasatinib-short", "dasatinib for 3 years and 11 months", False, ("TKI_TOO_SHORT",), "Fewer than 4 years.",
         (tki("2020-02-03", agent="dasatinib"),)),
    _may("dasatinib", "dasatinib for 4 years and 1 month", False, ("TKI_TOO_SHORT",), "ESMO asks for 5 years of any.",
         (tki("2019-12-02", agent="Dasatinib"),), ruleset=ESMO),
    _may("mixed", "imatinib, then dasatinib, 4 years and 1 month together", False, ("TKI_TOO_SHORT",),
         "Not all of the second generation: 5 years.",
         (tki("2019-12-02", "2020-12-07"), tki("2020-12-08", agent="dasatinib", line="1"))),
    _may("overlap", "two TKIs that overlap for a year, 4.6 years together", False, ("TKI_TOO_SHORT",), "Days that overlap count once.",
         (tki("2019-06-03", "2021-06-07"), tki("2020-06-01", agent="nilotinib", line="1"))),
    _may("interrupted", "5 years and 6 months with a break of a year", False, ("TKI_TOO_SHORT",), "Days without treatment do not count.",
         (tki("2018-07-02", "2019-07-01"), tki("2020-07-06", line="1")), calls="NEG NEG/OPTIMAL NEG/OPTIMAL"),
    _may("deep-730", "MR4 for 730 days", False, ("DEEP_RESPONSE_TOO_SHORT",), "More than 2 years of 365.25 days are asked for.",
         samples=_visits(("2022-01-08", "0.01"), ("2024-01-08", "0.01")), calls="LOW/OPTIMAL LOW/OPTIMAL", sustained_days=730),
    _may("deep-730", "MR4 for 730 days", False, ("DEEP_RESPONSE_TOO_SHORT", "LAST_NOT_DEEP_ENOUGH"),
         "2 years of 365.25 days are asked for, and MR4.5 at the stop.",
         samples=_visits(("2022-01-08", "0.01"), ("2024-01-08", "0.01")), calls="LOW/WARNING LOW/WARNING", sustained_days=730, ruleset=ESMO),
    _may("deep-731", "MR4 for 731 days", True, (), "Longer than 2 years of 365.25 days.",
         samples=_visits(("2022-01-07", "0.01"), ("2024-01-08", "0.01")), calls="LOW/OPTIMAL LOW/OPTIMAL", sustained_days=731),
    _may("deep-731", "MR4 for 731 days", False, ("LAST_NOT_DEEP_ENOUGH",), "Long enough; but ESMO asks for MR4.5 at the stop.",
         samples=_visits(("2022-01-07", "0.01"), ("2024-01-08", "0.01")), calls="LOW/WARNING LOW/WARNING", sustained_days=731, ruleset=ESMO),
    _may("deep-MR4.5", "MR4 for 731 days, MR4.5 at last", True, (), "ELN asks for MR4 only.", samples=REACHED,
         calls="LOW/OPTIMAL LOW/OPTIMAL", sustained_days=731),
    _may("deep-MR4.5", "MR4 for 731 days, MR4.5 at last", True, (), "0.003 % is MR4.5, which ESMO asks for at the stop.",
         samples=REACHED, calls="LOW/WARNING LOW/OPTIMAL", sustained_days=731, ruleset=ESMO),
    _may("deep-few", "MR4 for 731 days, 0.003 % of 30,000 ABL1 at last", False, ("LAST_NOT_DEEP_ENOUGH",),
         "32,000 control copies are needed for MR4.5.", calls="LOW/WARNING LOW/OPTIMAL", sustained_days=731, ruleset=ESMO,
         samples=(at("1", "2022-01-07", PB, scale("0.01")), at("2", "2024-01-08", PB, TEN_WELLS))),
    _may("deep-two", "MR4.5 and MR4 in two samples of the last day", False, ("LAST_NOT_DEEP_ENOUGH",), "The shallower one of the day counts.",
         samples=(*_visits(("2022-01-07", "0.003"), ("2024-01-08", "0.003")), at("3", "2024-01-08", PB, scale("0.006"))),
         calls="LOW/OPTIMAL LOW/OPTIMAL LOW/OPTIMAL", ruleset=ESMO),
    _may("deep-paused", "MR5 for 3 years, 18 months of them without treatment", False, ("DEEP_RESPONSE_TOO_SHORT",),
         "Only time on a TKI counts: about 18 months.", (tki("2012-01-02", "2021-07-05"), tki("2023-01-02")),
         calls="NEG/OPTIMAL NEG NEG", sustained_since="1", sustained_days=1099),
    _may("deep-broken", "MR5, once 0.02 %, MR5", False, ("DEEP_RESPONSE_TOO_SHORT",), "The time in deep response begins again after 0.02 %.",
         samples=_visits(("2021-01-04", "0"), ("2022-06-06", "0.02"), ("2022-09-05", "0"), ("2024-01-08", "0")),
         calls="NEG/OPTIMAL RESP/OPTIMAL NEG/OPTIMAL NEG/OPTIMAL", sustained_since="3"),
    _may("deep-poor", "MR5, once not evaluable, MR5", True, (), "What is not evaluable neither breaks nor prolongs the deep response.",
         samples=(at("1", "2021-01-04", PB, scale("0")), _poor("2", "2022-06-06"), at("3", "2024-01-08", PB, scale("0"))),
         calls="NEG/OPTIMAL NE NEG/OPTIMAL", sustained_since="1"),
    _may("not-deep", "0.05 %", False, ("DEEP_RESPONSE_TOO_SHORT",), "Not in MR4, so there is no deep response to count.",
         samples=_visits(("2024-01-08", "0.05")), calls="RESP/OPTIMAL", sustained_since=None, sustained_days=None),
    _may("failed-before", "2 % at 12 months", False, ("PRIOR_FAILURE",), "A failure before, however deep the response is now.",
         samples=_visits(("2017-01-03", "2"), ("2021-01-04", "0"), ("2024-01-08", "0")),
         calls="RESP/FAILURE NEG/OPTIMAL NEG/OPTIMAL", early=False),
    _may("failed-before", "2 % at 12 months", False, ("PRIOR_FAILURE",), "The word of 2025 for a failure.",
         samples=_visits(("2017-01-03", "2"), ("2021-01-04", "0"), ("2024-01-08", "0")),
         calls="RESP/UNFAVORABLE NEG/FAVORABLE NEG/FAVORABLE", ruleset=ELN_2025, early=False),
    _may("failed-beside", "0.8 % at 6 months, 12 % three weeks later", False, ("PRIOR_FAILURE",),
         "The milestone is that of the sample nearest to 6 months; above 10 % in its window is a failure all the same.",
         samples=_visits(("2016-07-05", "0.8"), ("2016-07-26", "12"), ("2021-01-04", "0"), ("2024-01-08", "0")),
         calls="RESP/OPTIMAL POS NEG/OPTIMAL NEG/OPTIMAL", early=False),
    _may("failed-month-41", "20 % in month 41", False, ("PRIOR_FAILURE",), "Above 1 % at any time is a failure, however good it was later.",
         samples=_visits(("2019-06-03", "20"), ("2021-01-04", "0"), ("2024-01-08", "0")), calls="POS/FAILURE NEG/OPTIMAL NEG/OPTIMAL"),
    _may("failed-month-41", "20 % in month 41", False, ("PRIOR_FAILURE",),
         "ESMO's table prints only the optimum after 18 months; above 1 % is taken for a failure as at 12 months.",
         samples=_visits(("2019-06-03", "20"), ("2021-01-04", "0"), ("2024-01-08", "0")), calls="POS/FAILURE NEG/OPTIMAL NEG/OPTIMAL",
         ruleset=ESMO),
    _may("second-attempt", "a lost treatment-free remission, then MR5 again for 6 years", False, ("PRIOR_FAILURE",),
         "A remission without treatment that was lost: whether a second attempt is wise is for the clinic.",
         (tki("2009-01-05", "2016-01-04"), tki("2016-06-20")),
         samples=_visits(("2015-12-07", "0"), ("2016-06-06", "0.3"), ("2018-01-08", "0"), ("2024-01-08", "0")),
         calls="NEG/OPTIMAL RESP! NEG/OPTIMAL NEG/OPTIMAL", sustained_since="3"),
    _may("early-456", "first sample on day 456 of treatment", True, (), "The last day of the window of 12 months: the first year is seen.",
         samples=_visits(("2017-04-04", "0.05"), ("2021-01-04", "0"), ("2024-01-08", "0")),
         calls="RESP/OPTIMAL NEG/OPTIMAL NEG/OPTIMAL", early=False),
    _may("early-457", "first sample on day 457 of treatment", None, ("PRIOR_FAILURE_UNKNOWN",),
         "Whether the first year failed, no sample says.",
         samples=_visits(("2017-04-05", "0.05"), ("2021-01-04", "0"), ("2024-01-08", "0")),
         calls="RESP/OPTIMAL NEG/OPTIMAL NEG/OPTIMAL", early=False),
    _may("early-none", "8 years of imatinib, first sample after 5", None, ("PRIOR_FAILURE_UNKNOWN",),
         "Earlier failures would not be seen: to be asked, not assumed.", early=False),
    _may("all-at-once", "second line, short, shallow, after a failure, transcript not given", False,
         ("TRANSCRIPT_UNKNOWN", "LINE_NOT_FIRST", "TKI_TOO_SHORT", "DEEP_RESPONSE_TOO_SHORT", "PRIOR_FAILURE"), "Everything that is not met is named.",
         (tki("2021-01-04", "2022-06-06"), tki("2022-06-07", agent="nilotinib", line="2")), patient={"disease": "CML", "transcript": ""},
         samples=_visits(("2022-01-04", "2"), ("2024-01-08", "0.05")), calls="RESP/FAILURE RESP/OPTIMAL", early=False),
    _may("stopped-already", "treatment stopped before the last sample", None, None, "The question is one of patients on a TKI.",
         (tki("2016-01-04", "2023-01-09"),), calls="NEG/OPTIMAL NEG/OPTIMAL NEG"),
    _may("untreated", "no TKI given", None, None, "The question is one of patients on a TKI.", (), calls="NEG NEG NEG", early=False),
)  # fmt: skip
