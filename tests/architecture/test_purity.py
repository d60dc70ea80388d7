"""The one-way rule of the rooms and the purity of the inner two, checked on the syntax tree.

Imports run flows -> transforms -> schemas. The two inner rooms touch no disk, network, clock,
environment or chance, so the same input bytes always give the same tables.
"""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PURE_ROOMS = ("schemas", "transforms")

# Rooms, or tools of a room, that must not be imported from here.
FORBIDDEN_ROOMS = {
    "schemas": {"transforms", "flows", "prefect", "tests", "benchmarks"},
    "transforms": {"flows", "prefect", "tests", "benchmarks"},
    "flows": {"tests", "benchmarks"},
}

# Modules that reach out of the process, or differ from run to run. A name stands for all below it.
IMPURE_MODULES = {
    "asyncio": "network and clock",
    "duckdb": "file access",
    "fileinput": "file access",
    "filelock": "file access",
    "ftplib": "network",
    "getpass": "environment",
    "glob": "file access",
    "http": "network",
    "httpx": "network",
    "importlib": "file access",
    "io.FileIO": "file access",
    "io.open": "file access",
    "io.open_code": "file access",
    "bz2.open": "file access",
    "codecs.open": "file access",
    "gzip.open": "file access",
    "lzma.open": "file access",
    "multiprocessing": "processes",
    "numpy.fromfile": "file access",
    "numpy.genfromtxt": "file access",
    "numpy.load": "file access",
    "numpy.loadtxt": "file access",
    "numpy.memmap": "file access",
    "numpy.random": "chance",
    "numpy.save": "file access",
    "numpy.savetxt": "file access",
    "numpy.savez": "file access",
    "os": "file access and environment",
    "pathlib": "file access",
    "pkgutil": "file access",
    "platform": "environment",
    "pyarrow.csv": "file access",
    "pyarrow.dataset": "file access",
    "pyarrow.feather": "file access",
    "pyarrow.fs": "file access",
    "pyarrow.parquet": "file access",
    "random": "chance",
    "requests": "network",
    "secrets": "chance",
    "shutil": "file access",
    "smtplib": "network",
    "socket": "network",
    "sqlite3": "file access",
    "subprocess": "processes",
    "sys.argv": "environment",
    "sys.stdin": "file access",
    "tempfile": "file access",
    "time": "clock",
    "urllib": "network",
    "uuid": "chance",
}
IMPURE_BUILTINS = {
    "open": "file access",
    "input": "file access",
    "__import__": "file access",
    "eval": "hidden code",
    "exec": "hidden code",
}
IMPURE_ATTRIBUTES = {
    "now": "clock",
    "today": "clock",
    "utcnow": "clock",
    "read_bytes": "file access",
    "read_text": "file access",
    "tofile": "file access",
    "shuffle": "chance",
    "map_elements": "row by row",
    "iter_rows": "row by row",
}
# Methods of a frame: no import tells whose they are, so the name alone decides.
IMPURE_PREFIXES = ("write_", "sink_")
# What polars 2.1.0 has but gets wrong, in every room.
FAULTY = {
    "polars.format": "panics on a column whose first chunk is empty; transforms.worded.worded",
}
# Readers of polars that also take bytes in memory; the others are given paths.
BYTE_READERS = {"polars.read_csv", "polars.read_excel"}


@dataclass(frozen=True)
class Violation:
    """One forbidden name at one line."""

    file: str
    line: int
    name: str
    why: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.name} ({self.why})"


class _Checker(ast.NodeVisitor):
    def __init__(self, room: str, file: str) -> None:
        self.room = room
        self.file = file
        self.is_pure = room in PURE_ROOMS
        self.origins: dict[str, str] = {}  # local name -> dotted name of what was imported
        self.violations: list[Violation] = []

    def add(self, node: ast.AST, name: str, why: str) -> None:
        self.violations.append(Violation(self.file, getattr(node, "lineno", 0), name, why))

    def check_import(self, node: ast.AST, module: str) -> None:
        top = module.partition(".")[0]
        if top in FORBIDDEN_ROOMS[self.room]:
            self.add(node, module, f"{self.room} must not import {top}")
        elif self.is_pure:
            self.check_module(node, module)

    def check_module(self, node: ast.AST, name: str) -> bool:
        """Report a dotted name that is, or lies below, an impure module."""
        parts = name.split(".")
        for end in range(len(parts), 0, -1):
            why = IMPURE_MODULES.get(".".join(parts[:end]))
            if why:
                self.add(node, name, why)
                return True
        return False

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.check_import(node, alias.name)
            if alias.asname:
                self.origins[alias.asname] = alias.name
            else:
                top = alias.name.partition(".")[0]
                self.origins[top] = top

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.level:  # a relative import stays in its room
            return
        for alias in node.names:
            name = f"{node.module}.{alias.name}"
            self.check_import(node, name)
            self.origins[alias.asname or alias.name] = name
            self.check_faulty(node, name)
            if self.is_pure and name not in BYTE_READERS:
                self.check_polars(node, name)

    def visit_Name(self, node: ast.Name) -> None:
        if not self.is_pure or not isinstance(node.ctx, ast.Load) or node.id in self.origins:
            return
        if node.id in IMPURE_BUILTINS:
            self.add(node, node.id, IMPURE_BUILTINS[node.id])

    def visit_Attribute(self, node: ast.Attribute) -> None:
        dotted = self.dotted(node)
        self.check_faulty(node, dotted)
        if self.is_pure:
            if dotted and self.check_module(node, dotted):
                return  # one report for the whole chain
            if node.attr in IMPURE_ATTRIBUTES:
                self.add(node, dotted or node.attr, IMPURE_ATTRIBUTES[node.attr])
            elif node.attr.startswith(IMPURE_PREFIXES):
                self.add(node, dotted or node.attr, "file access")
            elif dotted and dotted not in BYTE_READERS:
                self.check_polars(node, dotted)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        if self.is_pure and self.dotted(node.func) in BYTE_READERS:
            sources = [*node.args[:1], *(k.value for k in node.keywords if k.arg == "source")]
            for source in sources:
                text = isinstance(source, ast.JoinedStr) or (
                    isinstance(source, ast.Constant) and isinstance(source.value, str)
                )
                if text:
                    self.add(node, f"{self.dotted(node.func)} of a path", "file access")
        self.generic_visit(node)

    def check_polars(self, node: ast.AST, name: str) -> None:
        if re.match(r"polars\.(read_|scan_)", name):
            self.add(node, name, "file access")

    def check_faulty(self, node: ast.AST, name: str | None) -> None:
        if name in FAULTY:
            self.add(node, name, FAULTY[name])

    def dotted(self, node: ast.AST) -> str | None:
        """The dotted name behind an expression, as far as imports tell it, or None."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id not in self.origins:
            return None
        return ".".join([self.origins[node.id], *reversed(parts)])


def violations(source: str, room: str, file: str) -> list[Violation]:
    """All forbidden names in one module of a room."""
    checker = _Checker(room, file)
    checker.visit(ast.parse(source, filename=file))
    return checker.violations


@pytest.mark.parametrize("room", FORBIDDEN_ROOMS)
def test_room_keeps_its_rules(room: str) -> None:
    files = sorted((ROOT / room).rglob("*.py"))
    assert files, f"no module found in {room}/: this test would check nothing"
    found = [
        violation
        for path in files
        for violation in violations(
            path.read_text(encoding="utf-8"), room, path.relative_to(ROOT).as_posix()
        )
    ]
    assert not found, "\n" + "\n".join(map(str, found))


# One line of code and the names that must be reported for it: the checker itself can fail.
BAD = [
    ("from flows.cli import main", ["flows.cli.main"]),
    ("import prefect", ["prefect"]),
    ("from prefect import task", ["prefect.task"]),
    ("import os", ["os"]),
    ("import os.path as p", ["os.path"]),
    ("def f():\n    import pathlib", ["pathlib"]),
    ("from pathlib import Path", ["pathlib.Path"]),
    ("import io\nio.open('x')", ["io.open"]),
    ("from io import open", ["io.open"]),
    ("open('x')", ["open"]),
    ("f = open", ["open"]),
    ("import shutil", ["shutil"]),
    ("import tempfile", ["tempfile"]),
    ("import subprocess", ["subprocess"]),
    ("import socket", ["socket"]),
    ("from urllib.request import urlopen", ["urllib.request.urlopen"]),
    ("import requests", ["requests"]),
    ("import httpx", ["httpx"]),
    ("import time", ["time"]),
    ("import random", ["random"]),
    ("import numpy as np\nnp.random.default_rng()", ["numpy.random.default_rng"]),
    ("import secrets", ["secrets"]),
    ("import uuid", ["uuid"]),
    ("import importlib.resources", ["importlib.resources"]),
    ("from importlib import resources", ["importlib.resources"]),
    ("from datetime import datetime\ndatetime.now()", ["datetime.datetime.now"]),
    ("import datetime as dt\ndt.datetime.utcnow()", ["datetime.datetime.utcnow"]),
    ("from datetime import datetime\ndatetime.today()", ["datetime.datetime.today"]),
    ("from datetime import date\ndate.today()", ["datetime.date.today"]),
    ("from datetime import date\nf = date.today", ["datetime.date.today"]),
    ("import polars as pl\npl.scan_csv(x)", ["polars.scan_csv"]),
    ("from polars import scan_parquet", ["polars.scan_parquet"]),
    ("import polars as pl\npl.read_parquet(x)", ["polars.read_parquet"]),
    ("import polars as pl\npl.read_csv('a.csv')", ["polars.read_csv of a path"]),
    ("import polars as pl\npl.read_csv(source=f'{x}.csv')", ["polars.read_csv of a path"]),
    ("frame.write_parquet(x)", ["write_parquet"]),
    ("frame.lazy().sink_csv(x)", ["sink_csv"]),
    ("frame.with_columns(c.map_elements(f))", ["map_elements"]),
    ("[r for r in frame.iter_rows()]", ["iter_rows"]),
    ("eval('1')", ["eval"]),
]


@pytest.mark.parametrize(("source", "names"), BAD)
@pytest.mark.parametrize("room", PURE_ROOMS)
def test_checker_finds(room: str, source: str, names: list[str]) -> None:
    assert [v.name for v in violations(source, room, "bad.py")] == names


def test_checker_finds_every_module_on_its_list() -> None:
    for name in IMPURE_MODULES:
        module, _, last = name.rpartition(".")
        source = f"from {module} import {last}" if module else f"import {last}"
        assert [v.name for v in violations(source, "transforms", "bad.py")] == [name]


GOOD = [
    "from io import BytesIO, StringIO",
    "import polars as pl\npl.read_csv(data, infer_schema=False)",
    "import polars as pl\npl.read_excel(BytesIO(data))",
    "from datetime import date, datetime, time\ntime(1), datetime.fromisoformat(x)",
    "import polars as pl\npl.col('a').dt.date()",
    "from . import limits",
    "frame.rows_by_key('a')",
]


@pytest.mark.parametrize(
    "source", ["import polars as pl\npl.format('{}', 'a')", "from polars import format as f"]
)
@pytest.mark.parametrize("room", FORBIDDEN_ROOMS)
def test_checker_finds_what_polars_gets_wrong(room: str, source: str) -> None:
    assert [v.name for v in violations(source, room, "bad.py")] == ["polars.format"]


@pytest.mark.parametrize("source", GOOD)
@pytest.mark.parametrize("room", PURE_ROOMS)
def test_checker_lets_pass(room: str, source: str) -> None:
    assert violations(source, room, "good.py") == []


def test_imports_run_one_way() -> None:
    both = "import transforms.classify\nfrom schemas import tables\n"
    assert [v.name for v in violations(both, "schemas", "m.py")] == ["transforms.classify"]
    assert violations(both, "transforms", "m.py") == []
    assert violations(both + "import os\nopen('x')", "flows", "m.py") == []
    assert [v.name for v in violations("from tests import helpers", "flows", "m.py")] == [
        "tests.helpers"
    ]


def test_message_names_file_line_and_name() -> None:
    (violation,) = violations("x = 1\nimport os", "transforms", "transforms/a.py")
    assert str(violation) == "transforms/a.py:2: os (file access and environment)"
