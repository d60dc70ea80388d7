"""The rule files that are shipped, and their hashes."""

import hashlib
from importlib import resources

from flows.errors import UserError
from flows.settings import Settings
from transforms.guidelines.rule_file import RuleFileError
from transforms.guidelines.rules import Rules, load_rules


def rule_texts() -> dict[str, str]:
    """Return the texts of the shipped rule files by name."""
    folder = resources.files("transforms.guidelines")
    return {
        f.name: f.read_text(encoding="utf-8") for f in folder.iterdir() if f.name.endswith(".toml")
    }


def active_rules(settings: Settings, stored: dict[str, str] | None = None) -> Rules:
    """Return the rules in force: settings first, else what the snapshot keeps, else the defaults.

    Raises:
        UserError: a rule file or a setting names something that does not exist.
    """
    try:
        return load_rules(rule_texts(), {**(stored or {}), **settings.rulesets})
    except RuleFileError as error:
        raise UserError(str(error)) from None


def rule_hashes() -> dict[str, str]:
    """Return the SHA-256 of each rule file."""
    return {n: hashlib.sha256(t.encode()).hexdigest() for n, t in sorted(rule_texts().items())}
