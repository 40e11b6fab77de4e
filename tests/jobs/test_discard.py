"""Discard: a copy goes only when no hold in force needs it, by an office that may say so, and never in doubt.

How copies are made is in ``test_collect.py``.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from retention.catalog import Catalog
from retention.core.authority import HoldKind
from retention.core.hold import Hold, HoldPlaced, Scope
from retention.core.message import MessageRef
from retention.core.preserved import CopyGone, CopyToGo, Preserved
from retention.errors import NotThisOffice, WrongUsage
from retention.jobs import audit
from retention.jobs.hold import discard, release
from retention.store.disk import DiskStore
from tests.jobs.keeping import GRACE, Keeping
from tests.jobs.town import ATTORNEY, CLERK, CRON, NOW, RECORDS, mime


@pytest.fixture
def keeping(tmp_path: Path) -> Keeping:
    return Keeping(tmp_path / "town")


def over(keeping: Keeping, name: str, matter: str = "Elm Street", by: str = ATTORNEY) -> None:
    keeping.release(name, matter, by)
    keeping.later(GRACE)


def elm(keeping: Keeping, *subjects: str, **scope: Any) -> str:
    """A hold on the clerk's mail with a copy of each of these; its name."""
    for subject in subjects or ("Elm Street",):
        keeping.add(subject)
    keeping.sync()
    name = keeping.hold(**scope or {"custodians": (CLERK,)})
    keeping.collect(name)
    return name


def forget(keeping: Keeping) -> None:
    """The catalog is lost and begun anew."""
    for file in keeping.town.folder.glob("retention.db*"):
        file.unlink()
    Catalog(keeping.town.folder / "retention.db", create=True).close()


def placed(name: str = "oak", **scope: Any) -> HoldPlaced:
    hold = Hold(
        name=name, matter="Oak", kind=HoldKind.LEGAL, reason="", scope=Scope(**scope), placed_at=NOW, placed_by=ATTORNEY
    )
    return HoldPlaced(hold=hold)


# --- when a copy is needed


def test_a_copy_stays_through_the_grace_period_and_goes_after_it(keeping: Keeping) -> None:
    name = elm(keeping, "Elm 1", "Elm 2")
    assert keeping.needless().needed == 2
    keeping.release(name)
    keeping.later(GRACE - timedelta(days=1))
    assert (keeping.discard().copies, len(keeping.copies)) == (0, 2)
    keeping.later(timedelta(days=1))
    size = sum(copy.size for copy in keeping.copies.values())
    assert keeping.discard() == discard.Discarded(copies=2, size=size, stayed=0)
    assert keeping.copies == {} and not list(keeping.store.root.rglob("*.json"))[1:]
    with keeping.world() as world:
        assert audit.verify(world).copies == 0


def test_a_hold_that_was_reinstated_keeps_its_copies(keeping: Keeping) -> None:
    name = elm(keeping)
    keeping.release(name)
    with keeping.world(ATTORNEY) as world:
        release.reinstate(world, name, reason="the claim goes on")
    keeping.later(GRACE * 2)
    assert keeping.discard().copies == 0


def test_of_two_holds_the_one_that_goes_on_keeps_the_copies_it_covers(keeping: Keeping) -> None:
    name = elm(keeping, "Elm Street", "Oak Street")
    keeping.hold("Oak", words=("oak street",))
    over(keeping, name)
    assert keeping.discard().copies == 1
    assert list(keeping.copies) == ["Oak Street"]


def test_equal_bytes_in_two_mailboxes_stay_while_either_is_held(keeping: Keeping) -> None:
    for box in (CLERK, RECORDS):
        keeping.add("Elm Street", box)
    keeping.sync()
    names = [keeping.hold(f"Elm {box}", custodians=(box,)) for box in (CLERK, RECORDS)]
    for name in names:
        keeping.collect(name)
    for done, (name, box) in enumerate(zip(names, (CLERK, RECORDS), strict=True)):
        assert (keeping.needless().needed, keeping.discard().copies, len(keeping.copies)) == (1, 0, 1)
        over(keeping, name, f"Elm {box}")
        assert keeping.discard().copies == done


def test_a_copy_is_judged_by_what_is_written_beside_it_when_the_catalog_has_forgotten(keeping: Keeping) -> None:
    name = elm(keeping, "Elm Street", "Oak Street")
    forget(keeping)
    keeping.append(placed(words=("oak street",)))
    over(keeping, name)
    assert keeping.discard().copies == 1
    assert list(keeping.copies) == ["Oak Street"]


def test_a_copy_is_judged_by_what_is_known_now_as_well(keeping: Keeping) -> None:
    """It was renamed after it had been copied, and its mailbox got another address."""
    name = elm(keeping, "Elm Street", "Elm Avenue")
    keeping.add("Pine", "lee@town.example")
    keeping.mail.edit(MessageRef("mailbox-1", "message-1"), subject="Oak Street")
    keeping.sync()
    keeping.hold("Oak", words=("oak street",))
    over(keeping, name)
    assert keeping.discard().copies == 1
    assert list(keeping.copies) == ["Elm Street"]


def test_a_mailbox_that_got_another_address_is_held_by_it(keeping: Keeping) -> None:
    name = elm(keeping)
    (box,) = keeping.mail.mailboxes()
    keeping.mail._mailboxes[CLERK] = replace(box, address="ana.berg@town.example", aliases=())
    keeping.sync()
    over(keeping, name)
    keeping.append(placed(custodians=("ana.berg@town.example",)))
    assert keeping.discard().copies == 0


@pytest.mark.parametrize("address", [CLERK, "ana.berg@town.example"])
@pytest.mark.parametrize("by", ["custodians", "participants"])
def test_a_copy_is_held_by_the_address_its_mailbox_had_and_by_the_one_it_has(
    keeping: Keeping, address: str, by: str
) -> None:
    """The catalog was begun anew, the message is gone from the mailbox, and the copy is all that there is."""
    name = elm(keeping)
    (box,) = keeping.mail.mailboxes()
    keeping.mail._mailboxes[CLERK] = replace(box, address="ana.berg@town.example", aliases=())
    keeping.mail.delete(MessageRef(box.id, "message-1"))
    forget(keeping)
    keeping.sync()
    over(keeping, name)
    assert len(keeping.needless().digests) == 1
    keeping.append(placed(**{by: (address,)}))
    assert (keeping.discard().copies, len(keeping.copies)) == (0, 1)


def test_a_hold_on_a_series_keeps_every_copy_because_that_cannot_be_judged(keeping: Keeping) -> None:
    name = elm(keeping)
    keeping.hold("Audit", series=("town-minutes",))
    over(keeping, name)
    assert (keeping.discard().copies, keeping.needless().needed) == (0, 1)


def test_a_copy_that_a_crash_left_unsaid_is_judged_like_any_other(
    keeping: Keeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeping.add("Elm Street")
    keeping.sync()
    name = keeping.hold(custodians=(CLERK,))
    monkeypatch.setattr("retention.jobs.hold.collect._put", _putting_only)
    keeping.collect(name)
    assert keeping.bodies(Preserved) == [] and len(keeping.copies) == 1
    assert keeping.discard().copies == 0
    over(keeping, name)
    assert keeping.discard().copies == 1


def _putting_only(world: Any, name: str, digest: str, alike: Any) -> None:
    """What a collection does that is killed right before it writes its ledger entries."""
    from retention.core.preserved import Copy, Found

    for one in alike:
        known = one.known
        found = Found(mailbox=known.mailbox, message=known.message, hold=name, copied_at=NOW)
        world.store.put_copy(Copy(digest=digest, size=len(one.content), found=(found,)), one.content)
        one.fail("killed", "killed")


@pytest.mark.parametrize("damage", ["text", "words", "lost"])
def test_a_copy_with_a_doubtful_sidecar_stays_and_is_named(keeping: Keeping, damage: str) -> None:
    name = elm(keeping, "Elm Street", "Oak Street")
    copy = keeping.copies["Elm Street"]
    beside = keeping.store.root / f"{copy.place}.json"
    if damage == "lost":
        beside.unlink()
    else:
        old, new = (b'"digest"', b'"dig"') if damage == "text" else (b"Elm Street", b"Elm Avenue")
        beside.write_bytes(beside.read_bytes().replace(old, new))
    over(keeping, name)
    found = keeping.needless()
    assert (len(found.digests), found.needed) == (1, 0)
    (sentence,) = found.doubtful
    assert copy.digest in sentence
    assert keeping.discard().copies == 1
    assert keeping.store.has_copy(copy.place)


# --- who may


def test_only_an_office_that_may_release_holds_of_these_kinds_discards(keeping: Keeping) -> None:
    name = elm(keeping)
    over(keeping, name)
    for nobody in (CRON, CLERK, RECORDS):
        with pytest.raises(NotThisOffice):
            keeping.discard(nobody)
    assert keeping.bodies(CopyToGo) == [] and len(keeping.copies) == 1
    assert keeping.discard(ATTORNEY).copies == 1


def test_an_office_must_be_in_charge_of_every_kind_of_hold_there_was(keeping: Keeping) -> None:
    """The clerk may release a hold for a records request, and no legal one."""
    keeping.add("Elm Street")
    keeping.add("Oak Street", RECORDS)
    keeping.sync()
    names = [
        keeping.hold("Elm", custodians=(CLERK,)),
        keeping.hold("Oak", kind=HoldKind.REQUEST, by=CLERK, custodians=(RECORDS,)),
    ]
    for name in names:
        keeping.collect(name)
    keeping.release(names[1], "Oak", by=CLERK)
    keeping.later(GRACE)
    assert keeping.needless().kinds == (HoldKind.REQUEST,)
    assert keeping.discard(CLERK).copies == 1
    keeping.collect(names[0])
    over(keeping, names[0], "Elm")
    keeping.append(placed("later", ids=("none",)))
    with pytest.raises(NotThisOffice):
        keeping.discard(CLERK)


def test_a_copy_of_a_hold_that_nobody_knows_needs_the_office_of_every_kind(keeping: Keeping) -> None:
    name = elm(keeping)
    over(keeping, name)
    with keeping.world() as world:
        assert discard._kinds(world, {name, "unknown"}) == tuple(HoldKind)


def test_a_discard_needs_a_reason_and_the_ledger_has_the_order_before_the_end(keeping: Keeping) -> None:
    name = elm(keeping)
    digest = keeping.copies["Elm Street"].digest
    over(keeping, name)
    with keeping.world(ATTORNEY) as world, pytest.raises(WrongUsage):
        discard.discard(world, reason=" ")
    keeping.discard()
    assert keeping.bodies(CopyToGo) == [CopyToGo(digests=(digest,), reason="the hold is over")]
    assert keeping.bodies(CopyGone) == [CopyGone(digests=(digest,))]
    with keeping.world() as world:
        kinds = [link.entry.body.__class__ for link in world.ledger.links()]
        assert kinds.index(CopyToGo) < kinds.index(CopyGone)


def test_where_people_are_known_by_their_keys_the_order_is_signed_and_rests_on_a_signed_release(
    keeping: Keeping,
) -> None:
    name = elm(keeping)
    unsigned = keeping.hold("Oak", custodians=(CLERK,))
    keeping.release(unsigned, "Oak")
    keeping.sign()
    over(keeping, name)
    assert keeping.discard().copies == 0
    keeping.release(unsigned, "Oak")
    keeping.later(GRACE)
    assert keeping.discard().copies == 1
    order = keeping.entry(CopyToGo)
    assert order.signature and '"act":"hold-legal"' in order.statement and "the hold is over" in order.statement


def test_where_there_is_nothing_to_destroy_nothing_is_written(keeping: Keeping) -> None:
    elm(keeping)
    assert keeping.discard(CRON) == discard.Discarded(copies=0, size=0, stayed=0)
    assert keeping.bodies(CopyToGo) == []


# --- in the middle


def test_a_hold_placed_in_the_middle_of_a_discard_stops_it(keeping: Keeping, monkeypatch: pytest.MonkeyPatch) -> None:
    name = elm(keeping, *(f"Elm {n}" for n in range(5)))
    over(keeping, name)
    real, calls = DiskStore.destroy_copy, count(1)

    def destroy(store: DiskStore, place: str) -> None:
        real(store, place)
        if next(calls) == 2:
            keeping.append(placed(custodians=(CLERK,)))

    monkeypatch.setattr(DiskStore, "destroy_copy", destroy)
    done = keeping.discard()
    assert (done.copies, done.stayed, len(keeping.copies)) == (2, 3, 3)
    again = keeping.bodies(Preserved)[5:]
    assert {one.digest for one in again} == {copy.digest for copy in keeping.copies.values()}
    assert {one.hold for one in again} == {"oak"}
    assert keeping.collect("oak").had == 3
    with keeping.world() as world:
        assert (audit.verify(world).copies, world.ledger.in_force.copies.going) == (5, set())


def test_a_hold_placed_after_the_order_and_before_the_first_deed_stops_all(
    keeping: Keeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = elm(keeping, "Elm 1", "Elm 2")
    over(keeping, name)
    real = discard._discard

    def late(*given: Any) -> Any:
        keeping.append(placed(custodians=(CLERK,)))
        return real(*given)

    monkeypatch.setattr(discard, "_discard", late)
    assert keeping.discard() == discard.Discarded(copies=0, size=0, stayed=2)
    assert len(keeping.copies) == 2


def test_of_copies_that_stay_the_one_of_the_last_version_goes_on_to_count(
    keeping: Keeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(2, 7):
        forget(keeping)
        ref = keeping.add(f"Elm {n}", id=f"e{n}")
        keeping.sync()
        name = keeping.hold(f"Elm {n}", ids=(ref.id,))
        keeping.collect(name)
        keeping.mail._mime[ref] = mime(f"Elm {n}, changed")
        keeping.mail.edit(ref, subject=f"Elm {n}, changed")
        keeping.sync()
        keeping.collect(name)
        over(keeping, name, f"Elm {n}")
        real = discard._discard

        def late(*given: Any, n: int = n, real: Any = real) -> Any:
            keeping.append(placed(f"later-{n}", ids=(f"e{n}",)))
            return real(*given)

        with monkeypatch.context() as patched:
            patched.setattr(discard, "_discard", late)
            assert keeping.discard().stayed == 2
        assert keeping.collect(f"later-{n}").had == 1


def test_a_deed_is_done_where_whoever_places_a_hold_waits_for_it(
    keeping: Keeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = elm(keeping)
    over(keeping, name)
    monkeypatch.setattr("retention.ledger.WAIT_FOR_DEED", 0.01)
    waited = []

    def destroy(store: DiskStore, place: str) -> None:
        with keeping.world(ATTORNEY) as world:
            try:
                world.ledger.wait_for_deeds()
            except Exception as error:
                waited.append(error)

    monkeypatch.setattr(DiskStore, "destroy_copy", destroy)
    keeping.discard()
    assert len(waited) == 1


def test_what_was_destroyed_is_copied_again_for_a_new_hold_and_only_that_counts(keeping: Keeping) -> None:
    """Two mailboxes had the same bytes: the new copy is of the one message that was found again."""
    refs = [keeping.add("Elm Street", box) for box in (CLERK, RECORDS)]
    keeping.sync()
    name = keeping.hold(words=("elm street",))
    keeping.collect(name)
    over(keeping, name)
    keeping.discard()
    keeping.collect(keeping.hold("Oak", custodians=(CLERK,)))
    with keeping.world() as world:
        assert [world.ledger.in_force.copies.of(ref) is not None for ref in refs] == [True, False]
    assert keeping.collect(keeping.hold("Pine", custodians=(RECORDS,))).copied == 1
    assert len(keeping.copies["Elm Street"].found) == 2
