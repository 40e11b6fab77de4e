"""The guides for a city's IT: every command they name exists, every setting is one, and no alarm is left out."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

import pytest
import typer

from retention.cli.commands import build
from retention.core.city import parse
from retention.errors import exit_codes
from tests.conftest import ROOT

GUIDES = sorted((ROOT / "examples" / "guides").glob("*.md"))
WORDS = {"reading", "removal", "is", "acts"}
"""What follows the product's name where it is no command: the names of applications, and sentences about it."""


@cache
def whole() -> object:
    """The whole command line, built once."""
    return typer.main.get_command(build())


def command(words: list[str]) -> tuple[object, list[str]]:
    """The command these words lead to, and the words that are left."""
    found = whole()
    while words and words[0] in getattr(found, "commands", {}):
        found, words = found.commands[words[0]], words[1:]  # type: ignore[attr-defined]
    return found, words


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_every_command_of_a_guide_exists_with_its_options(guide: Path) -> None:
    for typed in re.findall(r"`(retention [^`]+)`", guide.read_text("utf-8")) + re.findall(
        r"^retention .+$", guide.read_text("utf-8"), re.MULTILINE
    ):
        words = typed.split()[1:]
        if words[0] in WORDS:
            continue
        found, left = command(words)
        assert not hasattr(found, "commands"), typed
        options = {option for parameter in found.params for option in parameter.opts}  # type: ignore[attr-defined]
        assert {word for word in left if word.startswith("--")} <= options, typed


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_the_settings_of_a_guide_are_settings(guide: Path) -> None:
    for block in re.findall(r"```toml\n(.*?)```", guide.read_text("utf-8"), re.DOTALL):
        city, problems = parse({"city": {"name": "Town", "time_zone": "America/Chicago"}} | tomllib.loads(block))
        assert city is not None, problems


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_the_links_of_a_guide_lead_somewhere(guide: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+)", guide.read_text("utf-8")):
        assert (guide.parent / link).exists(), link
    for folder in re.findall(r"`(examples/[\w/-]+)`", guide.read_text("utf-8")):
        assert (ROOT / folder).exists(), folder


def test_every_alarm_is_answered() -> None:
    told = re.findall(r"^\| (\d+) \|", (ROOT / "examples" / "guides" / "alarms.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(map(int, told)) == sorted({code for code, _ in exit_codes()} - {0})
