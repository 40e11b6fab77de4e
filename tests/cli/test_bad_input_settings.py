"""Bad input: settings that are missing, not text, misspelt or impossible; schedules that do not check; wrong usage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.desk import ATTORNEY, OPERATOR, RECORDS, Desk

Change = Callable[[str, str], None]
EVERY_COMMAND = (
    ("doctor",),
    ("sync",),
    ("classify",),
    ("plan", "-o", "nowhere.json"),
    ("approve", "PLAN"),
    ("apply", "PLAN"),
    ("why", "1"),
    ("status",),
    ("hold", "list"),
    ("hold", "show", "elm"),
    ("hold", "place", "--matter", "Elm", "--reason", "a claim", "--words", "elm"),
    ("hold", "release", "elm", "--matter", "Elm", "--reason", "settled"),
    ("schedule", "adopt", "city", "--authority", "R"),
    ("audit", "verify"),
)


def named(desk: Desk, command: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(desk.plan if word == "PLAN" else word for word in command)


@pytest.mark.parametrize("command", EVERY_COMMAND, ids=" ".join)
def test_without_settings_every_command_says_so(desk: Desk, command: tuple[str, ...]) -> None:
    desk.toml.unlink()
    told = desk.refused(*named(desk, command), code=10)
    assert "retention.toml" in told.error and "`retention init`" in told.next_step


@pytest.mark.parametrize("command", EVERY_COMMAND, ids=" ".join)
def test_with_settings_that_do_not_check_no_command_does_anything(
    desk: Desk, change: Change, command: tuple[str, ...]
) -> None:
    change("[mail]", "[mial]")
    told = desk.refused(*named(desk, command), code=10)
    assert told.problems == ["'mial' is not a key; did you mean 'mail'?"]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("graph_url", "graph_uri", "'mail.graph_uri' is not a key; did you mean 'mail.graph_url'?"),
        ("largest_purge", "bigest_purge", "'limits.bigest_purge' is not a key; did you mean 'limits.largest_purge'?"),
        ('name = "City"', 'name = "City"\nledgre = "l"', "'city.ledgre' is not a key; did you mean 'city.ledger'?"),
        ("[offices]", "[acts]\nhold-leagl = []\n[offices]", "did you mean 'acts.hold-legal'?"),
        ('system = "simulator"', 'system = "simulater"', "did you mean 'simulator'?"),
        ("America/Chicago", "America/Chigaco", "'America/Chigaco' is no time zone"),
        ("largest_purge = 100000", 'largest_purge = "many"', "'limits.largest_purge'"),
        ("largest_purge = 100000", "largest_purge = 0", "at least 1"),
        ('"100 %"', '"all"', "'limits.largest_share'"),
        ("[limits]", '[limits]\nplan_valid_for = "a week"', "'limits.plan_valid_for'"),
        ('"Records Manager" = ["records', '"Records Manager" = ["record', "record@city.example is not listed"),
        ('time_zone = "America/Chicago"\n', "", "'city.time_zone' is missing."),
    ],
)
def test_a_key_or_value_that_cannot_be_right_is_named(
    desk: Desk, change: Change, old: str, new: str, problem: str
) -> None:
    change(old, new)
    told = desk.refused("status", code=10)
    assert any(problem in line for line in told.problems), told.err
    assert str(desk.toml) in told.error


def test_every_misspelt_key_is_told_at_once(desk: Desk, change: Change) -> None:
    change("graph_url", "graph_uri")
    change("largest_share", "largest_shear")
    assert len(desk.refused("status", code=10).problems) == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[city\nname = 1\n", "is not TOML"),
        (b'[city]\nname = "a"\nname = "b"\n', "is not TOML"),
        (b'[city]\nname = "Qu\xe9bec"\n', "is not UTF-8 text"),
        (b"", "does not check"),
        (b"\x00\x01", "is not TOML"),
        (b"[" * 5000, "is not TOML"),
    ],
)
def test_a_settings_file_that_cannot_be_understood_is_named(desk: Desk, content: bytes, said: str) -> None:
    desk.toml.write_bytes(content)
    told = desk.refused("status", code=10)
    assert str(desk.toml) in told.error and said in told.error


def test_a_schedule_that_is_not_shipped_is_named_with_those_that_are(desk: Desk, change: Change) -> None:
    change('"city.toml"', '"minesota-cities"')
    told = desk.refused("plan", "-o", desk.plan, code=10)
    assert "'minesota-cities'" in told.error and "minnesota-cities" in told.error


def test_a_schedule_file_that_is_not_there_is_named(desk: Desk) -> None:
    (desk.folder / "city.toml").unlink()
    told = desk.refused("classify", code=10)
    assert "city.toml" in told.error and "city.schedules" in told.next_step


@pytest.mark.parametrize("command", [("classify",), ("plan", "-o", "nowhere.json"), ("apply", "PLAN")], ids=" ".join)
def test_a_schedule_that_does_not_check_stops_every_run(desk: Desk, command: tuple[str, ...]) -> None:
    spoil(desk)
    told = desk.refused(*named(desk, command), code=20, by=OPERATOR)
    assert len(told.problems) >= 3, told.err
    assert not Path("nowhere.json").exists()


def test_schedule_check_lists_every_problem(desk: Desk) -> None:
    spoil(desk)
    told = desk.refused("schedule", "check", str(desk.folder / "city.toml"), code=20)
    assert "problems" in told.error
    for fragment in ("3 yeers after received", "citaton", "city-notices"):
        assert any(fragment in problem for problem in told.problems), told.err


def spoil(desk: Desk) -> None:
    """A misspelt period, a misspelt key, and an example that is not decided as it says."""
    path = desk.folder / "city.toml"
    text = path.read_text("utf-8")
    text = text.replace("3 years after received", "3 yeers after received").replace("citation", "citaton", 1)
    path.write_text(text.replace('subject = "notice", belongs = true', 'subject = "minutes", belongs = 1'), "utf-8")


@pytest.mark.parametrize("content", [b"[schedule\n", b'[schedule]\nname = "\xff"\n'])
def test_a_schedule_that_is_no_text_is_named(desk: Desk, content: bytes) -> None:
    (desk.folder / "city.toml").write_bytes(content)
    assert "city.toml" in desk.refused("classify", code=20).error


def test_a_schedule_the_city_does_not_use_cannot_be_adopted(desk: Desk) -> None:
    told = desk.refused("schedule", "adopt", "minnesota-cities", "--authority", "R", by=RECORDS, code=2)
    assert "'minnesota-cities'" in told.error and "city" in told.next_step


@pytest.mark.parametrize(
    "typed",
    [
        ("schedule", "adopt", "city", "--authority", " "),
        ("schedule", "adopt", "city", "--authority", "R", "--effective", "2026-02-30"),
        ("schedule", "check", "nowhere.toml"),
        ("schedule", "show", "minesota"),
        ("why", "999999"),
        ("why", ""),
        ("approve", "nowhere.json"),
        ("apply", "."),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_one_sentence_and_the_next_step(desk: Desk, typed: tuple[str, ...]) -> None:
    desk.refused(*typed, by=RECORDS, code=2)


@pytest.mark.parametrize("typed", [("nonsense",), ("plan", "--force"), ("apply",), ("hold", "place")], ids=" ".join)
def test_what_there_is_not_is_wrong_usage(desk: Desk, typed: tuple[str, ...]) -> None:
    before = desk.state()
    told = desk.run(*typed)
    assert (told.code, told.out) == (2, "") and told.error and told.next_step.startswith("See `retention")
    assert desk.state() == before


def test_init_without_a_city_says_which_there_are(tmp_path: Path, desk: Desk) -> None:
    desk.toml.unlink()
    for typed in ("init",), ("init", "--city", "atlantis"):
        assert "rosemount" in desk.refused(*typed, code=2).next_step


def test_init_again_keeps_everything_as_it_is(desk: Desk) -> None:
    settings, before = desk.toml.read_bytes(), desk.state()
    told = desk.done("init", "--city", "rosemount")
    assert "is kept as it is" in told.err
    assert (desk.toml.read_bytes(), desk.state()) == (settings, before)


def test_init_where_nothing_can_be_written_is_no_bug(desk: Desk) -> None:
    (desk.folder / "file").write_bytes(b"")
    desk.folder = desk.folder / "file"
    told = desk.run("init", "--city", "rosemount")
    assert told.code == 10 and "cannot be written" in told.error and len(told.err.splitlines()) == 2


@pytest.mark.parametrize(("by", "code"), [("nobody@city.example", 10), ("Kim Lee", 10)])
def test_nobody_is_played_who_is_not_listed(desk: Desk, by: str, code: int) -> None:
    told = desk.refused("status", by=by, code=code)
    assert by in told.error and "[people]" in told.error


def test_nobody_is_played_where_mail_is_real(desk: Desk, change: Change) -> None:
    change('system = "simulator"', 'system = "graph"\ntenant = "t"\nclient = "c"\nsecret = "env:X"')
    change(f'graph_url = "{desk.simulator.graph_url}"\n', "")
    for by in (ATTORNEY, RECORDS):
        told = desk.refused("approve", desk.plan, by=by, code=32)
        assert "--as" in told.error and "own account" in told.next_step
