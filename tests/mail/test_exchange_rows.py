"""Items of Exchange as ``Message``: what is absent, odd, or in the server's own way of writing.

Nothing is asked over a network here.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.core.message import Message
from retention.mail.exchange.answers import element_of
from retention.mail.exchange.asked import T
from retention.mail.exchange.failures import Malformed
from retention.mail.exchange.rows import message_of


def row(inner: str, tag: str = "Message") -> Message:
    text = f'<t:{tag} xmlns:t="{T}"><t:ItemId Id="A" ChangeKey="K"/>{inner}</t:{tag}>'
    return message_of(element_of(text.encode()), "box", "folder")


def person(tag: str, address: str, name: str = "Ann") -> str:
    told = f"<t:EmailAddress>{address}</t:EmailAddress>" if address else ""
    return f"<t:{tag}><t:Mailbox><t:Name>{name}</t:Name>{told}</t:Mailbox></t:{tag}>"


def tagged(tag: str, value: str) -> str:
    uri = f'<t:ExtendedFieldURI PropertyTag="{tag}" PropertyType="String"/>'
    return f"<t:ExtendedProperty>{uri}<t:Value>{value}</t:Value></t:ExtendedProperty>"


def test_what_is_not_there_is_empty() -> None:
    bare = row("")
    assert (bare.id, bare.version, bare.mailbox, bare.folder) == ("A", "K", "box", "folder")
    assert (bare.subject, bare.sender, bare.to, bare.categories, bare.attachments) == ("", "", (), (), ())
    assert (bare.received_at, bare.size, bare.kind, bare.is_read) == (None, None, None, None)


@pytest.mark.parametrize(
    ("told", "instant"),
    [
        ("2019-03-04T15:30:00Z", datetime(2019, 3, 4, 15, 30, tzinfo=UTC)),
        ("2019-03-04T09:30:00-06:00", datetime(2019, 3, 4, 15, 30, tzinfo=UTC)),
        ("2019-03-04T15:30:00", datetime(2019, 3, 4, 15, 30, tzinfo=UTC)),
        ("2019-03-04T15:30:00.123Z", datetime(2019, 3, 4, 15, 30, 0, 123000, tzinfo=UTC)),
        ("1601-01-01T00:00:00Z", None),
        ("4501-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_instants_are_in_utc_and_exchange_s_words_for_none_are_none(told: str, instant: datetime | None) -> None:
    assert row(f"<t:DateTimeReceived>{told}</t:DateTimeReceived>").received_at == instant


def test_a_sender_told_by_the_server_s_own_name_has_the_address_beside_it() -> None:
    own = "/o=Town/ou=Exchange Administrative Group/cn=Recipients/cn=ann"
    told = row(person("From", own) + person("Sender", own) + tagged("0x5d02", "Ann@City.example"))
    assert (told.sender, told.on_behalf) == ("ann@city.example", own.lower())
    both = row(person("From", own) + person("Sender", own) + tagged("0x5d02", "a@b.c") + tagged("0x5d01", "a@b.c"))
    assert (both.sender, both.on_behalf) == ("a@b.c", "")
    assert row(person("From", own)).sender == own.lower()


def test_whoever_has_a_name_and_no_address_stays_one_of_its_people() -> None:
    inner = "<t:Mailbox><t:Name>Bob</t:Name></t:Mailbox><t:Mailbox><t:EmailAddress>C@D.e</t:EmailAddress></t:Mailbox>"
    assert row(f"<t:ToRecipients>{inner}</t:ToRecipients>").to == ("", "c@d.e")


def test_the_conversation_is_the_head_of_its_index_as_in_graph() -> None:
    index = bytes(range(22))
    told = base64.b64encode(index + b"reply").decode()
    conversation = '<t:ConversationId Id="AAQk="/>'
    assert row(f"{conversation}<t:ConversationIndex>{told}</t:ConversationIndex>").conversation == index.hex()
    for odd in ("AQI=", "not base64", ""):
        assert row(f"{conversation}<t:ConversationIndex>{odd}</t:ConversationIndex>").conversation == "AAQk="


def test_a_newsletter_without_headers_is_known_by_its_unsubscribe() -> None:
    assert row(tagged("0x1045", "&lt;mailto:leave@list.example&gt;")).origin == "list"
    assert row(tagged("0x007d", "From: a&#10;Date: b&#10;")).origin is None
    assert row(tagged("0x7d", "From: a&#10;Date: b&#10;")).origin == "person"
    assert row(tagged("0x7d", "Auto-Submitted: auto-replied&#10;") + tagged("0x1045", "x")).origin == "automatic"
    assert row("").origin is None


def test_the_preview_is_no_longer_than_graph_s() -> None:
    assert len(row(f"<t:Preview>{'x' * 400}</t:Preview>").preview or "") == 255


def test_what_is_no_mail_comes_with_its_class() -> None:
    contact = row("<t:ItemClass>IPM.Contact</t:ItemClass><t:DisplayName>Bob</t:DisplayName>", "Contact")
    assert (contact.kind, contact.sender) == ("IPM.Contact", "")


def test_an_item_without_an_id_is_none() -> None:
    with pytest.raises(Malformed):
        message_of(element_of(f'<t:Message xmlns:t="{T}"><t:Subject>x</t:Subject></t:Message>'.encode()), "box", "f")


NAMES = ["Subject", "Size", "DateTimeReceived", "IsRead", "From", "ToRecipients", "ConversationIndex", "Attachments"]


@given(st.dictionaries(st.sampled_from(NAMES), st.text(st.characters(codec="ascii", categories=["L", "N", "Zs"]))))
def test_whatever_a_field_says_the_row_comes(said: dict[str, str]) -> None:
    assert row("".join(f"<t:{name}>{value}</t:{name}>" for name, value in said.items())).id == "A"
