"""What every record store must show of preservation copies: one suite that each implementation and double inherits.

Records are in ``contract.py``; no store is named here.
"""

from __future__ import annotations

import hashlib
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from msgspec.structs import replace

from retention.core.message import Mailbox, Message
from retention.core.preserved import Copy, Found
from retention.errors import RecordMismatch
from tests.store.contract import ANN, BAD_SIDECARS, BOB, CONTENTS, DAMAGE, LETTER, WHEN, Bench, record


def found(address: str = ANN, id: str = "m1", version: str = "v1") -> Found:
    mailbox = Mailbox(id=f"box of {address}", address=address, aliases=(f"old.{address}",))
    message = Message(
        mailbox=mailbox.id,
        id=id,
        version=version,
        path="Inbox/2019",
        internet_id="<letter-1@example.org>",
        subject="Über die Straße – “contract”",
        sender="carla@example.org",
        to=(ANN, BOB),
        received_at=WHEN,
        preview="Signed.",
    )
    return Found(mailbox=mailbox, message=message, hold="elm-street", copied_at=WHEN)


def copy(content: bytes, *each: Found) -> Copy:
    return Copy(digest=hashlib.sha256(content).hexdigest(), size=len(content), found=each or (found(),))


class CopyContract:
    """Inherit it, and give a fixture ``bench`` that makes a new, empty store for each test."""

    @pytest.fixture
    def bench(self) -> Bench:
        raise NotImplementedError

    @pytest.fixture
    def kept(self, bench: Bench) -> str:
        """The place of one copy."""
        return bench.store.put_copy(copy(LETTER), LETTER)

    @pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS.keys())
    def test_a_copy_is_got_back_byte_for_byte(self, bench: Bench, content: bytes) -> None:
        place = bench.store.put_copy(copy(content), content)
        assert bench.store.get_copy(place) == bench.reopened().get_copy(place) == content
        assert bench.store.has_copy(place)

    def test_a_copy_never_lies_where_records_lie(self, bench: Bench, kept: str) -> None:
        """Not even where a schedule is called as the folder of copies is."""
        places = [
            bench.store.put(record(LETTER, **named), LETTER)
            for named in ({}, {"schedule": "preserved", "series": kept.split("/")[1]}, {"schedule": "preserved"})
        ]
        assert kept == f"preserved/{copy(LETTER).digest[:2]}/{copy(LETTER).digest}"
        assert list(bench.store.places()) == sorted(places)
        assert list(bench.store.copies()) == [kept]
        bench.store.destroy_copy(kept)
        assert [bench.store.get(place) for place in places] == [LETTER] * 3

    def test_the_same_bytes_from_two_mailboxes_are_one_copy_found_twice(self, bench: Bench, kept: str) -> None:
        for _ in range(2):
            assert bench.store.put_copy(copy(LETTER, found(BOB, "m2")), LETTER) == kept
        assert bench.files() == 1
        assert bench.reopened().copy(kept).found == (found(), found(BOB, "m2"))

    def test_another_version_with_the_same_bytes_is_found_again(self, bench: Bench, kept: str) -> None:
        bench.store.put_copy(copy(LETTER, found(version="v2")), LETTER)
        assert [one.message.version for one in bench.store.copy(kept).found] == ["v1", "v2"]

    def test_putting_a_copy_twice_changes_nothing(self, bench: Bench, kept: str) -> None:
        before = bench.sidecar(kept)
        bench.store.put_copy(copy(LETTER, replace(found(), hold="another")), LETTER)
        assert (bench.files(), bench.sidecar(kept)) == (1, before)

    def test_the_sidecar_of_a_copy_is_json_that_anybody_can_read(self, bench: Bench, kept: str) -> None:
        said = json.loads(bench.sidecar(kept))
        assert (said["digest"], said["size"]) == (copy(LETTER).digest, len(LETTER))
        assert said["found"][0]["message"]["received_at"] == "2026-11-21T15:00:00Z"
        assert (said["found"][0]["mailbox"]["address"], said["found"][0]["hold"]) == (ANN, "elm-street")
        assert "Über die Straße" in bench.sidecar(kept).decode()
        assert "conversation" not in said["found"][0]["message"]

    def test_copies_are_listed_in_order_and_an_empty_store_has_none(self, bench: Bench) -> None:
        assert list(bench.store.copies()) == []
        places = [bench.store.put_copy(copy(content), content) for content in CONTENTS.values()]
        assert list(bench.store.copies()) == list(bench.reopened().copies()) == sorted(places)
        assert list(bench.store.places()) == []

    def test_several_copies_may_be_put_at_the_same_time(self, bench: Bench) -> None:
        contents = [b"letter %d" % number for number in range(40)]
        together = threading.Barrier(8)

        def put(content: bytes) -> str:
            if content in contents[:8]:
                together.wait(10)
            return bench.store.put_copy(copy(content), content)

        with ThreadPoolExecutor(8) as pool:
            places = list(pool.map(put, contents))
        assert [bench.store.get_copy(place) for place in places] == contents

    @pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
    def test_a_missing_or_altered_copy_is_found_named_and_written_again(
        self, bench: Bench, kept: str, damage: bytes | None
    ) -> None:
        bench.change(kept, damage)
        with pytest.raises(RecordMismatch, match=kept.rpartition("/")[2]):
            bench.store.get_copy(kept)
        assert list(bench.store.copies()) == [kept]
        bench.store.put_copy(copy(LETTER), LETTER)
        assert bench.store.get_copy(kept) == LETTER

    @pytest.mark.parametrize("damage", BAD_SIDECARS.values(), ids=BAD_SIDECARS.keys())
    def test_a_sidecar_of_a_copy_that_cannot_be_read_is_found_and_named(
        self, bench: Bench, kept: str, damage: bytes | None
    ) -> None:
        bench.change_sidecar(kept, damage)
        with pytest.raises(RecordMismatch, match=kept.rpartition("/")[2]):
            bench.store.copy(kept)
        assert bench.store.get_copy(kept) == LETTER

    @pytest.mark.parametrize("old, new", [(b'"v1"', b'"v2"'), (b"elm-street", b"oak-street"), (b"\n", b"\n ")])
    def test_a_sidecar_that_is_no_longer_of_this_text_is_another(
        self, bench: Bench, kept: str, old: bytes, new: bytes
    ) -> None:
        """A change that can still be read is for the ledger's digest to find; one of the form is found at once."""
        bench.change_sidecar(kept, bench.sidecar(kept).replace(old, new, 1))
        if new.strip():
            assert bench.store.copy(kept) != copy(LETTER)
        else:
            with pytest.raises(RecordMismatch):
                bench.store.copy(kept)

    def test_the_sidecar_of_other_bytes_is_not_this_copys(self, bench: Bench, kept: str) -> None:
        other = bench.store.put_copy(copy(b"another"), b"another")
        bench.change_sidecar(kept, bench.sidecar(other))
        with pytest.raises(RecordMismatch, match=kept.rpartition("/")[2]):
            bench.store.copy(kept)

    def test_a_damaged_sidecar_of_a_copy_is_never_written_over(self, bench: Bench, kept: str) -> None:
        bench.change_sidecar(kept, BAD_SIDECARS["cut off"])
        with pytest.raises(RecordMismatch):
            bench.store.put_copy(copy(LETTER, found(BOB, "m2")), LETTER)
        assert bench.sidecar(kept) == BAD_SIDECARS["cut off"]

    def test_bytes_that_are_not_those_of_the_copy_leave_nothing_behind(self, bench: Bench) -> None:
        with pytest.raises(RecordMismatch):
            bench.store.put_copy(copy(LETTER), LETTER + b"!")
        assert list(bench.store.copies()) == []

    def test_a_destroyed_copy_is_gone_and_can_be_destroyed_again(self, bench: Bench, kept: str) -> None:
        other = bench.store.put_copy(copy(b"another"), b"another")
        for _ in range(2):
            bench.store.destroy_copy(kept)
            assert list(bench.store.copies()) == [other]
            assert not bench.store.has_copy(kept)
        for ask in (bench.store.get_copy, bench.store.copy):
            with pytest.raises(RecordMismatch, match=kept):
                ask(kept)
        assert bench.store.put_copy(copy(LETTER), LETTER) == kept

    @pytest.mark.parametrize("lost", ["content", "sidecar"])
    def test_a_copy_of_which_half_is_lost_is_listed_and_can_be_destroyed(
        self, bench: Bench, kept: str, lost: str
    ) -> None:
        if lost == "content":
            bench.change(kept, None)
        else:
            bench.change_sidecar(kept, None)
        assert list(bench.store.copies()) == [kept]
        bench.store.destroy_copy(kept)
        assert list(bench.store.copies()) == []

    def test_a_record_is_never_destroyed_as_a_copy(self, bench: Bench) -> None:
        place = bench.store.put(record(LETTER), LETTER)
        wrong: list[Any] = [place, "", "preserved", f"preserved/aa/../../{place}", f"preserved/00/{'f' * 64}"]
        for one in wrong:
            with pytest.raises(RecordMismatch):
                bench.store.destroy_copy(one)
        assert bench.store.get(place) == LETTER
