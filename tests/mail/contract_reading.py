"""What every mail system must show of mailboxes, folders and the reading of them, files that are only read included.

No system is named here; what is promised of content stands in ``contract_content.py``.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from retention.core.message import Cursor, Folder, Mailbox, MessageRef, Page
from retention.mail.interface import MailboxUnreadable
from tests.mail.bench import ANN, BOB, LONG_AGO, Bench, Copy, letter, with_file

SENT = [
    ("X-Mailer: a pen", "person"),
    ("List-Id: Council news <news.city.example>", "list"),
    ("Auto-Submitted: auto-replied", "automatic"),
]


class ReadingContract:
    """The promises that a catalog rests on, and the questions all halves of the suite ask.

    A bench that has no hands for something skips the test that asks for it, with its reason.
    """

    ids_survive_moves = True
    """False for systems whose ids change with a move: those cannot show a move as one message in two folders."""

    ids_survive_neighbours = True
    """False where a message has another id once the one before it went, as in a file where they lie by their offset."""

    tells_changes_only = True
    """False where a folder is read again from its beginning as soon as anything in it is another."""

    marks_make_versions = True
    """False where a version is the content's, so that a message that is marked as read is still the same version."""

    # -- asking

    def mailbox(self, bench: Bench, address: str = ANN) -> Mailbox:
        return next(box for box in bench.mail.mailboxes() if box.address == address)

    def folder(self, bench: Bench, path: str) -> Folder:
        return next(each for each in bench.mail.folders(self.mailbox(bench)) if each.path == path)

    def pages(self, bench: Bench, path: str, cursor: Cursor | None = None) -> Iterator[Page]:
        return bench.mail.pages(self.mailbox(bench), self.folder(bench, path), cursor)

    def ref(self, bench: Bench, id_: str) -> MessageRef:
        return MessageRef(self.mailbox(bench).id, id_)

    def letters(self, copy: Copy) -> list[int]:
        """Which letters are in the copy, by what they say of themselves: ids may change, these never do."""
        said = [(row.internet_id or "").removeprefix("<letter-").partition("@")[0] for row in copy.rows.values()]
        return sorted(map(int, said))

    def fill(self, bench: Bench, count: int = 7, path: str = "Inbox") -> list[str]:
        return [bench.add(ANN, path, letter(number)) for number in range(count)]

    # -- mailboxes and folders

    def test_every_mailbox_is_listed_once_with_its_address(self, bench: Bench) -> None:
        bench.add(ANN, "Inbox", letter(1))
        bench.add(BOB, "Inbox", letter(2))
        boxes = list(bench.mail.mailboxes())
        assert sorted(box.address for box in boxes) == [ANN, BOB]
        assert len({box.id for box in boxes}) == 2
        assert list(bench.mail.mailboxes()) == boxes

    def test_a_mailbox_that_cannot_be_read_is_listed_all_the_same_and_says_why(self, bench: Bench) -> None:
        bench.add(ANN, "Inbox", letter(1))
        bench.add(BOB, "Inbox", letter(2))
        bench.shut(BOB)
        with pytest.raises(MailboxUnreadable) as refusal:
            bench.mail.folders(self.mailbox(bench, BOB))
        assert len(str(refusal.value)) > 20
        assert bench.mail.folders(self.mailbox(bench, ANN))

    def test_a_nested_folder_has_the_path_a_reader_would_write(self, bench: Bench) -> None:
        bench.add(ANN, "Inbox/Projects/Harbor", letter(1))
        bench.add(ANN, "Drafts", letter(2))
        paths = {folder.path for folder in bench.mail.folders(self.mailbox(bench))}
        assert {"Inbox/Projects/Harbor", "Drafts"} <= paths

    def test_folder_ids_are_different_and_stay(self, bench: Bench) -> None:
        bench.add(ANN, "Inbox/Projects", letter(1))
        first = bench.mail.folders(self.mailbox(bench))
        assert len({folder.id for folder in first}) == len(first)
        assert set(bench.mail.folders(self.mailbox(bench))) == set(first)

    def test_what_can_never_be_reached_is_said_in_sentences(self, bench: Bench) -> None:
        bench.add(ANN, "Inbox", letter(1))
        said = bench.mail.uncovered(self.mailbox(bench))
        assert all(sentence.endswith(".") for sentence in said)

    # -- reading

    def test_a_first_reading_begins_with_restart_and_ends_with_complete(self, bench: Bench) -> None:
        self.fill(bench)
        pages = list(self.pages(bench, "Inbox"))
        assert [page.restart for page in pages] == [True] + [False] * (len(pages) - 1)
        assert [page.complete for page in pages] == [False] * (len(pages) - 1) + [True]

    def test_a_first_reading_tells_every_message_in_full(self, bench: Bench) -> None:
        ids = self.fill(bench)
        copy = Copy()
        copy.follow(self.pages(bench, "Inbox"))
        assert sorted(copy.rows) == sorted(ids)
        row = copy.rows[ids[3]]
        assert row.mailbox == self.mailbox(bench).id
        assert row.folder == self.folder(bench, "Inbox").id
        assert row.version
        assert row.internet_id == "<letter-3@example.org>"
        assert row.subject == "Letter 3"
        assert row.sender == "carla.ruiz@example.org"
        assert (row.to, row.cc, row.bcc) == ((ANN,), (BOB,), ())
        assert row.received_at == LONG_AGO
        assert row.size is not None and row.size > 0
        assert row.kind == "IPM.Note"
        assert row.categories == ()
        assert row.is_draft is False
        assert row.trouble is None
        assert (row.attachments, row.origin, row.on_behalf) == ((), "person", "")

    @pytest.mark.parametrize("when", ["first", "next"])
    def test_attachments_are_told_by_their_names(self, bench: Bench, when: str) -> None:
        copy = Copy()
        bench.add(ANN, "Inbox", letter(1))
        if when == "next":
            copy.follow(self.pages(bench, "Inbox"))
        id_ = bench.add(ANN, "Inbox", with_file(2, "Plan of Elm Street.pdf"))
        copy.follow(self.pages(bench, "Inbox", copy.cursor))
        row = copy.rows[id_]
        assert (row.attachments, row.has_attachments) == (("Plan of Elm Street.pdf",), True)
        assert row.linked == ()

    @pytest.mark.parametrize(("header", "origin"), SENT)
    def test_how_a_message_was_sent_is_told_by_its_headers(self, bench: Bench, header: str, origin: str) -> None:
        id_ = bench.add(ANN, "Inbox", letter(1, "", header))
        copy = Copy()
        copy.follow(self.pages(bench, "Inbox"))
        assert copy.rows[id_].origin == origin

    @pytest.mark.parametrize(
        ("header", "mark"),
        [("X-Mailer: a pen", "normal"), ("Sensitivity: Private", "private")]
        + [("Sensitivity: company-confidential", "confidential")],
    )
    def test_a_mark_of_the_sender_is_told(self, bench: Bench, header: str, mark: str) -> None:
        id_ = bench.add(ANN, "Inbox", letter(1, "", header))
        copy = Copy()
        copy.follow(self.pages(bench, "Inbox"))
        assert copy.rows[id_].sensitivity == mark

    def test_a_delegate_who_sent_it_is_told_and_is_one_of_its_people(self, bench: Bench) -> None:
        id_ = bench.add(ANN, "Inbox", letter(1, "", "Sender: Dee <Dee@City.example>"))
        copy = Copy()
        copy.follow(self.pages(bench, "Inbox"))
        row = copy.rows[id_]
        assert (row.sender, row.on_behalf) == ("carla.ruiz@example.org", "dee@city.example")
        assert row.participants == ("carla.ruiz@example.org", ANN, BOB, "dee@city.example")

    def test_reading_again_with_nothing_changed_brings_nothing(self, bench: Bench) -> None:
        self.fill(bench)
        copy = Copy()
        copy.follow(self.pages(bench, "Inbox"))
        again = list(self.pages(bench, "Inbox", copy.cursor))
        assert [(page.messages, page.removed, page.restart) for page in again] == [((), (), False)]
        assert again[-1].complete

    def test_the_next_reading_brings_what_is_new(self, bench: Bench) -> None:
        self.fill(bench)
        copy = Copy()
        copy.follow(self.pages(bench, "Inbox"))
        late = bench.add(ANN, "Inbox", letter(99))
        pages = copy.follow(self.pages(bench, "Inbox", copy.cursor))
        told = {row.id for page in pages for row in page.messages}
        assert told == {late} if self.tells_changes_only else late in told
        assert self.letters(copy) == [*range(7), 99]
        assert copy.rows[late].subject == "Letter 99"
        assert copy.rows[late].size and copy.rows[late].kind == "IPM.Note"

    def test_a_changed_message_has_another_version_and_keeps_what_was_not_said(self, bench: Bench) -> None:
        ids = self.fill(bench)
        copy = Copy()
        copy.follow(self.pages(bench, "Inbox"))
        before = copy.rows[ids[0]]
        bench.edit(ANN, ids[0], is_read=not before.is_read)
        copy.follow(self.pages(bench, "Inbox", copy.cursor))
        after = copy.rows[ids[0]]
        assert (after.version != before.version) is self.marks_make_versions
        assert after.is_read is not before.is_read
        # The name of a file may say that it was read.
        assert after == replace(before, version=after.version, is_read=after.is_read, source=after.source)

    def test_a_move_is_never_read_as_a_deletion(self, bench: Bench) -> None:
        ids = self.fill(bench)
        bench.add(ANN, "Archive", letter(50))
        inbox, archive = Copy(), Copy()
        inbox.follow(self.pages(bench, "Inbox"))
        archive.follow(self.pages(bench, "Archive"))
        bench.move(ANN, ids[2], "Archive")
        left = inbox.follow(self.pages(bench, "Inbox", inbox.cursor))
        came = archive.follow(self.pages(bench, "Archive", archive.cursor))
        assert (self.letters(inbox), self.letters(archive)) == ([0, 1, 3, 4, 5, 6], [2, 50])
        (moved,) = (row for row in archive.rows.values() if row.subject == "Letter 2")
        assert moved.folder == self.folder(bench, "Archive").id
        assert bench.mail.look(self.ref(bench, moved.id)).version == moved.version
        if self.tells_changes_only:
            assert {id_ for page in left for id_ in page.removed} == {ids[2]}
            assert {row.id for page in came for row in page.messages if row.subject} == {moved.id}
        assert (moved.id == ids[2]) is self.ids_survive_moves

    def test_a_deleted_message_is_removed_from_its_folder(self, bench: Bench) -> None:
        ids = self.fill(bench)
        copy = Copy()
        copy.follow(self.pages(bench, "Inbox"))
        bench.delete(ANN, ids[1])
        copy.follow(self.pages(bench, "Inbox", copy.cursor))
        assert self.letters(copy) == [0, 2, 3, 4, 5, 6]
        if self.ids_survive_neighbours:
            assert sorted(copy.rows) == sorted(set(ids) - {ids[1]})

    def test_killed_after_any_page_and_resumed_from_its_cursor_loses_nothing(self, bench: Bench) -> None:
        self.fill(bench)
        whole = Copy()
        count = len(whole.follow(self.pages(bench, "Inbox")))
        for stop in range(1, count):
            copy = Copy()
            pages = self.pages(bench, "Inbox")
            for _ in range(stop):
                copy.take(next(pages))
            copy.follow(self.pages(bench, "Inbox", copy.cursor))
            assert copy.rows == whole.rows

    def test_a_page_that_was_read_twice_does_no_harm(self, bench: Bench) -> None:
        ids = self.fill(bench)
        copy = Copy()
        copy.follow(self.pages(bench, "Inbox"))
        old = copy.cursor
        bench.add(ANN, "Inbox", letter(99))
        bench.delete(ANN, ids[0])
        copy.follow(self.pages(bench, "Inbox", old))
        once = dict(copy.rows)
        copy.follow(self.pages(bench, "Inbox", old))
        assert copy.rows == once
        assert self.letters(copy) == [1, 2, 3, 4, 5, 6, 99]

    def test_a_forgotten_cursor_means_reading_from_the_beginning_without_loss(self, bench: Bench) -> None:
        ids = self.fill(bench)
        copy = Copy()
        copy.follow(self.pages(bench, "Inbox"))
        before = dict(copy.rows)
        bench.forget(ANN, "Inbox")
        pages = copy.follow(self.pages(bench, "Inbox", copy.cursor))
        assert pages[0].restart and pages[-1].complete
        assert copy.rows == before and sorted(before) == sorted(ids)
        quiet = list(self.pages(bench, "Inbox", copy.cursor))
        assert not any(page.restart or page.messages or page.removed for page in quiet)
