"""What every record store must show of records on their way out: one suite that each implementation inherits.

Records that are kept are in ``contract.py``; no store is named here.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from retention.errors import RecordMismatch
from tests.store.contract import BOB, LETTER, WHEN, Bench, custody, record
from tests.store.contract_copies import copy

LATER = WHEN + timedelta(days=3)
NO_PLACES = {
    "nothing": "",
    "a copy": copy(LETTER).place,
    "a way out": f"../../{record(LETTER).place}",
    "a mark": f"quarantine/{record(LETTER).place}",
    "a folder": record(LETTER).place.rpartition("/")[0],
    "capitals": record(LETTER).place.upper(),
}
BAD_MARKS = {"empty": b"", "cut off": b'{"format": 1, "place": "', "not text": b"\xff\xfe", "another shape": b"[]"}


class QuarantineContract:
    """Inherit it, and give a fixture ``bench`` that makes a new, empty store for each test."""

    @pytest.fixture
    def bench(self) -> Bench:
        raise NotImplementedError

    @pytest.fixture
    def kept(self, bench: Bench) -> str:
        return bench.store.put(record(LETTER), LETTER)

    @pytest.fixture
    def waiting(self, bench: Bench, kept: str) -> str:
        """The place of one record in quarantine."""
        bench.store.quarantine(kept, WHEN)
        return kept

    def test_a_record_in_quarantine_is_still_a_record(self, bench: Bench, waiting: str) -> None:
        assert list(bench.reopened().quarantined()) == [(waiting, WHEN)]
        assert list(bench.store.places()) == [waiting]
        assert (bench.store.get(waiting), bench.store.record(waiting)) == (LETTER, record(LETTER))
        assert bench.store.has(waiting) and bench.store.digest(waiting) == record(LETTER).digest

    def test_the_mark_is_json_that_anybody_can_read(self, bench: Bench, waiting: str) -> None:
        (name,) = (name for name in bench.names() if name.startswith("quarantine/"))
        assert name == f"quarantine/{waiting}.json"
        assert json.loads(bench.read(name)) == {"format": 1, "place": waiting, "since": "2026-11-21T15:00:00Z"}

    def test_an_older_mark_stays(self, bench: Bench, waiting: str) -> None:
        bench.store.quarantine(waiting, LATER)
        assert list(bench.store.quarantined()) == [(waiting, WHEN)]

    def test_the_quarantine_is_listed_in_order(self, bench: Bench) -> None:
        places = [bench.store.put(record(letter, year=2030 - n), letter) for n, letter in enumerate((b"a", b"b", b"c"))]
        for place in places[:2]:
            bench.store.quarantine(place, WHEN)
        assert list(bench.store.quarantined()) == [(place, WHEN) for place in sorted(places[:2])]

    def test_what_is_not_there_cannot_be_put_in_quarantine(self, bench: Bench) -> None:
        with pytest.raises(RecordMismatch, match="missing"):
            bench.store.quarantine(record(LETTER).place, WHEN)
        assert not bench.names()

    def test_a_restored_record_is_as_it_was_and_can_be_marked_anew(self, bench: Bench, waiting: str) -> None:
        for _ in range(2):
            bench.store.restore(waiting)
            assert list(bench.store.quarantined()) == []
        assert (bench.store.get(waiting), bench.store.record(waiting)) == (LETTER, record(LETTER))
        bench.store.quarantine(waiting, LATER)
        assert list(bench.store.quarantined()) == [(waiting, LATER)]

    def test_what_is_gone_cannot_be_restored(self, bench: Bench, waiting: str) -> None:
        bench.store.destroy(waiting)
        with pytest.raises(RecordMismatch, match="missing"):
            bench.store.restore(waiting)

    def test_new_custody_ends_the_quarantine(self, bench: Bench, waiting: str) -> None:
        bench.store.put(record(LETTER, custody=(custody(BOB, "m2"),)), LETTER)
        assert list(bench.store.quarantined()) == []
        with pytest.raises(RecordMismatch, match="not in quarantine"):
            bench.store.destroy(waiting)
        assert len(bench.store.record(waiting).custody) == 2

    def test_a_destroyed_record_is_gone_with_all_that_is_of_it(self, bench: Bench, waiting: str) -> None:
        other = bench.store.put(record(b"another"), b"another")
        for _ in range(2):
            bench.store.destroy(waiting)
            assert bench.names() == {f"{other}.eml", f"{other}.json"}
            assert not bench.store.has(waiting) and list(bench.store.quarantined()) == []
        for ask in (bench.store.get, bench.store.record, bench.store.digest):
            with pytest.raises(RecordMismatch, match=waiting):
                ask(waiting)

    def test_what_was_destroyed_can_be_put_again(self, bench: Bench, waiting: str) -> None:
        bench.store.destroy(waiting)
        assert bench.store.get(bench.store.put(record(LETTER), LETTER)) == LETTER

    def test_a_record_that_is_not_in_quarantine_is_never_destroyed(self, bench: Bench, kept: str) -> None:
        with pytest.raises(RecordMismatch, match="not in quarantine") as refused:
            bench.store.destroy(kept)
        assert refused.value.next_step == "Nothing was destroyed."
        assert bench.store.get(kept) == LETTER and bench.store.record(kept) == record(LETTER)

    @pytest.mark.parametrize("lost", ["eml", "json"])
    def test_half_a_record_that_is_not_in_quarantine_is_never_destroyed(
        self, bench: Bench, kept: str, lost: str
    ) -> None:
        bench.lay(f"{kept}.{lost}", None)
        with pytest.raises(RecordMismatch, match="not in quarantine"):
            bench.store.destroy(kept)

    @pytest.mark.parametrize("lost", ["eml", "json"])
    def test_half_a_record_in_quarantine_can_be_destroyed(self, bench: Bench, waiting: str, lost: str) -> None:
        bench.lay(f"{waiting}.{lost}", None)
        bench.store.destroy(waiting)
        assert not bench.names()

    def test_the_same_bytes_in_another_series_stay(self, bench: Bench, waiting: str) -> None:
        other = bench.store.put(record(LETTER, series="ADM 00100"), LETTER)
        bench.store.destroy(waiting)
        assert bench.store.get(other) == LETTER

    @pytest.mark.parametrize("place", NO_PLACES.values(), ids=NO_PLACES.keys())
    def test_only_the_place_of_a_record_is_marked_or_destroyed(self, bench: Bench, waiting: str, place: str) -> None:
        bench.store.put_copy(copy(LETTER), LETTER)
        before = bench.names()
        for ask in (lambda: bench.store.destroy(place), lambda: bench.store.quarantine(place, WHEN)):
            with pytest.raises(RecordMismatch):
                ask()
        assert bench.names() == before

    @pytest.mark.parametrize("mark", BAD_MARKS.values(), ids=BAD_MARKS.keys())
    def test_a_mark_that_cannot_be_read_destroys_nothing_and_can_be_written_anew(
        self, bench: Bench, waiting: str, mark: bytes
    ) -> None:
        bench.lay(f"quarantine/{waiting}.json", mark)
        for ask in (lambda: list(bench.store.quarantined()), lambda: bench.store.destroy(waiting)):
            with pytest.raises(RecordMismatch, match=waiting):
                ask()
        assert bench.store.get(waiting) == LETTER
        bench.store.quarantine(waiting, LATER)
        assert list(bench.store.quarantined()) == [(waiting, LATER)]

    def test_the_mark_of_another_record_destroys_nothing(self, bench: Bench, waiting: str) -> None:
        other = bench.store.put(record(b"another"), b"another")
        bench.lay(f"quarantine/{other}.json", bench.read(f"quarantine/{waiting}.json"))
        with pytest.raises(RecordMismatch, match=other):
            bench.store.destroy(other)
        assert bench.store.get(other) == b"another"

    def test_what_is_neither_record_nor_copy_nor_mark_is_named(self, bench: Bench, waiting: str) -> None:
        bench.store.put_copy(copy(LETTER), LETTER)
        assert list(bench.store.unexpected()) == []
        folder, _, digest = waiting.rpartition("/")
        alone = record(b"lost").place
        strange = {
            "notes.txt",
            f"{folder}/notes.eml",
            f"{folder}/.{digest}.eml.4711.part",
            f"{folder}/deeper/{digest}.eml",
            f"preserved/00/{digest}.eml",
            f"quarantine/{digest}.json",
            f"{alone}.json",
        }
        for name in strange:
            bench.lay(name, b"{}")
        assert sorted(bench.store.unexpected()) == sorted(strange)
        assert list(bench.store.places()) == [waiting]

    def test_the_sidecar_of_a_record_that_is_being_destroyed_is_expected(self, bench: Bench, waiting: str) -> None:
        bench.lay(f"{waiting}.eml", None)
        assert list(bench.store.unexpected()) == []
        assert list(bench.store.quarantined()) == [(waiting, WHEN)]

    def test_several_may_be_destroyed_at_the_same_time(self, bench: Bench) -> None:
        letters = [b"letter %d" % number for number in range(6)]
        places = [bench.store.put(record(letter), letter) for letter in letters]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda place: bench.store.quarantine(place, WHEN), places))
            list(pool.map(bench.store.destroy, places[:-1]))
        assert list(bench.store.places()) == places[-1:]
        assert list(bench.store.quarantined()) == [(places[-1], WHEN)]

    def test_a_mark_says_its_instant_to_the_microsecond(self, bench: Bench, kept: str) -> None:
        exact = datetime(2026, 11, 21, 15, 0, 1, 234567, tzinfo=UTC)
        bench.store.quarantine(kept, exact)
        assert list(bench.reopened().quarantined()) == [(kept, exact)]
