"""The second half of what every mail system must show: content, the version of a message, and its removal.

No system is named here; ``MailContract`` in ``contract.py`` inherits this.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from retention.core.message import Cursor, Folder, Mailbox, MessageRef, Page, Removal
from retention.mail.interface import ContentUnavailable, MessageChanged, MessageGone, RemovalRefused
from tests.mail.bench import ANN, Bench, Copy, letter
from tests.mail.doubles import unasked


class LeavingContract:
    """The half of the promises that has to do with a message on its way out, and the questions both halves ask."""

    # -- asking

    def mailbox(self, bench: Bench, address: str = ANN) -> Mailbox:
        return next(box for box in bench.mail.mailboxes() if box.address == address)

    def folder(self, bench: Bench, path: str) -> Folder:
        return next(each for each in bench.mail.folders(self.mailbox(bench)) if each.path == path)

    def pages(self, bench: Bench, path: str, cursor: Cursor | None = None) -> Iterator[Page]:
        return bench.mail.pages(self.mailbox(bench), self.folder(bench, path), cursor)

    def ref(self, bench: Bench, id_: str) -> MessageRef:
        return MessageRef(self.mailbox(bench).id, id_)

    def fill(self, bench: Bench, count: int = 7, path: str = "Inbox") -> list[str]:
        return [bench.add(ANN, path, letter(number)) for number in range(count)]

    # -- content and version

    def test_content_is_the_mime_byte_for_byte(self, bench: Bench) -> None:
        id_ = bench.add(ANN, "Inbox", letter(5))
        assert b"".join(bench.mail.content(self.ref(bench, id_))) == letter(5)

    def test_content_that_can_never_be_had_says_so(self, bench: Bench) -> None:
        id_ = bench.add(ANN, "Inbox", letter(5))
        bench.spoil(ANN, id_)
        with pytest.raises(ContentUnavailable):
            list(bench.mail.content(self.ref(bench, id_)))
        assert bench.where(ANN, id_) == "Inbox"

    def test_content_and_version_of_a_message_that_is_gone_say_so(self, bench: Bench) -> None:
        id_ = bench.add(ANN, "Inbox", letter(5))
        bench.delete(ANN, id_)
        with pytest.raises(MessageGone):
            list(bench.mail.content(self.ref(bench, id_)))
        with pytest.raises(MessageGone):
            bench.mail.look(self.ref(bench, id_))

    def test_the_version_is_the_one_that_was_read(self, bench: Bench) -> None:
        ids = self.fill(bench)
        copy = Copy()
        copy.follow(self.pages(bench, "Inbox"))
        assert bench.mail.look(self.ref(bench, ids[4])).version == copy.rows[ids[4]].version

    def test_what_lies_in_deleted_items_is_seen_to_lie_there(self, bench: Bench) -> None:
        here, there = bench.add(ANN, "Inbox", letter(1)), bench.add(ANN, "Deleted Items", letter(2))
        assert bench.mail.look(self.ref(bench, here)).in_deleted_items is False
        assert bench.mail.look(self.ref(bench, there)).in_deleted_items is True

    def test_signing_in_says_who_we_are_in_one_sentence(self, bench: Bench) -> None:
        bench.add(ANN, "Inbox", letter(1))
        said = bench.mail.check_sign_in()
        assert said.endswith(".") and "\n" not in said

    # -- removal

    def test_a_purged_message_leaves_its_folder_and_no_other_does(self, bench: Bench) -> None:
        for how in bench.removals:
            ids = self.fill(bench, 3)
            ref = self.ref(bench, ids[1])
            answer = bench.mail.purge(ref, bench.mail.look(ref).version, how, unasked)
            assert answer and "destroy" not in answer.lower()
            assert bench.where(ANN, ids[1]) == ("Deleted Items" if how is Removal.DELETED_ITEMS else None)
            assert [bench.where(ANN, other) for other in (ids[0], ids[2])] == ["Inbox", "Inbox"]

    def test_a_purge_shows_in_the_next_reading(self, bench: Bench) -> None:
        ids = self.fill(bench)
        copy = Copy()
        copy.follow(self.pages(bench, "Inbox"))
        bench.mail.purge(self.ref(bench, ids[0]), copy.rows[ids[0]].version or "", bench.removals[0], unasked)
        copy.follow(self.pages(bench, "Inbox", copy.cursor))
        assert sorted(copy.rows) == sorted(ids[1:])

    def test_what_is_purged_from_deleted_items_leaves_the_mailbox(self, bench: Bench) -> None:
        id_ = bench.add(ANN, "Deleted Items", letter(1))
        ref = self.ref(bench, id_)
        answer = bench.mail.purge(ref, bench.mail.look(ref).version, Removal.DELETED_ITEMS, unasked)
        assert bench.where(ANN, id_) is None
        assert answer

    def test_a_message_that_changed_is_never_purged(self, bench: Bench) -> None:
        for how in bench.removals:
            id_ = bench.add(ANN, "Inbox", letter(1))
            ref = self.ref(bench, id_)
            planned = bench.mail.look(ref).version
            bench.edit(ANN, id_, is_read=True)
            bench.edit(ANN, id_, is_read=False)
            with pytest.raises(MessageChanged):
                bench.mail.purge(ref, planned, how, unasked)
            assert bench.where(ANN, id_) == "Inbox"

    def test_purging_what_is_gone_says_so(self, bench: Bench) -> None:
        id_ = bench.add(ANN, "Inbox", letter(1))
        ref = self.ref(bench, id_)
        planned = bench.mail.look(ref).version
        bench.delete(ANN, id_)
        with pytest.raises(MessageGone):
            bench.mail.purge(ref, planned, bench.removals[0], unasked)

    def test_a_removal_that_the_system_refuses_leaves_the_message_where_it_is(self, bench: Bench) -> None:
        id_ = bench.add(ANN, "Inbox", letter(1))
        bench.refuse(ANN, id_)
        ref = self.ref(bench, id_)
        with pytest.raises(RemovalRefused):
            bench.mail.purge(ref, bench.mail.look(ref).version, bench.removals[0], unasked)
        assert bench.where(ANN, id_) == "Inbox"

    def test_whoever_is_asked_right_before_can_still_stop_a_removal(self, bench: Bench) -> None:
        ids = self.fill(bench)
        ref = self.ref(bench, ids[0])
        asked: list[str] = []

        class Stop(Exception):
            pass

        def no() -> None:
            asked.append("asked")
            raise Stop

        with pytest.raises(Stop):
            bench.mail.purge(ref, bench.mail.look(ref).version, bench.removals[0], no)
        assert asked == ["asked"] and bench.mail.look(ref)
