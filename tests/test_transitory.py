"""Transitory mail in every schedule that is shipped: taken only on positive evidence, and never with weighty words."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from msgspec.structs import replace

from retention.core.around import Around
from retention.core.classify import Classification, Matcher
from retention.core.message import Message
from retention.core.schedule import Schedule, Series, parse
from retention.core.words import Field

FOLDER = Path(__file__).resolve().parent.parent / "schedules"


def shipped(path: Path) -> Schedule:
    schedule, problems = parse(tomllib.loads(path.read_text(encoding="utf-8")), path.stem)
    assert schedule is not None, [str(problem) for problem in problems]
    return schedule


SCHEDULES = {path.stem: shipped(path) for path in sorted(FOLDER.glob("*.toml"))}
MATCHERS = {name: Matcher((schedule,)) for name, schedule in SCHEDULES.items()}
TRANSITORY = [(name, one) for name, schedule in SCHEDULES.items() for one in schedule.series if one.transitory]
OFFICES = ("Mayor", "City Clerk", "City Manager")

each = pytest.mark.parametrize(("name", "series"), TRANSITORY, ids=[f"{name}/{one.key}" for name, one in TRANSITORY])
"""Every transitory series there is."""


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
        attachments=(),
        is_read=True,
    )
    return replace(message, **fields)


def filed(name: str, message: Message, direction: str | None = None) -> Classification:
    return MATCHERS[name].classify(message, Around(direction, (), ()))


def test_every_state_has_exactly_one_transitory_series():
    assert [name for name, _ in TRANSITORY] == list(SCHEDULES)


# --- what is safe and common ------------------------------------------------------------------------------------------

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


@each
@pytest.mark.parametrize(("kind", "subject", "sender"), MACHINES, ids=[subject for _, subject, _ in MACHINES])
def test_automatic_mail_is_transitory_only_when_nothing_weighty_is_in_it(name, series, kind, subject, sender):
    plain = note(kind=kind, sender=sender, subject=subject.format("spring cleaning"))
    assert filed(name, plain).series_key == series.key
    for word in WEIGHTY:
        got = filed(name, replace(plain, subject=subject.format(f"about the {word}")))
        assert got.series_key != series.key, (word, got.why)


@each
@pytest.mark.parametrize(("kind", "subject", "sender"), MACHINES, ids=[subject for _, subject, _ in MACHINES])
def test_what_a_mailbox_sent_is_never_transitory(name, series, kind, subject, sender):
    plain = note(kind=kind, sender=sender, subject=subject.format("spring cleaning"))
    for path in ("Sent Items", "Sent", "Archive/Sent Items/2023", "Drafts", "Outbox", "Outbox/Later", None):
        assert filed(name, replace(plain, path=path)).series_key != series.key


@each
def test_people_who_write_to_people_are_never_taken_for_automatic_mail(name, series):
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
        got = filed(name, note(subject=subject, preview="Could you look at this before noon?", origin="person"))
        assert got.series_key != series.key, (subject, got.why)


@each
def test_a_short_note_about_lunch_is_transitory_and_a_long_or_unseen_one_is_not(name, series):
    lunch = note(subject="Lunch on Friday?", preview="Noon at the front door?")
    assert filed(name, lunch).series_key == series.key
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
        assert filed(name, replace(lunch, **changed)).series_key != series.key, changed


LETTER = (
    "I can come, but as I told you on the phone we will not build the second access road, whatever staff said to the "
    "neighbours; the extra floor stays too, and the mayor knows. Tell Jim to change the drawings before Friday and to "
    "leave the old ones out of it"
)[:255]
"""A letter without one weighty word, as far as it is seen."""
WRITTEN = [
    ("IPM.Schedule.Meeting.Resp.Pos", "Accepted: Elm Street", ("", "See you there."), "inbound"),
    ("IPM.Schedule.Meeting.Resp.Neg", "Declined: Elm Street", ("", "Sorry, I am away."), "inbound"),
    ("IPM.Schedule.Meeting.Resp.Tent", "Tentative: Elm Street", ("", "I may be late."), "internal"),
    ("IPM.Note", "Voicemail from 612 555 0100", ("", "Call me back please."), "inbound"),
    ("IPM.Note", "You have a new voice message", ("", "Call me back please."), "inbound"),
    ("IPM.Note", "Lunch on Friday?", ("Noon at the front door?",), "internal"),
    ("IPM.Note", "Room change: Tuesday staff meeting", ("Next door, at nine.",), "internal"),
    ("IPM.Note", "Retirement party for Ana", ("Three o'clock. There will be cake.",), "internal"),
    ("IPM.Note", "RE: Tuesday", ("Thanks!", "Thank you so much."), "inbound"),
]
"""What people write, or say to a machine that writes it down: kind, subject, short texts of it, direction."""
AS_WRITTEN = pytest.mark.parametrize(
    ("kind", "subject", "texts", "direction"), WRITTEN, ids=[subject for _, subject, *_ in WRITTEN]
)


@each
@AS_WRITTEN
def test_what_a_person_wrote_is_transitory_only_where_all_of_it_was_seen(name, series, kind, subject, texts, direction):
    plain = note(kind=kind, subject=subject)
    for text in texts:
        assert filed(name, replace(plain, preview=text), direction).series_key == series.key
        for long in (LETTER, f"{text} {LETTER}"[:255], text + " " * (255 - len(text)), text + "\n" * 250, None):
            assert filed(name, replace(plain, preview=long), direction).series_key != series.key, long


@each
@AS_WRITTEN
def test_what_bears_attachments_by_name_is_not_transitory_whatever_the_mail_system_counts(
    name, series, kind, subject, texts, direction
):
    plain = note(kind=kind, subject=subject, preview=texts[0])
    for names in (("Elm Street countersigned.pdf",), None):
        got = filed(name, replace(plain, attachments=names, has_attachments=False), direction)
        assert got.series_key != series.key, (names, got.why)


THANKS = {"california-cities", "minnesota-cities"}
"""Where a rule takes an answer that says thanks and nothing else."""


@pytest.mark.parametrize("name", sorted(THANKS))
@pytest.mark.parametrize(
    "preview", ["Thanks!", "Thank you so much.", "Hi Jo, thanks for the update!", "Great, thanks all"]
)
def test_thanks_and_nothing_else_is_transitory(name, preview):
    (series,) = [one for one in SCHEDULES[name].series if one.transitory]
    thanks = note(subject="RE: Tuesday", preview=preview)
    assert filed(name, thanks).series_key == series.key
    for changed in (
        {"preview": preview + " Go ahead."},
        {"preview": preview + " From: Jo Ochoa Sent: Monday To: R. Novak Subject: Tuesday"},
        {"preview": preview + " See you at 9"},
        {"preview": "No, " + preview},
        {"preview": None},
        {"subject": "RE: the Hall claim"},
        {"has_attachments": True},
        {"has_attachments": None},
        {"path": "Sent Items"},
    ):
        got = filed(name, replace(thanks, **changed))
        assert got.series_key != series.key, (changed, got.why)


# --- what evidence is -------------------------------------------------------------------------------------------------


def conditions(series: Series) -> list[tuple[str, set[Field], set[Field]]]:
    """Of each rule: its name, the fields that must show something, and those that must not show a weighty word."""
    told = []
    for match in series.match:
        shown = {one.field for one in match.conditions if not one.excluded}
        barred = {one.field for one in match.conditions if one.excluded and "contract*" in one.values}
        told.append((match.name, shown, barred))
    return told


@each
def test_every_transitory_rule_looks_for_weighty_words(name, series):
    for rule, _, barred in conditions(series):
        assert {Field.SUBJECT, Field.PREVIEW} <= barred, rule


@each
def test_nothing_is_transitory_for_its_origin_direction_or_office_alone(name, series):
    beside = {Field.ORIGIN, Field.DIRECTION, Field.DEPARTMENT, Field.OFFICE, Field.FOLDER, Field.RECIPIENTS}
    for rule, shown, _ in conditions(series):
        assert shown - beside, rule
    for origin in ("person", "list", "automatic", None):
        for direction in ("internal", "inbound", "outbound", None):
            for subject in ("", "Tuesday", "Elm Street", None):
                assert filed(name, note(subject=subject, origin=origin), direction).series_key is None


@each
def test_no_transitory_rule_takes_what_was_sent(name, series):
    for match in series.match:
        (folders,) = [one for one in match.conditions if one.field is Field.FOLDER and one.excluded]
        assert {"sent", "drafts", "outbox"} <= set(folders.values), match.name
