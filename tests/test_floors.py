"""The shape of the house: imports only go down, rooms are small, names say something, and there is one door."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "retention"

FLOORS = {
    # room: what of this package it may import, and which third-party packages are at home there
    "errors": (set(), set()),
    "core": ({"errors"}, {"msgspec", "re2"}),
    "durable": (set(), set()),
    "private": ({"errors"}, set()),
    "mail": ({"errors", "core"}, {"msgspec"}),
    "mail.asking": ({"errors", "core", "mail"}, {"msgspec", "msal", "urllib3", "cryptography", "keyring"}),
    "mail.graph": ({"errors", "core", "mail", "mail.asking"}, {"msgspec"}),
    "mail.exchange": (
        {"errors", "core", "mail", "mail.asking"},
        {"msgspec", "exchangelib", "lxml", "requests", "urllib3"},
    ),
    "mail.files.opening": ({"errors", "core", "mail"}, set()),
    "mail.files.outlook": (
        {"errors", "core", "mail", "mail.files.opening"},
        {"msgspec", "pypff", "olefile", "compressed_rtf"},
    ),
    "mail.files": ({"errors", "core", "mail", "mail.files.opening", "mail.files.outlook"}, {"msgspec"}),
    "store": ({"errors", "core", "durable"}, {"msgspec", "filelock"}),
    "store.objects": ({"errors", "core", "store"}, {"msgspec", "opendal", "urllib3", "defusedxml"}),
    "catalog": ({"errors", "core"}, {"msgspec", "sqlite_utils"}),
    "sheets": ({"errors", "core", "durable"}, {"msgspec", "openpyxl", "defusedxml", "tomli_w"}),
    "ledger": ({"errors", "core", "durable"}, {"filelock"}),
    "editions": ({"errors", "core", "durable"}, set()),
    "plans": ({"errors", "core", "durable"}, set()),
    "signing": ({"errors", "core"}, set()),
    "sealing": ({"errors"}, {"pyrage"}),
    "stamping": ({"errors"}, {"rfc3161_client", "cryptography", "urllib3"}),
    "packet": ({"errors", "core", "durable"}, {"msgspec"}),
    "paper": ({"errors", "core", "durable", "packet"}, {"msgspec", "reportlab"}),
    "charts": ({"errors"}, {"pygal"}),
    "page": ({"errors", "core", "durable", "charts"}, {"jinja2", "markupsafe", "msgspec"}),
    "telling": ({"errors", "core", "durable"}, {"prometheus_client", "pythonjsonlogger", "apprise", "msgspec"}),
    "bagging": ({"errors", "core", "durable"}, {"msgspec", "bagit"}),
    "simulator": ({"errors", "core"}, {"msgspec", "starlette", "uvicorn", "cryptography", "jwt", "defusedxml"}),
    "jobs": (
        {
            *("errors", "core", "catalog", "ledger", "editions", "plans", "mail.interface", "store.interface"),
            *("private", "signing", "sealing", "stamping", "packet", "bagging", "paper", "page"),
        },
        {"msgspec", "filelock"},
    ),
    "cli": (
        {
            *(
                "errors",
                "core",
                "durable",
                "private",
                "mail",
                "mail.asking",
                "mail.graph",
                "mail.exchange",
                "mail.files",
            ),
            *("store", "store.objects", "catalog", "ledger"),
            *("sheets", "simulator", "jobs", "signing", "sealing", "stamping", "packet", "paper"),
            *("charts", "page", "telling"),
        },
        {"typer", "rich", "msgspec", "dateparser"},
    ),
    "__main__": ({"cli"}, set()),
    "__init__": (set(), set()),
}
CORE_STANDARD = {
    "__future__", "collections", "dataclasses", "datetime", "difflib", "email", "enum", "functools", "hashlib", "html",
    "itertools", "json", "math", "re", "string", "typing", "unicodedata", "zoneinfo",
}  # fmt: skip
"""All that the pure floor may use of the standard library: no files, network, clock or environment."""
EMPTY_NAMES = {"utils", "helpers", "common", "manager", "handler", "base", "misc"}
LONGEST = 400


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        if "shipped" not in path.parts:
            yield ".".join(path.relative_to(PACKAGE).with_suffix("").parts), path


def room(name: str) -> str:
    """The longest entry of the table that this module lies in."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        if ".".join(parts[:length]) in FLOORS:
            return ".".join(parts[:length])
    return ""


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            inside = node.module == "retention" or (PACKAGE.parent / Path(*node.module.split("."))).is_dir()
            yield from (f"{node.module}.{a.name}" for a in node.names) if inside else (node.module,)


def exists(module: str) -> str:
    """The part of a dotted name that is a module of this package, without its first word."""
    parts = module.split(".")[1:]
    while parts:
        path = PACKAGE.joinpath(*parts)
        if path.with_suffix(".py").is_file() or path.is_dir():
            return ".".join(parts)
        parts.pop()
    return "__init__"


def complaints(name: str, path: Path) -> Iterator[str]:
    own = room(name)
    if not own:
        yield f"{name} is in no room of the table"
        return
    allowed, at_home = FLOORS[own]
    for imported in imports(path):
        top = imported.split(".")[0]
        if top == "retention":
            target = exists(imported)
            if room(target) != own and target not in allowed and room(target) not in allowed and target != "__init__":
                yield f"{name.replace('.', '/')}.py imports {imported}"
        elif top in sys.stdlib_module_names:
            if own == "core" and top not in CORE_STANDARD:
                yield f"{name.replace('.', '/')}.py imports {imported}: the pure floor has no use for it"
        elif top not in at_home:
            yield f"{name.replace('.', '/')}.py imports {imported}, which is not at home in {own}"


@pytest.mark.parametrize(("name", "path"), list(modules()), ids=lambda value: value if isinstance(value, str) else "")
def test_imports_only_go_down(name: str, path: Path) -> None:
    assert not list(complaints(name, path))


def test_a_forbidden_import_is_found(tmp_path: Path) -> None:
    bad = tmp_path / "plan.py"
    bad.write_text("from retention.mail.graph import GraphMail\nimport requests\n")
    assert len(list(complaints("jobs.plan", bad))) == 2
    bad.write_text("import os\nfrom retention.jobs import plan\n")
    assert len(list(complaints("core.plan", bad))) == 2
    assert list(complaints("attic.plan", bad)) == ["attic.plan is in no room of the table"]


def test_no_file_is_longer_than_one_can_read() -> None:
    files = [*PACKAGE.rglob("*.py"), *(ROOT / "tests").rglob("*.py")]
    long = {
        str(path.relative_to(ROOT)): n for path in files if (n := len(path.read_text("utf-8").splitlines())) > LONGEST
    }
    assert not long


def test_no_name_says_nothing() -> None:
    assert not [name for name, _ in modules() if EMPTY_NAMES & set(name.split("."))]


def test_every_module_says_what_lives_there_and_what_does_not() -> None:
    for name, path in modules():
        words = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
        assert words, f"{name} has no docstring"
        if path.name not in ("__init__.py", "__main__.py"):
            assert len(words.strip().splitlines()) >= 3, f"{name} does not say what is not there"


def test_the_top_level_holds_only_what_was_asked_for() -> None:
    allowed = {"pyproject.toml", "retention", "schedules", "tests", "examples", "README.md", "LICENSE"}
    generated = {"dist", "build"}
    found = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert {name for name in found - allowed - generated if not name.startswith("retention-demo")} == set()


def test_exactly_one_function_purges_a_message_and_exactly_one_destroys_a_record() -> None:
    """Law 4. Whatever is called ``purge`` or ``destroy`` outside mail systems and stores is called in one place."""
    doors = []
    for name, path in modules():
        if room(name) in ("mail", "mail.graph", "mail.exchange", "simulator") or room(name).startswith("store"):
            continue
        for function in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(function, ast.FunctionDef):
                doors += [(name, function.name) for node in ast.walk(function) if _removes(node)]
    assert doors == [("jobs.apply", "_purge"), ("jobs.record.destroy", "_let_go")]


def test_exactly_one_function_destroys_a_preservation_copy() -> None:
    """Law 4. Outside the stores themselves ``destroy_copy`` is not so much as named in a second place."""
    doors = []
    for name, path in modules():
        if room(name).startswith("store"):
            continue
        for function in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(function, ast.FunctionDef):
                nodes = (node for node in ast.walk(function) if isinstance(node, ast.Attribute))
                doors += [(name, function.name) for node in nodes if node.attr.startswith("destroy_")]
    assert doors == [("jobs.hold.discard", "_destroy")]


def _removes(node: ast.AST) -> bool:
    """A call of, or even only a reference to, something that takes mail or records away."""
    forbidden = {"purge", "destroy", "permanent_delete", "hard_delete", "soft_delete", "wipe", "empty"}
    return isinstance(node, ast.Attribute) and node.attr in forbidden and not _is_queue(node)


def _is_queue(node: ast.Attribute) -> bool:
    """``queue.Queue.empty`` asks and removes nothing; a tally's ``purge`` is a number."""
    shown = ast.unparse(node)
    return shown.endswith("_events.empty") or shown in ("tally.purge", "self.purge")
