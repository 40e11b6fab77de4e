"""What waits for a person and in which groups, and what a filled-in list of them decides."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.core.classify import NOTHING, Candidate, Classification
from retention.core.message import Message
from retention.core.review import (
    EXAMPLES,
    MAILBOXES,
    NEEDED,
    Doubt,
    Groups,
    Key,
    Question,
    question,
    rulings,
    series_named,
)
from retention.core.schedule import Schedule
from retention.core.schedule import parse as parse_schedule
from retention.core.spreadsheet import answers
from retention.core.spreadsheet.sheet import Line, Sheet, guarded
from tests.jobs.town import series

FIN, LIB = Candidate("town", "FIN 04300"), Candidate("town", "LIB 00100")
BOTH = Question(Doubt.SEVERAL, (FIN, LIB))
NONE = Question(Doubt.NO_SERIES)


def schedule(name: str = "town", *codes: str) -> Schedule:
    rows = []
    for code in codes or ("FIN 04300", "LIB 00100"):
        row = series("x", "3 years after received", code) | {"code": code}
        del row["id"]
        rows.append(row)
    head = {"name": name, "title": "T", "authority": "A", "edition": "1", "jurisdiction": "J"}
    parsed, problems = parse_schedule({"schedule": head, "series": rows}, name)
    assert parsed is not None, problems
    return parsed


# What waits


@pytest.mark.parametrize(
    ("found", "beside", "doubt"),
    [
        (NOTHING, False, Doubt.NO_SERIES),
        (NOTHING, True, Doubt.NO_SERIES),
        (Classification(ambiguous=True, candidates=(LIB, FIN), record=True), False, Doubt.SEVERAL),
        (Classification(series_key="N", schedule_name="town"), False, None),
        (Classification(series_key="N", schedule_name="town"), True, Doubt.CONVERSATION),
        (Classification(series_key="N", schedule_name="town", by_person=True), True, None),
        (Classification(series_key="F", schedule_name="town", record=True), True, None),
        # decided for a series that the schedule has no more
        (Classification(record=True, by_person=True), False, Doubt.NO_SERIES),
    ],
)
def test_a_person_is_asked_where_no_rule_can_say(found: Classification, beside: bool, doubt: Doubt | None) -> None:
    asked = question(found, beside)
    assert (asked.doubt if asked else None) is doubt


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (NONE, "fits no series"),
        (BOTH, "fits FIN 04300 and LIB 00100"),
        (Question(Doubt.CONVERSATION, (FIN,)), "FIN 04300, in a conversation with a record"),
        (Question(Doubt.CHANGED, (FIN,)), "FIN 04300, but changed since a person decided"),
        (Question(Doubt.CHANGED), "no series, but changed since a person decided"),
        (Question(Doubt.DISAGREEMENT, (FIN, LIB)), "FIN 04300 and LIB 00100, on which people do not agree"),
        (
            Question(Doubt.SEVERAL, (FIN, Candidate("county", "FIN 04300"))),
            "fits town: FIN 04300 and county: FIN 04300",
        ),
    ],
)
def test_the_question_is_asked_in_plain_words(asked: Question, said: str) -> None:
    assert str(asked) == said


def test_the_order_in_which_series_were_found_makes_no_other_question() -> None:
    one, other = (Classification(ambiguous=True, candidates=c) for c in ((FIN, LIB), (LIB, FIN)))
    assert question(one, False) == question(other, False) == BOTH


# Groups

MEMBERS = st.lists(
    st.tuples(
        st.sampled_from([(NONE, "a@x.example", 2024), (NONE, "a@x.example", 2025), (BOTH, "", None)]),
        st.sampled_from(["box-1", "box-2"]),
        st.integers(0, 30).map(str),
    ),
    unique=True,
    max_size=25,
)


def groups(members: list[tuple[Key, str, str]]) -> Groups:
    made = Groups()
    for key, box, id_ in members:
        made.add(key, Message(mailbox=box, id=id_, subject=f"Letter {id_}"), f"{box}@town.example")
    return made


@given(MEMBERS, st.randoms())
def test_groups_are_the_same_in_whatever_order_messages_come(members: list[Any], random: Any) -> None:
    shuffled = random.sample(members, len(members))
    one, other = (groups(order).listed({}) for order in (members, shuffled))
    assert [(g.id, g.messages, g.members, g.mailboxes) for g in one] == [
        (g.id, g.messages, g.members, g.mailboxes) for g in other
    ]
    assert sum(group.messages for group in one) == len(members)


@given(MEMBERS.filter(bool), st.integers(0, 24))
def test_a_group_keeps_its_name_and_tells_when_a_member_comes_or_goes(members: list[Any], at: int) -> None:
    gone = members[at % len(members)]
    before = {group.id: group for group in groups(members).listed({})}
    after = {group.id: group for group in groups([m for m in members if m != gone]).listed({})}
    name = groups(members).names()[gone[0]]
    assert set(after) <= set(before) and set(before) - set(after) <= {name}
    if name in after:
        assert after[name].members != before[name].members
    assert all(after[other].members == before[other].members for other in after if other != name)


def test_a_group_tells_when_a_message_of_it_was_changed() -> None:
    members = []
    for subject in ("Lunch?", "Lunch?", "Settlement"):
        made = Groups()
        made.add((NONE, "a@x.example", 2024), Message(mailbox="b", id="1", subject=subject), "b@town.example")
        members.append(made.listed({})[0].members)
    assert members[0] == members[1] != members[2]


@given(st.lists(st.integers().map(lambda n: (NONE, f"{n}@x.example", 2024)), unique=True, max_size=20))
def test_no_name_looks_like_a_number_or_a_date_to_a_spreadsheet(keys: list[Key]) -> None:
    made = Groups()
    for key in keys:
        made.add(key, Message(mailbox="b", id="1"), "")
    for group in made.listed({}):
        assert re.fullmatch(r"[a-f][0-9a-f]{7}", group.id) and re.fullmatch(r"[a-f][0-9a-f]{15}-1", group.members)
        assert not re.match(r"(dec|feb)\d{1,4}$", group.id)


def test_groups_whose_short_names_would_be_the_same_have_longer_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    from retention.core import review

    monkeypatch.setattr(review, "_digest", lambda key: "abcdef01" + f"{key[2]:08}")
    made = groups([((NONE, "", 2024), "b", "1"), ((NONE, "", 2025), "b", "2")])
    assert sorted(group.id for group in made.listed({})) == ["abcdef0100002024", "abcdef0100002025"]


def test_a_group_shows_a_few_different_subjects_and_custodians_and_whom_it_waits_for() -> None:
    made = Groups()
    for n in range(30):
        message = Message(mailbox=f"box-{n % 7}", id=str(n), subject=f"Subject {n // 2 % 5}")
        made.add((NONE, "a@x.example", 2024), message, f"{n % 7}@town.example")
    name = next(iter(made.names().values()))
    (group,) = made.listed({name: "pat@town.example"})
    assert group.examples == ("Subject 0", "Subject 1", "Subject 2") and len(group.examples) == EXAMPLES
    assert group.mailboxes[:2] == ("0@town.example", "1@town.example") and len(group.mailboxes) == MAILBOXES
    assert (group.more_mailboxes, group.assigned_to, group.messages) == (2, "pat@town.example", 30)


def test_the_largest_group_comes_first() -> None:
    made = groups([((NONE, "", 2024), "b", "1"), ((NONE, "", 2025), "b", "2"), ((NONE, "", 2025), "b", "3")])
    assert [group.year for group in made.listed({})] == [2025, 2024]


# Decisions

GROUPS = {
    group.id: group
    for group in groups([((NONE, "a@x.example", year), "b", str(year)) for year in (2023, 2024, 2025)]).listed({})
}
FIRST, SECOND, THIRD = sorted(GROUPS)


def row(group: str = FIRST, series: str = "FIN 04300", keys: str = "", reason: str = "I read it", **more: str) -> Any:
    members = more.get("members", GROUPS[group].members if group in GROUPS else "a000000000000000-1")
    return (group, series, keys, reason, members)


def ruled(*rows: Any, schedules: tuple[Schedule, ...] | None = None) -> tuple[Any, list[str]]:
    sheet = Sheet("", (Line(1, NEEDED), *(Line(n, cells) for n, cells in enumerate(rows, start=2))))
    decided, problems = rulings(answers.read(sheet, NEEDED).rows, GROUPS, schedules or (schedule(),))
    return decided, [str(problem) for problem in problems]


def test_a_row_decides_a_series_keys_or_both() -> None:
    decided, problems = ruled(
        row(), row(SECOND, "", "contract C-2211; Case  24-117;"), row(THIRD, "town: lib 00100", "contract c-1")
    )
    assert problems == []
    assert [(one.group, one.series, one.keys) for one in decided] == [
        (FIRST, FIN, ()),
        (SECOND, None, ("contract c-2211", "case 24-117")),
        (THIRD, LIB, ("contract c-1",)),
    ]
    assert {one.reason for one in decided} == {"I read it"}


def test_a_row_without_series_and_keys_is_left_for_later() -> None:
    assert ruled(row(series=""), row("unknown", series="", reason="")) == ((), [])


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (
            row(series="FIN 4300"),
            "row 2, series: no schedule of the city has a series 'FIN 4300'; is 'FIN 04300' meant?",
        ),
        (row(series="county: FIN 04300"), "row 2, series: no schedule of the city has a series 'county: FIN 04300'"),
        (row(reason=""), "row 2, reason: is empty; a decision needs its reason"),
        (row(reason="x" * 1001), "row 2, reason: has 1,001 letters; 1,000 are enough"),
        (
            row(keys="C-2211"),
            "row 2, keys: 'C-2211' is no key; write its type and its value, such as 'contract C-2211'",
        ),
        (row(keys="fiscal year 2026"), "row 2, keys: 'fiscal year 2026' is a year, which a message has by its date"),
        (row(keys=" ; "), "row 2, keys: names no key; write its type and its value, such as 'contract C-2211'"),
        (row(""), "row 2, group: is empty; keep it as it was exported"),
        (row("abc12345"), "row 2, group: no group 'abc12345' waits for review: it was decided, or its mail is gone"),
        (row(members=""), "row 2, members: is empty, so what you were shown is not known; export again"),
    ],
)
def test_every_problem_is_told_by_row_and_column(bad: Any, said: str) -> None:
    decided, problems = ruled(bad, row(SECOND))
    assert [one.group for one in decided] == [SECOND]
    assert [problem for problem in problems if problem.startswith(said)], problems


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ("a000000000000000-1", "it still has 1 message, but not the same"),
        ("a000000000000000-4", "it had 4 messages and has 1 now (at least 3 went)"),
        ("a000000000000000-0", "it had 0 messages and has 1 now (at least 1 came)"),
        ("3.5E+12", "'3.5e+12' is not what was exported"),
        (f"a-{'9' * 5000}", "is not what was exported; the group has 1 message now"),
    ],
)
def test_a_group_that_is_not_what_was_shown_is_not_decided(members: str, said: str) -> None:
    decided, (problem,) = ruled(row(members=members))
    assert decided == () and said in problem and "export again" in problem


def test_a_group_decided_twice_is_not_decided_at_all() -> None:
    decided, problems = ruled(row(), row(FIRST, "LIB 00100"), row(SECOND))
    assert [one.group for one in decided] == [SECOND]
    assert len(problems) == 2 and all("on the rows 2, 3; keep one of them" in problem for problem in problems)


def test_all_problems_of_a_row_are_told_at_once() -> None:
    _, problems = ruled(row("abc12345", "FIN", "x", ""))
    assert [problem.split(":")[0] for problem in problems] == [
        f"row 2, {column}" for column in ("group", "series", "keys", "reason")
    ]


def test_a_series_of_two_schedules_needs_the_schedules_name() -> None:
    two = (schedule("town"), schedule("county", "FIN 04300"))
    with pytest.raises(ValueError, match="several schedules; write 'town: FIN 04300' or 'county: FIN 04300'"):
        series_named("FIN 04300", two)
    assert series_named(" county:fin 04300", two) == Candidate("county", "FIN 04300")
    assert series_named("LIB 00100", two) == LIB


# The sheet


@pytest.mark.parametrize("missing", NEEDED)
def test_a_sheet_without_a_column_is_not_read_at_all(missing: str) -> None:
    sheet = Sheet("", (Line(1, tuple(name for name in NEEDED if name != missing)), Line(2, row()[1:])))
    read = answers.read(sheet, NEEDED)
    assert read.unheaded and read.rows == ()
    assert [str(bad) for bad in read.problems] == [
        f"row 1, {missing}: there is no such column; the headings must stay as they were"
    ]


def test_headings_are_found_in_any_order_and_capitals_among_others() -> None:
    head = ("Notes", *(name.upper() for name in reversed(NEEDED)))
    read = answers.read(Sheet("", (Line(1, head), Line(2, ("x", *reversed(row()))))), NEEDED)
    assert [read.rows[0].text(name) for name in NEEDED] == list(row())


def test_a_heading_that_stands_twice_is_a_problem() -> None:
    read = answers.read(Sheet("", (Line(1, (*NEEDED, "reason")),)), NEEDED)
    assert read.unheaded and "2 columns are called so" in str(read.problems[0])


def test_a_row_with_a_cell_too_many_is_a_problem() -> None:
    read = answers.read(Sheet("", (Line(1, NEEDED), Line(2, (*row(), "", "because")))), NEEDED)
    assert not read.unheaded and read.rows == () and "beyond the last heading ('because')" in str(read.problems[0])


def test_a_cell_that_cannot_be_trusted_is_a_problem() -> None:
    sheet = Sheet("Sheet1", (Line(1, NEEDED), Line(2, row(), {3: "is a formula"}), Line(3, row())), lettered=True)
    read = answers.read(sheet, NEEDED)
    assert [answer.line.number for answer in read.rows] == [3]
    assert str(read.problems[0]) == "sheet 'Sheet1', cell D2, reason: is a formula"


def test_an_empty_sheet_is_a_problem() -> None:
    assert answers.read(Sheet("", ()), NEEDED).unheaded


@given(st.text(max_size=20).map(lambda text: " ".join(text.split())))
def test_what_was_guarded_is_read_back(text: str) -> None:
    read = answers.read(Sheet("", (Line(1, NEEDED), Line(2, (guarded(text), "", "", "", "")))), NEEDED)
    assert [answer.text("group") for answer in read.rows] == [text]
