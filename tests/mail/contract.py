"""What every mail system must show: one suite that each implementation and each double inherits.

No system is named here; a test class brings its own ``bench``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Protocol

import pytest
from msgspec.structs import asdict, replace

from retention.core.message import Cursor, Folder, Mailbox, Message, MessageRef, Page, Removal
from retention.mail.interface import (
    ContentUnavailable,
    MailboxUnreadable,
    MailSystem,
    MessageChanged,
    MessageGone,
    RemovalRefused,
)

ANN = "ann@city.example"
BOB = "bob@city.example"
LONG_AGO = datetime(2019, 3, 4, 15, 30, tzinfo=UTC)


def letter(number: int, subject: str = "") -> bytes:
    """A small message as MIME, different for each number."""
    return (
        f"From: Carla Ruiz <Carla.Ruiz@Example.org>\r\nTo: Ann <{ANN}>\r\nCc: bob@city.example\r\n"
        f"Subject: {subject or f'Letter {number}'}\r\nMessage-ID: <letter-{number}@example.org>\r\n"
        "Date: Mon, 04 Mar 2019 15:30:00 +0000\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n\r\n"
        f"This is letter {number}.\r\n"
    ).encode()


class Bench(Protocol):
    """A mail system under test and the hands that change its mailboxes behind its back.

    Folders and mailboxes come into being with their first message. ``removals`` are the ways this system has.
    """

    mail: MailSystem
    removals: tuple[Removal, ...]

    def add(self, address: str, path: str, mime: bytes) -> str:
        """Put a message received at ``LONG_AGO`` there; returns its id."""
        ...

    def move(self, address: str, id: str, path: str) -> None: ...

    def delete(self, address: str, id: str) -> None: ...

    def edit(self, address: str, id: str, *, is_read: bool) -> None: ...

    def forget(self, address: str, path: str) -> None:
        """Make every cursor of this folder worthless."""
        ...

    def where(self, address: str, id: str) -> str | None:
        """The path of the folder the message is in; ``None`` when a walk over all folders would not meet it."""
        ...

    def spoil(self, address: str, id: str) -> None:
        """From now on the message's MIME can never be had."""
        ...

    def refuse(self, address: str, id: str) -> None:
        """From now on the system will not remove this message."""
        ...

    def shut(self, address: str) -> None:
        """From now on this mailbox cannot be read."""
        ...


class Copy:
    """A copy of one folder kept as the catalog keeps it: rows merged, a restart forgets what is not seen again."""

    def __init__(self) -> None:
        self.rows: dict[str, Message] = {}
        self.unseen: set[str] = set()
        self.cursor: Cursor | None = None

    def take(self, page: Page) -> None:
        if page.restart:
            self.unseen = set(self.rows)
        for row in page.messages:
            known = self.rows.get(row.id)
            said = {name: value for name, value in asdict(row).items() if value is not None}
            self.rows[row.id] = row if known is None else replace(known, **said)
            self.unseen.discard(row.id)
        for id_ in page.removed:
            self.rows.pop(id_, None)
        if page.complete:
            for id_ in self.unseen:
                self.rows.pop(id_, None)
            self.unseen = set()
        self.cursor = page.cursor

    def follow(self, pages: Iterable[Page]) -> list[Page]:
        taken = []
        for page in pages:
            self.take(page)
            taken.append(page)
        return taken


class MailContract:
    """Inherit, and give a fixture ``bench``. Every test is a promise that the jobs rest on."""

    ids_survive_moves = True
    """False for systems whose ids change with a move: those cannot show a move as one message in two folders."""

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

    def test_nested_folders_have_the_path_a_reader_would_write(self, bench: Bench) -> None:
        bench.add(ANN, "Inbox/Projects/Harbor", letter(1))
        paths = {folder.path for folder in bench.mail.folders(self.mailbox(bench))}
        assert {"Inbox", "Inbox/Projects", "Inbox/Projects/Harbor"} <= paths

    def test_folder_ids_are_different_and_stay(self, bench: Bench) -> None:
        bench.add(ANN, "Inbox/Projects", letter(1))
        first = bench.mail.folders(self.mailbox(bench))
        assert len({folder.id for folder in first}) == len(first)
        assert set(bench.mail.folders(self.mailbox(bench))) == set(first)

    def test_deleted_items_is_known_whatever_its_name(self, bench: Bench) -> None:
        bench.add(ANN, "Inbox", letter(1))
        known = [folder.well_known for folder in bench.mail.folders(self.mailbox(bench))]
        assert known.count("deleteditems") == 1

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

    def test_an_empty_folder_is_one_complete_reading(self, bench: Bench) -> None:
        gone = bench.add(ANN, "Inbox", letter(1))
        bench.add(ANN, "Drafts", letter(2))
        bench.move(ANN, gone, "Drafts")
        copy = Copy()
        pages = copy.follow(self.pages(bench, "Inbox"))
        assert pages[0].restart and pages[-1].complete
        assert copy.rows == {}

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
        assert {row.id for page in pages for row in page.messages} == {late}
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
        assert after.version != before.version
        assert after.is_read is not before.is_read
        assert after == replace(before, version=after.version, is_read=after.is_read)

    def test_a_move_is_never_read_as_a_deletion(self, bench: Bench) -> None:
        if not self.ids_survive_moves:
            pytest.skip("the ids of this system change with a move")
        ids = self.fill(bench)
        bench.add(ANN, "Archive", letter(50))
        inbox, archive = Copy(), Copy()
        inbox.follow(self.pages(bench, "Inbox"))
        archive.follow(self.pages(bench, "Archive"))
        bench.move(ANN, ids[2], "Archive")
        left = inbox.follow(self.pages(bench, "Inbox", inbox.cursor))
        came = archive.follow(self.pages(bench, "Archive", archive.cursor))
        assert {id_ for page in left for id_ in page.removed} == {ids[2]}
        assert {row.id for page in came for row in page.messages if row.subject} == {ids[2]}
        assert ids[2] not in inbox.rows
        assert archive.rows[ids[2]].folder == self.folder(bench, "Archive").id
        assert bench.mail.look(self.ref(bench, ids[2])).version

    def test_a_deleted_message_is_removed_from_its_folder(self, bench: Bench) -> None:
        ids = self.fill(bench)
        copy = Copy()
        copy.follow(self.pages(bench, "Inbox"))
        bench.delete(ANN, ids[1])
        copy.follow(self.pages(bench, "Inbox", copy.cursor))
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
        late = bench.add(ANN, "Inbox", letter(99))
        bench.delete(ANN, ids[0])
        copy.follow(self.pages(bench, "Inbox", old))
        once = dict(copy.rows)
        copy.follow(self.pages(bench, "Inbox", old))
        assert copy.rows == once
        assert late in once and ids[0] not in once

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
            answer = bench.mail.purge(ref, bench.mail.look(ref).version, how)
            assert answer and "destroy" not in answer.lower()
            assert bench.where(ANN, ids[1]) == ("Deleted Items" if how is Removal.DELETED_ITEMS else None)
            assert [bench.where(ANN, other) for other in (ids[0], ids[2])] == ["Inbox", "Inbox"]

    def test_a_purge_shows_in_the_next_reading(self, bench: Bench) -> None:
        ids = self.fill(bench)
        copy = Copy()
        copy.follow(self.pages(bench, "Inbox"))
        bench.mail.purge(self.ref(bench, ids[0]), copy.rows[ids[0]].version or "", bench.removals[0])
        copy.follow(self.pages(bench, "Inbox", copy.cursor))
        assert sorted(copy.rows) == sorted(ids[1:])

    def test_what_is_purged_from_deleted_items_leaves_the_mailbox(self, bench: Bench) -> None:
        id_ = bench.add(ANN, "Deleted Items", letter(1))
        ref = self.ref(bench, id_)
        answer = bench.mail.purge(ref, bench.mail.look(ref).version, Removal.DELETED_ITEMS)
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
                bench.mail.purge(ref, planned, how)
            assert bench.where(ANN, id_) == "Inbox"

    def test_purging_what_is_gone_says_so(self, bench: Bench) -> None:
        id_ = bench.add(ANN, "Inbox", letter(1))
        ref = self.ref(bench, id_)
        planned = bench.mail.look(ref).version
        bench.delete(ANN, id_)
        with pytest.raises(MessageGone):
            bench.mail.purge(ref, planned, bench.removals[0])

    def test_a_removal_that_the_system_refuses_leaves_the_message_where_it_is(self, bench: Bench) -> None:
        id_ = bench.add(ANN, "Inbox", letter(1))
        bench.refuse(ANN, id_)
        ref = self.ref(bench, id_)
        with pytest.raises(RemovalRefused):
            bench.mail.purge(ref, bench.mail.look(ref).version, bench.removals[0])
        assert bench.where(ANN, id_) == "Inbox"
