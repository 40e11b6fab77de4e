"""The capture gap: how long mail lay exposed before capture, what still does, and what went without our doing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from retention.jobs import classify, sync
from retention.jobs.gap import Gap, gap
from retention.jobs.status import status
from tests.jobs.town import CLERK, NOW, RECORDS, Town
from tests.mail.doubles import MemoryMail


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path / "town")


def of(town: Town, address: str = "") -> Gap:
    world = town.world()
    found = gap(world)
    world.close()
    return found.all if not address else next(one for one in found.mailboxes if one.address == address)


def test_a_city_that_captured_nothing_has_nothing_to_count(town: Town) -> None:
    town.add("Notice 1")
    town.read()
    one = of(town)
    assert (one.captured, one.median, one.longest, one.waiting, one.gone) == (0, None, None, 0, 0)


@pytest.mark.parametrize(
    ("days", "median", "ninth", "longest"),
    [
        ((40,), 40, 40, 40),
        ((40, 50), 40, 50, 50),
        ((33, 50, 400), 50, 400, 400),
        (tuple(range(31, 41)), 35, 39, 40),
        (tuple(range(31, 51)), 40, 48, 50),
    ],
)
def test_the_gap_is_from_receipt_to_capture(
    town: Town, days: tuple[int, ...], median: int, ninth: int, longest: int
) -> None:
    for number in days:
        town.add(f"Minutes {number}", received_at=NOW - timedelta(days=number))
    town.apply(town.approved_plan())
    one = of(town)
    assert one.captured == len(days) and one.undated == 0
    assert (one.median, one.ninth, one.longest) == tuple(timedelta(days=n) for n in (median, ninth, longest))
    assert of(town, CLERK) == type(one)(**{**{n: getattr(one, n) for n in one.__struct_fields__}, "address": CLERK})


def test_each_mailbox_has_its_own_and_all_are_put_together(town: Town) -> None:
    town.add("Minutes 1", mailbox=CLERK, received_at=NOW - timedelta(days=40))
    town.add("Minutes 2", mailbox=RECORDS, received_at=NOW - timedelta(days=90))
    town.apply(town.approved_plan())
    assert (of(town, CLERK).median, of(town, RECORDS).median) == (timedelta(days=40), timedelta(days=90))
    assert (of(town).median, of(town).longest) == (timedelta(days=40), timedelta(days=90))


def test_records_that_wait_in_their_mailbox_are_exposed_and_what_no_series_fits_is_not_counted(town: Town) -> None:
    town.add("Minutes 1", received_at=NOW - timedelta(days=20))
    town.add("Minutes 2", received_at=NOW - timedelta(days=10))
    town.add("Requisition and minutes")
    town.add("Nobody knows")
    town.add("Notice 1")
    town.read()
    assert (of(town).waiting, of(town).waiting_since) == (2, NOW - timedelta(days=20))


def test_what_went_without_our_doing_is_told_and_how_much_of_it_was_a_record(town: Town) -> None:
    refs = [town.add("Minutes 1"), town.add("Notice 1"), town.add("Notice 2")]
    town.read()
    assert isinstance(town.mail, MemoryMail)
    for ref in refs[:2]:
        town.mail.delete(ref)
    town.at += timedelta(days=1)
    sync.sync(town.world())
    one = of(town)
    assert (one.gone, one.gone_records, one.gone_since, one.waiting) == (2, 1, town.at, 0)


def test_mail_that_we_removed_is_neither_gone_nor_waiting(town: Town) -> None:
    town.add("Minutes 1")
    town.add("Notice 1")
    town.apply(town.approved_plan())
    one = of(town)
    assert (one.captured, one.waiting, one.gone) == (1, 0, 0)


def test_status_has_the_gap(town: Town) -> None:
    town.add("Minutes 1", received_at=NOW - timedelta(days=40))
    town.apply(town.approved_plan())
    assert status(town.world()).gap.all.longest == timedelta(days=40)


def test_every_run_keeps_what_it_did_in_each_mailbox(town: Town) -> None:
    town.add("Minutes 1", mailbox=CLERK)
    town.add("Nobody knows", mailbox=CLERK)
    town.add("Notice 1", mailbox=RECORDS)
    world = town.world()
    synced = sync.sync(world)
    classified = classify.classify(world)
    runs = world.catalog.runs.last()
    assert [(box["address"], box["messages"]) for box in runs["sync"][2]["mailboxes"]] == [
        (box.address, box.messages) for box in synced.mailboxes
    ]
    assert (
        runs["classify"][2]["by_mailbox"]
        == classified.by_mailbox
        == {
            CLERK: {"filed": 2, "series": 1, "review": 1},
            RECORDS: {"filed": 1, "series": 1, "review": 0},
        }
    )
