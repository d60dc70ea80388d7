"""The tree of a FHIR file: its resources, where they stand, which specimen an Observation is of, what a code is called."""

import re
from collections.abc import Iterator
from typing import Any

_OBSERVATION = re.compile(r'"resourceType"\s*:\s*"Observation"')

Json = dict[str, Any]
"""An object; numbers are texts as written."""


def no_key_twice(pairs: list[tuple[str, Any]]) -> Json:
    """Return an object; of a key that stands twice with two values neither is the one that is meant."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def resources_of(tree: object) -> Iterator[Json]:
    """Yield every resource, in the order of the file."""
    if isinstance(tree, dict):
        if isinstance(tree.get("resourceType"), str):
            yield tree
        for child in tree.values():
            yield from resources_of(child)
    elif isinstance(tree, list):
        for child in tree:
            yield from resources_of(child)


def lines_of(text: str, resources: list[Json]) -> list[int]:
    """Return a line for each resource: where it says what it is, or its number where lines do not tell."""
    lines, line, at = [], 1, 0
    for match in _OBSERVATION.finditer(text):
        # onwards from the last one: from the beginning each time, a large file takes hours
        line += text.count("\n", at, match.start())
        at = match.start()
        lines.append(line)
    own = [i for i, r in enumerate(resources) if r.get("resourceType") == "Observation"]
    # from 2: a rejected row is quoted by its line, and line 1 may be the whole file with its patient
    numbers = list(range(2, len(resources) + 2))
    if len(own) != len(lines) or len(set(lines)) != len(lines) or "\n" not in text.strip():
        return numbers
    for i, line in zip(own, lines, strict=True):
        numbers[i] = line
    return numbers


def dict_of(value: object) -> Json:
    """Return an object, an empty one where it is something else."""
    return value if isinstance(value, dict) else {}


def list_of(value: object) -> list[Json]:
    """Return the objects of a list; none where it is something else."""
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []


def text_of(value: object) -> str:
    """Return a text without blanks around it; an empty one where it is something else."""
    return value.strip() if isinstance(value, str) else ""


def specimens_of(tree: object) -> dict[str, Json]:
    """Return specimens by every reference that may name them; none where two have one name."""
    named: list[tuple[str, Json]] = []
    for entry in list_of(dict_of(tree).get("entry")):
        resource = dict_of(entry.get("resource"))
        named.append((text_of(entry.get("fullUrl")), resource))
    for resource in resources_of(tree):
        number = text_of(resource.get("id"))
        named.append((f"Specimen/{number}" if number else "", resource))
    found: dict[str, Json] = {}
    for reference, resource in named:
        if reference and resource.get("resourceType") == "Specimen":
            found[reference] = resource if found.get(reference, resource) == resource else {}
    return found


def sample_of(observation: Json, specimens: dict[str, Json]) -> str | None:
    """Return the specimen's number as written; the id of a server is none."""
    named = dict_of(observation.get("specimen"))
    # `#1` names what the Observation itself contains: another one may contain another `#1`
    own = {f"#{text_of(r.get('id'))}": r for r in list_of(observation.get("contained"))}
    reference = text_of(named.get("reference"))
    specimen = own.get(reference) or specimens.get(reference, {})
    accession = text_of(dict_of(specimen.get("accessionIdentifier")).get("value"))
    if accession:
        return accession
    others = {text_of(i.get("value")) for i in list_of(specimen.get("identifier"))}
    others |= {text_of(dict_of(named.get("identifier")).get("value"))}
    others -= {""}
    return others.pop() if len(others) == 1 else None


def codings_of(concept: object) -> list[Json]:
    """Return the codings of a CodeableConcept."""
    return list_of(dict_of(concept).get("coding"))


def names_of(concept: object) -> list[str]:
    """Return codes, displays and text of a CodeableConcept, those that are written."""
    said = [text_of(c.get(k)) for c in codings_of(concept) for k in ("code", "display")]
    return [n for n in (*said, text_of(dict_of(concept).get("text"))) if n]
