"""All drawn courses, in the order in which they are printed."""

from tests.spec import (
    course_aml_examples,
    course_aml_rise_examples,
    course_aml_tissue_examples,
    course_apl_examples,
    course_cml_examples,
    course_due_examples,
    course_lymphoid_examples,
    course_myeloma_examples,
    course_tfr_examples,
)
from tests.spec.course_drawn import Course
from tests.spec.course_tfr_examples import SITES

__all__ = ["COURSES", "SECTIONS", "SITES"]

SECTIONS: tuple[tuple[str, tuple[Course, ...]], ...] = (
    *course_cml_examples.SECTIONS,
    ("CML: relapse without treatment", course_tfr_examples.RELAPSES),
    ("CML: who may stop", course_tfr_examples.ELIGIBILITY),
    ("CML: next test due on treatment", course_due_examples.ON_TREATMENT),
    ("CML: next test due without treatment", course_due_examples.WITHOUT),
    *course_aml_examples.SECTIONS,
    *course_aml_tissue_examples.SECTIONS,
    *course_aml_rise_examples.SECTIONS,
    *course_apl_examples.SECTIONS,
    *course_lymphoid_examples.SECTIONS,
    *course_myeloma_examples.SECTIONS,
)
COURSES = tuple(c for _, courses in SECTIONS for c in courses)
