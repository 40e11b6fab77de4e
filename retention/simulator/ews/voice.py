"""Which answer an EWS request gets: whom it may act as, and which operation answers it.

No connection and no sign-in is looked at here; that was done before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from retention.simulator.answers import Answer
from retention.simulator.applications import Holder
from retention.simulator.ews import directory, folders, hierarchy, items, removal, soap, sync
from retention.simulator.ews.soap import Asked, ItemError, SoapFault
from retention.simulator.faults import Faults
from retention.simulator.mailbox import SimMailbox
from retention.simulator.world import NotThere, World

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

Acting = Callable[[Asked, SimMailbox, World, Faults], Answer]
Asking = Callable[[Asked, World, Faults], Answer]

ON_MAILBOX: dict[str, Acting] = {
    "GetFolder": lambda asked, mailbox, world, faults: folders.get(asked, mailbox),
    "FindFolder": lambda asked, mailbox, world, faults: folders.find(asked, mailbox),
    "SyncFolderHierarchy": lambda asked, mailbox, world, faults: hierarchy.answer(asked, mailbox, world.stamp),
    "SyncFolderItems": sync.answer,
    "FindItem": lambda asked, mailbox, world, faults: items.find(asked, mailbox, faults),
    "GetItem": lambda asked, mailbox, world, faults: items.get(asked, mailbox),
    "MoveItem": removal.move,
    "DeleteItem": removal.delete,
}
ON_SERVER: dict[str, Asking] = {
    "GetSearchableMailboxes": directory.searchable,
    "GetDiscoverySearchConfiguration": directory.configurations,
    "GetHoldOnMailboxes": directory.holding,
    "ResolveNames": lambda asked, world, faults: directory.resolved(asked, world),
}
TAKING = ("MoveItem", "DeleteItem")
NO_MAILBOX_OF_ITS_OWN = (
    "When making a request as an account that does not have a mailbox, you must specify the mailbox primary SMTP "
    "address for any distinguished folder Ids."
)
NO_RIGHT = "The account does not have permission to impersonate the requested user."
WITH_ITEMS = ("GetItem", "MoveItem")
OF_MANY = {"GetItem": "ItemIds", "MoveItem": "ItemIds", "DeleteItem": "ItemIds", "GetFolder": "FolderIds"}


def answer(asked: Asked, world: World, faults: Faults) -> Answer:
    """The answer to one request, errors included."""
    given = _answer(asked, world, faults)
    if faults.local_times:
        given.body = soap.in_local_time(given.body)
    if not faults.raw_controls:
        given.body = soap.mended(given.body)
    return given


def _answer(asked: Asked, world: World, faults: Faults) -> Answer:
    with world.lock:
        try:
            if asked.operation in ON_SERVER:
                return _asked_of_server(asked, world, faults)
            act = ON_MAILBOX.get(asked.operation)
            if act is None:
                raise SoapFault("ErrorInvalidRequest", f"The simulator does not know {asked.operation}.")
            return act(asked, acting(asked, world, faults), world, faults)
        except SoapFault as fault:
            return fault.answer()


def may(asked: Asked, who: Holder) -> bool:
    """Whether this account may ask for this, and of this mailbox."""
    if asked.acts_as and not who.may_open(asked.acts_as):
        return False
    return who.may_write if asked.operation in TAKING else who.may_read


def _asked_of_server(asked: Asked, world: World, faults: Faults) -> Answer:
    if asked.acts_as:
        acting(asked, world, faults)
    try:
        return ON_SERVER[asked.operation](asked, world, faults)
    except ItemError as error:
        return directory.failed(asked.operation, error)


def acting(asked: Asked, world: World, faults: Faults) -> SimMailbox:
    """The mailbox that the request acts as. Raises ``SoapFault``: the service account has none of its own."""
    if not asked.acts_as:
        raise SoapFault("ErrorMissingEmailAddress", NO_MAILBOX_OF_ITS_OWN)
    mailbox = _mailbox(asked.acts_as, world)
    if mailbox is None or not mailbox.rest:
        raise SoapFault("ErrorNonExistentMailbox", "The SMTP address has no mailbox associated with it.")
    if faults.no_impersonation or not mailbox.impersonation or not mailbox.access:
        raise SoapFault("ErrorImpersonateUserDenied", NO_RIGHT)
    return mailbox


def _mailbox(address: str, world: World) -> SimMailbox | None:
    try:
        return world.mailbox(address)
    except NotThere:
        return next((each for each in world.mailboxes() if _is_alias(each, address)), None)


def _is_alias(mailbox: SimMailbox, address: str) -> bool:
    return address.lower() in (alias.lower() for alias in mailbox.aliases)


def refused(asked: Asked, error: ItemError) -> Answer:
    """An answer of HTTP 200 in which every part of the request failed with this error."""
    if asked.operation in ON_SERVER and asked.operation != "ResolveNames":
        return directory.failed(asked.operation, error)
    parts = _parts(asked)
    return soap.messages(asked.operation, _failed(asked, error, len(parts) if parts is not None else 1))


def half_refused(asked: Asked, error: ItemError, world: World, faults: Faults) -> Answer:
    """An answer of HTTP 200 in which the first half of the parts went well and the others failed with this error."""
    parts = _parts(asked)
    if parts is None or len(parts) < 2:
        return refused(asked, error)
    late = list(parts)[len(parts) // 2 :]
    for part in late:
        parts.remove(part)
    given = answer(asked, world, faults)
    rest = b"".join(_failed(asked, error, len(late)))
    given.body = given.body.replace(b"</m:ResponseMessages>", rest + b"</m:ResponseMessages>")
    return given


def _parts(asked: Asked) -> Element | None:
    return asked.element.find(soap.M + OF_MANY[asked.operation]) if asked.operation in OF_MANY else None


def _failed(asked: Asked, error: ItemError, count: int) -> list[bytes]:
    return [soap.bad(asked.operation, error, items.NO_ITEMS if asked.operation in WITH_ITEMS else b"")] * count
