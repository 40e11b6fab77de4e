"""MAPI properties of an item as EWS names and gives them.

The properties that EWS has names of its own for are a neighbour's.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

from retention.core.mime import REPLY_MARKS, Address
from retention.simulator.ews.soap import escaped
from retention.simulator.mailbox import SimMessage
from retention.simulator.properties import INTERNET_HEADERS, MAPPED, TAGS, Asked
from retention.simulator.rows import conversation_index, instant

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

Read = Callable[[SimMessage], str | None]
READ, UNMODIFIED, UNSENT = 0x1, 0x2, 0x8


class Wanted(Struct, frozen=True):
    """One property: its type, its tag (or 0), and the name of a header (or nothing)."""

    kind: str
    tag: int
    header: str
    attributes: str


def extended_uri(element: Element) -> Wanted:
    """The property that an ExtendedFieldURI names; one that is unknown here is simply never there."""
    kind, tag = element.get("PropertyType", ""), element.get("PropertyTag", "")
    number = int(tag, 16 if tag.lower().startswith("0x") else 10) if tag else 0
    named = element.get("DistinguishedPropertySetId") == "InternetHeaders"
    named = named or element.get("PropertySetId", "").lower() == INTERNET_HEADERS
    # The tag comes back in its own way of writing, in small letters and without leading zeros.
    told = {name: f"{number:#x}" if name == "PropertyTag" else value for name, value in element.attrib.items()}
    attributes = "".join(f' {name}="{escaped(value)}"' for name, value in told.items())
    return Wanted(kind, number, element.get("PropertyName", "") if named else "", attributes)


def extended_element(wanted: Wanted, value: str) -> str:
    """The property with its value."""
    uri = f"<t:ExtendedFieldURI{wanted.attributes}/>"
    return f"<t:ExtendedProperty>{uri}<t:Value>{escaped(value)}</t:Value></t:ExtendedProperty>"


def value_of(message: SimMessage, wanted: Wanted) -> str | None:
    """The property's value; None where the item has none."""
    if wanted.header:
        kept = wanted.kind == "String" and wanted.header.lower() not in MAPPED
        return Asked(message).header(wanted.header, cased=True) if kept else None
    own = PROPERTIES.get((wanted.kind, wanted.tag))
    if own:
        return own(message)
    of_graph = TAGS.get((wanted.kind.lower(), wanted.tag))
    return of_graph(Asked(message)) if of_graph else None


def _address(person: Address | None) -> str | None:
    return (person[1] or None) if person else None


def _flags(message: SimMessage) -> str:
    return str(READ * message.is_read + UNMODIFIED * (message.modified_at is None) + UNSENT * message.is_draft)


def _search_key(message: SimMessage) -> str:
    """The same wherever the item is moved to ([MS-OXCPRPT] PidTagSearchKey)."""
    return base64.b64encode(f"{message.mailbox.id[:8]}{message.serial:08x}".encode()).decode()


def _entry_id(message: SimMessage) -> str:
    return base64.b64encode(message.rest_id.encode()).decode()


PROPERTIES: dict[tuple[str, int], Read] = {
    ("String", 0x0037): lambda message: message.subject or None,
    ("String", 0x0E1D): lambda message: REPLY_MARKS.sub("", message.subject).strip() or None,
    ("String", 0x0070): lambda message: REPLY_MARKS.sub("", message.subject).strip() or None,
    ("Binary", 0x0071): lambda message: conversation_index(message.facts),
    ("String", 0x1035): lambda message: message.facts.internet_id or None,
    ("String", 0x3FD9): lambda message: message.facts.preview or None,
    ("String", 0x0C1F): lambda message: _address(message.facts.sender),
    ("String", 0x5D01): lambda message: _address(message.facts.sender),
    ("String", 0x0065): lambda message: _address(message.facts.author),
    ("String", 0x5D02): lambda message: _address(message.facts.author),
    ("SystemTime", 0x0E06): lambda message: instant(message.received_at),
    ("SystemTime", 0x0039): lambda message: instant(message.facts.sent_at),
    ("Integer", 0x0E07): _flags,
    ("Boolean", 0x0E1B): lambda message: "true" if message.facts.has_attachments else "false",
    ("Binary", 0x300B): _search_key,
    ("Binary", 0x0FFF): _entry_id,
}
