"""What is asked of the catalog afterwards: how long captured mail lay exposed, what was in a conversation by a day."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from retention.core.audit import Outcome
from retention.core.classify import Classification
from tests.catalog.desk import BOX, NOW, OTHER, Desk, message

RECORD = Classification(series_key="FIN 1", schedule_name="city", record=True)
DOUBT = Classification(record=True, ambiguous=True)
TRANSITORY = Classification(series_key="NOTE", schedule_name="city")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def captured(desk: Desk, id: str, mailbox: str = BOX.id) -> None:
    desk.catalog.mark([Outcome(plan="p", step=1, result="captured", answer="gone", mailbox=mailbox, id=id)], NOW)


def file(desk: Desk, filing: Classification) -> None:
    unfiled = desk.catalog.filings.to_file("rules")
    desk.catalog.filings.save([(one.n, filing, ()) for one in unfiled], "rules")


def test_seconds_from_receipt_to_capture_stand_beside_their_mailbox(desk: Desk) -> None:
    desk.page(message("m1", received_at=NOW - timedelta(days=2)), message("m2", received_at=NOW - timedelta(hours=1)))
    desk.page(message("m3", mailbox=OTHER, received_at=NOW - timedelta(minutes=1)), mailbox=OTHER)
    for id_, mailbox in (("m1", BOX.id), ("m2", BOX.id), ("m3", OTHER.id)):
        captured(desk, id_, mailbox)
    found = {one.mailbox.id: sorted(one.seconds) for one in desk.catalog.hindsight.exposed()}
    assert found == {BOX.id: [3600, 2 * 86400], OTHER.id: [60]}


def test_a_record_without_a_date_is_counted_apart_and_none_was_captured_before_it_came(desk: Desk) -> None:
    desk.page(message("m1", received_at=None), message("m2", received_at=NOW + timedelta(days=1)))
    captured(desk, "m1")
    captured(desk, "m2")
    one = next(one for one in desk.catalog.hindsight.exposed() if one.mailbox.id == BOX.id)
    assert (one.undated, list(one.seconds)) == (1, [0])


@pytest.mark.parametrize(("filing", "waiting"), [(RECORD, 1), (DOUBT, 0), (TRANSITORY, 0)])
def test_only_what_is_filed_under_a_record_series_waits_to_be_captured(
    desk: Desk, filing: Classification, waiting: int
) -> None:
    desk.page(message("m1"))
    file(desk, filing)
    one = next(one for one in desk.catalog.hindsight.exposed() if one.mailbox.id == BOX.id)
    assert one.waiting == waiting and bool(one.waiting_since) == bool(waiting)


def test_a_conversation_is_told_over_all_mailboxes_as_far_as_it_was_known(desk: Desk) -> None:
    desk.page(message("m1"), message("m2", conversation="another"))
    desk.page(message("m3", mailbox=OTHER), mailbox=OTHER)
    hindsight = desk.catalog.hindsight
    assert [(box.id, one.id, one.path) for box, one in hindsight.conversation("c", NOW)] == [
        (BOX.id, "m1", "Inbox"),
        (OTHER.id, "m3", "Inbox"),
    ]
    assert list(hindsight.conversation("c", NOW - timedelta(seconds=1))) == []
