"""The ids of messages and folders: how they look, and what they say to the simulator.

No mailbox lives here; an id is only numbers in the clothes that Outlook gives them.
"""

from __future__ import annotations

import base64
import binascii
import struct
from typing import NamedTuple

IMMUTABLE_START = "AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A"
REST_START = "AAMkAGI2NGVhZTVlLTI1OGMtNDI4My1iZmE5LTA5OGJiZGEyMTE1NAB"
FOLDER_START = "AQMkAGI2NGVhZTVlLTI1OGMtNDI4My1iZmE5LTA5OGJiZGEyMTE1NAAu"

_IMMUTABLE = struct.Struct(">IQ")
_REST = struct.Struct(">IQIxx")
_FOLDER = struct.Struct(">IIx")


class MalformedId(ValueError):
    """The text is no id that this system ever gave."""


class MessageId(NamedTuple):
    """What a message id says. ``moves`` is None in an immutable id, else how often the message had moved."""

    mailbox: int
    serial: int
    moves: int | None


def immutable_id(mailbox: int, serial: int) -> str:
    """The id that stays while the message stays in its mailbox.

    Neighbouring ids differ in the case of one letter only, as the real ones do, so a reader that folds case is
    caught (concepts/outlook-immutable-id: ids are case-sensitive).
    """
    return IMMUTABLE_START + base64.urlsafe_b64encode(_IMMUTABLE.pack(mailbox, serial)).decode() + "AA"


def rest_id(mailbox: int, serial: int, moves: int) -> str:
    """The id given to a request that does not ask for immutable ones: another one after each move."""
    return REST_START + base64.urlsafe_b64encode(_REST.pack(mailbox, serial, moves)).decode() + "AAA="


def folder_id(mailbox: int, number: int) -> str:
    """A folder's id. Folders have one form only, and it never changes."""
    return FOLDER_START + base64.urlsafe_b64encode(_FOLDER.pack(mailbox, number)).decode() + "AA=="


def read_message_id(text: str) -> MessageId:
    """Take either form of a message id apart. Raises ``MalformedId``."""
    if text.startswith(IMMUTABLE_START) and text.endswith("AA"):
        mailbox, serial = _unpack(_IMMUTABLE, text[len(IMMUTABLE_START) : -2])
        return MessageId(mailbox, serial, None)
    if text.startswith(REST_START) and text.endswith("AAA="):
        mailbox, serial, moves = _unpack(_REST, text[len(REST_START) : -4])
        return MessageId(mailbox, serial, moves)
    raise MalformedId(text)


def read_folder_id(text: str) -> tuple[int, int]:
    """The mailbox's and the folder's number. Raises ``MalformedId``."""
    if text.startswith(FOLDER_START) and text.endswith("AA=="):
        mailbox, number = _unpack(_FOLDER, text[len(FOLDER_START) : -4])
        return mailbox, number
    raise MalformedId(text)


def _unpack(shape: struct.Struct, text: str) -> tuple[int, ...]:
    try:
        return shape.unpack(base64.b64decode(text, altchars=b"-_", validate=True))
    except (binascii.Error, struct.error, ValueError) as error:
        raise MalformedId(text) from error
