"""In a system whose ids die with a move, held mail that a user files elsewhere has not vanished; what is gone has.

How two rows of the catalog become one is in ``tests/catalog/test_new_ids.py``.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from retention.core.message import MessageRef
from retention.core.preserved import HeldVanished
from tests.jobs.keeping import Keeping
from tests.jobs.town import CLERK, mime
from tests.jobs.watched import Watched, readers

HOUR = timedelta(hours=1)


@pytest.fixture
def keeping(tmp_path: Path) -> Keeping:
    return Keeping(tmp_path / "town")


def moved(keeping: Keeping, ref: MessageRef, folder: str, subject: str = "Elm Street") -> MessageRef:
    """Filed elsewhere, where it has another id."""
    keeping.mail.delete(ref)
    return keeping.mail.add(CLERK, folder, mime(subject))


def held(keeping: Keeping) -> MessageRef:
    ref = keeping.add("Elm Street")
    keeping.sync()
    keeping.hold(custodians=(CLERK,))
    keeping.later(HOUR)
    return ref


def test_held_mail_that_was_filed_elsewhere_raises_no_alarm_and_stays_held(keeping: Keeping) -> None:
    new = moved(keeping, held(keeping), "Elm")
    synced = keeping.sync()
    assert (synced.vanished, synced.mailboxes[0].gone, synced.mailboxes[0].messages) == ((), 0, 1)
    with keeping.world() as world:
        known = world.catalog.known(new)
        assert known is not None and world.holds().covering(known.message, known.mailbox, None)


def test_held_mail_that_vanishes_after_it_was_filed_elsewhere_is_told(keeping: Keeping) -> None:
    new = moved(keeping, held(keeping), "Elm")
    keeping.sync()
    keeping.mail.delete(new)
    assert [one.id for one in keeping.sync().vanished] == [new.id]


def test_of_two_equal_held_messages_the_one_that_vanished_is_told(keeping: Keeping) -> None:
    ref = held(keeping)
    keeping.mail.add(CLERK, "Sent Items", mime("Elm Street"))
    assert keeping.sync().vanished == ()
    keeping.mail.delete(ref)
    keeping.sync()
    assert [one.id for one in keeping.bodies(HeldVanished)] == [ref.id]


def test_held_mail_that_was_replaced_by_other_words_under_its_headers_is_told(keeping: Keeping) -> None:
    ref = keeping.mail.add(CLERK, "Inbox", mime("Elm Street", text="The mayor signed on 1 May."))
    keeping.sync()
    keeping.hold(custodians=(CLERK,))
    keeping.later(HOUR)
    keeping.mail.delete(ref)
    keeping.mail.add(CLERK, "Elm", mime("Elm Street", text="Lunch at noon."))
    assert [one.id for one in keeping.sync().vanished] == [ref.id]


def test_held_mail_whose_copy_was_met_when_a_sync_broke_off_is_told_once_it_vanishes(tmp_path: Path) -> None:
    mail = Watched()
    keeping = Keeping(tmp_path / "town", mail)
    mail.add_folder(CLERK, "Broken")
    ref = held(keeping)
    mail.bad = {"Broken"}
    mail.add(CLERK, "Sent Items", mime("Elm Street"))
    assert keeping.sync().vanished == ()
    keeping.later(HOUR)
    mail.bad = set()
    mail.delete(ref)
    assert [one.id for one in keeping.sync().vanished] == [ref.id]


def test_held_mail_that_was_moved_twice_while_syncs_broke_off_raises_no_alarm(tmp_path: Path) -> None:
    mail = Watched()
    keeping = Keeping(tmp_path / "town", mail)
    mail.add_folder(CLERK, "Broken")
    ref = held(keeping)
    mail.bad = {"Broken"}
    for folder in ("Elm", "Sent Items"):
        ref = moved(keeping, ref, folder)
        assert keeping.sync().vanished == ()
        keeping.later(HOUR)
    mail.bad = set()
    assert keeping.sync().vanished == () and keeping.bodies(HeldVanished) == []


def test_what_is_moved_while_folders_are_read_has_not_vanished(tmp_path: Path) -> None:
    """The folder it left was read before, and the one it came into after that."""
    mail = Watched()
    keeping = Keeping(tmp_path / "town", mail)
    readers(keeping.town, 1)
    ref = held(keeping)
    mail.add_folder(CLERK, "Later")
    keeping.sync()
    mail.on_folder = lambda mailbox, folder: (
        folder.path == "Later" and ref in mail._rows and moved(keeping, ref, "Later")
    )
    for _ in range(2):
        keeping.later(HOUR)
        assert keeping.sync().vanished == ()
    assert ref not in mail._rows
    with keeping.world() as world:
        assert world.catalog.known(ref) is None and world.catalog.tally()["gone"] == 0


def test_a_move_while_a_folder_cannot_be_read_is_understood_once_it_can(keeping: Keeping) -> None:
    ref = held(keeping)
    keeping.mail.unreadable[CLERK] = "No access."
    new = moved(keeping, ref, "Elm")
    assert keeping.sync().vanished == ()
    keeping.mail.unreadable.clear()
    assert keeping.sync().vanished == ()
    with keeping.world() as world:
        assert world.catalog.known(new) is not None and world.catalog.known(ref) is None
