"""Graph's JSON of messages, row by row: absent, empty, removed, repeated, broken.

Nothing is sent here.
"""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retention.core.message import Message
from retention.mail.graph.failures import Malformed
from retention.mail.graph.rows import UNKNOWN, Detail, Rows, detail_of, details_in, page_of


def person(address: str | None, name: str = "") -> dict[str, Any]:
    return {"emailAddress": {"name": name, "address": address}}


WHOLE: dict[str, Any] = {
    "@odata.etag": 'W/"CQAAABYAAAB"',
    "id": "AAkALg-1",
    "changeKey": "CQAAABYAAAB",
    "internetMessageId": "<1@example.org>",
    "conversationId": "AAQk",
    "subject": "Permit 2231",
    "from": person("Carla.Ruiz@Example.ORG", "Carla Ruiz"),
    "sender": person("carla.ruiz@example.org"),
    "toRecipients": [person("Ann@City.example"), person(None, "a name without an address")],
    "ccRecipients": [],
    "bccRecipients": [person("Bob@City.example")],
    "receivedDateTime": "2019-03-04T15:30:00Z",
    "sentDateTime": "2019-03-04T16:29:59+01:00",
    "categories": ["Red category", "PW-07"],
    "hasAttachments": True,
    "isDraft": False,
    "isRead": False,
    "bodyPreview": "Dear Ann",
}


def page(*rows: Any, **links: str) -> Rows:
    named = {f"@odata.{name}": value for name, value in links.items()}
    return page_of(json.dumps({"value": list(rows), **named}).encode(), "m", "f")


def row(**changed: Any) -> Message:
    (only,) = page(WHOLE | changed).messages
    return only


def test_a_whole_row_is_a_whole_message() -> None:
    assert row() == Message(
        mailbox="m",
        id="AAkALg-1",
        version="CQAAABYAAAB",
        folder="f",
        internet_id="<1@example.org>",
        conversation="AAQk",
        subject="Permit 2231",
        sender="carla.ruiz@example.org",
        to=("ann@city.example", ""),
        cc=(),
        bcc=("bob@city.example",),
        received_at=datetime(2019, 3, 4, 15, 30, tzinfo=UTC),
        sent_at=datetime(2019, 3, 4, 15, 29, 59, tzinfo=UTC),
        categories=("Red category", "PW-07"),
        has_attachments=True,
        is_draft=False,
        is_read=False,
        preview="Dear Ann",
        on_behalf="",
    )


def test_what_a_partial_row_does_not_say_stays_unsaid() -> None:
    (partial,) = page({"id": "1", "isRead": True, "changeKey": "v2"}).messages
    assert partial == Message(mailbox="m", id="1", folder="f", is_read=True, version="v2")


def test_null_is_empty_and_not_unsaid() -> None:
    nothing = {name: None for name in WHOLE if name not in ("id", "@odata.etag")}
    (empty,) = page({"id": "1", **nothing}).messages
    assert (empty.subject, empty.sender, empty.preview, empty.internet_id) == ("", "", "", "")
    assert (empty.to, empty.cc, empty.bcc, empty.categories) == ((), (), (), ())
    assert (empty.received_at, empty.is_read, empty.version) == (None, None, None)
    assert empty.trouble is None and empty.on_behalf == ""


def test_a_row_without_a_sender_has_none() -> None:
    for said in (None, {}, {"emailAddress": None}, {"emailAddress": {}}, person(None)):
        assert row(**{"from": said}).sender == ""


@pytest.mark.parametrize(
    ("sender", "on_behalf"),
    [
        (person("Dee@City.example"), "dee@city.example"),
        (person("CARLA.RUIZ@example.org"), ""),
        (person(None, "a name without an address"), ""),
        (None, ""),
    ],
)
def test_a_sender_who_is_not_the_author_sent_it_on_behalf(sender: Any, on_behalf: str) -> None:
    assert row(sender=sender).on_behalf == on_behalf


def test_of_one_who_is_said_without_the_other_nothing_is_known() -> None:
    for said in ("sender", "from"):
        (partial,) = page({"id": "1", said: person("dee@city.example")}).messages
        assert partial.on_behalf is None


def test_rows_that_tell_anew_of_attachments_are_to_be_asked_about() -> None:
    assert page({"id": "1", "hasAttachments": True}, {"id": "2", "isRead": True}).fresh == ("1",)


def test_removed_rows_are_ids_and_nothing_else() -> None:
    gone = {"id": "2", "@removed": {"reason": "deleted"}}
    changed = {"id": "3", "@removed": {"reason": "changed"}}
    found = page(WHOLE, gone, changed)
    assert found.removed == ("2", "3")
    assert [message.id for message in found.messages] == ["AAkALg-1"]


def test_where_an_id_comes_twice_its_last_row_decides() -> None:
    gone = {"id": WHOLE["id"], "@removed": {"reason": "deleted"}}
    assert page(WHOLE, gone).messages == () and page(WHOLE, gone).removed == (WHOLE["id"],)
    back = page(gone, WHOLE)
    assert back.removed == () and [message.id for message in back.messages] == [WHOLE["id"]]


def test_rows_that_repeat_all_come_through_in_order() -> None:
    read = {"id": WHOLE["id"], "isRead": True}
    assert [message.is_read for message in page(WHOLE, read, WHOLE).messages] == [False, True, False]


def test_only_rows_with_every_field_are_new_to_the_folder() -> None:
    assert page(WHOLE, {"id": "2", "isRead": True}, {"id": "3", "subject": "x"}).fresh == (WHOLE["id"],)


def test_ids_that_differ_in_case_only_are_two_messages() -> None:
    found = page(WHOLE | {"id": "AAb"}, WHOLE | {"id": "AAB"}, {"id": "AAB", "@removed": {}})
    assert [message.id for message in found.messages] == ["AAb"] and found.removed == ("AAB",)


@pytest.mark.parametrize(
    "said",
    [
        "0001-01-01T00:00:00Z",
        "1601-01-01T00:00:00Z",
        "4501-01-01T00:00:00Z",
        "yesterday",
        "",
        7,
        {},
        "2019-13-45T00:00:00Z",
    ],
)
def test_a_date_that_is_none_is_no_date_and_no_trouble(said: Any) -> None:
    mended = row(receivedDateTime=said)
    assert mended.received_at is None and mended.trouble is None
    assert mended.subject == "Permit 2231"


def test_an_absent_date_is_no_date() -> None:
    (undated,) = page({name: value for name, value in WHOLE.items() if name != "receivedDateTime"}).messages
    assert undated.received_at is None and undated.sent_at is not None


def test_a_date_without_a_zone_is_utc() -> None:
    assert row(receivedDateTime="2019-03-04T15:30:00").received_at == datetime(2019, 3, 4, 15, 30, tzinfo=UTC)


def test_meeting_mail_and_fields_nobody_asked_for_are_read_as_mail() -> None:
    found = row(**{"@odata.type": "#microsoft.graph.eventMessageRequest", "meetingMessageType": "x", "event@odata": 1})
    assert found.subject == "Permit 2231" and found.trouble is None


def test_a_broken_row_costs_neither_its_page_nor_its_other_fields() -> None:
    broken = WHOLE | {"id": "2", "subject": {"not": "text"}, "toRecipients": "nobody"}
    first, second, third = page(WHOLE, broken, WHOLE | {"id": "3"}).messages
    assert (first.trouble, third.trouble) == (None, None)
    assert second.trouble is not None and "subject" in second.trouble and "toRecipients" in second.trouble
    assert second.subject is None and second.sender == "carla.ruiz@example.org"


def test_a_removed_row_among_broken_ones_is_still_removed() -> None:
    assert page({"id": "9", "@removed": {}, "subject": 7}).removed == ("9",)


@pytest.mark.parametrize("nothing", [None, 7, "text", [], {}, {"id": None}, {"id": 7}, {"id": ""}])
def test_what_has_not_even_an_id_is_passed_over(nothing: Any) -> None:
    assert [message.id for message in page(WHOLE, nothing).messages if message.id] == [WHOLE["id"]]


def test_half_a_surrogate_pair_is_mended() -> None:
    text = json.dumps({"value": [WHOLE | {"bodyPreview": "cut \ud83d"}]}).encode()
    (mended,) = page_of(text, "m", "f").messages
    assert mended.preview == "cut \ufffd" and mended.trouble is None
    mended.preview.encode()


def test_bytes_that_are_no_utf_8_are_mended() -> None:
    text = json.dumps({"value": [WHOLE]}).encode().replace(b"Dear Ann", b"Dear \xff Ann")
    (mended,) = page_of(text, "m", "f").messages
    assert mended.preview == "Dear \ufffd Ann"


@pytest.mark.parametrize("body", [b"", b"{", b'{"value":[{"id":"1"}', b"<html>", b"[]", b'"text"', b"null"])
def test_a_body_that_is_not_whole_is_never_taken_for_a_page(body: bytes) -> None:
    with pytest.raises(Malformed):
        page_of(body, "m", "f")


def test_links_come_as_they_are() -> None:
    found = page(WHOLE, nextLink="https://x/next")
    assert (found.next_link, found.delta_link) == ("https://x/next", "")
    assert page(deltaLink="https://x/delta").delta_link == "https://x/delta"


# -- MAPI properties


def properties(*said: tuple[str, Any]) -> dict[str, Any]:
    return {"id": "1", "singleValueExtendedProperties": [{"id": id_, "value": value} for id_, value in said]}


def test_size_and_class_are_found_whatever_form_their_ids_come_back_in() -> None:
    for size, kind in (
        ("Integer 0xe08", "String 0x1a"),
        ("Integer 0x0E08", "String 0x001A"),
        ("integer 0xE08", "string 0x1A"),
    ):
        said = json.dumps(properties((size, "2048"), (kind, "IPM.Note.SMIME"))).encode()
        assert detail_of(said) == Detail(2048, "IPM.Note.SMIME")


def test_the_long_size_is_believed_before_the_short_one() -> None:
    said = properties(("Integer 0xe08", "-5"), ("Long 0xe08", "4294967301"), ("String 0x1a", "IPM.Note"))
    assert detail_of(json.dumps(said).encode()) == Detail(4294967301, "IPM.Note")


@pytest.mark.parametrize(
    "said",
    [
        {"id": "1"},
        properties(),
        properties(("Integer 0xe08", None), ("String 0x1a", None)),
        properties(("Integer 0xe08", "many"), ("String", "x"), ("", "y"), ("Integer zz", "1")),
        {"id": "1", "singleValueExtendedProperties": None},
        {"id": "1", "singleValueExtendedProperties": "none"},
        [],
    ],
)
def test_sizes_that_are_not_said_stay_unknown(said: Any) -> None:
    assert detail_of(json.dumps(said).encode()) == UNKNOWN


def test_rows_of_the_second_pass_say_size_and_class_and_not_where() -> None:
    text = json.dumps({"value": [properties(("Integer 0xe08", "7"), ("String 0x1a", "IPM.Note"))]}).encode()
    assert page_of(text, "m", None).messages == (Message(mailbox="m", id="1", size=7, kind="IPM.Note"),)


# -- headers and attachments

WHOLE_HEADERS = "From: a@x.example\r\nDate: Mon, 04 Mar 2019 15:30:00 +0000\r\n"
ATTACHED = [
    {"@odata.type": "#microsoft.graph.fileAttachment", "id": "A1", "name": "Plan.pdf"},
    {"@odata.type": "#microsoft.graph.itemAttachment", "id": "A2", "name": "FW: the plan"},
    {"@odata.type": "#microsoft.graph.referenceAttachment", "id": "A3", "name": None},
]


@pytest.mark.parametrize(
    ("said", "origin"),
    [
        ([("String 0x7d", WHOLE_HEADERS)], "person"),
        ([("string 0x007D", WHOLE_HEADERS + "List-Id: <x.example>\r\n")], "list"),
        ([("String 0x7d", WHOLE_HEADERS + "Auto-Submitted: auto-replied"), ("String 0x1045", "<x>")], "automatic"),
        ([("String 0x7d", WHOLE_HEADERS), ("String 0x1045", "<x>")], "list"),
        ([("String 0x1045", "<https://news.example/leave>")], "list"),
        ([("String 0x7d", "Received: from a by b; Mon, 04 Mar")], None),
        ([("String 0x7d", ""), ("String 0x1045", "")], None),
        ([("String 0x7d", None)], None),
        ([], None),
    ],
)
def test_how_it_was_sent_is_read_from_headers_or_not_known(said: list[tuple[str, Any]], origin: str | None) -> None:
    assert detail_of(json.dumps(properties(*said)).encode()).origin == origin


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ({"attachments": ATTACHED}, ("Plan.pdf", "FW: the plan", "")),
        ({"attachments": []}, ()),
        ({"attachments": None}, None),
        ({}, None),
        ({"attachments": ATTACHED, "attachments@odata.nextLink": "https://graph.example/more"}, None),
        ({"attachments": "many"}, None),
    ],
)
@pytest.mark.parametrize("sized", [True, False])
def test_attachments_are_their_names_or_not_known(said: Any, names: tuple[str, ...] | None, sized: bool) -> None:
    row = (properties(("Integer 0xe08", "7")) if sized else {"id": "1"}) | said
    assert detail_of(json.dumps(row).encode()).attachments == names
    assert (details_in(json.dumps({"value": [row]}).encode()) or {})["1"].attachments == names


@pytest.mark.parametrize(
    ("said", "linked"),
    [
        (ATTACHED, ("",)),
        ([{**ATTACHED[2], "name": "Budget.xlsx"}, ATTACHED[0]], ("Budget.xlsx",)),
        (ATTACHED[:2], ()),
        ([], ()),
        ([ATTACHED[2], {"name": "Of no kind"}], None),
        (None, None),
    ],
)
def test_which_attachments_are_only_links_is_told_by_their_kind_or_not_known(
    said: Any, linked: tuple[str, ...] | None
) -> None:
    assert detail_of(json.dumps({"id": "1", "attachments": said}).encode()).linked == linked


def test_a_list_that_goes_on_is_not_all_details() -> None:
    body = {"value": [properties()], "@odata.nextLink": "https://graph.example/more"}
    assert details_in(json.dumps(body).encode()) is None


# -- anything at all

plain = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
anything = plain | st.lists(plain, max_size=2) | st.dictionaries(st.sampled_from(["emailAddress", "id"]), plain)
names = st.sampled_from([*WHOLE, "@removed", "singleValueExtendedProperties", "attachments"])


@settings(deadline=None)
@given(st.lists(st.dictionaries(names, anything, max_size=4), max_size=4))
def test_no_row_however_strange_kills_its_page(rows: list[dict[str, Any]]) -> None:
    found = page(WHOLE | {"id": "the good one"}, *rows)
    ids = {message.id for message in found.messages} | set(found.removed)
    assert "the good one" in ids
    assert {said["id"] for said in rows if isinstance(said.get("id"), str) and said["id"]} <= ids
    assert not {message.id for message in found.messages} & set(found.removed)


@given(st.binary(max_size=60))
def test_no_body_however_strange_is_more_than_malformed(body: bytes) -> None:
    with suppress(Malformed):
        page_of(body, "m", "f")
    assert detail_of(body) is not None


# --- conversations


def index(head: bytes, answers: int = 0) -> str:
    return base64.b64encode(head + bytes(5 * answers)).decode()


HEAD = bytes(range(22))


@pytest.mark.parametrize(
    ("said", "conversation"),
    [
        ({"conversationId": "here", "conversationIndex": index(HEAD)}, HEAD.hex()),
        ({"conversationId": "there", "conversationIndex": index(HEAD, answers=3)}, HEAD.hex()),
        ({"conversationId": "here"}, "here"),
        ({"conversationId": "here", "conversationIndex": None}, "here"),
        ({"conversationId": "here", "conversationIndex": index(HEAD[:21])}, "here"),
        ({"conversationId": "here", "conversationIndex": "no base64!"}, "here"),
        ({"conversationId": None}, ""),
        ({}, None),
    ],
)
def test_a_conversation_is_the_same_in_every_mailbox_where_the_cloud_says_so(said, conversation):
    told = {key: value for key, value in WHOLE.items() if not key.startswith("conversation")} | said
    (message,) = page(told).messages
    assert message.conversation == conversation
