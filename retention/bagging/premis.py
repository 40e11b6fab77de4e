"""The PREMIS 3.0 account of a bag: each record, its captures, the check of its bytes, and the packing of the bag.

Specification of the Mailbag, 5.2.1: no full PREMIS, but what can be mapped to its events. A transfer is none of them:
it has not happened when a bag is made; the ledger tells of it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self
from xml.sax.saxutils import escape

from msgspec import Struct

from retention.core.record import Record

NAMESPACE = "http://www.loc.gov/premis/v3"
BAG = "Mailbag External-Identifier"
PLACE = "place in the record store"
_LOCAL = "local"
_SOFTWARE = "software"
Node = tuple[str, "str | tuple[Node, ...]"]
"""An element: its name, and its text or its children."""


class Agents(Struct, frozen=True, kw_only=True):
    """Who packed the bag: the city, the person's name and address, and this program's version."""

    city: str
    person: str
    address: str
    program: str
    version: str


class Premis:
    """The account while it is written, record by record: the schema wants all objects before the first event."""

    def __init__(self, path: Path, bag: str, agents: Agents) -> None:
        self._path, self._bag, self._agents = path, bag, agents
        self._later = path.with_name(f"{path.name}.events")
        self._events = 0

    def __enter__(self) -> Self:
        self._file = open(self._path, "w", encoding="utf-8", newline="\n")
        self._beside = open(self._later, "w", encoding="utf-8", newline="\n")
        self._file.write(
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<premis xmlns="{NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" version="3.0">\n'
        )
        self._file.write(_object("intellectualEntity", (_identifier("object", BAG, self._bag),)))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()
        self._beside.close()

    def record(self, record: Record, name: str) -> None:
        """The record, which lies in the bag under this name, and each of its captures."""
        self._file.write(_object("file", _file(record, name, self._bag)))
        for custody in record.custody:
            self._event(
                "capture",
                custody.captured_at,
                f"Taken from the mailbox {custody.address}, folder {custody.folder}.",
                (PLACE, record.place),
                (self._by_program,),
            )

    def finish(self, at: datetime, records: int, purpose: str) -> None:
        """The events of the bag as a whole, the agents, and the end."""
        bag, by_person = (BAG, self._bag), _by("person", self._agents.address, "implementer")
        self._event(
            "fixity check",
            at,
            f"The SHA-256 of each of {records} records was computed as it was read from the record store.",
            bag,
            (self._by_program,),
            "pass",
            "Each is the one in the record's metadata, under which the record is kept.",
        )
        why = f" Purpose: {purpose}" if purpose else ""
        self._event("packing", at, f"Packed as a Mailbag.{why}", bag, (self._by_program, by_person), "success")
        self._beside.close()
        with open(self._later, encoding="utf-8", newline="\n") as events:
            shutil.copyfileobj(events, self._file)
        self._later.unlink()
        agents = self._agents
        for type_, value, name, version in (
            (_SOFTWARE, agents.program, agents.program, agents.version),
            ("person", agents.address, agents.person or agents.address, ""),
            ("organization", agents.city, agents.city, ""),
        ):
            tail: tuple[Node, ...] = (("agentVersion", version),) if version else ()
            said = (_identifier("agent", type_, value), ("agentName", name), ("agentType", type_), *tail)
            self._file.write(_xml(("agent", said)))
        self._file.write("</premis>\n")

    @property
    def _by_program(self) -> Node:
        return _by(_SOFTWARE, self._agents.program, "executing program")

    def _event(
        self,
        type_: str,
        at: datetime,
        detail: str,
        about: tuple[str, str],
        agents: Iterable[Node],
        outcome: str = "",
        note: str = "",
    ) -> None:
        self._events += 1
        noted: tuple[Node, ...] = (("eventOutcomeDetail", (("eventOutcomeDetailNote", note),)),) if note else ()
        came: tuple[Node, ...] = (("eventOutcomeInformation", (("eventOutcome", outcome), *noted)),) if outcome else ()
        said = (
            _identifier("event", _LOCAL, f"{self._bag}/{self._events}"),
            ("eventType", type_),
            ("eventDateTime", at.isoformat(timespec="seconds")),
            ("eventDetailInformation", (("eventDetail", detail),)),
            *came,
            *agents,
            _identifier("linkingObject", *about),
        )
        self._beside.write(_xml(("event", said)))


def _file(record: Record, name: str, bag: str) -> tuple[Node, ...]:
    fixity: Node = ("fixity", (("messageDigestAlgorithm", "SHA-256"), ("messageDigest", record.digest)))
    form: Node = ("format", (("formatDesignation", (("formatName", "message/rfc822"),)),))
    part: tuple[Node, ...] = (
        ("relationshipType", "structural"),
        ("relationshipSubType", "is part of"),
        _identifier("relatedObject", BAG, bag),
    )
    return (
        _identifier("object", PLACE, record.place),
        ("objectCharacteristics", (("compositionLevel", "0"), fixity, ("size", str(record.size)), form)),
        ("originalName", name),
        ("relationship", part),
    )


def _identifier(of: str, type_: str, value: str) -> Node:
    return (f"{of}Identifier", ((f"{of}IdentifierType", type_), (f"{of}IdentifierValue", value)))


def _by(type_: str, value: str, role: str) -> Node:
    named = (("linkingAgentIdentifierType", type_), ("linkingAgentIdentifierValue", value), ("linkingAgentRole", role))
    return ("linkingAgentIdentifier", named)


def _object(type_: str, said: tuple[Node, ...]) -> str:
    return _xml(("object", said)).replace("<object>", f'<object xsi:type="{type_}">', 1)


def _xml(node: Node, deep: int = 1) -> str:
    name, said = node
    indent = " " * deep
    if isinstance(said, str):
        return f"{indent}<{name}>{escape(_plain(said))}</{name}>\n"
    return f"{indent}<{name}>\n{''.join(_xml(child, deep + 1) for child in said)}{indent}</{name}>\n"


def _plain(text: str) -> str:
    """The text without what XML 1.0 cannot hold at all; a line end in it would be read as another character."""
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)
