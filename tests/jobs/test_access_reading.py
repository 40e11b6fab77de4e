"""Content is read under a live grant for exactly this custodian and this reader, and written down before it is."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from retention.core.access import OWN, AccessRevoked, AccessUsed
from retention.core.city import Access, Grant
from retention.core.person import Person, Term
from retention.core.preserved import Copy, Preserved
from retention.errors import AccessDenied, MailNotAnswering, StoreNotAnswering, WrongUsage
from retention.jobs import access
from retention.store.disk import DiskStore
from tests.conftest import ROOT
from tests.jobs.granted import DAY, GONE, IT, MANAGER, MAYOR, PERMITS, Guarded, denied, letter, used
from tests.jobs.town import ATTORNEY, CLERK, NOW, RECORDS
from tests.mail.doubles import MemoryMail

TODAY = date(2026, 11, 21)


@pytest.fixture
def town(tmp_path: Path) -> Guarded:
    return Guarded(tmp_path)


# --- with a grant


def test_under_a_live_grant_the_reader_has_the_very_bytes(town: Guarded) -> None:
    ref = letter(town)
    grant = town.may_read()
    content = town.content(ref.id)
    assert content.data == b"".join(town.mail.content(ref))
    assert (content.grant, content.source, content.mailbox) == (grant.entry, "mailbox", CLERK)
    assert content.digest == hashlib.sha256(content.data).hexdigest() and content.size == len(content.data)


def test_a_use_is_in_the_ledger_before_a_byte_is_fetched_and_its_digest_before_it_is_handed_over(
    town: Guarded,
) -> None:
    ref = letter(town)
    grant = town.may_read()
    before = AccessUsed(grant=grant.entry, mailbox=ref.mailbox, id=ref.id, what="read")
    seen: list[list[AccessUsed]] = []
    assert isinstance(town.mail, MemoryMail)
    town.mail.before_call = lambda name: seen.append(used(town)) if name == "content" else None
    content = town.content(ref.id)
    assert seen == [[before]]
    assert used(town) == [before, replace(before, digest=content.digest)]
    (one,) = town.doing(RECORDS, access.listed)
    assert one.uses == 1


def test_every_use_is_written_down(town: Guarded) -> None:
    ref = letter(town)
    town.may_read()
    for _ in range(3):
        town.content(ref.id)
    (one,) = town.doing(RECORDS, access.listed)
    assert one.uses == 3


def test_what_could_not_be_fetched_was_asked_for_all_the_same(town: Guarded) -> None:
    ref = letter(town)
    town.may_read()
    assert isinstance(town.mail, MemoryMail)
    town.mail.spoilt.add(ref.id)
    with pytest.raises(MailNotAnswering, match="cannot convert"):
        town.content(ref.id)
    assert [one.digest for one in used(town)] == [""]


def test_where_the_ledger_takes_no_entry_nothing_is_fetched(town: Guarded, monkeypatch: pytest.MonkeyPatch) -> None:
    ref = letter(town)
    town.may_read()
    world = town.world(ATTORNEY)
    monkeypatch.setattr(world.ledger, "_write", _full)
    with pytest.raises(StoreNotAnswering):
        access.content(world, ref.id)
    assert isinstance(town.mail, MemoryMail) and "content" not in town.mail.calls


def _full(data: bytes) -> None:
    raise StoreNotAnswering("The disk is full.", "Make room.")


# --- without one


def test_without_a_grant_nothing_is_read_and_the_next_step_says_who_may_grant(town: Guarded) -> None:
    error = denied(town, letter(town))
    assert "has no grant" in error.message
    assert "City Manager (Ruth Novak)" in error.next_step and "access request" in error.next_step


def test_a_request_alone_opens_nothing(town: Guarded) -> None:
    ref = letter(town)
    town.asked()
    denied(town, ref)


def test_a_grant_is_for_its_reader_only(town: Guarded) -> None:
    ref = letter(town)
    town.may_read(reader=IT)
    denied(town, ref)
    denied(town, ref, by=MANAGER)
    assert town.content(ref.id, by=IT).data


def test_a_grant_is_for_its_custodian_only(town: Guarded) -> None:
    mine, other = letter(town), letter(town, RECORDS)
    town.may_read(CLERK)
    denied(town, other)
    assert town.content(mine.id).data


def test_a_grant_ends_to_the_second(town: Guarded) -> None:
    ref = letter(town)
    grant = town.may_read(days=1)
    town.at = grant.said.until - timedelta(microseconds=1)
    assert town.content(ref.id).data
    town.at = grant.said.until
    assert "is over" in denied(town, ref).message


def test_a_grant_that_begins_later_opens_nothing_before(town: Guarded) -> None:
    ref = letter(town)
    grant = town.may_read(begin=date(2026, 11, 25))
    assert "not in force yet" in denied(town, ref).message
    town.at = grant.said.since
    assert town.content(ref.id).data


def test_a_revoked_grant_opens_nothing(town: Guarded) -> None:
    ref = letter(town)
    grant = town.may_read()
    town.doing(MANAGER, access.revoke, grant.entry, reason="done")
    assert "is revoked" in denied(town, ref).message


def test_a_grant_revoked_in_the_same_moment_by_another_process_opens_nothing(town: Guarded) -> None:
    ref = letter(town)
    grant = town.may_read()
    world = town.world(ATTORNEY)
    town.doing(MANAGER, access.revoke, grant.entry, reason="done")
    with pytest.raises(AccessDenied, match="is revoked"):
        access.content(world, ref.id)
    assert used(town) == []


def test_a_revocation_between_the_question_and_the_entry_stops_the_reading(
    town: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = letter(town)
    grant = town.may_read()
    world = town.world(ATTORNEY)
    append = world.ledger.append

    def revoked_first(*bodies: Any, unless: Callable[[Any], None] | None = None) -> None:
        town.doing(MANAGER, access.revoke, grant.entry, reason="done")
        append(*bodies, unless=unless)

    monkeypatch.setattr(world.ledger, "append", revoked_first)
    with pytest.raises(AccessDenied):
        access.content(world, ref.id)
    assert used(town) == [] and isinstance(town.mail, MemoryMail) and "content" not in town.mail.calls


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(minutes=st.integers(0, 4 * 24 * 60), revoked=st.booleans())
def test_at_no_instant_outside_its_grant_is_anything_permitted(
    tmp_path_factory: pytest.TempPathFactory, minutes: int, revoked: bool
) -> None:
    town = Guarded(tmp_path_factory.mktemp("town"))
    town.add("Minutes of March")
    town.read()
    given = town.may_read(begin=date(2026, 11, 22), days=2)
    if revoked:
        town.write(AccessRevoked(grant=given.entry, reason="done"))
    town.at = NOW + timedelta(minutes=minutes)
    if not revoked and given.said.since <= town.at < given.said.until:
        assert town.doing(ATTORNEY, access.permitted, CLERK) == given.entry
    else:
        with pytest.raises(AccessDenied):
            town.doing(ATTORNEY, access.permitted, CLERK)


# --- whose mailbox


def test_the_custodian_reads_their_own_mail_without_a_grant_and_it_is_written_down(town: Guarded) -> None:
    ref = letter(town)
    assert town.content(ref.id, by=CLERK).grant == OWN
    assert [(one.grant, bool(one.digest)) for one in used(town)] == [(OWN, False), (OWN, True)]


def test_who_has_left_reads_their_former_mail_no_more(town: Guarded) -> None:
    ref = letter(town)
    town.recorded(Person(address=CLERK, employed=(Term(of="", to_on=date(2026, 11, 20)),)))
    denied(town, ref, by=CLERK)


def test_a_grant_for_an_owner_or_for_its_address_opens_a_shared_mailbox(town: Guarded) -> None:
    ref = letter(town, PERMITS)
    town.recorded(Person(address=CLERK, mailboxes=(PERMITS,)))
    denied(town, ref, by=CLERK)
    town.may_read(CLERK)
    town.may_read(PERMITS, reader=IT)
    assert town.content(ref.id).data and town.content(ref.id, by=IT).data
    denied(town, ref, by=RECORDS)
    denied(town, letter(town, CLERK), by=IT)


@pytest.mark.parametrize(
    "said",
    [
        Person(address=ATTORNEY, mailboxes=(MAYOR,)),
        Person(address=ATTORNEY, addresses=(MAYOR,)),
        Person(address=ATTORNEY, directory="mailbox-1"),
        Person(address=CLERK, mailboxes=(MAYOR,)),
        Person(address=CLERK, addresses=(MAYOR,)),
        Person(address=CLERK, directory="mailbox-1"),
        Person(address=MAYOR, addresses=(CLERK,)),
        Person(address=MAYOR, addresses=(ATTORNEY,)),
    ],
)
def test_what_is_recorded_of_people_after_a_grant_opens_no_other_mailbox(town: Guarded, said: Person) -> None:
    ref = letter(town, MAYOR)
    assert ref.mailbox == "mailbox-1"
    letter(town, CLERK)
    town.may_read(CLERK)
    town.recorded(said)
    denied(town, ref)


def test_a_mailbox_that_is_read_for_the_first_time_after_the_grant_is_known_by_its_address(town: Guarded) -> None:
    town.may_read(CLERK)
    ref = letter(town, CLERK)
    assert town.content(ref.id).data


def test_a_mailbox_that_the_city_manager_owns_too_needs_the_mayor(town: Guarded) -> None:
    ref = letter(town, PERMITS)
    town.recorded(Person(address=CLERK, mailboxes=(PERMITS,)))
    town.may_read(CLERK)
    assert town.content(ref.id).data
    town.recorded(Person(address=MANAGER, mailboxes=(PERMITS,)))
    assert "Mayor" in denied(town, ref).next_step
    town.may_read(PERMITS, by=MAYOR)
    assert town.content(ref.id).data


def test_who_leaves_while_a_grant_is_live_does_not_end_it_and_a_new_one_is_another_offices(tmp_path: Path) -> None:
    rules = (Grant(of="current", by=("City Manager",)), Grant(of="former", by=("Human Resources",)))
    town = Guarded(tmp_path, Access(grants=rules))
    ref = letter(town, GONE)
    town.may_read(GONE)
    town.at += DAY
    town.recorded(Person(address=GONE, employed=(Term(of="", to_on=TODAY),)))
    assert town.content(ref.id).data
    town.may_read(GONE, by=RECORDS, reader=IT)
    assert town.content(ref.id, by=IT).data


def test_a_message_in_several_mailboxes_has_a_custodian_in_each(town: Guarded) -> None:
    assert isinstance(town.mail, MemoryMail)
    mime = b"From: a@b.example\r\nMessage-ID: <same@x>\r\nSubject: Minutes\r\n\r\nHello.\r\n"
    first, second = (town.mail.add(box, "Inbox", mime) for box in (CLERK, RECORDS))
    town.read()
    town.may_read(CLERK)
    with pytest.raises(WrongUsage) as error:
        town.content("same@x")
    assert CLERK in error.value.message and RECORDS in error.value.message
    assert town.content(first.id).data == mime
    denied(town, second)


def test_what_the_catalog_does_not_know_is_said(town: Guarded) -> None:
    with pytest.raises(WrongUsage, match="knows no message"):
        town.content("99")


# --- where it is


def test_a_record_that_left_the_mailbox_is_read_from_the_record_store(town: Guarded) -> None:
    ref = town.add("Requisition 7", CLERK)
    mime = b"".join(town.mail.content(ref))
    applied = town.apply(town.approved_plan())
    assert applied.total("captured") == 1
    denied(town, ref)
    town.may_read()
    content = town.content(ref.id)
    assert (content.data, content.source) == (mime, "record store")


def test_what_vanished_is_read_from_its_preservation_copy(town: Guarded) -> None:
    ref = letter(town)
    mime = b"".join(town.mail.content(ref))
    copy = Copy(digest=hashlib.sha256(mime).hexdigest(), size=len(mime), found=())
    DiskStore(town.folder / "records").put_copy(copy, mime)
    town.write(
        Preserved(
            hold="h", mailbox=ref.mailbox, address=CLERK, id=ref.id, version="v1", digest=copy.digest,
            place=copy.place, sidecar="s",
        )
    )  # fmt: skip
    assert isinstance(town.mail, MemoryMail)
    town.mail.delete(ref)
    town.may_read()
    assert town.content(ref.id).source == "preservation copy"
    town.read()
    content = town.content(ref.id)
    assert (content.data, content.source) == (mime, "preservation copy")


def test_of_what_was_purged_nothing_is_left_to_read_and_no_use_is_counted(town: Guarded) -> None:
    ref = town.add("Notice about lunch", CLERK)
    assert town.apply(town.approved_plan()).total("purged") == 1
    denied(town, ref)
    town.may_read()
    with pytest.raises(WrongUsage, match="Nothing is left"):
        town.content(ref.id)
    assert used(town) == []


# --- the one way to content


PACKAGE = ROOT / "retention"
REACH_CONTENT = {
    "jobs.access.reading": "for a person, under a grant",
    "jobs.record.reading": "for a person, under a grant for one of the mailboxes that a record came from",
    "jobs.capture": "from the mailbox to the record store, and into nobody's hands",
    "jobs.hold.collect": "from the mailbox to a preservation copy, and into nobody's hands",
    "jobs.hold.discard": "to compare a copy with its digest before it is destroyed",
    "jobs.record.export": "into a bag for an archive, by the signed order of the office that keeps the records",
    "jobs.audit.verify": "to compare a record or a copy with its digest",
}
"""The jobs that get at content, and what for. A new one is written here, or asks ``jobs.access`` first."""


def reaching(path: Path) -> list[str]:
    """What in this file calls or hands on ``content`` of a mail system, or ``get`` and ``get_copy`` of a store."""
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            owner = ast.unparse(node.value).lower().rstrip("()")
            of_mail = node.attr == "content" and owner.endswith(("mail", "system"))
            if of_mail or node.attr == "get_copy" or (node.attr == "get" and owner.endswith("store")):
                found.append(ast.unparse(node))
    return found


def modules(floor: str) -> dict[str, list[str]]:
    paths = (PACKAGE / floor).rglob("*.py")
    found = {".".join(path.relative_to(PACKAGE).with_suffix("").parts): reaching(path) for path in paths}
    return {name: calls for name, calls in found.items() if calls}


def test_nothing_on_the_command_lines_floor_gets_at_content_but_through_the_job() -> None:
    assert modules("cli") == {}


def test_every_job_that_gets_at_content_says_what_for() -> None:
    assert set(modules("jobs")) == set(REACH_CONTENT)


def test_a_way_around_the_job_is_found(tmp_path: Path) -> None:
    bad = tmp_path / "peek.py"
    bad.write_text(
        "def f(world):\n    g = world.mail.content\n    return world.store.get('p'), world.store.get_copy('p')\n"
    )
    assert len(reaching(bad)) == 3
