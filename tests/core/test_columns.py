"""Rows of a city's own schedule become series, ours become rows, and nothing is lost without a word."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retention.core.classify import check
from retention.core.schedule import parse
from retention.core.spreadsheet.columns import Origin, Said, named, read
from retention.core.spreadsheet.rows import HEADINGS, left_out, rows
from retention.core.spreadsheet.sheet import BadRow, Line, Merged, Sheet, guarded, letter, unguarded

ORIGIN = Origin("town.csv", "ab" * 32)
HEAD = {"name": "town", "title": "Town schedule", "authority": "Town Council", "edition": "2026"}
SAID = Said(citation="Resolution 14")
TOP = ("Code", "Title", "Retention", "Trigger", "Disposition", "Citation")
GOOD = ("FIN 1", "Requisitions", "2 years", "received", "Destroy", "Town Code 1")


def sheet(*lines, name="", **more):
    """A sheet with these lines, numbered from 1."""
    return Sheet(name, tuple(Line(n, tuple(cells)) for n, cells in enumerate(lines, start=1)), **more)


def taken(*lines, said=SAID, **more):
    return read(ORIGIN, (sheet(*lines, **more),), HEAD, said)


def told(*lines, **more):
    return [str(bad) for bad in taken(*lines, **more).problems]


def good(*lines, **more):
    found = taken(*lines, **more)
    assert found.problems == ()
    schedule, problems = parse(found.data, "town")
    assert schedule is not None and not problems, problems
    assert not check(schedule)
    return schedule


def test_a_row_becomes_a_series_with_its_own_words_and_its_place():
    (series,) = good(TOP, GOOD).series
    assert (series.code, series.title, str(series.retain)) == ("FIN 1", "Requisitions", "2 years after received")
    assert series.published == "2 years (Trigger: received)"
    assert (series.then.value, series.citation) == ("destroy", "Town Code 1")
    assert series.source == f"town.csv, row 2 (SHA-256 {'ab' * 32})"
    assert series.verified and not series.transitory and not series.match
    assert [example.folder for example in series.examples] == ["FIN 1"]


def test_the_headings_may_stand_under_a_title_and_be_called_otherwise():
    schedule = good(
        ("Town of Testville",),
        ("Series", "Description", "Total Retention (months)", "Cut-off", "Legal Authority"),
        ("A 1", "Bids", "18", "Date of receipt", "GC 1"),
    )
    assert [(s.code, s.title, str(s.retain)) for s in schedule.series] == [("A 1", "Bids", "18 months after received")]


def test_series_means_a_code_beside_a_title_and_a_title_beside_a_code():
    beside_title = good(("Series", "Title", "Retention", "Start"), ("A 1", "Bids", "P", "")).series[0]
    beside_code = good(("Code", "Series", "Retention", "Start"), ("A 1", "Bids", "P", "")).series[0]
    assert (beside_title.code, beside_title.title) == (beside_code.code, beside_code.title) == ("A 1", "Bids")


def test_a_person_says_what_a_column_means():
    said = Said(headings={"topic": "title", "wie lange": "retain", "title": "ignore"}, start="received", citation="x")
    (series,) = good(("Topic", "Title", "Wie lange"), ("Bids", "nonsense", "2 years"), said=said).series
    assert (series.title, series.id, str(series.retain)) == ("Bids", "bids-records", "2 years after received")


def test_an_unknown_column_is_told_of_and_an_unknown_heading_is_refused():
    found = taken((*TOP, "Vital?"), (*GOOD, "yes"))
    assert found.passed_over == ("columns that were not read: 'Vital?'",)
    bad = told(TOP, GOOD, said=Said(headings={"vital": "note"}, citation="x"))
    assert len(bad) == 1 and "there is no heading 'vital'" in bad[0]


def test_without_a_row_of_headings_it_is_told_what_was_seen():
    (bad,) = told(("Thing", "Topic", "Wie lange"), ("1", "2", "3"))
    assert bad.startswith(
        "row 1: no heading is known to mean title or retain; seen here: 'Thing', 'Topic', 'Wie lange'"
    )
    assert told(("only",)) == ["the file: no row of headings was found"]
    assert [str(bad) for bad in read(ORIGIN, (), HEAD, SAID).problems] == ["the file: there is no row in it"]


def test_two_columns_for_one_word_are_not_chosen_between():
    (bad,) = told(("Title", "Series title", "Retention"), ("a", "b", "P"))
    assert "'A: Title', 'B: Series title' are all taken for 'title'" in bad
    schedule = good(("Title", "Retention", "Total retention"), ("Bids and offers", "x", "P"))
    assert str(schedule.series[0].retain) == "permanent"


def test_every_bad_row_is_told_at_once_with_row_and_column():
    assert told(
        TOP,
        GOOD,
        ("FIN 2", "", "2 years", "received", "Destroy", ""),
        ("FIN 3", "Bids", "2-Mar", "received", "Perhaps", ""),
        ("FIN 4", "Offers", "P", "", "Destroy", ""),
        ("fin  1", "Again", "P", "", "", ""),
    ) == [
        "row 2, Code: 'FIN 1' is used by row 6 too",
        "row 3, Title: is empty",
        "row 4, Disposition: the disposition 'Perhaps' is not understood; write destroy, keep or review",
        "row 4, Retention: '2-mar' looks like a date that a spreadsheet made of a period; type it again, as text",
        "row 5, Disposition: is 'destroy', but the period is permanent",
        "row 6, Code: 'fin  1' is used by row 2 too",
    ]


def test_good_rows_stand_in_the_result_beside_what_is_told_of_bad_ones():
    found = taken(TOP, GOOD, ("FIN 2", "Bids", "soon", "", "", ""))
    assert [series["code"] for series in found.data["series"]] == ["FIN 1"]
    assert [bad.row for bad in found.problems] == [3]


def test_both_rows_of_a_code_are_left_out_because_nobody_knows_which_is_meant():
    found = taken(TOP, GOOD, ("FIN 1", "Bids", "P", "", "", ""), ("FIN 2", "Offers", "P", "", "", ""))
    assert [series["code"] for series in found.data["series"]] == ["FIN 2"]
    assert [str(bad) for bad in found.problems] == [
        "row 2, Code: 'FIN 1' is used by row 3 too",
        "row 3, Code: 'FIN 1' is used by row 2 too",
    ]
    assert found.summary == "3 rows read, 1 written, 2 left out"


def test_a_code_used_three_times_on_two_sheets_names_all_its_places():
    one, other = sheet(TOP, GOOD, GOOD, name="One"), sheet(TOP, GOOD, name="Other")
    found = read(ORIGIN, (one, other), HEAD, SAID)
    assert [str(bad) for bad in found.problems] == [
        "sheet 'One', row 2, Code: 'FIN 1' is used by row 3 and row 2 of sheet 'Other' too",
        "sheet 'One', row 3, Code: 'FIN 1' is used by row 2 and row 2 of sheet 'Other' too",
        "sheet 'Other', row 2, Code: 'FIN 1' is used by row 2 of sheet 'One' and row 3 of sheet 'One' too",
    ]
    assert found.summary == "3 rows read, 0 written, 3 left out"


def test_what_concerns_the_headings_is_told_apart_from_what_concerns_one_row():
    found = taken(("Title", "Series title", "Retention"), ("a", "b", "P"))
    assert found.of_all == found.problems != () and not found.data["series"]
    assert not taken(TOP, GOOD, ("FIN 2", "Bids", "soon", "", "", "")).of_all


def test_two_columns_of_one_name_are_told_apart_by_their_letters_only():
    lines = (("Series", "Series", "Retention"), ("A 1", "Bids", "P"))
    (bad,) = told(*lines)
    assert "'A: Series', 'B: Series' are called the same" in bad and "--map 'column A=" in bad
    said = Said(headings={"column a": "code", "column b": "title"}, citation="x")
    assert [(s.code, s.title) for s in good(*lines, said=said).series] == [("A 1", "Bids")]
    assert "there is no heading 'column d'" in told(*lines, said=Said(headings={"column d": "code"}))[0]


@pytest.mark.parametrize(
    "below",
    [
        ("Number", "Name", "Months", "", "", ""),
        ("", "", "(in years)", "", "", ""),
        ("Series no.", "Name", "Period", "Event", "", ""),
        ("Vital?", "Name", "No. of months", "", "", ""),
    ],
)
def test_a_second_row_of_headings_is_refused_for_it_may_change_what_the_first_says(below):
    found = taken(TOP, below, GOOD)
    assert found.of_all == found.problems and not found.data["series"]
    assert "row 2: 'N" in str(found.problems[0]) or "looks like a second row of headings" in str(found.problems[0])


def test_a_bare_number_is_read_as_years_and_that_is_said():
    found = taken(TOP, ("A 1", "Bids", "3", "received", "", ""), ("A 2", "Offers", "3 years", "received", "", ""))
    assert "in 1 row a bare number was read as years" in found.passed_over
    top = ("Code", "Title", "Retention (years)", "Trigger")
    assert not any("bare number" in told for told in taken(top, ("A 1", "Bids", "3", "received")).passed_over)


def test_a_start_that_was_asked_at_import_stands_in_the_note_of_its_series():
    said = Said(start="received", citation="x")
    first, second = good(TOP, ("A 1", "Bids", "3 years", "", "", ""), GOOD, said=said).series
    assert first.note == "the sheet does not say from when; counted from received, as asked at import"
    assert second.note == ""


def test_what_stands_behind_a_period_is_cited_or_told():
    found = taken(
        TOP,
        ("A 1", "Bids", "2 years (CCP 337)", "received", "", "Town Code 1"),
        ("A 2", "Offers", "2 years (CCP 337)", "received", "", "CCP 337.1"),
        ("A 3", "Letters", "3 years*", "received", "", ""),
    )
    assert [one["citation"] for one in found.data["series"]] == ["Town Code 1; CCP 337", "CCP 337.1", "Resolution 14"]
    assert [one["published"] for one in found.data["series"]][2] == "3 years* (Trigger: received)"
    assert "row 2: '(CCP 337)' behind the period was read as a citation" in found.passed_over
    assert "row 4: the period was read without the mark '*'; see what the mark stands for" in found.passed_over


def test_a_section_is_one_text_in_capitals_or_merged_across_and_goes_into_the_note():
    across = Merged("A4:F4", 4, 0, 4, 5)
    schedule = good(
        TOP,
        ("FINANCE DEPARTMENT",),
        GOOD,
        ("City Clerk", "", "", "", "", ""),
        ("CLK 1", "Minutes", "P", "", "", ""),
        merged=(across,),
    )
    assert [series.note for series in schedule.series] == ["Section: FINANCE DEPARTMENT", "Section: City Clerk"]
    assert told(TOP, ("Bids and offers",), GOOD) != []


def test_headings_that_are_printed_again_are_no_series():
    assert len(good(TOP, GOOD, TOP, ("FIN 2", "Bids", "P", "", "", "")).series) == 2


def test_a_merged_range_in_the_rows_is_told_once_and_all_its_rows_are_left_out():
    merged = Merged("C2:C3", 2, 2, 3, 2)
    found = taken(TOP, GOOD, ("FIN 2", "Bids", "", "", "", ""), name="Finance", merged=(merged,), lettered=True)
    (bad,) = found.problems
    assert str(bad).startswith("sheet 'Finance', row 2: the range C2:C3 (rows 2 to 3) is merged; unmerge it")
    assert found.summary == "2 rows read, 0 written, 2 left out"


def test_merged_headings_are_told():
    (bad,) = told(TOP, GOOD, merged=(Merged("B1:C1", 1, 1, 1, 2),))
    assert "the headings in B1:C1 are merged" in bad


def test_a_cell_that_cannot_be_trusted_is_told_by_its_own_name():
    lines = (Line(1, TOP), Line(2, GOOD, {2: "is a date for Excel"}))
    found = read(ORIGIN, (Sheet("One", lines, lettered=True),), HEAD, SAID)
    assert [str(bad) for bad in found.problems] == ["sheet 'One', cell C2, Retention: is a date for Excel"]
    elsewhere = (Line(1, (*TOP, "Seen on")), Line(2, (*GOOD, "x"), {6: "is a date for Excel"}))
    assert not read(ORIGIN, (Sheet("One", elsewhere, lettered=True),), HEAD, SAID).problems


def test_a_ragged_row_is_told():
    assert "row 2: has 7 cells where there are 6 headings" in told(TOP, (*GOOD, "more"), even=True)[0]
    assert "row 2: has 3 cells" in told(TOP, GOOD[:3], even=True)[0]
    assert told(TOP, (*GOOD, ""), even=True)
    assert not told((*TOP, ""), (*GOOD, ""), even=True)


def test_a_title_used_twice_is_told_apart_by_its_section():
    lines = (("Title", "Retention"), ("POLICE",), ("Correspondence", "P"), ("FIRE",), ("Correspondence", "P"))
    assert [s.id for s in good(*lines).series] == ["correspondence-records", "fire-correspondence-records"]
    assert "is used by row 2 too" in told(("Title", "Retention"), ("Bids", "P"), ("Bids", "P"))[1]


def test_a_sheet_without_headings_is_passed_over_only_beside_one_that_has_them():
    legend = Sheet("Legend", (Line(1, ("CU", "current year")),))
    found = read(ORIGIN, (legend, sheet(TOP, GOOD, name="Rows")), HEAD, SAID)
    assert not found.problems and "sheet 'Legend' was not read" in found.passed_over[0]


def test_without_a_disposition_it_is_reviewed_and_that_is_said():
    found = taken(("Title", "Retention"), ("Bids and offers", "until closed"), ("Minutes of council", "P"))
    assert [series["then"] for series in found.data["series"]] == ["review", "keep"]
    assert "no disposition is given in 1 row: this series says 'review'" in found.passed_over
    assert "nothing is cited in 2 rows: these series cite 'Resolution 14'" in found.passed_over


def test_a_code_with_a_slash_is_proven_by_a_category_for_no_folder_can_bear_it():
    (series,) = good(TOP, ("GS 1/2", *GOOD[1:])).series
    assert series.examples[0].category == ("GS 1/2",)


def test_a_series_that_was_not_verified_does_not_become_so_by_going_through_a_sheet():
    top = (*TOP, "Verified")
    assert not good(top, (*GOOD, "no")).series[0].verified
    for silent in ("", " ", "No"):
        assert not good(top, (*GOOD, silent)).series[0].verified
    assert good(top, (*GOOD, "yes")).series[0].verified
    assert "is neither yes nor no" in told(top, (*GOOD, "by the clerk"))[0]


def test_what_is_wrong_with_the_schedule_itself_is_told_too():
    found = read(ORIGIN, (sheet(TOP, GOOD),), {"name": "town"}, SAID)
    assert [bad.column for bad in found.problems] == ["schedule.authority", "schedule.edition", "schedule.title"]


@pytest.mark.parametrize(("number", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")])
def test_a_column_has_its_letters(number, name):
    assert letter(number) == name


def test_a_place_is_named_as_far_as_it_is_known():
    assert str(BadRow("", 0, "", "is empty")) == "the file: is empty"
    assert str(BadRow("", 3, "Code", "is empty")) == "row 3, Code: is empty"


@given(st.text(alphabet="'=+-@＝ab", max_size=6))
def test_no_text_becomes_a_formula_and_every_text_comes_back(text):
    assert unguarded(guarded(text)) == text
    assert not guarded(text).startswith(("=", "+", "-", "@", "＝"))


def test_an_id_of_one_word_that_our_own_sheet_gives_is_made_longer_and_that_is_said():
    found = taken(("Id", *TOP[1:]), ("grants", *GOOD[1:]))
    assert found.data["series"][0]["id"] == "grants-records"
    assert "grants is grants-records" in found.passed_over[0]


def test_an_id_has_two_words_so_that_a_folder_of_its_name_is_a_filing():
    assert (named("Budgets"), named("Bids, accepted"), named("Élection")) == (
        "budgets-records",
        "bids-accepted",
        "election-records",
    )


# --- there and back -------------------------------------------------------------------------------------------------

PERIODS = (
    "permanent", "no retention required", "until read", "until superseded", "3 years after received",
    "22 months after closed", "100 days after sent", "2 years after end of calendar year received",
    "5 years after end of fiscal year received",
)  # fmt: skip
texts = st.text(alphabet=string.ascii_letters + string.digits + " =+-@',;\"éß§.()/", max_size=30).map(
    lambda text: " ".join(text.split())
)
full = texts.filter(lambda text: any(c.isascii() and c.isalnum() for c in text))


@st.composite
def schedules(draw):
    keys = draw(st.lists(full, min_size=1, max_size=5, unique_by=str.casefold))
    series = []
    for number, code in enumerate(keys):
        retain = draw(st.sampled_from(PERIODS))
        named_by_id = draw(st.booleans())
        series.append(
            {
                "code": "" if named_by_id else code,
                "id": f"row-{number}" if named_by_id else "",
                "title": draw(full),
                "covers": draw(texts),
                "retain": retain,
                "published": draw(texts),
                "then": "keep" if retain == "permanent" else draw(st.sampled_from(("destroy", "keep", "review"))),
                "citation": draw(full),
                "source": "https://town.example/schedule",
                "verified": draw(st.booleans()),
                "access": draw(texts),
                "note": draw(texts),
                "permission": draw(st.sampled_from(("", "not required"))),
                "example": [{"folder": "any", "belongs": True}],
            }
        )
        series[-1]["transitory"] = series[-1]["then"] == "destroy" and draw(st.booleans())
    schedule, problems = parse({"schedule": HEAD, "series": series}, "town")
    assert schedule is not None, problems
    return schedule


def same(schedule):
    """What must survive going out as rows and coming in again."""
    return [
        (s.code, s.id, s.title, s.covers, s.retain, s.then, s.citation, s.verified, s.transitory, s.access, s.note)
        + (s.permission,)
        for s in schedule.series
    ]


@settings(max_examples=60, deadline=None)
@given(schedules())
def test_a_schedule_comes_back_as_it_went_out(schedule):
    assert rows(schedule)[0] == HEADINGS
    found = read(ORIGIN, (sheet(*rows(schedule)),), HEAD, SAID)
    assert found.problems == ()
    back, problems = parse(found.data, "town")
    assert not problems and same(back) == same(schedule)
    assert left_out(schedule) == (f"examples ({len(schedule.series)})",)


def test_gates_of_its_own_are_told_as_left_out():
    gate = dict.fromkeys(("id", "title", "by", "reference", "citation", "source"), "x")
    row = {"id": "row-1", "title": "Papers", "retain": "permanent", "then": "keep", "citation": "R 1", "source": "x"}
    row["example"] = [{"folder": "row-1", "belongs": True}]
    schedule, problems = parse({"schedule": HEAD, "gate": [gate], "series": [row]}, "town")
    assert schedule is not None, problems
    assert left_out(schedule) == ("examples (1)", "gates (1)")
