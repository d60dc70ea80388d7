"""CML: when the next test is due, on treatment and without it, in calendar months.

Draws `cml.md` sections 4.5 and 5, traps 18 and 27, and `docs/course.md`.
"""

from typing import Any

from tests.spec.cml_examples import LAB, P190, wells
from tests.spec.course_drawn import Course, Measured, Sample
from tests.spec.course_rows import at, scale
from tests.spec.course_tfr_examples import ELN, ESMO, KIDS, tfr, tki
from tests.spec.drawn import Row
from tests.spec.sensitivity_rows import PB

ON = (tki("2020-01-06"),)
SOURCE = "cml.md §5; docs/course.md"
FREE = "cml.md §4.5; docs/course.md"


def _visits(*visits: tuple[str, str]) -> tuple[Sample, ...]:
    return tuple(at(str(i), on, PB, scale(pct)) for i, (on, pct) in enumerate(visits, 1))


def _due(
    number: str, shown: str, samples: tuple[Sample, ...], told: str, monitoring: str | None, due: str | None, why: str,
    source: str = SOURCE, treatments: tuple[Row, ...] = ON, ruleset: str = ELN, **rest: Any,
) -> Course:  # fmt: skip
    return tfr(
        number, shown, samples, told, None, why, source, treatments, ruleset,
        summary={"monitoring": monitoring, "next_due_on": due}, **rest,
    )  # fmt: skip


ON_TREATMENT: tuple[Course, ...] = (
    _due("due-until", "0.5 %", _visits(("2023-08-14", "0.5")), "RESP/WARNING", "UNTIL_MMR", "2023-11-14", "Every 3 months until MMR."),
    _due("due-first-MMR", "0.5 %, then 0.05 %", _visits(("2023-08-14", "0.5"), ("2023-11-13", "0.05")), "RESP/WARNING RESP/OPTIMAL",
         "UNTIL_MMR", "2024-02-13", "MMR is reached, and not confirmed yet."),
    _due("due-MMR", "0.05 % twice", _visits(("2023-08-14", "0.05"), ("2023-11-13", "0.05")), "RESP/OPTIMAL RESP/OPTIMAL", "MMR",
         "2024-02-13", "ELN stays at 3 months for the assessment of treatment-free remission."),
    _due("due-MMR", "0.05 % twice", _visits(("2023-08-14", "0.05"), ("2023-11-13", "0.05")), "RESP/WARNING RESP/WARNING", "MMR",
         "2024-05-13", "ESMO: 6 months in stable MMR; that 0.05 % is a warning after 18 months changes no interval here.", ruleset=ESMO),
    _due("due-lost", "0.05 % twice, then 0.5 %", _visits(("2023-08-14", "0.05"), ("2023-11-13", "0.05"), ("2024-02-12", "0.5")),
         "RESP/WARNING RESP/WARNING RESP/WARNING", "UNTIL_MMR", "2024-05-12", "MMR is lost.", ruleset=ESMO),
    _due("due-rising", "0.005 %, 0.004 %, 0.04 %", _visits(("2023-05-15", "0.005"), ("2023-11-13", "0.004"), ("2024-05-13", "0.04")),
         "LOW/OPTIMAL LOW/OPTIMAL RESP/WARNING", "UNTIL_MMR", "2024-08-13",
         "MMR still, but 1 log10 above the lowest before: rising, so the shorter interval.", ruleset=ESMO),
    _due("due-rising-less", "0.005 %, 0.004 %, 0.039 %", _visits(("2023-05-15", "0.005"), ("2023-11-13", "0.004"), ("2024-05-13", "0.039")),
         "LOW/OPTIMAL LOW/OPTIMAL RESP/WARNING", "MMR", "2024-11-13", "0.99 log10 is not rising.", ruleset=ESMO),
    _due("due-one-day", "0.05 % in two samples of one day", _visits(("2023-08-14", "0.05"), ("2023-08-14", "0.05")),
         "RESP/WARNING RESP/WARNING", "UNTIL_MMR", "2023-11-14", "Two samples of one day count once: MMR is not confirmed yet.", ruleset=ESMO),
    _due("due-tissues", "blood 0.05 %, then marrow 0.05 %",
         (at("1", "2023-08-14", PB, scale("0.05")), at("2", "2023-11-13", {"tissue": "BM"}, scale("0.05"))), "RESP/WARNING RESP/WARNING", "UNTIL_MMR",
         "2024-02-13", "The first of marrow: not confirmed in its own tissue, so the shorter interval.", ruleset=ESMO),
    _due("due-31-November", "31 August + 3 months", _visits(("2023-08-31", "0.5")), "RESP/WARNING", "UNTIL_MMR", "2023-11-30",
         "November has 30 days."),
    _due("due-poor", "0.05 % twice, then not evaluable",
         (*_visits(("2023-08-14", "0.05"), ("2023-11-13", "0.05")),
          at("3", "2024-02-12", PB, Measured("not detected, ABL1 9,000", LAB, wells("0/9000")))),
         "RESP/OPTIMAL RESP/OPTIMAL NE", "REPEAT", "3", "Repeat now: what is not evaluable does not satisfy the schedule.",
         "cml.md §5, trap 27"),
    _due("due-poor-beside", "not evaluable and 0.05 % on one day",
         (*_visits(("2023-08-14", "0.05"), ("2023-11-13", "0.05")),
          at("3", "2023-11-13", PB, Measured("not detected, ABL1 9,000", LAB, wells("0/9000")))),
         "RESP/OPTIMAL RESP/OPTIMAL NE", "MMR", "2024-02-13", "Another sample of the day could be judged.", "cml.md §5; docs/course.md"),
    _due("due-no-category", "0.05 % twice, then a test of p190",
         (*_visits(("2023-08-14", "0.05"), ("2023-11-13", "0.05")),
          at("3", "2024-01-08", PB, Measured("p190 not detected", P190, wells("0/40000")))),
         "RESP/OPTIMAL RESP/OPTIMAL NONE", "MMR", "2024-02-13", "A test of another transcript decides nothing here."),
    _due("due-nothing", "no sample with a category",
         (at("1", "2024-01-08", PB, Measured("p190 not detected", P190, wells("0/40000"))),), "NONE", None, None, "No sample to count from."),
)  # fmt: skip

HELD = ("2022-12-05", "0")


def _free(
    number: str, shown: str, stop: str, day: str, due: str, why: str, ruleset: str = ELN
) -> Course:
    samples = _visits(HELD, (day, "0.01"))
    return _due(
        number,
        shown,
        samples,
        "NEG/OPTIMAL LOW",
        "TFR",
        due,
        why,
        FREE,
        (tki("2015-01-05", stop),),
        ruleset,
    )


WITHOUT: tuple[Course, ...] = (
    _free("free-1", "month 1", "2023-01-02", "2023-02-06", "2023-03-06", "Months 1 to 6: monthly."),
    _free("free-5", "last day of month 6", "2023-01-02", "2023-07-01", "2023-08-01", "Five completed months: monthly."),
    _free("free-6", "6 months to the day", "2023-01-02", "2023-07-02", "2023-09-02", "Months 7 to 12: every 2 months."),
    _free("free-11", "last day of month 12", "2023-01-02", "2024-01-01", "2024-03-01", "Eleven completed months: every 2 months."),
    _free("free-12", "12 months to the day", "2023-01-02", "2024-01-02", "2024-04-02", "Later: every 3 months."),
    _free("free-40", "month 41", "2023-01-02", "2026-05-04", "2026-08-04", "Every 3 months."),
    _free("free-6", "6 months to the day", "2023-01-02", "2023-07-02", "2023-08-13", "ESMO: every 6 weeks in months 7 to 12.", ESMO),
    _free("free-1", "month 1", "2023-01-02", "2023-02-06", "2023-03-06", "ESMO: monthly.", ESMO),
    _free("free-12", "12 months to the day", "2023-01-02", "2024-01-02", "2024-04-02", "ESMO: every 3 months.", ESMO),
    _free("free-leap", "31 January of a leap year", "2024-01-01", "2024-01-31", "2024-02-29", "A calendar month, not 30 days."),
    _free("free-31", "31 January", "2023-01-02", "2023-01-31", "2023-02-28", "A calendar month, not 30 days."),
    _due("free-dose", "years on treatment, 2 months without", _visits(HELD, ("2023-03-06", "0.01")), "NEG/OPTIMAL LOW", "TFR",
         "2023-04-06", "Months count from the last dose, not from the first.", "cml.md trap 18", (tki("2010-01-04", "2023-01-02"),)),
    _due("free-stopped-after", "last sample before the stop", _visits(("2022-09-05", "0"), HELD), "NEG/OPTIMAL NEG/OPTIMAL", "TFR",
         "2023-02-02", "Treatment stopped after the last sample: a month from the stop.", FREE, (tki("2015-01-05", "2023-01-02"),)),
    _due("free-relapse", "0.12 % in month 4", _visits(HELD, ("2023-05-01", "0.12")), "NEG/OPTIMAL RESP!", "TFR", "2023-06-01",
         "As long as no treatment is given, the schedule is that without treatment.", FREE, (tki("2015-01-05", "2023-01-02"),)),
    _due("free-restarted", "0.12 % in month 4, 0.5 % after the restart", _visits(HELD, ("2023-05-01", "0.12"), ("2023-06-05", "0.5")),
         "NEG/OPTIMAL RESP! RESP", "UNTIL_MMR", "2023-09-05", "On treatment again, without MMR; three weeks after a restart there is no milestone yet.", FREE,
         (tki("2015-01-05", "2023-01-02"), tki("2023-05-15"))),
    _due("free-never", "stopped without MMR", _visits(("2022-12-05", "0.5"), ("2023-05-01", "0.5")), "RESP/WARNING RESP", "UNTIL_MMR",
         "2023-08-01", "Without MMR at the stop it is no treatment-free remission: as on treatment without MMR.", FREE, (tki("2015-01-05", "2023-01-02"),)),
    _due("free-poor", "not evaluable in month 4",
         (*_visits(HELD), at("2", "2023-05-01", PB, Measured("not detected, ABL1 9,000", LAB, wells("0/9000")))), "NEG/OPTIMAL NE",
         "REPEAT", "2", "Not evaluable: repeat now.", "cml.md §5, trap 27", (tki("2015-01-05", "2023-01-02"),)),
    _due("free-lost-14", "0.2 % in month 15", _visits(HELD, ("2024-03-04", "0.2")), "NEG/OPTIMAL RESP!", "TFR", "2024-04-04",
         "Lost after 14 months: the next test is a month later, not three.", FREE, (tki("2015-01-05", "2023-01-02"),)),
    _due("free-lost-14", "0.2 % in month 15", _visits(HELD, ("2024-03-04", "0.2")), "NEG/OPTIMAL RESP?", "TFR", "2024-04-04",
         "Suspected, where a second test is waited for: likewise a month.", FREE, (tki("2015-01-05", "2023-01-02"),), KIDS),
    _due("free-lost-41", "20 % in month 41", _visits(HELD, ("2026-05-04", "20")), "NEG/OPTIMAL POS!", "TFR", "2026-06-04",
         "In relapse the first interval of the schedule: a month, not three.", FREE, (tki("2015-01-05", "2023-01-02"),)),
    _due("free-late-stop", "last sample in January 2024, treatment stopped in January 2026", _visits(("2023-10-09", "0"), ("2024-01-08", "0")),
         "NEG/OPTIMAL NEG/OPTIMAL", "TFR", "2024-04-08",
         "The test on treatment was due in April 2024, and the stop does not put it off: overdue.", FREE, (tki("2015-01-05", "2026-01-05"),)),
    _due("free-first-after", "no sample before the stop, 0.01 % in month 3", _visits(("2023-03-06", "0.01")), "LOW", "TFR", "2023-04-06",
         "The first sample after the stop holds MMR: monthly.", FREE, (tki("2015-01-05", "2023-01-02"),)),
    _due("free-restart-day", "0.12 % in month 4, treatment again that day", _visits(HELD, ("2023-05-01", "0.12")), "NEG/OPTIMAL RESP!", "TFR",
         "2023-06-01", "That day's dose came after the sample: a month.", FREE, (tki("2015-01-05", "2023-01-02"), tki("2023-05-01"))),
    _due("free-change", "a month between two TKIs, 0.01 % in that pause", _visits(HELD, ("2023-01-16", "0.01")), "NEG/OPTIMAL LOW/OPTIMAL",
         "MMR", "2023-04-16", "A change of treatment, not a stop: the schedule on treatment.", FREE,
         (tki("2015-01-05", "2023-01-02"), tki("2023-02-02", agent="nilotinib", line="2"))),
)  # fmt: skip
