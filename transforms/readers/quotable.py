"""What of a message may stand in a finding: words of results, never a text that may hold a person's name."""

import re

_LONGEST = 60
_WORDS = frozenset(
    ["a", "abl", "above", "abnormal", "about", "and", "at", "below", "call", "called", "cannot", "copies", "ct", "data", "detect", "detectable", "detected", "equivocal", "error", "evaluable", "failed", "found", "high", "inadequate", "inconclusive", "indeterminate", "insufficient", "internal", "invalid", "is", "its", "level", "limit", "lod", "log", "loq", "low", "lower", "mmr", "mr", "multiple", "neg", "negative", "no", "none", "normal", "not", "of", "on", "or", "pass", "pending", "pos", "positive", "positiv", "present", "preliminary", "quantifiable", "quantification", "quantity", "ratio", "reactive", "report", "reported", "result", "run", "sample", "scale", "see", "separate", "sufficient", "than", "the", "to", "too", "trace", "transcript", "transcripts", "unable", "undetectable", "undetected", "unit", "unknown", "upper", "value", "was", "weak", "with", "auswertbar", "befund", "bestimmbar", "grenzwertig", "kein", "keine", "nachweis", "nachweisbar", "nachgewiesen", "negativ", "nicht", "quantifizierbar", "schwach", "siehe", "unter", "absent", "bcr", "international", "nd", "na"]
)  # fmt: skip
_STATUS = frozenset(
    [
        "registered",
        "partial",
        "preliminary",
        "final",
        "amended",
        "corrected",
        "cancelled",
        "entered-in-error",
        "unknown",
    ]
)
_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}")
_LETTERS = re.compile(r"[^\W\d_]+")
_LONG_NUMBER = re.compile(r"\d{7}")


def quoted(text: str, column: str | None) -> str:
    """Return a text of a result as a finding may quote it, else its field and how long it is.

    It is quoted where it is short and every word of it is one of results: neither a name nor a date nor the
    number of a person is.
    """
    words = {w.lower() for w in _LETTERS.findall(text)}
    is_known = words <= _WORDS and not _DATE.search(text) and not _LONG_NUMBER.search(text)
    return text if is_known and len(text) <= _LONGEST else _length(text, column)


def quoted_status(status: str, column: str | None) -> str:
    """Return the status of a result, one letter or a word of FHIR, else its field and how long it is."""
    is_known = len(status) <= 1 or status.lower() in _STATUS
    return status if is_known else _length(status, column)


def _length(text: str, column: str | None) -> str:
    return f"text of {len(text)} characters in {column or 'the result'}, not quoted here"
