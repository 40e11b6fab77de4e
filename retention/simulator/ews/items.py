"""Answers about items: one or several by their ids, and the list of a folder.

What takes an item elsewhere is answered by a neighbour.
"""

from __future__ import annotations

from retention.simulator.answers import Answer
from retention.simulator.ews import folders, names, soap
from retention.simulator.ews.shapes import Shape, shape_of
from retention.simulator.ews.soap import Asked, ItemError, M
from retention.simulator.faults import Faults
from retention.simulator.mailbox import SimFolder, SimMailbox, SimMessage

NO_ITEMS = b"<m:Items/>"
UNKNOWN_QUERIES = ("Restriction", "QueryString", "GroupBy", "DistinguishedGroupBy", "CalendarView", "ContactsView")


def get(asked: Asked, mailbox: SimMailbox) -> Answer:
    """Each item that is asked for, or its own error: one that is broken costs none of the others."""
    shape = shape_of(asked.element)
    answers = []
    for element in names.item_elements(asked.element):
        try:
            message = names.find_item(mailbox, element)
            check(message, shape)
            answers.append(soap.good("GetItem", b"<m:Items>" + shape.row(message) + b"</m:Items>"))
        except ItemError as error:
            answers.append(soap.bad("GetItem", error, NO_ITEMS))
    return soap.messages("GetItem", answers)


def check(message: SimMessage, shape: Shape) -> None:
    """Raises ``ItemError`` for an item that Exchange cannot hand over, or not as MIME (exchangelib#266)."""
    if message.broken:
        raise ItemError(message.broken, "An internal server error occurred. The operation failed.")
    if shape.with_mime and message.mime_fails:
        raise ItemError("ErrorContentConversionFailed", "Content conversion failed., Content conversion failed.")


def find(asked: Asked, mailbox: SimMailbox, faults: Faults) -> Answer:
    """A page of the items of each folder that is named, newest first."""
    shape = shape_of(asked.element, in_list=True)
    answers = []
    for element in names.folder_elements(asked.element, "ParentFolderIds"):
        try:
            if any(asked.element.find(M + name) is not None for name in UNKNOWN_QUERIES):
                raise ItemError("ErrorUnsupportedQueryFilter", "The simulator does not filter or group items.")
            folder = names.find_folder(mailbox, element)
            answers.append(soap.good("FindItem", _page(asked, folder, shape, faults)))
        except ItemError as error:
            answers.append(soap.bad("FindItem", error))
    return soap.messages("FindItem", answers)


def _page(asked: Asked, folder: SimFolder, shape: Shape, faults: Faults) -> bytes:
    found = folders.searched(folder) if folder.search else folder.listing()
    if asked.element.get("Traversal") != "Shallow":
        found = []
    begin, size = folders.page_of(asked.element.find(f"{M}IndexedPageItemView"))
    size = min(size, faults.max_page or size)
    messages = folder.mailbox.messages
    rows = b"".join([shape.row(messages[serial]) for serial in found[begin : begin + size]])
    end = min(begin + size, len(found))
    return folders.root_folder(end, len(found), b"<t:Items>" + rows + b"</t:Items>")
