"""What a grant rests on: an office that may, its signature, the reader's agreement, the notice to the custodian."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from retention.core.access import AccessGranted, AccessRevoked
from retention.core.audit import Signed
from retention.core.city import Access, Notices, StaffNotice
from retention.core.person import Person, Term
from retention.errors import AccessDenied, SignatureInvalid
from retention.jobs import access, notice
from tests.jobs.granted import DAY, GONE, IT, MANAGER, MAYOR, PERMITS, Guarded, denied, letter
from tests.jobs.town import ATTORNEY, CLERK, NOW, RECORDS

TODAY = date(2026, 11, 21)


@pytest.fixture
def town(tmp_path: Path) -> Guarded:
    return Guarded(tmp_path)


# --- a grant that stands in the ledger and does not count


def forged(town: Guarded, by: str = MANAGER, **changed: Any) -> None:
    said = AccessGranted(
        request=1, custodian=CLERK, reader=ATTORNEY, reference="m", since=NOW, until=NOW + DAY, office="City Manager"
    )
    town.write(replace(said, **changed), by=by)


def test_a_grant_by_the_wrong_office_or_by_one_who_did_not_hold_it_opens_nothing(town: Guarded) -> None:
    ref = letter(town)
    forged(town, by=RECORDS)
    assert "was not City Manager" in denied(town, ref).message
    forged(town, office="Records Manager", by=RECORDS)
    assert "is not one of City Manager" in denied(town, ref).message
    forged(town, office="", by=MANAGER)
    denied(town, ref)
    forged(town)
    assert town.content(ref.id).data


def test_a_grant_for_the_city_managers_own_mail_counts_only_from_the_mayor(town: Guarded) -> None:
    ref = letter(town, MANAGER)
    forged(town, custodian=MANAGER)
    assert "Mayor" in denied(town, ref).next_step
    town.may_read(MANAGER, by=MAYOR, reader=IT)
    assert town.content(ref.id, by=IT).data


class Nobody:
    """Signs and checks nothing; ``bad`` says of whom a signature is not valid."""

    bad = False

    def sign(self, text: str) -> str:
        return "signed"

    def check(self, text: str, signature: str, by: str, at: Any) -> None:
        if self.bad:
            raise SignatureInvalid("The signature is not valid.", "Have it signed.")


def test_where_the_city_asks_for_signatures_a_grant_without_one_opens_nothing(town: Guarded) -> None:
    ref = letter(town)
    town.city = replace(town.city, city=replace(town.city.city, identity="ssh"))
    forged(town)
    assert "is not signed" in denied(town, ref).message
    (one,) = town.doing(RECORDS, access.listed)
    assert (one.state, one.request) == ("counts for nothing", None) and "not signed" in one.doubt
    asked, world = town.asked(reader=IT), town.world(MANAGER)
    world.signer = Nobody()
    access.grant(world, asked.entry, reference="memo")
    reading = town.world(IT)
    reading.signer = Nobody()
    assert access.content(reading, ref.id).data
    again = town.world(IT)
    again.signer = signer = Nobody()
    signer.bad = True
    with pytest.raises(SignatureInvalid):
        access.content(again, ref.id)


def test_a_statement_shown_again_opens_nothing(town: Guarded) -> None:
    ref = letter(town)
    town.city = replace(town.city, city=replace(town.city.city, identity="ssh"))
    asked, world = town.asked(), town.world(MANAGER)
    world.signer = Nobody()
    given = access.grant(world, asked.entry, reference="memo", days=1)
    entry = world.ledger.in_force.acts[given.entry]
    town.doing(MANAGER, lambda w: w.ledger.append(Signed(AccessRevoked(grant=given.entry, reason="done"))))
    town.doing(MANAGER, lambda w: w.ledger.append(Signed(entry.body, entry.statement, entry.signature)))
    reading = town.world(ATTORNEY)
    reading.signer = Nobody()
    with pytest.raises(SignatureInvalid, match="used before"):
        access.content(reading, ref.id)


# --- what must come before


AGREEMENT = StaffNotice(name="it-agreement", version="2025", since=date(2025, 6, 2))
MONITORING = StaffNotice(name="monitoring", version="2026-10", since=date(2026, 10, 1))


def told(town: Guarded, name: str, person: str, **more: Any) -> None:
    town.doing(RECORDS, notice.record, name, person=person, signed_on=more.pop("on", TODAY), **more)


@pytest.fixture
def careful(tmp_path: Path) -> Guarded:
    """A city whose IT staff sign an agreement, and whose staff are told that mail may be looked at."""
    asked = Access(agreement="it-agreement", agreement_of=("information technology",), notice="monitoring")
    return Guarded(tmp_path, asked, Notices(staff=(AGREEMENT, MONITORING)))


def test_it_staff_without_their_agreement_are_granted_nothing(careful: Guarded) -> None:
    ref = letter(careful)
    told(careful, "monitoring", CLERK)
    asked = careful.asked(reader=IT)
    with pytest.raises(AccessDenied, match="it-agreement"):
        careful.granted(asked)
    assert "access granted" not in careful.kinds()
    told(careful, "it-agreement", IT)
    careful.granted(asked)
    assert careful.content(ref.id, by=IT).data


def test_the_agreement_is_asked_for_at_each_use_too(careful: Guarded) -> None:
    ref = letter(careful)
    told(careful, "monitoring", CLERK)
    told(careful, "it-agreement", IT)
    careful.may_read(reader=IT)
    later = replace(AGREEMENT, version="2027", since=TODAY)
    careful.city = replace(careful.city, notices=Notices(staff=(later, MONITORING)))
    assert "it-agreement" in denied(careful, ref, by=IT).message


def test_an_agreement_given_and_not_signed_is_none(careful: Guarded) -> None:
    told(careful, "monitoring", CLERK)
    careful.doing(RECORDS, notice.record, "it-agreement", person=IT, given=TODAY)
    with pytest.raises(AccessDenied, match="has not signed"):
        careful.may_read(reader=IT)


def test_of_whom_nobody_said_the_department_the_agreement_is_asked(careful: Guarded) -> None:
    told(careful, "monitoring", CLERK)
    with pytest.raises(AccessDenied, match="it-agreement"):
        careful.may_read(reader=ATTORNEY)
    careful.recorded(Person(address=ATTORNEY, departments=(Term(of="Legal"),)))
    assert careful.may_read(reader=ATTORNEY)


def test_whose_mail_is_read_must_have_had_the_notice(careful: Guarded) -> None:
    ref = letter(careful)
    told(careful, "it-agreement", IT)
    with pytest.raises(AccessDenied, match="monitoring"):
        careful.may_read(reader=IT)
    told(careful, "monitoring", CLERK)
    careful.may_read(reader=IT)
    assert careful.content(ref.id, by=IT).data


def test_every_owner_of_a_shared_mailbox_must_have_had_the_notice(careful: Guarded) -> None:
    ref = letter(careful, PERMITS)
    told(careful, "it-agreement", IT)
    for owner in (CLERK, RECORDS):
        careful.recorded(Person(address=owner, mailboxes=(PERMITS,)))
    told(careful, "monitoring", CLERK)
    careful.may_read(CLERK, reader=IT)
    assert "Pat Ortiz" in denied(careful, ref, by=IT).message
    told(careful, "monitoring", RECORDS)
    assert careful.content(ref.id, by=IT).data


def test_who_left_before_this_version_of_the_notice_had_the_one_of_their_time(careful: Guarded) -> None:
    ref = letter(careful, GONE)
    told(careful, "it-agreement", IT)
    careful.recorded(Person(address=GONE, employed=(Term(of="", to_on=date(2026, 6, 30)),)))
    with pytest.raises(AccessDenied, match="monitoring"):
        careful.may_read(GONE, reader=IT)
    told(careful, "monitoring", GONE, version="2019", on=date(2019, 5, 1))
    careful.may_read(GONE, reader=IT)
    assert careful.content(ref.id, by=IT).data


def test_of_a_mailbox_that_is_nobodys_no_one_can_have_had_the_notice(careful: Guarded) -> None:
    letter(careful, PERMITS)
    told(careful, "it-agreement", IT)
    with pytest.raises(AccessDenied, match="Nobody is known as the custodian"):
        careful.may_read(PERMITS, reader=IT)
