"""Every schedule that is shipped: it checks, its examples are decided as they say, and it claims nothing unread."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from retention.core import words
from retention.core.city import Rules
from retention.core.classify import Classification, Matcher, check
from retention.core.decide import Action, Case, Why, decide
from retention.core.gate import gates_for
from retention.core.hold import NONE
from retention.core.law import Law, under
from retention.core.law import parse as parse_law
from retention.core.message import Mailbox
from retention.core.period import Dates, due, waits_for
from retention.core.schedule import Schedule, Series, Standing, fingerprint, parse
from tests.test_transitory import note

FOLDER = Path(__file__).resolve().parent.parent / "schedules"
NAMES = tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))
FACTS = ("schedules-ca-mn.md", "schedules-ma-mi-ct.md", "schedules-more.md")

AT_LEAST = {
    "california-cities": 60,
    "connecticut-municipal": 45,
    "massachusetts-municipal": 20,
    "michigan-local": 35,
    "minnesota-cities": 40,
}
"""How many series each start holds at the least."""

PLACE = {Standing.STATUTE: 0, Standing.POLICY: 1, Standing.IN_FORCE: 1, Standing.COMPARABLE: 2}
"""In which part of a file a series stands."""

SUPERSEDED = (
    *("/27414/", "/27243/", "/27083/", "/27034/", "/27792/", "/25439/", "/67263/"),  # Santa Ana, 1982 to 2006
    *("FHPublic/0/doc/9512/", "id=5204&", "LCPublic/0/doc/7863/"),  # Minnesota, 1994, Hopkins 2006, 1980
)
"""What the addresses of editions that are no longer in force have in them."""

READ = re.compile(r"\| V1?( \(copy\))? \|\s*$")
"""How the facts mark a row of which title and period were read."""

RULES = Rules(
    largest_purge=5000,
    largest_share=1.0,
    plan_valid_for=7,
    release_grace=30,
    leave_for=30,
    fiscal_year_starts=(1, 1),
    time_zone="America/Chicago",
)


def shipped(name: str) -> Schedule:
    schedule, problems = parse(tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8")), name)
    assert schedule is not None, [str(problem) for problem in problems]
    return schedule


SCHEDULES = {name: shipped(name) for name in NAMES}
SERIES = [(name, series) for name, schedule in SCHEDULES.items() for series in schedule.series]


def cells(row: str) -> list[str]:
    """The cells of a row of the facts: its number, its code, its title, and what follows."""
    return [cell.strip() for cell in row.strip().strip("|").split("|")]


def law_of(schedule: Schedule) -> Law:
    laws = (tomllib.loads(path.read_text(encoding="utf-8")) for path in (FOLDER / "law").glob("*.toml"))
    (data,) = [law for law in laws if law["law"]["jurisdiction"] == schedule.jurisdiction]
    law, problems = parse_law(data)
    assert law is not None, [str(problem) for problem in problems]
    return law


def each(series: list[tuple[str, Series]]) -> pytest.MarkDecorator:
    ids = [f"{name}/{one.key}" for name, one in series]
    return pytest.mark.parametrize(("name", "series"), series, ids=ids)


@pytest.fixture(scope="module")
def facts(shared: Path) -> str:
    return "\n".join((shared / "facts" / name).read_text(encoding="utf-8") for name in FACTS)


# --- each file --------------------------------------------------------------------------------------------------------


def test_five_jurisdictions_are_shipped_and_none_is_thin():
    assert list(NAMES) == sorted(AT_LEAST)
    counts = {name: len(schedule.series) for name, schedule in SCHEDULES.items()}
    assert {name: count for name, count in counts.items() if count < AT_LEAST[name]} == {}


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_schedule_says_on_its_first_line_that_it_is_a_start(name):
    first = (FOLDER / f"{name}.toml").read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# A start, not the schedule of any city")
    assert "your city's own approved schedule" in first and "adopt" in first
    assert SCHEDULES[name].name == name
    assert "(a start)" in SCHEDULES[name].title


@pytest.mark.parametrize("name", NAMES)
def test_every_example_of_a_shipped_schedule_is_decided_as_it_says(name):
    assert [str(problem) for problem in check(SCHEDULES[name])] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_schedule_has_one_fingerprint_of_its_own(name):
    assert fingerprint(shipped(name)) == fingerprint(SCHEDULES[name])
    assert len({fingerprint(schedule) for schedule in SCHEDULES.values()}) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_statutes_come_first_then_what_is_in_force_then_comparable_cities(name):
    places = [PLACE[series.standing] for series in SCHEDULES[name].series if series.standing is not None]
    assert len(places) == len(SCHEDULES[name].series), "a series does not say what it rests on"
    assert places == sorted(places)
    assert 0 in places, "no statute was read"


@pytest.mark.parametrize("name", NAMES)
def test_no_edition_that_is_no_longer_in_force_is_a_default(name):
    for series in SCHEDULES[name].series:
        assert not any(mark in series.source for mark in SUPERSEDED), series.key
        told = f"{series.title} {series.citation}".lower()
        assert "superseded edition" not in told and "old edition" not in told, series.key


# --- each series ------------------------------------------------------------------------------------------------------


@each(SERIES)
def test_every_series_cites_its_authority_and_its_source(name, series):
    assert series.citation and series.source and series.title and series.covers and series.examples
    assert series.published or not series.verified, "a verified row keeps the source's own words beside the rule"


@each(SERIES)
def test_a_title_is_for_clerks_and_the_doubt_stands_in_the_note(name, series):
    for phrase in ("not read", "expected", "confirmed", "no schedule row", "not verified"):
        assert phrase not in series.title.lower()
    assert series.verified or series.note, "the note says why the series is not verified"
    assert not str(series.retain).startswith("until the period"), "no event is called a period"


@each(SERIES)
def test_every_rule_has_a_name_that_says_how_it_matched(name, series):
    names = [match.name for match in series.match]
    assert all(names), "a rule without a name is shown as 'match 1'"
    assert len(set(names)) == len(names)


@each([(name, series) for name, series in SERIES if series.standing is Standing.COMPARABLE])
def test_a_row_of_another_place_names_it_in_its_title(name, series):
    assert "(" in series.title and ")" in series.title


@each(SERIES)
def test_a_code_or_source_is_only_what_the_facts_hold(facts, name, series):
    for word in series.source.split():
        if word.startswith("http"):
            # The facts shorten a repeated address to its end.
            ending = word.rstrip("/").rpartition("/")[2]
            assert word in facts or (len(ending) > 3 and ending in facts), word
    if series.code:
        rows = [row for row in facts.splitlines() if cells(row)[1:2] == [series.code]]
        assert rows, f"{series.code} was read nowhere"
        same = [row for row in rows if cells(row)[2:5:2] == [series.title, series.published]]
        assert same, f"{series.code} was read with another title or period"
        assert any(READ.search(row) for row in same) or not series.verified


@pytest.mark.parametrize(
    "made_up",
    [
        {"code": "FIN 04350"}, {"code": "2"}, {"code": "V"}, {"code": "not shown"}, {"code": "FIN 04300"},
        {"title": "Requisitions"}, {"published": "3"}, {"published": "V"}, {"source": "https://town.example/"},
    ],
)  # fmt: skip
def test_a_made_up_code_title_period_or_source_is_seen(facts, made_up):
    series = SCHEDULES["minnesota-cities"].find("FIN 04400")
    assert series is not None
    test_a_code_or_source_is_only_what_the_facts_hold(facts, "minnesota-cities", series)
    with pytest.raises(AssertionError):
        test_a_code_or_source_is_only_what_the_facts_hold(facts, "minnesota-cities", replace(series, **made_up))


@each([(name, series) for name, series in SERIES if not series.verified])
def test_a_series_that_is_not_verified_never_moves_anything(name, series):
    decision = decide(
        Case(
            message=note(version="1", received_at=datetime(1990, 1, 1, tzinfo=UTC), is_draft=False),
            mailbox=Mailbox(id="m", address="ana@willowfalls.example"),
            filing=Classification(series_key=series.key, schedule_name=name),
            series=series,
            fingerprint="f",
            adopted=True,
            holds=NONE,
            today=date(2090, 1, 1),
            rules=RULES,
        )
    )
    assert decision.action is Action.KEEP
    assert Why.UNVERIFIED in {reason.why for reason in decision.reasons}


@each([(name, series) for name, series in SERIES if "not read" in series.source])
def test_what_was_not_read_has_no_made_up_period(name, series):
    assert not series.verified
    assert str(series.retain) in ("period not stated", "until no longer needed")
    known = Dates(received_on=date(1990, 1, 1), sent_on=date(1990, 1, 1), is_read=True, fiscal_year_starts=(7, 1))
    assert not isinstance(due(series.enforced, known), date)


@pytest.mark.parametrize("name", NAMES)
def test_no_shipped_schedule_undercuts_the_law_of_its_state(name):
    _, problems = under(SCHEDULES[name], law_of(SCHEDULES[name]))
    assert [str(problem) for problem in problems] == []


def test_no_california_record_is_due_within_the_two_years_that_state_law_asks():
    schedule, _ = under(SCHEDULES["california-cities"], law_of(SCHEDULES["california-cities"]))
    assert schedule is not None
    received = date(2024, 2, 29)
    for series in (one for one in schedule.series if not one.transitory):
        for happened in ({}, dict.fromkeys(waits_for(series.enforced), date(1999, 1, 1))):
            known = Dates(received_on=received, sent_on=received, fiscal_year_starts=(7, 1), happened=happened)
            when = due(series.enforced, known)
            assert not isinstance(when, date) or when > date(2026, 2, 28), (series.key, happened)


@pytest.mark.parametrize("name", NAMES)
def test_every_gate_names_only_a_source_that_was_read(facts, name):
    for gate in law_of(SCHEDULES[name]).gates:
        assert gate.source in facts, (gate.id, gate.source)
        assert gate.citation.split()[-1] in facts, (gate.id, gate.citation)
    assert SCHEDULES[name].own_gates == (), "what every city of a state needs stands in its law"


def test_a_gate_from_a_source_that_nobody_read_is_seen(facts, monkeypatch):
    law = law_of(SCHEDULES["california-cities"])
    invented = replace(law, gates=(replace(law.gates[0], source="https://town.example/"),))
    monkeypatch.setitem(globals(), "law_of", lambda schedule: invented)
    with pytest.raises(AssertionError):
        test_every_gate_names_only_a_source_that_was_read(facts, "california-cities")


@pytest.mark.parametrize("name", NAMES)
def test_every_record_of_a_shipped_schedule_has_the_gates_of_its_state(name):
    schedule, problems = under(SCHEDULES[name], law_of(SCHEDULES[name]))
    assert schedule is not None and not problems and schedule.gated
    always = tuple(gate for gate in schedule.gates if gate.when == "always")
    assert {gates_for(schedule, series) for series in schedule.series} <= {always, schedule.gates}
    assert gates_for(schedule, None) == schedule.gates


@each([(name, series) for name, series in SERIES if series.permission])
def test_a_permission_that_is_not_required_was_read_so(name, series):
    assert series.verified and "not required" in f"{series.published} {series.note}".lower()


def test_no_row_of_massachusetts_that_needs_no_permission_was_read_and_none_says_so():
    schedule = SCHEDULES["massachusetts-municipal"]
    assert [series.key for series in schedule.series if series.permission] == []


def test_massachusetts_has_no_verified_transitory_series_and_says_so():
    (series,) = [one for one in SCHEDULES["massachusetts-municipal"].series if one.transitory]
    assert not series.verified
    text = (FOLDER / "massachusetts-municipal.toml").read_text(encoding="utf-8")
    assert "NO transitory row was read" in " ".join(text.split())


def test_sources_named_by_a_policy_are_the_policies_that_were_read(shared):
    policy = (shared / "policies" / "san-jose-ca-1.7.1-email-internet.txt").read_text(encoding="utf-8")
    series = SCHEDULES["california-cities"].find("mail-that-is-no-record")
    assert series is not None and "1.7.1" in series.citation and "section 3.C" in series.citation
    assert "do not need to be retained as records should be deleted as soon as possible" in policy


# --- a pretend city ---------------------------------------------------------------------------------------------------

WILLOW_FALLS = {
    "Requisition 2231 for toner": ("accounts-payable", "FIN 04300", "fiscal-and-purchasing"),
    "Complaint about pothole on Elm Street": ("public-complaints", "complaints-general", "complaints-received"),
    "Agreement for bridge repair, draft 3": (
        "contracts-agreements",
        "contracts-agreements",
        "procurement-contract-file",
    ),
    "Council agenda for March 4": ("council-agendas", "agendas-packets", "meeting-documents"),
    "Minutes of the regular meeting": ("minutes-ordinances-resolutions", "council-minutes", "minutes-of-meetings"),
    "Grievance filed": ("personnel-files", "personnel-records", "personnel-record"),
    "Application for Clerk II": ("job-applications-personnel-records", "personnel-records", "personnel-record"),
    "Data request from the Star": ("public-records-requests", "data-practices-requests", "public-records-requests"),
    "RE: Maple Street water main break": (
        "general-correspondence-incoming",
        "correspondence-general",
        "default-seven-years",
    ),
    "Privileged: the Hall claim": ("claims-litigation", "claims-litigation", "legal-claims"),
}
"""What the mail of one city is filed as: in California, Minnesota and Massachusetts."""


@pytest.mark.parametrize("subject", WILLOW_FALLS)
def test_the_mail_of_a_pretend_city_is_filed_as_a_clerk_would(subject):
    keys = dict(
        zip(("california-cities", "minnesota-cities", "massachusetts-municipal"), WILLOW_FALLS[subject], strict=True)
    )
    for name, key in keys.items():
        got = Matcher((SCHEDULES[name],)).classify(note(subject=subject))
        assert got.series_key == key, (name, got.why)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("subject", WILLOW_FALLS)
def test_no_schedule_takes_the_mail_of_a_pretend_city_for_transitory(name, subject):
    schedule = SCHEDULES[name]
    got = Matcher((schedule,)).classify(note(subject=subject))
    assert got.series_key is None or not next(s for s in schedule.series if s.key == got.series_key).transitory


@pytest.mark.parametrize("name", NAMES)
def test_no_record_series_of_a_shipped_schedule_takes_a_message_that_says_nothing(name):
    matcher = Matcher((SCHEDULES[name],))
    for subject in ("", "Hello", "Tuesday", "Question", None):
        assert matcher.classify(note(subject=subject)).series_key is None


def test_every_phrase_that_is_shipped_can_be_compared():
    for _, series in SERIES:
        for match in series.match:
            for condition in match.conditions:
                for value in condition.values:
                    assert words.form(condition.field, value)


def test_periods_that_are_shipped_are_dates_or_say_what_they_wait_for():
    known = Dates(received_on=date(2020, 5, 5), sent_on=date(2020, 5, 5), is_read=True, fiscal_year_starts=(7, 1))
    for name, series in SERIES:
        when = due(series.enforced, known)
        assert isinstance(when, date) or when.sentence, (name, series.key)
