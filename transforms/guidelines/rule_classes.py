"""Classes of a rule set: what a status depends on, as rows of its data file."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from schemas.enums import Basis, ControlGene, Modality, Reason, Response, Status, Timepoint, Tissue
from schemas.flags import FLAGS
from transforms.guidelines.rule_file import Number, RuleFile


@dataclass(frozen=True)
class RuleClass:
    """One row: for which results it is, and where their classes begin.

    Attributes:
        id: id in the rule set.
        markers: markers it is for; empty = all.
        except_markers: markers it is not for, which have classes of their own.
        modalities: modalities it is for; empty = all.
        bases: bases it is for; empty = all.
        tissues: tissues it is for; empty = all.
        timepoints: time points it is for; empty = all, and none.
        except_timepoints: time points it is not for.
        positive_from: level from which on a detection is POSITIVE; None = any detection is.
        negative_below: level below which a detection is NEGATIVE; None = no detection is.
        below: status of a detection below `positive_from`.
        required_lod: LOD that a negative needs.
        min_control_copies: control copies per replicate that a negative needs, by gene.
        min_denominator: events that a negative needs.
        min_viable_blasts: viable blasts that a negative needs, where they were counted.
        min_log10_reduction: a detection with this reduction from baseline is no positive.
        no_confirmation_from: level from which a relapse needs no second specimen.
        responses: the rule set's word by status, or by reason where that decides.
        source: where it was published.
        evidence: `primary` or `provisional`.
    """

    id: str
    markers: tuple[str, ...]
    except_markers: tuple[str, ...]
    modalities: tuple[str, ...]
    bases: tuple[str, ...]
    tissues: tuple[str, ...]
    timepoints: tuple[str, ...]
    except_timepoints: tuple[str, ...]
    positive_from: Number | None
    negative_below: Number | None
    below: str
    required_lod: Number | None
    min_control_copies: Mapping[str, Number]
    min_denominator: Number | None
    min_viable_blasts: Number | None
    min_log10_reduction: Number | None
    no_confirmation_from: Number | None
    responses: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    evidence: str = ""

    def numbers(self) -> list[Number]:
        """Return its numbers, in the order in which the file names them."""
        own = [getattr(self, name) for name in _NUMBERS]
        copies = [replace(n, key=f"control copies {g}") for g, n in self.min_control_copies.items()]
        return [n for n in own if n is not None] + copies


@dataclass(frozen=True)
class Excluded:
    """Results that are kept and annotated and never counted.

    Attributes:
        flags: flags of `assay_results` that exclude.
        timepoints: time points at which they do; empty = always.
        until: `HCT` = only up to the first transplantation; empty = without end.
        source: where it was published.
        evidence: `primary` or `provisional`.
    """

    flags: tuple[str, ...]
    timepoints: tuple[str, ...]
    until: str
    source: str
    evidence: str


_LISTS = {
    "modalities": Modality,
    "bases": Basis,
    "tissues": Tissue,
    "timepoints": Timepoint,
    "except_timepoints": Timepoint,
}
_NUMBERS = (
    "positive_from", "negative_below", "required_lod", "min_denominator", "min_viable_blasts",
    "min_log10_reduction", "no_confirmation_from",
)  # fmt: skip
_KEYS = {"id", "source", "evidence", "markers", "except_markers", "below", "min_control_copies", "responses", *_LISTS, *_NUMBERS}  # fmt: skip


def parse_classes(file: RuleFile) -> tuple[RuleClass, ...]:
    """Return the classes of a rule file in their order.

    Raises:
        RuleFileError: naming file, key and value.
    """
    return tuple(_class(file, table) for table in file.tables("class"))


def _class(file: RuleFile, table: dict[str, Any]) -> RuleClass:
    key = f"class {table['id']}"
    file.known_keys(key, table, _KEYS)
    numbers: dict[str, Any] = {name: file.optional(key, table, name) for name in _NUMBERS}
    below = table.get("below", Status.LOW_LEVEL)
    if below not in (Status.LOW_LEVEL, Status.NEGATIVE):
        raise file.fail(f"{key}.below", below, "LOW_LEVEL or NEGATIVE")
    low, high = numbers["negative_below"], numbers["positive_from"]
    is_open = high is None and numbers["min_log10_reduction"] is None
    if low is not None and (is_open or (high is not None and low.value > high.value)):
        raise file.fail(f"{key}.negative_below", low.value, "at most positive_from")
    responses = table.get("responses", {})
    order = file.words("response_order", Response)
    for name, word in responses.items():
        if word not in order:
            raise file.fail(
                f"{key}.responses.{name}", word, f"one of response_order: {', '.join(order)}"
            )
        if name not in list(Status) and name not in list(Reason):
            raise file.fail(f"{key}.responses.{name}", word, "for a status or a reason")
    copies = table.get("min_control_copies", {})
    for gene in copies:
        file.legal(f"{key}.min_control_copies", [gene], ControlGene)
    markers = {n: file.texts(f"{key}.{n}", table.get(n, [])) for n in ("markers", "except_markers")}
    lists: dict[str, Any] = {
        n: file.legal(f"{key}.{n}", table.get(n, []), legal) for n, legal in _LISTS.items()
    }
    found = {gene: file.optional(key, copies, gene) for gene in copies}
    return RuleClass(
        id=table["id"],
        markers=markers["markers"],
        except_markers=markers["except_markers"],
        below=str(below),
        min_control_copies={g: n for g, n in found.items() if n is not None},
        responses=responses,
        source=table["source"],
        evidence=table["evidence"],
        **lists,
        **numbers,
    )


def parse_flags(file: RuleFile, key: str, flags: list[str]) -> tuple[str, ...]:
    """Return a list of flags of `assay_results`.

    Raises:
        RuleFileError: naming file, key and value.
    """
    for flag in flags:
        if flag not in FLAGS:
            raise file.fail(key, flag, f"one of {', '.join(sorted(FLAGS))}")
    return tuple(flags)


def parse_excluded(file: RuleFile) -> tuple[Excluded, ...]:
    """Return what a rule file excludes.

    Raises:
        RuleFileError: naming file, key and value.
    """
    found = []
    for key, table in file.rows("excluded"):
        file.known_keys(key, table, {"flags", "timepoints", "until", "source", "evidence"})
        timepoints = file.legal(f"{key}.timepoints", table.get("timepoints", []), Timepoint)
        until = table.get("until", "")
        if until not in ("", "HCT"):
            raise file.fail(f"{key}.until", until, "HCT, or left out")
        flags = parse_flags(file, f"{key}.flags", table.get("flags", []))
        found.append(Excluded(flags, timepoints, until, table["source"], table["evidence"]))
    return tuple(found)
