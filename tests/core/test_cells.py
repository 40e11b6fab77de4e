"""What the cells of cities' own schedules say, and what nobody may guess."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.core import period
from retention.core.spreadsheet import cells
from retention.core.spreadsheet.cells import start_of, then_of, yes


def period_of(*arguments, **more):
    return cells.period_of(*arguments, **more).retain


UNDERSTOOD = [
    # cell, the row's start, what it means
    ("3 years after received", "", "3 years after received"),
    ("P", "", "permanent"),
    ("Permanent.", "Creation", "permanent"),
    ("Indefinitely", "", "permanent"),
    ("CU+2", "", "2 years after end of calendar year received"),
    ("CL + 10", "", "10 years after closed"),
    ("SU+5", "", "5 years after superseded"),
    ("AU+4", "", "4 years after audit of fiscal year received"),
    ("FY + 7 yrs", "", "7 years after end of fiscal year received"),
    ("CR+2", "", "2 years after end of calendar year received"),
    ("0/6", "creation", "6 months after received"),
    ("EVT+2", "contract expired", "2 years after contract expired"),
    ("T25", "", "25 years after terminated"),
    ("ACT+3", "", "3 years after inactive"),
    ("SUP", "", "until superseded"),
    ("PERM", "", "permanent"),
    ("2 years", "Response date", "2 years after response"),
    ("2 years", "closed", "2 years after closed"),
    ("2 yrs.", "fiscal year end", "2 years after end of fiscal year received"),
    ("6", "FY", "6 years after end of fiscal year received"),
    ("7", "End of calendar year", "7 years after end of calendar year received"),
    ("18 mos", "Date received", "18 months after received"),
    ("90-day", "receipt", "90 days after received"),
    ("2 weeks", "Creation", "14 days after received"),
    ("Two (2) years", "Date of receipt", "2 years after received"),
    ("three years", "Date sent", "3 years after sent"),
    ("Minimum of 3 years", "creation", "3 years after received"),
    ("5 years from final payment", "", "5 years after final payment"),
    ("2 years following fiscal year end", "", "2 years after end of fiscal year received"),
    ("2 years after fiscal year end", "", "2 years after end of fiscal year received"),
    (
        "2 years after fiscal year end or until audited, whichever is later",
        "",
        "later of 2 years after end of fiscal year received and until audited",
    ),
    ("3 years after the date of receipt", "", "3 years after received"),
    ("Life of the building + 2 years", "", "2 years after end of life of building"),
    ("Termination plus 5 years", "", "5 years after termination"),
    ("Until superseded + 2 years", "", "2 years after superseded"),
    ("Superseded", "", "until superseded"),
    ("When superseded", "Creation", "until superseded"),
    ("until audited", "", "until audited"),
    ("When no longer needed", "", "until no longer needed"),
    ("3 years or until audited", "received", "either 3 years after received or until audited"),
    (
        "3 years or until audited, whichever is later",
        "received",
        "later of 3 years after received and until audited",
    ),
    ("AS FIN 04300", "", "as FIN 04300"),
    ("period not stated", "", "period not stated"),
]


@pytest.mark.parametrize(("cell", "start", "meaning"), UNDERSTOOD)
def test_a_period_is_read_as_clerks_write_it(cell, start, meaning):
    assert period_of(cell, start) == meaning


@pytest.mark.parametrize(
    ("cell", "start", "reason"),
    [
        ("", "", "the period is empty"),
        ("2 years", "", "not from when"),
        ("See note 3", "", "not understood"),
        ("2-Mar", "", "looks like a date"),
        ("2026-03-02", "received", "looks like a date"),
        ("3/4/2026", "received", "looks like a date"),
        ("365", "received", "whether it counts days, months or years"),
        ("0", "received", "whether it counts"),
        ("C", "received", "completed in one schedule and current in another"),
        ("C+2", "received", "completed in one schedule and current in another"),
        ("until fiscal year end", "", "is no event"),
        ("5 years from final payment or audit", "", "not understood"),
        ("CU + 2 (digital: 1 year)", "", "not understood"),
        ("EVT+2", "", "not from when"),
        ("0/6", "", "not from when"),
        ("2/6", "received", ""),
        ("XQ+2", "received", ""),
        ("2-3 years", "received", ""),
        ("two (3) years", "received", ""),
        ("1.5 years", "received", ""),
        ("2 years", "end of year", "which year ends"),
        ("2 years", "closed/expired", "not understood"),
        ("2 years", "closed or expired", "not understood"),
        ("2 years after closed", "expired", "leave one of them out"),
        ("until audited", "contract ended", "leave one of them out"),
        ("3 years, 5 years or until audited", "received", ""),
        ("3 years or closed, whichever is nicer", "received", "whichever nicer"),
    ],
)
def test_what_is_not_understood_is_never_guessed(cell, start, reason):
    with pytest.raises(ValueError, match=r".") as told:
        period_of(cell, start)
    assert reason in str(told.value)
    assert "; allowed are" not in str(told.value)


def test_the_heading_says_what_a_bare_number_counts():
    assert period_of("18", "received", unit="month") == "18 months after received"
    assert period_of("365", "received", unit="day") == "365 days after received"


def test_it_does_so_in_every_way_of_writing_and_a_code_that_counts_years_is_refused_there():
    assert period_of("termination + 18", unit="month") == "18 months after termination"
    assert period_of("6 or until audited", "received", unit="month") == (
        "either 6 months after received or until audited"
    )
    with pytest.raises(ValueError, match="its heading says months"):
        period_of("CU+2", unit="month")
    assert period_of("SUP", unit="month") == "until superseded"


@pytest.mark.parametrize(
    ("cell", "unit", "assumed"),
    [
        ("3", "", True),
        ("termination plus 5", "", True),
        ("3", "year", False),
        ("3 years", "", False),
        ("CU+2", "", False),
        ("5 (GC 34090)", "", True),
    ],
)
def test_a_bare_number_that_was_taken_for_years_is_known_for_it(cell, unit, assumed):
    assert cells.period_of(cell, start="received", unit=unit).in_years is assumed


def test_a_start_that_a_person_filled_in_is_known_for_it():
    assert cells.period_of("2 years", start="received").filled == "received"
    assert cells.period_of("2 years", "closed", start="received").filled == ""
    assert cells.period_of("2 years after closed", start="received").filled == ""


@pytest.mark.parametrize(
    ("cell", "start", "asked"),
    [
        ("2 yrs after clsoed", "", "is 'closed' meant?"),
        ("3 yrs after recpt", "", "is 'receipt' meant?"),
        ("3 years after recieved", "", "write 'received' if that is meant"),
        ("2 years after the file is closd", "", "is 'closed' meant?"),
        ("clsoed + 3", "", "is 'closed' meant?"),
        ("Permament", "", "is 'permanent' meant?"),
        ("Superceded", "", "is 'superseded' meant?"),
        ("until superceded", "", "is 'superseded' meant?"),
        ("until adited", "", "is 'audited' meant?"),
        ("2 years after end of calender year received", "", "is 'calendar' meant?"),
        ("10 days after received, or 3 months after received if complted", "", "is 'completed' meant?"),
        ("5 years after closed if complted, otherwise permanent", "", "is 'completed' meant?"),
        ("2 years", "Seperation", "is 'separation' meant?"),
        ("See FIN-02", "", "write 'as FIN-02'"),
        ("same as series GS 4.", "", "write 'as GS 4'"),
    ],
)
def test_a_slip_is_asked_about_instead_of_becoming_an_event_that_never_happens(cell, start, asked):
    with pytest.raises(ValueError, match=r".") as told:
        period_of(cell, start)
    assert str(told.value).endswith(asked)


@pytest.mark.parametrize(
    "event",
    [
        "final determination",
        "expiry",
        "disclosed",
        "last contact",
        "cremation",
        "repayment",
        "competition",
        "case closes",
    ],
)
def test_a_word_of_its_own_is_no_slip_however_near_it_is(event):
    assert period_of(f"2 years after {event}") == f"2 years after {event}"


@pytest.mark.parametrize(
    ("cell", "retain", "citation", "mark"),
    [
        ("2 years (CCP 337)", "2 years after received", "CCP 337", ""),
        ("5 years after closed (29 CFR 1627.3(b)(1))", "5 years after closed", "29 CFR 1627.3(b)(1)", ""),
        ("P (Gov. Code § 34090)*", "permanent", "Gov. Code § 34090", "*"),
        ("3 years*", "3 years after received", "", "*"),
        ("3 years** (GC 34090)", "3 years after received", "GC 34090", "**"),
        ("CU+2\u00b9", "2 years after end of calendar year received", "", "\u00b9"),
        ("as FIN*", "as FIN*", "", ""),
    ],
)
def test_a_citation_or_a_mark_behind_a_period_is_kept_beside_it(cell, retain, citation, mark):
    found = cells.period_of(cell, start="received")
    assert (found.retain, found.citation, found.mark) == (retain, citation, mark)


@pytest.mark.parametrize(
    "bracket", ["digital: 1 year", "min 5", "CU 2", "if audited", "see note 3", "FY 2020", "paper"]
)
def test_a_bracket_that_may_change_the_period_is_not_taken_for_a_citation(bracket):
    with pytest.raises(ValueError, match=r"."):
        period_of(f"3 years after closed ({bracket})")


def test_a_row_without_a_start_counts_from_when_a_person_said():
    assert period_of("2 years", start="received") == "2 years after received"
    assert period_of("2 years", "closed", start="received") == "2 years after closed"
    assert period_of("permanent", start="received") == "permanent"


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("Date received", "received"),
        ("CYE", "end of calendar year received"),
        ("Fiscal Year-End", "end of fiscal year received"),
        ("Upon termination", "termination"),
        ("Termination date", "termination"),
        ("end of term", "end of term"),
        ("Created or received", "received"),
    ],
)
def test_a_start_is_a_date_a_year_or_an_event(text, start):
    assert start_of(text) == start


@pytest.mark.parametrize(
    ("text", "then"),
    [
        ("Destroy", "destroy"),
        ("Shred/recycle", "destroy"),
        ("Auto-delete", "destroy"),
        ("Transfer to Archives", "keep"),
        ("No action: retain", "keep"),
        ("Review required", "review"),
        ("Destroy after review", "review"),
    ],
)
def test_a_disposition_is_one_of_three(text, then):
    assert then_of(text) == then


@pytest.mark.parametrize("text", ["Do not destroy", "Archive, then destroy", "As usual", "Destroy unless needed", "-"])
def test_a_disposition_that_says_two_things_is_not_guessed(text):
    with pytest.raises(ValueError, match="write destroy, keep or review"):
        then_of(text)


def test_yes_is_yes_and_no_is_no():
    assert yes("Yes") and yes("x") and not yes("no") and not yes("")
    with pytest.raises(ValueError, match="neither"):
        yes("perhaps")


@pytest.mark.parametrize("text", ["not required", "Permission not required.", " Not  Required "])
def test_a_permission_that_is_not_required_is_seen(text):
    assert cells.permission(text) == "not required"
    assert cells.permission("required") == cells.permission("") == ""


@pytest.mark.parametrize("text", ["no", "yes", "RMU-2", "not required?", "required unless not required"])
def test_a_permission_that_is_left_open_is_not_guessed(text):
    with pytest.raises(ValueError, match="neither 'required' nor 'not required'"):
        cells.permission(text)


clerk = st.lists(
    st.sampled_from(
        "2 3 years yrs after until or and whichever is later earlier closed superseded received FY CU + , ( ) permanent"
        " end of fiscal calendar year 2-Mar six then at least if P".split()
    ),
    max_size=8,
).map(" ".join)


@given(st.one_of(clerk, st.text(max_size=40)), st.one_of(clerk, st.just("")))
def test_whatever_stands_there_is_either_refused_or_a_period_of_the_grammar(cell, start):
    try:
        found = period_of(cell, start)
    except ValueError as refused:
        assert str(refused)
    else:
        assert str(period.parse(found)) == found
        assert period_of(found) == found
