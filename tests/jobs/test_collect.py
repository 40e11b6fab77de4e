"""Collect: every message that a hold covers has a copy or a reason why not, however often the collection is cut off.

When a copy goes again is in ``test_discard.py``.
"""

from __future__ import annotations

import tempfile
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from retention.catalog import Catalog
from retention.core.message import MessageRef
from retention.core.preserved import Collected, Preserved
from retention.errors import (
    AnotherRun,
    Disagreement,
    MailNotAnswering,
    NoSuchHold,
    PersonUnknown,
    RecordMismatch,
    StoreNotAnswering,
)
from retention.jobs import audit
from retention.jobs.hold import collect
from retention.store.disk import DiskStore
from tests.jobs.keeping import GRACE, Keeping
from tests.jobs.town import CLERK, LONG_AGO, RECORDS, mime

NAME = "elm-street"


@pytest.fixture
def keeping(tmp_path: Path) -> Keeping:
    return Keeping(tmp_path / "town")


def filled(folder: Path) -> tuple[Keeping, str]:
    """Seven covered messages: two alike, one that cannot be had, one that is gone by now, one without content."""
    keeping = Keeping(folder)
    for id_, box in (("a", CLERK), ("b", RECORDS), ("c", CLERK), ("d", CLERK), ("e", RECORDS), ("f", RECORDS)):
        keeping.add("Elm Street" if id_ in "ab" else f"Elm Street {id_}", box, id=id_)
    keeping.mail.add(CLERK, "Inbox", b"\r\n", id="g", subject="Elm Street g")
    keeping.add("Lunch", id="x", conversation="c")
    keeping.sync()
    keeping.mail.spoilt.add("d")
    keeping.mail.delete(MessageRef("mailbox-2", "e"))
    return keeping, keeping.hold(words=("elm street",))


def end_state(keeping: Keeping) -> dict[str, Any]:
    """What a collection leaves behind that may not depend on how often it was cut off."""
    with keeping.world() as world:
        audit.verify(world)
        kept = {ref: world.ledger.in_force.copies.of(MessageRef(*ref)) for ref in _refs()}
    preserved = keeping.bodies(Preserved)
    assert len(preserved) == len({(one.mailbox, one.id) for one in preserved}), "one was told twice"
    return {
        "files": {str(f.relative_to(keeping.store.root)): f.read_bytes() for f in keeping.store.root.rglob("*.eml")},
        "found": {
            place: {(one.mailbox.id, one.message.id, one.hold) for one in keeping.store.copy(place).found}
            for place in keeping.store.copies()
        },
        "kept": kept,
        "told": {(one.mailbox, one.id, one.digest, one.place, one.version, one.address) for one in preserved},
    }


def _refs() -> list[tuple[str, str]]:
    return [(box, id_) for box in ("mailbox-1", "mailbox-2") for id_ in "abcdefgx"]


def test_covered_is_copied_had_and_failed_and_each_failure_has_its_reason(tmp_path: Path) -> None:
    keeping, name = filled(tmp_path)
    collection = keeping.collect(name)
    assert (collection.covered, collection.copied, collection.had, len(collection.uncopied)) == (7, 4, 0, 3)
    assert {one.id: one.reason for one in collection.uncopied} == {
        "d": "the mail system does not hand over its content",
        "e": "it was gone from its mailbox",
        "g": collect.EMPTY,
    }
    assert sum(collection.failed.values()) == 3
    assert collection.size == 2 * len(mime("Elm Street")) + 2 * len(mime("Elm Street c"))
    (ended,) = keeping.bodies(Collected)
    assert ended == Collected(hold=name, covered=7, copied=4, had=0, failed=collection.failed)
    assert keeping.runs_open() == []


def test_a_copy_is_the_messages_own_bytes_and_says_what_was_known_of_it(tmp_path: Path) -> None:
    keeping, name = filled(tmp_path)
    keeping.collect(name)
    copy = keeping.copies["Elm Street c"]
    assert keeping.store.get_copy(copy.place) == mime("Elm Street c")
    (found,) = copy.found
    assert (found.mailbox.address, found.message.id, found.message.path, found.hold) == (CLERK, "c", "Inbox", name)
    assert (found.copied_at, found.message.received_at) == (keeping.town.at, LONG_AGO)


def test_the_same_bytes_in_two_mailboxes_are_one_copy_found_twice_and_both_are_told(tmp_path: Path) -> None:
    keeping, name = filled(tmp_path)
    keeping.collect(name)
    copy = keeping.copies["Elm Street"]
    assert [(one.mailbox.address, one.message.id) for one in copy.found] == [(CLERK, "a"), (RECORDS, "b")]
    assert [one.id for one in keeping.bodies(Preserved) if one.digest == copy.digest] == ["a", "b"]


def test_what_has_a_copy_is_not_copied_again(tmp_path: Path) -> None:
    keeping, name = filled(tmp_path)
    keeping.collect(name)
    before = end_state(keeping)
    keeping.mail.calls.clear()
    again = keeping.collect(name)
    assert (again.covered, again.copied, again.had, len(again.uncopied)) == (7, 0, 4, 3)
    assert keeping.mail.calls.count("content") == 3
    assert end_state(keeping) == before


def test_another_hold_counts_the_copies_that_are_there_and_the_sidecar_names_the_first(tmp_path: Path) -> None:
    keeping, name = filled(tmp_path)
    keeping.collect(name)
    other = keeping.hold("Oak Street", custodians=(CLERK,))
    collection = keeping.collect(other)
    assert (collection.covered, collection.copied, collection.had) == (5, 1, 2)
    assert keeping.copies["Lunch"].found[0].hold == other
    assert keeping.copies["Elm Street c"].found[0].hold == name


def test_a_message_that_was_changed_is_copied_again_and_the_earlier_copy_stays(keeping: Keeping) -> None:
    ref = keeping.add("Elm Street")
    keeping.sync()
    name = keeping.hold(custodians=(CLERK,))
    keeping.collect(name)
    keeping.mail._mime[ref] = mime("Elm Street, changed")
    keeping.mail.edit(ref, subject="Elm Street, changed")
    keeping.sync()
    collection = keeping.collect(name)
    assert (collection.copied, collection.had) == (1, 0)
    assert set(keeping.copies) == {"Elm Street", "Elm Street, changed"}
    assert keeping.collect(name).had == 1


def test_a_copy_whose_file_was_lost_is_made_again(keeping: Keeping) -> None:
    keeping.add("Elm Street")
    keeping.sync()
    name = keeping.hold(custodians=(CLERK,))
    keeping.collect(name)
    (file,) = keeping.store.root.rglob("*.eml")
    file.unlink()
    assert keeping.collect(name).copied == 1
    assert keeping.store.get_copy(keeping.copies["Elm Street"].place) == mime("Elm Street")


def test_a_version_nobody_knows_is_copied_each_time(keeping: Keeping) -> None:
    keeping.add("Elm Street", version=None)
    keeping.sync()
    name = keeping.hold(custodians=(CLERK,))
    assert [keeping.collect(name).copied for _ in range(2)] == [1, 1]
    assert len(keeping.copies["Elm Street"].found) == 1


def test_a_copy_is_no_record_and_nothing_leaves_a_mailbox(tmp_path: Path) -> None:
    keeping, name = filled(tmp_path)
    rows = dict(keeping.mail._rows)
    keeping.collect(name)
    assert list(keeping.store.places()) == []
    with keeping.world() as world:
        assert (audit.verify(world).records, audit.verify(world).copies) == (0, 3)
        assert world.catalog.tally()["captured"] == 0
    assert (keeping.mail._rows, keeping.mail.purged) == (rows, [])


def test_a_hold_in_its_grace_is_collected_and_one_that_is_over_is_not(keeping: Keeping) -> None:
    keeping.add("Elm Street")
    keeping.sync()
    name = keeping.hold(custodians=(CLERK,))
    keeping.release(name)
    keeping.later(GRACE - timedelta(days=1))
    assert keeping.collect(name).copied == 1
    keeping.later(timedelta(days=1))
    with pytest.raises(NoSuchHold):
        keeping.collect(name)
    with pytest.raises(NoSuchHold):
        keeping.collect("nothing-of-that-name")


def test_whoever_is_listed_may_collect_and_nobody_else(keeping: Keeping) -> None:
    keeping.add("Elm Street")
    keeping.sync()
    name = keeping.hold(custodians=(CLERK,))
    with keeping.world() as world:
        world.actor = replace(world.actor, address="account:stranger")
        with pytest.raises(PersonUnknown):
            collect.collect(world, name)
    assert keeping.collect(name, by=CLERK).copied == 1


def test_only_one_run_works_on_a_city(tmp_path: Path) -> None:
    keeping, name = filled(tmp_path)
    with keeping.world() as world, world.alone(), pytest.raises(AnotherRun):
        keeping.collect(name)


def test_a_copy_that_the_store_cannot_keep_stops_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keeping, name = filled(tmp_path)
    real = DiskStore.put_copy

    def put(store: DiskStore, copy: Any, content: bytes) -> str:
        if copy.found[0].message.id == "c":
            raise RecordMismatch("It was not what was written.", "Look.")
        return real(store, copy, content)

    monkeypatch.setattr(DiskStore, "put_copy", put)
    collection = keeping.collect(name)
    assert (collection.copied, collection.failed[collect.UNEQUAL]) == (3, 1)
    monkeypatch.undo()
    assert keeping.collect(name).copied == 1


@pytest.mark.parametrize("error", [MailNotAnswering("No answer.", "Wait."), StoreNotAnswering("Full.", "Make room.")])
def test_a_system_that_does_not_answer_ends_the_collection_and_it_goes_on_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(collect, "HANDFUL", 2)
    keeping, name = filled(tmp_path)
    calls = count(1)

    def fail(_: str) -> None:
        if next(calls) == 3:
            raise error

    keeping.mail.before_call = lambda call: fail(call) if call == "content" else None
    with pytest.raises(type(error)):
        keeping.collect(name)
    assert keeping.runs_open() == ["collect"]
    assert keeping.bodies(Collected) == []
    assert keeping.collect(name).had == 2
    assert keeping.runs_open() == []


def test_counts_that_do_not_add_up_are_a_disagreement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keeping, name = filled(tmp_path)
    monkeypatch.setattr(collect, "_count", lambda handful, tally: None)
    with pytest.raises(Disagreement, match="7 messages"):
        keeping.collect(name)
    assert keeping.bodies(Collected) == []


def test_what_is_large_is_not_held_in_memory_together(keeping: Keeping, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect, "LARGEST", 100)
    known = [keeping.add(f"Elm {size}", size=size) for size in (60, 50, 40, 300, 10, 10)]
    keeping.sync()
    with keeping.world() as world:
        handfuls = [[one.known.message.size for one in h] for h in collect._handfuls(world.catalog.present())]
    assert handfuls == [[60], [50, 40], [300], [10, 10]] and len(known) == 6


def test_mailboxes_are_copied_side_by_side(keeping: Keeping, monkeypatch: pytest.MonkeyPatch) -> None:
    """No mail system here answers more than a few at once for one mailbox."""
    for number in range(3):
        for box in ("a", "b", "c"):
            keeping.add(f"Elm {box}{number}", f"{box}@town.example", id=f"{box}{number}")
    keeping.sync()
    monkeypatch.setattr(collect, "SIDE_BY_SIDE", 2)
    with keeping.world() as world:
        boxes = (world.catalog.messages_in(box) for box in world.catalog.mailboxes())
        order = [known.message.id for known in collect._in_turn(boxes)]
    assert order == ["a0", "b0", "a1", "b1", "a2", "b2", "c0", "c1", "c2"]


# --- whatever the mail is


@given(
    mail=st.lists(
        st.tuples(
            st.sampled_from([CLERK, RECORDS, "lee@town.example"]),
            st.sampled_from(["Elm Street", "Elm Street 2", "Lunch"]),
            st.sampled_from(["fine", "fine", "fine", "spoilt", "gone", "empty"]),
        ),
        max_size=12,
    ),
    handful=st.integers(1, 4),
    collections=st.integers(1, 3),
)
@settings(max_examples=30, suppress_health_check=list(HealthCheck))
def test_whatever_is_covered_has_a_readable_copy_of_its_own_bytes_or_is_listed(
    mail: list[tuple[str, str, str]], handful: int, collections: int
) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patched:
        patched.setattr(collect, "HANDFUL", handful)
        keeping = Keeping(Path(folder))
        refs = []
        for box, subject, fate in mail:
            refs.append((keeping.add(subject, box), subject, fate))
            if fate == "empty":
                keeping.mail._mime[refs[-1][0]] = b""
        keeping.sync()
        for ref, _, fate in refs:
            if fate == "spoilt":
                keeping.mail.spoilt.add(ref.id)
            if fate == "gone":
                keeping.mail.delete(ref)
        name = keeping.hold(words=("elm street",))
        covered = [(ref, subject, fate) for ref, subject, fate in refs if subject != "Lunch"]
        fine = [(ref, subject) for ref, subject, fate in covered if fate == "fine"]
        for n in range(collections):
            done = keeping.collect(name)
            assert (done.covered, len(done.uncopied)) == (len(covered), len(covered) - len(fine))
            assert (done.copied, done.had) == ((0, len(fine)) if n else (len(fine), 0))
        with keeping.world() as world:
            for ref, subject in fine:
                kept = world.ledger.in_force.copies.of(ref)
                assert kept is not None
                (place,) = [one for one in keeping.store.copies() if one.endswith(kept.digest)]
                assert keeping.store.get_copy(place) == mime(subject)
                assert ref in {one.message.ref for one in keeping.store.copy(place).found}
            audit.verify(world)
        assert len(list(keeping.store.copies())) == len({subject for _, subject in fine})


# --- audit


@pytest.fixture
def kept(keeping: Keeping) -> Path:
    """The file of one copy."""
    keeping.add("Elm Street")
    keeping.sync()
    keeping.collect(keeping.hold(custodians=(CLERK,)))
    (file,) = keeping.store.root.rglob("*.eml")
    return file


def test_a_flipped_byte_in_a_copy_is_found_by_the_audit_and_the_file_is_named(keeping: Keeping, kept: Path) -> None:
    data = bytearray(kept.read_bytes())
    data[7] ^= 1
    kept.write_bytes(bytes(data))
    with keeping.world() as world, pytest.raises(RecordMismatch, match=kept.stem):
        audit.verify(world)


def test_a_lost_copy_is_found_by_the_audit(keeping: Keeping, kept: Path) -> None:
    kept.unlink()
    with keeping.world() as world, pytest.raises(RecordMismatch, match=kept.stem):
        audit.verify(world)


def test_a_changed_sidecar_of_a_copy_is_found_by_the_audit(keeping: Keeping, kept: Path) -> None:
    beside = kept.with_suffix(".json")
    beside.write_bytes(beside.read_bytes().replace(b"Elm Street", b"Oak Street"))
    with keeping.world() as world, pytest.raises(RecordMismatch, match=kept.stem):
        audit.verify(world)


def test_the_audit_of_the_ledger_alone_reads_no_copy(keeping: Keeping, kept: Path) -> None:
    kept.unlink()
    with keeping.world() as world:
        assert audit.verify(world, records=False).copies == 0


def test_a_catalog_that_was_begun_anew_copies_nothing_twice(keeping: Keeping, kept: Path) -> None:
    path = keeping.town.folder / "retention.db"
    for file in path.parent.glob("retention.db*"):
        file.unlink()
    Catalog(path, create=True).close()
    keeping.sync()
    assert keeping.collect(NAME).had == 1
