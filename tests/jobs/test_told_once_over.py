"""Whoever says that something may not go any more is told once the deeds that had begun are over; none comes after."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from retention.jobs import consent, event
from retention.jobs.world import World
from retention.ledger import Ledger
from retention.store.disk import DiskStore
from tests.jobs.archive import Archive, gate
from tests.jobs.test_event import LONG_AGO, schedule
from tests.jobs.town import CLERK, NOW, RECORDS, Town
from tests.mail.doubles import MemoryMail

LATELY = (NOW - timedelta(days=10)).date()


class Hand:
    """Somebody who types while a deed is under way. ``gone`` counts what is gone."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, act: Callable[[], object], gone: Callable[[], int]) -> None:
        self._act, self._gone = act, gone
        self._thread = threading.Thread(target=self._type)
        self._written, self._returned = threading.Event(), threading.Event()
        self._once = threading.Lock()
        self.returned_too_early: bool | None = None
        self.gone_when_it_returned = -1
        wait = Ledger.wait_for_deeds

        def written_then_wait(ledger: Ledger) -> None:
            self._written.set()
            wait(ledger)

        monkeypatch.setattr(Ledger, "wait_for_deeds", written_then_wait)

    def _type(self) -> None:
        self._act()
        self.gone_when_it_returned = self._gone()
        self._returned.set()

    def during_a_deed(self) -> None:
        """Type, and go on with the deed once what was typed is in the ledger."""
        if self._once.acquire(blocking=False):
            self._thread.start()
            assert self._written.wait(10)
            self.returned_too_early = self._returned.wait(0.3)

    def is_done(self) -> None:
        self._thread.join(20)
        assert not self._thread.is_alive()


def test_a_consent_that_is_withdrawn_while_records_go_stops_all_that_had_not_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = Archive(tmp_path / "town", gate())
    archive.capture(*(f"Requisition {n}" for n in range(6)))
    plan = archive.destruction()
    entry = archive.consent(plan)
    archive.agree(plan)
    archive.quarantine(plan)
    archive.later(31)

    def withdraw() -> None:
        world = archive.world(RECORDS)
        consent.withdraw(world, entry, reason="rescinded")
        world.close()

    hand = Hand(monkeypatch, withdraw, lambda: 6 - len(archive.places()))
    destroy, calls = DiskStore.destroy, []

    def third(store: DiskStore, place: str) -> None:
        calls.append(place)
        if len(calls) == 3:
            hand.during_a_deed()
        destroy(store, place)

    monkeypatch.setattr(DiskStore, "destroy", third)
    archive.destroy()
    hand.is_done()
    assert hand.returned_too_early is False
    assert hand.gone_when_it_returned == 6 - len(archive.places()) == 3


def _record(world: World) -> None:
    event.record(world, "closed", key="contract C-1", on=LATELY)


def _retract(world: World) -> None:
    (told,) = event.told(world)
    event.retract(world, told.n, reason="a slip")


@pytest.mark.parametrize("act", [_record, _retract], ids=["a later event is recorded", "the event is retracted"])
def test_an_event_that_keeps_while_mail_goes_stops_all_that_had_not_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, act: Callable[[World], None]
) -> None:
    town = Town(tmp_path / "town", schedule=schedule())
    for n in range(40):
        town.add(f"Site visit {n}, contract C-1")
    world = town.world(CLERK)
    event.record(world, "closed", key="contract C-1", on=LONG_AGO)
    world.close()
    made = town.approved_plan()
    assert len(made.steps) == 40
    mail = town.mail
    assert isinstance(mail, MemoryMail)

    def typed() -> None:
        clerk = town.world(CLERK)
        act(clerk)
        clerk.close()

    hand = Hand(monkeypatch, typed, lambda: len(mail.purged))

    def third(name: str) -> None:
        if name == "purge" and mail.calls.count("purge") >= 3:
            hand.during_a_deed()

    mail.before_call = third
    town.apply(made)
    hand.is_done()
    assert hand.returned_too_early is False
    assert 1 <= len(mail.purged) < 40
    assert hand.gone_when_it_returned == len(mail.purged)
