"""The README cannot rot: its tables come from the code, its commands exist, its settings lines are what CI runs."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.readme import README, commands, current

TEXT = README.read_text("utf-8")


def test_the_printed_parts_are_what_the_code_says() -> None:
    assert current(TEXT) == TEXT, "run `python -m tests.readme`"


def test_there_are_two_set_up_commands_of_one_line_each() -> None:
    blocks = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    assert [len(block.strip().splitlines()) for block in blocks] == [1, 1]
    assert blocks[0].strip().endswith("retention demo") and blocks[1].strip().endswith("pytest")


def test_ci_runs_the_readmes_own_lines() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert "README.md" in script and "pip install" not in script


def test_every_command_the_readme_names_exists() -> None:
    known = commands()
    for words in re.findall(r"`retention ((?:[a-z]+ ?)+)", TEXT):
        parts = words.split()
        assert any(f"retention {' '.join(parts[:n])} " in known for n in (1, 2)), words


@pytest.mark.parametrize("command", ["", "plan", "hold place", "schedule adopt", "audit verify", "simulator serve"])
def test_help_is_there_and_opens_nothing(command: str, tmp_path) -> None:  # type: ignore[no-untyped-def]
    typed = [sys.executable, "-m", "retention", *command.split(), "--help"]
    ran = subprocess.run(typed, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert ran.returncode == 0 and "Usage:" in ran.stdout
    assert not list(tmp_path.iterdir())


def test_starting_up_imports_nothing_heavy() -> None:
    heavy = ["msal", "sqlite_utils", "msgspec", "urllib3", "rich.table", "uvicorn", "re2", "cryptography"]
    code = f"import sys, retention.cli; print([name for name in {heavy} if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
