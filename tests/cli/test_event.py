"""``retention event`` and ``retention schedule test`` as they are typed."""

from __future__ import annotations

import pytest

from tests.cli.desk import ATTORNEY, HOSTILE, RECORDS, Desk, schedule


def record(desk: Desk, *more: str, key: str = "contract C-1") -> str:
    return desk.done("event", "record", "closed", "--key", key, "--on", "2024-05-01", *more, by=RECORDS).out


def test_an_event_is_written_down_listed_and_taken_back(desk: Desk) -> None:
    told = desk.run("event", "record", "closed", "--key", "Contract C-1", "--on", "2024-05-01", by=RECORDS)
    assert told.code == 0 and "contract c-1, closed on 2024-05-01" in told.out
    assert "No series of the city's schedules waits for 'closed'" in told.err
    (listed,) = desk.done("event", "list", "--json").json["events"]
    assert (listed["kind"], listed["key"], listed["on"]) == ("closed", "contract c-1", "2024-05-01")
    desk.done("event", "retract", str(listed["n"]), "--reason", "a slip", by=RECORDS)
    assert desk.done("event", "list", "--json").json["events"] == []
    desk.done("audit", "verify")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("event", "record", "closed", "--key", "C-1", "--on", "2024-05-01"), 2, "needs the key"),
        (("event", "record", "closed", "--key", "", "--on", "2024-05-01"), 2, "needs the key"),
        (("event", "record", "closed", "--key", "contract C-1", "--on", "1 May"), 2, "1 May"),
        (("event", "record", "closed", "--key", "contract C-1", "--on", "2999-01-01"), 2, "has not come yet"),
        (("event", "record", "3 years", "--key", "contract C-1", "--on", "2024-05-01"), 2, "no kind of event"),
        (("event", "retract", "0", "--reason", "x"), 2, "is no event in force"),
        (("event", "list", "--key", "C-1"), 2, "needs the key"),
    ],
)
def test_what_is_no_event_is_refused(desk: Desk, arguments: tuple[str, ...], code: int, said: str) -> None:
    assert said in desk.refused(*arguments, code=code, by=RECORDS).error


def test_only_the_office_records_an_event(desk: Desk) -> None:
    event = ("event", "record", "closed", "--key", "contract C-1", "--on", "2024-05-01")
    assert "recording events" in desk.refused(*event, code=32, by=ATTORNEY, said="refused").error


def test_what_is_written_of_an_event_cannot_steer_the_terminal(desk: Desk) -> None:
    record(desk, "--source", HOSTILE, key=f"contract {HOSTILE}")
    said = desk.done("event", "list").out
    assert "\x1b" not in said and "\u202e" not in said


def test_a_message_can_be_tried_on_a_schedule(desk: Desk) -> None:
    path = str(desk.folder / "city.toml")
    told = desk.done("schedule", "test", path, "--subject", "Requisition 7")
    assert "belongs to city-requisitions" in told.out and "3 years after received" in told.out
    assert "No rule of the schedule fits" in desk.done("schedule", "test", path, "--subject", "Hello").out
    assert (
        desk.done("schedule", "test", path, "--subject", "Requisition", "--json").json["series_key"]
        == "city-requisitions"
    )


def test_a_schedule_shows_how_its_examples_are_decided(desk: Desk) -> None:
    path = str(desk.folder / "city.toml")
    assert "2 examples, each decided as stated" in desk.done("schedule", "test", path).out
    assert len(desk.done("schedule", "test", path, "--json").json) == 2
    (desk.folder / "city.toml").write_text(schedule().replace('subject = "notice"', 'subject = "nothing"'), "utf-8")
    assert "must belong" in desk.refused("schedule", "test", path, code=20).problems[0]


def test_an_office_confirms_what_nobody_verified_and_posts_it(desk: Desk) -> None:
    text = schedule().replace("verified = true", "verified = false")
    (desk.folder / "city.toml").write_text(text, "utf-8")
    told = desk.done("schedule", "adopt", "city", "--authority", "R 1", "--posted", "2026-01-05", by=RECORDS)
    assert "2 of its series were never verified" in told.out
    told = desk.done("schedule", "adopt", "city", "--authority", "R 1", "--confirm", "city-notices", by=RECORDS)
    assert "Confirmed by the office: city-notices." in told.out and "1 of its series" in told.out
    assert (
        "no series"
        in desk.refused("schedule", "adopt", "city", "--authority", "R", "--confirm", "x", code=2, by=RECORDS).error
    )
