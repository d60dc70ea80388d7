"""Settings: one file `mrd.toml` beside the warehouse. Every key has a default.

`docs/settings.md` and the file that `mrd init` writes are generated from the fields here.
"""

import hashlib
import json
import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from flows.errors import UserError
from transforms.parse.sentinels import sentinel_of
from transforms.readers.encodings import ENCODINGS
from transforms.readers.name_pattern import check_pattern
from transforms.readers.rows import ReaderSettings
from transforms.readers.sample_names import PARTS

FILE_NAME = "mrd.toml"
_EXAMPLES = {
    "pseudonym_key_file": '"../keys/mrd.key"',
    "file_names": '"igh-miseq" = "{sample_id}_IGH_{*}.tsv"',
    "sample_names": '"ngf-8c" = "{sample_id}_{tube}.fcs"',
    "encodings": '"lc480-room2" = "windows-1252"',
    "rulesets": 'CML = "eln-cml-2020"',
    "visit_windows": '"3 mo" = [61, 137]',
    "not_detected_values": '"bcrabl-lab1" = ["0.0001 %", "0"]',
}


def _two_days(value: object) -> object:
    if not isinstance(value, list | tuple) or [type(v) for v in value] != [int, int]:
        raise ValueError("write two whole numbers of days: [first day, day after the last]")
    return value


def _file_name(pattern: str) -> str:
    check_pattern(pattern, ("sample_id",))
    return pattern


def _sample_name(pattern: str) -> str:
    check_pattern(pattern, PARTS)
    return pattern


def _encoding(name: str) -> str:
    if name not in ENCODINGS:
        raise ValueError(f"write one of {', '.join(ENCODINGS)}")
    return name


def _not_detected(value: object) -> object:
    if not isinstance(value, list | tuple):
        raise ValueError('write a list of values, for example ["0.0001 %", "0"]')
    texts = [t if isinstance(t, str) else repr(t) for t in value]
    for text in texts:
        sentinel_of(text)
    return texts


class Settings(BaseModel):
    """Settings of a warehouse."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    control_names: tuple[str, ...] = Field(
        ("NTC", "NRT", "NAC", "H2O", "water", "blank", "no template control", "negative control"),
        description="Names of wells that are controls whatever their role column says; compared "
        "trimmed, without case, a trailing number allowed.",
    )
    max_file_mb: int = Field(
        1024, gt=0, description="Files larger than this are refused without being read."
    )
    settle_seconds: float = Field(
        2.0,
        ge=0,
        description="A file that changed less than this ago is looked at twice; one that still "
        "grows is left for the next load. On a share whose clock is behind, more than it is behind.",
    )
    lock_wait_seconds: float = Field(
        30.0, ge=0, description="How long a load waits for another one; 0 = it stops at once."
    )
    load_timeout_minutes: float = Field(
        240.0, gt=0, description="A load that a schedule began is stopped after this time."
    )
    pending_review_days: int = Field(
        30, ge=1, description="Results that wait longer than this become a REVIEW finding."
    )
    expiring_days: int = Field(
        30,
        ge=0,
        description="`mrd status` names conversion factors that end within this many days with none to follow.",
    )
    rule_files: tuple[Path, ...] = Field(
        (),
        description="A site's own rule files, relative to this file, each with an id of its own; "
        "`rulesets` makes one active.",
    )
    layouts: tuple[Path, ...] = Field(
        (),
        description="Layouts of the laboratory's own tables, relative to this file (`docs/layouts.md`); "
        "a layout beside the data needs no entry here.",
    )
    pseudonym_key_file: Path | None = Field(
        None,
        description="Key file, relative to this file: names of patients, samples, runs and files are replaced by keyed "
        "hashes (`docs/privacy.md`). Set it before the first load; `mrd init --pseudonym-key FILE` writes one.",
    )
    clinical_response_days: int = Field(
        14, ge=0, description="A clinical response counts for samples at most this many days away."
    )
    visit_windows: dict[str, Annotated[tuple[int, int], BeforeValidator(_two_days)]] = Field(
        default_factory=dict,
        description="Windows of CML milestones in days from the start of the first TKI, where they are "
        'not those of the rule set: first day, day after the last; for example "3 mo" = [61, 137].',
    )
    rulesets: dict[str, str] = Field(
        default_factory=dict,
        description="Active rule set by disease, where it is not the default; for example "
        'CML = "eln-cml-2020".',
    )

    file_names: dict[str, Annotated[str, AfterValidator(_file_name)]] = Field(
        default_factory=dict,
        description="By folder, how files that do not say whose sample they hold are named; a `manifest` row "
        'goes before it; for example "igh-miseq" = "{sample_id}_IGH_{*}.tsv".',
    )
    sample_names: dict[str, Annotated[str, AfterValidator(_sample_name)]] = Field(
        default_factory=dict,
        description="By folder, how an instrument's files write names of samples, where they hold more than "
        'the name; for example "ngf-8c" = "{sample_id}_{tube}.fcs".',
    )
    encodings: dict[str, Annotated[str, AfterValidator(_encoding)]] = Field(
        default_factory=dict,
        description="By folder, how an instrument writes texts that are no UTF-8: "
        + ", ".join(f"`{e}`" for e in ENCODINGS)
        + '; for example "lc480-room2" = "windows-1252". A table names it in its layout.',
    )
    not_detected_values: dict[str, Annotated[tuple[str, ...], BeforeValidator(_not_detected)]] = (
        Field(
            default_factory=dict,
            description="By assay, what its reports print as a value where nothing was detected: a percentage below "
            '0.00316 %, an MR above 4.5, or "0"; for example "bcrabl-lab1" = ["0.0001 %", "MR6", "0"].',
        )
    )

    def reader_hash(self, file_format: str | None) -> str:
        """Return the hash of the settings that the reader of a format depends on.

        A canonical file is read by its own words alone, except for values that stand for undetectable.
        """
        read: list[object] = [self.not_detected_values]
        if file_format is None or not file_format.startswith("canonical "):
            read += [list(self.control_names), self.sample_names]
            # hashes of earlier programs hold where none is named
            read += [self.encodings] if self.encodings else []
        elif file_format != "canonical pcr_measurements":
            read = []
        return hashlib.sha256(json.dumps(read, sort_keys=True).encode()).hexdigest()

    def for_readers(self) -> ReaderSettings:
        """Return the settings that readers depend on."""
        return ReaderSettings(
            control_names=self.control_names, not_detected_values=self.not_detected_values
        )

    def to_store(self) -> dict[str, Any]:
        """Return what a manifest holds: plain values, and of files the name without a path."""
        stored = self.model_dump(mode="json", exclude={"pseudonym_key_file"})
        for key in ("rule_files", "layouts"):
            stored[key] = [p.name for p in getattr(self, key)]
        return stored


def settings_path(warehouse: Path) -> Path:
    """Return where the settings of a warehouse lie."""
    return warehouse.parent / FILE_NAME


def load_settings(warehouse: Path, explicit: Path | None) -> Settings:
    """Read the settings of a warehouse.

    Args:
        warehouse: the warehouse; `mrd.toml` lies beside it.
        explicit: a settings file given on the command line.

    Raises:
        UserError: the file is missing, unreadable, or has an unknown key or a wrong value.
    """
    path = explicit or settings_path(warehouse)
    if not path.exists():
        if explicit:
            raise UserError(f"{path}: there is no such settings file")
        return Settings()
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UserError(f"{path}: not readable as TOML: {error}") from None
    try:
        settings = Settings.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(p) for p in first["loc"])
        if first["type"] == "extra_forbidden":
            known = ", ".join(Settings.model_fields)
            raise UserError(f"{path}: unknown setting {key}; known are {known}") from None
        said = first["msg"].removeprefix("Value error, ").replace("valid tuple", "list")
        raise UserError(f"{path}: {key} = {first['input']!r}: {said}") from None
    beside = {
        key: tuple(path.parent / p for p in getattr(settings, key))
        for key in ("rule_files", "layouts")
    }
    if settings.pseudonym_key_file is not None:
        own_key = path.parent / settings.pseudonym_key_file
        settings = settings.model_copy(update={"pseudonym_key_file": own_key})
    return settings.model_copy(update=beside)


def template() -> str:
    """Return a settings file with every key, its meaning and its default, commented out."""
    lines = ["# Settings of the warehouse in this folder. Remove a # to change a default.", ""]
    for name, field in Settings.model_fields.items():
        lines.append(f"# {field.description}")
        default = field.get_default(call_default_factory=True)
        if isinstance(default, dict):
            lines.extend([f"# [{name}]", f"# {_EXAMPLES[name]}", ""])
            continue
        shown = _EXAMPLES[name] if default is None else json.dumps(default)
        lines.extend([f"# {name} = {shown}", ""])
    return "\n".join(lines)


def _default(value: object) -> str:
    return "none" if value is None else f"`{json.dumps(value)}`"


def reference() -> str:
    """Return the reference of settings as Markdown, for `docs/settings.md`."""
    rows = [
        f"| `{name}` | {_default(field.get_default(call_default_factory=True))} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    head = [
        "# Settings",
        "",
        f"One file `{FILE_NAME}` beside the warehouse, or `--settings FILE`.",
        "",
    ]
    return "\n".join([*head, "| key | default | meaning |", "|---|---|---|", *rows, ""])
