"""Which folders a mailbox has, its in-place archive included, and where its well-known ones are.

No message is read here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from retention.core.message import Folder
from retention.mail.exchange.answers import MESSAGES, TYPES, Element, Response, item_id, only
from retention.mail.exchange.asked import FOLDER_PAGE, HIDDEN, find_folders, get_folders
from retention.mail.exchange.failures import NO_ARCHIVE, REMOTE_ARCHIVE, Malformed, ServiceError, unreadable
from retention.mail.exchange.wire import Wire

ROOT, ARCHIVE_ROOT = "msgfolderroot", "archivemsgfolderroot"
DELETED_ITEMS, ARCHIVE_DELETED_ITEMS = "deleteditems", "archivedeleteditems"
ARCHIVE = "In-Place Archive/"
"""Before the path of every folder of the archive: Outlook shows it as a mailbox beside the other."""

ARCHIVE_FOLDER = "archive"
"""The folder of the mailbox that is so called: it has nothing to do with the in-place archive, and no name of its own
to be asked for by in older schemas."""

WELL_KNOWN = ("inbox", "sentitems", DELETED_ITEMS, "drafts", "junkemail", "outbox")
ARCHIVE_WELL_KNOWN = ("archiveinbox", ARCHIVE_DELETED_ITEMS)
RECOVERABLE = {
    "Deletions": "recoverableitemsdeletions",
    "Purges": "recoverableitemspurges",
    "Versions": "recoverableitemsversions",
    "DiscoveryHolds": "recoverableitemsdiscoveryholds",
}
ARCHIVE_RECOVERABLE = {name: f"archive{folder}" for name, folder in RECOVERABLE.items()}

NO_MAIL = {f"{TYPES}{tag}" for tag in ("SearchFolder", "CalendarFolder", "ContactsFolder", "TasksFolder")}
"""Search folders show mail that lies elsewhere; the others hold none."""

NO_MAIL_CLASSES = ("IPF.Appointment", "IPF.Contact", "IPF.Task", "IPF.StickyNote", "IPF.Journal")
DEEPEST = 300
"""Folders below one another: the most that Exchange allows, so that a list which leads in a circle has an end."""

SLASH_IN_A_NAME = "∕"
"""A folder's own ``/`` is shown as U+2215, so that a path always splits into the folders it names."""


class _Found(Struct, frozen=True):
    id: str
    parent: str
    name: str
    hidden: bool
    well_known: str
    holds_mail: bool


def folders(wire: Wire, address: str) -> tuple[Folder, ...]:
    """Every folder that holds mail, parents first, hidden ones too, then those of the archive.

    An archive that there is and that cannot be reached stands as one folder, which cannot be read: so nothing that is
    known to lie in it is taken for gone. Raises ``MailboxUnreadable``.
    """
    try:
        names = {id_: name for name, id_ in places(wire, address, WELL_KNOWN).items()}
        found = _tree(wire, address, ROOT, "", names)
    except ServiceError as error:
        raise unreadable(address, error) from error
    try:
        names = {id_: name for name, id_ in places(wire, address, ARCHIVE_WELL_KNOWN).items()}
        return (*found, *_tree(wire, address, ARCHIVE_ROOT, ARCHIVE, names))
    except ServiceError as error:
        if error.code in NO_ARCHIVE | REMOTE_ARCHIVE:
            return found
        return (*found, Folder(id=ARCHIVE_ROOT, path=ARCHIVE.rstrip("/")))


def _tree(wire: Wire, address: str, root: str, above: str, names: Mapping[str, str]) -> tuple[Folder, ...]:
    """The folders below a root. Children can be listed before their parents."""
    found = {each.id: each for each in _listed(wire, address, root)}
    known: dict[str, Folder] = {}

    def path(each: _Found, depth: int = 0) -> str:
        parent = found.get(each.parent)
        begin = path(parent, depth + 1) + "/" if parent is not None and depth < DEEPEST else above
        return begin + each.name.replace("/", SLASH_IN_A_NAME)

    for each in found.values():
        if each.holds_mail:
            well_known = names.get(each.id) or (each.well_known if each.well_known == ARCHIVE_FOLDER else "")
            known[each.id] = Folder(id=each.id, path=path(each), hidden=each.hidden, well_known=well_known)
    return tuple(sorted(known.values(), key=lambda folder: folder.path.count("/")))


def _listed(wire: Wire, address: str, root: str) -> list[_Found]:
    offset, found, met = 0, list[_Found](), set[str]()
    while True:
        response = wire.one(find_folders(root, offset), address)
        page = response.element.find(f"{MESSAGES}RootFolder")
        if page is None:
            raise ServiceError(200, "MalformedAnswer", "a list of folders without its root")
        listed = page.find(f"{TYPES}Folders")
        try:
            new = [_found(each) for each in (listed if listed is not None else ()) if isinstance(each.tag, str)]
        except Malformed as error:
            raise ServiceError(200, "MalformedAnswer", str(error)) from error
        found += [each for each in new if each.id not in met]
        met |= {each.id for each in new}
        if page.get("IncludesLastItemInRange") == "true":
            return found
        if not new:
            raise ServiceError(200, "MalformedAnswer", "a list of folders that does not end")
        told = page.get("IndexedPagingOffset") or ""
        offset = int(told) if told.isdecimal() and int(told) > offset else offset + min(len(new), FOLDER_PAGE)


def _found(element: Element) -> _Found:
    id_, _ = item_id(element, "FolderId")
    parent = element.find(f"{TYPES}ParentFolderId")
    hidden = any(
        (each[0].get("PropertyTag") or "").lower() == HIDDEN and each.findtext(f"{TYPES}Value") == "true"
        for each in element.findall(f"{TYPES}ExtendedProperty")
    )
    kind = element.findtext(f"{TYPES}FolderClass") or ""
    return _Found(
        id=id_,
        parent=parent.get("Id") or "" if parent is not None else "",
        name=element.findtext(f"{TYPES}DisplayName") or id_,
        hidden=hidden,
        well_known=element.findtext(f"{TYPES}DistinguishedFolderId") or "",
        holds_mail=element.tag not in NO_MAIL and not kind.startswith(NO_MAIL_CLASSES),
    )


def places(wire: Wire, address: str, names: Sequence[str]) -> dict[str, str]:
    """Well-known name → folder id, of those there are. Display names are in the language of the mailbox.

    Raises ``ServiceError`` where the mailbox is closed or has none of them.
    """
    answers = asked_one_by_one(wire, address, names)
    found: dict[str, str] = {}
    for name, response in answers.items():
        if response.is_success:
            found[name] = id_of(response)
        elif response.code not in NO_ARCHIVE:
            raise response.error
    if not found:
        raise next(iter(answers.values())).error
    return found


def asked_one_by_one(wire: Wire, address: str, names: Sequence[str], *, counted: bool = False) -> dict[str, Response]:
    """An answer for each well-known folder, in one request. Raises ``ServiceError``."""
    answers = wire.ask(get_folders(names, counted=counted), address)
    if len(answers) != len(names):
        raise ServiceError(200, "MalformedAnswer", "another number of answers than of folders")
    return dict(zip(names, answers, strict=True))


def id_of(response: Response) -> str:
    """The id of the one folder that was asked for. Raises ``ServiceError``."""
    try:
        return item_id(only(response, "Folders"), "FolderId")[0]
    except Malformed as error:
        raise ServiceError(200, "MalformedAnswer", str(error)) from error


def count_of(response: Response) -> int:
    """How many items a folder says it has."""
    told = only(response, "Folders").findtext(f"{TYPES}TotalCount") or ""
    if not told.isdecimal():
        raise Malformed("a folder without a count")
    return int(told)
