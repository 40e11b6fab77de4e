"""What was found gone waits in the catalog until it is told: each message once, with when it was last known there.

How a message comes to be missed is in ``test_moves.py``.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from retention.catalog import Missed
from retention.core.audit import Outcome
from retention.core.message import Cursor, Page
from tests.catalog.desk import BOX, DELETED, INBOX, NOW, Desk, message

HOUR = timedelta(hours=1)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.page(message("m1"), message("m2"), cursor="1")
    desk.catalog.settle_mailbox(BOX, NOW)
    return desk


def untold(desk: Desk) -> dict[str, Missed]:
    return {one.known.message.id: one for batch in desk.catalog.missed_messages.untold() for one in batch}


def at(desk: Desk, moment: datetime) -> None:
    """A new run that began then."""
    desk.run = desk.catalog.runs.begin("sync", moment)


def test_what_is_gone_waits_until_it_is_told(desk: Desk) -> None:
    desk.page(removed=("m1",))
    assert untold(desk) == {}
    desk.settle()
    assert list(untold(desk)) == list(untold(desk)) == ["m1"]
    desk.catalog.missed_messages.told([desk.known("m1").n])
    desk.settle()
    assert untold(desk) == {}


def test_a_reading_from_the_beginning_makes_nothing_gone_anew(desk: Desk) -> None:
    desk.page(removed=("m1",))
    desk.settle()
    gone_at = desk.known("m1").gone_at
    desk.catalog.missed_messages.told([desk.known("m1").n])
    at(desk, NOW + HOUR)
    desk.page(message("m2"), restart=True, complete=True)
    assert desk.catalog.settle_mailbox(BOX, NOW + HOUR) == 0
    assert (desk.known("m1").gone_at, untold(desk)) == (gone_at, {})


def test_what_came_back_before_it_was_told_is_not_told_and_what_vanishes_again_is(desk: Desk) -> None:
    desk.page(removed=("m1",))
    desk.settle()
    desk.page(message("m1", folder=INBOX))
    assert untold(desk) == {}
    desk.page(removed=("m1",))
    desk.catalog.settle_mailbox(BOX, NOW + HOUR)
    assert untold(desk)["m1"].known.gone_at == NOW + HOUR


def test_what_this_product_took_out_is_not_told(desk: Desk) -> None:
    desk.page(removed=("m1", "m2"))
    desk.settle()
    desk.catalog.mark([Outcome(plan="p", step=1, result="purged", answer="", mailbox=BOX.id, id="m1")], NOW)
    assert list(untold(desk)) == ["m2"]


def test_it_was_seen_last_when_the_last_whole_reading_began(desk: Desk) -> None:
    """Of an unchanged message nothing is sent again: that it was not missed is how it is known to have been there."""
    for hours in (1, 2):
        at(desk, NOW + hours * HOUR)
        desk.catalog.settle_mailbox(BOX, NOW + hours * HOUR + HOUR / 2)
    at(desk, NOW + 5 * HOUR)
    desk.page(removed=("m1",))
    desk.catalog.settle_mailbox(BOX, NOW + 6 * HOUR)
    assert untold(desk)["m1"].seen_at == NOW + 2 * HOUR


def test_a_reading_that_did_not_come_to_its_end_says_nothing_of_what_was_there(desk: Desk) -> None:
    at(desk, NOW + HOUR)
    desk.page(removed=("m1",))
    at(desk, NOW + 2 * HOUR)
    desk.catalog.settle_mailbox(BOX, NOW + 2 * HOUR)
    assert untold(desk)["m1"].seen_at == NOW


def test_what_a_run_saw_itself_was_there_then(desk: Desk) -> None:
    at(desk, NOW + HOUR)
    desk.page(message("m1", version="v2"))
    desk.page(removed=("m1",))
    desk.catalog.settle_mailbox(BOX, NOW + 2 * HOUR)
    assert untold(desk)["m1"].seen_at == NOW + HOUR


def test_it_was_never_seen_before_it_was_first_seen(desk: Desk) -> None:
    """It arrived while a reading was going on."""
    at(desk, NOW + HOUR)
    late = message("m3")
    desk.catalog.save_page(
        BOX, INBOX, Page(messages=(late,), cursor=Cursor("2")), desk.run, NOW + HOUR * 1.5, DELETED.id
    )
    desk.page(removed=("m3",))
    desk.catalog.settle_mailbox(BOX, NOW + 2 * HOUR)
    assert untold(desk)["m3"].seen_at == NOW + HOUR * 1.5


def test_many_are_met_in_batches_each_once_while_they_are_told(desk: Desk) -> None:
    many = [f"x{number}" for number in range(1203)]
    desk.page(*(message(id_) for id_ in many))
    desk.page(removed=tuple(many))
    assert desk.settle() == len(many)
    met = []
    for batch in desk.catalog.missed_messages.untold():
        met += [one.known.message.id for one in batch]
        desk.catalog.missed_messages.told(one.known.n for one in batch)
    assert sorted(met) == sorted(many)
    assert untold(desk) == {}
