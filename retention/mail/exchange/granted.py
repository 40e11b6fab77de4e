"""What the service accounts may do, as far as a server lets it be seen: by trying to open, and by a token's claims.

Nothing is removed to find out whether it could be.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from retention.errors import BadConfiguration
from retention.mail.asking.credentials import WhenNeeded, not_from_here
from retention.mail.asking.signin import claims_of
from retention.mail.asking.words import one_line
from retention.mail.exchange.asked import SEARCHABLE_MAILBOXES, get_folders
from retention.mail.exchange.failures import DENIED, ServiceError
from retention.mail.exchange.folders import ROOT
from retention.mail.exchange.mailboxes import Directory
from retention.mail.exchange.wire import Wire

NO_LESS = (
    "Exchange Server has no right to impersonate that only reads: whoever may open a mailbox so can remove mail from "
    "it too. A management scope limits each account to the right mailboxes."
)
"""Exchange Server "ApplicationImpersonation role", "Understanding management role scopes"."""


TO_REMOVE = "remove and put back"


def sentences(
    reading: Wire, removing: WhenNeeded[Wire] | None, removes: str, directory: Directory, named: tuple[str, ...]
) -> tuple[str, ...]:
    """What each account was seen to hold, then what cannot be narrowed. ``removes`` is who removes."""
    found = [f"{reading.account} signs in to read: {tried(reading, directory, named)}.", *_claims(reading)]
    if removing is not None:
        found += _of_the_other(removing, removes, directory, named)
    return (*found, NO_LESS)


def _of_the_other(
    removing: WhenNeeded[Wire], removes: str, directory: Directory, named: tuple[str, ...]
) -> tuple[str, ...]:
    try:
        wire = removing()
    except BadConfiguration as error:
        return (not_from_here(removes, TO_REMOVE, error),)
    return (f"{removes} signs in to {TO_REMOVE}{_opening(wire, directory, named)}.", *_claims(wire))


def tried(wire: Wire, directory: Directory, named: tuple[str, ...]) -> str:
    """Whether it may list the mailboxes and open one, in words. Raises ``SignInRefused``, ``MailNotAnswering``."""
    try:
        addresses = [each.address for each in directory.listed()]
        listing = f"it may list the mailboxes, of which there are {len(addresses):,}"
    except ServiceError as error:
        addresses = []
        listing = f"it may not list the mailboxes ({error.code}): name them in mail.mailboxes"
    return f"{listing}; {_opened(wire, next(iter((*named, *addresses)), ''))}"


def greet(wire: Wire) -> None:
    """Have the server answer, whatever it is: a refusal to list says as well what time it is."""
    with suppress(ServiceError):
        wire.ask(SEARCHABLE_MAILBOXES)


def refuses(wire: Wire, address: str) -> bool | None:
    """Whether this mailbox is kept from the account; ``None`` where there is none, or nobody says."""
    try:
        wire.one(get_folders([ROOT]), address)
    except ServiceError as error:
        return True if error.code in DENIED or error.status == 403 else None
    return False


def _opening(wire: Wire, directory: Directory, named: tuple[str, ...]) -> str:
    try:
        first = next(iter(named), "") or next((each.address for each in directory.listed()), "")
    except ServiceError:
        first = ""
    return f": {_opened(wire, first)}"


def _opened(wire: Wire, address: str) -> str:
    if not address:
        return "no mailbox was tried"
    try:
        wire.one(get_folders([ROOT]), address)
    except ServiceError as error:
        return f"it may not open the mailbox of {address} ({error.code})"
    return f"it may open the mailbox of {address}"


def _claims(wire: Wire) -> Iterator[str]:
    roles = claims_of(wire.token()).get("roles")
    if isinstance(roles, list) and roles:
        yield f"Its token names {', '.join(sorted(one_line(role, 60) for role in roles))}."
