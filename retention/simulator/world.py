"""The state of the pretend mail system: its mailboxes, their nested folders, and the messages in them.

In memory only, safe to use from several threads; nothing here speaks HTTP.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from msgspec import Struct, structs

from retention.core.mime import read_facts, whole_seconds
from retention.simulator import ids
from retention.simulator.mailbox import SimFolder, SimMailbox, SimMessage, Source, Stored, User

EDITABLE = {
    "is_read": "isRead",
    "is_draft": "isDraft",
    "categories": "categories",
    "flag": "flag",
    "subject": "subject",
    "importance": "importance",
    "received_at": "receivedDateTime",
    "kind": "@odata.type",
    "mime": "body",
}


class ServerHold(Struct, frozen=True):
    """A hold that the mail system itself keeps mailboxes under. An empty ``query`` keeps all their mail."""

    id: str
    name: str
    query: str
    addresses: tuple[str, ...]


class NotThere(LookupError):
    """There is no such mailbox, folder or message."""


class Refused(Exception):
    """The mail system will not do this to this message."""


def _clock() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


class World:
    """Mailboxes, folders and messages, behind one lock.

    Addresses are told apart without regard to case. Paths are display names joined by ``/``; besides the folders
    that a walk meets there are ``Recoverable Items/Deletions``, ``…/Purges``, ``…/Versions`` and ``…/DiscoveryHolds``,
    and the in-place archive below ``In-Place Archive/``. Every method raises ``NotThere`` for an address, path or id
    that does not exist. ``clock`` gives the moment of an edit, in UTC. ``holds`` are the server's own, by their ids.
    """

    def __init__(self, clock: Callable[[], datetime] = _clock) -> None:
        self.lock = threading.RLock()
        self.clock = clock
        self.stamp = secrets.token_hex(4)
        self._by_address: dict[str, SimMailbox] = {}
        self._by_number: list[SimMailbox] = []
        self.holds: dict[str, ServerHold] = {}

    def add_mailbox(
        self,
        address: str,
        name: str = "",
        kind: str = "user",
        *,
        rest: bool = True,
        access: bool = True,
        has_archive: bool = False,
        aliases: Iterable[str] = (),
        user: User | None = None,
    ) -> SimMailbox:
        """A new mailbox with the folders every mailbox has, or the one that is already there.

        ``kind`` is ``user``, ``shared`` or ``room``. ``aliases`` are its further addresses, ``user`` what the directory
        says of its user. Without ``rest`` every request for its mail is answered with 404 MailboxNotEnabledForRESTAPI,
        without ``access`` with 403 ErrorAccessDenied.
        """
        with self.lock:
            known = self._by_address.get(address.lower())
            if known:
                return known
            mailbox = SimMailbox(len(self._by_number) + 1, address, name, kind)
            mailbox.rest, mailbox.access = rest, access
            if has_archive:
                mailbox.open_archive()
            mailbox.aliases = tuple(aliases)
            mailbox.user = user or User()
            self._by_address[address.lower()] = mailbox
            self._by_address[mailbox.id] = mailbox
            self._by_number.append(mailbox)
            return mailbox

    def change_user(self, address: str, user: User) -> None:
        """Let the directory say this of the mailbox's user from now on."""
        with self.lock:
            self.mailbox(address).user = user

    def mailboxes(self) -> tuple[SimMailbox, ...]:
        """Every mailbox, in the order of making."""
        with self.lock:
            return tuple(self._by_number)

    def mailbox(self, address: str) -> SimMailbox:
        """The mailbox of an address or a user id."""
        with self.lock:
            found = self._by_address.get(address.lower())
            if not found:
                raise NotThere(f"There is no mailbox {address}.")
            return found

    def folder(self, address: str, path: str) -> SimFolder:
        """The folder at a path."""
        with self.lock:
            found = self.mailbox(address).at(path)
            if not found:
                raise NotThere(f"There is no folder {path} in {address}.")
            return found

    def add_folder(self, address: str, path: str, hidden: bool = False, search: bool = False) -> SimFolder:
        """Make the folder at ``path`` and all those above it that are missing; only the last is hidden or a search."""
        with self.lock:
            folder, names = self.mailbox(address).start_of(path)
            if folder is None:
                raise NotThere(f"{address} has no in-place archive.")
            for name in names:
                child = next((each for each in folder.children if each.name == name), None)
                folder = child or folder.mailbox.add_folder(name, folder)
            folder.hidden, folder.search = hidden or folder.hidden, search or folder.search
            return folder

    def rename_folder(self, address: str, path: str, name: str) -> None:
        """Give the folder another name; its id and its tokens stay."""
        with self.lock:
            folder = self.folder(address, path)
            folder.name = name
            folder.changed_at = folder.mailbox.tick()

    def remove_folder(self, address: str, path: str) -> None:
        """Take away a folder with all in it; the messages go to Recoverable Items/Deletions."""
        with self.lock:
            folder = self.folder(address, path)
            for each in reversed((folder, *folder.descendants())):
                for serial in tuple(each.listing()):
                    self.place(each.mailbox.messages[serial], each.tree.deletions, "deleted")
                each.mailbox.forget_folder(each)

    def add_message(
        self,
        address: str,
        folder_path: str,
        mime: bytes,
        *,
        received_at: datetime | None = None,
        is_read: bool = True,
        categories: Iterable[str] = (),
        kind: str | None = None,
        is_draft: bool = False,
        mime_fails: bool = False,
    ) -> str:
        """Put a message into a folder, made when it is missing, and return its immutable id.

        The bytes are kept as they are. ``received_at`` without a zone is taken as UTC; where it is not given, the
        message's own Received or Date header counts, and a message with neither has no date at all. ``kind`` is the
        message class.
        """
        known = read_facts(mime)
        known = structs.replace(
            known,
            received_at=whole_seconds(received_at) if received_at else known.received_at,
            kind=kind or known.kind,
        )
        return self.add_from(
            address,
            folder_path,
            Stored(mime, known),
            is_read=is_read,
            categories=tuple(categories),
            is_draft=is_draft,
            mime_fails=mime_fails,
        ).immutable_id

    def add_from(
        self,
        address: str,
        folder_path: str,
        source: Source,
        *,
        is_read: bool = True,
        categories: tuple[str, ...] = (),
        is_draft: bool = False,
        mime_fails: bool = False,
    ) -> SimMessage:
        """Put a message into a folder whose bytes and facts a ``Source`` gives when they are asked for."""
        with self.lock:
            mailbox = self.mailbox(address)
            folder = mailbox.at(folder_path) or self.add_folder(address, folder_path)
            message = SimMessage(mailbox, len(mailbox.messages) + 1, source)
            message.is_read, message.is_draft = is_read, is_draft
            message.categories, message.mime_fails = categories, mime_fails
            message.change = mailbox.tick()
            mailbox.messages[message.serial] = message
            folder.enter(message)
            return message

    def add_reference(self, address: str, id: str, name: str, url: str) -> None:
        """Attach a link to a file kept elsewhere: it is listed among the attachments and is not in the MIME."""
        with self.lock:
            message = self.message(address, id)
            message.mailbox.references.setdefault(message.serial, []).append((name, url))
            message.folder.touch(message, ("hasAttachments",))
            self._changed(message)

    def ids(self, address: str, folder_path: str | None = None) -> list[str]:
        """The immutable ids of the messages in one folder, or of all that a walk over the mailbox would meet."""
        with self.lock:
            mailbox = self.mailbox(address)
            folders = mailbox.root.descendants() if folder_path is None else [self.folder(address, folder_path)]
            return [mailbox.messages[serial].immutable_id for folder in folders for serial in folder.listing()]

    def message(self, address: str, id: str) -> SimMessage:
        """The message of an id in either form. A rest id from before a move is not known any more."""
        with self.lock:
            mailbox = self.mailbox(address)
            try:
                number, serial, moves = ids.read_message_id(id)
            except ids.MalformedId as error:
                raise NotThere(f"{id} is no message id.") from error
            found = mailbox.messages.get(serial) if number == mailbox.number else None
            if found is None or (moves is not None and moves != found.moves):
                raise NotThere(f"There is no message {id} in {address}.")
            return found

    def where(self, address: str, id: str) -> str | None:
        """The path of the folder the message lies in now, or None where there is no such message."""
        with self.lock:
            try:
                return self.message(address, id).folder.path
            except NotThere:
                return None

    def mime(self, address: str, id: str) -> bytes:
        """The bytes that were loaded, also of a message whose MIME fails over the wire."""
        return self.message(address, id).content

    def move(self, address: str, id: str, folder_path: str) -> None:
        """Move the message: its immutable id stays, its change key does not."""
        with self.lock:
            self.place(self.message(address, id), self.folder(address, folder_path), "deleted")

    def delete(self, address: str, id: str) -> None:
        """What DELETE does: to Deleted Items, and from there to Recoverable Items/Deletions.

        Raises ``Refused`` for what lies in Recoverable Items already (message-delete: ErrorCannotDeleteObject).
        """
        with self.lock:
            message = self.message(address, id)
            tree = message.folder.tree
            bin_ = tree.named["deleteditems"]
            if message.folder.within(tree.dumpster):
                raise Refused("The object cannot be deleted.")
            if message.folder.within(bin_):
                self.place(message, tree.deletions, "deleted")
            else:
                # A delta row says "changed" of what can still be restored from Deleted Items (delta-query-overview).
                self.place(message, bin_, "changed")

    def permanent_delete(self, address: str, id: str) -> None:
        """What permanentDelete does: to Recoverable Items/Purges, where nobody sees it; nothing is destroyed."""
        with self.lock:
            message = self.message(address, id)
            self.place(message, message.folder.tree.purges, "deleted")

    def place(self, message: SimMessage, folder: SimFolder, reason: str) -> None:
        """Take the message out of its folder (``@removed`` with this reason there) and put it into another."""
        with self.lock:
            if folder.search:
                raise Refused("A search folder holds no items of its own.")
            if message.folder is folder:
                return
            message.folder.leave(message, reason)
            message.moves += 1
            folder.enter(message)
            self._changed(message)

    def edit(self, address: str, id: str, **fields: object) -> None:
        """Change fields of a message, which gives it another change key.

        Fields: is_read, is_draft, categories, flag, subject, importance, received_at, kind, mime.
        """
        unknown = set(fields) - set(EDITABLE)
        if unknown:
            raise TypeError(f"A message has no field {', '.join(sorted(unknown))} that can be edited.")
        with self.lock:
            message = self.message(address, id)
            message.folder.unread -= not message.is_read
            for name in fields.keys() & {"is_read", "is_draft", "flag"}:
                setattr(message, name, fields[name])
            message.categories = _texts(fields.get("categories", message.categories))
            message.source = _edited(message, fields)
            message.folder.unread += not message.is_read
            message.folder.touch(message, tuple(EDITABLE[name] for name in fields))
            self._changed(message)

    def soft_delete(self, address: str, id: str) -> None:
        """What EWS calls SoftDelete: to Recoverable Items/Deletions at once. Raises ``Refused`` for what lies there."""
        with self.lock:
            message = self.message(address, id)
            if message.folder.within(message.folder.tree.dumpster):
                raise Refused("The object cannot be deleted.")
            self.place(message, message.folder.tree.deletions, "deleted")

    def hold_mailbox(self, address: str, hold_id: str, *, name: str = "", query: str = "") -> None:
        """Let the server keep this mailbox under a hold of its own, beside those that the hold keeps already."""
        with self.lock:
            own = self.mailbox(address).address
            before = self.holds.get(hold_id, ServerHold(hold_id, name or hold_id, query, ()))
            addresses = tuple(dict.fromkeys((*before.addresses, own)))
            self.holds[hold_id] = structs.replace(before, addresses=addresses)

    def litigation(self, address: str) -> None:
        """Put this mailbox on litigation hold: no operation of EWS tells it, nor does Graph's v1.0 (facts 0.3)."""
        with self.lock:
            self.mailbox(address).litigation = True

    def release_mailbox(self, address: str, hold_id: str) -> None:
        """Take this mailbox out of one of the server's holds; a hold that keeps none is gone."""
        with self.lock:
            own, hold = self.mailbox(address).address, self.holds.get(hold_id)
            if hold is None:
                raise NotThere(f"There is no hold {hold_id}.")
            rest = tuple(each for each in hold.addresses if each != own)
            self.holds[hold_id] = structs.replace(hold, addresses=rest)
            if not rest:
                del self.holds[hold_id]

    def break_item(self, address: str, id: str, code: str = "ErrorCorruptData") -> None:
        """Let EWS answer with this error whenever the item itself is asked for; lists go on to name it."""
        with self.lock:
            self.message(address, id).broken = code

    def reset_delta(self, address: str, folder_path: str | None = None) -> None:
        """Let every delta token of one folder, or of the whole mailbox, die: they are answered with 410."""
        with self.lock:
            mailbox = self.mailbox(address)
            folders = mailbox.folders.values() if folder_path is None else [self.folder(address, folder_path)]
            for folder in folders:
                folder.epoch += 1

    def _changed(self, message: SimMessage) -> None:
        message.change = message.mailbox.tick()
        message.modified_at = self.clock()
        message.row = message.expanded = message.soap = None


def _edited(message: SimMessage, fields: dict[str, object]) -> Source:
    """The message's source with the edited facts in it, or the same source where only flags changed."""
    changed = {name: fields[name] for name in ("subject", "importance", "received_at", "kind") if name in fields}
    if isinstance(moment := changed.get("received_at"), datetime):
        changed["received_at"] = whole_seconds(moment)
    content = fields.get("mime")
    if isinstance(content, bytes):
        dated = {"received_at": message.received_at, **changed}
        return Stored(content, structs.replace(read_facts(content), **dated))
    return Stored(message.content, structs.replace(message.facts, **changed)) if changed else message.source


def _texts(values: object) -> tuple[str, ...]:
    return tuple(str(value) for value in values) if isinstance(values, list | tuple | set | frozenset) else ()
