"""Real and awkward mail over EWS: every answer is whole XML, and the content is what was loaded."""

from __future__ import annotations

import base64
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from retention.simulator.ews.names import item_id
from retention.simulator.ews.soap import MESSAGES, SOAP, TYPES, T, read_request
from retention.simulator.ews.voice import answer
from retention.simulator.faults import Faults
from retention.simulator.load import load_folder
from retention.simulator.world import World
from tests.simulator.soap import property_tag

SHAPE = (
    "<t:BaseShape>AllProperties</t:BaseShape><t:IncludeMimeContent>true</t:IncludeMimeContent><t:AdditionalProperties>"
    f'<t:FieldURI FieldURI="item:TextBody"/><t:FieldURI FieldURI="item:Preview"/>{property_tag("0x7D", "String")}'
    "</t:AdditionalProperties>"
)


def asked(address: str, ids: list[str]) -> bytes:
    acting = f"<t:ConnectingSID><t:PrimarySmtpAddress>{address}</t:PrimarySmtpAddress></t:ConnectingSID>"
    items = "".join(f'<t:ItemId Id="{each}"/>' for each in ids)
    return (
        f'<s:Envelope xmlns:s="{SOAP}" xmlns:m="{MESSAGES}" xmlns:t="{TYPES}"><s:Header>'
        f"<t:ExchangeImpersonation>{acting}"
        f"</t:ExchangeImpersonation></s:Header><s:Body><m:GetItem><m:ItemShape>{SHAPE}</m:ItemShape>"
        f"<m:ItemIds>{items}</m:ItemIds></m:GetItem></s:Body></s:Envelope>"
    ).encode()


@pytest.mark.parametrize("folder", ["raw-mail", "mime"])
def test_real_and_awkward_mail_is_told_in_whole_xml_with_its_bytes(shared: Path, folder: str) -> None:
    world = World()
    loaded = load_folder(world, shared / "data" / folder, mailboxes=2)
    assert loaded.placed
    for mailbox in world.mailboxes():
        messages = list(mailbox.messages.values())
        given = answer(read_request(asked(mailbox.address, [item_id(each) for each in messages])), world, Faults())
        told = ET.fromstring(given.body)
        contents = [base64.b64decode(each.text or "") for each in told.iter(f"{T}MimeContent")]
        assert contents == [each.content for each in messages]
        assert given.body.count(b"<m:ResponseCode>NoError</m:ResponseCode>") == len(messages)
