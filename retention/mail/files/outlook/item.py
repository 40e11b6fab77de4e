"""One item of Outlook, the same whether it was read from a PST or from a .msg.

It is neither read from a file here nor written as MIME.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

from retention.mail.files.outlook import tags
from retention.mail.files.outlook.names import Names
from retention.mail.files.outlook.properties import Properties

DEEPEST = 16
"""Messages within messages; Outlook itself stops far earlier, and a damaged file may go in a circle."""


class Unreadable(Exception):
    """A part of an item that is damaged. ``str()`` is the reason shown."""


def _no_rtf() -> bytes:
    return b""


class MapiMessage(Struct, frozen=True, kw_only=True):
    """An item: its properties, its recipients and its attachments. What is large is read when it is asked for.

    ``names`` are the file's own numbers. ``rtf`` gives the RTF body unpacked, empty where
    there is none, and raises ``Unreadable``. ``damage`` says in words what could not be read of it.
    """

    properties: Properties
    recipients: tuple[Properties, ...] = ()
    attachments: tuple[MapiAttachment, ...] = ()
    names: Names = Names()
    rtf: Callable[[], bytes] = _no_rtf
    damage: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        return self.properties.text(tags.KIND)


class MapiAttachment(Struct, frozen=True, kw_only=True):
    """An attachment. ``data`` gives its file piece by piece, ``embedded`` the item that it is; both may raise
    ``Unreadable``, and one of the two is there unless it is a link or an object of another program."""

    properties: Properties
    data: Callable[[], Iterator[bytes]] | None = None
    embedded: Callable[[], MapiMessage] | None = None

    @property
    def name(self) -> str:
        """The name that Outlook shows; empty where it has none."""
        said = self.properties
        for tag in (tags.LONG_NAME, tags.SHORT_NAME, tags.NAME):
            if name := said.text(tag).strip():
                return name
        return ""

    @property
    def method(self) -> int:
        return self.properties.number(tags.METHOD) or 0

    @property
    def is_link(self) -> bool:
        """Whether the file itself lies elsewhere."""
        return self.method in tags.LINKS and self.data is None

    @property
    def is_shown_in_text(self) -> bool:
        said = self.properties
        if said.number(tags.HIDDEN):
            return True
        return bool((said.number(tags.ATTACHMENT_FLAGS) or 0) & tags.IN_THE_HTML and said.text(tags.CONTENT_ID))
