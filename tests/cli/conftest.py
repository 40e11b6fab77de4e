"""One running simulator for all tests of this folder, and cities that have come as far as a test needs."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from retention.cli import screen
from retention.mail.asking.patience import Patience
from retention.simulator.serve import Simulator
from retention.simulator.world import World
from tests.cli.desk import Desk, town


@pytest.fixture(scope="session")
def running() -> Iterator[Simulator]:
    with Simulator(World()) as simulator:
        yield simulator
        assert simulator.failures == []


@pytest.fixture(scope="session")
def prepared(running: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A city whose mail is read and filed, with an approved plan."""
    desk = Desk(tmp_path_factory.mktemp("prepared"), running, town())
    desk.found()
    desk.read()
    desk.approved()
    return desk


@pytest.fixture
def simulator(running: Simulator) -> Simulator:
    """The simulator, behaving well, with an empty log."""
    running.faults.clear()
    running.forget_requests()
    running.sign_in.lifetime, running.sign_in.secret_expired = 3599, False
    return running


@pytest.fixture
def desk(prepared: Desk, simulator: Simulator, tmp_path: Path) -> Desk:
    """A copy of the prepared city that the test may spoil."""
    return prepared.copied(tmp_path / "city", town())


@pytest.fixture(autouse=True)
def of_its_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a command prints with ``--json``, in any test, is of the shape that is told of it."""
    printed = screen.as_json

    def checked(result: Any) -> None:
        from typer._click.globals import get_current_context

        from tests.shapes import problems

        context = get_current_context(silent=True)
        if context is None:
            return printed(result)

        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            printed(result)
        sys.stdout.write(out.getvalue())
        command = context.command_path.removeprefix("retention ")
        assert not (wrong := problems(command, out.getvalue())), f"`{command} --json` is not as told: {wrong[:3]}"

    monkeypatch.setattr(screen, "as_json", checked)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No waiting before something is asked again."""
    monkeypatch.setattr(Patience, "seconds", lambda self, attempt, retry_after: 0.0)


@pytest.fixture
def change(desk: Desk) -> Callable[[str, str], None]:
    """Replace a text in retention.toml."""

    def changed(old: str, new: str) -> None:
        text = desk.toml.read_text("utf-8")
        assert old in text
        desk.toml.write_text(text.replace(old, new), "utf-8")

    return changed
