"""What a mail system must show that is only read: it removes nothing, takes nothing in, and leaves no trace.

No system is named here; a test class brings its own ``bench``.
"""

from __future__ import annotations

import hashlib

import pytest

from retention.core.message import Removal
from retention.mail.interface import RemovalRefused, ReturnRefused
from tests.mail.bench import ANN, Bench, Copy, letter
from tests.mail.contract_content import ContentContract


class ReadOnlyContract(ContentContract):
    """Everything that is promised of reading, and that there is nothing else."""

    @pytest.mark.parametrize("how", list(Removal))
    def test_nothing_is_ever_removed_and_nobody_is_asked(self, bench: Bench, how: Removal) -> None:
        ref = self.ref(bench, bench.add(ANN, "Inbox", letter(1)))
        asked: list[str] = []
        with pytest.raises(RemovalRefused):
            bench.mail.purge(ref, bench.mail.look(ref).version, how, lambda: asked.append("asked"))
        assert asked == []
        copy = Copy()
        copy.follow(self.pages(bench, "Inbox"))
        assert self.letters(copy) == [1]

    def test_nothing_can_be_put_back_because_nothing_was_taken(self, bench: Bench) -> None:
        ref = self.ref(bench, bench.add(ANN, "Inbox", letter(1)))
        assert list(bench.mail.recoverable(self.mailbox(bench))) == []
        with pytest.raises(ReturnRefused):
            bench.mail.put_back(ref, self.folder(bench, "Inbox").id)

    def test_it_has_neither_a_directory_nor_holds_of_its_own(self, bench: Bench) -> None:
        bench.add(ANN, "Inbox", letter(1))
        assert list(bench.mail.people()) == []
        assert bench.mail.holds() == ()

    def test_nobody_signs_in_to_it_and_it_has_no_clock(self, bench: Bench) -> None:
        bench.add(ANN, "Inbox", letter(1))
        assert (bench.mail.permissions(), bench.mail.time(), bench.mail.refuses(ANN)) == ((), None, None)

    def test_the_version_is_the_digest_of_the_content(self, bench: Bench) -> None:
        self.fill(bench)
        copy = Copy()
        copy.follow(self.pages(bench, "Inbox"))
        for row in copy.rows.values():
            content = b"".join(bench.mail.content(row.ref))
            assert row.version == hashlib.sha256(content).hexdigest()
            assert row.size == len(content)

    def test_each_message_says_where_it_lies(self, bench: Bench) -> None:
        self.fill(bench, path="Inbox/Projects")
        copy = Copy()
        copy.follow(self.pages(bench, "Inbox/Projects"))
        for row in copy.rows.values():
            assert row.source is not None and row.rebuilt is None
            with open(row.source.file, "rb") as file:
                assert hashlib.file_digest(file, "sha256").hexdigest() == row.source.sha256
