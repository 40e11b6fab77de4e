"""What the cells of cities' own schedules say, and what nobody may guess."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.core import period
from retention.core.spreadsheet.cells import period_of, start_of, then_of, yes

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
