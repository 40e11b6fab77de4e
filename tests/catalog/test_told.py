"""What the ledger tells, gathered beside the catalog: the same as from a dictionary, in memory that does not grow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from retention.catalog import Catalog
from retention.core.audit import GENESIS, Body, Entry, Outcome, Stored
from retention.core.destruction import RecordOutcome
from retention.core.preserved import CopyGone, Preserved, place_of
from tests.core.bodies import AT, PAT


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    catalog = Catalog(tmp_path / "retention.db", create=True)
    yield catalog
    catalog.close()


def tell(catalog: Catalog, *bodies: Body) -> None:
    for n, body in enumerate(bodies):
        catalog.told.take(Entry(n=n, at=AT, by=PAT, body=body, previous=GENESIS))


def stored(place: str, sidecar: str) -> Stored:
    return Stored(plan="p", step=1, digest="d", place=place, sidecar=sidecar)


def destroyed(place: str) -> RecordOutcome:
    return RecordOutcome(plan="p", step=1, deed="destroy", place=place, result="destroyed")


def test_the_last_word_about_a_place_counts(catalog: Catalog) -> None:
    tell(catalog, stored("b", "1"), stored("a", "1"), stored("b", "2"), destroyed("a"), stored("c", "1"))
    assert list(catalog.told.places(copies=False)) == [("a", ""), ("b", "2"), ("c", "1")]
    tell(catalog, stored("a", "1"), destroyed("a"), stored("a", "3"))
    assert list(catalog.told.places(copies=False)) == [("a", "3")], "what was told before is forgotten at entry 0"


def test_copies_lie_apart_from_records(catalog: Catalog) -> None:
    copies = [
        Preserved(hold="elm", mailbox="b", address=PAT, id="m", version="v", digest=d, place=place_of(d), sidecar="s")
        for d in ("aa", "bb")
    ]
    tell(catalog, *copies, stored("a", "1"), CopyGone(digests=("aa",)))
    assert list(catalog.told.places(copies=True)) == [(place_of("aa"), ""), (place_of("bb"), "s")]
    assert catalog.told.count() == 3


def test_many_entries_wait_in_no_list_and_lock_no_other_process_out(catalog: Catalog, tmp_path: Path) -> None:
    """An audit only reads: whoever writes to the catalog meanwhile does not wait for it."""
    bodies = (Outcome(plan="p", step=n, result="purged", answer="", mailbox="b", id=f"m{n}") for n in range(12_000))
    tell(catalog, *bodies)
    assert sum(map(len, catalog.told._waiting.values())) < 5000
    other = Catalog(tmp_path / "retention.db")
    other.save_fact("key", "value")
    other.close()
    assert list(catalog.told.misremembered()) == [] and list(catalog.told.untold()) == []
    assert catalog.fact("key") == "value"
