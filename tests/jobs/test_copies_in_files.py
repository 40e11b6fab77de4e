"""Mail and its copies in files recognise each other: ``why`` and a certificate say so, and neither copy is dropped."""

from __future__ import annotations

from pathlib import Path

import pytest

from retention.core.elsewhere import UNCHANGED, others
from retention.jobs.record.copies import gather
from retention.jobs.why.explaining import AlsoIn, why
from tests.jobs.custodians import ANN, BOB, acting, hold
from tests.jobs.filed import FiledTown, letter
from tests.jobs.town import CLERK

MINE = letter("Requisition 1", id_="a@x")
NAMELESS = letter("RE: requisition 1", text="About Requisition 1, as agreed on the phone.")


@pytest.fixture
def town(tmp_path: Path) -> FiledTown:
    """One message in the clerk's mailbox, in a file of Ann's, and in one of Bob's that has lost its Message-ID."""
    town = FiledTown(tmp_path / "town")
    town.mail.add(CLERK, "Inbox", MINE)  # type: ignore[attr-defined]
    town.add_files(town.write("ann.mail", MINE, letter("Requisition 2", id_="b@x")))
    town.add_files(town.write("bob.mail", NAMELESS), custodian=BOB)
    town.read()
    return town


def numbers(town: FiledTown) -> dict[str, int]:
    with acting(town) as world:
        return {f"{one.mailbox.address} {one.message.subject}": one.n for one in world.catalog.present()}


def also(town: FiledTown, n: int) -> tuple[AlsoIn, ...]:
    with acting(town) as world:
        (one,) = why(world, str(n))
        return one.elsewhere


def test_why_says_where_copies_lie_from_each_side(town: FiledTown) -> None:
    known = numbers(town)
    mine, filed = known[f"{CLERK} Requisition 1"], known[f"{ANN}/ann.mail Requisition 1"]
    nameless = known[f"{BOB}/bob.mail RE: requisition 1"]
    assert {one.n for one in also(town, mine)} == {filed, nameless}
    assert {one.n for one in also(town, filed)} == {mine, nameless}
    assert {one.n for one in also(town, nameless)} == {mine, filed}
    (found,) = (one for one in also(town, mine) if one.n == filed)
    assert (found.mailbox, found.folder, found.in_files) == (f"{ANN}/ann.mail", "ann.mail", True)
    assert also(town, known[f"{ANN}/ann.mail Requisition 2"]) == ()


def test_each_copy_is_decided_by_itself(town: FiledTown) -> None:
    """A hold on one custodian holds their copy; the others are captured, and each is a custody of a record."""
    hold(town, ANN)
    town.adopt()
    assert sorted(step.address for step in town.plan().steps) == sorted([CLERK, f"{BOB}/bob.mail"])


def test_a_certificate_lists_the_copies_in_files_by_their_names(town: FiledTown) -> None:
    town.captured()
    with acting(town) as world:
        records = [world.store.record(place) for place in world.store.places()]
        copies = gather(world, records)
        at = {record.place: n for n, record in enumerate(world.store.record(place) for place in copies.places)}
        by_subject = {world.store.record(place).subject: n for place, n in at.items()}
    everywhere = tuple(sorted((by_subject["Requisition 1"], by_subject["RE: requisition 1"])))
    assert copies.files == {
        f"{ANN}/ann.mail": tuple(sorted((*everywhere, by_subject["Requisition 2"]))),
        f"{BOB}/bob.mail": everywhere,
    }
    assert (copies.mailboxes, copies.nameless) == ({}, ())
    said = [one for one in others((copies,), frozenset(copies.places)) if one.what.endswith("files of mail")]
    assert [(one.where, one.records, one.reach) for one in said] == [
        (f"{ANN}/ann.mail", 3, UNCHANGED),
        (f"{BOB}/bob.mail", 2, UNCHANGED),
    ]
