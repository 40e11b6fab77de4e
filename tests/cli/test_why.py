"""`why` and the capture gap as they are typed and read: a past day, a message only the ledger knows, 80 columns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from retention.catalog import Catalog
from tests.cli.desk import ANN, ATTORNEY, BOB, OPERATOR, Desk, town


def today() -> str:
    return str(datetime.now(UTC).astimezone(ZoneInfo("America/Chicago")).date())


def numbered(desk: Desk, subject: str) -> str:
    return next(n for n in map(str, range(1, 20)) if subject in desk.done("why", n).out)


def test_a_past_day_is_told_with_its_edition_its_holds_and_all_that_happened(desk: Desk) -> None:
    desk.done("hold", "place", "--matter", "Elm", "--reason", "a claim", "--words", "Notice 0", by=ATTORNEY)
    said = desk.done("why", numbered(desk, "Notice 0"), "--as-of", today()).out
    assert f"At the end of {today()}: It was in the mailbox of {BOB}." in said
    assert "It would have stayed where it was: Held by 'elm'" in said
    assert f"in effect from {today()}, Resolution 1" in said
    assert "hold      elm, placed by attorney@city.example" in said and 'version 1: words:"Notice 0"' in said
    assert "not known Its folder" in said and "Nothing had happened by" in said


def test_the_deeds_of_a_day_are_told_with_that_day(desk: Desk) -> None:
    number = numbered(desk, "Requisition 0")
    desk.done("apply", desk.plan, by=OPERATOR)
    said = desk.done("why", number, "--as-of", today()).out
    assert "It was moved to the record store on" in said and "Nothing has happened since." in said
    assert "is about to capture it" in said and "stored as city/" in said
    (one,) = desk.done("why", number, "--as-of", today(), "--json").json
    assert one["series"]["id"] == "city-requisitions" and one["on"] == today()
    assert [told["kind"] for told in one["history"]] == ["intent", "stored", "outcome"]


def test_a_record_is_found_by_its_digest_and_when_the_catalog_was_begun_anew(desk: Desk) -> None:
    number = numbered(desk, "Requisition 0")
    desk.done("apply", desk.plan, by=OPERATOR)
    digest = desk.done("why", number, "--json").json[0]["known"]["digest"]
    assert "Requisition 0" in desk.done("why", digest).out
    (desk.folder / "retention.db").unlink()
    Catalog(desk.folder / "retention.db", create=True).close()
    said = desk.done("why", digest).out
    assert "A message that the catalog knows no more: Requisition 0" in said and f"in the mailbox of {ANN}" in said
    assert f"SHA-256 {digest}" in said and "It was moved to the record store on" in said
    assert "stayed where it was" in desk.done("why", digest, "--as-of", today()).out


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("soon", "'soon' after --as-of is not a day"),
        ("2026-13-01", "is not a day"),
        (str(datetime.now(UTC).date() + timedelta(days=2)), "has not come yet"),
        ("2001-02-03", "Nothing is written down of 2001-02-03: the ledger begins on"),
    ],
)
def test_a_day_that_cannot_be_replayed_gets_one_sentence(desk: Desk, day: str, said: str) -> None:
    assert said in desk.refused("why", "1", "--as-of", day, code=2).error


def test_status_tells_the_capture_gap_in_two_lines_and_of_each_mailbox_in_a_table(desk: Desk) -> None:
    before = desk.done("status").out
    assert "Capture gap    no record has been captured yet." in before
    assert "Exposed        4 records not yet captured (the oldest received on 2024-03-04); 0 messages went" in before
    desk.done("apply", desk.plan, by=OPERATOR)
    after = desk.done("status").out
    assert "Capture gap    of 4 records half were captured within" in after and "days of receipt" in after
    table = desk.done("status", "--mailboxes").out
    assert all(len(line) <= 80 for line in table.splitlines())
    assert "@city.example" in table and any(line.split()[:2] == ["ann", "4"] for line in table.splitlines())
    gap = desk.done("status", "--mailboxes", "--json").json["gap"]
    assert gap["all"]["captured"] == 4 and {one["address"] for one in gap["mailboxes"]} == {ANN, BOB}


def test_nothing_a_mail_says_steers_the_screen_of_a_past_day(desk: Desk) -> None:
    world = town()
    world.add_message(BOB, "Inbox", HOSTILE_LETTER, received_at=datetime(2024, 3, 4, tzinfo=UTC))
    hostile = Desk(desk.folder, desk.simulator, world)
    hostile.done("sync")
    hostile.done("classify")
    said = "".join(hostile.done("why", str(n), "--as-of", today()).out for n in range(1, 11))
    assert "\x1b" not in said and "owned" in said


HOSTILE_LETTER = b"From: a@b.example\r\nTo: bob@city.example\r\nSubject: Notice \x1b[2J owned\r\n\r\nHello.\r\n"
