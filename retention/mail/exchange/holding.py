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
    """The hold; ``None`` where it keeps nothing any more. Whom it cannot be said to keep, it is taken to keep."""
    addresses = {_text(box, "ReferenceId").lower(): _text(box, "PrimarySmtpAddress").lower() for box in _boxes(search)}
    try:
        kept = _kept(wire, origin)
    except ServiceError as error:
        if error.code != NO_SUCH_HOLD:
            raise
        kept = set(addresses.values())
    else:
        unknown = {each for each in kept if "@" not in each and each not in addresses}
        if unknown:
            addresses |= {each.legacy: each.address for each in directory.listed()}
    known = {each if "@" in each else addresses.get(each, "") for each in kept}
    matter = _text(search, "SearchId") or origin
    if "" in known:
        return ForeignHold(origin=origin, matter=matter, everywhere=True)
    return ForeignHold(origin=origin, matter=matter, mailboxes=tuple(sorted(known))) if known else None


def _kept(wire: Wire, origin: str) -> set[str]:
    result = wire.one(get_hold(origin)).element.find(f"{{{M}}}MailboxHoldResult")
    if result is None:
        raise Malformed("an answer about a hold without it")
    statuses = result.find(f"{TYPES}MailboxHoldStatuses")
    return {
        _text(each, "Mailbox").lower()
        for each in (statuses if statuses is not None else ())
        if _text(each, "Status") != RELEASED
    }


def _boxes(search: Element) -> list[Element]:
    boxes = search.find(f"{TYPES}SearchableMailboxes")
    return list(boxes) if boxes is not None else []


def _text(element: Element, tag: str) -> str:
    return (element.findtext(f"{TYPES}{tag}") or "").strip()
