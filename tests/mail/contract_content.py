"""What every mail system must show of content and versions, of memory, and of readings that are given up.

No system is named here.
"""

from __future__ import annotations

from contextlib import suppress

import pytest

from retention.errors import MailNotAnswering
from retention.mail.interface import ContentUnavailable, MailTrouble, MessageGone
from tests.mail.bench import ANN, Bench, Copy, letter
from tests.mail.contract_reading import ReadingContract


class ContentContract(ReadingContract):
    """The promises that capture rests on, and those that let one process read for weeks."""

    many = 1100
    """So many messages make more than one page in every system that has not been told to make small ones."""

    # -- content and version

    def test_content_is_the_mime_byte_for_byte(self, bench: Bench) -> None:
        id_ = bench.add(ANN, "Inbox", letter(5))
        assert b"".join(bench.mail.content(self.ref(bench, id_))) == letter(5)

    def test_content_that_can_never_be_had_says_so(self, bench: Bench) -> None:
        id_ = bench.add(ANN, "Inbox", letter(5))
        bench.spoil(ANN, id_)
        with pytest.raises(ContentUnavailable):
            list(bench.mail.content(self.ref(bench, id_)))
        copy = Copy()
        copy.follow(self.pages(bench, "Inbox"))
        assert list(copy.rows) == [id_]

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

    def test_signing_in_says_who_we_are_in_one_sentence(self, bench: Bench) -> None:
        bench.add(ANN, "Inbox", letter(1))
        said = bench.mail.check_sign_in()
        assert said.endswith(".") and "\n" not in said

    # -- memory

    def test_a_large_message_is_handed_over_in_pieces(self, bench: Bench) -> None:
        large = letter(1) + b"0123456789abcde\r\n" * 200_000
        id_ = bench.add(ANN, "Inbox", large)
        pieces = list(bench.mail.content(self.ref(bench, id_)))
        assert b"".join(pieces) == large
        assert max(map(len, pieces)) <= 1024 * 1024

    def test_a_large_folder_comes_in_pages_and_none_of_them_is_large(self, bench: Bench) -> None:
        self.fill(bench, self.many)
        copy, sizes = Copy(), []
        for page in self.pages(bench, "Inbox"):
            sizes.append(len(page.messages))
            copy.take(page)
        assert len(sizes) > 1 and max(sizes) <= 1000
        assert self.letters(copy) == list(range(self.many))

    # -- cancellation

    def test_readings_that_are_given_up_take_nothing_from_those_that_are_not(self, bench: Bench) -> None:
        ids = self.fill(bench)
        for number in range(10):
            pages = self.pages(bench, "Inbox")
            next(pages)
            pages.close()
            content = bench.mail.content(self.ref(bench, ids[number % 7]))
            assert next(iter(content))
            content.close()
        copy = Copy()
        copy.follow(self.pages(bench, "Inbox"))
        assert self.letters(copy) == list(range(7))
        assert b"".join(bench.mail.content(self.ref(bench, ids[3]))) == letter(3)

    def test_what_was_given_up_half_way_goes_on_from_its_last_page(self, bench: Bench) -> None:
        self.fill(bench)
        copy = Copy()
        pages = self.pages(bench, "Inbox")
        copy.take(next(pages))
        pages.close()
        copy.follow(self.pages(bench, "Inbox", copy.cursor))
        assert self.letters(copy) == list(range(7))

    def test_closed_while_a_folder_is_read_it_ends_or_says_that_it_cannot_go_on(self, bench: Bench) -> None:
        self.fill(bench)
        pages = self.pages(bench, "Inbox")
        copy = Copy()
        copy.take(next(pages))
        bench.mail.close()
        bench.mail.close()
        with suppress(MailTrouble, MailNotAnswering):
            copy.follow(pages)
            assert self.letters(copy) == list(range(7))
