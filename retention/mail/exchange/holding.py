"""The holds of Exchange itself: in-place holds, and whose mailboxes each of them keeps.

What a hold means for us is not decided here. A litigation hold is a property of the mailbox that no operation tells.
"""

from __future__ import annotations

from retention.core.hold.foreign import ForeignHold
from retention.mail.exchange.answers import TYPES, Element, children
from retention.mail.exchange.asked import HOLD_CONFIGURATIONS, M, get_hold
from retention.mail.exchange.failures import Malformed, ServiceError
from retention.mail.exchange.mailboxes import Directory
from retention.mail.exchange.wire import Wire
from retention.mail.interface import HoldsUnreadable

RELEASED = "NotOnHold"
"""Any other state keeps mail, or may: a hold that is pending or has failed in part is one."""

NO_SUCH_HOLD = "ErrorMailboxHoldNotFound"


def holds(wire: Wire, directory: Directory) -> tuple[ForeignHold, ...]:
    """Each in-place hold once, with the addresses it keeps as a whole: a query that narrows it is not trusted.

    Sources: EWS "GetDiscoverySearchConfiguration operation", "GetHoldOnMailboxes operation". Raises
    ``HoldsUnreadable``.
    """
    try:
        found: dict[str, ForeignHold] = {}
        for search in children(wire.one(HOLD_CONFIGURATIONS), "DiscoverySearchConfigurations"):
            origin = _text(search, "InPlaceHoldIdentity")
            if origin and (hold := _hold(wire, directory, search, origin)):
                found[origin] = hold
    except ServiceError as error:
        raise HoldsUnreadable(
            f"Exchange does not tell its in-place holds to the service account ({error.told}): give it the roles "
            "Mailbox Search and Legal Hold (role group Discovery Management), or bring them in with "
            "`retention hold import`."
        ) from error
    except Malformed as error:
        raise HoldsUnreadable("Exchange's answer about its in-place holds is not whole.") from error
    return tuple(sorted(found.values(), key=lambda hold: hold.origin))


def _hold(wire: Wire, directory: Directory, search: Element, origin: str) -> ForeignHold | None:
    """The hold; ``None`` where it keeps nothing any more. Whom it cannot be said to keep, it is taken to keep.

    That is everybody where neither a status nor the search names a mailbox.
    """
    named = [_box(each) for each in _listed(search, "SearchableMailboxes")]
    statuses = _statuses(wire, origin)
    addresses = {legacy: address for legacy, address in named if legacy}
    if any("@" not in each and each not in addresses for each, _ in statuses):
        addresses = {each.legacy: each.address for each in directory.listed()} | addresses
    told = {each if "@" in each else addresses.get(each, ""): status for each, status in _released_first(statuses)}
    # Where statuses come, those of a group's members are among them.
    asked = {address for _, address in named if address or not told} if named or told else {""}
    kept = {address for address in asked | told.keys() if told.get(address) != RELEASED}
    matter = _text(search, "SearchId") or origin
    if "" in kept:
        return ForeignHold(origin=origin, matter=matter, everywhere=True)
    return ForeignHold(origin=origin, matter=matter, mailboxes=tuple(sorted(kept))) if kept else None


def _statuses(wire: Wire, origin: str) -> list[tuple[str, str]]:
    """Each mailbox, by its address or its name in the directory, and how it stands; empty where none is told.

    A search that is listed still says that there is a hold, whatever is answered about that.
    """
    try:
        result = wire.one(get_hold(origin)).element.find(f"{{{M}}}MailboxHoldResult")
    except ServiceError as error:
        if error.code != NO_SUCH_HOLD:
            raise
        return []
    if result is None:
        raise Malformed("an answer about a hold without it")
    statuses = _listed(result, "MailboxHoldStatuses")
    return [(_text(each, "Mailbox").lower(), _text(each, "Status")) for each in statuses]


def _released_first(statuses: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """So that of a mailbox that is told twice what keeps it counts."""
    return sorted(statuses, key=lambda told: told[1] != RELEASED)


def _box(box: Element) -> tuple[str, str]:
    """A mailbox that a search names: its name in the directory, and its address; of a group nobody's is known."""
    is_group = _text(box, "IsMembershipGroup").lower() in ("true", "1")
    address = _text(box, "PrimarySmtpAddress") or _text(box, "ExternalEmailAddress")
    return _text(box, "ReferenceId").lower(), "" if is_group else address.lower()


def _listed(element: Element, tag: str) -> list[Element]:
    found = element.find(f"{TYPES}{tag}")
    return list(found) if found is not None else []


def _text(element: Element, tag: str) -> str:
    return (element.findtext(f"{TYPES}{tag}") or "").strip()
