"""Items as EWS tells them: what a list says, what only an item says, their content, and those that are broken."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from retention.simulator.faults import Faults
from retention.simulator.world import World
from tests.simulator.client import Client, mail
from tests.simulator.conftest import ANN
from tests.simulator.soap import Soap, property_tag, with_fields

WITH_FILES = (
    b"From: Ann Doe <ann@city.example>\r\nTo: Bob <bob@city.example>\r\nCc: carla@city.example\r\nSubject: Files\r\n"
    b"Date: Mon, 01 Jan 2024 10:00:00 +0000\r\nList-Unsubscribe: <mailto:off@city.example>\r\nX-Desk: 7\r\n"
    b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/plain\r\n\r\nSee both.\r\n"
    b'--b\r\nContent-Type: application/pdf; name="plan.pdf"\r\nContent-Disposition: attachment; filename="plan.pdf"\r\n'
    b"\r\n%PDF\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nx\r\n--b--\r\n"
)


def only(soap: Soap, folder: str = "inbox") -> str:
    """The id of the one item of a folder."""
    (id_,) = soap.listed(folder)
    return id_


def test_an_item_tells_everything_there_is(soap: Soap, world: World) -> None:
    id_ = world.add_message(ANN, "Inbox", WITH_FILES, categories=("Budget", "A & B"), is_read=False)
    world.add_reference(ANN, id_, "shared.docx", "https://files.example/shared.docx")
    reply = soap.get_items(only(soap))
    assert reply.text("Subject") == "Files"
    assert reply.text("DateTimeReceived") == "2024-01-01T10:00:00Z"
    assert reply.texts("Size") == ["4", "17", str(len(WITH_FILES))]
    assert reply.text("ItemClass") == "IPM.Note"
    assert reply.text("IsRead") == "false"
    assert reply.text("HasAttachments") == "true"
    assert reply.texts("String") == ["Budget", "A & B"]
    assert {"ann@city.example", "bob@city.example", "carla@city.example"} == set(reply.texts("EmailAddress"))
    kinds = [each.tag.rpartition("}")[2] for each in reply.all("Attachments")[0]]
    assert kinds == ["FileAttachment", "ItemAttachment", "ReferenceAttachment"]
    assert reply.text("AttachLongPathName") == "https://files.example/shared.docx"


def test_the_content_is_what_was_loaded(soap: Soap, world: World) -> None:
    world.add_message(ANN, "Inbox", WITH_FILES)
    reply = soap.get_items(only(soap), shape=with_fields(mime=True))
    assert base64.b64decode(reply.text("MimeContent")) == WITH_FILES
    assert reply.texts("Subject") == []


def test_both_voices_tell_the_same_of_one_message(soap: Soap, world: World, client: Client) -> None:
    id_ = world.add_message(ANN, "Inbox", mail("Re: Budget", text="Please find the figures. " * 30))
    fields = ("item:Preview", "message:ConversationIndex", "message:InternetMessageId", "item:DateTimeReceived")
    extended = property_tag("0x007D", "String") + property_tag("0x0E08", "Integer")
    told = soap.get_items(only(soap), shape=with_fields(*fields, extended=extended))
    graph = client.get(f"/users/{ANN}/messages/{id_}").json
    assert told.text("Preview") == graph["bodyPreview"]
    assert told.text("ConversationIndex") == graph["conversationIndex"]
    assert told.text("InternetMessageId") == graph["internetMessageId"]
    assert told.text("DateTimeReceived") == graph["receivedDateTime"]
    headers, size = told.texts("Value")
    assert headers.startswith("From: Ann Doe <ann@city.example>\r\n")
    assert size == str(len(world.mime(ANN, id_)))


def test_properties_come_back_under_the_name_they_were_asked_for(soap: Soap, world: World) -> None:
    world.add_message(ANN, "Inbox", WITH_FILES)
    told = 'DistinguishedPropertySetId="InternetHeaders" PropertyName="X-Desk" PropertyType="String"'
    named = f"<t:ExtendedFieldURI {told}/>"
    missing = named.replace("X-Desk", "X-None")
    extended = property_tag("0x1045", "String") + named + missing
    reply = soap.get_items(only(soap), shape=with_fields(extended=extended))
    assert reply.texts("Value") == ["<mailto:off@city.example>", "7"]
    assert [each.get("PropertyTag") for each in reply.all("ExtendedFieldURI")] == ["0x1045", None]


def test_the_search_key_outlives_a_move_and_the_id_does_not(soap: Soap, world: World) -> None:
    world.add_message(ANN, "Inbox", mail())
    shape = with_fields(extended=property_tag("0x300B", "Binary"))
    before = only(soap)
    key = soap.get_items(before, shape=shape).text("Value")
    soap.move(before, to="drafts")
    after = only(soap, "drafts")
    assert after != before
    assert soap.get_items(after, shape=shape).text("Value") == key
    assert soap.get_items(before).codes == ["ErrorItemNotFound"]


def test_ids_differ_in_the_case_of_a_letter(soap: Soap, world: World) -> None:
    for number in range(40):
        world.add_message(ANN, "Inbox", mail(str(number)))
    found = soap.listed("inbox")
    assert len({each.lower() for each in found}) < len(set(found)) == 40


def test_an_undated_message_has_no_date_of_receipt(soap: Soap, world: World) -> None:
    world.add_message(ANN, "Inbox", b"Subject: no date\r\n\r\nx")
    reply = soap.get_items(only(soap))
    assert reply.texts("DateTimeReceived") == []
    assert reply.texts("Subject") == ["no date"]


def test_what_no_xml_can_carry_is_replaced_and_the_rest_stays(soap: Soap, world: World) -> None:
    world.add_message(ANN, "Inbox", mail("=?utf-8?b?" + base64.b64encode(b"a\x1b[31m<b> & \xc3\xa9").decode() + "?="))
    assert soap.get_items(only(soap)).text("Subject") == "a\ufffd[31m<b> & é"


def test_control_characters_may_come_by_their_numbers_as_from_exchange(
    soap: Soap, world: World, faults: Faults
) -> None:
    faults.raw_controls = True
    world.add_message(ANN, "Inbox", mail("=?utf-8?b?" + base64.b64encode(b"CASEBR\x1aS &#x1A;").decode() + "?="))
    assert b"CASEBR&#x1A;S &amp;#x1A;</t:Subject>" in soap.get_items(only(soap)).data


@pytest.mark.parametrize(
    ("kind", "tag"),
    [
        ("IPM.Note", "Message"),
        ("IPM.Note.SMIME", "Message"),
        ("REPORT.IPM.Note.NDR", "Message"),
        ("IPM.Schedule.Meeting.Request", "MeetingRequest"),
        ("IPM.Appointment", "CalendarItem"),
        ("IPM.Contact", "Contact"),
        ("IPM.Post", "PostItem"),
        ("IPM.Task", "Task"),
        ("IPM.Something", "Item"),
    ],
)
def test_an_item_comes_as_what_its_class_says(kind: str, tag: str, soap: Soap, world: World) -> None:
    world.add_message(ANN, "Inbox", mail(), kind=kind)
    reply = soap.get_items(only(soap))
    assert len(reply.all(tag)) == 1
    assert reply.text("ItemClass") == kind


def test_a_list_keeps_quiet_about_what_only_an_item_says(soap: Soap, world: World) -> None:
    world.add_message(ANN, "Inbox", WITH_FILES)
    asked = with_fields("item:Subject", "message:From", "message:ToRecipients", "item:Body", "item:Attachments")
    reply = soap.find_items("inbox", shape=asked)
    assert reply.text("Subject") == "Files"
    assert reply.text("Name") == "Ann Doe"
    for name in ("EmailAddress", "ToRecipients", "Body", "Attachments"):
        assert reply.all(name) == []


def test_a_list_is_newest_first_and_comes_in_pages(soap: Soap, world: World) -> None:
    for day in (3, 1, 2):
        world.add_message(ANN, "Inbox", mail(str(day)), received_at=datetime(2024, 1, day, tzinfo=UTC))
    first = soap.find_items("inbox", size=2, shape=with_fields("item:Subject"))
    second = soap.find_items("inbox", size=2, offset=2, shape=with_fields("item:Subject"))
    assert (first.texts("Subject"), second.texts("Subject")) == (["3", "2"], ["1"])
    assert [reply.messages[0][-1].get("IncludesLastItemInRange") for reply in (first, second)] == ["false", "true"]


def test_a_list_is_not_filtered_behind_the_askers_back(soap: Soap) -> None:
    reply = soap.send(
        '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:Restriction>'
        '<t:Exists><t:FieldURI FieldURI="item:Subject"/></t:Exists></m:Restriction><m:ParentFolderIds>'
        '<t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindItem>'
    )
    assert reply.codes == ["ErrorUnsupportedQueryFilter"]


def test_one_broken_item_costs_none_of_the_others(soap: Soap, world: World) -> None:
    world.add_message(ANN, "Inbox", mail("good"))
    world.add_message(ANN, "Inbox", mail("sealed"), mime_fails=True)
    world.break_item(ANN, world.add_message(ANN, "Inbox", mail("corrupt")))
    found = soap.listed("inbox")
    assert sorted(soap.get_items(*found).codes) == ["ErrorCorruptData", "NoError", "NoError"]
    assert sorted(soap.get_items(*found, "x", shape=with_fields(mime=True)).codes) == [
        *("ErrorContentConversionFailed", "ErrorCorruptData", "ErrorInvalidIdMalformed", "NoError"),
    ]


def test_an_edit_shows_at_once_although_rows_are_kept(soap: Soap, world: World) -> None:
    id_ = world.add_message(ANN, "Inbox", mail("before"))
    first = soap.get_items(only(soap))
    world.edit(ANN, id_, subject="after", categories=("x",))
    second = soap.get_items(only(soap))
    assert (first.text("Subject"), second.text("Subject")) == ("before", "after")
    assert first.all("ItemId")[0].get("ChangeKey") != second.all("ItemId")[0].get("ChangeKey")


def test_an_immutable_id_of_graph_is_no_id_here(soap: Soap, world: World) -> None:
    assert soap.get_items(world.add_message(ANN, "Inbox", mail())).codes == ["ErrorItemNotFound"]


def test_pages_are_as_small_as_the_faults_say(soap: Soap, world: World, faults: Faults) -> None:
    for number in range(5):
        world.add_message(ANN, "Inbox", mail(str(number)))
    faults.max_page = 2
    assert len(soap.find_items("inbox").all("ItemId")) == 2
    assert [len(page) for page in soap.round("inbox")[0]] == [2, 2, 1]
