"""Answers about folders: one or several by their ids, and those below another.

The items in them are answered by a neighbour.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING

from retention.simulator.answers import Answer
from retention.simulator.ews import names, soap
from retention.simulator.ews.extended import extended_element, extended_uri
from retention.simulator.ews.soap import Asked, ItemError, M, T, escaped
from retention.simulator.mailbox import SimFolder, SimMailbox

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

TAGS = {"IPF.Appointment": "CalendarFolder", "IPF.Contact": "ContactsFolder", "IPF.Task": "TasksFolder"}
LARGEST_PAGE = 1000


def searched(folder: SimFolder) -> list[int]:
    """The serial numbers of what a search folder shows: every unread message that people see in its tree."""
    messages = folder.mailbox.messages
    found = [serial for each in folder.tree.root.descendants() for serial in each.listing()]
    return [serial for serial in found if not messages[serial].is_read]


def _distinguished(folder: SimFolder) -> str:
    name = next((name for name, each in folder.tree.named.items() if each is folder), "")
    return f"archive{name}" if name and folder.tree.archive else name


def _identity(name: str, folder: SimFolder) -> str:
    return f'<t:{name} Id="{names.folder_id(folder)}" ChangeKey="AQAAABYAAAB{folder.changed_at:08X}"/>'


def _unread(folder: SimFolder) -> int:
    return len(searched(folder)) if folder.search else folder.unread


def _element(name: str, value: object) -> str:
    return f"<t:{name}>{escaped(str(value))}</t:{name}>" if value != "" else ""


Field = Callable[[SimFolder], str]
# In the order of the schema (BaseFolderType, then FolderType).
BEFORE: dict[str, Field] = {
    "folder:FolderId": lambda folder: _identity("FolderId", folder),
    "folder:ParentFolderId": lambda folder: _identity("ParentFolderId", names.parent(folder)),
    "folder:FolderClass": lambda folder: _element("FolderClass", folder.container),
    "folder:DisplayName": lambda folder: _element("DisplayName", folder.name),
    "folder:TotalCount": lambda folder: _element(
        "TotalCount", len(searched(folder)) if folder.search else folder.total
    ),
    "folder:ChildFolderCount": lambda folder: _element("ChildFolderCount", len(names.children(folder))),
}
AFTER: dict[str, Field] = {
    "folder:DistinguishedFolderId": lambda folder: _element("DistinguishedFolderId", _distinguished(folder)),
    "folder:UnreadCount": lambda folder: (
        "" if _tag(folder) in TAGS.values() else _element("UnreadCount", _unread(folder))
    ),
}
DEFAULT = {
    "folder:FolderId",
    "folder:DisplayName",
    "folder:TotalCount",
    "folder:ChildFolderCount",
    "folder:UnreadCount",
}
PROPERTIES: dict[tuple[str, int], Callable[[SimFolder], str]] = {
    ("Boolean", 0x10F4): lambda folder: "true" if folder.hidden else "false",
    ("String", 0x3613): lambda folder: folder.container,
    ("String", 0x3001): lambda folder: folder.name,
    ("Binary", 0x0FFF): lambda folder: base64.b64encode(folder.id.encode()).decode(),
    ("Integer", 0x3601): lambda folder: "2" if folder.search else "1",
}


def _tag(folder: SimFolder) -> str:
    return "SearchFolder" if folder.search else TAGS.get(folder.container, "Folder")


class FolderShape:
    """Which fields of a folder a request asks for."""

    def __init__(self, shape: Element | None) -> None:
        base = (shape.findtext(f"{T}BaseShape") or "") if shape is not None else ""
        more = shape.find(f"{T}AdditionalProperties") if shape is not None else None
        asked = list(more) if more is not None else []
        uris = {each.get("FieldURI", "") for each in asked} | {"folder:FolderId"}
        uris |= DEFAULT if base == "Default" else set()
        uris |= BEFORE.keys() | AFTER.keys() if base == "AllProperties" else set()
        self.before = [write for uri, write in BEFORE.items() if uri in uris]
        self.after = [write for uri, write in AFTER.items() if uri in uris]
        self.properties = [extended_uri(each) for each in asked if each.tag == f"{T}ExtendedFieldURI"]

    def row(self, folder: SimFolder) -> bytes:
        """The folder's element."""
        parts = [write(folder) for write in self.before]
        for wanted in self.properties:
            read = PROPERTIES.get((wanted.kind, wanted.tag))
            parts.append(extended_element(wanted, read(folder)) if read else "")
        parts += [write(folder) for write in self.after]
        return f"<t:{_tag(folder)}>{''.join(parts)}</t:{_tag(folder)}>".encode()


def get(asked: Asked, mailbox: SimMailbox) -> Answer:
    """Each folder that is asked for, or its own error."""
    shape = FolderShape(asked.element.find(f"{M}FolderShape"))
    answers = []
    for element in names.folder_elements(asked.element, "FolderIds"):
        try:
            row = shape.row(names.find_folder(mailbox, element))
            answers.append(soap.good("GetFolder", b"<m:Folders>" + row + b"</m:Folders>"))
        except ItemError as error:
            answers.append(soap.bad("GetFolder", error))
    return soap.messages("GetFolder", answers)


def find(asked: Asked, mailbox: SimMailbox) -> Answer:
    """The folders below each that is named: right below, or all of them. Hidden ones and searches come too."""
    shape = FolderShape(asked.element.find(f"{M}FolderShape"))
    deep = asked.element.get("Traversal") == "Deep"
    answers = []
    for element in names.folder_elements(asked.element, "ParentFolderIds"):
        try:
            above = names.find_folder(mailbox, element)
            found = names.descendants(above) if deep else list(names.children(above))
            answers.append(soap.good("FindFolder", _page(asked, shape, found)))
        except ItemError as error:
            answers.append(soap.bad("FindFolder", error))
    return soap.messages("FindFolder", answers)


def _page(asked: Asked, shape: FolderShape, found: list[SimFolder]) -> bytes:
    begin, size = page_of(asked.element.find(f"{M}IndexedPageFolderView"))
    rows = b"".join([shape.row(folder) for folder in found[begin : begin + size]])
    end = min(begin + size, len(found))
    return root_folder(end, len(found), b"<t:Folders>" + rows + b"</t:Folders>")


def page_of(view: Element | None) -> tuple[int, int]:
    """Where a page of a view begins, and how many rows it has at most."""
    if view is None:
        return 0, LARGEST_PAGE
    return int(view.get("Offset", "0")), min(int(view.get("MaxEntriesReturned", LARGEST_PAGE)), LARGEST_PAGE)


def root_folder(end: int, total: int, rows: bytes) -> bytes:
    """A page of a view, with what it says of the next one."""
    last = "true" if end >= total else "false"
    head = f'<m:RootFolder IndexedPagingOffset="{end}" TotalItemsInView="{total}" IncludesLastItemInRange="{last}">'
    return head.encode() + rows + b"</m:RootFolder>"
