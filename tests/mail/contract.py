"""What every mail server must show: one suite that each implementation and each double inherits.

What also holds for files that are only read stands in ``contract_reading.py`` and ``contract_content.py``. No system is
named here; a test class brings its own ``bench``.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.mail.bench import ANN, BOB, Bench, Copy, letter, with_file
from tests.mail.contract_returning import ReturningContract


class MailContract(ReturningContract):
    """Inherit, and give a fixture ``bench``. Every test is a promise that the jobs rest on."""

    # -- who we are to it

    def test_a_mailbox_that_is_kept_from_us_is_told_from_one_that_is_not_there(self, bench: Bench) -> None:
        bench.add(ANN, "Inbox", letter(1))
        bench.add(BOB, "Inbox", letter(2))
        assert bench.mail.refuses(ANN) is False
        bench.shut(BOB)
        assert bench.mail.refuses(BOB) is True
        assert bench.mail.refuses("nobody@elsewhere.example") is None and bench.mail.refuses("") is None
        assert bench.mail.refuses(ANN) is False

    def test_what_we_may_is_said_in_sentences(self, bench: Bench) -> None:
        bench.add(ANN, "Inbox", letter(1))
        said = bench.mail.permissions()
        assert said and all(sentence.endswith(".") and sentence.isprintable() for sentence in said)

    def test_its_clock_is_told_in_utc_or_not_at_all(self, bench: Bench) -> None:
        bench.add(ANN, "Inbox", letter(1))
        list(bench.mail.mailboxes())
        told = bench.mail.time()
        assert told is None or abs((told - datetime.now(UTC)).total_seconds()) < 10

    # -- mailboxes and folders

    def test_everybody_is_in_the_directory_once_with_addresses_in_small_letters(self, bench: Bench) -> None:
        bench.add(ANN, "Inbox", letter(1))
        bench.add("Bo.Ek@City.example", "Inbox", letter(2))
        people = list(bench.mail.people())
        assert sorted(person.address for person in people) == [ANN, "bo.ek@city.example"]
        assert all(address == address.lower() for person in people for address in person.every_address)
        assert len({person.directory for person in people} - {""}) == 2
        assert not any(term.from_on or term.to_on for person in people for term in person.departments)
        assert list(bench.mail.people()) == people

    def test_nested_folders_have_the_path_a_reader_would_write(self, bench: Bench) -> None:
        bench.add(ANN, "Inbox/Projects/Harbor", letter(1))
        paths = {folder.path for folder in bench.mail.folders(self.mailbox(bench))}
        assert {"Inbox", "Inbox/Projects", "Inbox/Projects/Harbor"} <= paths

    def test_deleted_items_is_known_whatever_its_name(self, bench: Bench) -> None:
        bench.add(ANN, "Inbox", letter(1))
        known = [folder.well_known for folder in bench.mail.folders(self.mailbox(bench))]
        assert known.count("deleteditems") == 1

    def test_an_empty_folder_is_one_complete_reading(self, bench: Bench) -> None:
        gone = bench.add(ANN, "Inbox", letter(1))
        bench.add(ANN, "Drafts", letter(2))
        bench.move(ANN, gone, "Drafts")
        copy = Copy()
        pages = copy.follow(self.pages(bench, "Inbox"))
        assert pages[0].restart and pages[-1].complete
        assert copy.rows == {}

    @pytest.mark.parametrize("when", ["first", "next"])
    def test_attachments_that_are_only_links_are_told_apart(self, bench: Bench, when: str) -> None:
        copy = Copy()
        bench.add(ANN, "Inbox", letter(1))
        if when == "next":
            copy.follow(self.pages(bench, "Inbox"))
        id_ = bench.add(ANN, "Inbox", with_file(2, "Plan of Elm Street.pdf"))
        bench.link(ANN, id_, "Budget.xlsx")
        copy.follow(self.pages(bench, "Inbox", copy.cursor))
        row = copy.rows[id_]
        assert (row.attachments, row.linked) == (("Plan of Elm Street.pdf", "Budget.xlsx"), ("Budget.xlsx",))
        assert row.largest_attachment == len("PDF")
        # The file lies elsewhere: nobody who reads the MIME has it.
        assert b"Budget" not in b"".join(bench.mail.content(self.ref(bench, id_)))

    def test_what_lies_in_deleted_items_is_seen_to_lie_there(self, bench: Bench) -> None:
        here, there = bench.add(ANN, "Inbox", letter(1)), bench.add(ANN, "Deleted Items", letter(2))
        assert bench.mail.look(self.ref(bench, here)).in_deleted_items is False
        assert bench.mail.look(self.ref(bench, there)).in_deleted_items is True
