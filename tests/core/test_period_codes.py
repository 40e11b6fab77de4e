"""The short forms that cities and states print, and what they stand for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.core.period import parse, read_code

CODES = {
    "P": "permanent",
    "PERM": "permanent",
    "DISP": "no retention required",
    "O": "until no longer needed",
    "CU+2": "2 years after end of calendar year received",
    "cu + 2": "2 years after end of calendar year received",
    "CU": "until end of calendar year received",
    "FY+7": "7 years after end of fiscal year received",
    "AU+4": "4 years after audit of fiscal year received",
    "AU": "until audit of fiscal year received",
    "CL+10": "10 years after closed",
    "CL": "until closed",
    "C+2": "2 years after completed",
    "SU+5": "5 years after superseded",
    "S+2": "2 years after superseded",
    "S2": "2 years after superseded",
    "SUP+6": "6 years after superseded",
    "EXP+6": "6 years after expired",
    "E+5": "5 years after expired",
    "T+4": "4 years after terminated",
    "T25": "25 years after terminated",
    "ACT": "until inactive",
    "ACT+3": "3 years after inactive",
    "ACT+2/6": "30 months after inactive",
    "EXP+0/6": "6 months after expired",
    "AD+3 YRS": "3 years after adopted",
    "Audit year + 5 years": "5 years after audit of fiscal year received",
    "Calendar year end + 10": "10 years after end of calendar year received",
    "date prepared + 3 years": "3 years after date prepared",
    "active + 3 years": "3 years after inactive",
    "10 after expiration of district": "10 years after expiration of district",
    "5 after volunteer period ends": "5 years after volunteer period ends",
    "22 months after election": "22 months after election",
    "3 yrs from filing": "3 years after filing",
    "Until superseded": "until superseded",
    "Until read": "until read",
    "Permanent": "permanent",
    "When no longer needed": "until no longer needed",
    "3 years after received or until audited, whichever is later": "later of 3 years after received and until audited",
}
STARTED = {
    "6": "6 years after received",
    "2Y": "2 years after received",
    "2 yrs.": "2 years after received",
    "100 days": "100 days after received",
    "6 months": "6 months after received",
    "0/6": "6 months after received",
    "2/6": "30 months after received",
    "CR+2": "2 years after end of calendar year received",
    "CR+0/1": "1 month after received",
    "2 or until paid": "either 2 years after received or until paid",
}


@pytest.mark.parametrize(("code", "text"), CODES.items())
def test_a_code_stands_for_its_period(code, text):
    assert str(read_code(code)) == text
    assert read_code(code, start="received") == parse(text)


@pytest.mark.parametrize(("code", "text"), STARTED.items())
def test_a_code_that_does_not_say_from_when_counts_from_the_start_that_is_given(code, text):
    assert str(read_code(code, start="received")) == text
    with pytest.raises(ValueError, match="does not say from when; give a start"):
        read_code(code)


def test_the_start_may_be_another_date_or_an_event():
    assert str(read_code("2Y", start="sent")) == "2 years after sent"
    assert str(read_code("CR+2", start="received or sent")) == "2 years after end of calendar year received or sent"
    assert str(read_code("CR+2", start="date prepared")) == "2 years after date prepared"
    assert str(read_code("EVT+2", start="hired")) == "2 years after hired"
    assert str(read_code("EVT", start="hired")) == "until hired"


@pytest.mark.parametrize(
    ("code", "named"),
    [
        ("XX+2", "'XX\\+2' is not known; known are A, ACT"),
        ("TO+5", "'TO\\+5' is not known"),
        ("L", "'L' is not known"),
        ("DOB", "'DOB' is not known"),
        ("P+2", "'P\\+2' is not known"),
        ("CR", "does not say how long"),
        ("EVT+2", "an event that it does not name"),
        ("CR+0/0", "has no length"),
        ("0", "has no length"),
        ("2/13", "more than 11 months"),
        ("CR-1", "not understood"),
        ("", "not understood"),
        ("12345", "'12345'"),
        ("CL+9999", "longer than 999 years"),
        ("2 or until paid and closed", "'and'"),
        ("2 or 3", "'2'"),
    ],
)
def test_a_code_that_is_not_known_or_says_too_little_is_refused(code, named):
    with pytest.raises(ValueError, match=named) as told:
        read_code(code, start="received")
    assert "\n" not in str(told.value)


@given(
    st.text(max_size=40) | st.from_regex(r"[A-Z]{0,4} ?\+? ?[0-9]{0,4}/?[0-9]{0,2} ?(or until paid)?", fullmatch=True)
)
def test_any_code_is_either_read_or_refused(code):
    try:
        period = read_code(code, start="received")
    except ValueError as told:
        assert "\n" not in str(told)
    else:
        assert parse(str(period)) == period


def test_a_monstrous_code_is_refused_at_once():
    for code in ("9" * 5000, "2 or until paid " * 300, "A" * 5000, "2 or " * 1500 + "until paid", "x + " * 2000):
        with pytest.raises(ValueError):
            read_code(code, start="received")
