"""Look up every package of requirements.lock in the public lists of known vulnerabilities, with pip-audit.

Ends with 1 where a vulnerability has a fix and is not accepted in `audit_accepted.toml`. Where the lists cannot
be reached it says so and ends with 0: nothing was checked then, and the last line tells.
"""

import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

TOOL = "pip-audit==2.10.1"
TOP = Path(__file__).parents[1]
ACCEPTED = Path(__file__).with_name("audit_accepted.toml")
# asked in this order until one of them knows the packages
LISTS = ("pypi", "osv")


def judge(
    packages: Sequence[Mapping[str, Any]], accepted: Sequence[Mapping[str, Any]], today: date
) -> tuple[list[str], bool]:
    """Return what to say of the packages, and whether all is well.

    Args:
        packages: `dependencies` of pip-audit's JSON: `name`, `version`, `vulns` or `skip_reason`.
        accepted: `id`, `reason`, `until` of what is lived with for now.
        today: the present day.
    """
    reasons = {a["id"]: a for a in accepted}
    said, is_well = [], True
    found = set()
    for package in packages:
        for vuln in package.get("vulns", []):
            names = {vuln["id"], *vuln.get("aliases", [])}
            found |= names
            what = f"{package['name']} {package['version']}: {vuln['id']}"
            held = next((reasons[n] for n in sorted(names) if n in reasons), None)
            fixes = ", ".join(vuln["fix_versions"])
            if not fixes:
                said.append(f"{what}, no fix yet")
            elif held and today <= held["until"]:
                said.append(f"{what}, accepted until {held['until']}: {held['reason']}")
            else:
                over = f" (was accepted until {held['until']})" if held else ""
                said.append(f"{what}, fixed in {fixes}{over}: take it with `make lock UPGRADE=...`")
                is_well = False
    said += [f"{i} is accepted and no longer found: remove it" for i in reasons if i not in found]
    skipped = [p["name"] for p in packages if "skip_reason" in p]
    if skipped:
        said.append(f"not checked, because the list does not know them: {', '.join(skipped)}")
    said.append(f"{len(packages) - len(skipped)} of {len(packages)} packages checked")
    return said, is_well


def looked_up(python: Path, service: str) -> list[dict[str, Any]]:
    """Return what a list says of the packages; nothing where it cannot be reached or knows none of them."""
    command = [
        python, "-m", "pip_audit", "-r", TOP / "requirements.lock", "--disable-pip", "--no-deps", "-s", service,
        "--format", "json", "--progress-spinner", "off", "--timeout", "10",
    ]  # fmt: skip
    try:
        run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        packages: list[dict[str, Any]] = json.loads(run.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError):
        return []
    # with a mirror that has no such list every package is "not found", and pip-audit calls that well
    return packages if any("skip_reason" not in p for p in packages) else []


def main() -> int:
    """Run the audit; return its exit status."""
    accepted = tomllib.loads(ACCEPTED.read_text(encoding="utf-8")).get("accepted", [])
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run([sys.executable, "-m", "venv", scratch], check=True)
        python = Path(scratch) / "bin" / "python"
        pip = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-input"]
        made = subprocess.run([*pip, TOOL], capture_output=True, text=True, check=False)
        if made.returncode:
            print(f"audit: {TOOL} cannot be installed\n{made.stderr}", file=sys.stderr)
            return 1
        packages = next((p for s in LISTS if (p := looked_up(python, s))), [])
    if not packages:
        print(
            "audit: the lists of known vulnerabilities cannot be reached from here; NOTHING was checked"
        )
        return 0
    said, is_well = judge(packages, accepted, date.today())
    for line in said:
        print(f"audit: {line}")
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
