"""Which mailboxes there are, and which folders each of them has.

No message is read here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import TypeVar

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from retention.core.message import Folder, Mailbox
from retention.errors import BadConfiguration, MailNotAnswering, SignInRefused
from retention.mail.graph.failures import NO_MAILBOX, Malformed, ServiceError
from retention.mail.graph.wire import Part, Wire, segment
from retention.mail.interface import MailboxUnreadable, MailTrouble

USERS = "/users?$select=id,displayName,mail,userPrincipalName,proxyAddresses&$top=999"
"""What a mailbox is for (``userPurpose``) is not asked: a list refuses ``mailboxSettings`` with 501 (Graph "List
users"), and one request for each mailbox is too much for a word."""
LISTING = "includeHiddenFolders=true&$top=100&$select=id,displayName,parentFolderId,childFolderCount,isHidden"
SEARCH_FOLDER = "#microsoft.graph.mailSearchFolder"
WELL_KNOWN = ("inbox", "sentitems", "deleteditems", "drafts", "junkemail", "archive", "outbox")
SLASH_IN_A_NAME = "∕"
"""A folder's own ``/`` is shown as U+2215, so that a path always splits into the folders it names."""

UNCOVERED = (
    "An in-place archive mailbox, where there is one, cannot be seen through Microsoft Graph.",
    "The Recoverable Items are outside the folders that Microsoft Graph lists, and were not read.",
)
"""Sources: Graph "Outlook mailbox type support"; wisecom-oy/atlas#141."""


class _User(Struct, rename="camel"):
    id: str
    display_name: str | None = None
    mail: str | None = None
    user_principal_name: str | None = None
    proxy_addresses: list[str | None] | None = None

    @property
    def address(self) -> str:
        return (self.mail or self.user_principal_name or "").lower()

    @property
    def names(self) -> set[str]:
        """Every address of the user: proxy addresses of other kinds (SIP, X500) are none (Graph resource "user")."""
        proxies = (each.lower() for each in self.proxy_addresses or () if each)
        smtp = {each.removeprefix("smtp:").strip() for each in proxies if each.startswith("smtp:")}
        return (smtp | {name.lower() for name in (self.mail, self.user_principal_name) if name}) - {""}


class _Folder(Struct, rename="camel"):
    id: str
    display_name: str | None = None
    is_hidden: bool | None = None
    type: str = field(default="", name="@odata.type")


class _Users(Struct):
    value: list[_User] = []
    next_link: str | None = field(default=None, name="@odata.nextLink")


class _Folders(Struct):
    value: list[_Folder] = []
    next_link: str | None = field(default=None, name="@odata.nextLink")


class _Id(Struct):
    id: str


T = TypeVar("T")


def reader(type_: type[T]) -> Callable[[bytes], T]:
    """Reads a body as this struct; raises ``Malformed`` where it is not one."""
    decoder = msgspec.json.Decoder(type_)

    def read(body: bytes) -> T:
        try:
            return decoder.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Malformed from error

    return read


_users, _folders, read_id = reader(_Users), reader(_Folders), reader(_Id)


def mailboxes(wire: Wire, only: Sequence[str]) -> Iterator[Mailbox]:
    """Every user of the tenant, or those whose address is in ``only`` (Graph "List users").

    There is no list of mailboxes: a user without one is listed too and says so when its folders are asked for.
    Raises ``SignInRefused`` where the application may not list users, ``BadConfiguration`` for an address in ``only``
    that the tenant does not have.
    """
    wanted = {address.lower() for address in only}
    found: set[str] = set()
    chosen: list[Mailbox] = []
    for user in _listed(wire):
        names = user.names
        if wanted and not names & wanted:
            continue
        found |= names & wanted
        aliases = tuple(sorted(names - {user.address}))
        box = Mailbox(id=user.id, address=user.address, name=user.display_name or "", aliases=aliases)
        if wanted:
            chosen.append(box)
        else:
            yield box
    if wanted - found:
        raise BadConfiguration(
            f"The tenant has no mailbox {', '.join(sorted(wanted - found))}.",
            "Correct mail.mailboxes, or remove the address from it.",
        )
    yield from chosen


def _listed(wire: Wire) -> Iterator[_User]:
    target, seen = USERS, set[str]()
    while target and target not in seen:
        seen.add(target)
        try:
            page = wire.get(target, _users)
        except ServiceError as error:
            if error.status == 403:
                raise SignInRefused(
                    f"The application may not list the users of the tenant ({error.told}).",
                    "Grant it the application permission User.Read.All, with an administrator's consent.",
                ) from error
            raise MailNotAnswering(
                f"The users of the tenant cannot be listed ({error.told}).", "Check mail.tenant and mail.cloud."
            ) from error
        yield from page.value
        target = page.next_link or ""


def folders(wire: Wire, mailbox: Mailbox) -> tuple[Folder, ...]:
    """Every folder below the root, parents first; hidden ones too, search folders not (their mail lies elsewhere).

    Sources: Graph "List mailFolders", "List childFolders". Raises ``MailboxUnreadable``. Every folder is asked for its
    children, whatever its ``childFolderCount``: nobody promises that hidden children are counted, and a folder that is
    missed is mail that no hold covers. Asked in batches, level by level.
    """
    box = f"/users/{segment(mailbox.id)}/mailFolders"
    found: dict[str, Folder] = {}
    try:
        level = _level(wire, mailbox.id, wire.get(f"{box}?{LISTING}", _folders, mailbox=mailbox.id), "", found)
        names = _well_known(wire, mailbox.id)
        while level:
            targets = [f"{box}/{segment(each.id)}/childFolders?{LISTING}" for each in level]
            below: list[Folder] = []
            for above, part in zip(level, wire.batch(targets, mailbox=mailbox.id), strict=True):
                below += _level(wire, mailbox.id, _listed_in(part), f"{above.path}/", found)
            level = below
    except (ServiceError, Malformed) as error:
        raise unreadable(mailbox.address, error) from error
    return tuple(replace(each, well_known=names.get(each.id, "")) for each in found.values())


def _level(wire: Wire, mailbox: str, page: _Folders, above: str, found: dict[str, Folder]) -> list[Folder]:
    """The folders of a page and of those that follow it, added to ``found``; one already known is not met again."""
    new: list[Folder] = []
    seen = set[str]()
    while True:
        for each in page.value:
            if each.id in found or each.type == SEARCH_FOLDER:
                continue
            name = (each.display_name or each.id).replace("/", SLASH_IN_A_NAME)
            found[each.id] = Folder(id=each.id, path=above + name, hidden=bool(each.is_hidden))
            new.append(found[each.id])
        target = page.next_link or ""
        if not target or target in seen:
            return new
        seen.add(target)
        page = wire.get(target, _folders, mailbox=mailbox)


def _listed_in(part: Part) -> _Folders:
    if isinstance(part, bytes):
        return _folders(part)
    if part.status == 404 and not part.is_any(NO_MAILBOX):
        # Removed since its parent was listed: what lay in it is now elsewhere, and is met there.
        return _Folders()
    if part.retryable:
        raise MailNotAnswering(f"The mail system would not list the folders ({part.told}).", "Run again later.")
    raise part


def _well_known(wire: Wire, mailbox: str) -> dict[str, str]:
    """Folder id → well-known name. Names are asked for because v1.0 folders do not carry them, and display names are
    in the language of the mailbox."""
    targets = [f"/users/{segment(mailbox)}/mailFolders/{name}?$select=id" for name in WELL_KNOWN]
    names: dict[str, str] = {}
    for name, part in zip(WELL_KNOWN, wire.batch(targets, mailbox=mailbox), strict=True):
        if isinstance(part, bytes):
            names[read_id(part).id] = name
    return names


def folder_id(wire: Wire, mailbox: str, well_known: str) -> str:
    """The id of a well-known folder; ``""`` where the mailbox has none or does not say."""
    try:
        return wire.get(f"/users/{segment(mailbox)}/mailFolders/{well_known}?$select=id", read_id, mailbox=mailbox).id
    except ServiceError:
        return ""


def greet(wire: Wire) -> None:
    """Have Graph answer, whatever it is, with few attempts: who only wants to know the time does not wait long."""
    with suppress(ServiceError):
        wire.ask("GET", "/users?$select=id&$top=1", attempts=1)


def refuses(wire: Wire, address: str) -> bool | None:
    """Whether this mailbox is kept from whoever signs in; ``None`` where there is none, or nobody says."""
    try:
        wire.get(f"/users/{segment(address)}/mailFolders/inbox?$select=id", read_id, mailbox=address)
    except ServiceError as error:
        return True if error.status == 403 and not error.is_any(NO_MAILBOX) else None
    return False


def unreadable(address: str, error: ServiceError | Malformed) -> MailTrouble:
    """Why a mailbox cannot be read, in a sentence that names the code."""
    if isinstance(error, Malformed):
        return MailboxUnreadable(f"The folders of {address} cannot be listed: Microsoft Graph's answer is not whole.")
    if error.is_any(NO_MAILBOX) or (error.status == 404 and not error.codes):
        return MailboxUnreadable(
            f"{address} has no mailbox that Microsoft Graph can read ({error.code}): it may be on premises, a guest, "
            "or without an Exchange licence."
        )
    if error.status in (401, 403):
        return MailboxUnreadable(
            f"Access to the mailbox of {address} is denied ({error.code}): the application lacks the permission "
            "Mail.Read for it, or an access policy keeps it out."
        )
    return MailboxUnreadable(f"The folders of {address} cannot be listed: Microsoft Graph answered {error.told}.")


def uncovered(mailbox: Mailbox) -> tuple[str, ...]:
    """What of any mailbox Graph never shows; the sentences name no mailbox, so that a report says each once."""
    return UNCOVERED
