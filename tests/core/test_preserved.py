"""Preservation copies: what is written beside one, where it lies, and what the ledger's entries amount to.

How copies reach a store is in ``tests/store``; when they are made and destroyed in ``tests/jobs``.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from retention.core.message import Mailbox, Message, MessageRef
from retention.core.preserved import (
    Copies,
    Copy,
    CopyGone,
    CopyToGo,
    Found,
    HeldVanished,
    Preserved,
    VanishedAcknowledged,
    is_as_told,
    is_place,
    joined,
    place_of,
    read_sidecar,
    sidecar,
    sidecar_digest,
)
from retention.core.record import folder_name

AT = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
ONE, OTHER = "a" * 64, "b" * 64


def found(id: str = "m1", **fields: str) -> Found:
    message = Message(mailbox="box", id=id, **{"version": "v1", "subject": "Elm Street"} | fields)  # type: ignore[arg-type]
    return Found(mailbox=Mailbox(id="box", address="ana@town.example"), message=message, hold="elm", copied_at=AT)


def copy(*ids: str) -> Copy:
    return Copy(digest=ONE, size=4, found=tuple(map(found, ids)))


def preserved(id: str = "m1", digest: str = ONE, version: str = "v1") -> Preserved:
    return Preserved(
        hold="elm",
        mailbox="box",
        address="ana@town.example",
        id=id,
        version=version,
        digest=digest,
        place=place_of(digest),
        sidecar="s",
    )


class Ledger:
    """Entries in their order, and what they amount to."""

    def __init__(self, *bodies: object) -> None:
        self.copies = Copies()
        for n, body in enumerate(bodies):
            self.copies.add(n, AT, body)  # type: ignore[arg-type]

    def has(self, id: str = "m1") -> str | None:
        kept = self.copies.of(MessageRef("box", id))
        return kept.version + kept.digest[0] if kept else None


GOING, GONE = CopyToGo(digests=(ONE,), reason="over"), CopyGone(digests=(ONE,))


@pytest.mark.parametrize(
    "bodies, has",
    [
        ((), None),
        ((preserved(),), "v1a"),
        ((preserved("m2"),), None),
        ((preserved(), preserved(version="v2", digest=OTHER)), "v2b"),
        ((preserved(), GOING), None),
        ((preserved(), GOING, GONE), None),
        ((preserved(), GOING, preserved()), "v1a"),
        ((preserved(), GOING, preserved("m2")), "v1a"),
        ((preserved(), GOING, GONE, preserved()), "v1a"),
        ((preserved(), preserved("m2"), GOING, GONE, preserved("m2")), None),
        ((preserved(), preserved(version="v2", digest=OTHER), GOING, GONE), "v2b"),
        ((GOING, GONE, preserved()), "v1a"),
    ],
)
def test_a_message_has_a_copy_only_where_that_is_certain(bodies: tuple[object, ...], has: str | None) -> None:
    assert Ledger(*bodies).has() == has


def test_a_copy_about_to_be_destroyed_is_the_last_one_until_it_is_said_to_be_gone() -> None:
    ref = MessageRef("box", "m1")
    assert Ledger(preserved(), GOING).copies.last(ref) is not None
    assert Ledger(preserved(), GOING, GONE).copies.last(ref) is None


def vanished(id: str = "m1", hours: int = 0) -> HeldVanished:
    return HeldVanished(
        mailbox="box",
        address="ana@town.example",
        id=id,
        internet_id="",
        holds=("elm",),
        seen_at=AT,
        missed_at=AT + timedelta(hours=hours),
    )


def test_each_time_that_a_message_vanishes_is_told_and_answered_for_by_itself() -> None:
    copies = Ledger(vanished(), vanished("m2"), VanishedAcknowledged(entries=(0,), reason="found")).copies
    assert list(copies.unanswered) == [1]
    assert copies.told_of(MessageRef("box", "m1"), AT)
    assert not copies.told_of(MessageRef("box", "m1"), AT + timedelta(hours=1))
    copies.add(3, AT, vanished(hours=1))
    assert list(copies.unanswered) == [1, 3]


def test_nothing_that_was_found_is_lost_when_more_is_found() -> None:
    both = joined(copy("m1", "m2"), copy("m2", "m3"))
    assert [one.message.id for one in both.found] == ["m1", "m2", "m3"]
    again = joined(copy("m1"), Copy(digest=ONE, size=4, found=(found(version="v2"), found())))
    assert [one.message.version for one in again.found] == ["v1", "v2"]


def test_a_sidecar_is_read_as_it_was_written_and_no_other_text_is() -> None:
    text = sidecar(copy("m1", "m2"))
    assert read_sidecar(text) == copy("m1", "m2")
    for other in (text + b"\n", text.replace(b"  ", b" ", 1), text.replace(b'"id"', b'"bcc": null, "id"')):
        with pytest.raises(msgspec.DecodeError):
            read_sidecar(other)


def test_what_is_not_known_of_a_message_is_not_written() -> None:
    assert b"null" not in sidecar(copy("m1"))


@given(told=st.integers(1, 5), more=st.integers(0, 4), changed=st.integers(0, 8))
def test_all_that_the_ledger_told_of_must_still_stand_in_a_sidecar(told: int, more: int, changed: int) -> None:
    """What was found after the ledger's last word may stand behind it: a crash came between."""
    ids = [f"m{n}" for n in range(told + more)]
    digest = sidecar_digest(copy(*ids[:told]))
    whole = copy(*ids)
    assert is_as_told(whole, digest)
    at = changed % len(ids)
    altered = list(whole.found)
    altered[at] = found(ids[at], subject="Oak Street")
    assert is_as_told(replace(whole, found=tuple(altered)), digest) == (at >= told)
    assert not is_as_told(replace(whole, found=whole.found[: told - 1]), digest)


@given(st.text(max_size=20))
def test_no_record_is_filed_where_copies_lie(name: str) -> None:
    """A record lies one folder deeper, whatever its schedule and series are called."""
    for schedule in (name, "preserved"):
        assert not is_place(f"{folder_name(schedule)}/{folder_name(name)}/2026/{ONE}")
    assert is_place(place_of(ONE)) and not is_place(f"{place_of(ONE)}/{ONE}") and not is_place(f"x/{place_of(ONE)}")
