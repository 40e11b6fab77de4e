"""The safety of the whole way through each mail system: from memory, through Graph, and through Exchange Web Services.

What each system does by itself is in ``tests/mail``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from retention.core.plan import Plan
from retention.errors import MailNotAnswering, PlanAltered, PlanStale
from retention.jobs import audit, classify, sync
from retention.simulator.serve import Simulator
from retention.simulator.world import World as Mailboxes
from tests.jobs.breaking import Broken, breaking, fail
from tests.jobs.town import CLERK, RECORDS, Town
from tests.jobs.voices import Voice, in_voice, story

VOICES = ("memory", "graph", "ews")


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(Mailboxes()) as server:
        yield server


@pytest.fixture(params=VOICES)
def voice(request: pytest.FixtureRequest, simulator: Simulator) -> Iterator[Voice]:
    voice = in_voice(request.param, simulator)
    yield voice
    voice.close()
    simulator.faults.clear()


@pytest.fixture
def town(tmp_path: Path, voice: Voice) -> Town:
    return Town(tmp_path / "town", mail=voice.mail)


def fill(voice: Voice) -> None:
    for subject in ("Notice 1", "Notice of Elm Street", "Minutes 1", "Minutes that cannot be had", "Nobody knows"):
        voice.add(subject)
    voice.add("Minutes 1", RECORDS)
    voice.add("Notice 2", folder="Projects/Harbor")
    voice.spoil("Minutes that cannot be had")


def results(town: Town, made: Plan) -> dict[str, str]:
    world = town.world()
    outcomes = world.ledger.in_force.outcomes[made.digest]
    world.close()
    return {f"{step.subject} {step.address}": outcomes[step.n].result for step in made.steps if step.n in outcomes}


def read_again(town: Town) -> sync.Synced:
    world = town.world()
    synced = sync.sync(world)
    classify.classify(world)
    world.close()
    return synced


def test_records_are_captured_byte_for_byte_transitory_mail_leaves_and_the_rest_stays(town: Town, voice: Voice) -> None:
    fill(voice)
    made = town.approved_plan()
    applied = town.apply(made)
    assert applied.total("captured") == 2 and applied.total("purged") == 3 and applied.total("skipped") == 1
    assert [voice.where(s) for s in ("Notice 1", "Notice of Elm Street", "Notice 2", "Minutes 1")] == [None] * 4
    assert voice.where("Minutes 1", RECORDS) is None
    assert voice.where("Minutes that cannot be had") == voice.where("Nobody knows") == "Inbox"
    (record,) = (town.folder / "records").glob("*/*/*/*.eml")
    assert hashlib.sha256(record.read_bytes()).hexdigest() == record.stem
    audit.verify(town.world())


def test_what_was_removed_is_not_taken_for_vanished_when_the_mailbox_is_read_again(town: Town, voice: Voice) -> None:
    fill(voice)
    town.hold(words=("minutes",))
    town.apply(town.approved_plan())
    town.at = town.at.replace(hour=16)
    again = read_again(town)
    assert again.vanished == () and sum(box.gone for box in again.mailboxes) == 0


def test_a_hold_placed_after_the_approval_keeps_its_mail(town: Town, voice: Voice) -> None:
    fill(voice)
    made = town.approved_plan()
    town.hold(words=("elm street",))
    with pytest.raises(PlanStale):
        town.apply(made)
    again = town.plan()
    town.approve(again)
    town.apply(again)
    assert voice.where("Notice of Elm Street") == "Inbox" and voice.where("Notice 1") is None


def test_what_changed_after_the_plan_was_made_stays(town: Town, voice: Voice) -> None:
    fill(voice)
    made = town.approved_plan()
    voice.change("Notice 1")
    town.apply(made)
    assert voice.where("Notice 1") == "Inbox"
    assert results(town, made)[f"Notice 1 {CLERK}"] == "skipped"


def test_what_its_owner_moves_is_not_lost_nor_told_as_vanished_and_leaves_by_the_next_plan(
    town: Town, voice: Voice
) -> None:
    fill(voice)
    made = town.approved_plan()
    voice.move("Notice 1", "Projects")
    town.apply(made)
    assert voice.where("Notice 1") == "Projects"
    again = read_again(town)
    assert again.vanished == () and sum(box.gone for box in again.mailboxes) == 0
    made = town.plan()
    assert [step.subject for step in made.steps if step.subject == "Notice 1"] == ["Notice 1"]
    town.approve(made)
    town.apply(made)
    assert voice.where("Notice 1") is None


def test_a_held_message_that_its_owner_moves_stays_held_and_one_that_vanishes_is_told(town: Town, voice: Voice) -> None:
    fill(voice)
    town.hold(words=("elm street",))
    town.read()
    voice.move("Notice of Elm Street", "Projects")
    town.at = town.at.replace(hour=16)
    assert read_again(town).vanished == ()
    town.adopt()
    assert "Notice of Elm Street" not in [step.subject for step in town.plan().steps]


def test_failing_at_every_nth_question_to_the_mail_system_and_taken_up_again_it_ends_the_same(
    tmp_path: Path, simulator: Simulator, request: pytest.FixtureRequest
) -> None:
    for name in VOICES[1:]:
        ends = set()
        for at in count(0):
            voice = in_voice(name, simulator)
            town = Town(tmp_path / f"{name}-{at}", mail=voice.mail)
            voice.add("Notice 1")
            voice.add("Minutes 1")
            made = town.approved_plan()
            broke = False
            points = tuple((type(voice.mail), call) for call in ("content", "look", "purge"))
            try:
                with breaking(at, fail, points):
                    town.apply(made)
            except Broken:
                broke = True
                try:
                    town.apply(made)
                except PlanAltered as finished:
                    assert "finished" in finished.message
            ends.add((str(sorted(results(town, made).items())), voice.where("Notice 1"), voice.where("Minutes 1")))
            voice.close()
            if at and not broke:
                break
        assert len(ends) == 1, name


@pytest.mark.parametrize("after", range(4))
def test_a_dropped_answer_to_a_removal_leaves_no_doubt_in_the_end(
    town: Town, voice: Voice, simulator: Simulator, after: int
) -> None:
    if not voice.removal:
        pytest.skip("nothing is sent where the mailboxes are in memory")
    fill(voice)
    made = town.approved_plan()
    simulator.faults.add("truncate", on=voice.removal, after=after)
    try:
        town.apply(made)
    except MailNotAnswering:
        town.apply(made)
    told = results(town, made)
    assert told[f"Notice 1 {CLERK}"] == "purged" and voice.where("Notice 1") is None
    assert told[f"Minutes 1 {CLERK}"] == "captured" and voice.where("Minutes 1") is None
    assert voice.where("Nobody knows") == "Inbox"


def test_the_same_mail_ends_with_the_same_decisions_records_and_story_in_every_voice(
    tmp_path: Path, simulator: Simulator
) -> None:
    told: list[dict[str, Any]] = []
    for name in VOICES:
        voice = in_voice(name, simulator)
        town = Town(tmp_path / name, mail=voice.mail)
        fill(voice)
        town.hold(words=("elm street",))
        town.apply(made := town.approved_plan())
        world = town.world()
        told.append(
            {
                "steps": sorted(
                    (step.address, step.subject, step.action, step.series, step.because) for step in made.steps
                ),
                "stays": sorted((group.why, group.count) for group in made.stays),
                "counts": made.counts,
                # In which order mail was read, and so planned, is different each time: the order of the kinds is not.
                "kinds": [one["kind"] for one in story(world)],
                "story": sorted(map(str, story(world))),
                "records": sorted(
                    (str(file.relative_to(town.folder)), file.read_bytes())
                    for file in (town.folder / "records").glob("*/*/*/*.eml")
                ),
            }
        )
        world.close()
        voice.close()
    assert told[0]["steps"] and told[0]["records"]
    for key in told[0]:
        assert told[1][key] == told[0][key], f"graph: {key}"
        assert told[2][key] == told[0][key], f"ews: {key}"
