"""A bare SOAP client for the simulator's EWS voice: it sends what it is told, reads strictly, and repairs nothing.

It knows no mail system of the product and no EWS library, so that the simulator is tested by itself.
"""

from __future__ import annotations

import base64
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

import urllib3

from retention.simulator.ews.soap import ERRORS, MESSAGES, SOAP, TYPES
from retention.simulator.serve import Simulator

M, T, S, E = f"{{{MESSAGES}}}", f"{{{TYPES}}}", f"{{{SOAP}}}", f"{{{ERRORS}}}"
ID_ONLY = "<t:BaseShape>IdOnly</t:BaseShape>"


class Reply:
    """What came back: ``status``, ``headers``, ``data``; ``root`` is the first element within the body."""

    def __init__(self, response: urllib3.BaseHTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.data = response.data

    @property
    def root(self) -> ET.Element:
        body = ET.fromstring(self.data).find(f"{S}Body")
        assert body is not None
        return body[0]

    @property
    def fault(self) -> str:
        """The code of a SOAP fault, or an empty text."""
        return self.root.findtext(f"detail/{E}ResponseCode") or ""

    @property
    def messages(self) -> list[ET.Element]:
        """The response messages; the answer itself where it is the only one."""
        within = self.root.find(f"{M}ResponseMessages")
        return list(within) if within is not None else [self.root]

    @property
    def codes(self) -> list[str]:
        return [each.findtext(f"{M}ResponseCode") or "" for each in self.messages]

    def all(self, name: str) -> list[ET.Element]:
        """Every element of this name in the types' name space."""
        return list(self.root.iter(T + name))

    def texts(self, name: str) -> list[str]:
        return [each.text or "" for each in self.all(name)]

    def text(self, name: str) -> str:
        """The one text of this name, of either name space."""
        found = [*self.root.iter(T + name), *self.root.iter(M + name)]
        assert len(found) == 1, f"{len(found)} of {name} in {self.data!r}"
        return found[0].text or ""


class Soap:
    """``acts_as`` is the mailbox of the ExchangeImpersonation header; an empty text sends none."""

    def __init__(self, simulator: Simulator, acts_as: str) -> None:
        self.simulator = simulator
        self.acts_as = acts_as
        self.http = urllib3.PoolManager(ca_certs=str(simulator.ca_file), maxsize=8, timeout=20.0)
        told = base64.b64encode(f"{simulator.user}:{simulator.secret}".encode()).decode()
        self.authorization = f"Basic {told}"

    def send(self, operation: str, *, as_name: str = "PrimarySmtpAddress", version: str = "Exchange2016") -> Reply:
        acting = f"<t:ConnectingSID><t:{as_name}>{escape(self.acts_as)}</t:{as_name}></t:ConnectingSID>"
        header = f'<t:RequestServerVersion Version="{version}"/>'
        header += f"<t:ExchangeImpersonation>{acting}</t:ExchangeImpersonation>" if self.acts_as else ""
        spaces = f'xmlns:s="{SOAP}" xmlns:m="{MESSAGES}" xmlns:t="{TYPES}"'
        return self.post(
            f'<?xml version="1.0" encoding="utf-8"?><s:Envelope {spaces}>'
            f"<s:Header>{header}</s:Header><s:Body>{operation}</s:Body></s:Envelope>".encode()
        )

    def post(self, body: bytes, method: str = "POST") -> Reply:
        headers = {"Content-Type": "text/xml; charset=utf-8"}
        headers |= {"Authorization": self.authorization} if self.authorization else {}
        return Reply(self.http.request(method, self.simulator.ews_url, body=body, headers=headers, retries=False))

    def get_folders(self, *folders: str, shape: str = "<t:BaseShape>Default</t:BaseShape>") -> Reply:
        ids = "".join(map(folder_element, folders))
        return self.send(
            f"<m:GetFolder><m:FolderShape>{shape}</m:FolderShape><m:FolderIds>{ids}</m:FolderIds></m:GetFolder>"
        )

    def find_folders(self, below: str, *, traversal: str = "Deep", view: str = "", shape: str = "") -> Reply:
        shape = shape or "<t:BaseShape>AllProperties</t:BaseShape>"
        return self.send(
            f'<m:FindFolder Traversal="{traversal}"><m:FolderShape>{shape}</m:FolderShape>{view}'
            f"<m:ParentFolderIds>{folder_element(below)}</m:ParentFolderIds></m:FindFolder>"
        )

    def folder(self, name: str, below: str = "root") -> str:
        """The id of the one folder of this display name."""
        found = [each for each in self.find_folders(below).messages[0].iter() if _name(each) == name]
        assert len(found) == 1, f"{len(found)} folders are called {name}"
        identity = found[0].find(f"{T}FolderId")
        assert identity is not None
        return identity.get("Id", "")

    def sync(self, folder: str, state: str = "", size: int = 512, shape: str = ID_ONLY) -> Reply:
        told = f"<m:SyncState>{state}</m:SyncState>" if state else ""
        return self.send(
            f"<m:SyncFolderItems><m:ItemShape>{shape}</m:ItemShape><m:SyncFolderId>{folder_element(folder)}"
            f"</m:SyncFolderId>{told}<m:MaxChangesReturned>{size}</m:MaxChangesReturned></m:SyncFolderItems>"
        )

    def round(self, folder: str, state: str = "", size: int = 512) -> tuple[list[list[ET.Element]], str]:
        """The pages of changes up to the last one, and the state to go on with."""
        pages: list[list[ET.Element]] = []
        while True:
            reply = self.sync(folder, state, size)
            assert reply.codes == ["NoError"], reply.data
            changes = reply.messages[0].find(f"{M}Changes")
            pages.append(list(changes) if changes is not None else [])
            state = reply.text("SyncState")
            if reply.text("IncludesLastItemInRange") == "true":
                return pages, state

    def get_items(self, *ids: str, shape: str = "<t:BaseShape>AllProperties</t:BaseShape>") -> Reply:
        return self.send(
            f"<m:GetItem><m:ItemShape>{shape}</m:ItemShape><m:ItemIds>{_items(ids)}</m:ItemIds></m:GetItem>"
        )

    def find_items(self, folder: str, *, offset: int = 0, size: int = 100, shape: str = ID_ONLY) -> Reply:
        return self.send(
            f'<m:FindItem Traversal="Shallow"><m:ItemShape>{shape}</m:ItemShape>'
            f'<m:IndexedPageItemView MaxEntriesReturned="{size}" Offset="{offset}" BasePoint="Beginning"/>'
            f"<m:ParentFolderIds>{folder_element(folder)}</m:ParentFolderIds></m:FindItem>"
        )

    def delete(self, *ids: str, how: str = "SoftDelete", key: str = "") -> Reply:
        return self.send(
            f'<m:DeleteItem DeleteType="{how}" SendMeetingCancellations="SendToNone">'
            f"<m:ItemIds>{_items(ids, key)}</m:ItemIds></m:DeleteItem>"
        )

    def move(self, *ids: str, to: str, key: str = "") -> Reply:
        return self.send(
            f"<m:MoveItem><m:ToFolderId>{folder_element(to)}</m:ToFolderId>"
            f"<m:ItemIds>{_items(ids, key)}</m:ItemIds></m:MoveItem>"
        )

    def listed(self, folder: str) -> list[str]:
        """The ids of what lies in a folder now, in the order of the list."""
        return [each.get("Id", "") for each in self.find_items(folder).all("ItemId")]


def folder_element(folder: str) -> str:
    """A well-known name has small letters only, and no id is that short."""
    kind = "DistinguishedFolderId" if folder.isalpha() and folder.islower() and len(folder) < 60 else "FolderId"
    return f"<t:{kind} Id={quoteattr(folder)}/>"


def with_fields(*uris: str, mime: bool = False, extended: str = "") -> str:
    """A shape of the id and these properties."""
    told = "".join(f'<t:FieldURI FieldURI="{uri}"/>' for uri in uris) + extended
    more = f"<t:AdditionalProperties>{told}</t:AdditionalProperties>" if told else ""
    return ID_ONLY + ("<t:IncludeMimeContent>true</t:IncludeMimeContent>" if mime else "") + more


def property_tag(tag: str, kind: str) -> str:
    return f'<t:ExtendedFieldURI PropertyTag="{tag}" PropertyType="{kind}"/>'


def _items(ids: tuple[str, ...], key: str = "") -> str:
    told = f" ChangeKey={quoteattr(key)}" if key else ""
    return "".join(f"<t:ItemId Id={quoteattr(each)}{told}/>" for each in ids)


def _name(element: ET.Element) -> str:
    return element.findtext(f"{T}DisplayName") or ""
