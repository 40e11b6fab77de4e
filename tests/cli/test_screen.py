"""What reaches the screen: clean text, tables that fit, JSON for machines; nothing a mail says can steer a terminal."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some
from rich.cells import cell_len

from retention.cli import screen
from retention.simulator.serve import Simulator
from tests.cli.desk import ANN, ATTORNEY, BOB, HOSTILE, LONG_AGO, OPERATOR, RECORDS, Desk, letter, town

UNSAFE = ("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(print_it: Callable[[], None], stream: str = "stdout", *, terminal: bool = False) -> str:
    out = Terminal() if terminal else io.StringIO()
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


WORDS = some.from_regex(r"[a-z]{1,9}", fullmatch=True)
ROWS = some.lists(
    some.tuples(some.lists(WORDS, max_size=12).map(" ".join), some.integers(0, 10**9), some.text(max_size=40)),
    min_size=1,
    max_size=8,
)


@given(ROWS)
def test_no_word_is_broken_where_there_is_room_for_every_word(rows: list[tuple[str, int, str]]) -> None:
    printed = shown(lambda: screen.table(("what", "number", "more"), rows))
    assert max(cell_len(line) for line in printed.splitlines()) <= 80
    words = printed.split()
    assert all(word in words for row in rows for word in row[0].split())
    assert all(f"{row[1]:,}" in words for row in rows)


def test_addresses_are_never_broken_while_there_is_room_for_the_part_that_tells_them_apart() -> None:
    people = ("works.director", "permits.and.licences", "clerk")
    rows = [(f"{who}@willowfalls.example", f"a sentence of some length about {who}", 12, who) for who in people]
    printed = shown(lambda: screen.table(("mailbox", "why", "messages", "who"), rows))
    assert all(f"\n{who} " in printed for who in people) and "@willowfalls" not in printed.split("Every address")[0]
    assert "Every address without a domain is one of @willowfalls.example." in printed


def test_what_fits_says_every_address_whole_and_two_domains_are_never_left_out() -> None:
    short = shown(lambda: screen.table(("mailbox", "n"), [("ann@city.example", 1), ("bob@city.example", 2)]))
    assert "ann@city.example" in short and "Every address" not in short
    rows = [("ann@city.example", "long " * 20), ("eve@elsewhere.example", "long " * 20)]
    mixed = shown(lambda: screen.table(("mailbox", "why"), rows))
    assert "ann@city.example" in mixed and "eve@elsewhere.example" in mixed


def test_text_that_only_mentions_an_address_keeps_it() -> None:
    rows = [("ann@city.example", f"write to bob@city.example about {'it ' * 30}"), ("bob@city.example", "")]
    printed = shown(lambda: screen.table(("mailbox", "subject"), rows))
    assert "bob@city.example" in printed and "\nann " in printed


def test_what_is_too_long_for_its_column_is_broken_at_a_sign() -> None:
    rows = [
        ("works.director.of.the.public.works.department@willowfalls.example", "x" * 30, 1),
        ("eve@elsewhere.example", "", 1),
    ]
    printed = shown(lambda: screen.table(("mailbox", "what", "n"), rows))
    assert max(cell_len(line) for line in printed.splitlines()) <= 80
    assert "x" * 30 in printed and re.search(r"department +x{30} .*\n@willow", printed)


def test_days_and_numbers_are_never_broken_and_the_longest_text_gives_way() -> None:
    row = ("#1,234", "2026-01-05", f"{'x' * 30}@elsewhere.example", f"Re: {'y' * 60} and so on", "3-14-2025")
    printed = shown(lambda: screen.table(("message", "received", "from", "subject", "number"), [row]))
    assert {"#1,234", "2026-01-05", "3-14-2025", "message", "received", "subject"} <= set(printed.split())
    assert max(cell_len(line) for line in printed.splitlines()) <= 80


def test_one_row_leaves_out_the_common_domain_too_and_breaks_no_heading_within_a_word() -> None:
    row = (
        17,
        "records.manager@willowfalls.example",
        "2026-01-05",
        "2026-12-31",
        5000,
        "city-notices, city-lunch-lists",
    )
    printed = shown(lambda: screen.table(("entry", "by", "since", "until", "at most", "series"), [row]))
    assert {"records.manager", "2026-01-05", "2026-12-31", "5,000", "most"} <= set(printed.split())
    assert "Every address without a domain is one of @willowfalls.example." in printed


def test_a_table_on_a_narrow_terminal_fits_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen, "columns", lambda: 50)
    printed = shown(
        lambda: screen.table(("what", "number", "why"), [("word " * 20, 12_345, "because " * 9)]), terminal=True
    )
    assert max(cell_len(line) for line in re.sub("\x1b\\[[0-9;]*m", "", printed).splitlines()) <= 50


def test_a_hundred_kilobytes_are_cut_with_a_mark_that_says_how_much() -> None:
    for print_it in (lambda: screen.say("x" * 100_000), lambda: screen.table(("subject",), [("x" * 100_000,)])):
        printed = shown(print_it)
        assert len(printed) < 5_000 and re.search(r"… \([0-9]{2},[0-9]{3}\s+more\s+characters\)", printed)


def test_a_cut_says_how_much_is_left_out_and_short_texts_stay_whole() -> None:
    assert screen.cut("abcdef", 6) == "abcdef"
    assert screen.cut("abcdefg", 4) == "abcd… (3 more characters)"
    assert screen.short("b9840bd05b5550fab9cd308482fd6589", 16) == "b9840bd05b…d6589"
    assert screen.short("short", 16) == "short"


def test_an_instant_is_shown_in_one_form_in_the_citys_own_time() -> None:
    chicago = ZoneInfo("America/Chicago")
    evening = datetime(2026, 7, 1, 3, 4, 59, tzinfo=UTC)
    assert screen.instant(evening, chicago) == "2026-06-30 22:04 CDT"
    assert screen.instant(datetime(2026, 1, 1, 12, tzinfo=UTC), chicago) == "2026-01-01 06:00 CST"
    assert screen.day(evening, chicago) == "2026-06-30"
    assert (screen.instant(None, chicago), screen.day(None, chicago, none="never")) == ("(no date)", "never")


# Sentences


LINE = "  hold      elm-street, placed by kim@city.example; end it by `retention hold release elm --matter Elm`"


def test_a_sentence_is_wrapped_for_people_and_one_line_for_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(lambda: screen.say(LINE)) == f"{LINE}\n"
    monkeypatch.setattr(screen, "columns", lambda: 60)
    assert shown(lambda: screen.say(LINE), terminal=True).splitlines() == [
        "  hold      elm-street, placed by kim@city.example; end it",
        "            by `retention hold release elm --matter Elm`",
    ]
    monkeypatch.setenv("TERM", "dumb")
    assert shown(lambda: screen.say(LINE), terminal=True) == f"{LINE}\n"


@given(some.lists(some.from_regex(r"[a-zé日]{1,30}", fullmatch=True), min_size=1, max_size=40), some.integers(40, 120))
def test_wrapping_breaks_no_word_and_loses_none(words: list[str], width: int) -> None:
    lines = screen.wrapped(" ".join(words), width)
    assert [word for line in lines for word in line.split()] == words
    assert all(cell_len(line) <= width or len(line.split()) == 1 for line in lines)


def test_a_command_to_type_is_never_broken() -> None:
    lines = screen.wrapped("Copy it before anybody deletes it in Outlook: retention hold collect elm-street-claim", 50)
    assert lines[-1] == "retention hold collect elm-street-claim"


def test_a_list_names_the_first_and_counts_the_others() -> None:
    assert screen.listed(["a", "b"]) == "a, b"
    assert screen.listed(map(str, range(1_012)), most=2) == "0, 1 and 1,010 more"


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
