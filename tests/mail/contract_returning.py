"""What every mail system must show of removed mail: that it can be listed, and put back once.

No system is named here; ``MailContract`` in ``contract.py`` inherits this.
"""

from __future__ import annotations

import pytest

from retention.core.message import MessageRef, Removal
from retention.mail.interface import MailboxUnreadable, MessageGone, ReturnRefused
from tests.mail.bench import ANN, BOB, LONG_AGO, Bench, Copy, letter
from tests.mail.contract_leaving import LeavingContract
from tests.mail.doubles import unasked

CAN_COME_BACK = (Removal.RECOVERABLE, Removal.DELETED_ITEMS)
LIES_IN = {Removal.RECOVERABLE: "recoverableitemsdeletions", Removal.DELETED_ITEMS: "deleteditems"}


class ReturningContract(LeavingContract):
    """The promises about mail that was removed and is wanted again."""

    def removed(self, bench: Bench, how: Removal, path: str = "Inbox", number: int = 1) -> MessageRef:
        """A message that was purged in this way, by the id that it has now."""
        ref = self.ref(bench, bench.add(ANN, path, letter(number)))
        bench.mail.purge(ref, bench.mail.look(ref).version, how, unasked)
        return self.lies_now(bench, ref, number)

    def lies_now(self, bench: Bench, ref: MessageRef, number: int) -> MessageRef:
        """The removed message as the system knows it now."""
        if self.ids_survive_moves:
            return ref
        listed = bench.mail.recoverable(self.mailbox(bench))
        return next((row.ref for row in listed if row.internet_id == f"<letter-{number}@example.org>"), ref)

    @pytest.mark.parametrize("how", CAN_COME_BACK)
    def test_what_was_removed_is_listed_with_the_id_it_has_and_where_it_lies(self, bench: Bench, how: Removal) -> None:
        stays = bench.add(ANN, "Inbox", letter(9))
        ref = self.removed(bench, how)
        (row,) = bench.mail.recoverable(self.mailbox(bench))
        assert row.id != stays and row.folder == LIES_IN[how]
        assert (row.internet_id, row.subject, row.received_at) == ("<letter-1@example.org>", "Letter 1", LONG_AGO)
        assert row.size and row.mailbox == ref.mailbox
        assert bench.mail.put_back(MessageRef(row.mailbox, row.id), "").ref.mailbox == ref.mailbox

    def test_what_is_listed_is_of_this_mailbox_only_and_each_once(self, bench: Bench) -> None:
        bench.add(BOB, "Inbox", letter(1))
        for number in range(7):
            self.removed(bench, CAN_COME_BACK[number % 2], number=number)
        rows = list(bench.mail.recoverable(self.mailbox(bench)))
        assert sorted(row.subject or "" for row in rows) == [f"Letter {number}" for number in range(7)]
        assert len({row.id for row in rows}) == 7
        assert list(bench.mail.recoverable(self.mailbox(bench, BOB))) == []

    def test_what_a_mailbox_that_cannot_be_read_had_cannot_be_listed(self, bench: Bench) -> None:
        self.removed(bench, Removal.RECOVERABLE)
        bench.shut(ANN)
        with pytest.raises(MailboxUnreadable):
            list(bench.mail.recoverable(self.mailbox(bench)))

    @pytest.mark.parametrize("how", CAN_COME_BACK)
    def test_what_is_put_back_lies_where_it_lay_and_is_the_same(self, bench: Bench, how: Removal) -> None:
        ref = self.removed(bench, how, "Inbox/Projects")
        back = bench.mail.put_back(ref, self.folder(bench, "Inbox/Projects").id)
        assert bench.where(ANN, back.ref.id) == "Inbox/Projects"
        assert back.folder == self.folder(bench, "Inbox/Projects").id and back.answer
        assert b"".join(bench.mail.content(back.ref)) == letter(1)
        assert list(bench.mail.recoverable(self.mailbox(bench))) == []
        assert (back.ref == ref) is self.ids_survive_moves

    def test_what_is_put_back_shows_in_the_next_reading_once(self, bench: Bench) -> None:
        ids = self.fill(bench)
        copy = Copy()
        copy.follow(self.pages(bench, "Inbox"))
        ref = self.ref(bench, ids[0])
        bench.mail.purge(ref, copy.rows[ids[0]].version or "", Removal.RECOVERABLE, unasked)
        back = bench.mail.put_back(self.lies_now(bench, ref, 0), self.folder(bench, "Inbox").id)
        copy.follow(self.pages(bench, "Inbox", copy.cursor))
        assert sorted(copy.rows) == sorted([*ids[1:], back.ref.id])
        assert copy.rows[back.ref.id].version == bench.mail.look(back.ref).version

    def test_put_back_again_it_is_still_there_once(self, bench: Bench) -> None:
        ref = self.removed(bench, Removal.RECOVERABLE)
        back = bench.mail.put_back(ref, self.folder(bench, "Inbox").id)
        again = bench.mail.put_back(back.ref, self.folder(bench, "Inbox").id)
        assert (again.ref, again.folder) == (back.ref, back.folder)
        copy = Copy()
        copy.follow(self.pages(bench, "Inbox"))
        assert list(copy.rows) == [back.ref.id]

    def test_what_its_owner_has_moved_meanwhile_stays_where_it_is(self, bench: Bench) -> None:
        ref = self.removed(bench, Removal.RECOVERABLE)
        bench.add(ANN, "Archive", letter(2))
        back = bench.mail.put_back(ref, "")
        bench.move(ANN, back.ref.id, "Archive")
        try:
            again = bench.mail.put_back(back.ref, self.folder(bench, "Inbox").id)
        except MessageGone:
            # Nobody finds under its old id what has another one since it was moved.
            assert not self.ids_survive_moves
        else:
            assert again.folder == self.folder(bench, "Archive").id
        copies = {path: Copy() for path in ("Inbox", "Archive")}
        for path, copy in copies.items():
            copy.follow(self.pages(bench, path))
        assert [self.letters(copies[path]) for path in copies] == [[], [1, 2]]

    @pytest.mark.parametrize("gone", ["", "no such folder"])
    def test_where_its_folder_is_gone_it_comes_back_into_the_inbox(self, bench: Bench, gone: str) -> None:
        bench.add(ANN, "Inbox", letter(2))
        back = bench.mail.put_back(self.removed(bench, Removal.RECOVERABLE, "Archive"), gone)
        assert bench.where(ANN, back.ref.id) == "Inbox"
        assert back.folder == self.folder(bench, "Inbox").id

    def test_nothing_is_put_back_into_deleted_items(self, bench: Bench) -> None:
        bench.add(ANN, "Inbox", letter(2))
        for how in CAN_COME_BACK:
            ref = self.removed(bench, how, "Deleted Items")
            back = bench.mail.put_back(ref, self.folder(bench, "Deleted Items").id)
            assert bench.where(ANN, back.ref.id) == "Inbox"

    def test_what_the_system_no_longer_has_is_said_to_be_gone(self, bench: Bench) -> None:
        bench.add(ANN, "Inbox", letter(2))
        ref = self.removed(bench, Removal.PERMANENT)
        assert list(bench.mail.recoverable(self.mailbox(bench))) == []
        with pytest.raises(MessageGone):
            bench.mail.put_back(ref, "")

    def test_where_the_system_refuses_it_stays_removed(self, bench: Bench) -> None:
        ref = self.removed(bench, Removal.RECOVERABLE)
        bench.refuse(ANN, ref.id)
        with pytest.raises(ReturnRefused):
            bench.mail.put_back(ref, self.folder(bench, "Inbox").id)
        (row,) = bench.mail.recoverable(self.mailbox(bench))
        copy = Copy()
        copy.follow(self.pages(bench, "Inbox"))
        assert row.id == ref.id and self.letters(copy) == []
