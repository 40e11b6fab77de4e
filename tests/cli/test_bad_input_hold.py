"""Bad input: holds with impossible dates or no scope, holds that are not there, and acts of another office."""

from __future__ import annotations

import json

import pytest

from tests.cli.desk import ATTORNEY, OPERATOR, RECORDS, Desk

PLACE = ("hold", "place", "--matter", "Elm Street", "--reason", "a claim")
RELEASE = ("hold", "release", "elm-street", "--reason", "settled", "--matter")


@pytest.fixture
def held(desk: Desk) -> Desk:
    desk.done(*PLACE, "--words", "lunch", by=ATTORNEY)
    return desk


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--from", "2026-02-30"), "'2026-02-30' after --from is not a day: the calendar has none such."),
        (("--until", "2026-13-01"), "'2026-13-01' after --until is not a day: the calendar has none such."),
        (("--until", "Monday week"), "'Monday week' after --until is not a day."),
        (("--from", "02/03/2026"), "'02/03/2026' after --from can be 2026-02-03 or 2026-03-02."),
        (("--from", "2026-03-02", "--until", "2026-03-01"), "would end on 2026-03-01, before it begins on 2026-03-02."),
        (("--kind", "leagl", "--words", "x"), "There is no kind of hold 'leagl'."),
        ((), "A hold needs a scope."),
        (("--words", "..."), "'...' "),
        (("--custodian", "ann"), "'ann' is no "),
        (("--participant", "ann@"), "'ann@' is no address"),
        (("--matter", " ", "--words", "x"), "A hold needs a matter and a reason."),
        (("--reason", "", "--words", "x"), "A hold needs a matter and a reason."),
    ],
)
def test_a_hold_that_cannot_be_right_is_not_placed(desk: Desk, options: tuple[str, ...], said: str) -> None:
    told = desk.refused(*PLACE, *options, by=ATTORNEY, code=2)
    assert said in told.error
    assert desk.done("hold", "list").out.strip() == "No hold was ever placed."


def test_a_hold_on_a_mailbox_that_is_not_known_yet_is_placed_and_says_so(desk: Desk) -> None:
    told = desk.done(*PLACE, "--custodian", "new@city.example", by=ATTORNEY)
    assert "No mailbox of new@city.example is known yet" in told.err
    assert "It covers 0 messages in 0 mailboxes (0.0 MB) now, and whatever comes." in told.out


@pytest.mark.parametrize("by", [RECORDS, OPERATOR])
@pytest.mark.parametrize("kind", ["legal", "employee-relations", "audit"])
def test_another_office_cannot_place_a_hold(desk: Desk, by: str, kind: str) -> None:
    told = desk.refused(*PLACE, "--words", "lunch", "--kind", kind, by=by, code=32, said="refused")
    assert by in told.error and "City Attorney" in told.error and f"of the kind {kind} is" in told.error


def test_another_office_cannot_release_a_hold(held: Desk) -> None:
    told = held.refused(*RELEASE, "Elm Street", by=RECORDS, code=32, said="refused")
    assert "City Attorney" in told.error
    assert held.done("hold", "list", "--json").json[0].get("holds_until") is None


@pytest.mark.parametrize(
    "typed",
    [("hold", "show", "oak"), ("hold", "release", "oak", "--matter", "Elm Street", "--reason", "settled")],
    ids=" ".join,
)
def test_a_hold_that_is_not_there_is_named(held: Desk, typed: tuple[str, ...]) -> None:
    told = held.refused(*typed, by=ATTORNEY, code=31)
    assert "'oak'" in told.error and "`retention hold list`" in told.next_step


@pytest.mark.parametrize("matter", ["Elm", "elm street", "", "Elm Street 2"])
def test_a_hold_is_not_released_under_another_matter(held: Desk, matter: str) -> None:
    told = held.refused(*RELEASE, matter, by=ATTORNEY, code=4)
    assert "'elm-street'" in told.error and "exactly as it was placed" in told.next_step


def test_a_hold_is_not_released_without_a_reason(held: Desk) -> None:
    typed = ("hold", "release", "elm-street", "--matter", "Elm Street", "--reason", " ")
    assert "needs a reason" in held.refused(*typed, by=ATTORNEY, code=2).error


def test_a_hold_is_released_once_and_goes_on_holding(held: Desk) -> None:
    released = held.done(*RELEASE, "Elm Street", by=ATTORNEY)
    assert "is released" in released.out and "is kept until" in released.out
    told = held.refused(*RELEASE, "Elm Street", by=ATTORNEY, code=31)
    assert "was already released" in told.error
    assert "released, holds until" in held.done("hold", "show", "elm-street").out
    assert sum(count["held"] for count in plan_counts(held).values()) == 4


def test_the_attempt_of_another_office_is_in_the_ledger_with_its_reason(desk: Desk) -> None:
    desk.run(*PLACE, "--words", "lunch", by=RECORDS)
    last = json.loads(desk.ledger.read_bytes().splitlines()[-1])
    assert (last["said"]["by"], last["said"]["body"]["kind"], last["said"]["body"]["act"]) == (
        RECORDS,
        "refused",
        "hold-legal",
    )
    assert "City Attorney" in last["said"]["body"]["why"] and last["head"]["rehearsal"] is True


def test_what_a_hold_covers_is_counted_the_same_everywhere(held: Desk) -> None:
    covers = held.done("hold", "show", "elm-street", "--json").json["covers"]
    assert covers["messages"] == 4 and covers["by_mailbox"] == {"bob@city.example": 4}
    assert plan_counts(held)["bob@city.example"]["held"] == 4


def plan_counts(desk: Desk) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = desk.done("plan", "-o", desk.plan, "--json", by=OPERATOR).json["counts"]
    return counts
