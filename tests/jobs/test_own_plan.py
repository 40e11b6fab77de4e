"""Nobody approves a plan of their own: people are compared, and not the addresses under which they act."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from retention.core.audit import Approved, Refused
from retention.core.person import Person, PersonRecorded
from retention.core.plan import AnyPlan
from retention.errors import NotApproved
from retention.jobs import approve, plan
from retention.jobs.acting import is_same_person
from retention.jobs.approve import approvers
from tests.jobs.archive import Archive
from tests.jobs.town import ATTORNEY, CLERK, CRON, RECORDS, Town

NEW = "pat.lind@town.example"
"""The address that Pat Ortiz has since."""


class Renamed(Archive):
    """The archive's records manager holds the office under a new address too, and Ana Holm holds it beside them."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        people = {**self.city.people, NEW: replace(self.city.people[RECORDS], account="plind")}
        offices = {**self.city.offices, "Records Manager": (RECORDS, NEW, CLERK)}
        self.city = replace(self.city, people=people, offices=offices)

    def say(self, person: Person) -> None:
        world = self.world(CRON)
        world.ledger.append(PersonRecorded(person=person, source="the personnel office"))
        world.close()

    def said_to_be_one(self) -> None:
        self.say(Person(address=NEW, addresses=(RECORDS,), name="Pat Lind"))

    def of_mail(self, by: str) -> AnyPlan:
        self.add("Notice 1")
        self.read()
        self.adopt()
        return plan.plan(self.world(by))

    def of_records(self, by: str) -> AnyPlan:
        self.capture("Requisition 1")
        return self.destruction(by)


@pytest.fixture
def town(tmp_path: Path) -> Renamed:
    return Renamed(tmp_path / "town")


@pytest.mark.parametrize("what", ["of_mail", "of_records"])
@pytest.mark.parametrize(("maker", "approver"), [(RECORDS, NEW), (NEW, RECORDS)])
def test_a_plan_is_not_approved_under_another_address_of_its_maker(
    town: Renamed, what: str, maker: str, approver: str
) -> None:
    town.said_to_be_one()
    made = getattr(town, what)(maker)
    assert len(made.steps) == 1
    with pytest.raises(NotApproved, match=rf"made plan .* as {maker}, which is or was an address of theirs"):
        approve.approve(town.world(approver), made)
    *_, last = (link.entry for link in town.world().ledger.links())
    assert isinstance(last.body, Refused) and last.by == approver
    approve.approve(town.world(CLERK), made)
    assert approvers(town.world(), made) == (CLERK,)


@pytest.mark.parametrize("what", ["of_mail", "of_records"])
def test_an_approval_counts_no_more_once_it_is_known_who_gave_it(town: Renamed, what: str) -> None:
    made = getattr(town, what)(RECORDS)
    approve.approve(town.world(NEW), made)
    assert approvers(town.world(), made) == (NEW,)
    town.said_to_be_one()
    assert approvers(town.world(), made) == ()
    with pytest.raises(NotApproved):
        town.quarantine(made) if what == "of_records" else town.apply(made)


def test_people_are_one_by_their_own_addresses_and_not_by_a_mailbox_they_share(tmp_path: Path) -> None:
    town = Renamed(tmp_path / "town")
    town.say(Person(address=RECORDS, mailboxes=(CRON,)))
    town.say(Person(address=CLERK, mailboxes=(CRON,)))
    world = town.world()
    assert is_same_person(world, RECORDS, RECORDS.upper())
    assert is_same_person(world, "nobody@town.example", "Nobody@town.example")
    pairs = [(RECORDS, NEW), (RECORDS, CLERK), (RECORDS, CRON), (CLERK, ATTORNEY), (CLERK, "nobody@town.example")]
    assert not any(is_same_person(world, *pair) for pair in pairs)
    town.said_to_be_one()
    world = town.world()
    assert is_same_person(world, RECORDS.upper(), NEW) and not is_same_person(world, NEW, CRON)


def test_whoever_has_an_address_that_was_the_makers_does_not_approve_under_it(town: Renamed) -> None:
    """Two people had it, and nothing says which of them types: another one has to approve."""
    town.say(Person(id="7", address=NEW, name="Lou Lind"))
    town.say(Person(id="8", address=RECORDS, addresses=(NEW,), name="Pat Ortiz"))
    made = town.of_mail(RECORDS)
    with pytest.raises(NotApproved, match="is or was an address"):
        approve.approve(town.world(NEW), made)


def test_an_address_in_capitals_is_the_same_address(tmp_path: Path) -> None:
    town = Town(tmp_path / "town")
    town.add("Notice 1")
    town.read()
    town.adopt()
    made = town.plan()
    world = town.world()
    world.ledger.by = CRON.upper()
    world.ledger.append(Approved(plan=made.digest, steps=1))
    assert approvers(world, made) == ()
