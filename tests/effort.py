"""How much a short run tries: `make test` the first cases of a list, `make test-long` the others."""

from collections.abc import Iterable
from typing import Any

import pytest


def first_of(cases: Iterable[Any], n_short: int) -> list[Any]:
    """Return cases for `pytest.mark.parametrize`, of which all but the first are for the long run."""
    return [
        case if number < n_short else pytest.param(case, marks=pytest.mark.long)
        for number, case in enumerate(cases)
    ]
