"""`retention approve --standing` and `retention clock`, as they are typed."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime, timedelta

import pytest

from retention.cli import opening
from retention.core.clock import Machine
from retention.errors import BadConfiguration
from tests.cli.desk import ATTORNEY, OPERATOR, RECORDS, Desk

UNTIL = f"{datetime.now(UTC) + timedelta(days=90):%Y-%m-%d}"
STANDING = ("approve", "--standing", "--series", "city-notices", "--largest", "50", "--until", UNTIL)


def test_what_stands_approved_is_listed_and_withdrawn(desk: Desk) -> None:
    assert "city-notices (city)" in desk.done(*STANDING, by=RECORDS).out
    (one,) = desk.done("approve", "--list", "--json").json
    assert (one["by"], one["largest"], one["until"], one["why_not"]) == (RECORDS, 50, UNTIL, "")
    assert "city-notices" in desk.done("approve", "--list").out
    entry = str(one["entry"])
    desk.done("approve", "--withdraw", entry, "--reason", "the council asked", by=RECORDS)
    assert desk.done("approve", "--list").out == "There is no standing approval.\n"
    told = desk.refused("approve", "--withdraw", entry, "--reason", "again", by=RECORDS, code=2)
    assert "no standing approval in force" in told.error


def test_a_series_that_nobody_has_confirmed_is_approved_and_told_to_stay(desk: Desk) -> None:
    assert "leaves yet" not in desk.done(*STANDING, by=RECORDS).err
    schedule = desk.folder / "city.toml"
    schedule.write_text(schedule.read_text("utf-8").replace("verified = true", "verified = false"), "utf-8")
    desk.done("schedule", "adopt", "city", "--authority", "Resolution 2", by=RECORDS)
    assert "Nothing of city-notices leaves yet: " in desk.done(*STANDING, by=RECORDS).err
    adopting = ("schedule", "adopt", "city", "--authority", "Resolution 3", "--confirm", "city-notices")
    desk.done(*adopting, by=RECORDS)
    assert "leaves yet" not in desk.done(*STANDING, by=RECORDS).err


def test_a_whole_month_is_approved_until_its_last_day_and_next_year_is_not_its_first(desk: Desk) -> None:
    month = f"{datetime.now(UTC) + timedelta(days=40):%Y-%m}"
    (*typed, _) = STANDING
    given = desk.done(*typed, month, "--json", by=RECORDS)
    year, number = map(int, month.split("-"))
    assert given.json["until"] == f"{month}-{monthrange(year, number)[1]}" and "is read as" in given.err
    told = desk.run(*typed, "next year", by=RECORDS)
    assert told.code == 2 and "not between today and a year from now" in told.err


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("approve",), "Say one of"),
        (("approve", "plan.json", "--list"), "Say one of"),
        ((*STANDING[:-2],), "--until is missing"),
        ((*STANDING[:2], *STANDING[4:]), "No series is named"),
        ((*STANDING[:-1], "2199-01-01"), "not between today and a year from now"),
        (("approve", "--standing", "--series", "city-notice", *STANDING[4:]), "There is no series"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(desk: Desk, typed: tuple[str, ...], said: str) -> None:
    assert said in desk.refused(*typed, by=RECORDS, code=2).error


def test_only_the_office_approves_in_advance(desk: Desk) -> None:
    for by in (ATTORNEY, OPERATOR):
        desk.refused(*STANDING, by=by, code=32, said="refused")


def test_a_clock_that_jumped_is_told_and_an_office_confirms_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = opening.machine()
    if not machine.boot:
        pytest.skip("this machine does not say since when it has run")
    assert "Nothing speaks against it." in desk.done("clock", "show").out
    desk.approved()
    desk.done("apply", desk.plan, by=OPERATOR)
    desk.approved()
    monkeypatch.setattr(opening, "machine", lambda: Machine(machine.boot, machine.up - 7200))
    told = desk.run("clock", "show")
    assert told.code == 15 and "jumped ahead by 2 hours" in told.out
    assert not desk.run("clock", "show", "--json").json["well"]
    assert "jumped ahead" in desk.refused("apply", desk.plan, by=OPERATOR, code=15).error
    desk.refused("clock", "confirm", "--reason", "I know", by=OPERATOR, code=32, said="refused")
    desk.done("clock", "confirm", "--reason", "The machine slept", by=RECORDS)
    assert desk.run("clock", "show").code == 0
    desk.done("apply", desk.plan, by=OPERATOR)


def test_that_the_mail_systems_clock_could_not_be_asked_for_want_of_a_secret_is_said(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*given: object) -> None:
        raise BadConfiguration("The environment variable READS is not set.", "Set it.")

    monkeypatch.setattr(opening, "open_mail", missing)
    told = desk.run("clock", "show")
    assert told.code == 0 and "was not asked what time it is: The environment variable READS is not set." in told.out


def test_the_mail_systems_clock_is_asked(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.approved()
    real = datetime.now(UTC)
    monkeypatch.setattr(opening, "now", lambda: real + timedelta(hours=5))
    assert "ahead of the mail system's" in desk.run("clock", "show").out
    assert "ahead of the mail system's" in desk.refused("apply", desk.plan, by=OPERATOR, code=15).error
