"""What every mail server must show of a message on its way out: it is removed exactly as asked for, or not at all.

No system is named here; ``MailContract`` in ``contract.py`` inherits this.
"""

from __future__ import annotations

import pytest

from retention.core.message import Removal
from retention.mail.interface import MessageChanged, MessageGone, RemovalRefused
from tests.mail.bench import ANN, Bench, Copy, letter
from tests.mail.contract_content import ContentContract
from tests.mail.doubles import unasked


class LeavingContract(ContentContract):
    """The promises that a removal rests on."""

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
