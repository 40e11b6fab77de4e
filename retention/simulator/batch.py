"""Answers to a batch: up to 20 requests in one, each with its own status, headers and body.

What the parts ask is answered by the same functions as when they come alone.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from urllib.parse import urlsplit

import msgspec

from retention.simulator.answers import Answer, Call, GraphError, described, encode, split_path, split_query

LARGEST_BATCH = 20
Respond = Callable[[Call, str, bool], Answer]


class Part(msgspec.Struct, rename={"depends_on": "dependsOn"}):
    """One request of a batch, as it comes over the wire."""

    id: str
    method: str
    url: str
    headers: dict[str, str] = {}
    body: msgspec.Raw = msgspec.Raw(b"")
    depends_on: list[str] = []


class Batch(msgspec.Struct):
    """The body of a batch."""

    requests: list[Part]


def answer(call: Call, respond: Respond) -> Answer:
    """Answer every part; 200 outside says nothing of them (concepts/json-batching).

    ``respond`` takes a part as a call, its description in one line, and whether the parts run in parallel. Raises 400
    for a malformed batch.
    """
    parts = _parts(call)
    statuses: dict[str, int] = {}
    responses = []
    in_parallel = not any(part.depends_on for part in parts)
    for part in parts:
        if any(statuses.get(earlier, 424) >= 400 for earlier in part.depends_on):
            message = "A request that this one depends on has failed."
            given = GraphError(424, "FailedDependency", message).answer()
        else:
            given = respond(*_call(call, part), in_parallel)
        statuses[part.id] = given.status
        responses.append(_response(part.id, given))
    # The order of the answers is not promised; a reader that counts on it is caught.
    return Answer(body=encode({"responses": responses[::-1]}))


def _parts(call: Call) -> list[Part]:
    try:
        parts = msgspec.json.decode(call.body, type=Batch).requests
    except msgspec.MsgspecError as error:
        raise GraphError(400, "BadRequest", f"Invalid batch payload format: {error}") from error
    known: set[str] = set()
    if not 0 < len(parts) <= LARGEST_BATCH:
        raise GraphError(400, "BadRequest", f"The number of requests must be between 1 and {LARGEST_BATCH}.")
    for part in parts:
        if part.id in known or not set(part.depends_on) <= known:
            raise GraphError(400, "BadRequest", f"Request id {part.id} is given twice or depends on a later one.")
        if urlsplit(part.url).scheme or part.url.strip("/").lower().startswith("$batch"):
            raise GraphError(400, "BadRequest", f"Request {part.id} has an url that cannot be in a batch.")
        known.add(part.id)
    dependants = sum(bool(part.depends_on) for part in parts)
    if dependants not in (0, len(parts) - 1):
        raise GraphError(400, "BadRequest", "Requests are to run either all in parallel or one after the other.")
    return parts


def _call(outer: Call, part: Part) -> tuple[Call, str]:
    path, _, query = part.url.partition("?")
    path = "/" + path.strip("/")
    version = outer.root.rpartition("/")[2]
    inner = Call(
        outer.world,
        outer.faults,
        outer.root,
        part.method.upper(),
        split_path(path),
        split_query(query),
        {name.lower(): value for name, value in part.headers.items()},
        bytes(part.body),
        outer.holder,
    )
    return inner, described(inner.method, f"/{version}{path}", query)


def _response(id_: str, given: Answer) -> dict[str, object]:
    response: dict[str, object] = {"id": id_, "status": given.status, "headers": dict(given.headers)}
    if given.body:
        as_json = given.content_type.startswith("application/json")
        response["headers"] = {**given.headers, "Content-Type": given.content_type}
        response["body"] = msgspec.Raw(given.body) if as_json else base64.b64encode(given.body).decode()
    return response
