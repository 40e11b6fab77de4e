"""A held message that somebody deleted is told once, with when it was seen last and its copy, until it is answered for.

When a message counts as gone at all is in ``tests/catalog``.
"""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from retention.core.audit import Intent, Outcome
from retention.core.authority import HoldKind
from retention.core.message import MessageRef
from retention.core.preserved import HeldVanished
from retention.errors import MailNotAnswering
from retention.jobs.hold import vanished
from tests.jobs.breaking import Broken
from tests.jobs.keeping import GRACE, Keeping, broken, killed
from tests.jobs.town import CLERK, NOW, RECORDS, mime

HOUR = timedelta(hours=1)
MOST = 900


@pytest.fixture
def keeping(tmp_path: Path) -> Keeping:
    return Keeping(tmp_path / "town")


def held(keeping: Keeping, *subjects: str, collected: bool = True) -> tuple[str, list[MessageRef]]:
    """A hold on the clerk's mail, these messages in it, and the sync an hour later."""
    refs = [keeping.add(subject) for subject in subjects or ("Elm Street",)]
    keeping.sync()
    name = keeping.hold(custodians=(CLERK,))
    if collected:
        keeping.collect(name)
    keeping.later(HOUR)
    return name, refs


def told(keeping: Keeping) -> list[HeldVanished]:
    return keeping.bodies(HeldVanished)


def listed(keeping: Keeping) -> list[tuple[str, str]]:
    with keeping.world() as world:
        return [(one.told.id, one.copy) for one in vanished.vanished(world)]


def test_a_message_that_a_user_deleted_is_told_with_who_when_and_its_copy(keeping: Keeping) -> None:
    name, (ref,) = held(keeping)
    (copy,) = keeping.copies.values()
    keeping.mail.delete(ref)
    synced = keeping.sync()
    (one,) = told(keeping)
    assert one == HeldVanished(
        mailbox=ref.mailbox,
        address=CLERK,
        id=ref.id,
        internet_id=copy.found[0].message.internet_id or "",
        holds=(name,),
        seen_at=NOW,
        missed_at=NOW + HOUR,
        copy=copy.digest,
    )
    assert synced.vanished == (one,)
    assert keeping.store.get_copy(copy.place) == mime("Elm Street")


def test_a_message_without_a_copy_and_one_changed_since_are_told_so(keeping: Keeping) -> None:
    _, (ref,) = held(keeping)
    keeping.mail.edit(ref, subject="changed")
    other = keeping.add("Elm Street 2")
    keeping.sync()
    for one in (ref, other):
        keeping.mail.delete(one)
    keeping.later(HOUR)
    keeping.sync()
    assert {one.id: (bool(one.copy), one.outdated) for one in told(keeping)} == {
        ref.id: (True, True),
        other.id: (False, False),
    }
    assert listed(keeping) == [(ref.id, "of an earlier version"), (other.id, "none")]


def test_it_was_seen_last_by_the_last_sync_that_read_its_mailbox_to_the_end(keeping: Keeping) -> None:
    _, (ref,) = held(keeping)
    keeping.sync()
    keeping.later(HOUR)
    keeping.mail.unreadable[CLERK] = "No access."
    keeping.sync()
    keeping.later(HOUR)
    keeping.mail.unreadable.clear()
    keeping.mail.delete(ref)
    keeping.sync()
    (one,) = told(keeping)
    assert (one.seen_at, one.missed_at) == (NOW + HOUR, NOW + 3 * HOUR)


def test_it_is_told_once_and_again_only_when_it_came_back_and_vanished_again(keeping: Keeping) -> None:
    _, (ref,) = held(keeping)
    keeping.mail.delete(ref)
    for _ in range(3):
        keeping.sync()
        keeping.later(HOUR)
    assert len(told(keeping)) == 1
    keeping.mail.add(CLERK, "Inbox", mime("Elm Street"), id=ref.id)
    assert keeping.sync().vanished == ()
    keeping.later(HOUR)
    keeping.mail.delete(ref)
    keeping.sync()
    assert [one.missed_at for one in told(keeping)] == [NOW + HOUR, NOW + 5 * HOUR]
    assert len(listed(keeping)) == 2


def test_a_folder_read_from_its_beginning_tells_nothing_anew(keeping: Keeping) -> None:
    _, refs = held(keeping, "Elm 1", "Elm 2")
    keeping.mail.delete(refs[0])
    keeping.sync()
    keeping.later(HOUR)
    keeping.mail.page_size = 50
    keeping.mail.forget(CLERK, "Inbox")
    keeping.sync()
    assert [one.id for one in told(keeping)] == [refs[0].id]


def test_what_was_moved_is_not_held_or_is_in_a_mailbox_nobody_lists_is_not_told(keeping: Keeping) -> None:
    _, (ref,) = held(keeping)
    free, unlisted = keeping.add("Elm Street", RECORDS), keeping.add("Elm Street", "lee@town.example")
    keeping.hold("Lee", custodians=("lee@town.example",))
    keeping.sync()
    keeping.later(HOUR)
    keeping.mail.move(ref, "Archive")
    keeping.mail.delete(free)
    keeping.mail.delete(unlisted)
    del keeping.mail._mailboxes["lee@town.example"]
    assert keeping.sync().vanished == ()
    assert told(keeping) == []


def test_what_was_gone_before_the_hold_is_not_told(keeping: Keeping) -> None:
    ref = keeping.add("Elm Street")
    keeping.sync()
    keeping.mail.delete(ref)
    keeping.sync()
    keeping.hold(custodians=(CLERK,))
    keeping.sync()
    assert told(keeping) == []


def test_a_hold_in_its_grace_is_told_of_and_one_that_is_over_is_not(keeping: Keeping) -> None:
    name, refs = held(keeping, "Elm 1", "Elm 2")
    keeping.release(name)
    keeping.mail.delete(refs[0])
    keeping.sync()
    keeping.later(GRACE)
    keeping.mail.delete(refs[1])
    keeping.sync()
    assert [one.id for one in told(keeping)] == [refs[0].id]


def test_every_hold_that_covers_it_is_named(keeping: Keeping) -> None:
    name, (ref,) = held(keeping)
    other = keeping.hold("Records request", kind=HoldKind.REQUEST, words=("elm street",))
    keeping.mail.delete(ref)
    keeping.sync()
    assert told(keeping)[0].holds == (name, other)


def test_a_mailbox_that_could_not_be_read_has_lost_nothing(keeping: Keeping) -> None:
    _, (ref,) = held(keeping)
    keeping.mail.delete(ref)
    keeping.mail.unreadable[CLERK] = "No access."
    keeping.sync()
    assert told(keeping) == []
    keeping.mail.unreadable.clear()
    keeping.sync()
    assert len(told(keeping)) == 1


# --- what this product took out itself


def test_what_an_apply_took_out_is_never_told(keeping: Keeping) -> None:
    keeping.add("Notice of lunch")
    made = keeping.town.approved_plan()
    keeping.town.apply(made)
    keeping.hold(custodians=(CLERK,))
    keeping.sync()
    assert keeping.mail.purged and told(keeping) == []


def test_what_a_cut_off_deed_may_have_taken_out_waits_until_that_is_settled(keeping: Keeping) -> None:
    """The hold came after the deed had begun; whether it was done is for the next apply to say."""
    refs = [keeping.add(f"Notice {n}") for n in (1, 2)]
    keeping.sync()
    keeping.append(
        Intent(
            plan="p",
            step=1,
            action="purge",
            mailbox=refs[0].mailbox,
            address=CLERK,
            id=refs[0].id,
            version="v1",
            schedule="town",
            series="town-notices",
            how="recoverable",
        )
    )
    keeping.hold(custodians=(CLERK,))
    for ref in refs:
        keeping.mail.delete(ref)
    keeping.later(HOUR)
    keeping.sync()
    assert [one.id for one in told(keeping)] == [refs[1].id]
    made = keeping.town.approved_plan()
    keeping.town.apply(made)
    keeping.sync()
    assert [one.id for one in told(keeping)] == [refs[1].id]


def test_what_was_taken_out_and_put_back_by_its_owner_is_theirs_to_delete(keeping: Keeping) -> None:
    ref = keeping.add("Notice of lunch")
    keeping.town.apply(keeping.town.approved_plan())
    keeping.mail.add(CLERK, "Inbox", mime("Notice of lunch"), id=ref.id)
    keeping.sync()
    keeping.hold(custodians=(CLERK,))
    keeping.later(HOUR)
    keeping.mail.delete(ref)
    keeping.sync()
    assert [one.id for one in told(keeping)] == [ref.id]


def test_what_an_unfinished_plan_took_out_and_its_owner_put_back_is_theirs_to_delete(keeping: Keeping) -> None:
    ref = keeping.add("Notice of lunch")
    keeping.sync()
    outcome = Outcome(plan="never ended", step=1, result="purged", answer="", mailbox=ref.mailbox, id=ref.id)
    keeping.append(outcome)
    with keeping.world() as world:
        world.catalog.mark([outcome], keeping.town.at)
    keeping.hold(custodians=(CLERK,))
    keeping.mail.move(ref, "Archive")
    keeping.sync()
    keeping.later(HOUR)
    keeping.mail.delete(ref)
    keeping.sync()
    assert [one.id for one in told(keeping)] == [ref.id]


# --- cut off


def prepared(folder: Path) -> Keeping:
    """Three held messages in two mailboxes were deleted, one with a copy; the next sync is to tell."""
    keeping = Keeping(folder)
    _, refs = held(keeping, "Elm 1")
    refs += [keeping.add("Elm 2", id="later"), keeping.add("Lunch", RECORDS)]
    keeping.hold("Lunch", words=("lunch",))
    keeping.sync()
    keeping.later(HOUR)
    for ref in refs:
        keeping.mail.delete(ref)
    return keeping


def state(keeping: Keeping) -> set[Any]:
    found = [(one.mailbox, one.id, one.holds, one.seen_at, bool(one.copy)) for one in told(keeping)]
    assert len(found) == len({one[:2] for one in found}), "one was told twice"
    with keeping.world() as world:
        assert list(world.catalog.missed_messages.untold()) == []
    return set(found)


@pytest.fixture
def undisturbed(tmp_path: Path) -> set[Any]:
    keeping = prepared(tmp_path / "undisturbed")
    keeping.sync()
    found = state(keeping)
    assert len(found) == 3
    return found


def test_a_sync_that_fails_at_every_nth_call_tells_each_message_once(
    tmp_path: Path, undisturbed: set[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the catalog, which knows that it is gone, and the ledger, which tells, nothing is lost or doubled."""
    before = prepared(tmp_path / "prepared")
    for at in count(1):
        keeping = before.copied(tmp_path / str(at))
        try:
            with broken(monkeypatch, at):
                keeping.sync()
        except Broken:
            keeping.later(HOUR)
            keeping.sync()
            assert state(keeping) == undisturbed, f"broken at call {at}"
        else:
            break
        assert at < MOST
    assert at > 15


@pytest.mark.skipif(not hasattr(os, "fork") or sys.platform == "darwin", reason="needs a safe fork")
def test_a_sync_that_is_killed_at_every_nth_call_tells_each_message_once(
    tmp_path: Path, undisturbed: set[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = prepared(tmp_path / "prepared")
    for at in count(1):
        keeping = before.copied(tmp_path / str(at))
        if not killed(monkeypatch, at, keeping.sync):
            break
        keeping.later(HOUR)
        keeping.sync()
        assert state(keeping) == undisturbed, f"killed at call {at}"
        assert at < MOST
    assert at > 15


def test_a_sync_that_ends_early_loses_nothing_that_it_found_gone(keeping: Keeping) -> None:
    _, (ref,) = held(keeping)
    keeping.add("Elm", RECORDS)
    keeping.sync()
    keeping.mail.delete(ref)
    calls = count(1)

    def fail(name: str) -> None:
        if name == "folders" and next(calls) > 3:
            raise MailNotAnswering("No answer.", "Wait.")

    keeping.mail.before_call = fail
    with pytest.raises(MailNotAnswering):
        for _ in range(5):
            keeping.sync()
    keeping.mail.before_call = None
    keeping.later(HOUR)
    keeping.sync()
    assert [one.id for one in told(keeping)] == [ref.id]
