"""Which answer a Graph request gets: its path read segment by segment.

No connection and no token is looked at here; that was done before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from retention.simulator import attachments, folders, messages, users
from retention.simulator.answers import Answer, Call, GraphError, encode, no_such_segment
from retention.simulator.mailbox import SimFolder, SimMailbox, SimMessage

T = TypeVar("T")
Table = Mapping[tuple[str, str], Callable[[Call, T], Answer]]


def answer(call: Call) -> Answer:
    """The answer to one request, errors included."""
    with call.world.lock:
        try:
            _check_permission(call)
            given = _route(call)
        except GraphError as error:
            given = error.answer(call.headers.get("client-request-id", ""))
    if call.immutable and given.status < 400:
        given.headers["Preference-Applied"] = 'IdType="ImmutableId"'
    return given


def only(call: Call, *methods: str) -> None:
    """Raises 405 for any other method."""
    if call.method not in methods:
        raise GraphError(405, "Request_BadRequest", f"Specified HTTP method is not allowed: {call.method}.")


def _check_permission(call: Call) -> None:
    """Raises 403 for what the application was not granted, before anything is looked up."""
    if len(call.path) < 3:
        if call.path[:1] == ("users",) and not call.holder.may_list:
            raise GraphError(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
    elif not (call.holder.may_read if call.method == "GET" else call.holder.may_write):
        raise users.denied()


def _route(call: Call) -> Answer:
    match [segment.lower() for segment in call.path]:
        case ["me", *_]:
            raise GraphError(400, "BadRequest", "/me request is only valid with delegated authentication flow.")
        case ["users"]:
            only(call, "GET")
            return users.listing(call)
        case ["users", _]:
            only(call, "GET")
            return users.one(call, users.find(call, call.path[1]))
        case ["users", _, *_]:
            return _mailbox(call, users.enter(call, users.find(call, call.path[1])), call.path[2:])
    raise no_such_segment(call.path[0] if call.path else "")


def _mailbox(call: Call, mailbox: SimMailbox, rest: tuple[str, ...]) -> Answer:
    match [segment.lower() for segment in rest]:
        case ["mailfolders", "delta"]:
            return _chosen(ON_MAILBOX, call, mailbox, rest)
        case ["mailfolders", _, *_]:
            return _folder(call, folders.find(mailbox, rest[1]), rest[2:])
        case ["messages", _, *_]:
            return _message(call, messages.find(call, mailbox, rest[1]), rest[2:])
        case ["mailboxsettings", _]:
            only(call, "GET")
            return users.one_setting(call, mailbox, rest[1])
    return _chosen(ON_MAILBOX, call, mailbox, rest)


def _folder(call: Call, folder: SimFolder, rest: tuple[str, ...]) -> Answer:
    match [segment.lower() for segment in rest]:
        case ["childfolders", _, *_]:
            return _folder(call, folders.find(folder.mailbox, rest[1]), rest[2:])
        case ["messages", ("delta" | "$count")]:
            return _chosen(ON_FOLDER, call, folder, rest)
        case ["messages", _, *_]:
            return _message(call, messages.find(call, folder.mailbox, rest[1]), rest[2:])
    return _chosen(ON_FOLDER, call, folder, rest)


def _message(call: Call, message: SimMessage, rest: tuple[str, ...]) -> Answer:
    match [segment.lower() for segment in rest]:
        case ["attachments", _]:
            only(call, "GET")
            return attachments.one(call, message, rest[1], as_value=False)
        case ["attachments", _, "$value"]:
            only(call, "GET")
            return attachments.one(call, message, rest[1], as_value=True)
    return _chosen(ON_MESSAGE, call, message, rest)


def _chosen(table: Table[T], call: Call, thing: T, rest: tuple[str, ...]) -> Answer:
    """What the table says of this method and path. Raises 405 for another method, 400 for another path."""
    name = "/".join(rest).lower()
    act = table.get((call.method, name))
    if act is None:
        if any(known == name for _, known in table):
            only(call)
        raise no_such_segment(rest[0])
    return act(call, thing)


def _children_of_root(call: Call, mailbox: SimMailbox) -> Answer:
    return folders.children(call, mailbox.root, f"users/{mailbox.id}/mailFolders")


def _children(call: Call, folder: SimFolder) -> Answer:
    return folders.children(call, folder, f"users/{folder.mailbox.id}/mailFolders/{folder.id}/childFolders")


def _all_messages(call: Call, mailbox: SimMailbox) -> Answer:
    """The whole mailbox, Deleted Items included (user-list-messages), newest first."""
    found = [mailbox.messages[serial] for folder in mailbox.root.descendants() for serial in folder.listing()]
    found.sort(key=lambda each: -(each.received_at.timestamp() if each.received_at else 0.0))
    return messages.listing(call, mailbox, found, f"users/{mailbox.id}/messages")


def _messages_in(call: Call, folder: SimFolder) -> Answer:
    mailbox, path = folder.mailbox, f"users/{folder.mailbox.id}/mailFolders/{folder.id}/messages"
    return messages.listing(call, mailbox, [mailbox.messages[serial] for serial in folder.listing()], path)


def _count(call: Call, folder: SimFolder) -> Answer:
    return Answer(body=encode(folder.total), content_type="text/plain")


ON_MAILBOX: Table[SimMailbox] = {
    ("GET", "mailboxsettings"): users.mailbox_settings,
    ("GET", "settings/exchange"): users.exchange_settings,
    ("GET", "mailfolders"): _children_of_root,
    ("GET", "mailfolders/delta"): folders.delta,
    ("GET", "messages"): _all_messages,
}
ON_FOLDER: Table[SimFolder] = {
    ("GET", ""): folders.one,
    ("GET", "childfolders"): _children,
    ("GET", "messages"): _messages_in,
    ("GET", "messages/$count"): _count,
    ("GET", "messages/delta"): messages.delta_page,
}
ON_MESSAGE: Table[SimMessage] = {
    ("GET", ""): messages.one,
    ("PATCH", ""): messages.patch,
    ("DELETE", ""): messages.delete,
    ("GET", "$value"): messages.mime,
    ("POST", "move"): messages.move,
    ("POST", "permanentdelete"): messages.permanent_delete,
    ("GET", "attachments"): attachments.listing,
}
