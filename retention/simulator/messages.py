"""Answers about messages: lists, delta, one message, its MIME, and what takes it elsewhere.

Attachments and batches are answered by neighbours.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from retention.simulator import attachments, delta, folders, ids
from retention.simulator.answers import (
    Answer,
    Call,
    GraphError,
    changed_since,
    encode,
    malformed,
    no_such_segment,
    not_found,
)
from retention.simulator.mailbox import SimFolder, SimMailbox, SimMessage
from retention.simulator.properties import Wanted, extended, wanted_property
from retention.simulator.rows import Selection, instant, selection
from retention.simulator.world import NotThere, Refused

DEFAULT_PAGE = 10
_EXTENDED = re.compile(r"singleValueExtendedProperties\s*\(\s*\$filter\s*=(?P<filter>[^)]*)\)", re.IGNORECASE)
_ATTACHMENTS = re.compile(r"attachments(?:\s*\(\s*\$select\s*=(?P<select>[^)]*)\))?$", re.IGNORECASE)
_PROPERTY = re.compile(r"id\s+eq\s+'(?P<id>[^']*)'", re.IGNORECASE)
_RECEIVED = re.compile(r"^receivedDateTime\s+(?P<how>ge|gt|le|lt)\s+'?(?P<when>[0-9T:.\-Z+]+)'?$", re.IGNORECASE)
Test = Callable[[SimMessage], bool]
COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "ge": lambda received, when: received >= when,
    "gt": lambda received, when: received > when,
    "le": lambda received, when: received <= when,
    "lt": lambda received, when: received < when,
}


def find(call: Call, mailbox: SimMailbox, key: str) -> SimMessage:
    """The message of an id in either form. Raises 400 for what is no id, 404 for what is not there any more."""
    try:
        ids.read_message_id(key)
    except ids.MalformedId as error:
        raise malformed() from error
    try:
        message = call.world.message(mailbox.address, key)
    except NotThere as error:
        raise not_found() from error
    tree = mailbox.primary
    hidden = (tree.named[f"recoverableitems{name}"] for name in ("purges", "versions", "discoveryholds"))
    if message.folder.tree is not tree or message.folder in hidden:
        raise not_found()
    return message


@dataclass(frozen=True, slots=True)
class Expansion:
    """What ``$expand`` names: MAPI properties, and fields of attachments (none for all of them)."""

    properties: tuple[Wanted, ...] = ()
    attachments: tuple[str, ...] | None = None

    def __bool__(self) -> bool:
        return bool(self.properties) or self.attachments is not None

    def put(self, call: Call, row: dict[str, object], message: SimMessage) -> dict[str, object]:
        """The row with what is expanded in it."""
        if properties := extended(message, self.properties):
            row["singleValueExtendedProperties"] = properties
        if self.attachments is not None:
            row["attachments"] = attachments.expanded(call, message, self.attachments)
        return row


def rows_of(call: Call, found: list[SimMessage]) -> bytes:
    """The rows of a list, with their extended properties where the request expands them."""
    chosen = selection(call.query.get("$select", ""))
    expansion = expansion_of(call.query.get("$expand", ""))
    if not expansion and not call.wants_text:
        return b",".join([chosen.row(message, call.immutable) for message in found])
    return b",".join([_expanded(call, message, chosen, expansion) for message in found])


def _expanded(call: Call, message: SimMessage, chosen: Selection, expansion: Expansion) -> bytes:
    """The row with what is expanded, kept as the bare row is: whoever reads a mailbox waits for no simulator."""
    key = (chosen, expansion)
    if message.expanded is not None and message.expanded_key == key and call.immutable and not call.wants_text:
        return message.expanded
    row = encode(expansion.put(call, chosen.whole(message, call.immutable, call.wants_text), message))
    if call.immutable and not call.wants_text:
        message.expanded, message.expanded_key = row, key
    return row


@functools.lru_cache(maxsize=256)
def expansion_of(text: str) -> Expansion:
    """What a ``$expand`` asks for. Raises 400 for anything but properties by their ids, and attachments."""
    found = _EXTENDED.search(text)
    ids_named = _PROPERTY.findall(found["filter"]) if found else []
    properties = tuple(wanted for wanted in map(wanted_property, ids_named) if wanted)
    rest = _EXTENDED.sub("", text).strip(", ")
    within = _ATTACHMENTS.match(rest)
    if (rest and not within) or (found and not ids_named) or len(properties) != len(ids_named):
        raise GraphError(400, "RequestBroker--ParseUri", f"Parsing OData Select and Expand failed: {text}")
    return Expansion(properties, attachments.chosen_fields(within["select"] or "") if within else None)


def listing(call: Call, mailbox: SimMailbox, found: list[SimMessage], path: str) -> Answer:
    """A page of messages, newest first, with a nextLink that skips what was given."""
    chosen = _filtered(call, found)
    begin, size = call.number("$skip") or 0, call.page_size or DEFAULT_PAGE
    rows = rows_of(call, chosen[begin : begin + size])
    head: dict[str, object] = {"@odata.context": f"{call.root}/$metadata#users('{mailbox.id}')/messages"}
    if call.query.get("$count", "").lower() == "true":
        head["@odata.count"] = len(chosen)
    if begin + size < len(chosen):
        kept = "".join(f"&{name}={quote(value)}" for name, value in call.query.items() if name != "$skip")
        head["@odata.nextLink"] = f"{call.root}/{path}?$skip={begin + size}{kept}"
    return Answer(body=page_body(head, rows))


def page_body(head: dict[str, object], rows: bytes) -> bytes:
    """A page put together from encoded rows."""
    return encode(head)[:-1] + b',"value":[' + rows + b"]}"


def _filtered(call: Call, found: list[SimMessage]) -> list[SimMessage]:
    if "$search" in call.query:
        raise GraphError(400, "SearchWithOrderBy", "$search is not offered by the simulator.")
    order = call.query.get("$orderby", "receivedDateTime desc").lower().split()
    if order[0] != "receiveddatetime":
        raise GraphError(400, "InefficientFilter", "The restriction or sort order is too complex for this operation.")
    for test in _tests(call.query.get("$filter", "")):
        found = [message for message in found if test(message)]
    return found[::-1] if order[1:] == ["asc"] or len(order) == 1 else found


def _tests(text: str) -> list[Test]:
    """The conditions of a ``$filter`` on receivedDateTime, joined by ``and``. Raises 400 for any other."""
    tests: list[Test] = []
    for part in re.split(r"\s+and\s+", text.strip()) if text else ():
        found = _RECEIVED.match(part)
        if not found:
            raise GraphError(400, "ErrorInvalidUrlQueryFilter", "The query filter contains one or more invalid nodes.")
        tests.append(_received_test(found["how"].lower(), found["when"]))
    return tests


def _received_test(how: str, when: str) -> Test:
    compare = COMPARISONS[how]
    return lambda message: compare(instant(message.received_at) or "", when)


def delta_page(call: Call, folder: SimFolder) -> Answer:
    """A page of a folder's changes, with the link to go on with."""
    if call.faults.no_delta:
        raise no_such_segment("delta")
    if "$expand" in call.query:
        # Reported again and again: extended properties do not come with delta (facts A.5).
        raise GraphError(500, "ErrorInternalServerError", "An internal server error occurred. The operation failed.")
    base = f"{call.root}/users('{folder.mailbox.id}')/mailFolders('{folder.id}')/messages/delta"
    token = _token(call, folder, base)
    page = delta.read_page(folder, token, call.faults, call.immutable)
    link = "@odata.deltaLink" if page.complete else "@odata.nextLink"
    option = "$deltatoken" if page.complete else "$skiptoken"
    head: dict[str, object] = {
        "@odata.context": f"{call.root}/$metadata#Collection(message)",
        link: f"{base}?{option}={page.token.text()}",
    }
    return Answer(body=page_body(head, b",".join(page.rows)))


def _token(call: Call, folder: SimFolder, base: str) -> delta.Token:
    text = call.query.get("$deltatoken") or call.query.get("$skiptoken")
    if not text:
        since, changes = _delta_filter(call), call.query.get("changeType", "")
        if changes not in ("", "created", "updated", "deleted"):
            raise GraphError(400, "ErrorInvalidUrlQuery", f"The value '{changes}' of changeType is not valid.")
        select = call.query.get("$select", "")
        return delta.first_token(folder, call.world.stamp, call.page_size, select, changes, since)
    token = delta.read_token(text)
    if delta.is_dead(token, folder, call.world.stamp):
        message = "The sync state generation is not found; synchronize from the beginning."
        raise GraphError(410, "syncStateNotFound", message, {"Location": base})
    return delta.resized(token, call.page_size)


def _delta_filter(call: Call) -> str:
    """The one filter that delta knows: receivedDateTime, ge or gt (concepts/delta-query-messages)."""
    if "$search" in call.query or call.query.get("$orderby", "receivedDateTime desc") != "receivedDateTime desc":
        raise GraphError(400, "ErrorInvalidUrlQuery", "The query is not supported for a change tracking request.")
    text = call.query.get("$filter", "")
    found = _RECEIVED.match(text)
    if text and (not found or found["how"].lower() not in ("ge", "gt")):
        raise GraphError(400, "ErrorInvalidUrlQuery", "The filter is not supported for a change tracking request.")
    return f"{found['how'].lower()} {found['when']}" if found else ""


def one(call: Call, message: SimMessage, status: int = 200) -> Answer:
    """One message with the fields selected and what is expanded."""
    expansion = expansion_of(call.query.get("$expand", ""))
    row = selection(call.query.get("$select", "")).whole(message, call.immutable, call.wants_text)
    context = f"{call.root}/$metadata#users('{message.mailbox.id}')/messages/$entity"
    body = {"@odata.context": context, **expansion.put(call, row, message)}
    return Answer(status, encode(body), headers={"ETag": message.etag})


def mime(call: Call, message: SimMessage) -> Answer:
    """The bytes exactly as they were loaded, or the error that never goes away (facts A.7)."""
    if message.mime_fails:
        raise GraphError(
            500,
            "ErrorMimeContentConversionFailed",
            "Failed to convert the MIME content of the item. The content conversion failed.",
        )
    return Answer(body=message.content, content_type="text/plain")


def check_version(call: Call, message: SimMessage) -> None:
    """Raises 412 where If-Match names another version."""
    wanted = call.headers.get("if-match", "").strip()
    if wanted and wanted not in ("*", message.etag) and not call.faults.ignore_if_match:
        raise changed_since()


def move(call: Call, message: SimMessage) -> Answer:
    """201 and the message in its new place, with a new change key; a rest id is another one, an immutable id not."""
    wanted = call.json().get("destinationId")
    if not isinstance(wanted, str) or not wanted:
        raise GraphError(400, "ErrorInvalidRequest", "The parameter 'destinationId' is missing.")
    check_version(call, message)
    target = folders.find(message.mailbox, wanted)
    try:
        call.world.place(message, target, "deleted")
    except Refused as error:
        raise GraphError(400, "ErrorMoveCopyFailed", str(error)) from error
    return one(call, message, 201)


def delete(call: Call, message: SimMessage) -> Answer:
    """204; to Deleted Items, from there to Recoverable Items, and from there nowhere (message-delete)."""
    check_version(call, message)
    try:
        call.world.delete(message.mailbox.address, message.immutable_id)
    except Refused as error:
        raise GraphError(400, "ErrorCannotDeleteObject", str(error)) from error
    return Answer(204)


def permanent_delete(call: Call, message: SimMessage) -> Answer:
    """204; to Purges, out of sight and not destroyed (message-permanentdelete). Raises 400 where the cloud lacks it."""
    if call.faults.no_permanent_delete:
        raise no_such_segment("permanentDelete")
    check_version(call, message)
    call.world.permanent_delete(message.mailbox.address, message.immutable_id)
    return Answer(204)


def patch(call: Call, message: SimMessage) -> Answer:
    """Change isRead, categories, importance or flag. Raises 400 for any other field."""
    asked = call.json()
    check_version(call, message)
    fields: dict[str, object] = {}
    for name, value in asked.items():
        if name == "isRead" and isinstance(value, bool):
            fields["is_read"] = value
        elif name == "categories" and isinstance(value, list):
            fields["categories"] = tuple(str(each) for each in value)
        elif name == "importance" and value in ("low", "normal", "high"):
            fields["importance"] = value
        elif name == "flag" and isinstance(value, dict):
            fields["flag"] = str(value.get("flagStatus", "notFlagged"))
        else:
            raise GraphError(400, "ErrorInvalidPropertySet", f"The property '{name}' cannot be set so.")
    call.world.edit(message.mailbox.address, message.immutable_id, **fields)
    return one(call, message)
