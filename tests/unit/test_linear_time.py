"""Patterns that a long run of one sign once kept busy: twice as long took four times the time, minutes at 100 kB."""

import pytest

from transforms.problems import FileRefusedError
from transforms.readers import rotor_gene
from transforms.readers.decode import to_utf8
from transforms.readers.genexpert_words import _LIMITS

_LONG = 200_000

pytestmark = pytest.mark.timeout(60)


def test_signs_before_a_message() -> None:
    """A file that is no UTF-8 is searched for messages that declare a charset."""
    with pytest.raises(FileRefusedError, match="is not UTF-8"):
        to_utf8(b"\xe9\n" + b"\x0b" * _LONG + b"x")


def test_blanks_in_a_range() -> None:
    assert _LIMITS.match("1" + " " * _LONG + "x") is None
    assert _LIMITS.match("0.003 %  to  55") is not None


def test_blanks_in_a_heading() -> None:
    assert rotor_gene._TABLE.match("Quantitative analysis of " + " " * _LONG + "(x") is None
    found = rotor_gene._TABLE.match("Quantitative analysis of Cycling A.Green (ABL)  ")
    assert found is not None
    assert found["target"] == "ABL"
