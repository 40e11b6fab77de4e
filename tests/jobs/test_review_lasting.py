"""What a person decided in a review covers what was shown: not what it is changed into, and under whatever id it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from retention.catalog import Catalog
from retention.core.audit import ReviewAssigned, Reviewed
from retention.core.decide import Why
from retention.core.message import MessageRef
from retention.errors import NotThisOffice, WrongUsage
from retention.jobs import review
from tests.jobs.test_review import DECISION, bodies, decide_all, filled, waiting, whys
from tests.jobs.town import ATTORNEY, CRON, RECORDS, Town

RECORD = {"series": "town-minutes", "reason": "it belongs to the minutes"}
SEEN: dict[str, Any] = {
    "sender": "jo@x.example",
    "preview": "Shall we?",
    "attachments": ("menu.pdf",),
    "internet_id": "<n1@x>",
}


@pytest.fixture
def town(tmp_path: Path) -> Town:
    town = Town(tmp_path)
    town.adopt()
    return town


def decided(town: Town, said: dict[str, str], subject: str = "Lunch?", **fields: Any) -> MessageRef:
    """A message that waited and was decided."""
    ref = town.add(subject, **(SEEN | fields))
    town.read()
    decide_all(town, filled(waiting(town).shown, **said))
    return ref


def purged(town: Town) -> list[str]:
    return [step.subject for step in town.plan().steps if step.action == "purge"]


def captured(town: Town) -> list[str]:
    return [step.subject for step in town.plan().steps if step.action == "capture"]


def under_another_id(town: Town, ref: MessageRef, subject: str = "Lunch?", **fields: Any) -> MessageRef:
    """Moved as Outlook for Windows does it, or put back: the same message with another id."""
    town.mail.delete(ref)  # type: ignore[attr-defined]
    moved = town.add(subject, **(SEEN | {"folder": "Projects"} | fields))
    town.read()
    return moved


def sentence(town: Town, subject: str) -> str:
    world = town.world()
    (known,) = [known for known in world.catalog.present() if known.message.subject == subject]
    world.close()
    assert known.filing is not None
    return known.filing.why


def edit(town: Town, ref: MessageRef, **fields: Any) -> None:
    town.mail.edit(ref, **fields)  # type: ignore[attr-defined]
    town.read()


# Another id


def test_a_record_stays_one_when_the_message_gets_another_id_whatever_it_says(town: Town) -> None:
    ref = decided(town, RECORD)
    ref = under_another_id(town, ref)
    assert captured(town) == ["Lunch?"] and waiting(town).groups == 0
    under_another_id(town, ref, subject="Notice", preview="Something else")
    assert captured(town) == ["Notice"]


def test_transitory_mail_under_another_id_may_go_where_it_is_what_was_shown(town: Town) -> None:
    under_another_id(town, decided(town, DECISION))
    assert purged(town) == ["Lunch?"] and waiting(town).groups == 0


def test_transitory_mail_under_another_id_waits_where_it_is_not_what_was_shown(town: Town) -> None:
    under_another_id(town, decided(town, DECISION), subject="Settlement offer")
    assert whys(town, "Settlement offer") == {Why.AMBIGUOUS} and purged(town) == []


def test_another_mailbox_does_not_take_the_decision(town: Town) -> None:
    decided(town, RECORD)
    town.add("Lunch?", mailbox=RECORDS, **SEEN)
    town.read()
    assert waiting(town).messages == 1


def test_a_message_without_a_message_id_takes_no_decision_of_another(town: Town) -> None:
    ref = decided(town, RECORD, internet_id="")
    under_another_id(town, ref, internet_id="", size=1)
    assert waiting(town).messages == 1


def test_a_message_without_a_message_id_keeps_its_decision_where_it_is_the_same_in_all_else(town: Town) -> None:
    ref = decided(town, RECORD, internet_id="")
    under_another_id(town, ref, internet_id="")
    assert captured(town) == ["Lunch?"] and waiting(town).messages == 0


def test_the_decision_is_found_again_in_a_catalog_that_was_begun_anew(town: Town) -> None:
    ref = decided(town, RECORD)
    town.mail.delete(ref)  # type: ignore[attr-defined]
    town.add("Lunch?", **SEEN)
    for file in town.folder.glob("retention.db*"):
        file.unlink()
    Catalog(town.folder / "retention.db", create=True).close()
    town.read()
    assert captured(town) == ["Lunch?"]


def test_an_entry_without_message_ids_is_followed_as_far_as_the_catalog_knew_the_message(town: Town) -> None:
    ref = town.add("Lunch?", **SEEN)
    town.read()
    world = town.world(RECORDS)
    entry = Reviewed(mailbox=ref.mailbox, ids=(ref.id,), schedule="town", series="town-minutes", reason="minutes")
    world.ledger.append(entry)
    world.close()
    under_another_id(town, ref)
    assert captured(town) == ["Lunch?"]


def test_a_copy_whose_originals_were_decided_differently_waits_until_it_is_decided(town: Town) -> None:
    refs = [town.add("Lunch?", **SEEN), town.add("Lunch?", **SEEN)]
    town.read()
    world = town.world(RECORDS)
    for ref, series in zip(refs, ("town-notices", "town-minutes"), strict=True):
        world.ledger.append(
            Reviewed(
                mailbox=ref.mailbox,
                ids=(ref.id,),
                internet_ids=("<n1@x>",),
                schedule="town",
                series=series,
                reason="I read it",
            )
        )
    world.close()
    town.mail.delete(refs[0])  # type: ignore[attr-defined]
    under_another_id(town, refs[1])
    (group,) = waiting(town).shown
    assert group.question == "town-minutes and town-notices, on which people do not agree"
    assert "decided differently" in sentence(town, "Lunch?")
    decide_all(town, filled([group], **DECISION))
    assert purged(town) == ["Lunch?"]


# Changed


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "Settlement offer"},
        {"preview": "We offer to settle"},
        {"sender": "counsel@x.example"},
        {"to": ("counsel@x.example",)},
        {"attachments": ("menu.pdf", "offer.pdf")},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_was_changed_after_it_was_decided_to_be_transitory_waits_for_a_person(
    town: Town, change: dict[str, Any]
) -> None:
    ref = decided(town, DECISION)
    assert purged(town) == ["Lunch?"]
    edit(town, ref, **change)
    subject = change.get("subject", "Lunch?")
    assert whys(town, subject) == {Why.AMBIGUOUS} and purged(town) == []
    assert "It was changed after a person decided that it belongs to town-notices" in sentence(town, subject)
    assert sentence(town, subject).endswith("decide again.")
    (group,) = waiting(town).shown
    assert group.question == "town-notices, but changed since a person decided"
    decide_all(town, filled([group], **DECISION))
    assert purged(town) == [subject] and waiting(town).groups == 0


def test_a_record_that_was_changed_after_it_was_decided_stays_a_record(town: Town) -> None:
    edit(town, decided(town, RECORD), subject="Notice of lunch", preview="Pizza")
    assert captured(town) == ["Notice of lunch"]


def test_what_nobody_judges_by_makes_no_difference(town: Town) -> None:
    ref = decided(town, DECISION)
    edit(town, ref, is_read=True, categories=("Blue",))
    town.mail.move(ref, "Somewhere")  # type: ignore[attr-defined]
    town.read()
    assert purged(town) == ["Lunch?"]


def test_keys_that_a_person_gave_let_nothing_go_once_it_is_changed(town: Town) -> None:
    ref = town.add("Nobody knows", **SEEN)
    town.read()
    keys = {"keys": "contract C-1", "reason": "it says so"}
    decide_all(town, filled(waiting(town).shown, **keys))
    edit(town, ref, subject="Notice of something else")
    assert whys(town, "Notice of something else") == {Why.AMBIGUOUS}
    assert decide_all(town, filled(waiting(town).shown, **keys)).messages == 1
    assert purged(town) == ["Notice of something else"]


def test_keys_alone_do_not_renew_a_decision_on_the_series(town: Town) -> None:
    edit(town, decided(town, DECISION), subject="Settlement offer")
    decide_all(town, filled(waiting(town).shown, keys="contract C-1", reason="it says so"))
    assert whys(town, "Settlement offer") == {Why.AMBIGUOUS}


def test_a_group_of_which_a_message_was_changed_since_it_was_exported_is_not_decided(town: Town) -> None:
    ref = town.add("Lunch?", **SEEN)
    town.read()
    sheet = filled(waiting(town).shown, **DECISION)
    edit(town, ref, subject="Settlement offer", preview="We offer to settle")
    with pytest.raises(WrongUsage, match="it still has 1 message, but not the same, or one was changed; export again"):
        decide_all(town, sheet)
    assert bodies(town, Reviewed) == []


def test_a_change_that_no_sync_had_read_when_it_was_decided_is_seen_by_the_next(town: Town) -> None:
    ref = town.add("Lunch?", **SEEN)
    town.read()
    sheet = filled(waiting(town).shown, **DECISION)
    town.mail.edit(ref, subject="Settlement offer")  # type: ignore[attr-defined]
    decide_all(town, sheet)
    town.read()
    assert whys(town, "Settlement offer") == {Why.AMBIGUOUS}


# Filed by a person


def test_a_person_who_files_it_in_another_series_after_a_review_is_heard(town: Town) -> None:
    ref = decided(town, DECISION)
    edit(town, ref, categories=("town-minutes",))
    assert purged(town) == [] and whys(town, "Lunch?") == {Why.AMBIGUOUS}
    said = sentence(town, "Lunch?")
    assert "belongs to town-notices" in said and "filed it in town-minutes" in said and RECORDS in said
    (group,) = waiting(town).shown
    assert group.question == "town-minutes and town-notices, on which people do not agree"


@pytest.mark.parametrize(("said", "goes"), [(DECISION, ["Lunch?"]), (RECORD, [])])
def test_who_decides_again_after_the_filing_has_the_last_word(
    town: Town, said: dict[str, str], goes: list[str]
) -> None:
    edit(town, decided(town, DECISION), categories=("town-minutes",))
    decide_all(town, filled(waiting(town).shown, **said))
    assert purged(town) == goes and waiting(town).groups == 0


def test_mail_that_a_person_files_as_transitory_after_it_was_decided_to_be_a_record_is_kept(town: Town) -> None:
    ref = decided(town, RECORD)
    town.mail.move(ref, "Inbox/town-notices")  # type: ignore[attr-defined]
    town.read()
    assert whys(town, "Lunch?") == {Why.AMBIGUOUS} and town.plan().steps == ()


def test_a_filing_that_agrees_with_the_review_raises_nothing(town: Town) -> None:
    edit(town, decided(town, DECISION), categories=("town-notices",))
    assert purged(town) == ["Lunch?"]


def test_a_review_settles_two_filings_that_contradict_each_other(town: Town) -> None:
    decided(town, RECORD, categories=("town-claims", "town-notices"))
    assert captured(town) == ["Lunch?"] and waiting(town).groups == 0


# Assigned


def test_an_assignment_ends_once_the_group_is_decided(town: Town) -> None:
    town.add("Nobody knows 1")
    town.read()
    (group,) = waiting(town).shown
    world = town.world(RECORDS)
    review.assign(world, group.id, ATTORNEY)
    world.close()
    decide_all(town, filled([group], **RECORD))
    town.add("Nobody knows 2")
    town.read()
    (again,) = waiting(town).shown
    assert (again.id, again.assigned_to) == (group.id, "") and waiting(town, assigned_to=ATTORNEY).groups == 0
    with pytest.raises(NotThisOffice):
        decide_all(town, filled([again], **DECISION), ATTORNEY)
    assert [body.to for body in bodies(town, ReviewAssigned)] == [ATTORNEY, ""]


def test_an_assignment_lasts_where_keys_alone_were_given(town: Town) -> None:
    town.add("Nobody knows")
    town.read()
    (group,) = waiting(town).shown
    world = town.world(RECORDS)
    review.assign(world, group.id, ATTORNEY)
    world.close()
    decide_all(town, filled([group], keys="contract C-1", reason="it says so"), ATTORNEY)
    assert waiting(town, assigned_to=ATTORNEY).groups == 1


def test_a_group_is_assigned_to_nobody_without_a_name(town: Town) -> None:
    town.add("Nobody knows")
    town.read()
    world = town.world(RECORDS)
    with pytest.raises(WrongUsage, match="has no name under \\[people\\], and a decision is a named person's"):
        review.assign(world, waiting(town).shown[0].id, CRON)
    world.close()
    assert bodies(town, ReviewAssigned) == []
