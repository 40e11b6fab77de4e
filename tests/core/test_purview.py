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
rules = st.one_of(
    simple,
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
    dates = Dates(received_on=received, sent_on=received, fiscal_year_starts=(month, 1), happened=happened)
    began = happened[found[0]["EventType"].lower()] if found[0]["EventType"] else received
    # A day less, for Purview counts from a moment: a clock change may take an hour.
    assert began + timedelta(days=int(found[0]["RetentionDuration"]) - 1) >= due(retain, dates)


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


def test_a_file_plan_of_ours_comes_back_with_its_codes_and_citations():
    plan = file_plan(schedule({}, {"retain": "permanent", "then": "keep"}, {"retain": "until superseded"}))
    lines = tuple(Line(n, row) for n, row in enumerate(plan.rows, start=1))
    found = read(ORIGIN, (Sheet("", lines, even=True),), {"name": "plan", **HEAD}, Said(), FORM)
    assert found.problems == ()
    assert [(one["code"], one["retain"], one["citation"]) for one in found.data["series"]] == [
        ("FIN 1", "734 days after received", "Town Code 1"),
        ("FIN 2", "permanent", "Town Code 1"),
        ("FIN 3", "2 days after superseded", "Town Code 1"),
    ]
