"""Samples of what would be purged, and the decisions beside what people say of them; on memory mail."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from retention.core.measure import Pair, Rate, upper_bound
from retention.core.message import MessageRef
from retention.core.plan import Plan
from retention.core.spreadsheet.sheet import Line, Sheet
from retention.errors import WrongUsage
from retention.jobs import evaluate, sample, sync
from retention.jobs.evaluate import Evaluation
from retention.jobs.sample import Sample
from tests.jobs.test_properties import MAIL, QUICK
from tests.jobs.town import NOW, RECORDS, Town


@pytest.fixture
def town(tmp_path: Path) -> Town:
    town = Town(tmp_path)
    town.adopt()
    return town


def drawn(town: Town, size: int = 5, seed: str = "x", of: str = "purge", plan: Plan | None = None) -> Sample:
    world = town.world()
    try:
        return sample.sample(world, of=of, size=size, seed=seed, plan=plan)
    finally:
        world.close()


def evaluated(town: Town, *labels: tuple[str, ...], head: tuple[str, ...] = ("message", "label")) -> Evaluation:
    world = town.world()
    lines = (Line(1, head), *(Line(n, row) for n, row in enumerate(labels, start=2)))
    try:
        return evaluate.evaluate(world, Sheet("", lines))
    finally:
        world.close()


def notices(town: Town, number: int) -> None:
    for n in range(number):
        town.add(f"Notice {n}", mailbox=RECORDS if n % 2 else "ana.holm@town.example")
    town.read()


# Samples


def test_the_same_seed_draws_the_same_messages_and_another_seed_others(town: Town) -> None:
    notices(town, 40)
    assert drawn(town) == drawn(town)
    assert drawn(town, seed="y").messages != drawn(town).messages
    assert drawn(town, 3).messages == drawn(town).messages[:3]


def test_the_order_in_which_mail_came_does_not_matter(tmp_path: Path) -> None:
    towns = [Town(tmp_path / name) for name in ("one", "other")]
    for town, order in zip(towns, (range(30), reversed(range(30))), strict=True):
        town.mail.add_mailbox(RECORDS)  # type: ignore[attr-defined]
        for n in order:
            town.add(f"Notice {n}", mailbox=RECORDS, id=f"m{n}")
        town.adopt()
        town.read()
    one, other = ([(m.id, m.subject) for m in drawn(town).messages] for town in towns)
    assert one == other


def test_only_what_a_plan_made_now_would_purge_is_drawn(town: Town) -> None:
    town.add("Notice of lunch")
    town.add("Notice of a secret")
    town.add("Newsletter of today", received_at=NOW - timedelta(days=60))
    town.add("Requisition 1")
    town.add("Nobody knows")
    town.add("A rumour")
    town.read()
    town.hold(words=("secret",))
    found = drawn(town)
    assert [(one.subject, one.series) for one in found.messages] == [("Notice of lunch", "town-notices")]
    assert (found.population, found.upper) == (1, 0.0)


@given(mail=MAIL, size=st.integers(1, 9))
@QUICK
def test_a_sample_is_of_what_the_plan_purges(mail: list[Any], size: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        town = Town(Path(folder) / "town")
        for subject, box, fields in mail:
            town.add(subject, mailbox=box, **fields)
        town.adopt()
        town.read()
        purged = {step.id for step in town.plan().steps if step.action == "purge"}
        found = drawn(town, size)
        assert {one.id for one in found.messages} <= purged
        assert (found.population, len(found.messages)) == (len(purged), min(size, len(purged)))


def test_a_sample_says_what_an_all_clear_would_prove(town: Town) -> None:
    notices(town, 12)
    assert drawn(town, 10).upper == upper_bound(0, 10)
    assert drawn(town, 12).upper == drawn(town, 99).upper == 0.0


def test_a_sample_of_a_plan_is_drawn_from_its_steps_whatever_came_after(town: Town) -> None:
    notices(town, 12)
    town.add("Requisition 1")
    town.read()
    made, now = town.plan(), drawn(town)
    found = drawn(town, plan=made)
    assert (found.plan, now.plan, found.population) == (made.name, "", 12)
    assert [(m.n, m.id, m.subject) for m in found.messages] == [(m.n, m.id, m.subject) for m in now.messages]
    town.add("Notice of tomorrow")
    town.read()
    assert drawn(town, plan=made) == found and drawn(town).population == 13


def test_a_plan_of_another_city_gives_no_sample(town: Town) -> None:
    notices(town, 1)
    with pytest.raises(WrongUsage, match="The plan is that of Elsewhere"):
        drawn(town, plan=replace(town.plan(), city="Elsewhere"))


@pytest.mark.parametrize(("of", "size"), [("capture", 5), ("purge", 0)])
def test_a_sample_that_cannot_be_drawn_is_refused(town: Town, of: str, size: int) -> None:
    notices(town, 1)
    with pytest.raises(WrongUsage):
        drawn(town, size, of=of)


def test_nothing_is_drawn_and_nothing_scored_before_all_is_filed(town: Town) -> None:
    town.add("Notice")
    world = town.world()
    sync.sync(world)
    world.close()
    for asked in (lambda: drawn(town), lambda: evaluated(town, ("1", "record"))):
        with pytest.raises(WrongUsage, match="Not all mail is filed") as told:
            asked()
        assert "retention classify" in told.value.next_step


# Labels


def test_the_decisions_are_scored_against_the_labels(town: Town) -> None:
    town.add("Notice of lunch")  # 1
    town.add("Notice of the contract")  # 2
    town.add("Newsletter", received_at=NOW - timedelta(days=60))  # 3, not due before 30 days
    town.add("Requisition 1")  # 4
    town.add("Requisition and minutes")  # 5
    town.add("Nobody knows")  # 6
    town.read()
    done = evaluated(
        town,
        ("1", "Transitory"),
        ("#2", "record"),
        ("3", "town-newsletters"),
        ("4", "town-minutes"),
        ("5", "TOWN: town-minutes"),
        ("6", "transitory"),
    )
    scores = done.scores
    assert (scores.labels, done.problems, done.unlabelled, done.left) == (6, (), 0, 0)
    assert scores.wrong_now == Rate(1, 2, upper_bound(1, 2))
    assert scores.wrong_ever == scores.wrong_filed == Rate(1, 3, upper_bound(1, 3))
    assert (scores.records, scores.records_filed, scores.records_stay) == (3, 1, 2)
    assert (scores.transitory, scores.released_now, scores.released_ever) == (3, 1, 2)
    assert set(scores.by_series) == {
        Pair("record", "town-notices", 1, 1, 1),
        Pair("town-minutes", "more than one series", 1, 0, 0),
        Pair("town-minutes", "town-requisitions", 1, 0, 0),
        Pair("town-newsletters", "town-newsletters", 1, 0, 1),
        Pair("transitory", "no series", 1, 0, 0),
        Pair("transitory", "town-notices", 1, 1, 1),
    }


def test_what_a_hold_keeps_is_filed_as_transitory_and_goes_neither_now_nor_by_time_alone(town: Town) -> None:
    notices(town, 1)
    town.hold(words=("notice",))
    scores = evaluated(town, ("1", "record")).scores
    assert (scores.wrong_now.n, scores.wrong_ever.n, scores.wrong_filed) == (0, 0, Rate(1, 1, 1.0))
    assert scores.wrong_now.upper == 1.0


def test_a_sample_is_labelled_and_read_back(town: Town) -> None:
    notices(town, 20)
    head = ("message", "message id", "label")
    rows = [(str(one.n), one.id, "transitory") for one in drawn(town, 10).messages]
    assert evaluated(town, *rows, head=head).scores.wrong_now == Rate(0, 10, upper_bound(0, 10))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (("99", "", "record"), "row 3, message: the catalog knows no message '99'"),
        (("", "", "record"), "row 3, message: the catalog knows no message ''"),
        (("2", "", "recrod"), "row 3, label: no schedule of the city has a series 'recrod'; a label is 'record'"),
        (
            ("2", "", "town-notice"),
            "row 3, label: no schedule of the city has a series 'town-notice'; is 'town-notices'",
        ),
        (("1", "", "record"), "row 3, message: '1' is labelled on row 2 already, and counts once"),
        (("message-1", "", "transitory"), "row 3, message: 'message-1' is labelled on row 2 already"),
        (("2", "message-1", "record"), "row 3, message: '2' is another message than that with the id beside it"),
        (("<twice@x>", "", "record"), "row 3, message: '<twice@x>' is 2 messages; give the short number of one"),
    ],
)
def test_every_label_that_cannot_be_scored_is_told_by_its_row(town: Town, row: tuple[str, ...], said: str) -> None:
    town.add("Notice 1", id="message-1")
    for n in (2, 3):
        town.add(f"Notice {n}", internet_id="<twice@x>")
    town.read()
    done = evaluated(town, ("1", "", "transitory"), row, head=("message", "message id", "label"))
    assert done.scores.labels == 1
    (problem,) = done.problems
    assert str(problem).startswith(said)


def test_rows_without_a_label_are_counted_and_nothing_else(town: Town) -> None:
    notices(town, 2)
    done = evaluated(town, ("1", ""), ("99", ""), ("2", "transitory"))
    assert (done.unlabelled, done.scores.labels, done.problems) == (2, 1, ())


@pytest.mark.parametrize("head", [("message", "lable"), ("id", "label")])
def test_labels_without_their_columns_are_refused(town: Town, head: tuple[str, ...]) -> None:
    notices(town, 1)
    with pytest.raises(WrongUsage, match="there is no such column"):
        evaluated(town, ("1", "record"), head=head)


def test_a_message_that_changed_since_it_was_filed_is_not_scored(town: Town) -> None:
    ref = town.add("Notice")
    town.read()
    town.mail.edit(ref, subject="Requisition")  # type: ignore[attr-defined]
    world = town.world()
    sync.sync(world)
    world.close()
    done = evaluated(town, ("1", "record"))
    assert done.scores.labels == 0 and "run `retention classify`" in str(done.problems[0])


def test_a_message_that_is_gone_is_scored_as_it_was_filed(town: Town) -> None:
    town.add("Notice")
    made = town.approved_plan()
    town.apply(made)
    done = evaluated(town, ("1", "record"))
    assert (done.left, done.scores.wrong_now.k) == (1, 1)


def test_labels_never_change_a_filing(town: Town) -> None:
    ref: MessageRef = town.add("Notice")
    town.read()

    def state() -> tuple[Any, ...]:
        world = town.world()
        known = world.catalog.known(ref)
        found = (known, world.ledger.head, world.catalog.tally())
        world.close()
        return found

    before = state()
    evaluated(town, ("1", "town-minutes"))
    drawn(town)
    assert state() == before
