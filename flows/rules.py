"""The rules in force: shipped files, a site's own files, and what settings and the snapshot choose."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

from flows.errors import UserError
from flows.settings import Settings
from transforms.guidelines.rule_file import RuleFile, RuleFileError
from transforms.guidelines.rules import DEFAULT_RULESETS, Rules, check_active, load_rules
from transforms.guidelines.site_numbers import with_site_numbers

NUMBERS = ("visit_windows", "clinical_response_days")
"""Settings that are numbers of the rules."""


@dataclass(frozen=True)
class InForce:
    """The rules of a load.

    Attributes:
        rules: parsed.
        site: text of each of the site's own rule sets that is active, by its id.
    """

    rules: Rules
    site: Mapping[str, str]

    def site_hashes(self) -> dict[str, str]:
        """Return the SHA-256 of each of the site's own rule sets that is active."""
        return _hashes({f"{name}.toml": text for name, text in self.site.items()})


def rule_texts() -> dict[str, str]:
    """Return the texts of the shipped rule files by name."""
    folder = resources.files("transforms.guidelines")
    return {
        f.name: f.read_text(encoding="utf-8") for f in folder.iterdir() if f.name.endswith(".toml")
    }


def rule_hashes() -> dict[str, str]:
    """Return the SHA-256 of each shipped rule file."""
    return _hashes(rule_texts())


def _hashes(texts: Mapping[str, str]) -> dict[str, str]:
    return {n: hashlib.sha256(t.encode()).hexdigest() for n, t in sorted(texts.items())}


def active_rules(settings: Settings) -> Rules:
    """Return the rules of a new warehouse with these settings.

    Raises:
        UserError: a rule file or a setting names something that does not exist.
    """
    return rules_in_force(settings, None).rules


def rules_in_force(
    settings: Settings,
    manifest: Mapping[str, Any] | None,
    named: Mapping[str, str] | None = None,
) -> InForce:
    """Return the rules in force: named first, then settings, the snapshot, the defaults.

    Args:
        settings: settings of the site.
        manifest: of the current snapshot; None in a new warehouse.
        named: rule set by disease, as a person named it on the command line.

    Raises:
        UserError: a rule file, a setting or a name is wrong.
    """
    named = named or {}
    kept = chosen_rulesets(manifest["rulesets"]) if manifest else {}
    chosen = {d: r for d, r in {**kept, **settings.rulesets}.items() if d not in named}
    try:
        site = {str(p): _text(p) for p in settings.rule_files}
        ids = {RuleFile(name, text).text("id"): text for name, text in site.items()}
        used = {*chosen.values(), *named.values()}
        for name, text in (manifest or {}).get("site_rules", {}).items():
            if name in used and name not in ids:
                site[f"{name} (kept in the warehouse)"] = ids[name] = text
        rules = load_rules(rule_texts(), chosen, site)
        check_active(named, rules.rulesets, "--ruleset ")
        rules = replace(rules, active={**rules.active, **named})
        rules = with_site_numbers(rules, settings.visit_windows, settings.clinical_response_days)
    except RuleFileError as error:
        raise UserError(str(error)) from None
    active = sorted(set(rules.active.values()) & set(ids))
    return InForce(rules, {name: ids[name] for name in active})


def rules_of(manifest: Mapping[str, Any]) -> Rules:
    """Return the rules that the tables of a snapshot were made with."""
    numbers = {k: v for k, v in manifest["settings"].items() if k in NUMBERS}
    return rules_in_force(Settings.model_validate(numbers), manifest).rules


def chosen_rulesets(stored: Mapping[str, str]) -> dict[str, str]:
    """Return the stored choices that are not merely the default."""
    return {d: r for d, r in stored.items() if DEFAULT_RULESETS.get(d) != r}


def changed_numbers(settings: Settings, manifest: Mapping[str, Any]) -> bool:
    """Tell whether a setting that is a number of the rules differs from the snapshot's."""
    now, default = settings.to_store(), Settings().to_store()
    return any(now[k] != manifest["settings"].get(k, default[k]) for k in NUMBERS)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UserError(f"settings: rule_files: {path}: there is no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"settings: rule_files: {path}: not readable as text: {error}") from None
