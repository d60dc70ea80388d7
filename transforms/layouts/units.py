"""Units in which a laboratory may write a number: a closed list, each a power of ten of the canonical unit."""

from schemas.fields import Field

_BY_UNIT: dict[str, dict[str, int]] = {
    "fraction of 1": {"fraction": 0, "pct": -2, "per_million": -6},
    "percent": {"pct": 0, "fraction": 2},
    "per molecule": {"fraction": 0, "pct": -2, "per_million": -6},
    "ng": {"pg": -3, "ng": 0, "ug": 3},
    "pg": {"pg": 0, "ng": 3},
    "nL": {"pl": -3, "nl": 0, "ul": 3},
    "µL": {"nl": -3, "ul": 0, "ml": 3},
    "10⁹/L": {"giga_per_l": 0, "per_ul": -3},
    "10¹²/L": {"tera_per_l": 0, "million_per_ul": 0, "per_ul": -6},
    "copies": {"one": 0, "thousand": 3, "million": 6},
    "events": {"one": 0, "thousand": 3, "million": 6},
    "partitions": {"one": 0, "thousand": 3, "million": 6},
    "cells": {"one": 0, "thousand": 3, "million": 6},
    "see count_kind": {"one": 0, "thousand": 3, "million": 6},
}


def units_of(field: Field) -> dict[str, int]:
    """Return the units a column may be written in, each with its power of ten; none for texts."""
    return _BY_UNIT.get(field.unit, {})
