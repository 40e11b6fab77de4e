"""The MAPI properties of a message, as ``singleValueExtendedProperties`` names and gives them.

Which messages are asked about is not decided here.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

from retention.core.message import SENSITIVITIES
from retention.core.mime import head_of, header, parsed
from retention.simulator.mailbox import SimMessage

INTERNET_HEADERS = "00020386-0000-0000-c000-000000000046"
"""PS_INTERNET_HEADERS: a header that was kept as a property of its own name ([MS-OXCMAIL] 2.2.3.2.29)."""

Wanted = tuple[str, int | str]
"""A type in small letters with a tag, or with the name of a header."""

_TAG = re.compile(r"^(?P<kind>[a-z0-9]+)\s+0x(?P<tag>[0-9a-f]{1,4})$", re.IGNORECASE)
_NAMED = re.compile(
    r"^(?P<kind>[a-z0-9]+)\s+\{(?P<set>[0-9a-f-]{36})\}\s+(?:Name\s+(?P<name>\S+)|Id\s+0x[0-9a-f]+)$", re.IGNORECASE
)


class Asked:
    """One message while its properties are read: its headers are looked for once."""

    def __init__(self, message: SimMessage) -> None:
        self.message = message

    @functools.cached_property
    def head(self) -> str:
        return head_of(self.message.content)

    def transport_headers(self) -> str | None:
        # Set when a message is delivered: what was sent or drafted here has none (microsoft-graph-docs#18761).
        own = self.message.is_draft or self.message.folder.well_known in ("sentitems", "drafts", "outbox")
        return None if own else self.head

    def header(self, name: str, cased: bool = False) -> str | None:
        """The first header of that name, decoded; None where there is none, or none in this very case."""
        if name.lower() not in self.head.lower():
            return None
        if not re.search(rf"^{re.escape(name)}[ \t]*:", self.head, re.MULTILINE | (0 if cased else re.IGNORECASE)):
            return None
        mail = parsed(self.head.encode("utf-8", "surrogateescape"))
        return header(mail, name) or None if mail is not None else None


TAGS: dict[tuple[str, int], Callable[[Asked], str | None]] = {
    ("integer", 0x0E08): lambda asked: str(asked.message.facts.size),
    ("long", 0x0E08): lambda asked: str(asked.message.facts.size),
    ("string", 0x001A): lambda asked: asked.message.facts.kind,
    ("integer", 0x0036): lambda asked: str(SENSITIVITIES.index(asked.message.facts.sensitivity)),
    ("string", 0x007D): lambda asked: asked.transport_headers(),
    ("string", 0x1043): lambda asked: asked.header("List-Help"),
    ("string", 0x1044): lambda asked: asked.header("List-Subscribe"),
    ("string", 0x1045): lambda asked: asked.header("List-Unsubscribe"),
}
MAPPED = frozenset(
    {"list-help", "list-subscribe", "list-unsubscribe", "from", "to", "cc", "subject", "date", "message-id", "received"}
)
"""Headers that have a property of their own, or none, and so no named one."""


def wanted_property(id_: str) -> Wanted | None:
    """The property of an id, by tag or by set and name; None for what is no id. One of another set is never there."""
    if tag := _TAG.match(id_):
        return tag["kind"].lower(), int(tag["tag"], 16)
    if not (named := _NAMED.match(id_)):
        return None
    kept = named["set"].lower() == INTERNET_HEADERS and named["name"]
    return named["kind"].lower(), named["name"] if kept else ""


def extended(message: SimMessage, wanted: tuple[Wanted, ...]) -> list[dict[str, object]]:
    """The properties asked for that there are; tags come back in lower-case hex without leading zeros."""
    asked = Asked(message)
    found: list[dict[str, object]] = []
    for kind, which in wanted:
        if isinstance(which, int):
            id_, read = f"{kind.title()} {which:#x}", TAGS.get((kind, which))
            value = read(asked) if read else None
        else:
            id_ = f"{kind.title()} {{{INTERNET_HEADERS}}} Name {which}"
            # Names are compared with case (singlevaluelegacyextendedproperty-get).
            kept = kind == "string" and which and which.lower() not in MAPPED
            value = asked.header(which, cased=True) if kept else None
        if value is not None:
            found.append({"id": id_, "value": value})
    return found
