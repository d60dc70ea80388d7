"""No file of the project names a package registry's host or a path of one machine."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Put together from pieces, so that this file does not match itself.
REGISTRY = (
    "pypi" + ".org",
    "pythonhosted" + ".org",
    "npmjs" + ".org",
    "npmjs" + ".com",
    "anaconda" + ".org",
    "deb.debian" + ".org",
    "index" + "-url",
    "index" + "_url",
    "find" + "-links",
    "find" + "_links",
    "file" + "://",
)
TOP_FOLDERS = ("wo" + "rk", "ro" + "ot", "op" + "t", "tm" + "p", "ho" + "me", "Us" + "ers")
# Not after a letter, dot or colon (part of an address or of a relative path), nor after `<` (a
# closing tag), `*` (a pattern of git) or `-`.
MACHINE_PATH = re.compile(rf"(?<![\w.:/<*-])/(?:{'|'.join(TOP_FOLDERS)})(?=[/\s\"'`,;:)\]]|$)")


def offences(text: str) -> list[tuple[int, str]]:
    """Line number and offending text, for every offence."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        found += [(number, needle) for needle in REGISTRY if needle in line.lower()]
        found += [(number, match.group()) for match in MACHINE_PATH.finditer(line)]
    return found


def project_files() -> list[Path]:
    """Files that git tracks or would add; those deleted and not yet committed are left out."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def test_no_registry_and_no_machine_path() -> None:
    files = project_files()
    assert ROOT / "pyproject.toml" in files
    found = []
    for path in files:
        # Latin-1 reads any bytes; the needles are ASCII. UTF-16 exports lose their NUL bytes.
        text = path.read_bytes().replace(b"\0", b"").decode("latin-1")
        name = path.relative_to(ROOT).as_posix()
        found += [f"{name}:{line}: {what}" for line, what in offences(text)]
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize("needle", REGISTRY)
def test_finds_registry(needle: str) -> None:
    assert offences(f"a\nb {needle.upper()} c") == [(2, needle)]


@pytest.mark.parametrize("folder", TOP_FOLDERS)
@pytest.mark.parametrize("line", ["cd {}/x", 'p = "{}/x"', "cp a {}", "({})", "x={}/y", "{}"])
def test_finds_machine_path(folder: str, line: str) -> None:
    path = f"/{folder}"
    assert offences(line.format(path)) == [(1, path)]


@pytest.mark.parametrize("folder", TOP_FOLDERS)
@pytest.mark.parametrize(
    "line", ["https://example.org{}/x", "../a{}/x", "</{0}>", "and{}", "{}ing/x", ".{}/x"]
)
def test_lets_pass(folder: str, line: str) -> None:
    assert offences(line.format(f"/{folder}").replace("<//", "</")) == []
