"""Killed at any call into the bucket and started again, every run over records comes to the same end."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest

from retention.core.audit import Stored
from retention.core.destruction import RecordDeed, RecordOutcome
from retention.store.objects import ObjectStore
from tests.jobs.archive import OLD
from tests.jobs.bucketed import Bucketed, copied, story
from tests.jobs.killing import Killing, killing
from tests.store.serving import S3, serving_s3

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that can be killed")
DAYS = 31
Look = Callable[[Bucketed], None]


class Yard:
    """Where towns are copied, and one of each is killed at every call."""

    def __init__(self, folder: Path, s3: S3, killers: Sequence[Killing]) -> None:
        self.folder, self.s3, self._killers = folder, s3, killers

    def copy(self, town: Bucketed, name: str) -> Bucketed:
        return copied(town, self.folder / name, self.s3)

    def ends_the_same(self, town: Bucketed, run: str, look: Look, every: int = 1) -> int:
        """Kill the run at every call, or every n-th; look, let another process run again, compare; how many."""
        undisturbed = self.copy(town, f"{run} undisturbed")
        getattr(undisturbed, run)()
        end = story(undisturbed)

        def lane(n: int) -> int:
            for at in count(1 + n * every, len(self._killers) * every):
                other = self.copy(town, f"{run} {at}")
                if not self._killers[n].killed(other, run, at):
                    return at
                look(other)
                assert not self._killers[n].killed(other, run, 0)
                assert story(other) == end, f"killed at call {at}"
            raise AssertionError

        with ThreadPoolExecutor(len(self._killers)) as pool:
            return min(pool.map(lane, range(len(self._killers))))


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    with serving_s3() as endpoint, killing() as one, killing() as other:
        yield Yard(tmp_path_factory.mktemp("yard"), S3(endpoint), (one, other))


@pytest.fixture(scope="module")
def planned(yard: Yard) -> Bucketed:
    """Two records to be captured, by an approved plan."""
    settings = yard.s3.bucket()
    ObjectStore.create(settings)
    town = Bucketed(yard.folder / "planned", settings)
    for subject in ("Requisition 1", "Minutes 1", "Nobody knows"):
        town.add(subject, received_at=OLD)
    town.planned = town.approved_plan()
    return town


@pytest.fixture(scope="module")
def kept(yard: Yard, planned: Bucketed) -> Bucketed:
    """They are captured, and an approved plan is there to destroy them, with the consent that it needs."""
    town = yard.copy(planned, "kept")
    town.capturing()
    town.planned = town.ready()
    return town


@pytest.fixture(scope="module")
def waiting(yard: Yard, kept: Bucketed) -> Bucketed:
    """They were in quarantine for their time."""
    town = yard.copy(kept, "waiting")
    town.quarantining()
    town.later(DAYS)
    return town


def test_a_capture_killed_at_any_call_ends_the_same_and_no_message_went_before_its_record(
    yard: Yard, planned: Bucketed
) -> None:
    def look(town: Bucketed) -> None:
        gone = 3 - len(list((town.folder / "mail").iterdir()))
        if gone:
            stored = {one.place for one in town.bodies() if isinstance(one, Stored)}
            assert len(stored) >= gone and stored <= set(town.places())

    assert yard.ends_the_same(planned, "capturing", look, every=3) > 10


def test_a_verification_killed_at_any_call_goes_on_and_finds_the_same(yard: Yard, kept: Bucketed) -> None:
    spoilt = yard.copy(kept, "spoilt")
    first, second = spoilt.places()
    bucket = ObjectStore(spoilt.settings).bucket
    bucket.hide(f"{first}.eml")
    bucket.create(f"{first}.eml", b"From: forged")
    bucket.create("stray.txt", b"mine")

    def look(town: Bucketed) -> None:
        assert town.places() == (first, second) and town.in_quarantine() == ()

    assert yard.ends_the_same(spoilt, "verifying", look, every=5) > 10


def test_going_into_quarantine_killed_at_any_call_ends_the_same(yard: Yard, kept: Bucketed) -> None:
    def look(town: Bucketed) -> None:
        assert len(town.places()) == 2

    assert yard.ends_the_same(kept, "quarantining", look, every=3) > 10


def test_restoring_killed_at_every_call_ends_the_same(yard: Yard, waiting: Bucketed) -> None:
    def look(town: Bucketed) -> None:
        assert len(town.places()) == 2

    assert yard.ends_the_same(waiting, "restoring", look) > 10


def test_a_destruction_killed_at_every_call_ends_the_same_and_nothing_went_before_it_was_written(
    yard: Yard, waiting: Bucketed
) -> None:
    before = {f"{place}.{ending}" for place in waiting.places() for ending in ("eml", "json")}

    def look(town: Bucketed) -> None:
        left, bodies = before & set(yard.s3.versions(town.settings)), town.bodies()
        begun = {one.place for one in bodies if isinstance(one, RecordDeed) and one.tombstone}
        ended = {one.place for one in bodies if isinstance(one, RecordOutcome) and one.result == "destroyed"}
        assert {name.rpartition(".")[0] for name in before - left} <= begun
        assert not [name for name in left if name.rpartition(".")[0] in ended]

    assert yard.ends_the_same(waiting, "destroying", look) > 20
