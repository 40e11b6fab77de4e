"""Reviews end to end: what waits, who may decide, and what follows for the messages; on memory mail."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.core.audit import Refused, Reviewed
from retention.core.authority import HoldKind
from retention.core.decide import Action, Why, decide
from retention.core.hold import NONE
from retention.core.review import NEEDED, Group
from retention.core.spreadsheet.sheet import Line, Sheet
from retention.errors import NotThisOffice, WrongUsage
from retention.jobs import apply, classify, review, sync, why
from retention.jobs.hold import place
from retention.jobs.review import Imported, Waiting
from tests.jobs.breaking import Broken
from tests.jobs.test_properties import MAIL, QUICK, SCOPES
from tests.jobs.town import ATTORNEY, CLERK, CRON, RECORDS, Town

DECISION = {"series": "town-notices", "reason": "I read it"}


@pytest.fixture
def town(tmp_path: Path) -> Town:
    town = Town(tmp_path)
    town.adopt()
    return town


def waiting(town: Town, **options: Any) -> Waiting:
    world = town.world()
    try:
        return review.waiting(world, **options)
    finally:
        world.close()


def filled(groups: Iterable[Group], **said: str) -> Sheet:
    """The list of these groups, filled in alike."""
    rows = [
        tuple({"group": g.id, "members": g.members, "series": "", "keys": "", "reason": "", **said}[n] for n in NEEDED)
        for g in groups
    ]
    return Sheet("", (Line(1, NEEDED), *(Line(n, row) for n, row in enumerate(rows, start=2))))


def decide_all(town: Town, sheet: Sheet, by: str = RECORDS, **options: Any) -> Imported:
    world = town.world(by)
    try:
        return review.import_(world, sheet, **options)
    finally:
        world.close()


def bodies(town: Town, kind: type[Any]) -> list[Any]:
    world = town.world()
    found = [link.entry.body for link in world.ledger.links() if isinstance(link.entry.body, kind)]
    world.close()
    return found


def whys(town: Town, subject: str) -> set[Why]:
    world = town.world()
    (known,) = [known for known in world.catalog.present() if known.message.subject == subject]
    reasons = decide(world.case(known, world.holds())).reasons
    world.close()
    return {reason.why for reason in reasons}


# What waits


def test_groups_are_of_one_question_one_sender_and_one_year(town: Town) -> None:
    town.add("Nobody knows", sender="a@x.example")
    town.add("Nobody knows either", sender="A@x.example", mailbox=RECORDS)
    town.add("Nobody knows this", sender="b@x.example")
    town.add("Requisition and minutes", sender="a@x.example")
    town.add("Requisition 1", sender="a@x.example", conversation="c")
    town.add("Notice about it", sender="a@x.example", conversation="c")
    town.add("Notice of lunch", sender="a@x.example")
    town.read()
    found = waiting(town)
    assert [(g.question, g.sender, g.messages) for g in found.shown[:1]] == [("fits no series", "a@x.example", 2)]
    assert {(g.question, g.sender, g.messages) for g in found.shown[1:]} == {
        ("fits no series", "b@x.example", 1),
        ("fits town-minutes and town-requisitions", "a@x.example", 1),
        ("town-notices, in a conversation with a record", "a@x.example", 1),
    }
    assert (found.groups, found.messages, found.unfiled) == (4, 5, 0)
    assert found.shown[0].mailboxes == (CLERK, RECORDS)


def test_the_year_is_that_of_the_citys_zone(town: Town) -> None:
    town.add("Nobody knows", received_at=datetime(2025, 1, 1, 3, 0, tzinfo=UTC))
    town.add("Nobody knows", received_at=datetime(2025, 1, 1, 9, 0, tzinfo=UTC))
    town.add("Nobody knows", received_at=None)
    town.read()
    assert {group.year for group in waiting(town).shown} == {2024, 2025, None}


def test_groups_keep_their_names_when_mail_comes_and_the_schedule_is_read_anew(town: Town) -> None:
    town.add("Nobody knows")
    town.read()
    before = waiting(town).shown[0]
    town.add("Nobody knows that")
    town.read()
    after = waiting(town).shown[0]
    assert before.id == after.id and before.members != after.members


def test_what_was_not_filed_yet_is_in_no_group_and_is_told(town: Town) -> None:
    town.add("Nobody knows")
    world = town.world()
    sync.sync(world)
    world.close()
    found = waiting(town)
    assert (found.groups, found.unfiled) == (0, 1)


@given(mail=MAIL, together=st.lists(st.booleans(), min_size=8, max_size=8))
@QUICK
def test_what_waits_for_review_is_what_the_rule_keeps_for_a_person(mail: list[Any], together: list[bool]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        town = Town(Path(folder) / "town")
        for (subject, box, fields), one in zip(mail, together, strict=False):
            town.add(subject, mailbox=box, conversation="c" if one else "", **fields)
        town.read()
        world = town.world()
        asked = {Why.UNCLASSIFIED, Why.AMBIGUOUS, Why.CONVERSATION}
        kept = [
            known
            for known in world.catalog.present()
            if asked & {reason.why for reason in decide(world.case(known, NONE)).reasons}
        ]
        assert review.waiting(world).messages == len(kept)
        world.close()


# Assigning


def test_a_group_waits_for_the_person_it_is_assigned_to(town: Town) -> None:
    town.add("Nobody knows", sender="a@x.example")
    town.add("Nobody knows", sender="b@x.example")
    town.read()
    group = waiting(town).shown[0]
    world = town.world(CLERK)
    review.assign(world, group.id, ATTORNEY.upper())
    entries = world.ledger.head
    review.assign(world, group.id, ATTORNEY)
    assert world.ledger.head == entries
    world.close()
    (mine,) = waiting(town, assigned_to=ATTORNEY).shown
    assert (mine.id, mine.assigned_to) == (group.id, ATTORNEY)
    assert waiting(town, assigned_to=CLERK).groups == 0 and waiting(town).groups == 2


@pytest.mark.parametrize(("by", "error"), [(ATTORNEY, NotThisOffice), (CRON, NotThisOffice)])
def test_only_the_office_that_reviews_assigns(town: Town, by: str, error: type[Exception]) -> None:
    town.add("Nobody knows")
    town.read()
    world = town.world(by)
    with pytest.raises(error):
        review.assign(world, waiting(town).shown[0].id, by)
    world.close()
    assert [body.act for body in bodies(town, Refused)] == ["review"]


@pytest.mark.parametrize(("group", "to"), [("abc12345", RECORDS), (None, "nobody@town.example")])
def test_only_a_group_that_waits_is_assigned_and_only_to_one_of_the_citys_people(
    town: Town, group: str | None, to: str
) -> None:
    town.add("Nobody knows")
    town.read()
    world = town.world(RECORDS)
    with pytest.raises(WrongUsage):
        review.assign(world, group or waiting(town).shown[0].id, to)
    world.close()


# Deciding


def test_a_decision_is_in_the_ledger_and_the_messages_are_filed_by_it_at_once(town: Town) -> None:
    refs = [town.add(f"Nobody knows {n}", mailbox=box) for n, box in enumerate((CLERK, CLERK, RECORDS))]
    town.read()
    (group,) = waiting(town).shown
    done = decide_all(town, filled([group], **DECISION, keys="contract C-1"))
    assert (done.groups, done.messages, done.filed, done.problems) == (1, 3, 3, ())
    written = bodies(town, Reviewed)
    assert sorted((body.mailbox, len(body.ids)) for body in written) == [("mailbox-1", 2), ("mailbox-2", 1)]
    assert {(b.schedule, b.series, b.keys, b.reason, b.group) for b in written} == {
        ("town", "town-notices", ("contract c-1",), "I read it", group.id)
    }
    world = town.world()
    (one,) = why.why(world, refs[0].id)
    world.close()
    assert one.known.filing is not None and one.known.filing.by_person
    assert RECORDS in one.known.filing.why and one.known.keys == ("contract c-1",)
    assert waiting(town).groups == 0
    assert {step.action for step in town.plan().steps} == {Action.PURGE}


def test_a_large_group_is_written_in_several_entries(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(review, "MOST_IDS", 2)
    monkeypatch.setattr(review, "ENTRIES_AT_ONCE", 2)
    for n in range(7):
        town.add(f"Nobody knows {n}", sender=f"{n // 5}@x.example")
    town.read()
    done = decide_all(town, filled(waiting(town).shown, **DECISION))
    assert (done.groups, done.messages) == (2, 7)
    assert [len(body.ids) for body in bodies(town, Reviewed)] == [2, 2, 1, 2]
    assert len({id_ for body in bodies(town, Reviewed) for id_ in body.ids}) == 7


def test_mail_beside_a_record_may_go_once_a_person_has_looked(town: Town) -> None:
    town.add("Requisition 1", conversation="c")
    town.add("Notice about it", conversation="c")
    town.read()
    assert whys(town, "Notice about it") == {Why.CONVERSATION}
    decide_all(town, filled(waiting(town).shown, **DECISION))
    assert whys(town, "Notice about it") == set()


def test_keys_alone_leave_the_group_waiting_and_are_written_once(town: Town) -> None:
    town.add("Nobody knows")
    town.read()
    (group,) = waiting(town).shown
    sheet = filled([group], keys="contract C-1", reason="it says so")
    assert (decide_all(town, sheet).messages, decide_all(town, sheet).messages) == (1, 0)
    assert decide_all(town, sheet).known == 1
    assert len(bodies(town, Reviewed)) == 1 and waiting(town).shown == (group,)


def test_rows_left_empty_decide_nothing(town: Town) -> None:
    town.add("Nobody knows")
    town.read()
    done = decide_all(town, filled(waiting(town).shown, reason="later"))
    assert (done.groups, done.messages, done.left) == (0, 0, 1)
    assert bodies(town, Reviewed) == []


def test_the_same_list_decides_once(town: Town) -> None:
    town.add("Nobody knows")
    town.read()
    sheet = filled(waiting(town).shown, **DECISION)
    decide_all(town, sheet)
    with pytest.raises(WrongUsage, match="waits for review: it was decided, or its mail is gone"):
        decide_all(town, sheet)
    assert len(bodies(town, Reviewed)) == 1


@pytest.mark.parametrize("place", ["classify", "read_reviews"])
def test_an_import_that_was_killed_is_not_decided_again(
    town: Town, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.add("Nobody knows")
    town.read()
    sheet = filled(waiting(town).shown, **DECISION)
    with monkeypatch.context() as broken:

        def killed(*_: Any) -> None:
            raise Broken

        world = town.world(RECORDS)
        broken.setattr(review if place == "classify" else classify, place, killed)
        with pytest.raises(Broken):
            review.import_(world, sheet)
        world.close()
    assert len(bodies(town, Reviewed)) == 1 and waiting(town).unfiled == 1
    with pytest.raises(WrongUsage, match="it was decided"):
        decide_all(town, sheet)
    assert len(bodies(town, Reviewed)) == 1 and waiting(town).groups == 0
    assert whys(town, "Nobody knows") == set()


def test_another_run_that_decided_meanwhile_is_seen(town: Town) -> None:
    town.add("Nobody knows")
    town.read()
    sheet = filled(waiting(town).shown, **DECISION)
    late = town.world(CLERK)
    decide_all(town, sheet)
    with pytest.raises(WrongUsage, match="it was decided"):
        review.import_(late, sheet)
    late.close()
    assert len(bodies(town, Reviewed)) == 1


@pytest.mark.parametrize("change", ["comes", "goes", "both"])
def test_a_decision_on_a_group_whose_members_changed_is_refused(town: Town, change: str) -> None:
    first = town.add("Nobody knows 1")
    town.add("Nobody knows 2")
    town.read()
    sheet = filled(waiting(town).shown, **DECISION)
    if change != "goes":
        town.add("Nobody knows 3")
    if change != "comes":
        town.mail.delete(first)  # type: ignore[attr-defined]
    town.read()
    with pytest.raises(WrongUsage, match=r"row 2, members: .*export again") as told:
        decide_all(town, sheet)
    said = {"comes": "at least 1 came", "goes": "at least 1 went", "both": "but not the same"}
    assert said[change] in told.value.message
    assert bodies(town, Reviewed) == []


def test_any_problem_stops_the_whole_list_unless_bad_rows_are_skipped(town: Town) -> None:
    town.add("Nobody knows 1", sender="a@x.example")
    town.add("Nobody knows 2", sender="b@x.example")
    town.read()
    good, bad = waiting(town).shown
    sheet = filled([good, bad], **DECISION)
    cells = list(sheet.lines[2].cells)
    cells[NEEDED.index("series")] = "town-noticse"
    sheet = Sheet("", (*sheet.lines[:2], Line(3, tuple(cells))))
    with pytest.raises(WrongUsage, match=r"row 3, series: .* is 'town-notices' meant") as told:
        decide_all(town, sheet)
    assert told.value.exit_code == 2 and bodies(town, Reviewed) == []
    done = decide_all(town, sheet, skip_bad_rows=True)
    assert (done.groups, done.messages, len(done.problems)) == (1, 1, 1)
    assert [group.id for group in waiting(town).shown] == [bad.id]


# Who decides


def test_whoever_has_neither_the_office_nor_the_group_decides_nothing(town: Town) -> None:
    town.add("Nobody knows")
    town.read()
    sheet = filled(waiting(town).shown, **DECISION)
    for by in (ATTORNEY, CRON):
        with pytest.raises(NotThisOffice, match="is an act of Records Manager or City Clerk"):
            decide_all(town, sheet, by)
    assert [body.act for body in bodies(town, Refused)] == ["review"] * 2
    assert bodies(town, Reviewed) == []


def test_whom_a_group_is_assigned_to_decides_it_and_no_other(town: Town) -> None:
    town.add("Nobody knows", sender="a@x.example")
    town.add("Nobody knows", sender="b@x.example")
    town.read()
    mine, other = waiting(town).shown
    world = town.world(RECORDS)
    review.assign(world, mine.id, ATTORNEY)
    world.close()
    for sheet in (filled([mine, other], **DECISION), filled([other], **DECISION)):
        with pytest.raises(NotThisOffice):
            decide_all(town, sheet, ATTORNEY)
    assert "1 of the 2 groups decided here are not assigned to Kim Lee" in bodies(town, Refused)[0].why
    assert decide_all(town, filled([mine], **DECISION), ATTORNEY).messages == 1


# What a decision never does


@given(mail=MAIL, scopes=st.lists(SCOPES, min_size=1, max_size=2), series=st.sampled_from(["notices", "requisitions"]))
@QUICK
def test_a_decision_never_makes_held_mail_leave(mail: list[Any], scopes: list[Any], series: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        town = Town(Path(folder) / "town")
        refs = [town.add(f"{subject} ({n})", mailbox=box, **fields) for n, (subject, box, fields) in enumerate(mail)]
        town.read()
        town.adopt()
        for number, scope in enumerate(scopes):
            guarded = town.world(ATTORNEY)
            place.place(guarded, matter=f"Elm {number}", kind=HoldKind.LEGAL, reason="a claim", scope=scope)
            guarded.close()
        world = town.world()
        held = {
            known.message.ref
            for known in world.catalog.present()
            if world.holds().covering(known.message, known.mailbox, known.filing)
        }
        world.close()
        decide_all(town, filled(waiting(town).shown, series=f"town-{series}", reason="I read it"))
        made = town.plan()
        assert not held & {step.ref for step in made.steps}
        town.approve(made)
        apply.apply(town.world(), made)
        assert all(town.mail.where(ref) for ref in refs if ref in held)  # type: ignore[attr-defined]


def test_a_decision_for_a_series_nobody_verified_releases_nothing(town: Town) -> None:
    town.add("Nobody knows")
    town.read()
    decide_all(town, filled(waiting(town).shown, series="town-rumours", reason="I read it"))
    assert whys(town, "Nobody knows") == {Why.UNVERIFIED}
