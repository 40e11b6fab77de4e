"""A small schedule written in the test, and what is classified by it.

Nothing is tested here.
"""

from __future__ import annotations

from msgspec.structs import replace

from retention.core.classify import Classification, Matcher
from retention.core.message import Message
from retention.core.schedule import Schedule, parse

HEAD = {"title": "Town", "authority": "Town Council", "edition": "2026"}
NOTE = Message(
    mailbox="m",
    id="1",
    subject="Hello",
    sender="ana@town.example",
    to=("bo@town.example",),
    cc=(),
    path="Inbox",
    categories=(),
    kind="IPM.Note",
    preview="",
    has_attachments=False,
    attachments=(),
    is_read=True,
)


def row(key, *match, **more):
    named = {"code": key} if " " in key else {"id": key}
    return {
        **named,
        "title": key.title(),
        "retain": "3 years after received",
        "then": "destroy",
        "citation": "c",
        "source": "s",
        "verified": True,
        "match": list(match),
        "example": [{"subject": "x", "belongs": True}],
        **more,
    }


def schedule(*rows, name="town") -> Schedule:
    parsed, problems = parse({"schedule": HEAD, "series": list(rows)}, name)
    assert parsed is not None, problems
    return parsed


def classify(*rows, **fields) -> Classification:
    return Matcher((schedule(*rows),)).classify(replace(NOTE, **fields))


def fits(condition, **fields) -> bool:
    return classify(row("a-b", condition), **fields).series_key == "a-b"
