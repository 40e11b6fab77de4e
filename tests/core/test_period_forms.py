"""Every form of retention rule that the five states were seen to use: read, printed and counted.

F1 to F30 are those of California and Minnesota, G1 to G41 those of Massachusetts, Michigan and Connecticut. The days
were counted by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

import pytest

from retention.core.period import Dates, due, overdue_on, parse

RECEIVED, SENT = date(2023, 11, 7), date(2023, 11, 6)
FISCAL = (7, 1)


def on(year: int, month: int, day: int) -> date:
    return date(year, month, day)


class Row(NamedTuple):
    """A form, a rule of that form, what has happened, and the day or the sentence that follows."""

    form: str
    text: str
    expected: date | str
    happened: Mapping[str, date] = {}
    printed: str = ""
    received: date | None = RECEIVED
    overdue: date | None = None

    @property
    def dates(self) -> Dates:
        return Dates(
            received_on=self.received,
            sent_on=SENT,
            is_read=True,
            fiscal_year_starts=FISCAL,
            happened=self.happened,
        )


PERMANENT = "is kept permanently"
A_PERSON = "waits for a named person to say that it is no longer needed"
NO_AUTHORITY = "waits until an authority or a schedule covers it"
CLAIM = (
    "later of 5 years after injury, 1 year after last compensation, until compensation paid "
    "and until audit findings final"
)
SUSTAINED = "5 years after closed if not sustained, otherwise 15 years after closed"
RECOUNT = "30 days after canvass, or until recount decided if recount requested, or until stay lifted if stay ordered"
CONTEST = "30 days after election, or until contest decided if contest filed"
FEDERAL = "22 months after election if federal office, otherwise 30 days after election"
CASE = "3 years after end of employment, or until case closed if case opened"
ELIGIBLE = "(earlier of until list expired and until list abolished), then 20 years"

ROWS = [
    Row("F1", "6 years after received", on(2029, 11, 8)),
    Row("F2", "2 years after received", on(2025, 11, 8)),
    Row("F2", "7 years after filing", on(2027, 3, 2), {"filing": on(2020, 2, 29)}),
    Row("F3", "permanent", PERMANENT),
    Row("F3", "Indefinitely", PERMANENT, printed="permanent"),
    Row("F4", "10 years after expiration of district", "waits for the event 'expiration of district'"),
    Row("F4", "10 years after expiration of district", on(2034, 7, 1), {"expiration of district": on(2024, 6, 30)}),
    Row("F5", "2 years after end of calendar year received", on(2026, 1, 1)),
    Row("F5", "2 years after end of fiscal year received", on(2026, 7, 1)),
    Row("F6", "4 years after audit of fiscal year received", "waits for the event 'audit of fiscal year 2024'"),
    Row(
        "F6",
        "4 years after audit of fiscal year received",
        on(2028, 12, 16),
        {"audit of fiscal year 2023": on(2023, 12, 1), "audit of fiscal year 2024": on(2024, 12, 15)},
    ),
    Row(
        "F6",
        "5 years after audit of calendar year received",
        on(2029, 4, 1),
        {"audit of calendar year 2023": on(2024, 3, 31), "audit of fiscal year 2023": on(2024, 8, 1)},
    ),
    Row("F7", "until read", on(2023, 11, 7)),
    Row("F7", "until superseded", on(2025, 2, 1), {"superseded": on(2025, 1, 31)}),
    Row("F8", "5 years after superseded", on(2029, 3, 2), {"superseded": on(2024, 2, 29)}),
    Row(
        "F9",
        "either 2 years after received or until paid",
        "waits for a ruling whether '2 years after received' or 'until paid' governs",
        {"paid": on(2024, 1, 1)},
    ),
    Row("F10", ELIGIBLE, on(2044, 6, 1), {"list expired": on(2024, 5, 31)}),
    Row("F10", ELIGIBLE, on(2044, 3, 16), {"list expired": on(2024, 5, 31), "list abolished": on(2024, 3, 15)}),
    Row("F10", ELIGIBLE, "waits for the event 'list expired' or waits for the event 'list abolished'"),
    Row(
        "F11",
        CLAIM,
        on(2026, 1, 1),
        {
            "injury": on(2020, 1, 31),
            "last compensation": on(2024, 10, 31),
            "compensation paid": on(2024, 11, 30),
            "audit findings final": on(2025, 12, 31),
        },
    ),
    Row(
        "F11",
        CLAIM,
        "waits for the event 'compensation paid' and waits for the event 'audit findings final'",
        {"injury": on(2020, 1, 31), "last compensation": on(2024, 10, 31)},
    ),
    Row("F12", "100 days after received", on(2024, 2, 16)),
    Row("F12", "6 months after award of contract", on(2024, 3, 2), {"award of contract": on(2023, 8, 31)}),
    Row("F12", "22 months after election", on(2024, 9, 9), {"election": on(2022, 11, 8)}),
    Row(
        "F13",
        "later of 10 years after completed and life of the structure",
        on(2024, 1, 16),
        {"completed": on(2010, 5, 5), "end of life of structure": on(2024, 1, 15)},
        printed="later of 10 years after completed and until end of life of structure",
    ),
    Row("F14", "until death", on(2024, 5, 1), {"death": on(2024, 4, 30)}),
    Row("F14", "6 years after separation", on(2030, 1, 1), {"separation": on(2023, 12, 31)}),
    Row("F14", "4 years after end of term", on(2028, 1, 8), {"end of term": on(2024, 1, 7)}),
    Row("F14", "21 years after birth", on(2025, 3, 2), {"birth": on(2004, 2, 29)}),
    Row("F15", "10 years after start of grant period", on(2031, 10, 2), {"start of grant period": on(2021, 10, 1)}),
    Row("F15", "5 years after next March after received", on(2029, 4, 1)),
    Row("F15", "1 year after start of fiscal year received", on(2024, 7, 2)),
    Row("F15", "2 years after end of calendar year of meeting", on(2025, 1, 1), {"meeting": on(2022, 1, 11)}),
    Row("F16", "permanent if received from 2004 on, otherwise 2 years after received", PERMANENT),
    Row(
        "F16",
        "permanent if received from 2004 on, otherwise 2 years after received",
        on(2006, 1, 1),
        received=on(2003, 12, 31),
    ),
    Row("F16", "2 years after received, then 5 years", on(2030, 11, 8)),
    Row("F17", SUSTAINED, on(2029, 1, 11), {"closed": on(2024, 1, 10), "not sustained": on(2024, 1, 10)}),
    Row("F17", SUSTAINED, on(2039, 1, 11), {"closed": on(2024, 1, 10), "sustained": on(2024, 1, 10)}),
    Row("F17", SUSTAINED, "waits for the event 'sustained' or 'not sustained'", {"closed": on(2024, 1, 10)}),
    Row("F18", "2 years after received or sent", on(2025, 11, 8)),
    Row("F18", "2 years after received or sent", on(2025, 11, 7), received=None),
    Row("F19", "When no longer needed", A_PERSON, printed="until no longer needed"),
    Row("F20", "as FIN 04300", "is kept as FIN 04300 is, which is not resolved"),
    Row("F21", "2 years after received if received from 2013-04-01 on", on(2025, 11, 8)),
    Row(
        "F21",
        "2 years after received if received from 2013-04-01 on",
        "is kept because its period holds only if received from 2013-04-01 on",
        received=on(2013, 3, 31),
    ),
    Row(
        "F22",
        "earlier of 10 years after closed and until trusted copy made",
        on(2024, 2, 2),
        {"trusted copy made": on(2024, 2, 1)},
    ),
    Row("F23", "until no longer needed, at most 2 years", A_PERSON, overdue=on(2025, 11, 8)),
    Row("F24", "90 days after received, at least 2 years", on(2025, 11, 8)),
    Row("F25", "2 years after received, at most 2 years", on(2025, 11, 8), overdue=on(2025, 11, 8)),
    Row("F26", "1 year after received, or 180 days after requested if requested", on(2024, 11, 8)),
    Row(
        "F26",
        "1 year after received, or 180 days after requested if requested",
        on(2025, 3, 31),
        {"requested": on(2024, 10, 1)},
    ),
    Row("F28", "no retention required, at least 30 days", on(2023, 12, 8)),
    Row("F29", "not scheduled", NO_AUTHORITY),
    Row("G1", "PERMANENT", PERMANENT, printed="permanent"),
    Row("G2", "2 years after received", on(2025, 11, 8)),
    Row("G3", "6 months after received", on(2024, 5, 8)),
    Row("G3", "180 days after received", on(2024, 5, 6)),
    Row("G3", "2 years and 6 months after received", on(2026, 5, 8), printed="30 months after received"),
    Row("G3", "1 year and 1 day after approval of minutes", on(2025, 3, 3), {"approval of minutes": on(2024, 2, 29)}),
    Row("G4", "10 years after end of calendar year received", on(2034, 1, 1)),
    Row("G5", "7 years after end of fiscal year received", on(2031, 7, 1)),
    Row("G6", "7 years after latest entry", on(2030, 1, 1), {"latest entry": on(2022, 12, 31)}),
    Row("G7", "6 years after final payment", on(2030, 7, 1), {"final payment": on(2024, 6, 30)}),
    Row("G8", "5 years after resolution", on(2028, 3, 4), {"resolution": on(2023, 3, 3)}),
    Row("G9", "55 years after end of employment", on(2079, 6, 1), {"end of employment": on(2024, 5, 31)}),
    Row("G10", "6 years after expired", on(2030, 10, 1), {"expired": on(2024, 9, 30)}),
    Row("G11", "until superseded", "waits for the event 'superseded'"),
    Row("G12", "6 years after superseded", on(2030, 3, 2), {"superseded": on(2024, 2, 29)}),
    Row("G13", "until end of life of equipment", on(2024, 7, 5), {"end of life of equipment": on(2024, 7, 4)}),
    Row("G13", "while active", "waits for the event 'inactive'", printed="until inactive"),
    Row(
        "G14",
        "life of the structure plus 1 year",
        on(2025, 7, 5),
        {"end of life of structure": on(2024, 7, 4)},
        printed="1 year after end of life of structure",
    ),
    Row("G15", "until administrative use ceases", A_PERSON, printed="until no longer needed"),
    Row("G15", "while of reference value", A_PERSON, printed="until no longer needed"),
    Row(
        "G16",
        "either 3 years after received or until audited",
        "waits for a ruling whether '3 years after received' or 'until audited' governs",
    ),
    Row(
        "G17",
        "3 years after received or until audited, whichever is later",
        on(2026, 11, 8),
        {"audited": on(2024, 12, 20)},
        printed="later of 3 years after received and until audited",
    ),
    Row(
        "G17",
        "later of 3 years after hired and 1 year after terminated",
        on(2025, 7, 1),
        {"hired": on(2020, 6, 1), "terminated": on(2024, 6, 30)},
    ),
    Row("G18", CONTEST, on(2023, 12, 8), {"election": on(2023, 11, 7)}),
    Row(
        "G18",
        CONTEST,
        "waits for the event 'contest decided'",
        {"election": on(2023, 11, 7), "contest filed": on(2023, 11, 14)},
    ),
    Row(
        "G18",
        CONTEST,
        on(2024, 2, 2),
        {"election": on(2023, 11, 7), "contest filed": on(2023, 11, 14), "contest decided": on(2024, 2, 1)},
    ),
    Row("G19", "3 months after approval of minutes", on(2024, 3, 2), {"approval of minutes": on(2023, 11, 30)}),
    Row("G20", RECOUNT, on(2023, 12, 21), {"canvass": on(2023, 11, 20)}),
    Row(
        "G20",
        RECOUNT,
        on(2024, 2, 1),
        {"canvass": on(2023, 11, 20), "recount requested": on(2023, 11, 22), "recount decided": on(2024, 1, 31)},
    ),
    Row("G21", FEDERAL, on(2024, 9, 9), {"election": on(2022, 11, 8), "federal office": on(2022, 11, 8)}),
    Row("G21", FEDERAL, on(2022, 12, 9), {"election": on(2022, 11, 8), "not federal office": on(2022, 11, 8)}),
    Row("G22", "permanent if received before 1870, otherwise 7 years after received", on(2030, 11, 8)),
    Row(
        "G22",
        "permanent if received before 1870, otherwise 7 years after received",
        PERMANENT,
        received=on(1869, 12, 31),
    ),
    Row("G23", "10 days after received, or 3 months after received if requested", on(2023, 11, 18)),
    Row(
        "G23",
        "10 days after received, or 3 months after received if requested",
        on(2024, 2, 8),
        {"requested": on(2023, 11, 15)},
    ),
    Row("G24", CASE, on(2024, 1, 1), {"end of employment": on(2020, 12, 31)}),
    Row(
        "G24",
        CASE,
        "waits for the event 'case closed'",
        {"end of employment": on(2020, 12, 31), "case opened": on(2023, 12, 1)},
    ),
    Row(
        "G25",
        "until no longer needed, at most 7 years after graduation",
        A_PERSON,
        {"graduation": on(2023, 6, 30)},
        overdue=on(2030, 7, 1),
    ),
    Row("G26", "2 years after received, at least 1 year, at most 3 years", on(2025, 11, 8), overdue=on(2026, 11, 8)),
    Row(
        "G28",
        "1 year after received if not corroborated, otherwise period not stated",
        on(2024, 11, 8),
        {"not corroborated": on(2024, 11, 7)},
    ),
    Row(
        "G28",
        "1 year after received if not corroborated, otherwise period not stated",
        "is kept because its source states no period",
        {"corroborated": on(2024, 11, 7)},
    ),
    Row("G29", "as ADMIN-005", "is kept as ADMIN-005 is, which is not resolved"),
    Row("G30", "one of A01-02a, A01-02b", "waits for a person to say which it belongs to: A01-02a, A01-02b"),
    Row("G31", "10 years after received", on(2033, 11, 8)),
    Row("G31", "permanent", PERMANENT),
    Row("G32", "until ballots destroyed, then 2 years", on(2026, 10, 16), {"ballots destroyed": on(2024, 10, 15)}),
    Row("G33", "later of 20 years after received and until copy made", "waits for the event 'copy made'"),
    Row(
        "G33",
        "later of 20 years after received and until copy made",
        on(2043, 11, 8),
        {"copy made": on(2024, 1, 1)},
    ),
    Row("G34", "until no longer needed", A_PERSON),
    Row("G35", "no retention required", on(2023, 11, 7)),
    Row(
        "G36",
        "later of 5 years after received and as in-house-plan",
        "is kept as in-house-plan is, which is not resolved",
    ),
    Row("G37", "7 years after received", on(2030, 11, 8)),
    Row("G37", "not scheduled", NO_AUTHORITY),
    Row(
        "G40",
        "earlier of 5 years after recording and until collected",
        on(2023, 12, 1),
        {"recording": on(2018, 11, 30)},
    ),
]

NO_PERIOD = {
    "F27": "A duty to publish says how long a filing stays on a web site, not how long it is kept: a series' note.",
    "F30": "An access class says who may see a record, not how long it is kept: a series' access.",
    "G27": "What is struck out before a release to a third party leaves the record where it is: a series' note.",
    "G38": "Whether a permission is needed is asked after the period is over: a consent, one of the gates.",
    "G39": "How a record is destroyed is asked after the period is over: a series' note, told with the consents.",
    "G41": "A duty to note the times at which mail was found in a junk folder sets no period: the log of requests.",
}
"""Forms that are no period, and where they live instead.

Two more are periods of two series, not of one: F16 (each medium; mail has only one) and G31 (each office that holds a
copy, which a series' match on the office tells apart). F23 and G34 are the period of the copies, in a series of theirs.
"""


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.form} {row.text}")
def test_every_form_is_read_printed_and_counted(row):
    period = parse(row.text)
    assert str(period) == (row.printed or row.text)
    assert parse(str(period)) == period
    when = due(period, row.dates)
    assert (when if isinstance(when, date) else when.sentence) == row.expected
    assert overdue_on(period, row.dates) == row.overdue


def test_no_form_is_left_out():
    forms = {f"F{number}" for number in range(1, 31)} | {f"G{number}" for number in range(1, 42)}
    assert {row.form for row in ROWS} | set(NO_PERIOD) == forms
    assert not {row.form for row in ROWS} & set(NO_PERIOD)


@pytest.mark.parametrize(
    "text",
    [
        "permanent",
        "3 years after received",
        "2 years after end of calendar year received",
        "10 years after closed",
        "5 years after superseded",
        "4 years after audit of fiscal year received",
        "until read",
        "later of 22 months after election and contest resolved",
        "30 days after received, at most 90 days",
    ],
)
def test_the_examples_of_the_design_are_read(text):
    assert parse(str(parse(text))) == parse(text)
