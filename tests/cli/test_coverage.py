"""``mailbox list --coverage``, and the mail system's own holds, as they are typed and told.

What is covered and held is in ``tests/jobs/test_coverage.py`` and ``tests/jobs/test_server_holds.py``.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from retention.core.hold import ServerHoldsTold
from retention.core.hold.foreign import ForeignHold
from retention.jobs.coverage import folders_unread
from retention.ledger import Ledger
from tests.cli.desk import ATTORNEY, OPERATOR, Desk

ANN = "ann@city.example"


def told(desk: Desk, *holds: ForeignHold) -> None:
    """The mail system tells these holds, as a sync writes it down."""
    ledger = Ledger(desk.folder / "ledger.jsonl", now=lambda: datetime.now(UTC), by=OPERATOR)
    today = datetime.now(UTC).date()
    ledger.append(ServerHoldsTold(holds=holds, on=today, until=today + timedelta(days=30)))


def test_a_line_says_what_is_covered_of_a_mailbox_and_what_is_so_of_all_is_said_once(desk: Desk) -> None:
    said = desk.done("mailbox", "list", "--coverage").out.splitlines()
    (line,) = [one for one in said if one.startswith(f"{ANN}:")]
    assert " folders with " in line and "read to its end on " in line
    never = [one for one in said if one.startswith("Not covered in any mailbox: ")]
    assert len(never) == len(set(never)) > 0
    assert "Not covered: the mail system's own holds. Microsoft Graph does not tell the holds" in "\n".join(said)


def test_machines_are_told_of_each_mailbox_by_itself(desk: Desk) -> None:
    found = desk.done("mailbox", "list", "--coverage", "--json").json
    assert all(one["never"] and one["unread"] == [] and one["messages"] for one in found["mailboxes"])
    assert "Microsoft Graph" in found["holds"]


@pytest.mark.usefixtures("at_once")
def test_folders_that_could_not_be_read_are_named_below_their_mailbox(desk: Desk) -> None:
    desk.simulator.faults.add("error", on="/messages/delta", times=-1, status=400, code="ErrorItemCorrupt")
    desk.run("sync")
    said = desk.done("mailbox", "list", "--coverage").out
    (unread, _) = [one for one in said.splitlines() if one.startswith("    not covered: ")]
    assert " folders were not read to their end: " in unread and "Inbox" in unread and f" of {ANN} could not" in unread


def test_a_reason_that_many_folders_share_is_said_once_and_all_of_them_are_named() -> None:
    def reason(path: str) -> str:
        return f"The folder '{path}' of ann@city.example could not be read."

    said = folders_unread([("Inbox", reason("Inbox")), ("Sent", "It is locked."), ("Inbox/Elm", reason("Inbox/Elm"))])
    assert said == (
        f"2 folders were not read to their end: Inbox, Inbox/Elm. Each as the first: {reason('Inbox')}",
        "The folder Sent was not read to its end: It is locked.",
    )
    assert folders_unread([("Inbox", reason("Inbox"))]) == (reason("Inbox"),)
    assert folders_unread([("Inbox", ""), ("Sent", "")]) == ("2 folders were not read to their end: Inbox, Sent.",)


@pytest.mark.usefixtures("at_once")
def test_folders_that_share_a_reason_are_one_line_of_a_sync_too(desk: Desk) -> None:
    desk.simulator.faults.add("error", on="/messages/delta", times=-1, status=400, code="ErrorItemCorrupt")
    said = [one for one in desk.run("sync").out.splitlines() if one.startswith("Not covered: ")]
    assert len(said) == 2 and all(" folders were not read to their end: " in one for one in said)


def test_the_doctor_says_the_same(desk: Desk) -> None:
    listed = desk.done("mailbox", "list", "--coverage").out
    said = desk.done("doctor").out
    line = next(one for one in listed.splitlines() if one.startswith(f"{ANN}:"))
    assert f"ok    mailbox: {line}" in said and "note  not covered: In any mailbox: " in said


def test_a_hold_of_the_mail_system_is_listed_shown_and_not_released(desk: Desk) -> None:
    told(desk, ForeignHold(origin="UniH1", matter="Elm\x1b[31m Street", mailboxes=(ANN,)))
    listed = desk.done("hold", "list").out
    assert "in force in the mail system" in listed and "placed on " in listed and "by the mail system" in listed
    name = next(line.split()[0] for line in listed.splitlines() if line.startswith("server-elm"))
    shown = desk.done("hold", "show", name).out
    assert f"told by the mail system: it keeps the mail of {ANN} (asked by {OPERATOR})" in shown
    assert "\x1b" not in listed + shown
    refused = desk.refused(
        "hold", "release", name, "--matter", "Elm\x1b[31m Street", "--reason", "x", by=ATTORNEY, code=31
    )
    assert "which alone changes and ends it" in refused.error
    machine = desk.done("hold", "show", name, "--json").json
    assert machine["told_by_mail_system"] and machine["in_force"] and machine["holds_until"] is None
    assert "in force in the mail system" in " ".join(desk.run("status").out.split())
