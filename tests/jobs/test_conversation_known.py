"""What must be known before a conversation is said to hold no record, and what the ledger remembers of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from retention.catalog import Catalog
from retention.errors import ScheduleNotValid
from retention.jobs import why
from retention.mail.interface import FolderUnreadable
from tests.jobs.town import RECORDS, Town
from tests.mail.doubles import MemoryMail


@pytest.fixture
def town(tmp_path: Path) -> Town:
    town = Town(tmp_path)
    town.adopt()
    return town


def purged(town: Town) -> list[str]:
    return sorted(step.subject for step in town.plan().steps if step.action == "purge")


def test_a_captured_record_holds_its_conversation_when_the_catalog_was_begun_anew(town: Town) -> None:
    town.add("Requisition 1", conversation="c1")
    town.add("Notice of something else", conversation="c2")
    town.apply(town.approved_plan())
    town.add("Notice about it", conversation="c1")
    town.add("Notice about that", conversation="c2")
    for file in town.folder.glob("retention.db*"):
        file.unlink()
    Catalog(town.folder / "retention.db", create=True).close()
    town.read()
    assert purged(town) == ["Notice about that"]


def test_a_mailbox_that_was_never_read_to_its_end_may_hide_a_record(town: Town) -> None:
    town.add("Notice 1", conversation="c1")
    town.add("Requisition 1", conversation="c1", folder="Projects")
    mail = town.mail
    assert isinstance(mail, MemoryMail)
    pages = mail.pages

    def without_projects(mailbox, folder, cursor):  # type: ignore[no-untyped-def]
        if folder.path == "Projects":
            raise FolderUnreadable("it does not answer")
        return pages(mailbox, folder, cursor)

    mail.pages = without_projects  # type: ignore[method-assign]
    town.read()
    assert purged(town) == []
    mail.pages = pages  # type: ignore[method-assign]
    town.read()
    assert purged(town) == []


def test_a_message_whose_conversation_is_not_said_stays(town: Town) -> None:
    town.add("Notice 1", conversation=None)
    town.add("Notice 2", conversation="")
    town.read()
    assert purged(town) == ["Notice 2"]


def test_a_message_that_could_not_be_read_holds_its_conversation(town: Town) -> None:
    town.add("An encrypted letter", conversation="c1", trouble="it is encrypted")
    town.add("Notice about it", conversation="c1")
    town.read()
    assert purged(town) == []


def test_two_schedules_of_one_name_are_refused(town: Town) -> None:
    draft = replace(town.schedule, edition="draft")
    world = town.world(RECORDS)
    with pytest.raises(ScheduleNotValid, match="one name"):
        replace_schedules(world, (draft, town.schedule))


def replace_schedules(world, schedules):  # type: ignore[no-untyped-def]
    from dataclasses import replace as with_

    return with_(world, schedules=schedules)


def test_why_explains_what_has_left_by_the_edition_under_which_it_did(town: Town) -> None:
    ref = town.add("Notice 1", conversation="")
    made = town.approved_plan()
    town.apply(made)
    (before,) = why.why(town.world(), ref.id)
    town.schedule = replace(town.schedule, edition="2027")
    town.read()
    (after,) = why.why(town.world(), ref.id)
    assert after.sentences[0] == before.sentences[0] != ""
    assert (after.schedule, after.edition, after.fingerprint) == ("town", "2026", made.basis.schedules["town"])
