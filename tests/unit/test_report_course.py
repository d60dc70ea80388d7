"""The report's part on courses: what is open or confirmed, and whose test is overdue on the day."""

from datetime import date

from flows.format_numbers import event_name
from tests.unit.test_report import Case, text_of

EVIL = "P<b>1</b>"


def case() -> Case:
    said = {"disease": "AML", "marker": "NPM1", "rule_id": "eln-aml-2021/molecular-relapse/rise"}
    out = Case()
    for patient, event, day, confirmed, by in (
        ("A-1", "MOLECULAR_RELAPSE", 3, None, None),
        ("A-2", "MOLECULAR_RELAPSE", 4, True, "A-2-7"),
        ("A-3", "MOLECULAR_RELAPSE", 5, False, None),
        ("A-4", "TFR_RELAPSE", 6, True, None),
        (EVIL, "LOG_RISE", 7, None, None),
        ("A-5", "NEGATIVITY_ACHIEVED", 8, True, None),
    ):
        out.add(
            "molecular_events", patient_id=patient, event=event, sample_id=f"{patient}-6",
            occurred_on=date(2026, 2, day), is_confirmed=confirmed, confirmed_by_sample_id=by, **said,
        )  # fmt: skip
    for patient, due in (("C-1", date(2026, 3, 3)), ("C-2", date(2026, 3, 4)), ("C-3", None)):
        out.add(
            "patient_summary", patient_id=patient, disease="CML", n_samples=1, next_due_on=due,
            last_collected_on=date(2025, 12, 3), monitoring="UNTIL_MMR",
        )  # fmt: skip
    return out


def test_open_and_confirmed_events_are_shown_and_refuted_ones_are_not() -> None:
    said = text_of(case().render(files=0))
    assert "A-1 AML NPM1 Molecular relapse 2026-02-03 A-1-6 open: not confirmed yet" in said
    assert "Molecular relapse 2026-02-04 A-2-6 confirmed by A-2-7" in said
    assert "TFR relapse 2026-02-06 A-4-6 needs no second specimen" in said
    assert "A-3" not in said and "Negativity" not in said
    assert said.index("A-2-6") < said.index("A-4-6") < said.index("Log rise")


def test_what_was_made_good_is_not_shown() -> None:
    """A loss of MMR before MMR was reached again is history; one after it is not."""
    said = {"disease": "CML", "marker": "BCR::ABL1 p210", "rule_id": "r", "patient_id": "C-9"}
    days = {"LOSS_OF_MMR": 3, "MMR_ACHIEVED": 9, "LOSS_OF_MR4": 4, "MR4_ACHIEVED": 2}
    out = Case()
    for event, day in days.items():
        out.add(
            "molecular_events", event=event, sample_id=event, occurred_on=date(2026, 2, day), **said
        )
    page = text_of(out.render(files=0))
    assert "Loss of MR4" in page and "Loss of MMR" not in page


def test_only_patients_of_the_load_are_shown() -> None:
    said = text_of(case().render(["A-2"], files=0))
    assert "A-2-6" in said and "A-1-6" not in said


def test_overdue_counts_from_the_day_of_the_load() -> None:
    """A test due on the day itself is not overdue."""
    said = text_of(case().render(files=0))
    assert "C-1 1 2026-03-03 2025-12-03 Until MMR" in said
    assert "C-2" not in said and "C-3" not in said


def test_names_are_escaped_and_nothing_is_said_of_nobody() -> None:
    assert EVIL not in case().render(files=0)
    said = text_of(Case().render(files=0))
    assert "No relapse and no loss of a response is open or confirmed" in said
    assert "overdue on the day" not in said


def test_names_of_events() -> None:
    assert event_name("LOSS_OF_MMR") == "Loss of MMR"
    assert event_name("TFR_RELAPSE") == "TFR relapse"
