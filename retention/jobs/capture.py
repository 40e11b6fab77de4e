"""Capture: put the files of records on the store, checked, and say so in the ledger. Nothing leaves a mailbox here.

Which messages are captured is decided in the plan; their removal afterwards is in ``apply.py``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from msgspec import Struct

from retention.catalog import Known
from retention.core.audit import Intent, Stored
from retention.core.hold import NONE
from retention.core.message import MessageRef
from retention.core.plan import Plan, Step
from retention.core.record import Custody, Record, sidecar_digest, unknown_of
from retention.errors import NotOneRecord, RecordMismatch
from retention.jobs.world import World
from retention.mail.interface import MailTrouble


class Blocked(Struct, frozen=True):
    """Why a step may not be done: ``held`` or ``skipped``, the reason, and for ``held`` the holds."""

    result: str
    answer: str
    holds: tuple[str, ...] = ()


@dataclass
class Deed:
    """One step on its way: ``blocked`` says why it may not be done, ``answer`` what the deed gave.

    ``begun_before`` says that an interrupted run had begun this very step.
    """

    step: Step
    intent: Intent
    known: Known | None
    blocked: Blocked | None = None
    stored: Stored | None = None
    answer: str | None = None
    begun_before: bool = False


def capture(world: World, plan: Plan, deeds: list[Deed], pool: ThreadPoolExecutor) -> None:
    """Give every deed its ``stored``, or the reason why it is ``blocked``; several at once.

    When this returns, each file is on the store, read back and compared, and the ledger says so.
    """
    fresh = [deed for deed in deeds if not _is_there(world, plan, deed)]
    contents = list(pool.map(lambda deed: _content(world, deed), fresh))
    # The same bytes from two mailboxes are one record with two custodies: these must be written one after the other.
    alike: dict[str, list[tuple[Deed, bytes]]] = {}
    for deed, content in zip(fresh, contents, strict=True):
        if content is None:
            continue
        digest = hashlib.sha256(content).hexdigest()
        if deed.step.in_files and digest != deed.step.version:
            # A mail system is asked for the version again when it removes; a file only gives its bytes.
            deed.blocked = Blocked("skipped", "its file has changed since the plan was made")
        else:
            alike.setdefault(digest, []).append((deed, content))
    for _ in pool.map(lambda item: _put(world, plan, *item), alike.items()):
        pass
    world.ledger.append(*(deed.stored for deed in fresh if deed.stored))


def _is_there(world: World, plan: Plan, deed: Deed) -> bool:
    """Whether an interrupted run had stored this file already; a file that was lost since is written again."""
    stored = world.ledger.in_force.stored.get((plan.digest, deed.step.n))
    if stored is None:
        return False
    try:
        world.store.get(stored.place)
    except RecordMismatch:
        return False
    deed.stored = stored
    return True


def _content(world: World, deed: Deed) -> bytes | None:
    try:
        content = b"".join(world.mail.content(MessageRef(deed.step.mailbox, deed.step.id)))
    except MailTrouble as trouble:
        deed.blocked = Blocked("skipped", str(trouble))
        return None
    if not content.strip():
        deed.blocked = Blocked("skipped", "the mail system gave nothing as its content")
        return None
    return content


def _put(world: World, plan: Plan, digest: str, deeds: Iterable[tuple[Deed, bytes]]) -> None:
    for deed, content in deeds:
        try:
            place = world.store.put(_record(world, deed, digest, len(content)), content)
        except NotOneRecord as refused:
            deed.blocked = Blocked("skipped", refused.message)
            continue
        deed.stored = Stored(
            plan=plan.digest,
            step=deed.step.n,
            digest=digest,
            place=place,
            sidecar=sidecar_digest(world.store.record(place)),
        )


def _record(world: World, deed: Deed, digest: str, size: int) -> Record:
    step, known = deed.step, deed.known
    assert known is not None and known.message.received_at is not None  # else it would have been blocked
    message, series = known.message, world.case(known, NONE).series
    assert series is not None  # else it would have been blocked
    return Record(
        digest=digest,
        size=size,
        schedule=step.schedule,
        edition=world.edition_of(step.schedule),
        fingerprint=world.fingerprints[step.schedule],
        series=series.key,
        title=series.title,
        retain=str(series.enforced),
        citation=series.citation,
        because=step.because,
        due_on=step.due_on,
        year=known.message.received_at.astimezone(world.city.zone).year,
        internet_id=message.internet_id or "",
        subject=message.subject or "",
        sender=message.sender or "",
        to=message.to or (),
        cc=message.cc or (),
        bcc=message.bcc or (),
        received_at=message.received_at,
        sent_at=message.sent_at,
        kind=message.kind or "",
        categories=message.categories or (),
        custody=(
            Custody(
                address=known.mailbox.address,
                mailbox=known.mailbox.id,
                id=message.id,
                version=step.version,
                folder=message.path or "",
                captured_at=world.now(),
                received_at=message.received_at,
                sent_at=message.sent_at,
                conversation=message.conversation,
                preview=message.preview,
                categories=message.categories,
                by_person=known.filing is not None and known.filing.by_person,
                source=message.source,
            ),
        ),
        unknown=unknown_of(message),
        attachments=message.attachments,
        linked=message.linked,
        origin=message.origin,
        on_behalf=message.on_behalf,
        keys=known.keys,
        earlier=message.earlier or (),
        rebuilt=message.rebuilt,
        sensitivity=message.sensitivity,
    )
