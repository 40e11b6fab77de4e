"""Answers about folders: children, one folder, and which folders changed.

The messages in them are answered by a neighbour.
"""

from __future__ import annotations

import base64
from urllib.parse import quote

from retention.simulator import ids
from retention.simulator.answers import Answer, Call, GraphError, encode, malformed, no_such_segment, not_found
from retention.simulator.mailbox import SimFolder, SimMailbox

DEFAULT_PAGE = 10
FIELDS = (
    "id",
    "displayName",
    "parentFolderId",
    "childFolderCount",
    "unreadItemCount",
    "totalItemCount",
    "sizeInBytes",
    "isHidden",
)
WELL_KNOWN_BUT_EMPTY = ("clutter", "conflicts", "localfailures", "scheduled", "searchfolders", "serverfailures")


def find(mailbox: SimMailbox, key: str) -> SimFolder:
    """The folder of an id or of a well-known name. Raises 400 for neither, 404 for a folder that is gone.

    ``recoverableitemspurges`` is no name that Graph documents (facts A.3): it is refused as a malformed id.
    """
    known = mailbox.well_known(key)
    if known:
        return known
    if key.lower() in WELL_KNOWN_BUT_EMPTY or key.lower() == "syncissues":
        raise not_found()
    try:
        number, folder = ids.read_folder_id(key)
    except ids.MalformedId as error:
        raise malformed() from error
    found = mailbox.folders.get(folder)
    if number != mailbox.number or found is None or found.tree is not mailbox.primary:
        raise not_found()
    return found


def row(folder: SimFolder, names: tuple[str, ...] = FIELDS) -> dict[str, object]:
    """A folder as Graph writes it; a search folder says so by its type (user-list-mailfolders)."""
    parent = folder.parent or folder.mailbox.root
    values: dict[str, object] = {
        "id": folder.id,
        "displayName": folder.name,
        "parentFolderId": parent.id,
        "childFolderCount": sum(not child.hidden for child in folder.children),
        "unreadItemCount": folder.unread,
        "totalItemCount": folder.total,
        "isHidden": folder.hidden,
    }
    chosen = {name: values[name] for name in FIELDS if name in names and name in values}
    if folder.search:
        return {"@odata.type": "#microsoft.graph.mailSearchFolder", "isSupported": True, **chosen}
    return chosen


def chosen_fields(call: Call) -> tuple[str, ...]:
    """The fields selected, always with the id. Raises 400 for one that a folder has not."""
    names = tuple(name.strip() for name in call.query.get("$select", "").split(",") if name.strip())
    for name in names:
        if name not in FIELDS:
            message = f"Could not find a property named '{name}' on type 'microsoft.graph.mailFolder'."
            raise GraphError(400, "RequestBroker--ParseUri", message)
    return (*names, "id") if names else FIELDS


def children(call: Call, parent: SimFolder, path: str) -> Answer:
    """A page of a folder's children; hidden ones only where they are asked for."""
    names, hidden = chosen_fields(call), call.query.get("includeHiddenFolders", "").lower() == "true"
    found = [child for child in parent.children if hidden or not child.hidden]
    begin, size = call.number("$skip") or 0, call.page_size or DEFAULT_PAGE
    page: dict[str, object] = {"@odata.context": f"{call.root}/$metadata#users('{parent.mailbox.id}')/mailFolders"}
    if call.query.get("$count", "").lower() == "true":
        page["@odata.count"] = len(found)
    page["value"] = [row(child, names) for child in found[begin : begin + size]]
    if begin + size < len(found):
        kept = "".join(f"&{name}={quote(value)}" for name, value in call.query.items() if name != "$skip")
        page["@odata.nextLink"] = f"{call.root}/{path}?$skip={begin + size}{kept}"
    return Answer(body=encode(page))


def one(call: Call, folder: SimFolder) -> Answer:
    """One folder by itself."""
    context = f"{call.root}/$metadata#users('{folder.mailbox.id}')/mailFolders/$entity"
    return Answer(body=encode({"@odata.context": context, **row(folder, chosen_fields(call))}))


def delta(call: Call, mailbox: SimMailbox) -> Answer:
    """Which folders were added, renamed or removed since the token; their messages do not count."""
    if call.faults.no_delta:
        raise no_such_segment("delta")
    since = _since(call, mailbox)
    page: dict[str, object] = {"@odata.context": f"{call.root}/$metadata#Collection(mailFolder)"}
    token = base64.urlsafe_b64encode(f"{call.world.stamp} {mailbox.number} {mailbox.clock}".encode()).decode()
    page["@odata.deltaLink"] = f"{call.root}/users('{mailbox.id}')/mailFolders/delta?$deltatoken={token}"
    rows = [row(folder) for folder in mailbox.root.descendants() if folder.changed_at > since]
    if since:
        gone = [id_ for moment, id_ in mailbox.removed_folders if moment > since]
        rows += [{"id": id_, "@removed": {"reason": "deleted"}} for id_ in gone]
    page["value"] = rows
    return Answer(body=encode(page))


def _since(call: Call, mailbox: SimMailbox) -> int:
    text = call.query.get("$deltatoken", "")
    if not text:
        return 0
    try:
        stamp, number, clock = base64.urlsafe_b64decode(text).decode().split(" ")
        known = stamp == call.world.stamp and int(number) == mailbox.number
        since = int(clock)
    except ValueError as error:
        raise GraphError(400, "SyncStateInvalid", "Badly formed token.") from error
    if not known or since > mailbox.clock:
        raise GraphError(410, "syncStateNotFound", "The sync state generation is not found.")
    return since
