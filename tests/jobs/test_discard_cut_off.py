"""Law 5 for copies: a discard that is cut off at any call and run again ends the same, whatever came in between.

When a copy may go at all is in ``test_discard.py``.
"""

from __future__ import annotations

import os
import sys
from itertools import count
from pathlib import Path

import pytest

from retention.core.message import MessageRef
from retention.core.preserved import CopyGone, CopyToGo
from retention.errors import RecordMismatch
from retention.jobs import audit
from retention.jobs.hold import discard
from tests.jobs.breaking import Broken
from tests.jobs.keeping import Keeping, broken, killed
from tests.jobs.test_discard import elm, over, placed
from tests.jobs.town import RECORDS

MOST = 900


@pytest.fixture
def prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Keeping:
    """Four copies that nothing needs, two of one digest, and one that a hold needs."""
    monkeypatch.setattr(discard, "HANDFUL", 2)
    keeping = Keeping(tmp_path / "prepared")
    keeping.add("Elm 1", RECORDS)
    name = elm(keeping, "Elm 1", "Elm 2", "Elm 3", "Elm 4", "Oak Street", words=("elm", "oak"))
    keeping.hold("Oak", words=("oak street",))
    over(keeping, name)
    return keeping


def verified(keeping: Keeping) -> None:
    with keeping.world() as world:
        audit.verify(world)


def assert_ended(keeping: Keeping) -> None:
    """All that nothing needs is gone and said to be, once each; what a hold needs is there."""
    assert list(keeping.copies) == ["Oak Street"]
    assert len(list(keeping.store.root.rglob("*.json"))) == 2  # its sidecar, and the mark of the store
    gone = [digest for body in keeping.bodies(CopyGone) for digest in body.digests]
    assert len(set(gone)) == 4
    with keeping.world() as world:
        copies = world.ledger.in_force.copies
        assert copies.going == set()
        for number in range(1, 6):
            assert copies.of(MessageRef("mailbox-1", f"message-{number}")) is None
        kept = copies.of(MessageRef("mailbox-2", "message-6"))
        assert kept is not None and kept.digest == keeping.copies["Oak Street"].digest
    verified(keeping)


def test_a_discard_that_fails_at_every_nth_call_ends_the_same(
    prepared: Keeping, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for at in count(1):
        keeping = prepared.copied(tmp_path / str(at))
        try:
            with broken(monkeypatch, at):
                keeping.discard()
        except Broken:
            verified(keeping)
            keeping.discard()
            assert_ended(keeping)
        else:
            break
        assert at < MOST
    assert_ended(keeping)
    assert at > 60


@pytest.mark.skipif(not hasattr(os, "fork") or sys.platform == "darwin", reason="needs a safe fork")
@pytest.mark.parametrize("meanwhile", ["nothing", "a hold"])
def test_a_discard_that_is_killed_at_every_nth_call_ends_the_same(
    prepared: Keeping, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    for at in count(1, 2):
        keeping = prepared.copied(tmp_path / str(at))
        if not killed(monkeypatch, at, keeping.discard):
            break
        verified(keeping)
        if meanwhile == "nothing":
            keeping.discard()
            assert_ended(keeping)
        else:
            _held_again(keeping)
        assert at < MOST
    assert at > 60


def _held_again(keeping: Keeping) -> None:
    """A hold comes after the kill: what is still there stays, and what is not is copied again."""
    keeping.append(placed("later", words=("elm",)))
    left = len(keeping.copies) - 1
    assert keeping.discard().copies == 0
    collection = keeping.collect("later")
    assert collection.covered == 5 and not collection.uncopied
    assert collection.copied <= 5 - left
    assert len(keeping.copies) == 5
    verified(keeping)
    with keeping.world() as world:
        for number in range(1, 7):
            ref = MessageRef("mailbox-1" if number == 1 else "mailbox-2", f"message-{number}")
            kept = world.ledger.in_force.copies.of(ref)
            assert kept is not None
            assert ref in {
                one.message.ref for one in keeping.store.copy(f"preserved/{kept.digest[:2]}/{kept.digest}").found
            }


def test_a_collection_after_a_cut_off_discard_counts_only_what_it_found_itself(
    prepared: Keeping, tmp_path: Path
) -> None:
    """The copy of two messages was destroyed and nobody said so: made anew, it is of the one that is held again."""
    keeping = prepared.copied(tmp_path / "town")
    copy = keeping.copies["Elm 1"]
    keeping.append(CopyToGo(digests=(copy.digest,), reason="over"))
    keeping.store.destroy_copy(copy.place)
    keeping.append(placed("later", custodians=(RECORDS,)))
    assert keeping.collect("later").copied == 1
    with keeping.world() as world:
        copies = world.ledger.in_force.copies
        assert [copies.of(one.message.ref) is not None for one in copy.found] == [
            one.mailbox.address == RECORDS for one in copy.found
        ]
    verified(keeping)


def test_a_damaged_copy_of_a_cut_off_discard_stops_nothing(prepared: Keeping, tmp_path: Path) -> None:
    keeping = prepared.copied(tmp_path / "town")
    digests = tuple(copy.digest for copy in keeping.copies.values())
    keeping.append(CopyToGo(digests=digests, reason="over"))
    file = keeping.store.root / f"{keeping.copies['Oak Street'].place}.eml"
    file.write_bytes(b"damaged")
    assert keeping.discard().copies == 4
    with keeping.world() as world, pytest.raises(RecordMismatch, match=file.stem):
        audit.verify(world)
