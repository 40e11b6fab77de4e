"""The law under every schedule: floors, classes never destroyed, and what a series that undercuts them is told."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.core import law, period, schedule
from retention.core.law import Law, floored, undercuts
from retention.core.period import Dates, due

FOLDER = Path(__file__).resolve().parent.parent.parent / "schedules"
LAWS = sorted((FOLDER / "law").glob("*.toml"))
SCHEDULES = sorted(FOLDER.glob("*.toml"))
FACTS = ("schedules-ca-mn.md", "schedules-ma-mi-ct.md", "schedules-more.md")

MINUTES = {
    "id": "minutes",
    "title": "Minutes, ordinances or resolutions",
    "citation": "Town Code 1(e)",
    "source": "https://town.example/code",
    "titles": ["minutes", "ordinance*"],
}
DEEDS = {
    **MINUTES,
    "id": "deeds",
    "title": "Deeds",
    "citation": "Town Code 1(a)",
    "titles": ["deed", "title to property"],
}


def data(**changed):
    """The law of a pretend town, with nothing wrong in it; a table changed to None is left out."""
    whole = {
        "law": {
            "jurisdiction": "Town",
            "title": "Town Code 1",
            "source": "https://town.example/code",
            "verified": True,
        },
        "floor": {
            "retain": "2 years after received",
            "citation": "Town Code 1(d)",
            "source": "https://town.example/code",
        },
        "never": [MINUTES, DEEDS],
        **changed,
    }
    return {key: value for key, value in whole.items() if value is not None}


def read(**changed) -> Law:
    one, problems = law.parse(data(**changed))
    assert one is not None, [str(problem) for problem in problems]
    return one


TOWN = read()


def series(retain="3 years after received", *others, **changed):
    """One series of a schedule, read as any other."""
    row = {
        "id": "papers",
        "title": "Papers",
        "retain": retain,
        "then": "keep" if retain == "permanent" else "destroy",
        "citation": "Town Code 2",
        "source": "https://town.example/schedule",
        "match": [{"subject": ["papers"]}],
        "example": [{"subject": "Papers", "belongs": True}],
        **changed,
    }
    head = {"title": "Town schedule", "authority": "Town Council", "edition": "2026"}
    whole, problems = schedule.parse({"schedule": head, "series": [row, *others]}, "town")
    assert whole is not None, [str(problem) for problem in problems]
    return whole.series[0]


def told(*args, **changed) -> list[str]:
    return list(undercuts(series(*args, **changed), TOWN))


# --- the floor --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "retain",
    [
        "1 year after received",
        "23 months after received",
        "730 days after received",
        "1 year after end of calendar year received",
        "1 year after next March after received",
        "2 years after start of calendar year received",
        "no retention required",
        "until read",
        "earlier of 1 year after received and until superseded",
        "later of 1 year after received and 18 months after sent",
        "1 year after received, at most 3 years",
        "90 days after received, or 3 years after received if requested",
        "3 years after received if received before 2013, otherwise 1 year after received",
        "3 years after received if received before 2013, otherwise 1 year after received if received from 2040 to 2041",
    ],
)
def test_a_record_that_can_go_before_the_floor_by_its_own_dates_is_told(retain):
    (sentence,) = told(retain)
    assert "shorter than '2 years after received'" in sentence and "Town Code 1(d)" in sentence


@pytest.mark.parametrize(
    "retain",
    [
        "permanent",
        "2 years after received",
        "24 months after received",
        "731 days after received",
        "2 years after received or sent",
        "2 years after end of fiscal year received",
        "2 years after closed",
        "10 days after closed",
        "until superseded",
        "later of 1 year after received and until superseded",
        "1 year after received, at least 2 years",
        "until no longer needed",
        "either 1 year after received or until audited",
        "4 years after audit of fiscal year received",
        "not scheduled",
        "period not stated",
        "until ballots destroyed, then 2 years",
    ],
)
def test_what_is_as_long_or_waits_for_an_event_is_not_told(retain):
    assert told(retain) == []


def test_transitory_mail_has_no_floor():
    assert told("no retention required", transitory=True) == []
    retain = period.parse("no retention required")
    assert floored(retain, TOWN, transitory=True) == retain


def test_a_law_without_a_floor_tells_no_period():
    assert list(undercuts(series("1 day after received"), read(floor=None))) == []


def test_a_period_that_is_another_series_is_told_at_that_other_series():
    other = {
        "id": "other",
        "title": "Other",
        "retain": "1 year after received",
        "then": "destroy",
        "citation": "Town Code 2",
        "source": "https://town.example/schedule",
        "match": [{"subject": ["other"]}],
        "example": [{"subject": "Other", "belongs": True}],
    }
    assert told("as other", other) == []


DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))
EVENTS = ("closed", "superseded", "election", "requested", "audit of fiscal year 2026", "sustained")
SINGLE = st.sampled_from(
    [
        "permanent",
        "no retention required",
        "until read",
        "until superseded",
        "1 year after received",
        "30 days after sent",
        "5 years after received or sent",
        "22 months after election",
        "2 years after closed",
        "1 year after end of calendar year received",
        "3 years after end of fiscal year received",
        "1 year after audit of fiscal year received",
        "5 years after next March after received",
        "until no longer needed",
        "not scheduled",
        "period not stated",
    ]
)
PERIODS = st.recursive(
    SINGLE,
    lambda inner: st.one_of(
        st.builds("later of ({}) and ({})".format, inner, inner),
        st.builds("earlier of ({}) and ({})".format, inner, inner),
        st.builds("either ({}) or ({})".format, inner, inner),
        st.builds("({}), or ({}) if requested".format, inner, inner),
        st.builds("({}) if received before 2013, otherwise ({})".format, inner, inner),
        st.builds("({}) if sustained, otherwise ({})".format, inner, inner),
        st.builds("({}), at least 30 days".format, inner),
    ),
    max_leaves=4,
)
FLOORS = st.sampled_from(
    [
        "2 years after received",
        "1 year after received or sent",
        "3 years after end of calendar year received",
        "7 years after end of fiscal year received",
    ]
)
DATES = st.builds(
    Dates,
    received_on=st.none() | DAYS,
    sent_on=st.none() | DAYS,
    is_read=st.booleans(),
    fiscal_year_starts=st.sampled_from([(1, 1), (7, 1), (10, 1)]),
    happened=st.dictionaries(st.sampled_from(EVENTS), DAYS),
)


def with_floor(text: str) -> Law:
    return read(floor={"retain": text, "citation": "Town Code 1(d)", "source": "https://town.example/code"})


@given(text=PERIODS, floor=FLOORS, dates=DATES)
def test_what_is_enforced_never_comes_due_before_the_floor_nor_before_the_series_own_period(text, floor, dates):
    own = period.parse(text)
    enforced = floored(own, with_floor(floor), transitory=False)
    when = due(enforced, dates)
    if isinstance(when, date):
        for one in (due(own, dates), due(period.parse(floor), dates)):
            assert isinstance(one, date) and one <= when
    assert period.parse(str(enforced)) == enforced


@given(text=PERIODS, day=DAYS)
def test_a_certain_period_that_is_not_told_is_never_over_before_the_floor(text, day):
    own = period.parse(text)
    dates = Dates(received_on=day, sent_on=day, is_read=True)
    when, least = due(own, dates), due(TOWN.floor, dates)
    if isinstance(when, date) and when < least:
        assert told(text)


@given(text=PERIODS)
def test_a_floor_under_what_already_has_it_changes_nothing(text):
    once = floored(period.parse(text), TOWN, transitory=False)
    assert floored(once, TOWN, transitory=False) == once
    assert floored(period.parse(text), None, transitory=False) == period.parse(text)


# --- classes that are never destroyed ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "covers", "phrase"),
    [
        ("Minutes", "", "minutes"),
        ("MINUTES of the council", "", "minutes"),
        ("Council papers", "Agendas, minutes and packets.", "minutes"),
        ("Ordinances", "", "ordinance*"),
        ("Property", "Deeds? No: one deed.", "deed"),
        ("Papers that affect title to property", "", "title to property"),
    ],
)
def test_a_series_of_a_class_that_is_never_destroyed_must_be_permanent(title, covers, phrase):
    (sentence,) = told(title=title, covers=covers)
    assert f"'{phrase}'" in sentence and "never destroyed" in sentence and "not_class" in sentence
    assert told("permanent", title=title, covers=covers) == []


@pytest.mark.parametrize("title", ["Minute books", "Indeed", "Title of the property", "Coordinance"])
def test_only_whole_words_name_a_class(title):
    assert told(title=title) == []


def test_a_series_of_two_classes_is_told_twice_and_each_class_once():
    sentences = told(title="Minutes, minutes and ordinances on a deed")
    assert len(sentences) == 2
    assert "Town Code 1(e)" in sentences[0] and "Town Code 1(a)" in sentences[1]


def test_a_series_that_only_seems_to_be_of_a_class_says_so_with_a_note():
    assert told(title="Notes for the minutes", not_class=["minutes"], note="The notes are not the minutes.") == []
    (sentence,) = told(title="Notes for the minutes on a deed", not_class=["minutes"], note="Notes only.")
    assert "Deeds" in sentence


def test_a_class_that_the_law_does_not_have_is_told_with_the_one_that_is_meant():
    (sentence,) = told(not_class=["minute"], note="Not that.")
    assert "'minute'" in sentence and "is 'minutes' meant?" in sentence


def test_a_series_that_is_kept_as_a_permanent_one_is_permanent():
    other = {
        "id": "other",
        "title": "Minutes",
        "retain": "permanent",
        "then": "keep",
        "citation": "Town Code 2",
        "source": "https://town.example/schedule",
        "match": [{"subject": ["other"]}],
        "example": [{"subject": "Other", "belongs": True}],
    }
    assert told("as other", other, title="Minutes of the board", then="keep") == []


# --- reading ----------------------------------------------------------------------------------------------------------


def test_a_law_holds_what_its_file_says():
    assert (TOWN.jurisdiction, TOWN.title, TOWN.verified, TOWN.note) == ("Town", "Town Code 1", True, "")
    assert str(TOWN.floor) == "2 years after received"
    assert (TOWN.floor_citation, TOWN.floor_source) == ("Town Code 1(d)", "https://town.example/code")
    assert [one.id for one in TOWN.never] == ["minutes", "deeds"]
    assert read(never=None).never == () and read(floor=None).floor is None


@pytest.mark.parametrize(
    ("changed", "place", "sentence"),
    [
        ({"law": {"title": "Town Code 1", "source": "x"}}, "law.jurisdiction", "is missing"),
        ({"law": None}, "law.title", "is missing"),
        ({"law": "Town Code"}, "law", "must be a table"),
        ({"law": {**data()["law"], "verified": "yes"}}, "law.verified", "true or false"),
        ({"law": {**data()["law"], "titel": "x"}}, "law.titel", "is 'title' meant?"),
        ({"flor": {}}, "flor", "is 'floor' meant?"),
        ({"floor": {**data()["floor"], "retain": "two years"}}, "floor.retain", "not"),
        ({"floor": {**data()["floor"], "retain": 2}}, "floor.retain", "must be text"),
        ({"floor": {**data()["floor"], "retain": "2 years after closed"}}, "floor.retain", "own dates"),
        ({"floor": {**data()["floor"], "retain": "permanent"}}, "floor.retain", "own dates"),
        ({"floor": {"retain": "2 years after received"}}, "floor.citation", "is missing"),
        ({"never": {}}, "never", "list of tables"),
        ({"never": [MINUTES, MINUTES]}, "never", "'minutes' is used more than once"),
        ({"never": [{**MINUTES, "titles": []}]}, "never 1.titles", "not empty"),
        ({"never": [MINUTES, {**DEEDS, "titles": ["dee*d"]}]}, "never 2.titles", "end of a word"),
        ({"never": [{**MINUTES, "source": " "}]}, "never 1.source", "is missing"),
        ({"never": ["minutes"]}, "never 1", "must be a table"),
    ],
)
def test_what_is_wrong_with_a_law_is_told_with_its_place(changed, place, sentence):
    one, problems = law.parse(data(**changed))
    assert one is None
    assert [problem for problem in problems if problem.key == place and sentence in problem.sentence], problems


# --- the laws that are shipped ----------------------------------------------------------------------------------------


def shipped(path: Path) -> Law:
    one, problems = law.parse(tomllib.loads(path.read_text(encoding="utf-8")))
    assert one is not None, [str(problem) for problem in problems]
    return one


def test_each_of_the_five_states_has_its_law_under_its_own_name():
    assert [path.stem for path in LAWS] == ["california", "connecticut", "massachusetts", "michigan", "minnesota"]
    for path in LAWS:
        assert shipped(path).jurisdiction.lower() == path.stem


def test_only_california_has_a_floor_and_the_others_say_that_they_have_none():
    floors = {path.stem: shipped(path).floor for path in LAWS}
    assert str(floors.pop("california")) == "2 years after received"
    assert set(floors.values()) == {None}
    for path in LAWS:
        assert shipped(path).floor or "There is no floor" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", LAWS, ids=lambda path: path.stem)
def test_a_shipped_law_names_only_sources_that_were_read(shared, path):
    facts = "\n".join((shared / "facts" / name).read_text(encoding="utf-8") for name in FACTS)
    one = shipped(path)
    sources = {one.source, one.floor_source, *(row.source for row in one.never)} - {""}
    assert all(source in facts for source in sources), sources


@pytest.mark.parametrize("path", SCHEDULES, ids=lambda path: path.stem)
def test_no_shipped_schedule_undercuts_the_law_of_its_state(path):
    whole, problems = schedule.parse(tomllib.loads(path.read_text(encoding="utf-8")), path.stem)
    assert whole is not None, [str(problem) for problem in problems]
    under = shipped(FOLDER / "law" / f"{whole.jurisdiction.lower()}.toml")
    assert {one.key: sentences for one in whole.series if (sentences := list(undercuts(one, under)))} == {}


def test_no_californian_record_goes_within_two_years_whatever_has_happened_before():
    california = shipped(FOLDER / "law" / "california.toml")
    received = date(2024, 2, 29)
    dates = Dates(received_on=received, sent_on=received, happened={"superseded": received - timedelta(days=900)})
    own = period.parse("until superseded")
    assert due(own, dates) < received
    assert due(floored(own, california, transitory=False), dates) == date(2026, 3, 2)
