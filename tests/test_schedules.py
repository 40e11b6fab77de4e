"""Every schedule that is shipped: it checks, its examples are decided as they say, and it claims nothing unread."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

from retention.core import words
from retention.core.classify import Matcher, check
from retention.core.message import Message
from retention.core.period import AfterDate, Dates, UntilEvent, Waiting, due
from retention.core.schedule import Schedule, Series, fingerprint, parse
from retention.core.words import Field

FOLDER = Path(__file__).resolve().parent.parent / "schedules"
NAMES = ("california-cities", "massachusetts-municipal", "minnesota-cities")
FACTS = ("schedules-ca-mn.md", "schedules-ma-mi-ct.md", "schedules-more.md")


def shipped(name: str) -> Schedule:
    schedule, problems = parse(tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8")), name)
    assert schedule is not None, [str(problem) for problem in problems]
    return schedule


SCHEDULES = {name: shipped(name) for name in NAMES}
SERIES = [(name, series) for name, schedule in SCHEDULES.items() for series in schedule.series]
TRANSITORY = [(name, series) for name, series in SERIES if series.transitory]


def each(series: list[tuple[str, Series]]) -> pytest.MarkDecorator:
    ids = [f"{name}/{one.key}" for name, one in series]
    return pytest.mark.parametrize(("name", "series"), series, ids=ids)


@pytest.fixture(scope="module")
def facts(shared: Path) -> str:
    return "\n".join((shared / "facts" / name).read_text(encoding="utf-8") for name in FACTS)


def test_these_are_all_the_schedules_that_are_shipped():
    assert sorted(path.stem for path in FOLDER.glob("*.toml")) == list(NAMES)


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


@each(SERIES)
def test_every_series_cites_its_authority_and_its_source(name, series):
    assert series.citation and series.source and series.title and series.examples
    assert series.published or not series.verified, "a verified row keeps the source's own words beside the rule"


@each(SERIES)
def test_a_code_or_source_is_only_what_the_facts_hold(facts, name, series):
    for word in series.source.split():
        if word.startswith("http"):
            # The facts shorten a repeated address to its end.
            assert word in facts or word.rpartition("/")[2] in facts, word
    if series.code:
        rows = [line for line in facts.splitlines() if f"| {series.code} |" in line]
        assert rows, f"{series.code} was read nowhere"
        assert any(f"| {series.published} |" in row and series.title in row for row in rows)
        assert any(row.rstrip().endswith("| V |") for row in rows) or not series.verified


@each(SERIES)
def test_what_was_not_read_has_no_made_up_period_and_never_destroys(name, series):
    told_unread = "not read" in f"{series.title} {series.source}" or "no row was found" in series.source
    if told_unread:
        assert not series.verified
        assert isinstance(series.retain.limit, UntilEvent)
        waiting = due(series.retain, Dates(received_on=date(1990, 1, 1), sent_on=date(1990, 1, 1), is_read=True))
        assert isinstance(waiting, Waiting)


def test_no_california_record_is_due_within_the_two_years_that_state_law_asks():
    received = date(2024, 2, 29)
    for series in SCHEDULES["california-cities"].series:
        when = due(series.retain, Dates(received_on=received, sent_on=received, fiscal_year_starts=(7, 1)))
        if not series.transitory and isinstance(when, date):
            assert when > date(2026, 2, 28), series.key


def test_massachusetts_has_no_verified_transitory_series_and_says_so():
    (series,) = [one for one in SCHEDULES["massachusetts-municipal"].series if one.transitory]
    assert not series.verified
    assert isinstance(series.retain.limit, UntilEvent)
    text = (FOLDER / "massachusetts-municipal.toml").read_text(encoding="utf-8")
    assert "NO transitory row was read" in " ".join(text.split())


def test_sources_named_by_a_policy_are_the_policies_that_were_read(shared):
    policy = (shared / "policies" / "san-jose-ca-1.7.1-email-internet.txt").read_text(encoding="utf-8")
    series = SCHEDULES["california-cities"].find("mail-that-is-no-record")
    assert series is not None and "1.7.1" in series.citation and "section 3.C" in series.citation
    assert "do not need to be retained as records should be deleted as soon as possible" in policy


# --- transitory mail --------------------------------------------------------------------------------------------------


def note(**fields: object) -> Message:
    message = Message(
        mailbox="m",
        id="1",
        subject="",
        sender="r.novak@willowfalls.example",
        to=("all@willowfalls.example",),
        cc=(),
        path="Inbox",
        categories=(),
        kind="IPM.Note",
        preview="",
        has_attachments=False,
        is_read=True,
    )
    return replace(message, **fields)


WEIGHTY = ["contract", "agreement", "complaint", "claim", "lawsuit", "subpoena", "hearing", "resolution", "ordinance"]
WEIGHTY += ["permit", "invoice", "grievance", "bid", "settlement", "minutes", "policy", "decision", "privileged"]
MACHINES = [
    ("IPM.Note", "Automatic reply: {}", "a.lee@willowfalls.example"),
    ("IPM.Note", "Out of Office AutoReply: {}", "a.lee@willowfalls.example"),
    ("IPM.Note.Rules.OofTemplate.Microsoft", "Away: {}", "a.lee@willowfalls.example"),
    ("REPORT.IPM.Note.NDR", "Undeliverable: {}", "postmaster@willowfalls.example"),
    ("REPORT.IPM.Note.IPNRN", "Read: {}", "a.lee@willowfalls.example"),
    ("IPM.Schedule.Meeting.Resp.Pos", "Accepted: {}", "a.lee@willowfalls.example"),
    ("IPM.Schedule.Meeting.Resp.Neg", "Declined: {}", "a.lee@willowfalls.example"),
    ("IPM.Note", "Voice mail from {}", "voicemail@willowfalls.example"),
    ("IPM.Note", "Weekly newsletter: {}", "newsletter@willowfalls.example"),
    ("IPM.Note", "Special offer: {}", "offers@vendor.example"),
]


@each(TRANSITORY)
@pytest.mark.parametrize(("kind", "subject", "sender"), MACHINES, ids=[subject for _, subject, _ in MACHINES])
def test_automatic_mail_is_transitory_only_when_nothing_weighty_is_in_it(name, series, kind, subject, sender):
    matcher = Matcher((SCHEDULES[name],))
    plain = note(kind=kind, sender=sender, subject=subject.format("spring cleaning"))
    assert matcher.classify(plain).series_key == series.key
    for word in WEIGHTY:
        got = matcher.classify(replace(plain, subject=subject.format(f"about the {word}")))
        assert got.series_key != series.key, (word, got.why)


@each(TRANSITORY)
def test_people_who_write_to_people_are_never_taken_for_automatic_mail(name, series):
    matcher = Matcher((SCHEDULES[name],))
    for subject in (
        "Thanks",
        "Thank you, see you then",
        "OK",
        "Re: Lunch on Friday?",
        "Lunch with the developer on Friday",
        "Accepted: your offer",
        "Declined: your proposal",
        "Read: this before Monday",
        "Delivered the plans",
        "Undeliverable",
        "I am out of the office",
        "Newsletter",
        "RE: Automatic reply: your question",
        "FW: Voice mail from 651-555-0134",
        "Meeting on Tuesday",
        "Question",
        "",
    ):
        got = matcher.classify(note(subject=subject, preview="Could you look at this before noon?"))
        assert got.series_key != series.key, (subject, got.why)


@each(TRANSITORY)
def test_a_short_note_about_lunch_is_transitory_and_a_long_or_unseen_one_is_not(name, series):
    matcher = Matcher((SCHEDULES[name],))
    lunch = note(subject="Lunch on Friday?", preview="Noon at the front door?")
    assert matcher.classify(lunch).series_key == series.key
    for changed in (
        {"preview": "Noon. " * 30},
        {"preview": ""},
        {"preview": None},
        {"preview": "Noon? I can bring the contract."},
        {"has_attachments": True},
        {"has_attachments": None},
        {"subject": "RE: Lunch on Friday?"},
        {"subject": None},
    ):
        assert matcher.classify(replace(lunch, **changed)).series_key != series.key, changed


@each(TRANSITORY)
def test_what_a_mailbox_sent_as_a_newsletter_may_be_the_citys_only_copy(name, series):
    matcher = Matcher((SCHEDULES[name],))
    received = note(subject="Public Works Weekly newsletter", sender="newsletter@willowfalls.example")
    assert matcher.classify(received).series_key == series.key
    for path in ("Sent Items", "Sent", "Archive/Sent Items/2023", None):
        assert matcher.classify(replace(received, path=path)).series_key != series.key


@each(TRANSITORY)
def test_every_transitory_rule_is_named_and_looks_for_weighty_words(name, series):
    for match in series.match:
        barred = {one.field for one in match.conditions if one.excluded and "contract*" in one.values}
        assert match.name
        assert Field.SUBJECT in barred, match.name
        written_by_people = not {one.field for one in match.conditions if not one.excluded} <= {Field.KIND}
        automatic = match.name.startswith("automatic reply")
        assert Field.PREVIEW in barred or automatic or not written_by_people, match.name


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


@pytest.mark.parametrize("subject", WILLOW_FALLS)
def test_the_mail_of_a_pretend_city_is_filed_as_a_clerk_would(subject):
    keys = dict(
        zip(("california-cities", "minnesota-cities", "massachusetts-municipal"), WILLOW_FALLS[subject], strict=True)
    )
    for name, key in keys.items():
        got = Matcher((SCHEDULES[name],)).classify(note(subject=subject))
        assert got.series_key == key, (name, got.why)


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
        when = due(series.retain, known)
        assert isinstance(when, date) or when.sentence, (name, series.key)
        if isinstance(series.retain.limit, AfterDate):
            assert isinstance(when, date)
