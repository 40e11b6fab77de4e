"""What ``--json`` prints has a shape that is told in ``examples/json``, and every command keeps to its own."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import typer

from retention.cli.commands import build
from tests import shapes
from tests.cli.desk import ATTORNEY, OPERATOR, RECORDS, Desk

WITHOUT = {
    "demo": "it shows people the way",
    "simulator serve": "it runs until it is stopped",
    "completion": "it prints a script",
    "man": "it prints a manual page",
}
"""The commands that have no result for a machine, and why."""


def every_command() -> Iterator[tuple[str, set[str]]]:
    """Every command's whole name and what it takes, from one command line: to build it takes a third of a second."""
    yield from walk(typer.main.get_command(build()), "")


def walk(command: object, name: str) -> Iterator[tuple[str, set[str]]]:
    inner = getattr(command, "commands", None)
    if not inner:
        yield name, {parameter.name for parameter in command.params}  # type: ignore[attr-defined]
    for word, each in (inner or {}).items():
        yield from walk(each, f"{name} {word}".strip())


def test_every_command_prints_json_or_is_known_to_have_none() -> None:
    assert {name for name, options in every_command() if "json" not in options} == set(WITHOUT)


def test_every_command_with_json_has_a_shape_and_no_shape_is_of_none() -> None:
    assert set(shapes.SHAPES) == {name for name, _ in every_command()} - set(WITHOUT)


def test_the_files_of_the_shapes_are_what_the_code_says() -> None:
    there = {path: path.read_text("utf-8") for path in shapes.FOLDER.iterdir()}
    current = dict(shapes.files())
    assert {path.name for path in there} == {path.name for path in current}
    assert not [path.name for path, text in current.items() if there[path] != text], "run `python -m tests.shapes`"


def test_every_shape_is_a_schema() -> None:
    for command in shapes.SHAPES:
        shapes.strict(command).check_schema(shapes.schema(command))
        assert shapes.schema(command)["title"] == f"retention {command} --json"


@pytest.mark.parametrize(
    "printed",
    [
        {"now": "2026-03-01T12:00:00Z", "well": True},
        {"now": "2026-03-01T12:00:00Z", "well": True, "sentences": [], "more": 1},
        {"now": "2026-03-01T12:00:00Z", "well": "yes", "sentences": []},
        [],
    ],
)
def test_what_is_not_of_the_shape_is_found(printed: object) -> None:
    right = {"now": "2026-03-01T12:00:00Z", "well": True, "sentences": []}
    assert not shapes.problems("clock show", json.dumps(right))
    assert shapes.problems("clock show", json.dumps(printed))


def test_a_command_whose_json_is_of_another_shape_is_a_failure(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(shapes.SHAPES, "schedule list", (int,))
    shapes.schema.cache_clear()
    shapes.strict.cache_clear()
    try:
        assert "AssertionError" in desk.run("schedule", "list", "--json").err
    finally:
        monkeypatch.undo()
        shapes.schema.cache_clear()
        shapes.strict.cache_clear()


LINES = [
    ("hold preview --words lunch", ""),
    ("hold place --matter Oak --reason x --words lunch", ATTORNEY),
    ("hold amend elm --reason more --words toner", ATTORNEY),
    ("hold collect elm", ATTORNEY),
    ("hold vanished", ATTORNEY),
    ("hold discard --reason x", RECORDS),
    ("mailbox list", ""),
    ("mailbox list --coverage", ""),
    ("person list", ""),
    ("person add --address new@city.example --name New", RECORDS),
    ("files report", ""),
    ("notice list", ""),
    ("notice due", ""),
    ("notice template", ""),
    ("init", ""),
    ("access list", ""),
    ("access request --custodian ann@city.example --purpose x", RECORDS),
    ("record list", ""),
    ("record due", ""),
    ("record certificate", ""),
    ("record restore --list", RECORDS),
    ("record verify", ""),
    ("record destroy --plan -o DESTROY", OPERATOR),
    ("consent list", ""),
    ("clock show", ""),
    ("report", ""),
    ("schedule show city city-notices", ""),
    ("schedule test city", ""),
    ("review list", ""),
    ("show elm", ""),
    ("show message 1", ""),
    ("show PLAN", ""),
    ("status", ""),
    ("why 1 --as-of today", ""),
    ("approve --list", ""),
]


@pytest.mark.parametrize(("line", "by"), LINES, ids=[line for line, _ in LINES])
def test_what_a_command_prints_is_of_its_shape(held: Desk, line: str, by: str) -> None:
    words = {"PLAN": held.plan, "DESTROY": str(held.folder / "destroy.json"), "city": str(held.folder / "city.toml")}
    told = held.run(*(words.get(word, word) for word in line.split()), "--json", by=by)
    assert told.out, told.err
    assert told.json is not None


@pytest.fixture
def held(desk: Desk) -> Desk:
    """With a hold in force."""
    desk.done("hold", "place", "--matter", "Elm", "--reason", "a claim", "--words", "lunch", by=ATTORNEY)
    return desk
