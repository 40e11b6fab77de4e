"""Attachments: files, attached messages, and links to files kept elsewhere."""

from __future__ import annotations

import base64

import pytest

from retention.simulator.pretend_mail import Letter, csv, pdf
from retention.simulator.world import World
from tests.simulator.client import Client, mail
from tests.simulator.conftest import ANN

FORWARDED = (
    b"From: a@x.example\r\nSubject: see below\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/plain\r\n\r\nHi\r\n"
    b"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nInner text\r\n"
    b'--b\r\nContent-Type: image/png; name="logo.png"\r\nContent-ID: <logo>\r\n'
    b"Content-Disposition: inline\r\n\r\nPNG\r\n"
    b"--b--\r\n"
)


def with_files(world: World) -> str:
    letter = Letter(
        sender=("Ann", ANN),
        to=(("Bob", "bob@city.example"),),
        subject="Files",
        text="Two files.",
        at=None,
        id="files",
        attachments=(pdf("plan.pdf", "The plan"), csv("figures.csv", [("a", 1), ("b", 2)])),
    )
    return world.add_message(ANN, "Inbox", letter.mime())


def test_files_come_with_their_content(client: Client, world: World) -> None:
    id_ = with_files(world)
    assert client.get(f"/users/{ANN}/messages/{id_}").json["hasAttachments"] is True
    rows = client.values(f"/users/{ANN}/messages/{id_}/attachments")
    assert [(row["@odata.type"], row["name"], row["contentType"]) for row in rows] == [
        ("#microsoft.graph.fileAttachment", "plan.pdf", "application/pdf"),
        ("#microsoft.graph.fileAttachment", "figures.csv", "text/csv"),
    ]
    content = base64.b64decode(rows[1]["contentBytes"])
    assert content == b"a,1\r\nb,2\r\n"
    assert rows[1]["size"] == len(content)
    one = f"/users/{ANN}/messages/{id_}/attachments/{rows[1]['id']}"
    assert client.get(one).json["name"] == "figures.csv"
    assert client.get(f"{one}/$value").data == content


def test_names_can_be_had_without_the_content(client: Client, world: World) -> None:
    id_ = with_files(world)
    (row, _) = client.values(f"/users/{ANN}/messages/{id_}/attachments?$select=name,size")
    assert set(row) == {"@odata.type", "id", "name", "size"}


def test_attached_messages_and_inline_pictures_are_told_apart(client: Client, world: World) -> None:
    id_ = world.add_message(ANN, "Inbox", FORWARDED)
    message, picture = client.values(f"/users/{ANN}/messages/{id_}/attachments")
    assert message["@odata.type"] == "#microsoft.graph.itemAttachment"
    assert "contentBytes" not in message
    assert (picture["isInline"], picture["contentId"]) == (True, "logo")
    value = client.get(f"/users/{ANN}/messages/{id_}/attachments/{message['id']}/$value")
    assert value.data.startswith(b"Subject: inner")


def test_a_message_with_nothing_but_inline_pictures_has_no_attachments_by_its_flag(
    client: Client, world: World
) -> None:
    inline = FORWARDED.replace(b"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nInner text\r\n", b"")
    id_ = world.add_message(ANN, "Inbox", inline)
    assert client.get(f"/users/{ANN}/messages/{id_}").json["hasAttachments"] is False
    assert len(client.values(f"/users/{ANN}/messages/{id_}/attachments")) == 1


def test_a_link_to_a_file_has_no_content_and_is_not_in_the_mime(client: Client, world: World) -> None:
    id_ = world.add_message(ANN, "Inbox", mail())
    world.add_reference(ANN, id_, "Budget.xlsx", "https://drive.example/budget")
    (row,) = client.values(f"/users/{ANN}/messages/{id_}/attachments")
    assert (row["@odata.type"], row["name"]) == ("#microsoft.graph.referenceAttachment", "Budget.xlsx")
    assert client.get(f"/users/{ANN}/messages/{id_}/attachments/{row['id']}/$value").status == 405
    assert client.get(f"/users/{ANN}/messages/{id_}/$value").data == mail()
    assert client.get(f"/users/{ANN}/messages/{id_}").json["hasAttachments"] is True


def test_attachments_can_be_expanded_and_an_unknown_one_is_refused(client: Client, world: World) -> None:
    id_ = with_files(world)
    row = client.get(f"/users/{ANN}/messages/{id_}?$select=subject&$expand=attachments").json
    assert [each["name"] for each in row["attachments"]] == ["plan.pdf", "figures.csv"]
    assert client.get(f"/users/{ANN}/messages/{id_}/attachments/nonsense").status == 400


def test_names_can_be_expanded_for_a_whole_list_without_any_content(client: Client, world: World) -> None:
    with_files(world)
    forwarded = world.add_message(ANN, "Inbox", FORWARDED)
    world.add_reference(ANN, forwarded, "Budget.xlsx", "https://drive.example/budget")
    inbox = f"/users/{ANN}/mailFolders/inbox/messages?$select=id&$expand"
    rows = client.values(f"{inbox}=attachments($select=name)")
    assert {tuple(each["name"] for each in row["attachments"]) for row in rows} == {
        ("plan.pdf", "figures.csv"),
        ("attached message", "logo.png", "Budget.xlsx"),
    }
    assert all(set(each) == {"@odata.type", "id", "name"} for row in rows for each in row["attachments"])
    whole = client.values(f"{inbox}=attachments")
    for row, full in zip(rows, whole, strict=True):
        wanted = ("@odata.type", "id", "name")
        assert row["attachments"] == [{name: each[name] for name in wanted} for each in full["attachments"]]
    sized = client.values(f"{inbox}=attachments($select=name,size,isInline)")
    assert all(set(each) == {"@odata.type", "id", "name", "size", "isInline"} for each in sized[0]["attachments"])


@pytest.mark.parametrize("field", ["contentBytes", "contentId", "name,contentBytes", "shoeSize"])
def test_a_field_that_not_every_attachment_has_cannot_be_selected(client: Client, world: World, field: str) -> None:
    id_ = with_files(world)
    message = f"/users/{ANN}/messages/{id_}"
    assert client.get(f"{message}?$expand=attachments($select={field})").status == 400
    assert client.get(f"{message}/attachments?$select={field}").status == 400


def test_the_pdf_is_one_that_begins_and_ends_like_one() -> None:
    content = pdf("x.pdf", "A (line) with \\ signs é").content
    assert content.startswith(b"%PDF-1.4\n")
    assert content.endswith(b"%%EOF\n")
    place = int(content.split(b"startxref\n")[1].split(b"\n")[0])
    assert content[place:].startswith(b"xref")
