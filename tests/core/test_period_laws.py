"""What holds for every retention rule, however it is put together."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from retention.core.period import (
    AfterAudit,
    AfterDate,
    AfterEvent,
    As,
    Ceiling,
    Dated,
    Dates,
    EarlierOf,
    Either,
    Extended,
    Floor,
    If,
    LaterOf,
    Month,
    Never,
    NotRequired,
    NotScheduled,
    NotStated,
    Of,
    OneOf,
    Outcome,
    Period,
    Permanent,
    Thereafter,
    Undated,
    Unit,
    UntilEvent,
    UntilNotNeeded,
    UntilRead,
    Waiting,
    YearEnd,
    YearStart,
    due,
    is_certain,
    later_of,
    overdue_on,
    parse,
    plain,
    refers_to,
    resolved,
    waits_for,
    weight,
)
from retention.core.period.comparing import impossible
from retention.core.period.limits import within

DAYS = st.dates(date(1970, 1, 1), date(2200, 12, 31))
NEAR = st.dates(date(2019, 1, 1), date(2022, 12, 31))
COUNTS = st.integers(1, 120)
NAMES = ["closed", "superseded", "end of lease", "employee's death", "end of life of bridge", "sustained"]
AUDITS = [f"audit of {year} year {number}" for year in YearEnd for number in range(2019, 2024)]
EVENTS = st.sampled_from(NAMES)
CODES = ["FIN 04300", "A01-02", "8.3-1(b)", "GS26 100A", "Bids, accepted", "then (x", "at least 2", "c.66 §8 (old)"]
SERIES = st.sampled_from(CODES)
CUTS = st.sampled_from([*YearEnd, *YearStart, *Month])
FIXED = [Permanent(), NotRequired(), UntilRead(), UntilNotNeeded(), NotScheduled(), NotStated()]


@st.composite
def afters(draw, *, until=False):
    """So long after something; or, without a length, until the end of a year, of a month or of an audit."""
    count, unit = (0, Unit.DAY) if until else (draw(COUNTS), draw(st.sampled_from(Unit)))
    days = 0 if unit is Unit.DAY else draw(st.sampled_from([0, 0, 1, 45]))
    start = draw(st.sampled_from([AfterDate, AfterEvent, AfterAudit]))
    if start is AfterAudit:
        return AfterAudit(count, unit, draw(st.sampled_from(YearEnd)), draw(st.sampled_from(Of)), days)
    cut = draw(CUTS) if until or draw(st.booleans()) else None
    return start(count, unit, draw(st.sampled_from(Of) if start is AfterDate else EVENTS), cut, days)


@st.composite
def conditions(draw):
    if draw(st.booleans()):
        return Outcome(draw(EVENTS), draw(st.booleans()))
    days = sorted([draw(DAYS), draw(DAYS)])
    open_ = draw(st.sampled_from(["first", "last", ""]))
    return Dated(draw(st.sampled_from(Of)), None if open_ == "first" else days[0], None if open_ == "last" else days[1])


def plain_limit(draw):
    kind = draw(st.sampled_from([None, UntilEvent, "until", As, OneOf, AfterDate, AfterDate]))
    if kind is None:
        return draw(st.sampled_from(FIXED))
    if kind is UntilEvent:
        return UntilEvent(draw(EVENTS))
    if kind is As:
        return As(draw(SERIES))
    if kind is OneOf:
        return OneOf(tuple(draw(st.lists(SERIES, min_size=1, max_size=3))))
    return draw(afters(until=kind == "until"))


COMBINED = [LaterOf, EarlierOf, Either, Floor, Ceiling, Thereafter, Extended, If]


@st.composite
def limits(draw, *, deep=2, without=()):
    """Any limit that makes sense, nested up to so deep."""
    kinds = [None, None, None, *(one for one in COMBINED if one not in without)]
    kind = draw(st.sampled_from(kinds)) if deep else None
    if kind is None:
        return plain_limit(draw)
    inner = limits(deep=deep - 1, without=without)
    if kind in (LaterOf, EarlierOf, Either):
        limit = kind(tuple(draw(inner) for _ in range(draw(st.integers(2, 3)))))
    elif kind in (Floor, Ceiling):
        limit = kind(draw(inner), draw(afters()))
    elif kind is Thereafter:
        limit = Thereafter(draw(inner), draw(COUNTS), draw(st.sampled_from(Unit)))
    elif kind is Extended:
        limit = Extended(draw(inner), draw(inner), draw(EVENTS))
    else:
        limit = If(draw(inner), draw(conditions()), draw(inner) if draw(st.booleans()) else None)
    assume(impossible(limit) is None)
    return limit


@st.composite
def known(draw):
    """What is known of one message, with some of all that may have happened."""
    return Dates(
        received_on=draw(st.none() | NEAR),
        sent_on=draw(st.none() | NEAR),
        is_read=draw(st.sampled_from([None, False, True])),
        fiscal_year_starts=draw(st.sampled_from([(1, 1), (2, 29), (3, 1), (7, 1), (10, 1), (12, 31)])),
        happened=draw(st.dictionaries(st.sampled_from([*NAMES, "not sustained", *AUDITS]), DAYS)),
    )


LIMITS, AFTER, DATES = limits(), afters(), known()


def not_earlier(later, earlier):
    """Whether the second answer keeps no longer than the first; what is no date keeps on."""
    if isinstance(earlier, date):
        return not isinstance(later, date) or later >= earlier
    return not isinstance(later, date)


@settings(max_examples=200)
@given(limits(deep=3))
def test_what_is_printed_is_read_as_the_same_period(limit):
    assert parse(plain(Period(limit))) == Period(limit)


@given(st.text() | st.text(alphabet="abdefilnorstuvy (),0123456789\n\"'", max_size=80))
def test_any_text_is_either_read_or_refused_with_one_sentence(text):
    try:
        period = parse(text)
    except ValueError as told:
        assert "\n" not in str(told)
    else:
        assert parse(str(period)) == period


WORDS = st.sampled_from(
    "later earlier of until after and or ( ) , 3 1 0 years months day received sent closed permanent at least most if "
    "otherwise then as one either not from before to on 2004 2004-07-01 end fiscal calendar year audit next March life "
    'whichever is no longer needed read FIN 04300 " scheduled'.split()
)


@settings(max_examples=300)
@given(st.lists(WORDS, max_size=15))
def test_any_words_of_the_grammar_are_either_read_or_refused(words):
    try:
        period = parse(" ".join(words))
    except ValueError as told:
        assert "\n" not in str(told)
    else:
        assert parse(str(period)) == period


@given(LIMITS, DATES)
def test_it_is_always_a_day_or_a_sentence_that_says_why_not_and_the_same_each_time(limit, dates):
    when = due(Period(limit), dates)
    assert when == due(Period(limit), dates)
    assert isinstance(when, date) or (when.sentence and "\n" not in when.sentence)
    assert isinstance(when, date | Waiting | Never | Undated)


@given(LIMITS, LIMITS, DATES)
def test_a_limit_added_by_later_of_never_brings_a_day_forward(one, other, dates):
    both = later_of(Period(one), Period(other))
    for limit in (one, other):
        assert not_earlier(due(both, dates), due(Period(limit), dates))
        assert weight(both) >= weight(Period(limit))
    kept, written_out = due(both, dates), due(Period(LaterOf((one, other))), dates)
    assert kept == written_out or not (isinstance(kept, date) or isinstance(written_out, date))


@given(LIMITS, AFTER, DATES)
def test_at_least_never_brings_a_day_forward_and_at_most_never_changes_it(limit, bound, dates):
    bare = due(Period(limit), dates)
    floor = due(Period(Floor(limit, bound)), dates)
    assert not_earlier(floor, bare) and not_earlier(floor, due(Period(bound), dates))
    assert due(Period(Ceiling(limit, bound)), dates) == bare


@given(limits(without=(EarlierOf,)), DATES, st.sampled_from(NAMES), DAYS)
def test_one_more_event_never_makes_what_is_due_earlier(limit, dates, event, on):
    assume(event not in dates.happened)
    more = replace(dates, happened={**dates.happened, event: on})
    before, after = due(Period(limit), dates), due(Period(limit), more)
    if isinstance(before, date):
        assert not_earlier(after, before)


@given(LIMITS, DATES, st.integers(0, 4000))
def test_what_happened_later_is_never_due_earlier(limit, dates, days):
    later = replace(dates, happened={name: on + timedelta(days=days) for name, on in dates.happened.items()})
    assert not_earlier(due(Period(limit), later), due(Period(limit), dates))


@given(AFTER, DATES)
def test_nothing_is_due_before_so_much_time_has_passed_since_the_day_it_counts_from(limit, dates):
    when = due(Period(limit), dates)
    if not isinstance(when, date) or isinstance(getattr(limit, "cut", None), YearStart):
        return
    if isinstance(limit, AfterDate):
        known = {Of.RECEIVED: (dates.received_on,), Of.SENT: (dates.sent_on,)}
        anchors = known.get(limit.of, (dates.received_on, dates.sent_on))
    elif isinstance(limit, AfterEvent):
        anchors = [dates.happened[limit.event]]
    else:
        anchors = [min(on for name, on in dates.happened.items() if name.startswith("audit"))]
    for anchor in anchors:
        if anchor is not None:
            assert when > anchor
            shortest = {Unit.DAY: 1, Unit.MONTH: 28, Unit.YEAR: 365}[limit.unit] * limit.count + limit.and_days
            assert (when - anchor).days > shortest


@given(LIMITS, DATES)
def test_what_needs_no_event_and_no_person_says_so(limit, dates):
    day = date(2020, 2, 29)
    bare = replace(dates, received_on=dates.received_on or day, sent_on=day, is_read=True, happened={})
    if isinstance(due(Period(limit), bare), date):
        assert is_certain(Period(limit))


@given(LIMITS, DATES)
def test_nothing_is_overdue_without_a_word_of_at_most(limit, dates):
    if not any(isinstance(one, Ceiling) for one in within(limit)):
        assert overdue_on(Period(limit), dates) is None


@given(LIMITS)
def test_a_period_whose_series_are_all_permanent_refers_to_none_by_as(limit):
    whole = resolved(Period(limit), lambda _: Period(Permanent()))
    assert not any(isinstance(one, As) for one in within(whole.limit))
    assert set(waits_for(whole)) == set(waits_for(Period(limit)))
    assert set(refers_to(whole)) <= set(refers_to(Period(limit)))
    assert weight(whole) >= (0, 0.0)
