"""FHIR R4 Observation or Bundle with BCR::ABL1 results (`formats.md` §9); a data row is an Observation.

Read with `json`, numbers as they are written: the models of `fhir.resources` check much that does not matter
here and turn digits into decimals. `dataAbsentReason` does not mean missing: an engine that turns kit
messages into FHIR puts the kit's words there, for negatives and for positives above the range.
"""

import json
import re
from dataclasses import replace

from transforms.places import Place, Places
from transforms.problems import FileRefusedError
from transforms.readers.bcr_abl_codes import (
    LOINC,
    MINOR,
    NAMED,
    OWN,
    PRESENCE,
    SCALE,
    Observed,
    is_own,
    kind_of,
    take_report,
    with_flag,
)
from transforms.readers.content import Content
from transforms.readers.fhir_tree import (
    Json,
    codings_of,
    dict_of,
    lines_of,
    list_of,
    names_of,
    no_key_twice,
    resources_of,
    sample_of,
    specimens_of,
    text_of,
)
from transforms.readers.genexpert_words import (
    FLAGS,
    Said,
    cq,
    is_number,
    is_on_scale,
    is_outside,
    kit_words,
    plain_words,
    printed_range,
)
from transforms.readers.message_results import Result, Taken, version_of
from transforms.readers.message_rows import text_rows
from transforms.readers.printed_range import PRINTED_RANGE
from transforms.readers.reader import Reader
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows

_READER = "fhir-r4/3"
_TITLE = "FHIR R4"
_RESOURCE = re.compile(r'"resourceType"\s*:')
_LOINC = "http://loinc.org"
_CODE, _VALUE, _STATUS = "Observation.code", "Observation.value[x]", "Observation.status"
_LAYOUT = Places(
    {
        "sample_id": Place("Specimen.accessionIdentifier"),
        "run_id": Place("Observation.identifier"),
        "result_version": Place(_STATUS),
        "reported_unit": Place(_VALUE),
        PRINTED_RANGE: Place("Observation.referenceRange"),
        **dict.fromkeys(("reported_value", "reported_call"), Place(_VALUE)),
        **dict.fromkeys(("target_cq", "control_cq"), Place("Observation.component")),
        _CODE: Place(_CODE),
    }
)
_FINAL, _CORRECTED = ("final",), ("amended", "corrected")
_OF_KIT = ("BCR-ABL", "BCR-ABL&", "BCR-ABL&Ct")
_SCALE_UNIT = "% (IS)"
_OF_SNOMED = re.compile(r"\s*\((?:qualifier value|finding)\)$", re.IGNORECASE)
_COMPARATORS = ("", "<", "<=", ">=", ">")


def recognise(content: Content) -> bool:
    """Return whether a text is JSON of FHIR."""
    start = content.head.lstrip()[:1]
    return start in ("{", "[") and _RESOURCE.search(content.head) is not None


def read(content: Content, assay: AssayNames | None, settings: ReaderSettings) -> TextRows:
    """Read a resource or Bundle.

    Args:
        content: the text.
        assay: the assay of the file's folder; without one the file waits.
        settings: the sample of a file that names none.

    Raises:
        FileRefusedError: FILE_DAMAGED.
    """
    text = content.text.decode()
    try:
        # digits as written: 0.0110 stays 0.0110
        tree = json.loads(
            text, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=no_key_twice
        )
        resources = list(resources_of(tree))
    except (ValueError, RecursionError):
        raise FileRefusedError(
            "FILE_DAMAGED", "the file is no valid JSON; export it again"
        ) from None
    taken = Taken()
    lines = lines_of(text, resources)
    specimens = specimens_of(tree)
    observed: dict[tuple[str | None, str], list[Observed]] = {}
    for resource, line in zip(resources, lines, strict=True):
        if resource.get("resourceType") == "Observation":
            one = _take(resource, line, specimens, assay, taken)
            if one is not None:
                whose = text_of(dict_of(resource.get("subject")).get("reference"))
                observed.setdefault((one.result.sample_id, whose), []).append(one)
    for report in observed.values():
        take_report(report, assay, taken)
    if not taken.results and not taken.rejected:
        _unstructured(resources, taken)
    return text_rows(taken, _TITLE, _READER, assay, settings, _LAYOUT)


def _take(
    observation: Json,
    line: int,
    specimens: dict[str, Json],
    assay: AssayNames | None,
    taken: Taken,
) -> Observed | None:
    """Take an Observation; what is none of BCR::ABL1 is ignored."""
    code = observation.get("code")
    loincs = [text_of(c.get("code")) for c in codings_of(code) if c.get("system") in (_LOINC, None)]
    parts = {n: c for c in list_of(observation.get("component")) for n in names_of(c.get("code"))}
    is_kit = any(p in parts for p in _OF_KIT) or any(
        "cepheid" in text_of(c.get("system")).lower() and text_of(c.get("code")).startswith("BCR")
        for c in codings_of(code)
    )
    names = names_of(code)
    kind = kind_of(names, loincs, assay) or (OWN if is_kit else None)
    is_named = MINOR not in loincs and any(NAMED.search(n) for n in names)
    if kind is None and not is_named and _has_own_part(observation):
        what = "a component is of BCR::ABL1, and results are read from Observations of their own"
        taken.not_whole(line, what, _CODE)
        return None
    if kind is None and not is_named:
        taken.ignore("IGNORED_OTHER_TARGET", line)
        return None
    if is_kit and not taken.is_own([*names, "BCR-ABL"], assay, line):
        return None
    if kind is None:
        taken.code_not_known(line, names[0], _CODE)
        return None
    if not is_kit and not is_own(names, [], assay, line, taken):
        return None
    status = text_of(observation.get("status"))
    if status not in (*_FINAL, *_CORRECTED):
        taken.not_final(line, status, _STATUS)
        return None
    said = _said(observation, kind, parts, is_kit=is_kit)
    if said is None:
        taken.text_not_understood(line, _written(observation), column=_VALUE)
        return None
    target, control = _quantity(parts, "BCR-ABL&Ct"), _quantity(parts, "ABL&Ct")
    odd = [c for c in (target, control) if c is not None and not is_number(c)]
    if odd:
        taken.text_not_understood(line, odd[0], "the Ct")
        return None
    numbers = {text_of(i.get("value")) for i in list_of(observation.get("identifier"))} - {""}
    sent = text_of(observation.get("issued")) or text_of(
        dict_of(observation.get("meta")).get("lastUpdated")
    )
    result = Result(
        line=line,
        sample_id=sample_of(observation, specimens),
        said=said,
        run_id=numbers.pop() if len(numbers) == 1 else None,
        target_cq=cq(target, is_read=said.is_read),
        control_cq=cq(control, is_read=said.is_read),
        version=version_of(status in _CORRECTED, sent),
    )
    return Observed(kind, result)


def _has_own_part(observation: Json) -> bool:
    """Tell whether a component of an Observation of another test is of BCR::ABL1."""
    return any(
        n in LOINC or NAMED.search(n)
        for c in list_of(observation.get("component"))
        for n in names_of(c.get("code"))
    )


def _quantity(parts: dict[str, Json], name: str) -> str | None:
    return text_of(dict_of(parts.get(name, {}).get("valueQuantity")).get("value")) or None


def _written(observation: Json) -> str:
    quantity = dict_of(observation.get("valueQuantity"))
    absent = dict_of(observation.get("dataAbsentReason"))
    said = [text_of(quantity.get(k)) for k in ("comparator", "value", "unit")]
    said += [
        text_of(observation.get("valueString")),
        *names_of(observation.get("valueCodeableConcept")),
    ]
    return " ".join(x for x in (*said, *names_of(absent)) if x) or "no value"


def _said(observation: Json, kind: str, parts: dict[str, Json], *, is_kit: bool) -> Said | None:
    """Return what an Observation says; None when it is not known or contradicts itself."""
    values = [k for k in observation if k.startswith("value")]
    absent = observation.get("dataAbsentReason")
    if len(values) + (absent is not None) != 1:
        return None
    said = _absent(observation, kind, is_kit=is_kit) if absent else _value(observation, kind, is_kit=is_kit)  # fmt: skip
    if said is None or (kind == PRESENCE and said.value):
        return None
    flags = {
        FLAGS[n]
        for i in list_of(observation.get("interpretation"))
        for n in names_of(i)
        if n in FLAGS
    }
    analyte = text_of(dict_of(parts.get("BCR-ABL&") or parts.get("BCR-ABL")).get("valueString"))
    flags |= {FLAGS[analyte]} if analyte in FLAGS else set()
    return None if len(flags) > 1 else with_flag(said, next(iter(flags), None))


def _limits(observation: Json) -> str:
    ranges = list_of(observation.get("referenceRange"))
    if len(ranges) != 1:
        return ""
    ends = [dict_of(ranges[0].get(k)) for k in ("low", "high")]
    low, high = (text_of(e.get("value")) for e in ends)
    units = {text_of(e.get("unit")) or text_of(e.get("code")) for e in ends} - {"", "%"}
    is_percent = all(is_on_scale(u) for u in units)
    stated = f"{low} to {high}" if low and high and is_percent else ""
    return text_of(ranges[0].get("text")) or stated


def _absent(observation: Json, kind: str, *, is_kit: bool) -> Said | None:
    absent = dict_of(observation["dataAbsentReason"])
    unit = _SCALE_UNIT if kind == SCALE else None
    said = kit_words(text_of(absent.get("text")), None, unit, _limits(observation))
    if said is None and not is_kit:
        said = plain_words(text_of(absent.get("text")), None, on_scale=False)
    is_error = any(text_of(c.get("code")) == "error" for c in codings_of(absent))
    return None if said is None or (is_error and said.call != "INVALID") else said


def _value(observation: Json, kind: str, *, is_kit: bool) -> Said | None:
    quantity = observation.get("valueQuantity")
    on_scale = kind == SCALE
    if isinstance(quantity, dict):
        number, operator = text_of(quantity.get("value")), text_of(quantity.get("comparator"))
        unit = text_of(quantity.get("unit")) or text_of(quantity.get("code"))
        if not is_number(number) or operator not in _COMPARATORS:
            return None
        # the kit reports percent, and its engine leaves the unit out
        unit = unit or ("%" if is_kit and on_scale else "")
        said = plain_words(f"{operator}{number}", unit or None, on_scale=on_scale)
        # only the kit's own range is that of its numbers: a laboratory's may be what is normal
        printed = printed_range(_limits(observation), _SCALE_UNIT) if is_kit and on_scale else None
        if said is None or (not operator and is_outside(number, printed)):
            return None
        return replace(said, printed_range=printed)
    concept = dict_of(observation.get("valueCodeableConcept"))
    words = [text_of(observation.get("valueString")), text_of(concept.get("text"))]
    words += [text_of(c.get("display")) for c in codings_of(concept)]
    scale, limits = _SCALE_UNIT if on_scale else None, _limits(observation)
    read = [
        kit_words(w, None, scale, limits)
        or (None if is_kit else plain_words(w, None, on_scale=on_scale))
        for w in (_OF_SNOMED.sub("", w) for w in words if w)
    ]
    known = {s for s in read if s is not None}
    # a concept has many names, and none may say the opposite of another
    return known.pop() if read and read[0] is not None and len(known) == 1 else None


def _unstructured(resources: list[Json], taken: Taken) -> None:
    """Report a file that holds no BCR::ABL1 result to read, unless it is plainly another test's."""
    reports = [r for r in resources if r.get("resourceType") == "DiagnosticReport"]
    is_own = any(NAMED.search(n) for r in reports for n in names_of(r.get("code")))
    has_form = any(list_of(r.get("presentedForm")) for r in reports)
    if taken.ignored and not is_own and not has_form:
        return
    message = (
        "the resource gives a report or attachment with no structured BCR::ABL1 result; a person must read it "
        "and enter the result as a canonical row"
    )
    taken.reject("NO_STRUCTURED_RESULT", message, None)


READER = Reader(
    _READER,
    _TITLE,
    "JSON with `resourceType`",
    False,
    recognise,
    read,
    may_quote=False,
)
