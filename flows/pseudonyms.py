"""The door of a warehouse: with a key, names become pseudonyms as rows enter; without one they pass as they are."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from flows.errors import EXIT_NOT_PUBLISHED, UserError
from flows.key_file import read_key
from flows.settings import Settings, load_settings
from flows.warehouse import Warehouse
from transforms.ingest import ParsedLoad
from transforms.pseudonyms import (
    KINDS,
    admitted,
    alike_pseudonyms,
    fingerprint,
    is_pseudonym,
    pseudonym,
    pseudonyms,
)

FINGERPRINT = "pseudonym_key_fingerprint"
"""Entry of a snapshot's manifest where names are replaced; absent where they are not."""


@dataclass(frozen=True)
class Door:
    """Where names are replaced.

    Attributes:
        key: the site's key; None = names stay.
    """

    key: bytes | None = field(default=None, repr=False)

    @property
    def hides(self) -> bool:
        """Whether names are replaced."""
        return self.key is not None

    def called(self, name: str, kind: str) -> str:
        """Return what a name is called inside: kinds are those of `transforms.pseudonyms.KINDS`."""
        return name if self.key is None else pseudonym(name, kind, self.key)

    def inside(self, typed: str, kind: str) -> str:
        """Return what a name that a person typed is called inside; a pseudonym may be typed as well."""
        return typed if is_pseudonym(typed, kind) else self.called(typed, kind)

    def called_all(self, names: Collection[str], kind: str) -> dict[str, str]:
        """Return what names are called inside, by name; nothing where names stay."""
        if self.key is None:
            return {}
        given = pl.Series(sorted(names), dtype=pl.String)
        return dict(zip(given, pseudonyms(given, kind, self.key), strict=True))

    def file(self, name: str) -> str:
        """Return what a file is called inside."""
        return self.called(name, "file")

    def admitted(self, parsed: ParsedLoad, told: Collection[str] = ()) -> ParsedLoad:
        """Return rows as they may enter: see `transforms.pseudonyms.admitted`."""
        return parsed if self.key is None else admitted(parsed, self.key, told)

    def names(self, parsed: ParsedLoad) -> dict[str, str]:
        """Return the samples and patients in rows as they came by what they are called inside."""
        found: dict[str, str] = {}
        for rows in parsed.tables.values():
            for column, kind in (("sample_id", "sample"), ("patient_id", "patient")):
                if column in rows.columns:
                    names = rows[column].drop_nulls().unique()
                    found |= {inside: n for n, inside in self.called_all(names, kind).items()}
        return found

    def alike(self, of_names: Callable[[pl.Expr], pl.Expr]) -> Callable[[pl.Expr], pl.Expr]:
        """Return how to see that two names of samples may be one: of names as they came, or of pseudonyms."""
        return of_names if self.key is None else alike_pseudonyms

    def to_store(self) -> dict[str, str]:
        """Return what a manifest holds of the key: nothing, or its fingerprint."""
        return {} if self.key is None else {FINGERPRINT: fingerprint(self.key)}


AS_WRITTEN = Door()
"""The door that names pass as they are."""


def open_door(settings: Settings, warehouse: Warehouse, manifest: Mapping[str, Any] | None) -> Door:
    """Return the door of a warehouse, after a look at whether the key is the warehouse's own.

    Args:
        settings: may name the key file.
        warehouse: the warehouse.
        manifest: of the current snapshot; None in a new warehouse.

    Raises:
        UserError: the key file cannot be used; or the warehouse was begun with another key, with a key and there is
            none now, or without one.
    """
    path = settings.pseudonym_key_file
    key = None if path is None else read_key(path, warehouse.root)
    stored = (manifest or {}).get(FINGERPRINT)
    root = warehouse.root
    if key is None:
        if stored is not None or warehouse.is_private:
            raise UserError(
                f"{root}: this warehouse holds pseudonyms, and no key is set; name the key file it was begun with as "
                "pseudonym_key_file in the settings",
                EXIT_NOT_PUBLISHED,
            )
        return AS_WRITTEN
    begun_plain = stored is None and (manifest is not None or warehouse.has_plain_inputs)
    if begun_plain:
        raise UserError(
            f"{root}: this warehouse was begun without pseudonyms and holds names as they came; load its inputs into a "
            "new warehouse, or remove pseudonym_key_file from the settings",
            EXIT_NOT_PUBLISHED,
        )
    if stored not in (None, fingerprint(key)):
        raise UserError(
            f"{path}: this is not the key that {root} was begun with (fingerprint {fingerprint(key)}, the warehouse's is "
            f"{stored}); set the right key file, or load the inputs into a new warehouse",
            EXIT_NOT_PUBLISHED,
        )
    if stored is not None and not warehouse.is_private:
        raise UserError(
            f"{warehouse.private}: the folder is missing, with the inputs of this warehouse in it; restore it from a "
            "backup",
            EXIT_NOT_PUBLISHED,
        )
    return Door(key)


def name_inside(typed: str, kind: str, warehouse: Path, settings_file: Path | None = None) -> str:
    """Return what a name that a person typed is called in the tables; a pseudonym may be typed as well.

    Args:
        typed: a name or a pseudonym.
        kind: one of `KINDS`.
        warehouse: the warehouse.
        settings_file: names the key file; None = the one beside the warehouse.

    Raises:
        UserError: the warehouse holds pseudonyms, and a name was typed without its key at hand.
    """
    place = Warehouse(warehouse)
    manifest = place.require_current().manifest
    if FINGERPRINT not in manifest or is_pseudonym(typed, kind):
        return typed
    settings = load_settings(warehouse, settings_file)
    if settings.pseudonym_key_file is None:
        raise UserError(
            f"{warehouse}: the {kind}s of this warehouse have pseudonyms; give the pseudonym (it begins with "
            f"{KINDS[kind]}), or name the key file as pseudonym_key_file in the settings"
        )
    return open_door(settings, place, manifest).inside(typed, kind)


def refuse_key_among(paths: Sequence[Path], settings: Settings) -> None:
    """Check that the key is none of the files that are loaded: inputs are kept as they are.

    Raises:
        UserError: it is one of them.
    """
    key = settings.pseudonym_key_file
    if key is not None and key.resolve() in {p.resolve() for p in paths}:
        raise UserError(f"{key}: the key lies among the files to load; move it elsewhere")
