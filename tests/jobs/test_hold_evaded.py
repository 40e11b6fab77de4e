"""Whoever has a mailbox edits, moves, files and loses held mail, and none of it leaves a hold that covers it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from retention.core.hold import Scope
from retention.core.message import MessageRef
from retention.jobs.hold import place, preview, release
from tests.jobs.town import ATTORNEY, CLERK, RECORDS, Town, mime, schedule, series
from tests.mail.doubles import MemoryMail


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path / "town")


def mail_of(town: Town) -> MemoryMail:
    assert isinstance(town.mail, MemoryMail)
    return town.mail


def purged(town: Town) -> list[str]:
    """What a purge takes now: the subjects of its steps."""
    town.read()
    made, before = town.plan(), len(mail_of(town).purged)
    if made.steps:
        town.approve(made)
        town.apply(made)
    assert len(mail_of(town).purged) - before == len(made.steps)
    return [step.subject for step in made.steps]


def held(town: Town, subject: str = "Notice about Elm Street", **scope: Any) -> MessageRef:
    """A message that this hold covers, beside one that goes as soon as it may."""
    ref = town.add(subject)
    town.read()
    town.adopt()
    town.hold(**scope)
    assert town.plan().steps == ()
    return ref


WORDS = Scope(words=("elm street",))


@pytest.mark.parametrize("field", ["subject", "preview", "attachments"])
def test_an_edit_frees_nothing_from_a_hold_on_words(town: Town, field: str) -> None:
    told = {"subject": "Notice", "preview": "Hi.", "attachments": ()}
    held_in: dict[str, Any] = {
        "subject": "Notice of Elm Street",
        "preview": "On Elm Street.",
        "attachments": ("elm street",),
    }
    ref = mail_of(town).add(CLERK, "Inbox", mime("Notice"), **told | {field: held_in[field]})
    town.read()
    town.adopt()
    town.hold(words=WORDS.words)
    for value in (told[field], told[field] or ("menu",)):
        mail_of(town).edit(ref, **{field: value})
        assert purged(town) == []


def test_an_edit_frees_nothing_into_an_exception(town: Town) -> None:
    ref = held(town, custodians=(CLERK,), none_of=(Scope(words=("lunch",)),))
    mail_of(town).edit(ref, subject="Notice about lunch")
    assert purged(town) == []


def test_what_always_said_the_word_is_excepted_as_before_and_a_draft_counts_as_it_is(town: Town) -> None:
    draft = town.add("Notice about Elm", is_draft=True)
    town.add("Notice about lunch", sender="a@x.example")
    town.read()
    town.adopt()
    town.hold(custodians=(CLERK,), none_of=(Scope(words=("lunch",)),))
    mail_of(town).edit(draft, subject="Notice about lunch and Elm", is_draft=False)
    assert sorted(purged(town)) == ["Notice about lunch", "Notice about lunch and Elm"]


@pytest.mark.parametrize("folder", ["town-notices", "Archive"])
def test_filing_it_elsewhere_frees_nothing_from_a_hold_on_a_series(town: Town, folder: str) -> None:
    ref = held(town, "Minutes of May", series=("town-minutes",))
    mail_of(town).move(ref, folder)
    assert purged(town) == []


def test_what_a_person_had_filed_stays_in_the_hold_when_it_is_taken_out_again(town: Town) -> None:
    ref = town.add("Notice about Elm Street", folder="town-minutes")
    other = town.add("Notice about lunch", folder="Archive")
    town.read()
    town.adopt()
    town.hold(series=("town-minutes",))
    mail_of(town).move(ref, "Inbox")
    mail_of(town).move(other, "Inbox")
    assert purged(town) == ["Notice about lunch"]
    mail_of(town).edit(ref, is_read=True)
    assert purged(town) == []


def test_filing_it_into_an_excepted_series_frees_nothing(town: Town) -> None:
    ref = held(town, "Minutes of May", custodians=(CLERK,), none_of=(Scope(series=("town-notices",)),))
    mail_of(town).move(ref, "town-notices")
    assert purged(town) == []


def test_an_edit_that_changes_its_series_frees_nothing(town: Town) -> None:
    ref = held(town, "Minutes of May", series=("town-minutes",))
    mail_of(town).edit(ref, subject="Notice of May")
    assert purged(town) == []


def test_a_new_edition_that_gives_the_series_another_code_frees_nothing(town: Town) -> None:
    held(town, series=("town-notices",))
    town.schedule = schedule(series("notices-2", "no retention required", "notice", transitory=True))
    town.read()
    town.adopt()
    assert purged(town) == []


def test_a_message_held_by_its_id_stays_held_when_it_is_restored_under_another(town: Town) -> None:
    ref = town.add("Notice about Elm Street")
    town.read()
    town.adopt()
    world = town.world(ATTORNEY)
    assert preview.preview(world, Scope(ids=(ref.id,))).messages == 1
    scope = Scope(any_of=(Scope(ids=(ref.id,)), Scope(words=("nothing",))), none_of=(Scope(ids=(ref.id + "x",)),))
    name = place.place(world, matter="Elm", kind="legal", reason="a claim", scope=scope).hold.name
    place.amend(world, name, scope=Scope(ids=(ref.id,)), reason="less")
    mail_of(town).delete(ref)
    town.read()
    again = town.add("Notice about Elm Street")
    assert again != ref
    assert purged(town) == []
    town.at += timedelta(days=31)
    assert purged(town) == []


def test_an_exception_by_id_stays_as_narrow_as_it_was_written(town: Town) -> None:
    ref = town.add("Notice about Elm Street")
    town.add("Notice about Elm Street", mailbox=RECORDS)
    town.read()
    town.adopt()
    town.hold(words=WORDS.words, none_of=(Scope(ids=(ref.id,)),))
    (step,) = town.plan().steps
    assert step.address == CLERK


def test_what_vanished_stays_held_wherever_it_turns_up_until_the_hold_ends(town: Town) -> None:
    ref = held(town, custodians=(CLERK,))
    mail_of(town).delete(ref)
    town.add("Notice about Elm Street", mailbox=RECORDS)
    town.add("Notice about lunch", mailbox=RECORDS)
    assert purged(town) == ["Notice about lunch"]
    world = town.world(ATTORNEY)
    (name,) = world.ledger.in_force.holds.states
    seen = preview.covered(world, world.holds().named(name))
    assert seen.by_mailbox == {RECORDS: 1} and "vanished" in seen.sample[0].because
    release.release(world, name, matter="Elm Street", reason="settled")
    assert purged(town) == []
    town.at += timedelta(days=31)
    assert purged(town) == ["Notice about Elm Street"]
