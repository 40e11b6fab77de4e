"""Records: what is written beside a message, and names that no schedule, however named, can steer elsewhere."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import PurePosixPath, PureWindowsPath

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from retention.core.message import Source
from retention.core.record import Custody, Record, folder_name, joined, read_sidecar, sidecar

WHEN = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
AWKWARD = (
    "../../etc/passwd",
    "/etc/passwd",
    "..",
    ".",
    "-",
    "con",
    "CON",
    "com1",
    "lpt9.txt",
    "C:\\Windows\\system32",
    "a/b",
    "a\\b",
    "a\0b",
    "line\nbreak",
    "x" * 255,
    "-" * 300,
    "FIN 04300",
    "fin 04300",
    "fin-04300",
    "Ünïcödé Straße",
    "議事録",
    " ",
    "a.",
    "a ",
    "~",
    "$HOME",
    "*?",
    "\u202egnp.exe",
)
TEXTS = st.one_of(
    st.sampled_from(AWKWARD),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300),
    st.text("aA1-./\\ :é\0", min_size=1, max_size=120),
)
RESERVED = {"con", "prn", "aux", "nul"} | {f"{device}{n}" for device in ("com", "lpt") for n in range(10)}


def a_custody(mailbox: str = "box-1", id: str = "m1") -> Custody:
    return Custody(
        address=f"{mailbox}@town.example", mailbox=mailbox, id=id, version="v1", folder="Inbox", captured_at=WHEN
    )


def a_record(**changed: object) -> Record:
    bare = Record(
        digest="d" * 64,
        size=12,
        schedule="town",
        fingerprint="f" * 64,
        series="FIN 1",
        title="Requisitions",
        retain="3 years after received",
        citation="Town Code 1",
        because="the subject says 'requisition'",
        due_on=date(2029, 1, 1),
        year=2025,
        internet_id="<1@x>",
        subject="Requisition",
        sender="jo@x.example",
        to=(),
        cc=(),
        bcc=(),
        received_at=WHEN,
        sent_at=None,
        kind="IPM.Note",
        categories=(),
        custody=(a_custody(),),
    )
    return replace(bare, **changed)


@given(text=TEXTS)
def test_a_folder_name_is_one_path_component_that_every_file_system_takes(text: str) -> None:
    name = folder_name(text)
    assert PurePosixPath(name).parts == (name,)
    assert PureWindowsPath(name).parts == (name,)
    assert 0 < len(name.encode()) <= 100
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert name not in RESERVED


def test_an_empty_text_is_a_folder_name_too() -> None:
    assert not PurePosixPath(a_record(schedule="", series="").place).is_absolute()
    assert folder_name("")


@given(one=TEXTS, other=TEXTS)
@example(one="FIN 04300", other="fin 04300")
@example(one="FIN 04300", other="fin-04300")
@example(one="x" * 255, other="x" * 254)
@example(one="é", other="è")
@example(one="con", other="CON")
@example(one="a", other="a ")
def test_two_texts_never_share_a_folder_name_even_where_capitals_are_ignored(one: str, other: str) -> None:
    if one != other:
        assert folder_name(one).casefold() != folder_name(other).casefold()


@given(text=TEXTS)
def test_a_folder_name_is_the_same_every_time(text: str) -> None:
    assert folder_name(text) == folder_name(text)


@pytest.mark.parametrize("text", ["town", "minnesota-cities", "fin-04300", "2019", "x" * 80])
def test_a_plain_name_is_its_own_folder_name(text: str) -> None:
    assert folder_name(text) == text


@given(schedule=TEXTS, series=TEXTS, year=st.integers(1, 9999))
def test_a_place_is_always_four_steps_down(schedule: str, series: str, year: int) -> None:
    place = PurePosixPath(a_record(schedule=schedule, series=series, year=year).place)
    assert len(place.parts) == 4 and not place.is_absolute() and ".." not in place.parts
    assert place.parts[2:] == (f"{year:04}", "d" * 64)
    assert all(len(part.encode()) <= 100 for part in place.parts)


def test_a_sidecar_is_read_as_it_was_written() -> None:
    written = a_record(subject="“Ünïcödé”\n\u202e", due_on=None, custody=(a_custody(), a_custody("box-2")))
    assert read_sidecar(sidecar(written)) == written
    assert json.loads(sidecar(written))["subject"] == "“Ünïcödé”\n\u202e"


def test_a_sidecar_of_an_earlier_version_is_the_same_text_to_its_last_byte() -> None:
    early = sidecar(a_record(edition=""))
    assert b'"edition"' not in early
    assert sidecar(read_sidecar(early)) == early
    assert b'"edition": "2026"' in sidecar(a_record(edition="2026"))


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"{}", b'{"digest": 5}'])
def test_bytes_that_are_no_sidecar_are_refused(data: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        read_sidecar(data)


def test_custodies_are_joined_in_the_order_in_which_they_came_and_never_twice() -> None:
    first, second = a_record(), a_record(custody=(a_custody("box-2"),), subject="other")
    both = joined(first, second)
    assert [held.mailbox for held in both.custody] == ["box-1", "box-2"]
    assert both.subject == "Requisition"
    assert joined(both, first) == both and joined(both, second) == both


def test_a_message_captured_again_keeps_its_first_custody_and_adds_one_for_another_version() -> None:
    later = replace(a_custody(), captured_at=datetime(2027, 1, 1, tzinfo=UTC))
    assert joined(a_record(), a_record(custody=(later,))).custody == (a_custody(),)
    changed = replace(later, version="v2")
    assert joined(a_record(), a_record(custody=(changed,))).custody == (a_custody(), changed)


def test_no_attachments_at_all_is_another_answer_than_none_known() -> None:
    known, unknown = a_record(attachments=()), a_record(attachments=None)
    assert read_sidecar(sidecar(known)) == known
    assert read_sidecar(sidecar(unknown)) == unknown
    assert sidecar(known) != sidecar(unknown)


def test_what_was_known_of_a_message_is_known_of_its_record() -> None:
    there = replace(a_custody(), conversation="c", received_at=WHEN, categories=("Blue",))
    told = a_record(attachments=("a.pdf",), origin="person", custody=(there,))
    message = told.message(there)
    assert (message.attachments, message.conversation, message.origin) == (("a.pdf",), "c", "person")
    assert message.has_attachments and message.subject == told.subject and message.categories == ("Blue",)
    assert message.received_at == WHEN and not told.filed_by_person(there)


@pytest.mark.parametrize("field", ["subject", "sender", "to", "cc", "bcc", "kind"])
def test_what_was_not_known_of_a_message_is_not_known_of_its_record(field: str) -> None:
    told = a_record(**{field: () if field in ("to", "cc", "bcc") else "", "unknown": (field,)})
    assert getattr(read_sidecar(sidecar(told)).message(told.custody[0]), field) is None
    assert getattr(replace(told, unknown=()).message(told.custody[0]), field) is not None


def test_of_the_first_sidecars_nothing_is_taken_for_known_that_may_not_have_been() -> None:
    other = a_custody("box-2")
    told = a_record(format=1, subject="", to=(), custody=(a_custody(), other))
    first, second = (told.message(custody) for custody in told.custody)
    assert first.subject is None and first.to is None and first.conversation is None
    assert first.received_at == told.received_at and second.received_at is None
    assert told.filed_by_person(other)
    assert b'"unknown"' not in sidecar(told) and b'"conversation"' not in sidecar(told)


def test_each_mailbox_keeps_what_was_known_of_the_message_there() -> None:
    here, there = replace(a_custody(), conversation="a"), replace(a_custody("box-2", "m2"), conversation="b")
    told = joined(a_record(custody=(here,)), a_record(custody=(there,)))
    assert [told.message(custody).conversation for custody in told.custody] == ["a", "b"]


def test_what_was_read_from_a_file_says_where_it_stays_and_what_was_rebuilt_what_could_not_be_carried() -> None:
    source = Source(file="/srv/old.pst", folder="Inbox", at="item 2097188", sha256="e" * 64)
    there = replace(a_custody(), source=source)
    told = a_record(rebuilt=("the original MIME structure",), custody=(there,))
    assert read_sidecar(sidecar(told)) == told
    assert (told.message(there).source, told.message(there).rebuilt) == (source, ("the original MIME structure",))
    assert json.loads(sidecar(told))["custody"][0]["source"]["file"] == "/srv/old.pst"


def test_a_record_of_the_source_s_own_bytes_says_nothing_of_being_rebuilt() -> None:
    assert b"rebuilt" not in sidecar(a_record()) and b"source" not in sidecar(a_record())
    assert b'"rebuilt": []' in sidecar(a_record(rebuilt=()))
