"""A city that knows its people by their SSH keys: what allows a deletion is signed, and checked before every deed."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from retention.core import clock as core
from retention.core.audit import (
    GENESIS,
    Adopted,
    Approved,
    EventRecorded,
    HoldPlaced,
    HoldReached,
    HoldReleased,
    Reviewed,
    Signed,
    write,
)
from retention.core.authority import Act, HoldKind
from retention.core.clock import ClockConfirmed, Machine
from retention.core.event import Event
from retention.core.hold import Hold, Scope
from retention.core.plan import Plan, seal
from retention.errors import (
    LedgerBroken,
    NotApproved,
    NotThisOffice,
    PersonUnknown,
    PlanStale,
    SignatureInvalid,
    SignersMissing,
)
from retention.jobs import adopt, approve, clock, plan
from retention.jobs.acting import believed, signed
from retention.jobs.hold import place, release
from retention.jobs.hold.show import show
from retention.jobs.world import World
from retention.ledger import Ledger
from retention.signing import Signer
from tests.jobs.town import ATTORNEY, CLERK, CRON, NOW, RECORDS, Town
from tests.mail.doubles import MemoryMail

pytestmark = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="there is no ssh-keygen on this machine")


class SignedTown(Town):
    """The town with ``identity = "ssh"`` and a key for each of its people."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.city = replace(self.city, city=replace(self.city.city, identity="ssh"))
        self.signers = folder / "allowed_signers"
        lines = []
        for address in (ATTORNEY, RECORDS, CLERK, CRON):
            key = self.key(address)
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", address, "-f", key], check=True)
            lines.append(f"{address} {key.with_suffix('.pub').read_text()}")
        self.signers.write_text("".join(lines))

    def key(self, address: str) -> Path:
        return self.folder / f"{address.partition('.')[0]}_key"

    def world(self, address: str = CRON, *, by_key_of: str = "", **more: object) -> World:
        world = super().world(address, **more)  # type: ignore[arg-type]
        key = self.key(by_key_of or address)
        world.signer = Signer(self.signers, key if key.is_file() else None)
        return world

    def forge(self, *bodies: object, by: str = RECORDS) -> None:
        """What somebody who can write the ledger's file, and holds no key, appends to it."""
        Ledger(self.folder / "ledger.jsonl", now=self.now, by=by, rehearsal=True).append(*bodies)  # type: ignore[arg-type]


@pytest.fixture
def town(tmp_path: Path) -> SignedTown:
    return SignedTown(tmp_path / "town")


def ready(town: SignedTown) -> Plan:
    """One notice to purge; read, adopted and planned."""
    town.add("Notice 1")
    town.read()
    town.adopt()
    made = town.plan()
    assert len(made.steps) == 1
    return made


def purged(town: SignedTown) -> int:
    assert isinstance(town.mail, MemoryMail)
    return len(town.mail.purged)


def test_signed_acts_carry_a_plan_from_beginning_to_end(town: SignedTown) -> None:
    made = ready(town)
    town.approve(made)
    assert town.apply(made).total("purged") == 1 == purged(town)
    acts = town.world().ledger.in_force.acts
    assert {type(entry.body) for entry in acts.values()} == {Adopted, Approved}
    assert all(entry.statement and entry.signature.startswith("-----BEGIN SSH SIGNATURE") for entry in acts.values())


def test_whoever_made_a_plan_cannot_call_it_another_ones_and_approve_it(town: SignedTown) -> None:
    """The Records Manager makes a plan, writes the service's name into it, seals it again and approves it."""
    ready(town)
    made = plan.plan(town.world(RECORDS))
    disguised = seal(replace(made, made_by=CRON))
    for one in (disguised, replace(disguised, statement="", signature="")):
        with pytest.raises(SignatureInvalid):
            approve.approve(town.world(RECORDS), one)
    with pytest.raises(NotApproved):
        approve.approve(town.world(RECORDS), made)


def test_an_approval_that_nobody_signed_approves_nothing(town: SignedTown) -> None:
    made = ready(town)
    town.forge(Approved(plan=made.digest, steps=1))
    with pytest.raises(NotApproved):
        town.apply(made)
    assert purged(town) == 0


def test_an_adoption_that_nobody_signed_lets_nothing_go(town: SignedTown) -> None:
    town.add("Notice 1")
    town.read()
    digest = town.world().fingerprints["town"]
    town.forge(Adopted(schedule="town", fingerprint=digest, authority="R 1", effective_on=NOW.date()))
    assert town.plan().steps == ()


def test_a_signature_moved_to_another_act_stops_every_deletion(town: SignedTown) -> None:
    made = ready(town)
    adopted = next(iter(town.world().ledger.in_force.acts.values()))
    town.forge(Signed(Approved(plan=made.digest, steps=1), adopted.statement, adopted.signature))
    with pytest.raises(SignatureInvalid):
        town.apply(made)
    assert purged(town) == 0


def test_a_statement_shown_again_is_found(town: SignedTown) -> None:
    """A release that was signed once does not release the hold again after it was reinstated."""
    made = ready(town)
    hold = place.place(
        town.world(ATTORNEY),
        matter="Elm",
        kind=HoldKind.LEGAL,
        reason="claim",
        scope=Scope(custodians=(CLERK,)),
    ).hold
    release.release(town.world(ATTORNEY), hold.name, matter="Elm", reason="settled")
    release.reinstate(town.world(ATTORNEY), hold.name, reason="not settled")
    acts = town.world().ledger.in_force.acts.values()
    signed = next(entry for entry in acts if isinstance(entry.body, HoldReleased))
    town.forge(Signed(signed.body, signed.statement, signed.signature), by=ATTORNEY)
    town.at = NOW + timedelta(days=31)
    with pytest.raises(SignatureInvalid, match="used before"):
        town.plan()
    with pytest.raises(SignatureInvalid):
        town.apply(made)
    assert purged(town) == 0


def test_a_release_that_nobody_signed_releases_nothing_and_can_be_done_properly(town: SignedTown) -> None:
    ready(town)
    hold = place.place(
        town.world(ATTORNEY), matter="Elm", kind=HoldKind.LEGAL, reason="c", scope=Scope(custodians=(CLERK,))
    ).hold
    town.forge(HoldReleased(name=hold.name, reason="settled", until=NOW.date()), by=ATTORNEY)
    assert town.plan().steps == ()
    assert show(town.world(), hold.name).standing == "in force: its release is not signed"
    release.release(town.world(ATTORNEY), hold.name, matter="Elm", reason="settled")
    town.at = NOW + timedelta(days=31)
    assert len(town.plan().steps) == 1


def test_a_hold_that_nobody_signed_holds_all_the_same(town: SignedTown) -> None:
    made = ready(town)
    town.approve(made)
    hold = Hold(
        name="elm",
        matter="Elm",
        kind=HoldKind.LEGAL,
        reason="c",
        scope=Scope(custodians=(CLERK,)),
        placed_at=NOW,
        placed_by=ATTORNEY,
    )
    town.forge(HoldPlaced(hold=hold), by=ATTORNEY)
    with pytest.raises(PlanStale):
        town.apply(made)
    assert town.plan().steps == ()


def test_nobody_signs_with_another_ones_key(town: SignedTown) -> None:
    made = ready(town)
    with pytest.raises(SignatureInvalid):
        approve.approve(town.world(RECORDS, by_key_of=CLERK), made)
    with pytest.raises(NotApproved):
        town.apply(made)


def test_without_the_signers_file_nothing_is_deleted(town: SignedTown) -> None:
    made = ready(town)
    town.approve(made)
    town.signers.unlink()
    with pytest.raises(SignersMissing):
        town.apply(made)
    assert purged(town) == 0


def test_the_signers_file_that_vanishes_while_apply_runs_stops_it(town: SignedTown) -> None:
    for number in range(40):
        town.add(f"Notice {number}")
    made = ready_many(town)
    mail = town.mail
    assert isinstance(mail, MemoryMail)

    def vanish(name: str) -> None:
        if name == "purge" and mail.calls.count("purge") == 3:
            town.signers.unlink(missing_ok=True)

    mail.before_call = vanish
    with pytest.raises(SignersMissing):
        town.apply(made)
    assert len(mail.purged) <= 16


def ready_many(town: SignedTown) -> Plan:
    town.read()
    town.adopt()
    made = town.plan()
    town.approve(made)
    return made


def test_a_signer_who_held_no_such_office_that_day_allows_nothing(town: SignedTown) -> None:
    """An approval with a good signature by somebody who is not the Records Manager, put into the ledger by hand."""
    made = ready(town)
    world = town.world(CLERK)
    body = Approved(plan=made.digest, steps=1)
    world.ledger.append(signed(world, Act.APPROVE, body))
    with pytest.raises(NotThisOffice):
        town.apply(made)
    assert purged(town) == 0


def test_a_signer_whom_the_city_does_not_list_is_unknown(town: SignedTown) -> None:
    made = ready(town)
    town.approve(made)
    people = {address: named for address, named in town.city.people.items() if address != RECORDS}
    town.city = replace(town.city, people=people)
    with pytest.raises(PersonUnknown):
        town.apply(made)
    assert purged(town) == 0


def test_a_decoy_under_the_name_of_a_hold_gives_no_other_office_a_right_over_it(town: SignedTown) -> None:
    """A clerk, who may do requests, releases the attorney's hold and places a request under its name behind that."""
    ready(town)
    hold = place.place(
        town.world(ATTORNEY), matter="Elm", kind=HoldKind.LEGAL, reason="c", scope=Scope(custodians=(CLERK,))
    ).hold
    world = town.world(CLERK)
    body = HoldReleased(name=hold.name, reason="settled", until=NOW.date())
    decoy = HoldPlaced(hold=replace(hold, kind=HoldKind.REQUEST, scope=Scope(ids=("<none@x>",)), matter="Other"))
    world.ledger.append(signed(world, Act.HOLD_REQUEST, body))
    world.ledger.append(decoy)
    town.at = NOW + timedelta(days=31)
    with pytest.raises(SignatureInvalid):
        town.plan()


def test_a_signed_release_never_ends_before_the_grace_whatever_day_it_names(town: SignedTown) -> None:
    ready(town)
    hold = place.place(
        town.world(ATTORNEY), matter="Elm", kind=HoldKind.LEGAL, reason="c", scope=Scope(custodians=(CLERK,))
    ).hold
    world = town.world(ATTORNEY)
    world.ledger.append(
        signed(world, Act.HOLD_LEGAL, HoldReleased(name=hold.name, reason="settled", until=date(2020, 1, 1)))
    )
    town.at = NOW + timedelta(days=29)
    assert town.plan().steps == ()
    town.at = NOW + timedelta(days=30)
    assert len(town.plan().steps) == 1


def test_an_entry_older_than_those_before_it_breaks_the_ledger(town: SignedTown) -> None:
    """A key that is no longer good, and an office no longer held, were good once: nobody may choose that day."""
    made = ready(town)
    town.at = NOW - timedelta(days=900)
    ledger = Ledger(town.folder / "ledger.jsonl", now=town.now, by=RECORDS, rehearsal=True)
    ledger._latest = datetime.min.replace(tzinfo=UTC)
    ledger.append(Approved(plan=made.digest, steps=1))
    town.at = NOW
    with pytest.raises(LedgerBroken, match="older than those before it"):
        town.apply(made)


def test_what_was_signed_over_a_longer_ledger_is_found_when_an_entry_before_it_is_left_out(town: SignedTown) -> None:
    made = ready(town)
    town.hold(custodians=(CLERK,))
    adopt.adopt(town.world(RECORDS), "town", authority="Resolution 2")
    links = [link.entry for link in town.world().ledger.links()]
    previous, lines = GENESIS, []
    for entry in (one for one in links if not isinstance(one.body, HoldPlaced | HoldReached)):
        line, previous = write(replace(entry, n=len(lines), previous=previous))
        lines.append(line)
    (town.folder / "ledger.jsonl").write_bytes(b"".join(lines))
    with pytest.raises(SignatureInvalid, match="another ledger"):
        approve.approve(town.world(RECORDS), made)


def test_events_and_reviews_that_nobody_signed_start_no_clock_and_stop_every_run(town: SignedTown) -> None:
    ref = town.add("Claim c-1")
    town.read()
    town.adopt()
    town.forge(EventRecorded(event=Event(kind="closed", key="claim c-1", on=NOW.date() - timedelta(days=900))))
    assert list(town.world().happened.to(("claim c-1",), "")) == []
    town.forge(Reviewed(mailbox=ref.mailbox, ids=(ref.id,), schedule="town", series="town-notices", reason="no"))
    with pytest.raises(SignatureInvalid, match="nobody signed"):
        town.plan()


def test_a_city_whose_acts_are_signed_cannot_be_told_that_they_need_not_be(town: SignedTown) -> None:
    made = ready(town)
    town.forge(Approved(plan=made.digest, steps=1))
    town.city = replace(town.city, city=replace(town.city.city, identity="account"))
    with pytest.raises(SignatureInvalid, match="ask for no signatures"):
        town.apply(made)
    assert purged(town) == 0


def test_anybody_can_check_an_act_with_the_standard_tool(town: SignedTown, tmp_path: Path) -> None:
    made = ready(town)
    town.approve(made)
    entry = next(e for e in town.world().ledger.in_force.acts.values() if isinstance(e.body, Approved))
    (tmp_path / "statement").write_text(entry.statement)
    (tmp_path / "statement.sig").write_text(entry.signature)
    command = ["ssh-keygen", "-Y", "verify", "-f", town.signers, "-I", RECORDS, "-n", "retention"]
    with open(tmp_path / "statement", "rb") as statement:
        done = subprocess.run(
            [*command, "-s", tmp_path / "statement.sig"], stdin=statement, capture_output=True, check=False
        )
    assert done.returncode == 0, done.stderr
    assert made.digest in entry.statement


def test_the_schedule_is_adopted_by_whoever_signs(town: SignedTown) -> None:
    with pytest.raises(NotThisOffice):
        adopt.adopt(town.world(CLERK), "town", authority="R 1")


def test_that_the_clock_is_right_is_signed_too(town: SignedTown) -> None:
    clock.confirm(town.world(RECORDS), "the machine slept")
    world = town.world()
    entry = [link.entry for link in world.ledger.links()][-1]
    assert isinstance(entry.body, ClockConfirmed) and believed(world, entry)


def test_that_the_clock_is_right_counts_only_where_an_office_signed_it(town: SignedTown) -> None:
    boots = Machine("first start", 1000)
    world = town.world(RECORDS)
    world.machine = lambda: boots
    town.forge(ClockConfirmed(boot=boots.boot, up=boots.up, zone=core.zone_digest("America/Chicago"), reason="mine"))
    world.ledger.refresh()
    found = clock.state(world)
    assert not found.well and "Nobody signed entry" in found.sentences[0]
    clock.confirm(world, "the machine slept")
    assert clock.state(world).well
