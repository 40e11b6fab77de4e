"""A desk at which commands are typed: one city's folder, its mail system, and what the screen then says.

Nothing is tested here.
"""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import Header
from pathlib import Path
from typing import Any

from retention.catalog import Catalog
from retention.cli import carry_out
from retention.simulator.serve import Simulator
from retention.simulator.world import World
from tests.cli.city import settings

ATTORNEY, RECORDS, OPERATOR = "attorney@city.example", "records@city.example", "it@city.example"
ANN, BOB = "ann@city.example", "bob@city.example"
LONG_AGO = datetime(2024, 3, 4, 15, 30, tzinfo=UTC)
HOSTILE = "Notice \x1b[2J\x1b]0;owned\x07 [red]now[/red] \u202egnp.exe\u202c \x9b31m\u200b\nPlan approved."

SCHEDULE = """\
[schedule]
name = "city"
title = "The city's own"
authority = "City Council"
edition = "2026"
jurisdiction = "City"
law = "none"
"""
SERIES = """
[[series]]
id = "city-{id}"
title = "{title}"
retain = "{retain}"
then = "destroy"
citation = "City Code 1"
source = "https://city.example/schedule"
verified = true
transitory = {transitory}
match = [{{ subject = ["{word}"] }}]
example = [{{ subject = "{word}", belongs = true }}]
"""


def schedule() -> str:
    """Two series: requisitions are records, notices are transitory and due at once."""
    rows = (
        {"id": "requisitions", "title": "Requisitions", "retain": "3 years after received", "transitory": "false"},
        {"id": "notices", "title": "Notices", "retain": "no retention required", "transitory": "true"},
    )
    return SCHEDULE + "".join(SERIES.format(word=row["id"].removesuffix("s"), **row) for row in rows)


def letter(subject: str, number: int = 1) -> bytes:
    """A small message; a subject that is not plain is written as an encoded word, as a hostile sender would."""
    plain = subject.isascii() and subject.isprintable()
    return (
        f"From: Carla Ruiz <carla.ruiz@elsewhere.example>\r\nTo: {ANN}\r\n"
        f"Subject: {subject if plain else Header(subject, 'utf-8', maxlinelen=10_000).encode()}\r\n"
        f"Message-ID: <letter-{number}@elsewhere.example>\r\nDate: Mon, 04 Mar 2024 15:30:00 +0000\r\n"
        f"\r\nThis is letter {number}.\r\n"
    ).encode()


def town(letters: int = 4) -> World:
    """A mail system of two mailboxes with requisitions, notices and one letter that fits nothing, always the same."""
    world = World(clock=lambda: LONG_AGO)
    world.stamp = "same"
    for address in (ANN, BOB):
        world.add_mailbox(address, address.partition("@")[0].title())
    for number in range(letters):
        for address, subject in ((ANN, f"Requisition {number} for toner"), (BOB, f"Notice {number} about lunch")):
            world.add_message(address, "Inbox", letter(subject, number), received_at=LONG_AGO)
    world.add_message(BOB, "Inbox", letter("Nobody knows what this is", 99), received_at=LONG_AGO)
    return world


def places(world: World) -> dict[tuple[str, str], tuple[str, int]]:
    """Where every message of the mail system lies, and how often it was changed."""
    return {
        (box.address, message.immutable_id): (message.folder.path, message.change)
        for box in world.mailboxes()
        for message in box.messages.values()
    }


@dataclass
class Told:
    """What a command said: its exit code, its results and what stands beside them."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> str:
        return self._line("Error: ")

    @property
    def next_step(self) -> str:
        return self._line("Next:  ")

    @property
    def problems(self) -> list[str]:
        """What is listed between the error and the next step."""
        return [line.strip() for line in self.err.splitlines() if line.startswith("  ")]

    def _line(self, start: str) -> str:
        return next(line.removeprefix(start) for line in self.err.splitlines() if line.startswith(start))


class Desk:
    """One city's folder, and commands run in it as they are typed."""

    def __init__(self, folder: Path, simulator: Simulator, world: World) -> None:
        self.folder = folder
        self.simulator = simulator
        self.world = world
        simulator.world = world

    @property
    def toml(self) -> Path:
        return self.folder / "retention.toml"

    @property
    def plan(self) -> str:
        return str(self.folder / "plan.json")

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger.jsonl"

    def found(self) -> None:
        """The settings and the schedule of the city."""
        settings(
            self.folder, self.simulator, schedule="city.toml", attorney=ATTORNEY, records=RECORDS, operator=OPERATOR
        )
        (self.folder / "city.toml").write_text(schedule(), "utf-8")

    def read(self) -> None:
        """Init, sync, adopt and classify."""
        self.done("init")
        self.done("sync")
        self.done("schedule", "adopt", "city", "--authority", "Resolution 1", by=RECORDS)
        self.done("classify")

    def approved(self) -> None:
        """A plan, approved and waiting to be applied."""
        self.done("plan", "-o", self.plan, by=OPERATOR)
        self.done("approve", self.plan, by=RECORDS)

    def copied(self, folder: Path, world: World) -> Desk:
        """The same city in another folder, on a mail system of its own that has been read as far as this one."""
        shutil.copytree(self.folder, folder)
        return Desk(folder, self.simulator, world)

    def typed(self, *arguments: str, by: str = "") -> list[str]:
        return ["--config", str(self.toml), *(["--as", by] if by else []), *arguments]

    def run(self, *arguments: str, by: str = "") -> Told:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = carry_out(self.typed(*arguments, by=by))
        assert "Traceback" not in out.getvalue() + err.getvalue()
        return Told(code, out.getvalue(), err.getvalue())

    def done(self, *arguments: str, by: str = "") -> Told:
        told = self.run(*arguments, by=by)
        assert told.code == 0, (arguments, told)
        return told

    def refused(self, *arguments: str, code: int, by: str = "", said: str = "error") -> Told:
        """Run what must fail: one sentence, the next step, this code, no result, and nothing half-done.

        ``said``: the kind of the only ledger entries that it may leave (``refused``: the attempt is written down).
        """
        before = self.state()
        told = self.run(*arguments, by=by)
        assert told.code == code, told
        assert_one_sentence(told)
        after = self.state()
        assert after["ledger"].startswith(before["ledger"])
        for line in after["ledger"][len(before["ledger"]) :].splitlines():
            assert json.loads(line)["said"]["body"]["kind"] == said, line
        assert {**after, "ledger": b""} == {**before, "ledger": b""}
        return told

    def state(self) -> dict[str, Any]:
        """Everything that a command which fails must leave as it was."""
        store = self.folder / "records"
        return {
            "ledger": self.ledger.read_bytes() if self.ledger.is_file() else b"",
            "catalog": self.catalog(),
            "store": {str(f.relative_to(store)): f.read_bytes() for f in store.rglob("*") if f.is_file()},
            "mail": places(self.world),
        }

    def catalog(self) -> dict[str, int] | bytes:
        """What the catalog knows of messages, or its bytes where it cannot be opened."""
        path = self.folder / "retention.db"
        try:
            catalog = Catalog(path)
        except Exception:
            return path.read_bytes() if path.is_file() else b""
        tally = catalog.tally()
        catalog.close()
        return tally


def assert_one_sentence(told: Told, lines: int = 0) -> None:
    """No result; on stderr one sentence (and ``lines`` that list what is wrong), then the next step, nothing else."""
    assert told.out == ""
    first, *listed, last = told.err.splitlines()
    assert first.startswith("Error: ") and last.startswith("Next:  "), told.err
    assert len(listed) >= lines and all(line.startswith("  ") for line in listed), told.err
    # "]" is the end of what the sign-in service says of a certificate.
    assert first.endswith(":" if listed else (".", "]")) and last.endswith((".", "`")), told.err
    assert "·" not in told.err
