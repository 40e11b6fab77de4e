"""Their own mail is what somebody reads without a grant; an address alone does not make the predecessor's theirs."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from retention.core.access import OWN, AccessGranted
from retention.core.message import Mailbox
from retention.core.person import Person
from tests.jobs.granted import DAY, MANAGER, Guarded, denied, letter
from tests.jobs.town import ATTORNEY, CLERK, NOW
from tests.mail.doubles import MemoryMail


@pytest.fixture
def town(tmp_path: Path) -> Guarded:
    return Guarded(tmp_path)


def moved(town: Guarded, old: str, new: str) -> Mailbox:
    """The mailbox has another address; what it had before is free to be given to somebody else."""
    assert isinstance(town.mail, MemoryMail)
    boxes = town.mail._mailboxes
    boxes[new] = replace(boxes.pop(old), address=new)
    return boxes[new]


def test_the_mailbox_that_the_directory_lists_for_somebody_is_their_own_whoever_had_its_address_before(
    town: Guarded,
) -> None:
    ref = letter(town)
    town.recorded(Person(address="ana.berg@town.example", addresses=(CLERK,), id="1"))
    town.recorded(Person(address=CLERK, id="2"))
    denied(town, ref, by=CLERK)
    town.recorded(Person(address=CLERK, id="2", directory=ref.mailbox))
    assert town.content(ref.id, by=CLERK).grant == OWN


def test_the_mailbox_that_the_directory_lists_for_another_is_not_their_own(town: Guarded) -> None:
    ref = letter(town)
    town.recorded(Person(address=CLERK, id="2", directory="mailbox-9"))
    denied(town, ref, by=CLERK)


def test_an_address_that_another_mailbox_had_before_opens_neither_without_the_directorys_word(town: Guarded) -> None:
    former = letter(town)
    moved(town, CLERK, "ana.before@town.example")
    town.read()
    now = letter(town, subject="Minutes of April")
    assert former.mailbox != now.mailbox
    denied(town, former, by=CLERK)
    denied(town, now, by=CLERK)
    town.recorded(Person(address=CLERK, id="2", directory=now.mailbox))
    assert town.content(now.id, by=CLERK).grant == OWN
    denied(town, former, by=CLERK)


def test_a_mailbox_that_was_given_another_address_since_the_last_sync_is_not_their_own(town: Guarded) -> None:
    ref = letter(town)
    assert town.content(ref.id, by=CLERK).grant == OWN
    moved(town, CLERK, "ana.before@town.example")
    assert "Sync, then try again" in denied(town, ref, by=CLERK).next_step


def test_a_grant_for_named_mailboxes_opens_no_other_that_is_given_the_address(town: Guarded) -> None:
    former, other = letter(town), letter(town, "carla@town.example", "Minutes of May")
    given = town.may_read()
    assert given.said.mailboxes == (former.mailbox,)
    moved(town, CLERK, "ana.before@town.example")
    moved(town, "carla@town.example", CLERK)
    town.read()
    denied(town, other)
    assert town.content(former.id).grant == given.entry


def test_a_grant_from_before_any_mailbox_was_known_opens_the_one_with_its_address(town: Guarded) -> None:
    request = town.asked()
    town.write(
        AccessGranted(
            request=request.entry,
            custodian=CLERK,
            reader=ATTORNEY,
            reference="memo 7",
            since=NOW,
            until=NOW + DAY,
            office="City Manager",
        ),
        by=MANAGER,
    )
    assert town.content(letter(town).id).data
