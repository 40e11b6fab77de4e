"""Every kind of answer, held against Microsoft's own description of Graph v1.0."""

from __future__ import annotations

from typing import Any

import pytest

from retention.simulator.faults import Faults
from retention.simulator.pretend_mail import Letter, pdf
from retention.simulator.world import World
from tests.simulator.client import Client, mail
from tests.simulator.conftest import ANN
from tests.simulator.contract import Contract

MAILBOX = f"/users/{ANN}"
FOLDER = "/users/{user-id}/mailFolders/{mailFolder-id}"
MESSAGE = "/users/{user-id}/messages/{message-id}"
INBOX = f"{MAILBOX}/mailFolders/inbox"
ANNOTATIONS = {"@odata.type", "@odata.etag", "@odata.context", "@removed"}
INNER = (
    b"Subject: outer\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nx\r\n--b--\r\n"
)


@pytest.fixture
def id_(world: World) -> str:
    """A message with all that a message can have."""
    world.add_folder(ANN, "Inbox/Projects/Bridge")
    world.add_folder(ANN, "Unread Mail", search=True)
    world.add_mailbox("room@city.example", kind="room")
    world.add_message(ANN, "Inbox", b"Subject: no date, nobody\r\n\r\n\r\n")
    world.add_message(ANN, "Inbox", mail("Meet"), kind="IPM.Schedule.Meeting.Request")
    world.add_message(ANN, "Inbox", mail("Coming"), kind="IPM.Schedule.Meeting.Resp.Pos")
    letter = Letter(
        sender=("Ann", ANN),
        to=(("Bob", "bob@city.example"), ("", "carla@city.example")),
        cc=(("Dan", "dan@city.example"),),
        subject="Everything",
        text="All of it.",
        at=None,
        id="everything",
        html="<p>All of it.</p>",
        attachments=(pdf("plan.pdf", "Plan"),),
        extra=("Date: Mon, 01 Jan 2024 10:00:00 +0000", "Importance: high", "Reply-To: desk@city.example"),
    )
    return world.add_message(ANN, "Inbox", letter.mime(), categories=("Blue",), is_read=False)


def undeclared(contract: Contract, name: str, row: dict[str, Any]) -> set[str]:
    """The properties of a row that its type does not declare."""
    return set(row) - contract.declared(name) - ANNOTATIONS


@pytest.mark.parametrize(
    ("path", "operation"),
    [
        ("/users", "/users"),
        (f"/users?$select={'id,mail,userPrincipalName,accountEnabled,userType,proxyAddresses'}", "/users"),
        (MAILBOX, "/users/{user-id}"),
        (f"{MAILBOX}/settings/exchange", "/users/{user-id}/settings/exchange"),
        (f"{MAILBOX}/mailFolders?includeHiddenFolders=true&$top=50", "/users/{user-id}/mailFolders"),
        (f"{MAILBOX}/mailFolders/delta", "/users/{user-id}/mailFolders/delta"),
        (INBOX, FOLDER),
        (f"{INBOX}/childFolders", f"{FOLDER}/childFolders"),
        (f"{INBOX}/messages?$count=true", f"{FOLDER}/messages"),
        (f"{INBOX}/messages?$expand=attachments", f"{FOLDER}/messages"),
        (
            f"{INBOX}/messages?$top=2&$expand=singleValueExtendedProperties($filter=id eq 'String 0x001A')",
            f"{FOLDER}/messages",
        ),
        (
            f"{INBOX}/messages?$select=id&$expand=singleValueExtendedProperties($filter=id eq 'String 0x007D' or id eq "
            "'String {00020386-0000-0000-C000-000000000046} Name Importance'),attachments($select=name)",
            f"{FOLDER}/messages",
        ),
        (f"{INBOX}/messages/delta", f"{FOLDER}/messages/delta"),
        (f"{INBOX}/messages/delta?$top=1", f"{FOLDER}/messages/delta"),
        (f"{MAILBOX}/messages", "/users/{user-id}/messages"),
    ],
)
def test_lists_and_single_things_are_as_described(
    client: Client, contract: Contract, id_: str, path: str, operation: str
) -> None:
    reply = client.get(path)
    assert reply.status == 200
    assert contract.answer(operation, "get", reply.json) == []


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?$select=internetMessageHeaders,uniqueBody,body",
        "?$expand=attachments",
        "?$expand=attachments($select=name)",
    ],
)
def test_a_message_is_as_described_and_has_nothing_that_is_not(
    client: Client, contract: Contract, id_: str, query: str
) -> None:
    row = client.get(f"{MAILBOX}/messages/{id_}{query}").json
    assert contract.answer(MESSAGE, "get", row) == []
    assert undeclared(contract, "microsoft.graph.message", row) == set()


def test_rows_of_folders_and_users_have_nothing_that_is_not_described(
    client: Client, contract: Contract, id_: str
) -> None:
    for row in client.values(f"{MAILBOX}/mailFolders"):
        name = "mailSearchFolder" if "@odata.type" in row else "mailFolder"
        assert undeclared(contract, f"microsoft.graph.{name}", row) == set()
    for row in client.values("/users"):
        assert undeclared(contract, "microsoft.graph.user", row) == set()


def test_mailbox_settings_are_as_described(client: Client, contract: Contract, id_: str) -> None:
    for address in (ANN, "room@city.example"):
        settings = client.get(f"/users/{address}/mailboxSettings").json
        assert contract.schema("microsoft.graph.mailboxSettings", settings) == []
        assert undeclared(contract, "microsoft.graph.mailboxSettings", settings) == set()


@pytest.mark.parametrize("partial", [False, True])
def test_later_rounds_are_as_described_with_removals_and_partial_rows(
    client: Client, contract: Contract, world: World, faults: Faults, id_: str, partial: bool
) -> None:
    faults.partial_rows = partial
    _, link = client.round(f"{INBOX}/messages/delta")
    gone = world.ids(ANN, "Inbox")[-1]
    world.edit(ANN, id_, is_read=True)
    world.move(ANN, gone, "Archive")
    page = client.get(link).json
    assert contract.answer(f"{FOLDER}/messages/delta", "get", page) == []
    assert {"@removed" in row for row in page["value"]} == {True, False}


def test_attachments_are_as_described(client: Client, contract: Contract, world: World, id_: str) -> None:
    world.add_reference(ANN, id_, "Budget.xlsx", "https://drive.example/budget")
    inner = world.add_message(ANN, "Inbox", INNER)
    for message in (id_, inner):
        page = client.get(f"{MAILBOX}/messages/{message}/attachments").json
        assert contract.answer(f"{MESSAGE}/attachments", "get", page) == []
        for row in page["value"]:
            one = client.get(f"{MAILBOX}/messages/{message}/attachments/{row['id']}").json
            assert contract.answer(f"{MESSAGE}/attachments/{{attachment-id}}", "get", one) == []
            assert undeclared(contract, row["@odata.type"].removeprefix("#"), row) == set()


def test_a_moved_and_a_changed_message_are_as_described(client: Client, contract: Contract, id_: str) -> None:
    changed = client.send("PATCH", f"{MAILBOX}/messages/{id_}", {"flag": {"flagStatus": "complete"}}).json
    assert contract.answer(MESSAGE, "patch", changed) == []
    moved = client.post(f"{MAILBOX}/messages/{id_}/move", {"destinationId": "archive"}).json
    assert contract.answer(f"{MESSAGE}/move", "post", moved) == []


@pytest.mark.parametrize(
    "path",
    [
        "/users/nobody@city.example",
        "/users?$skip=1",
        f"{MAILBOX}/messages/nonsense",
        f"{MAILBOX}/mailFolders/nonsense",
        f"{INBOX}/messages?$filter=nonsense",
        f"{INBOX}/messages/delta?$deltatoken=nonsense",
        f"{INBOX}/messages/delta?$expand=extensions",
    ],
)
def test_errors_are_as_described(client: Client, contract: Contract, path: str) -> None:
    reply = client.get(path)
    assert reply.status >= 400
    assert contract.answer(MESSAGE, "get", reply.json, "4XX") == []


@pytest.mark.parametrize("kind", ["throttle", "unavailable", "timeout", "expired-token", "gone", "error"])
def test_errors_on_purpose_are_as_described(client: Client, contract: Contract, faults: Faults, kind: Any) -> None:
    client.get(MAILBOX)
    faults.add(kind)
    assert contract.answer(MESSAGE, "get", client.get(MAILBOX).json, "5XX") == []


def test_the_check_itself_finds_what_is_wrong(contract: Contract) -> None:
    wrong = {"value": [{"id": 7, "isRead": "true", "importance": "urgent"}]}
    complaints = " ".join(contract.answer(f"{FOLDER}/messages", "get", wrong))
    assert "value/0/id" in complaints
    assert "value/0/isRead" in complaints
    assert "value/0/importance" in complaints
