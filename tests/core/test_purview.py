"""Microsoft Purview's file plan in both directions; nothing is kept there for less than the schedule says."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retention.core.period import Dates, due
from retention.core.period import parse as period
from retention.core.schedule import parse
from retention.core.spreadsheet.columns import Origin, Said, read
from retention.core.spreadsheet.purview import (
    COLUMNS,
    FORM,
    LONGEST_NAME,
    LONGEST_TEXT,
    MOST_DAYS,
    NEXT_STAGES,
    UNVERIFIED,
    file_plan,
    is_file_plan,
)
from retention.core.spreadsheet.sheet import Line, Sheet

HEAD = {"title": "Town schedule", "authority": "Town Council", "edition": "2026", "jurisdiction": "Minnesota"}
ORIGIN = Origin("plan.csv", "cd" * 32)


def schedule(*series):
    whole = {
        "title": "Requisitions", "retain": "2 years after received", "then": "destroy", "citation": "Town Code 1",
        "source": "https://town.example/schedule", "verified": True, "example": [{"folder": "any", "belongs": True}],
    }  # fmt: skip
    rows = [{"code": f"FIN {n}", **whole, **one} for n, one in enumerate(series, start=1)]
    found, problems = parse({"schedule": HEAD, "series": rows}, "town")
    assert found is not None, problems
    return found


def labels(*series, reviewer=""):
    plan = file_plan(schedule(*series), reviewer)
    assert plan.rows[0] == COLUMNS
    return [dict(zip(COLUMNS, row, strict=True)) for row in plan.rows[1:]], plan


def label(reviewer="", **series):
    (one,), _ = labels(series, reviewer=reviewer)
    return one


def sheet(*rows, columns=COLUMNS):
    filled = [tuple(row.get(column, "") for column in columns) for row in rows]
    return Sheet("", tuple(Line(n, cells) for n, cells in enumerate([columns, *filled], start=1)), even=True)


def taken(*rows, columns=COLUMNS):
    return read(ORIGIN, (sheet(*rows, columns=columns),), {"name": "plan", **HEAD}, Said(citation="Resolution 1"), FORM)


def one(**changed):
    return {
        "LabelName": "Requisitions", "RetentionAction": "KeepAndDelete", "RetentionDuration": "730",
        "RetentionType": "CreationAgeInDays", "ReferenceId": "FIN 1", "CitationName": "Town Code 1", **changed,
    }  # fmt: skip


def test_a_series_is_a_label_with_what_purview_asks_for():
    assert label() == {
        **dict.fromkeys(COLUMNS, ""),
        "LabelName": "FIN 1 Requisitions",
        "Comment": "Requisitions.",
        "Notes": "Kept: 2 years after received. Written as 734 days, never shorter.",
        "IsRecordLabel": "FALSE",
        "RetentionAction": "KeepAndDelete",
        "RetentionDuration": "734",
        "RetentionType": "CreationAgeInDays",
        "ReferenceId": "FIN 1",
        "CitationName": "Town Code 1",
        "CitationUrl": "https://town.example/schedule",
        "CitationJurisdiction": "Minnesota",
        "Regulatory": "FALSE",
    }


@pytest.mark.parametrize(
    ("retain", "days", "counted_from", "event"),
    [
        ("3 months after received", "95", "CreationAgeInDays", ""),
        ("1 year and 1 day after received", "369", "CreationAgeInDays", ""),
        ("2 years after end of calendar year received", "1100", "CreationAgeInDays", ""),
        ("2 years after end of fiscal year of closed", "1100", "EventAgeInDays", "Closed"),
        ("5 years after next March after received", "2235", "CreationAgeInDays", ""),
        ("later of 2 years after received and 90 days after received", "734", "CreationAgeInDays", ""),
        ("earlier of 2 years after received and until closed", "734", "CreationAgeInDays", ""),
        ("90 days after received, at least 2 years", "734", "CreationAgeInDays", ""),
        ("2 years after received, at most 5 years", "734", "CreationAgeInDays", ""),
        ("until ballots destroyed, then 2 years", "736", "EventAgeInDays", "Ballots destroyed"),
        ("10 years after closed", "3662", "EventAgeInDays", "Closed"),
        ("until superseded", "2", "EventAgeInDays", "Superseded"),
        ("1 year after end of term", "368", "EventAgeInDays", "End of term"),
        ("120 years after received", "Unlimited", "CreationAgeInDays", ""),
    ],
)
def test_a_period_is_written_in_days_and_never_shorter(retain, days, counted_from, event):
    found = label(retain=retain)
    assert (found["RetentionDuration"], found["RetentionType"], found["EventType"]) == (days, counted_from, event)
    assert "never shorter" in found["Notes"]


def test_what_is_permanent_is_kept_and_nothing_is_done():
    found = label(retain="permanent", then="keep")
    assert (found["RetentionAction"], found["RetentionDuration"]) == ("Keep", "Unlimited")


@pytest.mark.parametrize("series", [{"verified": False}, {"then": "keep"}, {"then": "review"}])
def test_what_may_not_simply_go_is_not_deleted_by_purview(series):
    assert label(**series)["RetentionAction"] == "Keep"


def test_a_review_needs_somebody_who_reviews():
    found = label(then="review", reviewer="records@town.example")
    assert (found["RetentionAction"], found["ReviewerEmail"]) == ("KeepAndDelete", "records@town.example")
    assert label(reviewer="records@town.example")["ReviewerEmail"] == ""


@pytest.mark.parametrize(
    "retain",
    ["until read", "no retention required", "101 years after closed"],
)
def test_what_purview_cannot_say_is_left_out_with_the_reason(retain):
    found, plan = labels({"retain": retain}, {})
    assert [row["ReferenceId"] for row in found] == ["FIN 2"]
    assert plan.left_out == (("FIN 1", f"Purview has no way to say '{retain}'"),)


@pytest.mark.parametrize(
    "retain",
    [
        "later of 2 years after received and until closed", "2 years after closed, at least 3 years", "not scheduled",
        "until no longer needed", "either 2 years after received or until audited", "2 years after sent",
        "2 years after audit of fiscal year received", "period not stated", "until audit of fiscal year received",
        "10 days after received, or 3 months after received if requested", "2 years after received or sent",
        "15 years after closed if sustained, otherwise 5 years after closed",
    ],
)  # fmt: skip
def test_what_would_be_kept_for_less_is_left_out(retain):
    found, plan = labels({"retain": retain}, {})
    assert [key for key, _ in plan.left_out] == ["FIN 1"] and len(found) == 1


NO_RULE_YET = (
    "not scheduled", "period not stated", "one of FIN 2, FIN 3",
    "(either 1 year after received or 9 years after received)",
    "(3 years after received if received before 2004)", "(1 year after closed if sustained)",
    "(later of 1 year after received and period not stated)", "((not scheduled), then 1 year)",
    "(10 days after received, or not scheduled if requested)",
)  # fmt: skip


@pytest.mark.parametrize("part", NO_RULE_YET)
def test_what_waits_for_a_rule_that_nobody_knows_yet_is_left_out_with_the_reason(part):
    rule = f"earlier of 3 years after received and {part}"
    found, plan = labels({"retain": rule}, {}, {"retain": "permanent", "then": "keep"})
    assert [row["ReferenceId"] for row in found] == ["FIN 2", "FIN 3"]
    ((key, reason),) = plan.left_out
    assert key == "FIN 1" and reason.startswith("nobody can say yet how long '")


@pytest.mark.parametrize(
    "part", ["1 year after sent", "(1 year after closed if sent before 2004, otherwise permanent)"]
)
def test_the_earlier_of_two_is_left_out_where_one_may_have_no_day(part):
    found, plan = labels({"retain": f"earlier of 3 years after received and {part}"}, {})
    assert [row["ReferenceId"] for row in found] == ["FIN 2"] and len(plan.left_out) == 1


@pytest.mark.parametrize(
    "part", ["until closed", "until no longer needed", "permanent", "2 years after received or sent"]
)
def test_the_earlier_of_a_date_and_what_may_never_come_is_the_date(part):
    assert label(retain=f"earlier of 1 year after received and {part}")["RetentionDuration"] == "368"


def test_the_event_types_that_must_be_there_are_named_once():
    _, plan = labels({"retain": "2 years after closed"}, {"retain": "until closed"}, {"retain": "until superseded"})
    assert plan.events == ("Closed", "Superseded")


def test_a_label_has_only_the_letters_that_purview_takes_and_a_name_of_its_own():
    long = {"title": "Élections & ballots (federal): " + "x" * 80}
    found, _ = labels({**long, "code": "A/1"}, {**long, "code": "A.1"}, {"title": "=cmd()", "covers": "y" * 2000})
    names = [row["LabelName"] for row in found]
    assert all(len(name) <= LONGEST_NAME and name.replace("-", "").replace(" ", "").isalnum() for name in names)
    assert len({name.lower() for name in names}) == 3 and names[1].endswith(" 2")
    assert found[2]["Comment"].startswith("'=cmd()") and len(found[2]["Comment"]) <= LONGEST_TEXT


lengths = st.tuples(st.integers(1, 90), st.sampled_from(("day", "month", "year"))).map(
    lambda one: f"{one[0]} {one[1]}{'' if one[0] == 1 else 's'}"
)
starts = st.sampled_from(
    (
        "received", "end of calendar year received", "end of fiscal year received", "next March after received",
        "start of fiscal year received", "closed", "end of fiscal year of closed", "end of calendar year of closed",
    )
)  # fmt: skip
simple = st.one_of(st.tuples(lengths, starts).map(" after ".join), st.just("until closed"), st.just("until paid"))
unruled = st.sampled_from(
    (
        "until no longer needed", "not scheduled", "period not stated", "1 year after sent", "permanent",
        "either 1 year after received or 9 years after received", "3 years after received if received before 2004",
        "1 year after received if paid, otherwise period not stated",
    )
)  # fmt: skip
rules = st.one_of(
    simple,
    st.tuples(simple, unruled).map(lambda two: f"earlier of {two[0]} and ({two[1]})"),
    st.tuples(simple, unruled).map(lambda two: f"later of {two[0]} and (earlier of {two[0]} and ({two[1]}))"),
    st.tuples(simple, simple).map(lambda two: f"later of {two[0]} and {two[1]}"),
    st.tuples(simple, simple).map(lambda two: f"earlier of {two[0]} and {two[1]}"),
    st.tuples(simple, lengths).map(lambda two: f"({two[0]}), at least {two[1]}"),
    st.tuples(simple, lengths).map(lambda two: f"({two[0]}), then {two[1]}"),
)


@settings(max_examples=400)
@given(rules, st.dates(date(1990, 1, 1), date(2030, 12, 31)), st.integers(1, 12), st.integers(0, 900))
def test_purview_never_deletes_before_the_schedule_would(rule, received, month, closed_after):
    try:
        retain = period(rule)
    except ValueError:
        return  # what the grammar itself refuses
    found, plan = labels({"retain": str(retain)}, {})
    if plan.left_out or found[0]["RetentionDuration"] == "Unlimited":
        return
    closed = received + timedelta(days=closed_after)
    happened = {"closed": closed, "paid": closed + timedelta(days=1)}
    began = happened[found[0]["EventType"].lower()] if found[0]["EventType"] else received
    for sent in (received, None):
        dates = Dates(received_on=received, sent_on=sent, fiscal_year_starts=(month, 1), happened=happened)
        over = due(retain, dates)
        assert isinstance(over, date), over
        # A day less, for Purview counts from a moment: a clock change may take an hour.
        assert began + timedelta(days=int(found[0]["RetentionDuration"]) - 1) >= over


# --- reading --------------------------------------------------------------------------------------------------------


def test_a_label_becomes_a_series():
    found = taken(one(Comment="Purchase requests", Notes="Ask first", DepartmentName="Finance"))
    assert found.problems == ()
    (series,) = found.data["series"]
    assert (series["code"], series["title"], series["covers"]) == ("FIN 1", "Requisitions", "Purchase requests")
    assert (series["retain"], series["then"], series["citation"]) == (
        "730 days after received",
        "destroy",
        "Town Code 1",
    )
    assert series["published"] == "KeepAndDelete, 730, CreationAgeInDays"
    assert series["note"] == "Ask first; Department: Finance"


@pytest.mark.parametrize(
    ("row", "retain", "then"),
    [
        (one(RetentionDuration="Unlimited"), "permanent", "keep"),
        (one(RetentionAction="Keep"), "730 days after received", "keep"),
        (one(RetentionAction="delete", RetentionDuration="1"), "1 day after received", "destroy"),
        (one(ReviewerEmail="a@town.example"), "730 days after received", "review"),
        (one(RetentionType="EventAgeInDays", EventType="Contract End"), "730 days after contract end", "destroy"),
    ],
)
def test_what_purview_does_is_said_in_our_words(row, retain, then):
    (series,) = taken(row).data["series"]
    assert (series["retain"], series["then"]) == (retain, then)


@pytest.mark.parametrize("column", NEXT_STAGES)
def test_a_label_with_a_next_stage_is_reviewed_at_the_end_of_the_first_and_that_is_told(column):
    columns = tuple(dict.fromkeys((*COLUMNS, column)))
    for action in ("KeepAndDelete", "Delete"):
        found = taken(one(RetentionAction=action, **{column: "Ten years more"}), columns=columns)
        (series,) = found.data["series"]
        assert series["then"] == "review" and "Ten years more" in series["note"]
        assert f"row 2: 'Requisitions' has a next stage ({column})" in " ".join(found.passed_over)
        assert found.problems == ()
    (kept,) = taken(one(RetentionAction="Keep", **{column: "Ten years more"}), columns=columns).data["series"]
    assert kept["then"] == "keep"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (one(RetentionDuration="7 years"), "neither Unlimited nor a number of days"),
        (one(RetentionDuration=str(MOST_DAYS + 1)), "neither Unlimited nor a number of days"),
        (one(RetentionDuration="0"), "neither Unlimited nor a number of days"),
        (one(RetentionType="TaggedAgeInDays"), "no date on which it was labelled or changed"),
        (one(RetentionType="ModificationAgeInDays"), "no date on which it was labelled or changed"),
        (one(RetentionType="EventAgeInDays"), "the column EventType is empty"),
        (one(RetentionType="Sometimes"), "none that Purview knows"),
        (one(RetentionAction=""), "keeps nothing and deletes nothing"),
        (one(RetentionAction="Burn"), "none of Keep, KeepAndDelete, Delete"),
        (one(LabelName=""), "is empty"),
    ],
)
def test_a_label_that_cannot_be_said_here_is_told_with_row_and_column(row, reason):
    found = taken(row, one(ReferenceId="FIN 2"))
    assert [bad.row for bad in found.problems] == [2]
    assert reason in found.problems[0].sentence and found.problems[0].column in COLUMNS


def test_a_file_plan_is_known_by_its_own_headings():
    assert is_file_plan((sheet(one()),))
    assert not is_file_plan((sheet(one(), columns=("Code", "Title")),))


@pytest.mark.parametrize("reviewer", ["", "records@town.example"])
@pytest.mark.parametrize(
    "series",
    [{}, {"then": "keep"}, {"then": "review"}, {"retain": "permanent", "then": "keep"}, {"retain": "until superseded"},
     {"title": "t" * 2000, "covers": "c" * 2000}],
)  # fmt: skip
def test_an_unverified_series_does_not_become_verified_by_going_to_purview_and_back(series, reviewer):
    plan = file_plan(schedule({**series, "verified": False}, series), reviewer)
    lines = tuple(Line(n, row) for n, row in enumerate(plan.rows, start=1))
    found = read(ORIGIN, (Sheet("", lines, even=True),), {"name": "plan", **HEAD}, Said(), FORM)
    assert [one["verified"] for one in found.data["series"]] == [False, True]
    assert found.data["series"][0]["then"] == "keep"
    again, problems = parse(found.data, "plan")
    assert again is not None, problems
    assert UNVERIFIED in file_plan(again).rows[1][COLUMNS.index("Notes")]


def test_a_city_s_own_file_plan_is_its_own_source():
    assert taken(one(Notes="Verified by nobody but us")).data["series"][0]["verified"]
    assert not taken(one(Notes=f"Finance. {UNVERIFIED.upper()}")).data["series"][0]["verified"]


def test_a_file_plan_of_ours_comes_back_with_its_codes_and_citations():
    plan = file_plan(schedule({}, {"retain": "permanent", "then": "keep"}, {"retain": "until superseded"}))
    lines = tuple(Line(n, row) for n, row in enumerate(plan.rows, start=1))
    found = read(ORIGIN, (Sheet("", lines, even=True),), {"name": "plan", **HEAD}, Said(), FORM)
    assert found.problems == ()
    assert [(one["code"], one["retain"], one["citation"]) for one in found.data["series"]] == [
        ("FIN 1", "2 years after received", "Town Code 1"),
        ("FIN 2", "permanent", "Town Code 1"),
        ("FIN 3", "until superseded", "Town Code 1"),
    ]


@settings(max_examples=200)
@given(rules)
def test_our_own_period_comes_back_from_the_note_that_we_wrote(rule):
    try:
        retain = period(rule)
    except ValueError:
        return  # what the grammar itself refuses
    for verified in (True, False):
        plan = file_plan(schedule({"retain": str(retain), "verified": verified}))
        if plan.left_out:
            return
        lines = tuple(Line(n, row) for n, row in enumerate(plan.rows, start=1))
        found = read(ORIGIN, (Sheet("", lines, even=True),), {"name": "plan", **HEAD}, Said(), FORM)
        assert [one["retain"] for one in found.data["series"]] == [str(retain)]


@pytest.mark.parametrize(
    "changed",
    [
        {"RetentionDuration": "1000"},
        {"RetentionDuration": "Unlimited"},
        {"RetentionType": "EventAgeInDays", "EventType": "Closed"},
        {"Notes": "Kept: as long as we like. Written as 734 days, never shorter."},
    ],
)
def test_a_label_that_was_changed_since_counts_by_its_own_days_and_that_is_told(changed):
    found = taken({**label(), **changed})
    (series,) = found.data["series"]
    assert series["retain"] in (
        "1000 days after received",
        "permanent",
        "734 days after closed",
        "734 days after received",
    )
    assert "the label was changed since; the label's own days were taken" in found.passed_over[0]
