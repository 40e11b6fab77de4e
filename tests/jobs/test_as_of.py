"""`why --as-of`: a past day is replayed by all that was in force then, and what cannot be known of it is said."""

from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from retention.catalog import Catalog
from retention.core.decide import Action, Why
from retention.core.message import MessageRef
from retention.errors import WrongUsage
from retention.jobs import adopt, restore, sync
from retention.jobs.hold import release
from retention.jobs.record.judging import Judging
from retention.jobs.why import Replayed, as_of, why
from tests.jobs.days import EDITIONS, Days
from tests.jobs.town import ATTORNEY, CLERK, NOW, RECORDS, Town
from tests.mail.doubles import MemoryMail

TODAY = NOW.date()
KINDS = ("mail", "place", "release", "amend", "adopt", "event", "retract", "review", "person", "nothing")
STEPS = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 200), st.integers(1, 45)), min_size=2, max_size=12)


@given(first=st.integers(0, 7), steps=STEPS)
@example(first=3, steps=[("mail", 129, 1), ("review", 0, 1)])
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_past_day_is_replayed_as_it_was_decided_on_that_day(first: int, steps: list[tuple[str, int, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        days = Days(Path(folder) / "town")
        days.step("adopt", 0, 1)
        days.step("mail", first, 1)
        for kind, number, later in steps:
            days.step(kind, number, later)
        world = days.town.world()
        for (on, id_), (decision, filing, keys) in days.noted.items():
            (then,) = as_of(world, id_, on)
            assert (then.filing, then.keys) == (filing, keys), (on, id_)
            assert then.decision == decision, (on, id_)
        world.close()


@given(steps=STEPS, later=st.integers(1, 60))
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_happens_later_changes_nothing_of_a_day_that_is_past(
    steps: list[tuple[str, int, int]], later: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        days = Days(Path(folder) / "town")
        days.step("adopt", 0, 1)
        days.step("mail", 1, 1)
        on = days.town.at.date()
        before = replayed(days.town, days.refs[0], on)
        for kind, number, after in steps:
            days.step(kind, number, after)
        days.town.at += timedelta(days=later)
        after_all = replayed(days.town, days.refs[0], on)
        said = ("standing", "sentences", "editions", "filing", "keys", "happened", "decision", "next_on", "holds")
        assert [getattr(after_all, name) for name in said] == [getattr(before, name) for name in said]


def replayed(town: Town, ref: MessageRef, on: date) -> Replayed:
    world = town.world()
    (one,) = as_of(world, ref.id, on)
    world.close()
    return one


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path / "town", schedule=EDITIONS[0])


def readopted(town: Town, number: int) -> None:
    town.schedule = EDITIONS[number]
    adopt.adopt(town.world(RECORDS), "town", authority=f"Resolution {number}")
    town.read()


def test_each_day_has_the_edition_that_was_in_effect_and_its_periods(town: Town) -> None:
    ref = town.add("Newsletter 1", received_at=NOW - timedelta(days=40))
    town.read()
    town.adopt()
    town.at += timedelta(days=5)
    readopted(town, 1)
    first, second = replayed(town, ref, TODAY), replayed(town, ref, TODAY + timedelta(days=5))
    assert [one.edition for one in first.editions] == ["2026"] and first.decision.action is Action.KEEP
    assert "It would have stayed where it was: Newsletters: 90 days" in first.sentences[1]
    assert [one.edition for one in second.editions] == ["2027"] and second.decision.action is Action.PURGE
    assert second.sentences[1] == "A plan of that day would have removed it from the mailbox."


def test_the_text_of_every_adopted_edition_is_kept_and_read_back_as_the_same_schedule(town: Town) -> None:
    for number in range(3):
        readopted(town, number)
    adopted = town.world().ledger.in_force.adopted
    kept = adopt.editions_of(town.world())
    assert [kept.read(one.fingerprint, one.kept) for one in adopted.values()] == list(EDITIONS)
    assert len(list((town.folder / "editions").iterdir())) == 3


def test_an_edition_whose_text_is_not_kept_is_said_and_never_guessed(town: Town) -> None:
    ref = town.add("Newsletter 1")
    town.read()
    town.adopt()
    town.at += timedelta(days=5)
    readopted(town, 1)
    for file in (town.folder / "editions").iterdir():
        file.unlink()
    one = replayed(town, ref, TODAY)
    assert one.decision is None and one.filing is None and one.editions[0].text == "missing"
    assert any("is not kept" in sentence for sentence in one.unknown)
    in_use = replayed(town, ref, TODAY + timedelta(days=5))
    assert in_use.editions[0].text == "in use" and in_use.decision.action is Action.PURGE


def test_a_text_that_was_changed_after_the_adoption_is_found_and_not_used(town: Town) -> None:
    ref = town.add("Newsletter 1")
    town.read()
    town.adopt()
    town.at += timedelta(days=5)
    readopted(town, 1)
    for file in (town.folder / "editions").iterdir():
        file.write_text(file.read_text().replace("90 days", "10 days"))
    one = replayed(town, ref, TODAY)
    assert one.decision is None
    assert any("was changed after it was adopted" in sentence for sentence in one.unknown)


def test_even_of_a_day_whose_edition_is_lost_a_hold_is_told(town: Town) -> None:
    ref = town.add("Newsletter about Elm Street")
    town.read()
    town.adopt()
    name = town.hold(words=("elm street",))
    town.at += timedelta(days=5)
    readopted(town, 1)
    for file in (town.folder / "editions").iterdir():
        file.unlink()
    one = replayed(town, ref, TODAY)
    assert [hold.name for hold in one.holds] == [name]
    assert one.sentences[1] == f"It would have stayed where it was: held by {name}."


def test_a_hold_is_shown_as_it_was_on_that_day(town: Town) -> None:
    ref = town.add("Notice about Elm Street")
    town.read()
    town.adopt()
    before = town.at
    town.at += timedelta(days=1)
    name = town.hold(words=("elm street",))
    town.at += timedelta(days=10)
    release.release(town.world(ATTORNEY), name, matter="Elm Street", reason="settled")
    town.at += timedelta(days=60)
    days = {n: replayed(town, ref, (before + timedelta(days=n)).date()) for n in (0, 1, 11, 40, 41, 60)}
    assert [n for n, one in days.items() if one.holds] == [1, 11, 40]
    assert days[1].holds[0].standing == "in force" and days[1].holds[0].scopes == {1: 'words:"elm street"'}
    assert "released, holds until" in days[11].holds[0].standing
    assert days[1].decision.action is Action.KEEP and days[60].decision.action is Action.PURGE


def test_before_any_adoption_the_day_says_that_nothing_was_adopted(town: Town) -> None:
    ref = town.add("Notice 1")
    town.read()
    town.at += timedelta(days=3)
    town.adopt()
    one = replayed(town, ref, TODAY)
    assert [reason.why for reason in one.decision.reasons] == [Why.UNADOPTED]
    assert any("had been adopted by then" in sentence for sentence in one.unknown)


def test_an_adoption_that_was_not_in_effect_yet_is_said_to_be_so(town: Town) -> None:
    ref = town.add("Notice 1")
    town.read()
    adopt.adopt(town.world(RECORDS), "town", authority="R", effective_on=TODAY + timedelta(days=4))
    town.at += timedelta(days=9)
    town.read()
    assert "is in effect from 2026-11-25 only" in replayed(town, ref, TODAY).sentences[1]
    assert replayed(town, ref, TODAY + timedelta(days=4)).decision.action is Action.PURGE


def test_what_was_done_is_told_before_and_after_and_the_day_it_left_is_known(town: Town) -> None:
    ref = town.add("Minutes 1")
    made = town.approved_plan()
    town.at += timedelta(days=3)
    town.apply(made)
    town.at += timedelta(days=3)
    before, after = replayed(town, ref, TODAY), replayed(town, ref, TODAY + timedelta(days=3))
    assert before.standing == f"It was in the mailbox of {CLERK}."
    assert before.sentences[1].startswith("A plan of that day would have moved it to the record store")
    assert after.standing == "It was moved to the record store on 2026-11-24."
    assert after.sentences[1].startswith("It would have stayed where it was: Minutes: the schedule says to keep it")
    assert (
        [one.kind for one in before.history] == ["intent", "stored", "outcome"] == [one.kind for one in after.history]
    )
    assert all(one.at > before.at for one in before.history) and all(one.at <= after.at for one in after.history)


def test_of_a_stored_record_the_rule_for_records_is_replayed(town: Town) -> None:
    ref = town.add("Requisition 7 for Elm Street", received_at=NOW - timedelta(days=3 * 365 - 20))
    town.apply(town.approved_plan())
    noted = {}
    name = ""
    for days in (1, 10, 19, 25, 60):
        town.at = NOW + timedelta(days=days)
        if days == 10:
            name = town.hold(words=("elm street",))
        if days == 25:
            release.release(town.world(ATTORNEY), name, matter="Elm Street", reason="settled")
        world = town.world()
        record = world.store.record(world.catalog.known(ref).place)
        noted[days] = Judging(world).decide(record)
        world.close()
    for days, decision in noted.items():
        assert replayed(town, ref, TODAY + timedelta(days=days)).decision == decision
    assert [one.is_held for one in noted.values()] == [False, True, True, True, False]
    assert [Why.NOT_DUE in {reason.why for reason in one.reasons} for one in noted.values()] == [True] * 3 + [False] * 2


def test_mail_that_was_put_back_is_in_its_mailbox_again(town: Town) -> None:
    ref = town.add("Notice 1")
    town.apply(town.approved_plan())
    town.at += timedelta(days=4)
    restore.put_back(town.world(RECORDS), ref.id, "it was asked for")
    town.read()
    assert "It was removed from the mailbox on" in replayed(town, ref, TODAY).standing
    again = replayed(town, ref, TODAY + timedelta(days=4))
    assert again.standing == "It was put back into its mailbox on 2026-11-25."
    assert again.decision.action is Action.PURGE and "Had it" not in again.sentences[1]


def test_a_message_that_vanished_is_replayed_until_it_was_missed(town: Town) -> None:
    ref = town.add("Notice 1")
    town.read()
    town.adopt()
    town.at += timedelta(days=3)
    assert isinstance(town.mail, MemoryMail)
    town.mail.delete(ref)
    sync.sync(town.world())
    town.at += timedelta(days=3)
    assert replayed(town, ref, TODAY).decision.action is Action.PURGE
    gone = replayed(town, ref, TODAY + timedelta(days=3))
    assert gone.decision is None and "retention did not remove it" in gone.standing


def test_mail_that_had_not_come_or_was_not_read_yet_is_said_to_be_so(town: Town) -> None:
    town.adopt()
    town.at += timedelta(days=20)
    late = town.add("Notice 2", received_at=NOW + timedelta(days=10))
    known_late = town.add("Notice 1")
    town.read()
    assert "had not come yet" in replayed(town, late, TODAY + timedelta(days=5)).standing
    assert replayed(town, late, TODAY + timedelta(days=5)).decision is None
    one = replayed(town, known_late, TODAY + timedelta(days=5))
    assert "was not known: it was first read on 2026-12-11" in one.standing
    assert one.decision.action is Action.PURGE


def test_what_it_said_before_it_was_changed_is_not_guessed(town: Town) -> None:
    ref = town.add("Notice 1")
    town.read()
    town.adopt()
    assert isinstance(town.mail, MemoryMail)
    town.mail.edit(ref, subject="Nobody knows")
    town.at += timedelta(days=2)
    town.read()
    assert any("what it said that day is not known" in sentence for sentence in replayed(town, ref, TODAY).unknown)


@pytest.mark.parametrize(
    ("on", "said"), [(TODAY + timedelta(days=1), "has not come yet"), (date(2020, 1, 1), "the ledger begins on 2026")]
)
def test_a_day_that_has_not_come_or_that_no_ledger_reaches_gets_a_plain_answer(town: Town, on: date, said: str) -> None:
    ref = town.add("Notice 1")
    town.read()
    with pytest.raises(WrongUsage, match=said):
        as_of(town.world(), ref.id, on)


def test_the_day_ends_at_midnight_in_the_city(town: Town) -> None:
    """In Chicago it is still the 21st when UTC counts the 22nd."""
    ref = town.add("Notice about Elm Street")
    town.read()
    town.adopt()
    town.at = datetime(2026, 11, 22, 5, 59, 59, tzinfo=UTC)
    town.hold(words=("elm street",))
    town.at = datetime(2026, 11, 22, 6, 0, 1, tzinfo=UTC)
    town.hold(matter="Oak", words=("notice",))
    assert len(replayed(town, ref, date(2026, 11, 21)).holds) == 1
    assert len(replayed(town, ref, date(2026, 11, 22)).holds) == 2


def test_a_past_day_is_only_asked_and_nothing_is_written(town: Town) -> None:
    ref = town.add("Notice 1")
    town.read()
    town.adopt()
    before = (town.folder / "ledger.jsonl").read_bytes()
    replayed(town, ref, TODAY)
    assert (town.folder / "ledger.jsonl").read_bytes() == before


# --- when the catalog was begun anew --------------------------------------------------------------------------------


def begun_anew(town: Town) -> None:
    (town.folder / "retention.db").unlink()
    Catalog(town.folder / "retention.db", create=True).close()


def test_a_purged_message_is_explained_from_the_ledger_alone(town: Town) -> None:
    ref = town.add("Notice 1")
    town.apply(town.approved_plan())
    begun_anew(town)
    (one,) = why(town.world(), ref.id)
    assert one.known is None and one.remembered.address == CLERK and one.remembered.record is None
    assert one.sentences == (
        "It was filed under town-notices of the schedule town.",
        "It was removed from the mailbox on 2026-11-21.",
    )
    assert (one.schedule, one.edition) == ("town", "2026")
    then = replayed(town, ref, TODAY)
    assert then.decision is None and "not kept" in then.sentences[1]
    assert [told.kind for told in then.history] == ["intent", "outcome"]


@pytest.mark.parametrize("name", ["id", "digest", "place", "file"])
def test_a_record_is_explained_by_its_digest_and_its_place_too(town: Town, name: str) -> None:
    ref = town.add("Minutes 1")
    town.apply(town.approved_plan())
    known = town.world().catalog.known(ref)
    text = {"id": ref.id, "digest": known.digest, "place": known.place, "file": f"{known.place}.eml"}[name]
    (one,) = why(town.world(), text)
    assert one.known == known
    begun_anew(town)
    (one,) = why(town.world(), text)
    assert one.known is None and one.remembered.record.subject == "Minutes 1"
    assert one.remembered.place == known.place and "moved to the record store" in one.sentences[1]
    (then,) = as_of(town.world(), text, TODAY)
    assert then.series.key == "town-minutes" and "the schedule says to keep it" in then.sentences[1]


def test_of_a_message_that_nobody_knows_nobody_can_say_why(town: Town) -> None:
    with pytest.raises(WrongUsage, match="Neither the catalog nor the ledger"):
        why(town.world(), "nothing-of-this-name")
