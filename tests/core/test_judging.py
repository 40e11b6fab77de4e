"""Does a scope cover this message: yes, no, or can it not be judged? Whatever cannot be judged is covered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from retention.core.classify import NOTHING, Candidate, Classification
from retention.core.hold import Directory, Judge, Post, Reach, Scope, fixed
from retention.core.hold.judging import Asked
from retention.core.message import Mailbox, Message
from retention.core.person import Roll

ZONE = ZoneInfo("America/Chicago")
BOX = Mailbox(id="box-1", address="ana@town.example", aliases=("ana.old@town.example",))
NOTE = Message(
    mailbox="box-1",
    id="AAMk1",
    version="v",
    folder="inbox",
    internet_id="<note@utility.example>",
    conversation="c1",
    subject="RE: Maple Street water-main break",
    sender="jo@utility.example",
    to=("ana@town.example",),
    cc=(),
    bcc=(),
    on_behalf="",
    # 05:30 UTC on 1 March is still 28 February in Chicago.
    received_at=datetime(2026, 3, 1, 5, 30, tzinfo=UTC),
    sent_at=datetime(2026, 3, 1, 5, 29, tzinfo=UTC),
    kind="IPM.Note",
    preview="The café's cellar is flooded.",
    has_attachments=True,
    attachments=("plan of the cellar.pdf",),
)
FILED = Classification("FIN 04300", "town-schedule", rule="subject")
AMBIGUOUS = Classification(ambiguous=True, candidates=(Candidate("town-schedule", "FIN 04300"),))
FIRE = Post(name="Fire")
FEBRUARY_28, MARCH_1 = date(2026, 2, 28), date(2026, 3, 1)


def judged(scope: Scope, mailbox: Mailbox = BOX, filing: Classification | None = FILED, **changed: Any) -> bool | None:
    return Judge(scope, {}).judge(Asked(replace(NOTE, **changed), mailbox, filing, ZONE))[0]


YES = [
    ({"custodians": ("ana@town.example",)}, {}),
    ({"custodians": ("ana.old@town.example",)}, {}),
    ({"custodians": ("bob@town.example", "ana@town.example")}, {}),
    ({"custodians": ("bob@town.example",), "mailboxes": ("box-1",)}, {}),
    ({"mailboxes": ("box-1",)}, {"trouble": "row broken"}),
    ({"participants": ("jo@utility.example",)}, {}),
    ({"participants": ("jo@utility.example",)}, {"sender": "jo+bills@utility.example"}),
    ({"participants": ("jo+bills@utility.example",)}, {"sender": "jo+bills@utility.example"}),
    ({"participants": ("jo@utility.example",)}, {"sender": "list@x.example", "on_behalf": "jo@utility.example"}),
    ({"participants": ("bo@x.example",)}, {"to": None, "cc": ("bo@x.example",)}),
    ({"participants": ("bo@x.example",)}, {"bcc": ("bo@x.example",)}),
    ({"participants": ("bo@x.example",)}, {"trouble": "row broken", "cc": ("bo@x.example",)}),
    ({"participants": ("@utility.example",)}, {}),
    ({"participants": ("@utility.example",)}, {"sender": "jo@bills.utility.example"}),
    ({"participants": ("@utility.example",)}, {"sender": "jo@a.b.utility.example"}),
    ({"participants": ("@example",)}, {}),
    # Whose mailbox it lies in got it, whomever it names.
    ({"participants": ("ana@town.example",)}, {"to": ("list@town.example",)}),
    ({"participants": ("ana.old@town.example",)}, {}),
    ({"words": ("water main",)}, {}),
    ({"words": ("lawsuit", "water main")}, {}),
    ({"words": ("MAPLE   STREET",)}, {}),
    ({"words": ("water-main: break!",)}, {}),
    ({"words": ("cafe",)}, {}),
    ({"words": ("cellar pdf",)}, {}),
    ({"words": ("maple",)}, {"kind": "IPM.Note.SMIME"}),
    ({"words": ("maple",)}, {"preview": None, "attachments": None}),
    ({"first_on": FEBRUARY_28, "last_on": FEBRUARY_28}, {}),
    ({"first_on": FEBRUARY_28, "last_on": FEBRUARY_28}, {"sent_at": None}),
    ({"first_on": date(2026, 4, 1)}, {"received_at": datetime(2026, 4, 1, 5, tzinfo=UTC)}),
    ({"last_on": date(2026, 1, 31)}, {"sent_at": datetime(2026, 2, 1, 5, 59, tzinfo=UTC)}),
    ({"conversations": ("c0", "c1")}, {}),
    ({"series": ("FIN 04300",)}, {}),
    ({"series": ("fin 04300",)}, {}),
    ({"series": ("Town-Schedule/fin 04300",)}, {}),
    ({"ids": ("<note@utility.example>",)}, {}),
    ({"ids": ("note@utility.example",)}, {}),
    ({"ids": ("AAMk1",)}, {}),
    ({"ids": ("AAMk1",)}, {"internet_id": None}),
]
NO = [
    ({"custodians": ("bob@town.example",)}, {}),
    ({"custodians": ("bob@town.example",)}, {"trouble": "row broken", "sender": None, "subject": None}),
    ({"mailboxes": ("box-2",)}, {}),
    ({"custodians": ("bob@town.example",), "words": ("water main",)}, {}),
    ({"custodians": ("bob@town.example",), "words": ("lawsuit",)}, {"subject": None}),
    ({"participants": ("jo@utility.exam",)}, {}),
    ({"participants": ("@ility.example",)}, {}),
    ({"participants": ("@bills.utility.example",)}, {}),
    ({"participants": ("o@utility.example",)}, {}),
    ({"participants": ("jo+bills@utility.example",)}, {}),
    ({"words": ("ater main",)}, {}),
    ({"words": ("water mains",)}, {}),
    ({"words": ("main water",)}, {}),
    # No phrase reaches from the subject into the preview, or from there into the name of an attachment.
    ({"words": ("break the",)}, {}),
    ({"words": ("flooded plan",)}, {}),
    ({"words": ("lawsuit",)}, {"attachments": (), "has_attachments": False}),
    ({"first_on": MARCH_1}, {}),
    ({"last_on": date(2026, 2, 27)}, {}),
    # Sent before and received after the period: neither day lies in it.
    (
        {"first_on": FEBRUARY_28, "last_on": FEBRUARY_28},
        {"sent_at": datetime(2026, 2, 1, tzinfo=UTC), "received_at": datetime(2026, 3, 2, tzinfo=UTC)},
    ),
    ({"conversations": ("c0",)}, {}),
    ({"series": ("FIN 0430",)}, {}),
    ({"series": ("other-schedule/FIN 04300",)}, {}),
    ({"ids": ("other@utility.example", "AAMk")}, {}),
]
CANNOT_BE_JUDGED = [
    *(({"participants": ("@nobody.example",)}, {field: None}) for field in ("sender", "to", "cc", "bcc")),
    ({"participants": ("@nobody.example",)}, {"sender": ""}),
    ({"participants": ("@nobody.example",)}, {"cc": ("",)}),
    ({"participants": ("@nobody.example",)}, {"to": ("/o=exchange/cn=recipients/cn=ana",)}),
    ({"participants": ("@nobody.example",)}, {"trouble": "row broken"}),
    ({"words": ("lawsuit",)}, {"subject": None}),
    ({"words": ("lawsuit",)}, {"preview": None}),
    ({"words": ("lawsuit",)}, {"preview": ""}),
    ({"words": ("lawsuit",)}, {"attachments": None}),
    ({"words": ("lawsuit",)}, {"attachments": None, "has_attachments": None}),
    ({"words": ("lawsuit",)}, {"trouble": "row broken"}),
    ({"words": ("lawsuit",)}, {"kind": "IPM.Note.SMIME"}),
    ({"words": ("lawsuit",)}, {"kind": "IPM.Note.SMIME.MultipartSigned"}),
    ({"words": ("lawsuit",)}, {"kind": "IPM.Note.rpmsg.Microsoft"}),
    ({"first_on": date(2030, 1, 1)}, {"received_at": None}),
    ({"first_on": date(2030, 1, 1)}, {"sent_at": None}),
    ({"last_on": date(2020, 1, 1)}, {"received_at": None, "sent_at": None}),
    ({"conversations": ("c0",)}, {"conversation": None}),
    ({"conversations": ("c0",)}, {"conversation": ""}),
    ({"ids": ("other@utility.example",)}, {"internet_id": None}),
    ({"ids": ("other@utility.example",)}, {"internet_id": ""}),
    ({"custodians": ("ana@town.example",), "words": ("lawsuit",)}, {"preview": None}),
]
TABLE = [*((c, True) for c in YES), *((c, False) for c in NO), *((c, None) for c in CANNOT_BE_JUDGED)]


@pytest.mark.parametrize(("case", "answer"), TABLE)
def test_every_condition_is_met_or_not_or_cannot_be_judged(case: tuple[dict, dict], answer: bool | None) -> None:
    conditions, changed = case
    assert judged(Scope(**conditions), **changed) is answer
    met, because = Judge(Scope(**conditions), {}).judge(Asked(replace(NOTE, **changed), BOX, FILED, ZONE))
    assert bool(because) == (met is not False)


@pytest.mark.parametrize(("case", "answer"), TABLE)
def test_an_exception_turns_the_answer_and_of_what_cannot_be_judged_nothing_is_excepted(
    case: tuple[dict, dict], answer: bool | None
) -> None:
    conditions, changed = case
    turned = None if answer is None else not answer
    for depth, expected in ((1, turned), (2, answer)):
        scope = Scope(**conditions)
        for _ in range(depth):
            scope = Scope(none_of=(scope,))
        assert judged(fixed(scope, Directory(Roll(), [BOX])), **changed) is expected


@pytest.mark.parametrize("filing", [None, NOTHING, AMBIGUOUS, replace(FILED, ambiguous=True)])
def test_the_series_of_what_is_not_filed_for_certain_cannot_be_judged(filing: Classification | None) -> None:
    assert judged(Scope(series=("FIN 04300",)), filing=filing) is None
    assert judged(Scope(none_of=(Scope(series=("FIN 04300",)),)), filing=filing) is None


def test_a_mailbox_whose_address_has_no_domain_may_be_anybodys() -> None:
    scope = Scope(participants=("@nobody.example",))
    assert judged(scope, mailbox=Mailbox(id="box-1", address="ana")) is None
    assert judged(scope, mailbox=Mailbox(id="box-1", address="ana@town.example")) is False


def test_a_custodian_is_held_by_address_before_anybody_is_looked_up_and_departments_by_whom_they_reach() -> None:
    scope = Scope(custodians=("bob@town.example",), departments=(FIRE,))
    asked = Asked(NOTE, BOX, FILED, ZONE)
    assert Judge(scope, {}).judge(asked)[0] is False
    for reach in (Reach(mailboxes=frozenset({"box-1"})), Reach(addresses=frozenset({"ana.old@town.example"}))):
        assert Judge(scope, {"department Fire": reach}).judge(asked)[0] is True
        assert Judge(scope, {"custodian bob@town.example": reach}).judge(asked)[0] is True
        assert Judge(scope, {"office Fire": reach}).judge(asked)[0] is False


def test_an_exception_reaches_nobody_beyond_the_mailboxes_written_into_it() -> None:
    everybody = Reach(mailboxes=frozenset({"box-1"}), addresses=frozenset(BOX.addresses))
    excepted = Scope(custodians=("ana@town.example",), departments=(FIRE,))
    reach = {"department Fire": everybody, "custodian ana@town.example": everybody}
    asked = Asked(NOTE, BOX, FILED, ZONE)
    assert Judge(Scope(none_of=(excepted,)), reach).judge(asked)[0] is True
    assert Judge(Scope(none_of=(replace(excepted, mailboxes=("box-1",)),)), {}).judge(asked)[0] is False
    # What an exception excepts is covered again, and whoever it reaches is.
    assert Judge(Scope(none_of=(Scope(none_of=(excepted,)),)), reach).judge(asked)[0] is True


MET, NOT_MET, UNKNOWN = Scope(words=("maple",)), Scope(conversations=("c0",)), Scope(ids=("other",))
PARTS = {True: MET, False: NOT_MET, None: UNKNOWN}
TOGETHER = [
    ((), True, True),
    ((True, True), True, True),
    ((True, None), None, True),
    ((None, None), None, None),
    ((None, False), False, None),
    ((True, None, False), False, True),
    ((False, False), False, False),
]


@pytest.mark.parametrize(("parts", "every", "some"), TOGETHER)
def test_scopes_put_together_are_judged_by_what_is_certain(
    parts: tuple[bool | None, ...], every: bool | None, some: bool | None
) -> None:
    scopes = tuple(PARTS[part] for part in parts)
    assert judged(Scope(all_of=scopes), internet_id=None) is every
    assert judged(Scope(any_of=scopes), internet_id=None) is some
    if parts:
        assert judged(Scope(none_of=scopes), internet_id=None) is (None if some is None else not some)


def test_an_empty_scope_covers_everything() -> None:
    assert judged(Scope(), trouble="row broken") is True


def test_the_reasons_say_what_was_met_and_what_could_not_be_judged() -> None:
    scope = Scope(custodians=("ana@town.example",), words=("maple",), none_of=(Scope(ids=("other",)),))
    met, because = Judge(scope, {}).judge(Asked(replace(NOTE, internet_id=None), BOX, FILED, ZONE))
    assert met is None
    assert because == (
        "it is in the mailbox of ana@town.example and it says 'maple' and "
        "whether it is excepted cannot be judged (its Message-ID is not known)"
    )


FIELDS = ["subject", "preview", "sender", "to", "cc", "bcc", "conversation", "internet_id", "attachments"]
UNSAID = st.sets(st.sampled_from([*FIELDS, "has_attachments", "received_at", "sent_at"]), min_size=1)


@given(st.sampled_from(YES + CANNOT_BE_JUDGED), UNSAID)
def test_knowing_less_never_lets_a_message_out_of_a_hold(case: tuple[dict, dict], unsaid: set[str]) -> None:
    conditions, changed = case
    assert judged(Scope(**conditions), **(changed | dict.fromkeys(unsaid))) is not False


@given(st.sampled_from(YES + NO), UNSAID)
def test_knowing_less_never_turns_a_yes_into_a_no_or_a_no_into_a_yes(case: tuple[dict, dict], unsaid: set[str]) -> None:
    conditions, changed = case
    known = judged(Scope(**conditions), **changed)
    assert judged(Scope(**conditions), **(changed | dict.fromkeys(unsaid))) in (known, None)


# Random scopes over a small town.

BOXES = (
    BOX,
    Mailbox(id="box-2", address="bob@town.example", aliases=("robert@town.example",)),
    Mailbox(id="box-3", address="desk@town.example"),
)
ADDRESSES = tuple(address for box in BOXES for address in box.addresses)
VALUES: dict[str, tuple[Any, ...]] = {
    "custodians": (*ADDRESSES, "nobody@town.example"),
    "departments": (FIRE, Post(name="Parks", from_on=date(2025, 1, 1))),
    "offices": (Post(name="Mayor"),),
    "mailboxes": ("box-1", "box-2", "box-3"),
    "participants": ("@utility.example", "bob@town.example", "@nobody.example"),
    "words": ("maple", "cellar", "lawsuit"),
    "conversations": ("c1", "c2"),
    "series": ("FIN 04300", "other"),
    "ids": ("AAMk1", "note@utility.example", "other"),
}
TERMS = (
    *(f"custodian {address}" for address in VALUES["custodians"]),
    *(f"department {post}" for post in VALUES["departments"]),
    "office Mayor",
)


def scopes(part: st.SearchStrategy[Scope] | None = None) -> st.SearchStrategy[Scope]:
    parts = st.just(()) if part is None else st.lists(part, max_size=2).map(tuple)
    fields: dict[str, st.SearchStrategy[Any]] = {
        field: st.lists(st.sampled_from(values), max_size=2).map(tuple) for field, values in VALUES.items()
    }
    fields |= {field: st.sampled_from([None, FEBRUARY_28, MARCH_1]) for field in ("first_on", "last_on")}
    fields |= dict.fromkeys(("all_of", "any_of", "none_of"), parts)
    return st.fixed_dictionaries({}, optional=fields).map(lambda given: Scope(**given))


LEAVES = scopes()
SCOPES = scopes(LEAVES | scopes(LEAVES))
REACH = st.builds(
    Reach,
    addresses=st.frozensets(st.sampled_from(ADDRESSES), max_size=2),
    mailboxes=st.frozensets(st.sampled_from(VALUES["mailboxes"]), max_size=1),
)
REACHES = st.dictionaries(st.sampled_from(TERMS), REACH, max_size=4)
ASKED = st.builds(
    lambda unsaid, mailbox, filing: Asked(replace(NOTE, **dict.fromkeys(unsaid)), mailbox, filing, ZONE),
    unsaid=UNSAID | st.just(set()),
    mailbox=st.sampled_from(BOXES),
    filing=st.sampled_from([None, FILED, AMBIGUOUS]),
)


@given(SCOPES, REACHES, ASKED)
def test_a_mailbox_that_is_left_out_has_certainly_nothing_that_is_covered(
    scope: Scope, reach: dict[str, Reach], asked: Asked
) -> None:
    judge = Judge(scope, reach)
    only = judge.only()
    if only is not None and not only.has(asked.mailbox):
        assert judge.judge(asked) == (False, "")


def test_only_the_people_of_a_scope_are_asked_about_where_people_are_a_condition() -> None:
    ana, bob = Scope(custodians=("ana@town.example",)), Scope(custodians=("bob@town.example",))
    either = Reach(addresses=frozenset({"ana@town.example", "bob@town.example"}))
    assert Judge(Scope(words=("maple",), all_of=(ana,)), {}).only() == Reach(addresses=frozenset({"ana@town.example"}))
    assert Judge(Scope(any_of=(ana, bob)), {}).only() == either
    assert Judge(Scope(any_of=(ana, bob), all_of=(ana,)), {}).only() == Judge(ana, {}).only()
    assert Judge(Scope(any_of=(ana, MET)), {}).only() is None
    assert Judge(Scope(none_of=(ana,)), {}).only() is None


@given(SCOPES, REACHES, st.sampled_from(TERMS), REACH, ASKED)
def test_reaching_more_never_uncovers_anything(
    scope: Scope, reach: dict[str, Reach], term: str, more: Reach, asked: Asked
) -> None:
    before = Judge(scope, reach).judge(asked)[0]
    after = Judge(scope, reach | {term: reach.get(term, Reach()) | more}).judge(asked)[0]
    assert (before, after) not in {(True, False), (True, None), (None, False)}


def with_one_more(scope: Scope, added: dict[str, Any], excepted: bool = False) -> Iterator[Scope]:
    """The scope with one value more in a field that has one, somewhere outside its exceptions."""
    for field, value in added.items():
        if getattr(scope, field) and not excepted:
            yield replace(scope, **{field: (*getattr(scope, field), value)})
    for field in ("all_of", "any_of", "none_of"):
        parts = getattr(scope, field)
        for n, part in enumerate(parts):
            for more in with_one_more(part, added, excepted != (field == "none_of")):
                yield replace(scope, **{field: (*parts[:n], more, *parts[n + 1 :])})


@given(SCOPES, REACHES, ASKED, st.fixed_dictionaries({f: st.sampled_from(values) for f, values in VALUES.items()}))
def test_one_value_more_outside_the_exceptions_never_uncovers_anything(
    scope: Scope, reach: dict[str, Reach], asked: Asked, added: dict[str, Any]
) -> None:
    before = Judge(scope, reach).judge(asked)[0]
    for more in with_one_more(scope, added):
        after = Judge(more, reach).judge(asked)[0]
        assert (before, after) not in {(True, False), (True, None), (None, False)}
