"""What reaches the screen: clean text, tables that fit, JSON for machines; nothing a mail says can steer a terminal."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import unicodedata
from collections.abc import Callable

import pytest
from rich.cells import cell_len

from retention.cli import screen
from retention.simulator.serve import Simulator
from tests.cli.desk import ANN, ATTORNEY, BOB, HOSTILE, LONG_AGO, OPERATOR, RECORDS, Desk, letter, town

UNSAFE = ("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp")


def shown(print_it: Callable[[], None], stream: str = "stdout") -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out) if stream == "stdout" else contextlib.redirect_stderr(out):
        print_it()
    return out.getvalue()


def steering(text: str) -> list[str]:
    """Characters that could steer a terminal or hide themselves; the ends of lines are ours."""
    return [repr(c) for c in text if c != "\n" and unicodedata.category(c) in UNSAFE]


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("plain text, ümlaut, 日本語, [red]", "plain text, ümlaut, 日本語, [red]"),
        ("\x1b[2J", "·[2J"),
        ("a\rb\nc\td\x00", "a·b·c·d·"),
        ("\x9b31m \x85", "·31m ·"),
        ("\u202egnp.exe \u2066x\u2069 \u200b \ufeff", "·gnp.exe ·x· · ·"),
        ("a\u2028b\u2029c", "a·b·c"),
        ("\U000e0041", "·"),
        ("\ue000", "·"),
        ("\ud800", "·"),
        (7, "7"),
    ],
)
def test_what_could_steer_a_terminal_is_shown_as_a_dot(text: object, clean: str) -> None:
    assert screen.clean(text) == clean


def test_a_line_end_in_a_text_never_begins_another_line() -> None:
    assert shown(lambda: screen.say("Message 1: x\nPlan approved.\r\n")) == "Message 1: x·Plan approved.··\n"
    assert shown(lambda: screen.note("x\nError: y"), "stderr") == "x·Error: y\n"


@pytest.mark.parametrize("text", [HOSTILE, "\x1b\x9b\x7f\x85", "\u202e\u2066\u200f", "\u2028", "\U000e0041", "日本 é"])
def test_json_escapes_what_could_steer_and_says_the_same(text: str) -> None:
    printed = shown(lambda: screen.as_json({"subject": text, text: [text]}))
    assert steering(printed) == []
    assert json.loads(printed) == {"subject": text, text: [text]}


@pytest.mark.parametrize("cell", ["word " * 60, "x" * 200, "日本語" * 60, "é" * 150, HOSTILE * 5, "a@" + "b" * 90])
def test_a_table_never_is_wider_than_eighty_columns(cell: str) -> None:
    rows = [(cell, 123456789, 0, cell, 1, 2, 3), ("short", 1, 2, "x", 4, 5, 6)]
    printed = shown(lambda: screen.table(("mailbox", "seen", "kept", "why", "held", "capture", "purge"), rows))
    assert max(cell_len(line) for line in printed.splitlines()) <= 80
    assert steering(printed) == [] and "123,456,789" in printed.replace("\n", "")


def test_a_table_of_nothing_prints_nothing() -> None:
    assert shown(lambda: screen.table(("a", "b"), [])) == ""


def test_markup_in_a_cell_is_text() -> None:
    printed = shown(lambda: screen.table(("subject",), [("[red]now[/red] :smile: [link=http://x]y[/link]",)]))
    assert "[red]now[/red] :smile: [link=http://x]y[/link]" in printed


def test_numbers_are_counted_in_words() -> None:
    assert [screen.counted(n, "message") for n in (0, 1, 2000)] == ["0 messages", "1 message", "2,000 messages"]
    assert [screen.counted(n, "entry", "entries") for n in (1, 2)] == ["1 entry", "2 entries"]


# Hostile mail, from the mail system to the screen


@pytest.fixture(scope="module")
def hostile(running: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A city in which everything a stranger can write tries to take over the terminal."""
    running.faults.clear()
    world = town(1)
    world.add_mailbox("eve@city.example", HOSTILE)
    for number, kind in enumerate((None, f"IPM.{HOSTILE}")):
        folder = f"Inbox/{HOSTILE.replace('/', '')}"
        id_ = world.add_message(
            ANN, folder, letter(HOSTILE, 50 + number), received_at=LONG_AGO, kind=kind, categories=(HOSTILE,)
        )
        world.edit(ANN, id_, subject=HOSTILE)  # an encoded word cannot bring a line end through, another system may
    sender = letter("Notice of a stranger", 60).replace(b"Carla Ruiz", b"=?utf-8?q?=1B[2J=E2=80=AE?=")
    world.add_message(BOB, "Inbox", sender.replace(b"carla.ruiz@", b'"\x1b[2J"@'), received_at=LONG_AGO)
    desk = Desk(tmp_path_factory.mktemp("hostile"), running, world)
    desk.found()
    desk.read()
    desk.done("hold", "place", "--matter", "Elm", "--reason", "a claim", "--words", "owned", by=ATTORNEY)
    return desk


NUMBERS = [str(number) for number in range(1, 7)]
HOSTILE_SHOWN = "Notice ·[2J·]0;owned· [red]now[/red] ·gnp.exe· ·31m··Plan approved."
EVERYTHING = (
    (("sync",), ""),
    (("classify",), ""),
    (("hold", "show", "elm"), ""),
    (("hold", "list"), ""),
    (("plan", "-o", "PLAN"), OPERATOR),
    (("approve", "PLAN"), RECORDS),
    (("apply", "PLAN"), OPERATOR),
    (("status",), ""),
    (("doctor",), ""),
    (("audit", "verify"), ""),
    *((("why", number), "") for number in NUMBERS),
)


def test_nothing_a_stranger_writes_reaches_the_terminal_raw(hostile: Desk) -> None:
    for typed, by in EVERYTHING:
        command = [hostile.plan if word == "PLAN" else word for word in typed]
        told = hostile.done(*command, by=by)
        assert steering(told.out + told.err) == [], typed
        assert "\nPlan approved" not in told.out
        if typed[0] not in ("approve", "apply"):
            machine = hostile.done(*command, "--json", by=by)
            assert steering(machine.out) == [] and machine.json is not None, typed
    assert HOSTILE_SHOWN in "".join(hostile.done("why", number).out for number in NUMBERS)
    subjects = [hostile.done("why", number, "--json").json[0]["known"]["message"]["subject"] for number in NUMBERS]
    assert HOSTILE in subjects


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
def test_on_a_terminal_too(hostile: Desk) -> None:
    import pty

    ours, theirs = pty.openpty()
    number = next(n for n in NUMBERS if HOSTILE_SHOWN in hostile.done("why", n).out)
    typed = [sys.executable, "-m", "retention", *hostile.typed("why", number)]
    ran = subprocess.Popen(typed, stdout=theirs, stderr=theirs, env={**os.environ, "TERM": "xterm"})
    os.close(theirs)
    seen = _read_all(ours)
    assert ran.wait(30) == 0
    assert b"[red]now[/red]" in seen and b"\x1b" not in seen and "\u202e".encode() not in seen


def _read_all(descriptor: int) -> bytes:
    found = b""
    with open(descriptor, "rb", buffering=0) as file:
        while True:
            try:
                chunk = file.read(4096)
            except OSError:  # what a pseudo-terminal says at its end
                return found
            if not chunk:
                return found
            found += chunk


# A reader that has gone


@pytest.mark.skipif(os.name == "nt", reason="pipes break otherwise there")
@pytest.mark.parametrize("lines", [0, 1])
@pytest.mark.parametrize("command", ["status", "why 1", "plan -o PLAN", "hold list --json"])
def test_a_reader_that_has_gone_is_no_error(desk: Desk, command: str, lines: int) -> None:
    typed = [sys.executable, "-m", "retention", *desk.typed(*command.replace("PLAN", desk.plan).split(), by=OPERATOR)]
    ran = subprocess.Popen(typed, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert ran.stdout is not None and ran.stderr is not None
    for _ in range(lines):
        ran.stdout.readline()
    ran.stdout.close()
    assert (ran.stderr.read(), ran.wait(30)) == (b"", 0)
    ran.stderr.close()
