"""`hold collect`, `vanished` and `discard` as they are typed: what they say, to whom, and their exit codes."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from retention.cli.hold.collecting import tell_vanished
from retention.core.preserved import HeldVanished
from tests.cli.desk import ANN, ATTORNEY, BOB, OPERATOR, RECORDS, Desk
from tests.cli.travelling import travel

RELEASE = ("hold", "release", "elm-street", "--reason", "settled", "--matter", "Elm Street")
DISCARD = ("hold", "discard", "--reason", "the hold is over")
ACKNOWLEDGE = ("hold", "vanished", "--reason", "the custodian was asked", "--acknowledge")


@pytest.fixture
def held(desk: Desk) -> Desk:
    typed = ("hold", "place", "--matter", "Elm Street", "--reason", "a claim", "--custodian", ANN)
    assert "retention hold collect elm-street" in desk.done(*typed, by=ATTORNEY).err
    return desk


def copies(desk: Desk) -> int:
    return len(list((desk.folder / "records" / "preserved").rglob("*.eml")))


def delete_one(desk: Desk, mailbox: str = ANN) -> None:
    desk.world.permanent_delete(mailbox, desk.world.ids(mailbox, "Inbox")[0])


def test_cron_collects_what_a_hold_covers_and_what_has_a_copy_is_not_copied_again(held: Desk) -> None:
    told = held.done("hold", "collect", "elm-street", by=OPERATOR)
    assert "The hold 'elm-street' covers 4 messages: 4 copied (less than 0.1 MB), 0 had a copy, 0 failed." in told.out
    assert copies(held) == 4
    again = held.done("hold", "collect", "elm-street", "--json", by=OPERATOR).json
    assert (again["covered"], again["copied"], again["had"], again["uncopied"]) == (4, 0, 4, [])
    assert held.done("audit", "verify", "--json").json["copies"] == 4


def test_what_could_not_be_copied_is_listed_and_the_exit_code_says_partly_done(held: Desk) -> None:
    delete_one(held)
    told = held.run("hold", "collect", "elm-street", by=OPERATOR)
    assert told.code == 3
    assert "covers 4 messages: 3 copied" in told.out and "1 failed" in told.out
    whole = " ".join(told.out.split())
    assert ANN.partition("@")[0] in whole and "There is no message" in whole
    assert told.error == "1 message could not be copied."
    assert told.next_step == "Run `retention hold collect elm-street` again."
    as_json = held.run("hold", "collect", "elm-street", "--json", by=OPERATOR)
    assert as_json.code == 3 and as_json.json["uncopied"][0]["reason"] == "it was gone from its mailbox"


def test_only_a_hold_that_is_there_is_collected(held: Desk) -> None:
    assert "There is no hold 'oak'." in held.refused("hold", "collect", "oak", by=OPERATOR, code=31).error


def test_a_held_message_that_was_deleted_is_told_by_sync_listed_and_answered_for(held: Desk) -> None:
    held.done("hold", "collect", "elm-street", by=OPERATOR)
    delete_one(held)
    delete_one(held, BOB)
    assert len(held.done("sync", "--json").json["vanished"]) == 1
    told = held.done("hold", "vanished")
    first, second, last = told.out.splitlines()
    assert first.startswith("Entry ") and first.endswith(f": {ANN}: Requisition 0 for toner")
    assert re.fullmatch(r"  seen last 2[0-9: -]+ C[SD]T; held by elm-street; copy: kept", second)
    assert last == "1 held message vanished."
    told = held.run("status")
    assert told.code == 36 and "City Attorney: 1 held message vanished at the source" in told.out
    (one,) = held.done("hold", "vanished", "--json").json
    number = str(one["entry"])
    assert (one["copy"], one["told"]["holds"]) == ("kept", ["elm-street"])
    held.refused(*ACKNOWLEDGE, number, by=RECORDS, code=32, said="refused")
    held.refused("hold", "vanished", "--acknowledge", number, by=ATTORNEY, code=2)
    for wrong in ("none", "-1", "1.5", "", "9" * 30, str(one["entry"] + 1)):
        held.refused(*ACKNOWLEDGE, wrong, by=ATTORNEY, code=2)
    assert held.done(*ACKNOWLEDGE, number, by=ATTORNEY).out == "1 entry acknowledged.\n"
    assert held.done("hold", "vanished").out == "No held message vanished that nobody has answered for.\n"
    assert "vanished" not in held.done("status").out
    assert held.done(*ACKNOWLEDGE, "all", by=ATTORNEY).out == "0 entries acknowledged.\n"


def test_all_that_wait_can_be_answered_for_at_once(held: Desk) -> None:
    for _ in range(2):
        delete_one(held)
    held.done("sync")
    assert "none" in held.done("hold", "vanished").out
    assert len(held.done(*ACKNOWLEDGE, "all", "--json", by=ATTORNEY).json["acknowledged"]) == 2


def test_copies_are_destroyed_only_after_the_grace_by_the_office_and_with_a_yes(
    held: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    held.done("hold", "collect", "elm-street", by=OPERATOR)
    told = held.done(*DISCARD, by=ATTORNEY)
    assert told.out == "No hold needs 0 copies (0.0 MB). Kept: 4 for a hold, and 0 for a doubt.\n"
    held.done(*RELEASE, by=ATTORNEY)
    assert held.done(*DISCARD, "--yes", by=ATTORNEY).out == "0 copies (0.0 MB) destroyed.\n"
    later = datetime.now(UTC) + timedelta(days=31)
    travel(monkeypatch, later)
    counted = held.run(*DISCARD, by=ATTORNEY)
    assert (counted.code, counted.error) == (4, "Nothing was destroyed.")
    assert "No hold needs 4 copies" in counted.out and copies(held) == 4
    assert len(json.loads(held.run(*DISCARD, "--json", by=ATTORNEY).out)["digests"]) == 4
    held.refused(*DISCARD, "--yes", by=RECORDS, code=32, said="refused")
    held.refused("hold", "discard", "--reason", " ", "--yes", by=ATTORNEY, code=2)
    assert held.done(*DISCARD, "--yes", by=ATTORNEY).out.startswith("4 copies")
    assert copies(held) == 0
    assert held.done("audit", "verify", "--json").json["copies"] == 0


def test_a_sync_tells_whose_it_was_when_it_was_seen_and_whether_there_is_a_copy(
    capsys: pytest.CaptureFixture[str],
) -> None:
    at = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
    one = HeldVanished(
        mailbox="m", address=ANN, id="1", internet_id="", holds=("elm", "oak"), seen_at=at, missed_at=at, copy="d" * 64
    )
    zone = ZoneInfo("America/Chicago")
    tell_vanished([one, replace(one, address=BOB, copy="")] * 11, zone)
    told = capsys.readouterr()
    shown = " ".join(told.out.split())
    assert f"{ANN} 2026-11-21 09:00 CST yes elm, oak {BOB} 2026-11-21 09:00 CST no elm, oak" in shown
    assert "… and 2 more" in told.out and "retention hold vanished" in told.err
    tell_vanished([], zone)
    assert capsys.readouterr() == ("", "")
