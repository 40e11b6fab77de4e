"""What a person signs: one text for one statement, read again, and compared with the ledger's entry."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from retention.core.access import AccessGranted
from retention.core.audit import Adopted, Approved, Body, Ended, Entry, HoldPlaced, HoldReleased, Reviewed
from retention.core.authority import HoldKind
from retention.core.hold import Hold, Scope
from retention.core.statement import MAY_LIE_APART, Statement, disagreement, read, says, write

AT = datetime(2026, 11, 21, 15, 0, 5, tzinfo=UTC)
KIM, PAT = "kim.lee@town.example", "pat.ortiz@town.example"
HOLD = Hold(
    name="elm",
    matter="Elm Street",
    kind=HoldKind.LEGAL,
    reason="a claim",
    scope=Scope(words=("elm", "straße"), first_on=date(2026, 1, 2)),
    placed_at=AT,
    placed_by=KIM,
)
BODIES: tuple[Body, ...] = (
    Approved(plan="ab12", steps=3),
    HoldPlaced(hold=HOLD),
    HoldReleased(name="elm", reason="settled", until=date(2026, 12, 21)),
    Adopted(schedule="town", fingerprint="f", authority="Resolution 7", effective_on=date(2026, 1, 1)),
    Reviewed(mailbox="box-1", ids=("m1", "m2"), filed=((), ("a", "b")), reason="a contract"),
    AccessGranted(request=1, custodian=PAT, reader=KIM, reference="memo", since=AT, until=AT + timedelta(days=7)),
    Ended(plan="ab12", counts={"b": {"seen": 2, "kept": 1}, "a": {"seen": 0}}),
)


def statement(what: Body = BODIES[0], **changed: Any) -> Statement:
    made = Statement(city="Elm City", rehearsal=False, act="approve", by=KIM, at=AT, what=what)
    return replace(made, **changed)


def entry(of: Statement, **changed: Any) -> Entry:
    made = Entry(n=4, at=of.at, by=of.by, body=of.what, previous="0" * 64, rehearsal=of.rehearsal, statement=write(of))
    return replace(made, **changed)


@pytest.mark.parametrize("what", BODIES, ids=lambda body: type(body).__name__)
def test_a_statement_is_read_as_it_was_written(what: Body) -> None:
    made = statement(what)
    assert read(write(made)) == made
    assert disagreement(read(write(made)), entry(made), "Elm City", False) is None


def test_the_text_is_compact_with_its_keys_in_order() -> None:
    assert write(statement()) == (
        '{"act":"approve","at":"2026-11-21T15:00:05Z","by":"kim.lee@town.example","city":"Elm City","entries":0,'
        '"format":1,"head":"","rehearsal":false,"what":{"kind":"approved","plan":"ab12","steps":3}}'
    )


def test_a_field_that_a_later_version_adds_leaves_the_text_of_an_earlier_statement_alone() -> None:
    text = write(statement(BODIES[3]))
    assert "confirmed" not in text
    assert "posted_on" not in text
    assert read(text).what == BODIES[3]


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(
    city=texts,
    reason=texts,
    ids=st.lists(texts, max_size=4).map(tuple),
    at=st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)).map(lambda at: at.replace(microsecond=0, tzinfo=UTC)),
)
def test_every_statement_has_one_text_and_every_text_one_statement(
    city: str, reason: str, ids: tuple[str, ...], at: datetime
) -> None:
    made = statement(Reviewed(mailbox="b", ids=ids, keys=ids, reason=reason), city=city, at=at)
    text = write(made)
    assert read(text) == made
    assert write(read(text)) == text


@given(st.data())
def test_a_changed_text_is_another_statement_or_none(data: st.DataObject) -> None:
    made = statement(data.draw(st.sampled_from(BODIES)))
    text = write(made)
    place = data.draw(st.integers(0, len(text)))
    put = data.draw(st.text(st.characters(codec="ascii"), max_size=3))
    changed = text[:place] + put + text[place + data.draw(st.integers(0, 2)) :]
    try:
        found = read(changed)
    except ValueError:
        return
    assert changed == text or found != made


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('{"act"', '{ "act"'),
        ('{"act":"approve",', '{"act":"refuse","act":"approve",'),
        ('"steps":3', '"steps":3,"why":"because"'),
        ('"steps":3', '"steps":3.0'),
        ('"ab12"', '"\\u0061b12"'),
        ("05Z", "05+00:00"),
        ("05Z", "05.000Z"),
        ('"format":1,', ""),
        ('"city":"Elm City","entries":0', '"entries":0,"city":"Elm City"'),
    ],
)
def test_a_second_text_of_the_same_statement_is_refused(old: str, new: str) -> None:
    text = write(statement())
    assert old in text
    with pytest.raises(ValueError, match=r"canonical|cannot|not a statement"):
        read(text.replace(old, new))


def test_a_field_written_at_its_default_is_refused() -> None:
    text = write(statement(BODIES[3]))
    with pytest.raises(ValueError, match="canonical"):
        read(text.replace('"effective_on"', '"confirmed":[],"effective_on"'))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "\ud800",
        "null",
        '{"kind":"approved"}',
        "[" * 100_000,
        write(statement()).replace("approved", "x"),
    ],
    ids=range(8),
)
def test_what_is_no_statement_is_refused_with_one_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"^The text is not a statement that can be signed: .*\.$"):
        read(text)


def test_a_statement_of_a_later_form_is_refused_by_its_number() -> None:
    with pytest.raises(ValueError, match="form 2; this version reads form 1"):
        read(write(statement(format=2)))


@pytest.mark.parametrize(
    "at", [AT.replace(microsecond=1), AT.replace(tzinfo=None), AT.astimezone(timezone(timedelta(hours=1)))]
)
def test_the_instant_of_a_statement_is_in_whole_seconds_of_utc(at: datetime) -> None:
    with pytest.raises(ValueError, match="whole seconds of UTC"):
        Statement(city="Elm City", rehearsal=False, act="approve", by=KIM, at=at, what=BODIES[0])


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"statement": ""}, "Entry 4 does not bear this statement."),
        ({"statement": write(statement(by=PAT))}, "Entry 4 does not bear this statement."),
        ({"by": PAT}, "The statement is kim.lee@town.example's, and entry 4 is pat.ortiz@town.example's."),
        ({"body": Approved(plan="ab12", steps=4)}, "Entry 4 says something else than its statement."),
        ({"body": HoldPlaced(hold=HOLD)}, "Entry 4 says something else than its statement."),
        ({"rehearsal": True}, "The statement was not made in a rehearsal, unlike entry 4."),
        ({"at": AT + MAY_LIE_APART + timedelta(seconds=1)}, "more than 10 minutes apart"),
        ({"at": AT - MAY_LIE_APART - timedelta(seconds=1)}, "more than 10 minutes apart"),
    ],
)
def test_a_statement_is_of_no_entry_but_its_own(changed: dict[str, Any], why: str) -> None:
    made = statement()
    assert why in (disagreement(made, entry(made, **changed), "Elm City", False) or "")


def test_a_statement_of_another_city_or_a_rehearsal_counts_nowhere_else() -> None:
    made = statement()
    assert "made for 'Elm City', and the ledger is of 'Oak'" in (disagreement(made, entry(made), "Oak", False) or "")
    assert "rehearsal" in (disagreement(made, entry(made), "Elm City", True) or "")
    played = statement(rehearsal=True)
    assert disagreement(played, entry(played), "Elm City", True) is None
    assert "was made in a rehearsal" in (disagreement(played, entry(played), "Elm City", False) or "")


@pytest.mark.parametrize("apart", [-MAY_LIE_APART, timedelta(0), timedelta(milliseconds=400), MAY_LIE_APART])
def test_the_entry_may_be_written_some_minutes_after_it_was_signed(apart: timedelta) -> None:
    made = statement()
    assert disagreement(made, entry(made, at=AT + apart), "Elm City", False) is None


def test_the_person_reads_in_one_sentence_what_they_sign() -> None:
    assert says(statement()) == (
        "kim.lee@town.example signs for Elm City on 2026-11-21 at 15:00:05 UTC, as an act of 'approve': "
        "approved (plan 'ab12', steps 3)."
    )
    played = says(statement(HoldPlaced(hold=HOLD), act="hold-legal", rehearsal=True))
    assert played.startswith("In a rehearsal, kim.lee@town.example signs for Elm City")
    for word in ("hold placed", "matter 'Elm Street'", "words 'elm' + 'straße'", "first on '2026-01-02'"):
        assert word in played


def test_a_long_list_is_shown_with_how_many_more_there_are() -> None:
    said = says(statement(Reviewed(mailbox="b", ids=tuple(f"m{n}" for n in range(1204)), reason="r")))
    assert "ids 'm0' + 'm1' + 'm2' + 'm3' + 'm4' and 1199 more" in said
