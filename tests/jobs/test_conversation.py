"""A reply in a conversation that holds a record is raised for review, and never purged."""

from __future__ import annotations

from pathlib import Path

import pytest

from retention.core.audit import Reviewed
from retention.jobs import classify, sync
from tests.jobs.town import CLERK, RECORDS, Town


@pytest.fixture
def town(tmp_path: Path) -> Town:
    town = Town(tmp_path)
    town.adopt()
    return town


def purged(town: Town) -> list[str]:
    """What a plan would purge."""
    return sorted(step.subject for step in town.plan().steps if step.action == "purge")


def test_a_transitory_message_in_the_conversation_of_a_record_stays(town: Town) -> None:
    town.add("Requisition 1", conversation="c1")
    town.add("Notice about it", conversation="c1")
    town.add("Notice of something else", conversation="c2")
    town.read()
    assert purged(town) == ["Notice of something else"]
    assert "in the conversation of a record" in [group.why for group in town.plan().stays]


def test_a_conversation_reaches_over_mailboxes(town: Town) -> None:
    town.add("Requisition 1", conversation="c1", mailbox="pat.ortiz@town.example")
    town.add("Notice about it", conversation="c1", mailbox=CLERK)
    town.read()
    assert purged(town) == []


def test_a_record_that_has_left_the_mailbox_still_holds_its_conversation(town: Town) -> None:
    town.add("Requisition 1", conversation="c1")
    made = town.approved_plan()
    assert town.apply(made).total("captured") == 1
    town.add("Notice about it", conversation="c1")
    town.read()
    assert purged(town) == []


def test_a_message_that_may_be_a_record_holds_its_conversation_too(town: Town) -> None:
    town.add("Requisition and minutes", conversation="c1")
    town.add("Notice about it", conversation="c1")
    town.read()
    assert purged(town) == []


def test_mail_that_is_not_filed_yet_holds_its_conversation_until_it_is(town: Town) -> None:
    town.add("Notice about it", conversation="c1")
    made = town.approved_plan()
    assert [step.subject for step in made.steps] == ["Notice about it"]
    town.add("Something new", conversation="c1")
    sync.sync(town.world())
    assert purged(town) == []
    applied = town.apply(made)
    assert applied.total("purged") == 0 and "conversation" in applied.skipped[1]


def test_messages_of_no_conversation_have_nothing_in_common(town: Town) -> None:
    town.add("Requisition 1", conversation="")
    town.add("Notice", conversation="")
    town.read()
    assert purged(town) == ["Notice"]


def test_what_a_person_decided_is_not_raised_again(town: Town) -> None:
    town.add("Requisition 1", conversation="c1")
    ref = town.add("Notice about it", conversation="c1")
    town.read()
    assert purged(town) == []
    world = town.world(RECORDS)
    world.ledger.append(
        Reviewed(mailbox=ref.mailbox, ids=(ref.id,), schedule="town", series="town-notices", reason="only a thank-you")
    )
    classify.classify(world)
    world.close()
    assert purged(town) == ["Notice about it"]


def test_nothing_is_purged_while_a_classification_was_interrupted(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classify, "BATCH", 1)
    for number in range(4):
        town.add(f"Notice {number}", conversation=f"c{number}")
    town.add("Requisition 1", conversation="c0")
    sync.sync(town.world())
    world = town.world()
    saved = world.catalog.filings.save
    calls = iter(range(3))

    def fails_at_last(*values: object) -> None:
        if next(calls) == 2:
            raise KeyboardInterrupt
        saved(*values)  # type: ignore[arg-type]

    monkeypatch.setattr(world.catalog.filings, "save", fails_at_last)
    with pytest.raises(KeyboardInterrupt):
        classify.classify(world)
    world.close()
    assert purged(town) == []
    town.read()
    assert purged(town) == ["Notice 1", "Notice 2", "Notice 3"]


def test_a_review_is_found_again_when_the_catalog_was_begun_anew(town: Town) -> None:
    ref = town.add("Rumour has it", conversation="c1")
    town.read()
    world = town.world(RECORDS)
    world.ledger.append(
        Reviewed(mailbox=ref.mailbox, ids=(ref.id,), schedule="town", series="town-minutes", reason="it is minutes")
    )
    world.close()
    for file in town.folder.glob("retention.db*"):
        file.unlink()
    type(world.catalog)(town.folder / "retention.db", create=True).close()
    town.read()
    known = town.world().catalog.known(ref)
    assert known is not None and known.filing is not None
    assert (known.filing.series_key, known.filing.by_person) == ("town-minutes", True)
    assert RECORDS in known.filing.why and "it is minutes" in known.filing.why
