"""Ids as EWS writes them, and what an id or a well-known name stands for in a mailbox.

What is told of a folder or an item once it is found is written by the neighbours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from retention.simulator import ids
from retention.simulator.ews.soap import ItemError, M, T
from retention.simulator.mailbox import SimFolder, SimMailbox, SimMessage, Tree

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

# Graph's ids are those of EWS made fit for an address (concepts/outlook-immutable-id).
TO_EWS = str.maketrans("-_", "/+")
_FROM_EWS = str.maketrans("/+", "-_")
NO_FOLDER = "The specified folder could not be found in the store."
NO_ITEM = "The specified object was not found in the store., The process failed to get the correct properties."
FOLDER_IDS = (f"{T}FolderId", f"{T}DistinguishedFolderId")


def item_id(message: SimMessage) -> str:
    """The id of an item where it lies now: another one after each move."""
    return message.rest_id.translate(TO_EWS)


def past_item_id(message: SimMessage, moves: int) -> str:
    """The id that the item had before it left."""
    return ids.rest_id(message.mailbox.number, message.serial, moves).translate(TO_EWS)


def folder_id(folder: SimFolder) -> str:
    """The id of a folder, which stays."""
    return folder.id.translate(TO_EWS)


def children(folder: SimFolder) -> list[SimFolder]:
    """The folders right below this one; the topmost of a tree has two."""
    tree = folder.tree
    return [tree.root, tree.dumpster] if folder is tree.top else folder.children


def descendants(folder: SimFolder) -> list[SimFolder]:
    """Every folder below this one, each before those in it."""
    found: list[SimFolder] = []
    for child in children(folder):
        found += [child, *descendants(child)]
    return found


def parent(folder: SimFolder) -> SimFolder:
    """The folder above; the topmost of a tree is its own."""
    return folder.parent or folder.tree.top


def find_folder(mailbox: SimMailbox, element: Element) -> SimFolder:
    """The folder that a FolderId or a DistinguishedFolderId names. Raises ``ItemError``."""
    key = element.get("Id", "")
    if element.tag == f"{T}DistinguishedFolderId":
        return _distinguished(mailbox, key, element.findtext(f"{T}Mailbox/{T}EmailAddress") or "")
    try:
        number, folder = ids.read_folder_id(key.translate(_FROM_EWS))
    except ids.MalformedId as error:
        raise malformed() from error
    found = mailbox.folders.get(folder)
    if number != mailbox.number or found is None:
        raise ItemError("ErrorItemNotFound", NO_ITEM)
    _check_archive(mailbox, found.tree)
    return found


def _distinguished(mailbox: SimMailbox, name: str, owner: str) -> SimFolder:
    if owner and owner.lower() not in (mailbox.address.lower(), *(alias.lower() for alias in mailbox.aliases)):
        raise ItemError("ErrorAccessDenied", "Access is denied. Check credentials and try again.")
    in_archive = name.startswith("archive") and name != "archive"
    tree = mailbox.archive if in_archive else mailbox.primary
    found = tree.named.get(name.removeprefix("archive") if in_archive else name) if tree else None
    if found is None or tree is None or found.number not in mailbox.folders:
        raise ItemError("ErrorFolderNotFound", NO_FOLDER)
    _check_archive(mailbox, tree)
    return found


def _check_archive(mailbox: SimMailbox, tree: Tree) -> None:
    if tree.archive and mailbox.archive_trouble:
        raise ItemError(mailbox.archive_trouble, "The archive mailbox could not be reached.")


def find_item(mailbox: SimMailbox, element: Element) -> SimMessage:
    """The item that an ItemId names. Raises ``ItemError``; an id from before a move is not known any more."""
    try:
        number, serial, moves = ids.read_message_id(element.get("Id", "").translate(_FROM_EWS))
    except ids.MalformedId as error:
        raise malformed() from error
    found = mailbox.messages.get(serial)
    if number != mailbox.number or found is None or moves != found.moves:
        raise ItemError("ErrorItemNotFound", NO_ITEM)
    _check_archive(mailbox, found.folder.tree)
    return found


def malformed() -> ItemError:
    """For an id that was never given."""
    return ItemError("ErrorInvalidIdMalformed", "Id is malformed.")


def folder_elements(element: Element, name: str) -> list[Element]:
    """The folder ids within an element of a request, in their order."""
    within = element.find(M + name)
    return [each for each in within if each.tag in FOLDER_IDS] if within is not None else []


def item_elements(element: Element) -> list[Element]:
    """The item ids of a request, in their order."""
    within = element.find(f"{M}ItemIds")
    return list(within) if within is not None else []
