"""``retention access`` as it is typed: asked, granted, read into a file of one's own, revoked, and the ledger tells."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable
from typing import Any

import pytest

from retention.catalog import Catalog
from tests.cli.desk import ANN, ATTORNEY, BOB, HOSTILE, OPERATOR, RECORDS, Desk

MANAGER, MAYOR = "manager@city.example", "mayor@city.example"


@pytest.fixture
def desk(desk: Desk, change: Callable[[str, str], None]) -> Desk:
    """The city with a City Manager and a Mayor."""
    people = f'"{MANAGER}" = {{ name = "Ruth Novak" }}\n"{MAYOR}" = {{ name = "Leo Hart" }}\n'
    change("[people]\n", f"[people]\n{people}")
    change("[offices]\n", f'[offices]\n"City Manager" = ["{MANAGER}"]\n"Mayor" = ["{MAYOR}"]\n')
    return desk


def number(desk: Desk, mailbox: str = ANN, subject: str = "Requisition 0 for toner") -> str:
    catalog = Catalog(desk.folder / "retention.db")
    (known,) = (one for one in catalog.present() if (one.mailbox.address, one.message.subject) == (mailbox, subject))
    catalog.close()
    return str(known.n)


def request(desk: Desk, *more: str, custodian: str = ANN, by: str = ATTORNEY) -> str:
    asked = desk.done("access", "request", "--custodian", custodian, "--purpose", "a claim", "--json", *more, by=by)
    return str(asked.json["request"])


def grant(desk: Desk, *more: str, by: str = MANAGER, **asked: Any) -> str:
    entry = request(desk, **asked)
    return str(desk.done("access", "grant", entry, "--reference", "memo 7", "--json", *more, by=by).json["entry"])


def test_access_is_asked_for_granted_and_used_and_the_ledger_holds_together(desk: Desk) -> None:
    told = desk.done("access", "request", "--custodian", ANN, "--purpose", "a claim", by=ATTORNEY)
    assert ATTORNEY in told.out and "City Manager may grant it" in told.err
    (waiting,) = desk.done("access", "list", "--json").json
    entry = str(waiting["request"])
    assert (waiting["state"], waiting["offices"]) == ("waiting", ["City Manager"])
    told = desk.done("access", "grant", entry, "--reference", "memo 7", "--days", "2", by=MANAGER)
    assert f"{ATTORNEY} may read the mail of {ANN}" in told.out and "until " in told.out
    output = desk.folder / "read.eml"
    told = desk.done("access", "read", number(desk), "-o", str(output), by=ATTORNEY)
    content = output.read_bytes()
    assert b"This is letter 0." in content and hashlib.sha256(content).hexdigest() in told.out
    assert "from the mailbox" in told.out and "This is letter" not in told.out + told.err
    (one,) = desk.done("access", "list", "--live", "--json").json
    assert (one["uses"], one["reference"], one["by"]) == (1, "memo 7", MANAGER)
    assert "used" in (told := desk.done("access", "list").out) and "once" in told
    desk.done("audit", "verify")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_the_file_is_its_owners_alone_whatever_the_mask(desk: Desk) -> None:
    grant(desk)
    output = desk.folder / "read.eml"
    before = os.umask(0)
    try:
        desk.done("access", "read", number(desk), "-o", str(output), by=ATTORNEY)
    finally:
        os.umask(before)
    assert stat.S_IMODE(output.stat().st_mode) == 0o600


def test_a_file_that_is_there_is_never_written_over_and_nothing_is_read_for_it(desk: Desk) -> None:
    grant(desk)
    output, link = desk.folder / "mine.eml", desk.folder / "link.eml"
    output.write_text("mine")
    link.symlink_to(desk.folder / "nowhere.eml")
    for there in (output, link):
        told = desk.refused("access", "read", number(desk), "-o", str(there), code=2, by=ATTORNEY)
        assert "already a file" in told.error and "-o" in told.next_step
    assert output.read_text() == "mine" and not (desk.folder / "nowhere.eml").exists()
    desk.refused("access", "read", number(desk), "-o", str(desk.folder / "no" / "x"), code=14, by=ATTORNEY)
    (one,) = desk.done("access", "list", "--json").json
    assert one["uses"] == 0


def test_without_a_grant_no_file_is_left_and_the_attempt_is_written_down(desk: Desk) -> None:
    output = desk.folder / "read.eml"
    told = desk.refused("access", "read", number(desk), "-o", str(output), code=35, by=ATTORNEY, said="refused")
    assert "has no grant" in told.error and "City Manager (Ruth Novak)" in told.next_step
    assert not output.exists()


def test_a_grant_opens_one_mailbox_to_one_reader(desk: Desk) -> None:
    grant(desk)
    for by, mailbox, subject in ((OPERATOR, ANN, "Requisition 0 for toner"), (ATTORNEY, BOB, "Notice 0 about lunch")):
        message = number(desk, mailbox, subject)
        desk.refused("access", "read", message, "-o", str(desk.folder / "x"), code=35, by=by, said="refused")


def test_a_revoked_grant_opens_nothing(desk: Desk) -> None:
    entry = grant(desk)
    desk.refused("access", "revoke", entry, "--reason", "x", code=32, by=RECORDS, said="refused")
    assert "revoked" in desk.done("access", "revoke", entry, "--reason", "done", by=MANAGER).out
    message = number(desk)
    told = desk.refused("access", "read", message, "-o", str(desk.folder / "x"), code=35, by=ATTORNEY, said="refused")
    assert "is revoked" in told.error


@pytest.mark.parametrize(
    ("custodian", "reader", "by"),
    [
        (ANN, ATTORNEY, RECORDS),
        (ANN, ATTORNEY, MAYOR),
        (ANN, ATTORNEY, ATTORNEY),
        (MANAGER, ATTORNEY, MANAGER),
        (ANN, MANAGER, MANAGER),
    ],
)
def test_the_wrong_office_grants_nothing(desk: Desk, custodian: str, reader: str, by: str) -> None:
    entry = request(desk, "--reader", reader, custodian=custodian)
    told = desk.refused("access", "grant", entry, "--reference", "m", code=32, by=by, said="refused")
    assert "written to the ledger" in told.next_step


def test_the_city_managers_own_mail_is_the_mayors_to_open(desk: Desk) -> None:
    grant(desk, custodian=MANAGER, by=MAYOR)


@pytest.mark.parametrize(
    ("more", "code", "words"),
    [
        (("--days", "8"), 2, "at most 7"),
        (("--until", "2999-01-01"), 2, "at most 7"),
        (("--from", "2020-01-01"), 2, "in advance"),
        (("--from", "soon"), 2, "not a day"),
        (("--days", "1", "--until", "2999-01-01"), 2, "both say"),
        (("--days", "0"), 2, "before it begins"),
    ],
)
def test_a_grant_that_cannot_be_is_refused(desk: Desk, more: tuple[str, ...], code: int, words: str) -> None:
    entry = request(desk)
    told = desk.refused("access", "grant", entry, "--reference", "memo", *more, code=code, by=MANAGER)
    assert words in told.error


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("access", "request", "--custodian", "nobody@x.example", "--purpose", "p"), "Nobody and no mailbox"),
        (("access", "request", "--custodian", ANN, "--purpose", " "), "needs its purpose"),
        (("access", "request", "--custodian", ANN, "--purpose", "p", "--reader", "x@y.example"), "not listed"),
        (("access", "grant", "0", "--reference", "m"), "is no request"),
        (("access", "revoke", "0", "--reason", "r"), "is no grant"),
        (("access", "list", "--custodian", "nobody@x.example"), "Nobody and no mailbox"),
        (("access", "read", "9999", "-o", "x"), "knows no message"),
    ],
)
def test_what_is_not_there_is_said(desk: Desk, arguments: tuple[str, ...], words: str) -> None:
    assert words in desk.refused(*arguments, code=2, by=MANAGER).error


def test_a_message_in_two_mailboxes_is_named_by_its_number(desk: Desk) -> None:
    grant(desk)
    told = desk.refused(
        "access", "read", "letter-0@elsewhere.example", "-o", str(desk.folder / "x"), code=2, by=ATTORNEY
    )
    assert ANN in told.error and BOB in told.error


def test_what_is_told_for_machines_holds_no_content(desk: Desk) -> None:
    grant(desk)
    output = desk.folder / "read.eml"
    told = desk.done("access", "read", number(desk), "-o", str(output), "--json", by=ATTORNEY).json
    assert "data" not in told and told["digest"] == hashlib.sha256(output.read_bytes()).hexdigest()
    assert told["size"] == output.stat().st_size and told["output"] == str(output)


def test_what_is_written_of_access_cannot_steer_the_terminal(desk: Desk) -> None:
    asked = desk.done("access", "request", "--custodian", ANN, "--purpose", HOSTILE, "--json", by=ATTORNEY)
    desk.done("access", "grant", str(asked.json["request"]), "--reference", HOSTILE, by=MANAGER)
    told = desk.done("access", "list", "--json").out + desk.done("access", "list").out
    assert "\x1b" not in told and "\u202e" not in told


def test_the_list_can_be_read_in_eighty_columns(desk: Desk) -> None:
    grant(desk)
    request(desk, custodian=BOB)
    lines = desk.done("access", "list").out.splitlines()
    assert max(map(len, lines)) <= 80 and any("waits for City" in line for line in lines)
    assert "No such access was asked for." in desk.done("access", "list", "--reader", RECORDS).out
