"""Bad input: plans that are altered, stale, too large, finished or not approved, and what else stops a run."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from retention.core.plan import read, seal, write
from tests.cli.desk import ATTORNEY, OPERATOR, RECORDS, Desk
from tests.cli.travelling import travel

Change = Callable[[str, str], None]


@pytest.fixture(params=["approve", "apply"])
def command(request: pytest.FixtureRequest) -> tuple[str, str]:
    """The command that gets the plan, and who types it."""
    return str(request.param), RECORDS if request.param == "approve" else OPERATOR


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"action": "purge"', '"action": "capture"'),
        ('"made_by": "it@city.example"', '"made_by": "ot@city.example"'),
        ('"n": 1,', '"n":  1,'),
        ("Requisition 0", "Requisition 9"),
        ('"rehearsal": true', '"rehearsal": false'),
        ("\n}\n", "\n}"),
    ],
)
def test_a_plan_edited_by_hand_is_refused(desk: Desk, command: tuple[str, str], old: str, new: str) -> None:
    path = Path(desk.plan)
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    told = desk.refused(command[0], desk.plan, by=command[1], code=23)
    assert desk.plan in told.error and "changed after it was made" in told.error and "new one" in told.next_step


def test_a_plan_with_one_flipped_byte_anywhere_is_refused(desk: Desk) -> None:
    path = Path(desk.plan)
    whole = path.read_bytes()
    for at in range(0, len(whole), len(whole) // 12):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        desk.refused("apply", desk.plan, by=OPERATOR, code=23)


def test_a_plan_that_is_sealed_anew_after_it_was_changed_has_no_approval(desk: Desk) -> None:
    path = Path(desk.plan)
    made = read(path.read_bytes())
    path.write_bytes(write(seal(replace(made, steps=made.steps[:1]))))
    desk.refused("apply", desk.plan, by=OPERATOR, code=24)


@pytest.mark.parametrize("content", [b"", b"[city]\n", b"{}", b"null", b"\xff\xfe", b'{"format": 1, "steps": []}'])
def test_a_file_that_is_no_plan_is_refused(desk: Desk, command: tuple[str, str], content: bytes) -> None:
    Path(desk.plan).write_bytes(content)
    told = desk.refused(command[0], desk.plan, by=command[1], code=23)
    assert desk.plan in told.error and "cannot be read" in told.error


def test_a_plan_that_is_not_there_is_wrong_usage(desk: Desk, command: tuple[str, str]) -> None:
    Path(desk.plan).unlink()
    told = desk.refused(command[0], desk.plan, by=command[1], code=2)
    assert desk.plan in told.error and "No such file" in told.error


def test_a_plan_of_a_later_format_says_so(desk: Desk) -> None:
    path = Path(desk.plan)
    path.write_text(path.read_text("utf-8").replace('"format": 2', '"format": 3'), "utf-8")
    assert "format 3" in desk.refused("apply", desk.plan, by=OPERATOR, code=23).error


def test_a_plan_of_another_city_is_refused(desk: Desk, command: tuple[str, str]) -> None:
    path = Path(desk.plan)
    path.write_bytes(write(seal(replace(read(path.read_bytes()), city="Another"))))
    assert "another city" in desk.refused(command[0], desk.plan, by=command[1], code=23).error


def test_its_maker_cannot_approve_a_plan(desk: Desk) -> None:
    desk.done("plan", "-o", desk.plan, by=RECORDS)
    told = desk.refused("approve", desk.plan, by=RECORDS, code=24, said="refused")
    assert "another person has to approve it" in told.error and "someone else" in told.next_step


def test_a_plan_that_nobody_approved_is_not_applied(desk: Desk) -> None:
    desk.done("plan", "-o", desk.plan, by=OPERATOR)
    told = desk.refused("apply", desk.plan, by=OPERATOR, code=24)
    assert "is not approved" in told.error and "`retention approve`" in told.next_step


def test_who_holds_no_office_cannot_approve_and_the_attempt_is_written(desk: Desk) -> None:
    told = desk.refused("approve", desk.plan, by=OPERATOR, code=32, said="refused")
    assert "Records Manager" in told.error and "written to the ledger" in told.next_step


# Stale: what the plan rests on has moved.


def test_a_hold_placed_since_makes_it_stale(desk: Desk, command: tuple[str, str]) -> None:
    desk.done("hold", "place", "--matter", "Elm", "--reason", "a claim", "--words", "notice", by=ATTORNEY)
    told = desk.refused(command[0], desk.plan, by=command[1], code=21)
    assert "The holds have changed." in told.error and "`retention plan`" in told.next_step


def test_a_schedule_changed_since_makes_it_stale(desk: Desk, command: tuple[str, str]) -> None:
    path = desk.folder / "city.toml"
    path.write_text(path.read_text("utf-8").replace("3 years", "4 years"), "utf-8")
    assert "The schedule" in desk.refused(command[0], desk.plan, by=command[1], code=21).error


def test_settings_changed_since_make_it_stale(desk: Desk, change: Change) -> None:
    change("[limits]", '[limits]\nleave_for = "60 days"')
    assert "settings" in desk.refused("apply", desk.plan, by=OPERATOR, code=21).error


@pytest.mark.parametrize(("days", "code", "said"), [(8, 21, "more than 7 days old"), (-1, 15, "The clock says")])
def test_a_plan_too_old_or_of_the_future_is_not_applied(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, days: int, code: int, said: str
) -> None:
    travel(monkeypatch, datetime.now(UTC) + timedelta(days=days))
    assert said in desk.refused("apply", desk.plan, by=OPERATOR, code=code).error


# Too large


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "largest_purge = 100000",
            "largest_purge = 7",
            "take 8 messages; 'limits.largest_purge' allows 7: 1 too many.",
        ),
        (
            '"100 %"',
            '"50 %"',
            "4 of 4 messages from ann@city.example; 'limits.largest_share' (50%) allows 2: 2 too many.",
        ),
    ],
)
def test_a_plan_larger_than_its_ceiling_is_refused(
    desk: Desk, change: Change, command: tuple[str, str], old: str, new: str, said: str
) -> None:
    change(old, new)
    told = desk.refused(command[0], desk.plan, by=command[1], code=22)
    assert said in told.error and "--within-limits" in told.next_step
    assert "Too large to apply" in desk.done("plan", "-o", desk.plan, by=OPERATOR).out


def test_a_plan_within_limits_is_taken(desk: Desk, change: Change) -> None:
    change('"100 %"', '"50 %"')
    desk.done("plan", "-o", desk.plan, "--within-limits", by=OPERATOR)
    desk.done("approve", desk.plan, by=RECORDS)
    applied = desk.done("apply", desk.plan, "--json", by=OPERATOR).json
    assert {a: counts["kept"] for a, counts in applied["counts"].items()} == {
        "ann@city.example": 2,
        "bob@city.example": 3,
    }


# Finished


def test_a_finished_plan_is_not_done_again(desk: Desk, command: tuple[str, str]) -> None:
    desk.done("apply", desk.plan, by=OPERATOR)
    told = desk.refused(command[0], desk.plan, by=command[1], code=23)
    assert "is finished" in told.error and "`retention plan`" in told.next_step


# Something to do


def test_plan_says_by_its_exit_code_whether_there_is_something_to_do(desk: Desk) -> None:
    told = desk.run("plan", "-o", desk.plan, "--exit-code", "--json", by=OPERATOR)
    assert told.code == 5 and len(told.json["steps"]) == 8
    assert told.error == "There are 8 steps to do." and desk.plan in told.next_step
    desk.done("approve", desk.plan, by=RECORDS)
    desk.done("apply", desk.plan, by=OPERATOR)
    assert desk.done("plan", "-o", desk.plan, "--exit-code", "--json", by=OPERATOR).json["steps"] == []
    assert "It has nothing to do." in desk.done("plan", "-o", desk.plan, by=OPERATOR).out


def test_a_plan_writes_nothing_but_its_file(desk: Desk) -> None:
    before = desk.state()
    desk.done("plan", "-o", desk.plan, by=OPERATOR)
    assert desk.state() == before
    assert json.loads(Path(desk.plan).read_bytes())["made_by"] == OPERATOR


@pytest.mark.parametrize("name", ["ledger.jsonl", "retention.db", "retention.toml", "city.toml", "ca.pem"])
def test_a_plan_is_never_written_over_a_file_that_is_no_plan(desk: Desk, name: str) -> None:
    before = (desk.folder / name).read_bytes()
    told = desk.refused("plan", "-o", str(desk.folder / name), by=OPERATOR, code=2)
    assert name in told.error and "is no plan" in told.error and "--output" in told.next_step
    assert (desk.folder / name).read_bytes() == before


def test_a_plan_is_written_over_an_older_one_or_an_empty_file(desk: Desk) -> None:
    older = Path(desk.plan).read_bytes()
    for content in (older, b""):
        Path(desk.plan).write_bytes(content)
        desk.done("plan", "-o", desk.plan, by=OPERATOR)
        assert Path(desk.plan).read_bytes() not in (older, b"")


# What changed behind our back


def test_a_message_that_changed_since_is_skipped_and_listed(desk: Desk) -> None:
    (id_, *_) = desk.world.ids("ann@city.example", "Inbox")
    desk.world.edit("ann@city.example", id_, subject="Something else")
    told = desk.done("apply", desk.plan, by=OPERATOR)
    assert "Not done: step 1:" in told.out and "no longer the version" in told.out
    assert desk.world.where("ann@city.example", id_) == "Inbox"


def test_a_message_whose_content_cannot_be_had_stays_and_is_listed(desk: Desk) -> None:
    (id_, *_) = desk.world.ids("ann@city.example", "Inbox")
    desk.world.message("ann@city.example", id_).mime_fails = True
    told = desk.done("apply", desk.plan, by=OPERATOR)
    assert "Not done: step 1:" in told.out and "ErrorMimeContentConversionFailed" in told.out
    assert desk.world.ids("ann@city.example", "Inbox") == [id_]
