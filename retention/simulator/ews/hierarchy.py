"""SyncFolderHierarchy: which folders came, changed or went since a sync state.

The items in them are told by a neighbour.
"""

from __future__ import annotations

from retention.simulator.answers import Answer
from retention.simulator.ews import names, soap
from retention.simulator.ews.folders import FolderShape
from retention.simulator.ews.soap import Asked, ItemError, M
from retention.simulator.ews.sync import State, dead_state, read_state
from retention.simulator.mailbox import SimFolder, SimMailbox

NAME = "SyncFolderHierarchy"


def answer(asked: Asked, mailbox: SimMailbox, stamp: str) -> Answer:
    """All changes in one page, with the sync state to go on with."""
    try:
        return soap.messages(NAME, [soap.good(NAME, _page(asked, mailbox, stamp))])
    except ItemError as error:
        return soap.messages(NAME, [soap.bad(NAME, error)])


def _page(asked: Asked, mailbox: SimMailbox, stamp: str) -> bytes:
    elements = names.folder_elements(asked.element, "SyncFolderId")
    above = names.find_folder(mailbox, elements[0]) if elements else mailbox.root
    state = _state(asked, above, stamp)
    shape = FolderShape(asked.element.find(f"{M}FolderShape"))
    rows = []
    for folder in names.descendants(above):
        if state.first or folder.changed_at > state.at:
            kind = b"Create" if state.first or folder.added_at > state.at else b"Update"
            rows.append(b"<t:%b>%b</t:%b>" % (kind, shape.row(folder), kind))
    if not state.first:
        gone = [id_.translate(names.TO_EWS) for moment, id_ in mailbox.removed_folders if moment > state.at]
        rows += [f'<t:Delete><t:FolderId Id="{id_}"/></t:Delete>'.encode() for id_ in gone]
    following = State(stamp, mailbox.number, above.number, 0, at=mailbox.clock, base=mailbox.clock, first=False)
    head = (
        f"<m:SyncState>{following.text()}</m:SyncState><m:IncludesLastFolderInRange>true</m:IncludesLastFolderInRange>"
    )
    return b"".join((head.encode(), b"<m:Changes>", *rows, b"</m:Changes>"))


def _state(asked: Asked, above: SimFolder, stamp: str) -> State:
    text = (asked.element.findtext(f"{M}SyncState") or "").strip()
    if not text:
        return State(stamp, above.mailbox.number, above.number, 0, at=0, base=0, first=True)
    state = read_state(text)
    if (state.stamp, state.mailbox, state.folder) != (stamp, above.mailbox.number, above.number):
        raise dead_state()
    return state
