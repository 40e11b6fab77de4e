"""What a request asks and what an answer says, free of any web framework.

No mailbox is read here; the neighbours take a ``Call`` and give an ``Answer`` or raise a ``GraphError``.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qsl, unquote

import msgspec

from retention.simulator.applications import EVERYBODY, Holder
from retention.simulator.faults import Faults
from retention.simulator.world import World

JSON_TYPE = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
encode = msgspec.json.encode

_KEY = re.compile(r"^(?P<segment>[A-Za-z]+)\('(?P<key>.*)'\)$", re.DOTALL)


@dataclass(slots=True)
class Answer:
    """A status, the bytes of a body, and its headers."""

    status: int = 200
    body: bytes = b""
    content_type: str = JSON_TYPE
    headers: dict[str, str] = field(default_factory=dict)


class GraphError(Exception):
    """An answer that is an error: the status, Graph's code, and a message for a person."""

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}

    def answer(self, client_request_id: str = "") -> Answer:
        """The body that concepts/errors describes; the caller's own request id comes back in it."""
        request_id = str(uuid.uuid4())
        inner = {
            "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
            "request-id": request_id,
            "client-request-id": client_request_id or request_id,
        }
        body = {"error": {"code": self.code, "message": self.message, "innerError": inner}}
        return Answer(self.status, encode(body), headers=dict(self.headers))


@dataclass(slots=True)
class Call:
    """One request, alone or as a part of a batch. ``headers`` are in lower case, ``root`` ends in the version."""

    world: World
    faults: Faults
    root: str
    method: str
    path: tuple[str, ...]
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""
    holder: Holder = EVERYBODY

    @property
    def immutable(self) -> bool:
        """Whether this very request asks for immutable ids."""
        return bool(re.search(r'idtype\s*=\s*"?immutableid"?', self.headers.get("prefer", ""), re.IGNORECASE))

    @property
    def page_size(self) -> int | None:
        """The page size asked for by header or by ``$top``, at most 1000; None where nothing was asked."""
        asked = re.search(r"odata\.maxpagesize\s*=\s*\"?(\d+)", self.headers.get("prefer", ""), re.IGNORECASE)
        size = int(asked[1]) if asked else self.number("$top")
        limit = min(1000, self.faults.max_page or 1000)
        return min(size, limit) if size else None

    @property
    def wants_text(self) -> bool:
        """Whether bodies are to be plain text."""
        return 'body-content-type="text"' in self.headers.get("prefer", "").lower()

    def number(self, option: str) -> int | None:
        """A whole number among the query options. Raises 400 when it is none, or not above 0."""
        text = self.query.get(option)
        if text is None:
            return None
        if not text.isascii() or not text.isdigit() or (option == "$top" and int(text) == 0):
            raise GraphError(400, "BadRequest", f"Invalid value '{text}' for {option} query option found.")
        return int(text)

    def json(self) -> dict[str, object]:
        """The body as an object. Raises 400."""
        try:
            found = msgspec.json.decode(self.body)
        except msgspec.DecodeError as error:
            raise GraphError(400, "BadRequest", "Unable to read JSON request payload.") from error
        if not isinstance(found, dict):
            raise GraphError(400, "BadRequest", "Unable to read JSON request payload.")
        return found


def split_path(path: str) -> tuple[str, ...]:
    """The segments of a path: ``users('x')/messages`` and ``users/x/messages`` are the same."""
    segments: list[str] = []
    for segment in path.strip("/").split("/"):
        keyed = _KEY.match(segment)
        segments.extend((keyed["segment"], keyed["key"]) if keyed else (segment.removesuffix("()"),))
    return tuple(segment.removeprefix("microsoft.graph.") for segment in segments)


def split_query(text: str) -> dict[str, str]:
    """Query options by name; a later one of the same name wins."""
    return dict(parse_qsl(text, keep_blank_values=True))


def described(method: str, path: str, query: str) -> str:
    """A request in one line, as the log keeps it and as a fault's pattern is searched in it: nothing is escaped."""
    return f"{method} {unquote(path)}" + (f"?{unquote(query)}" if query else "")


def not_found() -> GraphError:
    """404 for an item or a folder that is not there (any more)."""
    return GraphError(404, "ErrorItemNotFound", "The specified object was not found in the store.")


def malformed() -> GraphError:
    """400 for an id that is none."""
    return GraphError(400, "ErrorInvalidIdMalformed", "Id is malformed.")


def no_such_segment(segment: str) -> GraphError:
    """400 for a path, or for a function that this cloud does not have."""
    return GraphError(400, "BadRequest", f"Resource not found for the segment '{segment}'.")


def changed_since() -> GraphError:
    """412 for If-Match with another version (code and words as reported in docs-contrib#7934)."""
    return GraphError(
        412,
        "ErrorIrresolvableConflict",
        "The send or update operation could not be performed because the change key passed in the request does not "
        "match the current change key for the item.",
    )
