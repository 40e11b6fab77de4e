"""Who an item of Outlook is from and to: names, Internet addresses, and Exchange's own where there are no others.

Nothing is looked up: an address that the file does not say is not known.
"""

from __future__ import annotations

import email.utils
from collections.abc import Iterator

from msgspec import Struct

from retention.mail.files.outlook import tags
from retention.mail.files.outlook.headers import Fields
from retention.mail.files.outlook.item import MapiMessage
from retention.mail.files.outlook.properties import Properties


class Named(Struct, frozen=True):
    """A person or a list. ``address`` is an Internet address, or Exchange's own (``/o=…``); empty: only the name."""

    name: str = ""
    address: str = ""

    @property
    def is_of_exchange(self) -> bool:
        return bool(self.address) and "@" not in self.address


class People(Struct, frozen=True):
    """``author`` is who it is from, ``sender`` who sent it, which may be a delegate; ``None`` where nobody is said."""

    author: Named | None
    sender: Named | None
    to: tuple[Named, ...] = ()
    cc: tuple[Named, ...] = ()
    bcc: tuple[Named, ...] = ()

    @property
    def on_behalf(self) -> Named | None:
        """The delegate who sent it in the author's name, where there was one."""
        if self.author is None or self.sender is None or _same(self.author, self.sender):
            return None
        return self.sender

    @property
    def all(self) -> tuple[Named, ...]:
        by = tuple(each for each in (self.author, self.on_behalf) if each is not None)
        return (*by, *self.to, *self.cc, *self.bcc)


def people_of(item: MapiMessage, fields: Fields) -> People:
    """The properties decide; where they give no Internet address, the headers of the transport may."""
    said = item.properties
    author = _named(said, tags.FROM_NAME, tags.FROM_SMTP, tags.FROM_ADDRESS)
    sender = _named(said, tags.SENDER_NAME, tags.SENDER_SMTP, tags.SENDER_ADDRESS)
    if author is None:
        author = sender
    elif sender is not None and said.text(tags.FROM_ADDRESS).lower() == said.text(tags.SENDER_ADDRESS).lower():
        sender = author
    if author is None or "@" not in author.address:
        told = _told(fields, "from")
        if len(told) == 1 and told[0].address:
            sender = told[0] if sender == author else sender
            author = told[0]
    return People(author, sender, *_recipients(item, fields))


_WHICH = ((1, tags.DISPLAY_TO, "to"), (2, tags.DISPLAY_CC, "cc"), (3, tags.DISPLAY_BCC, "bcc"))


def _recipients(item: MapiMessage, fields: Fields) -> Iterator[tuple[Named, ...]]:
    """From the table of recipients; without one from the headers, or from the lines of names that Outlook shows."""
    # The upper bits say only that it was sent again ([MS-OXCMSG] 2.2.3.1.1).
    kinds = [(row.number(tags.RECIPIENT_TYPE) or 0) & 0x0F for row in item.recipients]
    for kind, shown, header in _WHICH:
        if item.recipients:
            rows = (row for row, its in zip(item.recipients, kinds, strict=True) if its == kind)
            yield tuple([_named(row, tags.NAME, tags.SMTP_ADDRESS, tags.ADDRESS) or Named() for row in rows])
        else:
            names = item.properties.text(shown).split(";")
            yield _told(fields, header) or tuple([Named(_one_line(name)) for name in names if name.strip()])


def _named(said: Properties, name: int, smtp: int, other: int) -> Named | None:
    for tag in (smtp, other):
        address = _one_line(said.text(tag))
        if address and ("@" in address or tag == other):
            return Named(_one_line(said.text(name)), address)
    alone = _one_line(said.text(name))
    return Named(alone) if alone else None


def _told(fields: Fields, header: str) -> tuple[Named, ...]:
    try:
        pairs = email.utils.getaddresses([value for name, value in fields if name.lower() == header])
    except Exception:
        # It raises on some real headers, and not only errors of its own.
        return ()
    return tuple([Named(_one_line(name), address) for name, address in pairs if "@" in address])


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _same(one: Named, other: Named) -> bool:
    return one.address.lower() == other.address.lower() if one.address and other.address else one.name == other.name
