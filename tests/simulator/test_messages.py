"""Messages: lists, one message, its fields and its MIME."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from retention.simulator.world import World
from tests.simulator.client import Client, mail
from tests.simulator.conftest import ANN

INBOX = f"/users/{ANN}/mailFolders/inbox/messages"
SIZE_AND_CLASS = "$expand=singleValueExtendedProperties($filter=id eq 'Integer 0x0E08' or id eq 'String 0x001A')"


def dated(world: World, count: int) -> list[str]:
    """Messages of successive days, oldest first."""
    return [
        world.add_message(ANN, "Inbox", mail(f"Day {day}"), received_at=datetime(2024, 1, day, 9, tzinfo=UTC))
        for day in range(1, count + 1)
    ]


def test_a_list_is_newest_first_and_ten_long_unless_more_are_asked_for(client: Client, world: World) -> None:
    expected = dated(world, 25)[::-1]
    assert [row["id"] for row in client.get(INBOX).json["value"]] == expected[:10]
    assert [row["id"] for row in client.values(f"{INBOX}?$top=7&$select=id")] == expected
    assert [row["id"] for row in client.values(f"{INBOX}?$orderby=receivedDateTime asc")] == expected[::-1]


@pytest.mark.parametrize("option", ["$top=0", "$top=-1", "$top=many", "$skip=x"])
def test_a_number_that_is_none_is_refused(client: Client, option: str) -> None:
    assert client.get(f"{INBOX}?{option}").status == 400


def test_a_list_can_be_counted_and_narrowed_by_date(client: Client, world: World) -> None:
    dated(world, 9)
    page = client.get(f"{INBOX}?$count=true&$filter=receivedDateTime ge 2024-01-08T00:00:00Z").json
    assert (page["@odata.count"], [row["subject"] for row in page["value"]]) == (2, ["Day 9", "Day 8"])
    between = "receivedDateTime gt 2024-01-02T09:00:00Z and receivedDateTime lt 2024-01-04T09:00:00Z"
    assert [row["subject"] for row in client.values(f"{INBOX}?$filter={between}")] == ["Day 3"]
    assert client.get(f"{INBOX}?$filter=contains(subject,'x')").status == 400
    assert client.get(f"{INBOX}?$orderby=subject").code == "InefficientFilter"
    assert client.get(f"{INBOX}?$search=x").status == 400
    assert client.get(f"{INBOX}/$count").data == b"9"


def test_the_whole_mailbox_is_listed_with_deleted_items_and_without_recoverable_ones(
    client: Client, world: World
) -> None:
    kept = {world.add_message(ANN, folder, mail(folder)) for folder in ("Inbox/Deep/Down", "Deleted Items", "Archive")}
    world.add_message(ANN, "Recoverable Items/Deletions", mail("hidden"))
    assert {row["id"] for row in client.values(f"/users/{ANN}/messages")} == kept


def test_a_row_says_what_the_message_says(client: Client, world: World) -> None:
    id_ = world.add_message(ANN, "Inbox", mail("Budget"), is_read=False, categories=("Money",), is_draft=True)
    row = client.get(f"/users/{ANN}/messages/{id_}").json
    assert row["from"] == row["sender"] == {"emailAddress": {"name": "Ann Doe", "address": "ann@city.example"}}
    assert [each["emailAddress"]["address"] for each in row["toRecipients"]] == [
        "bob@city.example",
        "carla@city.example",
    ]
    assert (row["subject"], row["bodyPreview"], row["internetMessageId"]) == (
        "Budget",
        "Hello there.",
        "<Budget@city.example>",
    )
    assert (row["isRead"], row["isDraft"], row["categories"]) == (False, True, ["Money"])
    assert row["receivedDateTime"] == row["sentDateTime"] == "2024-01-01T10:00:00Z"
    assert row["@odata.etag"] == f'W/"{row["changeKey"]}"'
    assert row["parentFolderId"] == world.folder(ANN, "Inbox").id
    assert row["body"] == {"contentType": "text", "content": "Hello there.\r\n"}
    assert "uniqueBody" not in row
    assert "internetMessageHeaders" not in row


def test_headers_come_only_when_they_are_selected(client: Client, world: World) -> None:
    id_ = world.add_message(ANN, "Inbox", mail("Budget"))
    row = client.get(f"/users/{ANN}/messages/{id_}?$select=internetMessageHeaders,uniqueBody").json
    assert {"name": "Subject", "value": "Budget"} in row["internetMessageHeaders"]
    assert set(row) == {"@odata.context", "@odata.etag", "id", "internetMessageHeaders", "uniqueBody"}


def test_instants_are_in_utc_whatever_zone_they_came_in(client: Client, world: World) -> None:
    id_ = world.add_message(ANN, "Inbox", mail(date="Mon, 01 Jan 2024 23:30:00 -0600"))
    assert client.get(f"/users/{ANN}/messages/{id_}").json["receivedDateTime"] == "2024-01-02T05:30:00Z"


def test_the_last_server_s_stamp_counts_for_the_receipt(client: Client, world: World) -> None:
    received = b"Received: from a by b; Tue, 02 Jan 2024 08:00:00 +0000\r\nReceived: from c by a; Mon, 1 Jan 2024\r\n"
    id_ = world.add_message(ANN, "Inbox", received + mail())
    assert client.get(f"/users/{ANN}/messages/{id_}").json["receivedDateTime"] == "2024-01-02T08:00:00Z"


def test_a_message_without_a_date_has_no_received_date_at_all(client: Client, world: World) -> None:
    id_ = world.add_message(ANN, "Inbox", b"Subject: when?\r\n\r\nNobody knows.\r\n")
    row = client.get(f"/users/{ANN}/messages/{id_}").json
    assert "receivedDateTime" not in row
    assert client.get(INBOX).json["value"][0]["id"] == id_


def test_size_and_class_come_by_extended_properties_with_ids_in_lower_case(client: Client, world: World) -> None:
    id_ = world.add_message(ANN, "Inbox", mail(), kind="IPM.Note.Custom")
    expected = [
        {"id": "Integer 0xe08", "value": str(len(mail()))},
        {"id": "String 0x1a", "value": "IPM.Note.Custom"},
    ]
    (row,) = client.values(f"{INBOX}?$select=id&$top=1000&{SIZE_AND_CLASS}")
    assert row["singleValueExtendedProperties"] == expected
    one = client.get(f"/users/{ANN}/messages/{id_}?$select=id&{SIZE_AND_CLASS}").json
    assert one["singleValueExtendedProperties"] == expected
    unknown = "$expand=singleValueExtendedProperties($filter=id eq 'Integer 0x3019')"
    assert "singleValueExtendedProperties" not in client.get(f"{INBOX}?{unknown}").json["value"][0]
    assert client.get(f"{INBOX}?$expand=extensions").status == 400


LISTED = mail("News").replace(
    b"Subject:", b"List-Id: News <news.city.example>\r\nList-Unsubscribe: <https://x.example>\r\nSubject:"
)
NAMED = "String {00020386-0000-0000-C000-000000000046} Name"


def properties(client: Client, id_: str, *wanted: str) -> dict[str, str]:
    asked = " or ".join(f"id eq '{each}'" for each in wanted)
    row = client.get(
        f"/users/{ANN}/messages/{id_}?$select=id&$expand=singleValueExtendedProperties($filter={asked})"
    ).json
    return {each["id"]: each["value"] for each in row.get("singleValueExtendedProperties", [])}


def test_headers_come_whole_by_their_property_as_they_were_delivered(client: Client, world: World) -> None:
    id_ = world.add_message(ANN, "Inbox", LISTED)
    assert properties(client, id_, "String 0x007D", "String 0x1045") == {
        "String 0x7d": LISTED.partition(b"\r\n\r\n")[0].decode(),
        "String 0x1045": "<https://x.example>",
    }
    plain = world.add_message(ANN, "Inbox", mail())
    assert list(properties(client, plain, "String 0x007D", "String 0x1045")) == ["String 0x7d"]


@pytest.mark.parametrize("own", ["Sent Items", "Drafts"])
def test_what_was_written_here_has_no_headers_of_a_delivery(client: Client, world: World, own: str) -> None:
    id_ = world.add_message(ANN, own, mail())
    assert list(properties(client, id_, "String 0x007D", "String 0x001A")) == ["String 0x1a"]


def test_one_header_is_a_property_of_its_own_name_in_its_own_case(client: Client, world: World) -> None:
    id_ = world.add_message(ANN, "Inbox", LISTED)
    found = properties(client, id_, f"{NAMED} List-Id", f"{NAMED} list-id", f"{NAMED} List-Post", f"{NAMED} Subject")
    assert found == {
        f"{NAMED.lower().replace('string', 'String').replace('name', 'Name')} List-Id": "News <news.city.example>"
    }
    other = NAMED.replace("00020386", "00020329")
    assert properties(client, id_, f"{other} List-Id", f"{other[:-5]} Id 0x8506") == {}


@pytest.mark.parametrize("wrong", ["List-Id", "String List-Id", "String 0xZZ", "String {0002} Name List-Id"])
def test_what_is_no_id_of_a_property_is_refused(client: Client, wrong: str) -> None:
    assert client.get(f"{INBOX}?$expand=singleValueExtendedProperties($filter=id eq '{wrong}')").status == 400


def test_an_expanded_row_is_told_anew_after_a_change(client: Client, world: World) -> None:
    id_ = world.add_message(ANN, "Inbox", mail())
    path = f"{INBOX}?$select=id&$expand=attachments($select=name)"
    (before,) = client.values(path)
    assert client.values(path) == [before] and before["attachments"] == []
    world.add_reference(ANN, id_, "Budget.xlsx", "https://drive.example/budget")
    (after,) = client.values(path)
    assert [each["name"] for each in after["attachments"]] == ["Budget.xlsx"]
    assert after["@odata.etag"] != before["@odata.etag"]


def test_a_field_that_v1_has_not_is_refused(client: Client, world: World) -> None:
    id_ = world.add_message(ANN, "Inbox", mail())
    for name in ("size", "itemClass", "sensitivity"):
        assert client.get(f"{INBOX}?$select={name}").status == 400
        assert client.get(f"/users/{ANN}/messages/{id_}?$select={name}").status == 400


def test_a_request_without_the_header_gets_another_form_of_id_and_both_forms_lead_to_the_message(
    client: Client, world: World
) -> None:
    id_ = world.add_message(ANN, "Inbox", mail())
    forgetful = Client(client.simulator, prefer=None)
    (row,) = forgetful.values(INBOX)
    assert row["id"] != id_
    assert client.get(f"/users/{ANN}/messages/{row['id']}").json["id"] == id_
    assert forgetful.get(f"/users/{ANN}/messages/{id_}").json["id"] == row["id"]


def test_ids_that_differ_in_case_only_are_different_messages(client: Client, world: World) -> None:
    ids = [world.add_message(ANN, "Inbox", mail(f"{number}")) for number in range(60)]
    assert len(ids) == len(set(ids)) > len({each.lower() for each in ids})
    subjects = {client.get(f"/users/{ANN}/messages/{each}?$select=subject").json["subject"] for each in ids}
    assert len(subjects) == 60


@pytest.mark.parametrize("wrong", ["nonsense", "AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A!!", "AAMkAD=="])
def test_an_id_that_is_none_is_malformed(client: Client, wrong: str) -> None:
    reply = client.get(f"/users/{ANN}/messages/{wrong}")
    assert (reply.status, reply.code) == (400, "ErrorInvalidIdMalformed")


def test_a_message_of_another_mailbox_and_one_that_never_was_are_not_found(client: Client, world: World) -> None:
    world.add_mailbox("bob@city.example")
    id_ = world.add_message("bob@city.example", "Inbox", mail())
    for path in (f"/users/{ANN}/messages/{id_}", f"/users/bob@city.example/messages/{id_[:-3]}AAA"):
        assert client.get(path).code in ("ErrorItemNotFound", "ErrorInvalidIdMalformed")
    assert client.get(f"/users/{ANN}/messages/{id_}").status == 404


def test_mime_is_served_byte_for_byte(client: Client, world: World) -> None:
    content = b"Subject: caf\xe9 \xff\x00\r\nBroken header\nMIME-Version: 1.0\r\n\r\n\xf0\x9f bare\rcarriage\nreturns"
    id_ = world.add_message(ANN, "Inbox", content)
    reply = client.get(f"/users/{ANN}/messages/{id_}/$value")
    assert reply.data == content == world.mime(ANN, id_)
    assert reply.headers["Content-Type"] == "text/plain"
    world.edit(ANN, id_, subject="Renamed")
    world.move(ANN, id_, "Archive")
    assert client.get(f"/users/{ANN}/messages/{id_}/$value").data == content


def test_mime_that_cannot_be_made_fails_every_time(client: Client, world: World) -> None:
    id_ = world.add_message(ANN, "Inbox", mail(), kind="IPM.Note.SMIME", mime_fails=True)
    for _ in range(3):
        reply = client.get(f"/users/{ANN}/messages/{id_}/$value")
        assert (reply.status, reply.code) == (500, "ErrorMimeContentConversionFailed")
    assert client.get(f"/users/{ANN}/messages/{id_}").status == 200


def test_meeting_mail_comes_as_another_type(client: Client, world: World) -> None:
    world.add_message(ANN, "Inbox", mail("Meet"), kind="IPM.Schedule.Meeting.Request")
    (row,) = client.values(INBOX)
    assert row["@odata.type"] == "#microsoft.graph.eventMessageRequest"


def test_bodies_are_given_as_text_to_those_who_prefer_it(client: Client, world: World) -> None:
    html = mail(text="<p>Hello <b>there</b></p><script>no</script>").replace(
        b"\r\n\r\n", b"\r\nContent-Type: text/html; charset=utf-8\r\n\r\n", 1
    )
    id_ = world.add_message(ANN, "Inbox", html)
    path = f"/users/{ANN}/messages/{id_}"
    assert client.get(path).json["body"]["contentType"] == "html"
    text = client.get(path, Prefer='outlook.body-content-type="text"').json
    assert text["body"]["contentType"] == "text"
    assert text["body"]["content"].split() == ["Hello", "there"]
    assert client.get(path).json["bodyPreview"] == "Hello there"
    assert (
        client.get(INBOX, Prefer='outlook.body-content-type="text"').json["value"][0]["body"]["contentType"] == "text"
    )


def test_a_preview_is_255_characters_at_most(client: Client, world: World) -> None:
    world.add_message(ANN, "Inbox", mail(text="word " * 200))
    (row,) = client.values(INBOX)
    assert len(row["bodyPreview"]) in (254, 255)


def test_replies_belong_to_the_conversation_of_what_they_answer(client: Client, world: World) -> None:
    for subject in ("Bridge", "RE: Bridge", "FW: RE: bridge", "Other"):
        world.add_message(ANN, "Inbox", mail(subject))
    rows = {row["subject"]: row["conversationId"] for row in client.values(INBOX)}
    assert rows["Bridge"] == rows["RE: Bridge"] == rows["FW: RE: bridge"] != rows["Other"]


def test_a_change_made_over_the_wire_gives_another_change_key(client: Client, world: World) -> None:
    id_ = world.add_message(ANN, "Inbox", mail())
    before = client.get(f"/users/{ANN}/messages/{id_}").json
    change = {"isRead": False, "categories": ["Blue"], "importance": "high", "flag": {"flagStatus": "flagged"}}
    after = client.send("PATCH", f"/users/{ANN}/messages/{id_}", change).json
    assert after["changeKey"] != before["changeKey"]
    assert {name: after[name] for name in change} == change
    assert client.send("PATCH", f"/users/{ANN}/messages/{id_}", {"subject": 1}).status == 400
    stale = client.send("PATCH", f"/users/{ANN}/messages/{id_}", {"isRead": True}, If_Match=before["@odata.etag"])
    assert stale.status == 412
