"""An item with everything read of it that more than one place asks for: its headers, its people, its text.

Attachments are not read; they may be large.
"""

from __future__ import annotations

from msgspec import Struct

from retention.mail.files.outlook import tags
from retention.mail.files.outlook.body import Body, body_of
from retention.mail.files.outlook.headers import Fields, fields_in
from retention.mail.files.outlook.item import MapiMessage
from retention.mail.files.outlook.people import People, people_of


class Opened(Struct, frozen=True, kw_only=True):
    """``headers`` is their text as the transport wrote it, ``fields`` the same read apart, ``lost_lines`` how many of
    its lines are no headers."""

    item: MapiMessage
    headers: str
    fields: Fields
    lost_lines: int
    people: People
    body: Body


def opened(item: MapiMessage) -> Opened:
    headers = item.properties.text(tags.HEADERS)
    fields, lost = fields_in(headers)
    return Opened(
        item=item,
        headers=headers,
        fields=fields,
        lost_lines=lost,
        people=people_of(item, fields),
        body=body_of(item),
    )


def subject_of(item: MapiMessage) -> str:
    """The subject; a PST may begin it with two signs that tell how long its ``Re:`` is ([MS-PST] 2.5.3.1.1.1)."""
    text = item.properties.text(tags.SUBJECT)
    return text[2:] if text.startswith("\x01") else text


def categories_of(item: MapiMessage) -> tuple[str, ...]:
    return item.properties.texts(item.names.categories) if item.names.categories is not None else ()
