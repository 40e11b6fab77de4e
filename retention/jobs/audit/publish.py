"""Publish: make the ledger's head known outside, so that nobody can cut or rewrite what came before it unseen.

What a head is stands in ``core/publication.py``; an e-mail is drafted here, and never sent.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from datetime import UTC
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from msgspec import Struct

from retention.core.authority import Act
from retention.core.publication import HeadPublished, PublishedHead, token_name
from retention.errors import BadConfiguration, WrongUsage
from retention.jobs.acting import signed
from retention.jobs.audit.heads import Stamps
from retention.jobs.world import World
from retention.packet.published import Filed, Published, put
from retention.stamping import ANSWERED


class HeadTold(Struct, frozen=True, kw_only=True):
    """A head that was published: what it says, its text, every file that was written, and what its timestamp attests.

    ``to`` are those to whom the drafted e-mail is addressed.
    """

    head: PublishedHead
    text: str
    files: tuple[str, ...]
    to: tuple[str, ...] = ()
    stamped_at: str = ""
    stamped_by: str = ""


def publish(
    world: World, *, output: Path | None = None, email: Path | None = None, stamps: Stamps | None = None
) -> HeadTold:
    """File the ledger's head beside it and in ``output``, draft an e-mail, and ask ``stamps`` for a timestamp.

    Raises ``NotThisOffice``, ``WrongUsage`` where a file is there already, ``BadConfiguration`` where an e-mail would
    go to nobody, ``TimestampMissing``, and ``StoreNotAnswering`` where a file cannot be written.
    """
    world.require(Act.PUBLISH_HEAD)
    to = world.city.audit.publish_to if email is not None else ()
    if email is not None and not to:
        raise BadConfiguration("Nobody is named under 'audit.publish_to'.", "Name those whom the head is sent to.")
    _refuse_there(output, email)
    world.ledger.refresh()
    published = Published(world.ledger.path)
    entries, digest = world.ledger.head
    # What a run that was cut off has filed may be known outside by now: it is that head again, not another.
    filed = published.at(entries, digest) or published.put(_head(world, entries, digest))
    if stamps is not None and not filed.token:
        filed = published.stamp(filed, stamps.ask(filed.data).token)
    stamp = stamps.check(filed.token, filed.data) if stamps is not None else None
    files = [filed.path, *_copies(filed, output)]
    if email is not None:
        put(email, _draft(world, filed, to))
        files.append(email)
    told = HeadPublished(
        entries=entries,
        digest=digest,
        file=filed.path.name,
        head=hashlib.sha256(filed.data).hexdigest(),
        where=tuple(path.name for path in files[1:]) + to,
        token=hashlib.sha256(filed.token).hexdigest() if filed.token else "",
        stamped_at=stamp.at if stamp else None,
        stamped_by=stamp.by if stamp else "",
    )
    world.ledger.append(signed(world, Act.PUBLISH_HEAD, told))
    return HeadTold(
        head=filed.head,
        text=filed.data.decode(),
        files=tuple(map(str, files)),
        to=to,
        stamped_at=f"{stamp.at:%Y-%m-%d %H:%M:%S} UTC" if stamp else "",
        stamped_by=told.stamped_by,
    )


def _head(world: World, entries: int, digest: str) -> PublishedHead:
    at = world.now().astimezone(UTC).replace(microsecond=0)
    return PublishedHead(city=world.ledger.founded, rehearsal=world.rehearsal, entries=entries, digest=digest, at=at)


def _refuse_there(output: Path | None, email: Path | None) -> None:
    """Before anything is asked of anybody: a timestamp cannot be taken back."""
    asked = [path for path in (output, email, output and _beside(output)) if path is not None]
    for path in asked:
        if path.exists() or asked.count(path) > 1:
            raise WrongUsage(f"There is already something at {path}.", "Name another file.")
        if not path.absolute().parent.is_dir():
            raise WrongUsage(f"There is no folder {path.parent}.", "Make it, or name another file.")


def _beside(output: Path) -> Path:
    return output.with_name(token_name(output.name))


def _copies(filed: Filed, output: Path | None) -> list[Path]:
    """What was asked for elsewhere: the head, and its timestamp beside it."""
    if output is None:
        return []
    put(output, filed.data)
    if not filed.token:
        return [output]
    put(_beside(output), filed.token)
    return [output, _beside(output)]


def _draft(world: World, filed: Filed, to: tuple[str, ...]) -> bytes:
    """A message that a mail program opens as a draft, with the head and its timestamp as files."""
    head = filed.head
    message = EmailMessage(policy=SMTP)
    with suppress(ValueError, IndexError, MessageError):  # whoever acts may be known by an account alone
        message["From"] = Address(addr_spec=world.actor.address)
    message["To"] = [Address(addr_spec=address) for address in to]
    message["Subject"] = f"The head of the retention ledger on {head.at:%Y-%m-%d}"
    message["Date"] = head.at
    # Outlook opens a file with this as a message still to be sent.
    message["X-Unsent"] = "1"
    message.set_content(_words(head), cte="quoted-printable")
    message.add_attachment(filed.data, maintype="application", subtype="json", filename=filed.path.name)
    if filed.token:
        kind, _, subkind = ANSWERED.partition("/")
        message.add_attachment(filed.token, maintype=kind, subtype=subkind, filename=token_name(filed.path.name))
    return message.as_bytes()


def _words(head: PublishedHead) -> str:
    rehearsal = "This is one of a rehearsal: no real mail is spoken of.\n\n" if head.rehearsal else ""
    return (
        f"{rehearsal}On {head.at:%Y-%m-%d} at {head.at:%H:%M:%S} UTC the ledger of the mail retention of {head.city} "
        f"had\n\n    {head.entries} entries\n\nand the digest of the last was\n\n    {head.digest}\n\n"
        "Please keep this message and what is attached. Whoever changes, moves or leaves out any of these entries "
        "later changes\nthat digest: what you keep is the proof. Nothing else can be learnt from it.\n"
    )
