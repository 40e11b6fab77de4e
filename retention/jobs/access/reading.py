"""Read the content of a message: under a live grant for exactly its custodian, and written down before it is done.

This is the one way to content for a person. How a grant comes about is in ``granting.py``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from retention.catalog import Known
from retention.core import access
from retention.core.access import OWN, AccessUsed, Given
from retention.core.audit import Refused
from retention.core.city import days as days_of
from retention.core.message import Mailbox, MessageRef
from retention.core.preserved import place_of
from retention.errors import AccessDenied, MailNotAnswering, WrongUsage
from retention.jobs.access.custodian import doubt, granters, lacking, mailbox_of, people_behind
from retention.jobs.world import World
from retention.mail.interface import MailTrouble


class Content(Struct, frozen=True, kw_only=True):
    """The bytes of one message, where they were taken from, and the grant (``OWN``: none) under which."""

    n: int
    mailbox: str
    source: str
    grant: int
    digest: str
    size: int
    data: bytes


def permitted(world: World, address: str, mailbox: str = "") -> int:
    """The entry of the grant under which whoever acts may read this mailbox now; ``OWN`` where it is their own.

    ``mailbox`` is its id where it is known. Whoever reads must say so first, with ``begin``. Raises ``AccessDenied``,
    with the attempt written down, and what ``trusted`` raises.
    """
    world.ledger.refresh()
    try:
        return _permission(world, mailbox_of(world, address, mailbox))
    except AccessDenied as denied:
        world.ledger.append(Refused(act="read-content", why=denied.message))
        raise


def begin(world: World, address: str, ref: MessageRef, what: str = "read") -> int:
    """Write down that the content of this message is about to be read, and by which grant; raises as ``permitted``.

    Must be called before the first byte is asked for.
    """
    grant = permitted(world, address, ref.mailbox)
    used = AccessUsed(grant=grant, mailbox=ref.mailbox, id=ref.id, what=what)
    world.ledger.append(used, unless=lambda _: _refuse_ended(world, mailbox_of(world, address, ref.mailbox), grant))
    return grant


def begin_one_of(
    world: World, mails: Sequence[tuple[str, MessageRef]], what: str = "read"
) -> tuple[int, str, MessageRef]:
    """Write down that the content which lay in all of these mailboxes is about to be read, by the first that allows it.

    Each is an address and the message there; returns the grant and that one. Raises ``AccessDenied`` as ``permitted``
    does where none of them allows it, and must be called before the first byte is asked for.
    """
    world.ledger.refresh()
    denials = []
    for address, ref in mails:
        try:
            _permission(world, mailbox_of(world, address, ref.mailbox))
        except AccessDenied as denied:
            denials.append(denied)
        else:
            return begin(world, address, ref, what), address, ref
    world.ledger.append(Refused(act="read-content", why=denials[0].message))
    raise denials[0]


def content(world: World, text: str, what: str = "read") -> Content:
    """The content of the message with this number, id or Message-ID.

    Raises ``AccessDenied``, and ``WrongUsage`` where there is no such message, more than one, or nothing left of it.
    """
    known = _one(world, text)
    address, ref = known.mailbox.address, MessageRef(known.mailbox.id, known.message.id)
    permitted(world, address, ref.mailbox)
    sources = tuple(_sources(world, known))
    if not sources:
        raise WrongUsage(
            f"Nothing is left of the content of message {known.n}.",
            f"See `retention why {known.n}` for what became of it.",
        )
    grant = begin(world, address, ref, what)
    source, data = _fetched(sources)
    digest = hashlib.sha256(data).hexdigest()
    world.ledger.append(AccessUsed(grant=grant, mailbox=ref.mailbox, id=ref.id, what=what, digest=digest))
    return Content(n=known.n, mailbox=address, source=source, grant=grant, digest=digest, size=len(data), data=data)


def _one(world: World, text: str) -> Known:
    found = world.catalog.find(text)
    if not found:
        raise WrongUsage(
            f"The catalog knows no message '{text}'.", "Give its number, its id, or its Message-ID; or sync first."
        )
    if len(found) > 1:
        # Each mailbox has its own custodian, and a grant for one of them is none for the others.
        listed = ", ".join(f"{known.n} in the mailbox of {known.mailbox.address}" for known in found)
        raise WrongUsage(f"'{text}' is more than one message: {listed}.", "Give the number of the one that is meant.")
    return found[0]


def _permission(world: World, box: Mailbox) -> int:
    grant = _allowed(world, box)
    if grant == OWN:
        _refuse_renamed(world, box)
    return grant


def _allowed(world: World, box: Mailbox) -> int:
    if _is_own(world, box):
        return OWN
    flaws = []
    for given in world.ledger.in_force.access.to(world.actor.address):
        if given.reaches(box):
            flaw = _flaw(world, given, box)
            if flaw is None:
                return _ready(world, given, box)
            flaws.append(flaw)
    offices = granters(world, people_behind(world, box.address.lower(), box), world.today)
    raise AccessDenied(
        flaws[0] if flaws else f"{world.actor} has no grant to read the mail of {box.address}.",
        f"Ask with `retention access request --custodian {box.address} --purpose …`; "
        f"it is granted by {' or '.join(offices)}{_holders(world, offices)}.",
    )


def _flaw(world: World, given: Given, box: Mailbox) -> str | None:
    """Why this grant for this mailbox does not count now; ``None`` where it does."""
    longest, zone = days_of(world.city.access.longest), world.city.zone
    standing = world.ledger.in_force.access.standing(given, world.now(), longest, zone)
    if standing != "live":
        return f"The grant of entry {given.entry} to read the mail of {given.said.custodian} is {_told(standing)}."
    return doubt(world, given, box)


def _ready(world: World, given: Given, box: Mailbox) -> int:
    """The grant's entry, where all that must come before its use did."""
    why = lacking(world, world.actor, box.address)
    if why is not None:
        raise AccessDenied(why, f"Until that is done, the grant of entry {given.entry} opens nothing.")
    return given.entry


def _told(standing: str) -> str:
    return {"not yet": "not in force yet"}.get(standing, standing)


def _is_own(world: World, box: Mailbox) -> bool:
    """Whether it is the mailbox of whoever acts, by the address that the mail system and the settings both say.

    An address may have been another person's before: it must be the mailbox that the directory lists for them or,
    where it lists none, nobody else may ever have had the address, and no other mailbox. Who has left has no right to
    it any more (Rosemount, "Security"). What is recorded of people alone gives nobody a right, or whoever records it
    could give one to themselves; so the owners of a shared mailbox need a grant too.
    """
    address = world.actor.address
    me = access.meant(address, world.roll)
    if me is None or box.address.lower() != address or me.left_by(world.today):
        return False
    if me.directory:
        return me.directory == box.id
    had = [one for one in world.directory.mailboxes if address in map(str.lower, one.addresses)]
    return world.roll.having(address) == (me,) and len(had) == 1


def _refuse_renamed(world: World, box: Mailbox) -> None:
    """Raise where a mailbox is theirs by its address alone and the mail system says so no more.

    What the last sync knew may be over: the address may be another mailbox's since.
    """
    me = access.meant(world.actor.address, world.roll)
    if me is not None and me.directory:
        return
    if not any(one.id == box.id and one.address.lower() == world.actor.address for one in world.mail.mailboxes()):
        raise AccessDenied(
            f"The mail system no longer says that the mailbox {box.address} is that of {world.actor}.",
            "Sync, then try again; or ask for it with `retention access request`.",
        )


def _refuse_ended(world: World, box: Mailbox, grant: int) -> None:
    if _allowed(world, box) != grant:
        raise AccessDenied(f"The grant of entry {grant} ended just now.", "Run this again.")


def _holders(world: World, offices: tuple[str, ...]) -> str:
    names = [
        person.name or person.address
        for office in offices
        for term in world.city.roll.offices.get(office, ())
        if term.holds(world.today) and (person := world.city.roll.with_address(term.of))
    ]
    return f" ({', '.join(dict.fromkeys(names))})" if names else ", whom nobody is listed as under [offices]"


def _sources(world: World, known: Known) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Where its content may be had: in the mailbox, on the record store, or as a preservation copy."""
    ref = MessageRef(known.mailbox.id, known.message.id)
    if known.left_at is None and known.gone_at is None:
        yield "mailbox", lambda: b"".join(world.mail.content(ref))
    if place := known.place or _captured(world, ref):
        yield "record store", lambda: world.store.get(place)
    if copy := world.ledger.in_force.copies.of(ref):
        yield "preservation copy", lambda: world.store.get_copy(place_of(copy.digest))


def _captured(world: World, ref: MessageRef) -> str:
    """The place of its record as the ledger has it, where the catalog forgot."""
    outcomes = (one for steps in world.ledger.in_force.outcomes.values() for one in steps.values())
    return next((one.place for one in outcomes if one.place and (one.mailbox, one.id) == (ref.mailbox, ref.id)), "")


def _fetched(sources: tuple[tuple[str, Callable[[], bytes]], ...]) -> tuple[str, bytes]:
    trouble = "the mail system gave nothing as its content"
    for source, fetch in sources:
        try:
            data = fetch()
        except MailTrouble as met:
            trouble = str(met)
            continue
        if data.strip():
            return source, data
    raise MailNotAnswering(
        f"The content could not be had: {trouble.rstrip('.')}.",
        "That it was asked for is in the ledger; sync, then try again.",
    )
