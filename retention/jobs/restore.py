"""Restore: put removed mail back into its mailbox while the mail system still has it, and list what can be.

Holds do not stand in the way: what comes back is only kept longer. Records in quarantine are restored elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from msgspec import Struct

from retention.catalog import Known
from retention.core.audit import Intent, Outcome
from retention.core.authority import Act
from retention.core.city.settings import days
from retention.core.message import Mailbox, Message, MessageRef
from retention.core.restoring import Leaving, NotPutBack, PutBack, ToBePutBack
from retention.errors import WrongUsage
from retention.jobs.acting import signed
from retention.jobs.apply import settle
from retention.jobs.world import World
from retention.mail.interface import MailTrouble, MessageGone, Returned

LEFT = ("captured", "purged")
PLACES = {"recoverableitemsdeletions": "Recoverable Items", "deleteditems": "Deleted Items"}


class Restorable(Struct, frozen=True, kw_only=True):
    """One message that retention removed and the mail system still has.

    ``n`` is the number people type, ``None`` where the catalog does not know it. ``id`` is the one it has now, and
    ``left_as`` the one under which it left. ``until`` is the last day on which the mail system is sure to have it, as
    far as is known: ``None`` for what lies in Deleted Items until somebody empties it.
    """

    n: int | None
    address: str
    mailbox: str
    id: str
    left_as: str
    internet_id: str
    subject: str
    received_at: datetime | None
    left_at: datetime
    result: str
    plan: str
    step: int
    lies_in: str
    until: date | None


class RestoreList(Struct, frozen=True, kw_only=True):
    """What can be put back. ``unread`` says of which mailboxes that cannot be told, and why."""

    messages: tuple[Restorable, ...]
    unread: dict[str, str]
    kept_for: str


class Restored(Struct, frozen=True, kw_only=True):
    """What became of one message: whether it is ``back``, in which folder, and the answer in words."""

    n: int | None
    address: str
    subject: str
    back: bool
    folder: str
    answer: str


class _Left(Struct, frozen=True):
    """One message as it left: what the ledger says."""

    at: datetime
    result: str
    plan: str
    step: int


class _Wanted(Struct, frozen=True):
    """One message that somebody wants back. ``id`` is the one under which it left."""

    n: int | None
    address: str
    mailbox: str
    id: str
    plan: str
    step: int
    message: Message | None = None
    left_at: datetime | None = None

    @property
    def ref(self) -> MessageRef:
        return MessageRef(self.mailbox, self.id)

    @property
    def leaving(self) -> Leaving:
        return self.mailbox, self.id, self.plan, self.step


def restorable(world: World, addresses: tuple[str, ...] = ()) -> RestoreList:
    """Every message that the ledger says was removed and the mail system still has, of all mailboxes or of these.

    What its owner has deleted, or has fetched back, is not in it.
    """
    world.ledger.refresh()
    left = _left(world)
    wanted = {address.lower() for address in addresses}
    concerned = {mailbox for mailbox, _ in left}
    found: list[Restorable] = []
    unread = {}
    for mailbox in world.mail.mailboxes():
        if mailbox.id not in concerned or (wanted and mailbox.address not in wanted):
            continue
        try:
            found += [one for row in world.mail.recoverable(mailbox) if (one := _listed(world, mailbox, row, left))]
        except MailTrouble as trouble:
            unread[mailbox.address] = str(trouble)
    found.sort(key=lambda one: (one.address, one.left_at, one.id))
    return RestoreList(messages=tuple(found), unread=unread, kept_for=world.city.mail.recoverable_for)


def put_back(world: World, text: str, reason: str) -> Restored:
    """Put one message, by its number, id or Message-ID, back into the folder it lay in, or into the Inbox.

    Written to the ledger before and after; killed anywhere and run again, it is in its mailbox once. Raises
    ``NotThisOffice``, ``WrongUsage`` where no such message was removed or no reason is given, ``AnotherRun``, and
    ``MailNotAnswering``, after which running again goes on from there.
    """
    world.require(Act.RESTORE_MAIL)
    if not reason.strip():
        raise WrongUsage("Putting mail back needs its reason.", "Say it with --reason.")
    with world.alone():
        world.ledger.refresh()
        world.ledger.refuse_wrong_clock()
        # What a run that was cut off had removed can be wanted back too: first the ledger is to say that it left.
        settle(world)
        one = _wanted(world, text)
        back = world.ledger.in_force.restorings.back.get(one.leaving)
        if back is None:
            return _put_back(world, one, reason.strip())
        world.catalog.returns.mark(one.ref, back.now, back.folder)
        return _restored(world, one, back.folder, "it was put back already")


def _put_back(world: World, one: _Wanted, reason: str) -> Restored:
    """Intent, deed, outcome, mark: each on the disk before the next."""
    if one.leaving not in world.ledger.in_force.restorings.begun:
        begun = ToBePutBack(
            mailbox=one.mailbox, address=one.address, id=one.id, plan=one.plan, step=one.step, reason=reason
        )
        world.ledger.append(signed(world, Act.RESTORE_MAIL, begun))
    try:
        back = _return(world, one)
    except MailTrouble as trouble:
        answer = str(trouble)
        world.ledger.append(NotPutBack(mailbox=one.mailbox, id=one.id, plan=one.plan, step=one.step, answer=answer))
        return _restored(world, one, "", answer)
    world.ledger.append(
        PutBack(
            mailbox=one.mailbox,
            id=one.id,
            plan=one.plan,
            step=one.step,
            now=back.ref.id,
            folder=back.folder,
            answer=back.answer,
        )
    )
    world.catalog.returns.mark(one.ref, back.ref.id, back.folder)
    return _restored(world, one, back.folder, back.answer)


def _return(world: World, one: _Wanted) -> Returned:
    """The deed. An id may have changed on its way out of the mailbox, or on the way back in a run that was cut off."""
    lay_in = world.catalog.returns.left_from(one.ref)
    folder = lay_in.id if lay_in else ""
    try:
        return world.mail.put_back(one.ref, folder)
    except MessageGone:
        if now := _under_another_id(world, one):
            return world.mail.put_back(now, folder)
        if came := _came_back(world, one):
            return Returned(came.message.ref, came.message.folder or "", "was in the mailbox already, under another id")
    kept = world.city.mail.recoverable_for
    raise MessageGone(
        f"The mail system no longer has this message: it keeps what is removed for {kept} unless the tenant says "
        "otherwise, and anything shorter where somebody has emptied it. Only a backup of the mail could have it."
    )


def _under_another_id(world: World, one: _Wanted) -> MessageRef | None:
    """The one message among what was removed that is this one: same Message-ID, same instant, and nobody else's."""
    mailbox = Mailbox(id=one.mailbox, address=one.address)
    alike = [
        row.ref
        for row in world.mail.recoverable(mailbox)
        if _same(row, one.message) and world.catalog.known(row.ref) is None
    ]
    return alike[0] if len(alike) == 1 else None


def _came_back(world: World, one: _Wanted) -> Known | None:
    """The message as a sync has met it since it left, under an id that it did not have before."""
    if one.message is None or one.left_at is None or not one.message.internet_id:
        return None
    for known in world.catalog.find(one.message.internet_id):
        since = known.first_seen_at >= one.left_at and known.left_at is None and known.gone_at is None
        if since and known.mailbox.id == one.mailbox and _same(known.message, one.message):
            return known
    return None


def _same(row: Message, message: Message | None) -> bool:
    if message is None or not message.internet_id or message.received_at is None:
        return False
    return (row.internet_id, row.received_at) == (message.internet_id, message.received_at)


def _wanted(world: World, text: str) -> _Wanted:
    """Which message is meant. Raises ``WrongUsage`` for none, for several, and for one that retention left alone."""
    found = world.catalog.find(text)
    left = [known for known in found if known.left_at is not None and not known.mailbox.in_files]
    if len(left) > 1:
        numbers = ", ".join(f"#{known.n}" for known in left)
        raise WrongUsage(
            f"{len(left)} removed messages are called '{text}': {numbers}.", "Say which one, by its number."
        )
    if left:
        return _as_it_left(world, left[0])
    for known in found:
        if one := _put_back_before(world, known):
            return one
    if found and all(known.gone_at is None for known in found):
        raise _not_removed(found[0])
    one = _of_the_ledger(world, text, tuple(known.mailbox.address for known in found))
    if one is None and found:
        raise _not_removed(found[0])
    if one is None:
        raise WrongUsage(f"No removed message is called '{text}'.", _SEE_LIST)
    return one


_SEE_LIST = "See `retention record restore --list` for what can be put back."


def _not_removed(known: Known) -> WrongUsage:
    return WrongUsage(f"retention did not remove message #{known.n}: {_where(known)}.", _SEE_LIST)


def _where(known: Known) -> str:
    if known.gone_at is None:
        return f"it is in the mailbox of {known.mailbox.address}"
    return f"it was gone from the mailbox of {known.mailbox.address} by {known.gone_at:%Y-%m-%d}"


def _put_back_before(world: World, known: Known) -> _Wanted | None:
    """A message that is there because it was put back, as it was when it left."""
    for back in world.ledger.in_force.restorings.back.values():
        if (back.mailbox, back.now) == (known.mailbox.id, known.message.id):
            return _Wanted(
                n=known.n,
                address=known.mailbox.address,
                mailbox=back.mailbox,
                id=back.id,
                plan=back.plan,
                step=back.step,
                message=known.message,
            )
    return None


def _as_it_left(world: World, known: Known) -> _Wanted:
    """With the plan and the step by which it left last."""
    plan, step = "", 0
    for outcomes in world.ledger.in_force.outcomes.values():
        for outcome in outcomes.values():
            if outcome.result in LEFT and (outcome.mailbox, outcome.id) == (known.mailbox.id, known.message.id):
                plan, step = outcome.plan, outcome.step
    return _Wanted(
        n=known.n,
        address=known.mailbox.address,
        mailbox=known.mailbox.id,
        id=known.message.id,
        plan=plan,
        step=step,
        message=known.message,
        left_at=known.left_at,
    )


def _of_the_ledger(world: World, text: str, addresses: tuple[str, ...]) -> _Wanted | None:
    """A message that the ledger and the mail system know: the catalog was begun anew since it left, or is older."""
    bare = text.strip().strip("<>")
    found = [
        one
        for one in (restorable(world, addresses).messages if bare else ())
        if bare in (one.id, one.left_as, one.internet_id.strip("<>")) or (one.n and bare == f"#{one.n}")
    ]
    if len(found) > 1:
        raise WrongUsage(f"{len(found)} removed messages are called '{text}'.", "Say which one, by the mail's own id.")
    if not found:
        return None
    (one,) = found
    return _Wanted(n=one.n, address=one.address, mailbox=one.mailbox, id=one.left_as, plan=one.plan, step=one.step)


def _restored(world: World, one: _Wanted, folder: str, answer: str) -> Restored:
    listed = world.catalog.returns.folder(one.mailbox, folder) if folder else None
    return Restored(
        n=one.n,
        address=one.address,
        subject=(one.message.subject if one.message else "") or "",
        back=bool(folder),
        folder=listed.path if listed else folder,
        answer=answer,
    )


def _left(world: World) -> dict[tuple[str, str], _Left]:
    """What left and was not put back since, as the ledger has it: by mailbox and the id it left under."""
    intents: dict[tuple[str, int], Intent] = {}
    left: dict[tuple[str, str], _Left] = {}
    for link in world.ledger.links():
        match link.entry.body:
            case Intent() as intent:
                intents[intent.plan, intent.step] = intent
            case Outcome() as outcome:
                begun = intents.pop((outcome.plan, outcome.step), None)
                if begun and outcome.result in LEFT:
                    one = _Left(link.entry.at, outcome.result, outcome.plan, outcome.step)
                    left[begun.mailbox, begun.id] = one
            case PutBack() as back:
                left.pop((back.mailbox, back.id), None)
    return left


def _listed(world: World, mailbox: Mailbox, row: Message, left: dict[tuple[str, str], _Left]) -> Restorable | None:
    """The row as one of what left; ``None`` for what somebody else has removed."""
    known = world.catalog.known(row.ref)
    if known is None:
        known = next(_by_message_id(world, row), None)
    left_as = known.message.id if known else row.id
    one = left.get((mailbox.id, left_as))
    if one is None or (known is not None and known.left_at is None and known.result in LEFT):
        return None  # it came back by another hand since, and what became of it then is not ours
    until = one.at.astimezone(world.city.zone).date() + timedelta(days=days(world.city.mail.recoverable_for))
    sure = row.folder != "deleteditems" and until >= world.today
    return Restorable(
        n=known.n if known else None,
        address=mailbox.address,
        mailbox=mailbox.id,
        id=row.id,
        left_as=left_as,
        internet_id=row.internet_id or "",
        subject=row.subject or "",
        received_at=row.received_at,
        left_at=one.at,
        result=one.result,
        plan=one.plan,
        step=one.step,
        lies_in=PLACES.get(row.folder or "", row.folder or ""),
        until=until if sure else None,
    )


def _by_message_id(world: World, row: Message) -> Iterator[Known]:
    """What left under another id and is this message."""
    for known in world.catalog.find(row.internet_id or ""):
        if known.left_at and known.mailbox.id == row.mailbox and _same(row, known.message):
            yield known
