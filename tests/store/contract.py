"""What every record store must show: one suite that each implementation and each double inherits.

No store is named here; a test class brings its own ``bench``.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Protocol

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from retention.core.record import Custody, Record
from retention.errors import NotOneRecord, RecordMismatch
from retention.store.interface import RecordStore

ANN = "ann@city.example"
BOB = "bob@city.example"
WHEN = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
LETTER = b"From: carla@example.org\r\nSubject: The contract\r\n\r\nSigned.\r\n"


def custody(address: str = ANN, id: str = "m1") -> Custody:
    return Custody(
        address=address, mailbox=f"box of {address}", id=id, version="v1", folder="Inbox/2019", captured_at=WHEN
    )


def record(content: bytes, **changed: Any) -> Record:
    """The record of these bytes, with every field filled."""
    given = {
        "digest": hashlib.sha256(content).hexdigest(),
        "size": len(content),
        "schedule": "minnesota-cities",
        "edition": "March 2021",
        "fingerprint": "f" * 64,
        "series": "FIN 04300",
        "title": "Requisitions - Department Copy",
        "retain": "2 years after received",
        "citation": "Minn. Stat. 138.17",
        "because": "the subject says 'requisition'",
        "due_on": date(2021, 3, 5),
        "year": 2019,
        "internet_id": "<letter-1@example.org>",
        "subject": "Über die Straße – “contract” \N{SPARKLES}",
        "sender": "carla@example.org",
        "to": (ANN,),
        "cc": (BOB,),
        "bcc": ("blind@city.example",),
        "received_at": datetime(2019, 3, 4, 15, 30, tzinfo=UTC),
        "sent_at": datetime(2019, 3, 4, 15, 29, tzinfo=UTC),
        "kind": "IPM.Note",
        "categories": ("Red category",),
        "custody": (custody(),),
    }
    return Record(**given | changed)


class Bench(Protocol):
    """A store under test and the hands that damage what it holds behind its back."""

    store: RecordStore

    def reopened(self) -> RecordStore:
        """The same store as another process would open it."""
        ...

    def files(self) -> int:
        """How many record files there are, sidecars not counted."""
        ...

    def sidecar(self, place: str) -> bytes: ...

    def change(self, place: str, content: bytes | None) -> None:
        """Put other bytes in the place of the record's file; ``None`` takes the file away."""
        ...

    def change_sidecar(self, place: str, content: bytes | None) -> None: ...

    def lay(self, name: str, content: bytes | None) -> None:
        """Put a file of this name into the store; ``None`` takes it away."""
        ...

    def read(self, name: str) -> bytes: ...

    def names(self) -> set[str]:
        """The names of all files in the store but its own."""
        ...


CONTENTS = {
    "nothing at all": b"",
    "one line": LETTER,
    "bare line ends": LETTER.replace(b"\r\n", b"\n"),
    "eight bits and zeros": bytes(range(256)) * 3,
    "no line end": b"Subject: cut o",
    "a dot on its own line": b"a\r\n.\r\nb\r\n",
    "megabytes": b"0123456789abcdef" * 200_000,
}

DAMAGE = {
    "missing": None,
    "empty": b"",
    "cut off": LETTER[:-1],
    "something added": LETTER + b"\n",
    "other line ends": LETTER.replace(b"\r\n", b"\n"),
    "another message": b"Subject: another\r\n\r\n",
}

BAD_SIDECARS = {
    "missing": None,
    "empty": b"",
    "cut off": b'{"format": 1, "digest": "',
    "not text": b'{"digest": "\xff\xfe"}',
    "another shape": b'{"format": 1}',
    "no object": b"[]",
}


POSTMARK = b"From ann@city.example Mon Mar  4 15:30:00 2019\r\n"
BULK = {
    "a .pst": b"!BDN" + bytes(600),
    "an mbox": (POSTMARK + LETTER + b"\r\n") * 2,
    "an mbox with bare line ends": ((POSTMARK + LETTER + b"\r\n") * 3).replace(b"\r\n", b"\n"),
}
SINGLE = {
    "with its postmark": POSTMARK + LETTER,
    "with its postmark and a body that tells of mail": POSTMARK + LETTER + b"\r\nFrom now on it is 10:30: no more.\r\n",
    "without a postmark, and an mbox told in it": LETTER + b"\r\n" + POSTMARK + LETTER,
}


NO_WORRY = [HealthCheck.function_scoped_fixture, HealthCheck.differing_executors]
"""One record is damaged again and again, and every store inherits the same test."""


class StoreContract:
    """Inherit it, and give a fixture ``bench`` that makes a new, empty store for each test."""

    EVERY = 1
    """How much of the real mail is kept: every message, or where the tests of a store are slow every n-th."""

    @pytest.fixture
    def bench(self) -> Bench:
        raise NotImplementedError

    @pytest.fixture
    def kept(self, bench: Bench) -> str:
        """The place of one record."""
        return bench.store.put(record(LETTER), LETTER)

    @pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS.keys())
    def test_what_is_put_is_got_back_byte_for_byte(self, bench: Bench, content: bytes) -> None:
        place = bench.store.put(record(content), content)
        assert bench.store.get(place) == content
        assert bench.reopened().get(place) == content

    def test_real_mail_is_kept_byte_for_byte(self, bench: Bench, shared: Path) -> None:
        sources = {file: file.read_bytes() for file in list(_mail(shared))[:: self.EVERY]}
        places = {file: bench.store.put(record(content), content) for file, content in sources.items()}
        other = bench.reopened()
        for file, content in sources.items():
            assert other.get(places[file]) == content, file.name
        assert bench.files() == len(set(sources.values()))

    def test_a_place_names_schedule_series_year_and_digest(self, bench: Bench, kept: str) -> None:
        assert kept == record(LETTER).place
        schedule, series, year, digest = kept.split("/")
        assert (schedule, year) == ("minnesota-cities", "2019")
        assert series.startswith("fin-04300-")
        assert digest == hashlib.sha256(LETTER).hexdigest()

    def test_putting_twice_changes_nothing(self, bench: Bench, kept: str) -> None:
        before = bench.sidecar(kept)
        assert bench.store.put(record(LETTER), LETTER) == kept
        assert (bench.files(), bench.sidecar(kept)) == (1, before)

    def test_the_same_bytes_from_two_mailboxes_are_one_file_with_two_custodies(self, bench: Bench, kept: str) -> None:
        second = record(LETTER, custody=(custody(BOB, "m2"),), subject="as the second mailbox calls it")
        assert bench.store.put(second, LETTER) == kept
        assert bench.files() == 1
        joined = bench.reopened().record(kept)
        assert joined.custody == (custody(ANN, "m1"), custody(BOB, "m2"))
        assert replace(joined, custody=(custody(),)) == record(LETTER)

    def test_two_copies_in_one_mailbox_are_two_custodies(self, bench: Bench, kept: str) -> None:
        for _ in range(2):
            bench.store.put(record(LETTER, custody=(custody(ANN, "m2"),)), LETTER)
        assert [held.id for held in bench.store.record(kept).custody] == ["m1", "m2"]

    def test_the_same_bytes_in_two_series_are_two_records(self, bench: Bench, kept: str) -> None:
        other = bench.store.put(record(LETTER, series="ADM 00100"), LETTER)
        assert other != kept
        assert bench.store.get(other) == bench.store.get(kept)

    def test_several_may_put_at_the_same_time(self, bench: Bench) -> None:
        contents = [b"letter %d" % number for number in range(40)]
        together = threading.Barrier(8)

        def put(content: bytes) -> str:
            if content in contents[:8]:
                together.wait(10)
            return bench.store.put(record(content), content)

        with ThreadPoolExecutor(8) as pool:
            places = list(pool.map(put, contents))
        assert [bench.store.get(place) for place in places] == contents
        assert list(bench.store.places()) == sorted(places)

    def test_the_sidecar_has_all_metadata_as_json_that_anybody_can_read(self, bench: Bench, kept: str) -> None:
        said = json.loads(bench.sidecar(kept))
        assert [name for name in Record.__struct_fields__ if name in said] == list(said)
        assert {"digest", "series", "subject", "custody", "received_at"} <= set(said)
        assert said["digest"] == hashlib.sha256(LETTER).hexdigest()
        assert (said["size"], said["year"], said["due_on"]) == (len(LETTER), 2019, "2021-03-05")
        assert said["received_at"] == "2019-03-04T15:30:00Z"
        assert (said["series"], said["fingerprint"]) == ("FIN 04300", "f" * 64)
        assert said["custody"][0]["captured_at"] == "2026-11-21T15:00:00Z"
        assert said["custody"][0]["folder"] == "Inbox/2019"
        assert "Über die Straße" in bench.sidecar(kept).decode("utf-8")
        assert len(bench.sidecar(kept).splitlines()) > len(said)

    def test_the_record_is_read_as_it_was_written(self, bench: Bench, kept: str) -> None:
        assert bench.store.record(kept) == record(LETTER)
        assert bench.reopened().record(kept) == record(LETTER)

    def test_a_record_that_says_nothing_of_itself_is_kept_all_the_same(self, bench: Bench) -> None:
        bare = record(
            LETTER, due_on=None, received_at=None, sent_at=None, internet_id="", subject="", to=(), categories=()
        )
        assert bench.store.record(bench.store.put(bare, LETTER)) == bare

    def test_places_are_listed_in_order_and_an_empty_store_has_none(self, bench: Bench) -> None:
        assert list(bench.store.places()) == []
        made = {
            bench.store.put(record(content, year=2019 + number, series=f"S {number % 2}"), content)
            for number, content in enumerate(list(CONTENTS.values())[:5])
        }
        assert list(bench.store.places()) == sorted(made)
        assert list(bench.reopened().places()) == sorted(made)

    @pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
    def test_a_missing_or_altered_file_is_found_and_named(self, bench: Bench, kept: str, damage: bytes | None) -> None:
        bench.change(kept, damage)
        with pytest.raises(RecordMismatch, match=kept.rpartition("/")[2]) as found:
            bench.store.get(kept)
        assert found.value.next_step.endswith(".")

    @given(at=st.integers(0, len(LETTER) - 1), bit=st.integers(0, 7))
    @settings(suppress_health_check=NO_WORRY, max_examples=40, deadline=None)
    def test_one_flipped_bit_is_found(self, bench: Bench, kept: str, at: int, bit: int) -> None:
        flipped = bytearray(LETTER)
        flipped[at] ^= 1 << bit
        bench.change(kept, bytes(flipped))
        with pytest.raises(RecordMismatch, match=kept.rpartition("/")[2]):
            bench.store.get(kept)

    @pytest.mark.parametrize("damage", BAD_SIDECARS.values(), ids=BAD_SIDECARS.keys())
    def test_a_sidecar_that_cannot_be_read_is_found_and_named(
        self, bench: Bench, kept: str, damage: bytes | None
    ) -> None:
        bench.change_sidecar(kept, damage)
        with pytest.raises(RecordMismatch, match=kept.rpartition("/")[2]):
            bench.store.record(kept)
        assert bench.store.get(kept) == LETTER

    @pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
    def test_a_damaged_file_is_written_again_when_its_bytes_come_again(
        self, bench: Bench, kept: str, damage: bytes | None
    ) -> None:
        bench.change(kept, damage)
        bench.store.put(record(LETTER), LETTER)
        assert bench.store.get(kept) == LETTER
        assert len(bench.store.record(kept).custody) == 1

    def test_a_lost_sidecar_is_written_again_when_its_bytes_come_again(self, bench: Bench, kept: str) -> None:
        bench.change_sidecar(kept, None)
        bench.store.put(record(LETTER), LETTER)
        assert bench.store.record(kept) == record(LETTER)

    def test_a_damaged_sidecar_is_never_written_over(self, bench: Bench, kept: str) -> None:
        """It may be all that is known of an earlier custody."""
        bench.change_sidecar(kept, BAD_SIDECARS["cut off"])
        with pytest.raises(RecordMismatch):
            bench.store.put(record(LETTER, custody=(custody(BOB, "m2"),)), LETTER)
        assert bench.sidecar(kept) == BAD_SIDECARS["cut off"]

    def test_bytes_that_are_not_those_of_the_record_are_refused(self, bench: Bench) -> None:
        with pytest.raises(RecordMismatch):
            bench.store.put(record(LETTER), LETTER + b"!")

    def test_bytes_that_are_not_those_of_the_record_leave_nothing_behind(self, bench: Bench) -> None:
        with pytest.raises(RecordMismatch):
            bench.store.put(record(LETTER), LETTER + b"!")
        assert list(bench.store.places()) == []

    def test_bytes_that_are_not_those_of_the_record_never_replace_it(self, bench: Bench, kept: str) -> None:
        with pytest.raises(RecordMismatch):
            bench.store.put(record(LETTER), LETTER + b"!")
        assert bench.store.get(kept) == LETTER

    @pytest.mark.parametrize("lacking", [{"series": ""}, {"series": " "}, {"schedule": ""}], ids=str)
    def test_a_record_without_a_series_of_its_own_is_refused(self, bench: Bench, lacking: dict[str, str]) -> None:
        with pytest.raises(NotOneRecord, match="series"):
            bench.store.put(record(LETTER, **lacking), LETTER)
        assert not bench.names()

    @pytest.mark.parametrize("bulk", BULK.values(), ids=BULK.keys())
    def test_what_is_no_single_message_is_refused(self, bench: Bench, bulk: bytes) -> None:
        with pytest.raises(NotOneRecord, match="no single message") as refused:
            bench.store.put(record(bulk), bulk)
        assert refused.value.next_step.startswith("Nothing was written")
        assert not bench.names()

    @pytest.mark.parametrize("single", SINGLE.values(), ids=SINGLE.keys())
    def test_one_message_is_kept_however_it_begins(self, bench: Bench, single: bytes) -> None:
        assert bench.store.get(bench.store.put(record(single), single)) == single

    def test_the_digest_is_of_the_file_as_it_lies_there(self, bench: Bench, kept: str) -> None:
        assert bench.store.digest(kept) == record(LETTER).digest
        bench.change(kept, LETTER + b"!")
        assert bench.store.digest(kept) == hashlib.sha256(LETTER + b"!").hexdigest()
        bench.change(kept, None)
        with pytest.raises(RecordMismatch, match=kept):
            bench.store.digest(kept)

    def test_a_record_is_there_or_not_whatever_its_bytes_are(self, bench: Bench, kept: str) -> None:
        assert bench.store.has(kept) and not bench.store.has(record(b"another").place)
        bench.change(kept, b"")
        assert bench.store.has(kept)
        bench.change(kept, None)
        assert not bench.store.has(kept)

    def test_a_record_that_was_never_put_is_missing(self, bench: Bench) -> None:
        place = record(LETTER).place
        for ask in (bench.store.get, bench.store.record):
            with pytest.raises(RecordMismatch, match=place):
                ask(place)


def _mail(shared: Path) -> Iterator[Path]:
    for folder in ("mime", "raw-mail"):
        yield from sorted(file for file in (shared / "data" / folder).iterdir() if file.is_file())
