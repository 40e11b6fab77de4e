"""What is asked of Exchange, as SOAP: the envelope and each operation, written as text.

Nothing is sent here. Order and names are those of the schema (``types.xsd``, ``messages.xsd``), which the tests hold
every request against.
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

T, M = (
    "http://schemas.microsoft.com/exchange/services/2006/types",
    ("http://schemas.microsoft.com/exchange/services/2006/messages"),
)
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"

SYNC_PAGE = 512
"""Changes an answer at most: the server's own limit (EWS "SyncFolderItems operation")."""

FOLDER_PAGE = 500


def _properties(*uris: str) -> str:
    fields = (each if each.startswith("<") else f'<t:FieldURI FieldURI="{each}"/>' for each in uris)
    return f"<t:AdditionalProperties>{''.join(fields)}</t:AdditionalProperties>"


def _tag(tag: str, type_: str) -> str:
    return f'<t:ExtendedFieldURI PropertyTag="{tag}" PropertyType="{type_}"/>'


HIDDEN, HEADERS, UNSUBSCRIBE, SENDER_SMTP, FROM_SMTP = "0x10f4", "0x7d", "0x1045", "0x5d01", "0x5d02"
"""PidTagAttributeHidden, PidTagTransportMessageHeaders, PidTagListUnsubscribe, PidTagSenderSmtpAddress,
PidTagSentRepresentingSmtpAddress ([MS-OXPROPS]). The headers of all are asked for in one text, for the reasons given
in ``graph/asked.py``."""

_ITEM = (
    *("item:ItemClass", "item:Subject", "item:Sensitivity", "item:Categories", "item:Size"),
    *("item:DateTimeReceived", "item:DateTimeSent"),
    *("item:IsDraft", "item:HasAttachments", "item:Attachments", "item:Preview", "item:ConversationId"),
    *(_tag(HEADERS, "String"), _tag(UNSUBSCRIBE, "String")),
)
_MESSAGE = (
    *("message:From", "message:Sender", "message:ToRecipients", "message:CcRecipients", "message:BccRecipients"),
    *("message:InternetMessageId", "message:IsRead", "message:ConversationIndex"),
    *(_tag(SENDER_SMTP, "String"), _tag(FROM_SMTP, "String")),
)
WHOLE = _properties(*_ITEM, *_MESSAGE)
"""Everything ``Message`` has a field for, and what stands behind the headers."""

PLAIN = _properties("item:ItemClass", "item:Subject", "item:Size", "item:DateTimeReceived", "item:DateTimeSent")
"""For an item that the server gives nothing of when it is asked for all: what every kind of item has."""

WHERE = _properties("item:ParentFolderId")
_FOLDER = _properties(
    *("folder:DisplayName", "folder:ParentFolderId", "folder:FolderClass", "folder:DistinguishedFolderId"),
    _tag(HIDDEN, "Boolean"),
)
_COUNT = _properties("folder:TotalCount")


def envelope(operation: str, version: str, address: str = "") -> bytes:
    """A whole request in the name of ``address``, or of the service account itself.

    Times are asked for in UTC: nobody has to know what a zone is called on the server (exchangelib#1076, #1197).
    """
    mailbox = (
        f"<t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>{_text(address)}</t:PrimarySmtpAddress>"
        "</t:ConnectingSID></t:ExchangeImpersonation>"
        if address
        else ""
    )
    return (
        f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{SOAP}" xmlns:t="{T}" xmlns:m="{M}"><s:Header>'
        f'<t:RequestServerVersion Version="{version}"/>{mailbox}'
        '<t:TimeZoneContext><t:TimeZoneDefinition Id="UTC"/></t:TimeZoneContext>'
        f"</s:Header><s:Body>{operation}</s:Body></s:Envelope>"
    ).encode()


def folder_id(id_: str) -> str:
    """A folder by its id, or by its distinguished name, which is all small letters and never an id."""
    kind = "DistinguishedFolderId" if id_.isalpha() and id_.islower() else "FolderId"
    return f"<t:{kind} Id={_quoted(id_)}/>"


def sync_folder_items(folder: str, state: str, limit: int) -> str:
    """Ids only: every further property would cost the server a query for each (EWS "Mailbox synchronization")."""
    known = f"<m:SyncState>{_text(state)}</m:SyncState>" if state else ""
    return (
        "<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
        f"<m:SyncFolderId>{folder_id(folder)}</m:SyncFolderId>{known}"
        f"<m:MaxChangesReturned>{limit}</m:MaxChangesReturned><m:SyncScope>NormalItems</m:SyncScope>"
        "</m:SyncFolderItems>"
    )


def get_items(ids: Iterable[str], properties: str) -> str:
    items = "".join(f"<t:ItemId Id={_quoted(id_)}/>" for id_ in ids)
    return (
        f"<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>{properties}</m:ItemShape>"
        f"<m:ItemIds>{items}</m:ItemIds></m:GetItem>"
    )


def get_content(id_: str) -> str:
    return (
        "<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:IncludeMimeContent>true</t:IncludeMimeContent>"
        f"</m:ItemShape><m:ItemIds><t:ItemId Id={_quoted(id_)}/></m:ItemIds></m:GetItem>"
    )


def get_folders(ids: Iterable[str], *, counted: bool = False) -> str:
    """Several folders at once: each has an answer of its own, so that one that is not there costs no other."""
    return (
        f"<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape>{_COUNT if counted else ''}</m:FolderShape>"
        f"<m:FolderIds>{''.join(map(folder_id, ids))}</m:FolderIds></m:GetFolder>"
    )


def find_folders(root: str, offset: int) -> str:
    """All folders below a root, hidden ones too, a page of them."""
    return (
        '<m:FindFolder Traversal="Deep"><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape>'
        f'{_FOLDER}</m:FolderShape><m:IndexedPageFolderView MaxEntriesReturned="{FOLDER_PAGE}" '
        f'Offset="{offset}" BasePoint="Beginning"/>'
        f"<m:ParentFolderIds>{folder_id(root)}</m:ParentFolderIds></m:FindFolder>"
    )


def delete_item(id_: str, change_key: str, delete_type: str) -> str:
    """One item, by a type that is always named: a library's own default may be the hardest one."""
    return (
        f'<m:DeleteItem DeleteType="{delete_type}" SendMeetingCancellations="SendToNone" '
        'AffectedTaskOccurrences="SpecifiedOccurrenceOnly" SuppressReadReceipts="true">'
        f"<m:ItemIds>{_item_id(id_, change_key)}</m:ItemIds></m:DeleteItem>"
    )


def move_item(id_: str, change_key: str, there: str) -> str:
    return (
        f"<m:MoveItem><m:ToFolderId>{folder_id(there)}</m:ToFolderId>"
        f"<m:ItemIds>{_item_id(id_, change_key)}</m:ItemIds></m:MoveItem>"
    )


SEARCHABLE_MAILBOXES = (
    "<m:GetSearchableMailboxes><m:ExpandGroupMembership>false</m:ExpandGroupMembership></m:GetSearchableMailboxes>"
)
HOLD_CONFIGURATIONS = (
    "<m:GetDiscoverySearchConfiguration><m:ExpandGroupMembership>true</m:ExpandGroupMembership>"
    "<m:InPlaceHoldConfigurationOnly>true</m:InPlaceHoldConfigurationOnly></m:GetDiscoverySearchConfiguration>"
)


def get_hold(hold: str) -> str:
    return f"<m:GetHoldOnMailboxes><m:HoldId>{_text(hold)}</m:HoldId></m:GetHoldOnMailboxes>"


def _item_id(id_: str, change_key: str) -> str:
    return f"<t:ItemId Id={_quoted(id_)} ChangeKey={_quoted(change_key)}/>"


def _text(value: str) -> str:
    return escape(_printable(value))


def _quoted(value: str) -> str:
    return quoteattr(_printable(value))


def _printable(value: str) -> str:
    """Without what XML 1.0 has no way to write: an address or an id with it names nothing anyway."""
    return "".join(each for each in value if each >= " " and not "\ud800" <= each <= "\udfff" and each < "\ufffe")
