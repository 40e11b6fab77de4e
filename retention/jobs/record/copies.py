"""Where else messages may still be: asked of the catalog, the record store and the ledger while it can be found out.

What a certificate makes of it is in ``core/elsewhere.py``; no copy is touched here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec.structs import replace

from retention.core.accession import RecordsExported, TransferAccepted
from retention.core.consent import grouped
from retention.core.elsewhere import Elsewhere, ElsewhereTold
from retention.core.likeness import can_be_found
from retention.core.message import Message
from retention.core.preserved import place_of
from retention.core.record import Record
from retention.jobs.world import World


def gather(world: World, records: Iterable[Record]) -> Elsewhere:
    """What is known of copies of these records. To be asked before the first of them goes: it is read from them."""
    by_place = {record.place: record for record in records}
    listed = grouped(by_place)
    ordered = [by_place[f"{folder}/{digest}"] for folder, digests in listed.items() for digest in digests]
    looking = _Looking(world, ordered)
    mailboxes, files = looking.copies()
    return Elsewhere(
        records=dict(listed),
        mailboxes=mailboxes,
        files=files,
        recipients=looking.recipients(),
        inside=looking.where(looking.is_unread_inside),
        senders=looking.where(looking.is_from_outside),
        nameless=looking.where(lambda record: not can_be_found(_sought(record))),
        linked=looking.where(lambda record: bool(record.linked)),
        preserved=looking.where(lambda record: world.store.has_copy(place_of(record.digest))),
        bags=looking.exported(),
        archives=looking.taken_over(),
        unread=looking.unread(),
        store=world.city.store.system,
        backups=world.city.city.backups_expire,
        time_zone=world.city.city.time_zone,
    )


def told(plan: str, copies: Elsewhere) -> tuple[ElsewhereTold, ...]:
    """What the ledger is to say of them, before the first deed."""
    return (ElsewhereTold(plan=plan, copies=copies),)


class _Looking:
    """One look around for these records; each is meant by its position."""

    def __init__(self, world: World, records: Sequence[Record]) -> None:
        self._world = world
        self._records = records
        self._domains = tuple(domain.lower() for domain in world.surroundings.domains)
        self._known = {
            address for mailbox in world.catalog.mailboxes() for address in map(str.lower, mailbox.addresses)
        }

    def where(self, asked: Callable[[Record], bool]) -> tuple[int, ...]:
        return tuple(n for n, record in enumerate(self._records) if asked(record))

    def copies(self) -> tuple[dict[str, tuple[int, ...]], dict[str, tuple[int, ...]]]:
        """By its address, each mailbox that has the same message now, also where it was put back; and so each file."""
        found = [
            (alike.mailbox, n)
            for n, record in enumerate(self._records)
            for alike in self._world.catalog.glimpses.like(_sought(record))
        ]
        return (
            _by_name((mailbox.address, n) for mailbox, n in found if not mailbox.in_files),
            _by_name((mailbox.address, n) for mailbox, n in found if mailbox.in_files),
        )

    def recipients(self) -> dict[str, tuple[int, ...]]:
        """By their domain, the recipients outside the city."""
        return _by_name(
            (_domain(address), n)
            for n, record in enumerate(self._records)
            for address in _received(record)
            if "@" in address and not self._is_own(address)
        )

    def is_unread_inside(self, record: Record) -> bool:
        """Whether somebody of the city has it whose mailbox the catalog does not know, or who can only be guessed at.

        The name of an old directory (``/o=…``) may be a colleague's.
        """
        everybody = (record.sender, *_received(record))
        ours = (one.lower() for one in everybody if one and ("@" not in one or self._is_own(one)))
        return any(one not in self._known for one in ours)

    def is_from_outside(self, record: Record) -> bool:
        return "@" in record.sender and not self._is_own(record.sender)

    def exported(self) -> dict[str, tuple[int, ...]]:
        return _by_name((f"bag {export.bag}", n) for _, export in self._exports() for n in self._in(export))

    def taken_over(self) -> dict[str, tuple[int, ...]]:
        exports = dict(self._exports())
        accepted = (one for one in self._world.ledger.in_force.accessions.values() if isinstance(one, TransferAccepted))
        return _by_name(
            (f"{one.archive}, {one.reference}", n)
            for one in accepted
            if one.export in exports
            for n in self._in(exports[one.export])
        )

    def unread(self) -> tuple[str, ...]:
        """The mailboxes that were not read to their end."""
        rows = self._world.catalog.coverage()
        return tuple(row["address"] for row in rows if row["read_at"] is None or row["unread"] or row["trouble"])

    def _exports(self) -> Iterator[tuple[int, RecordsExported]]:
        for entry, said in self._world.ledger.in_force.accessions.items():
            if isinstance(said, RecordsExported):
                yield entry, said

    def _in(self, export: RecordsExported) -> Iterator[int]:
        places = {f"{folder}/{digest}" for folder, digests in export.records.items() for digest in digests}
        return (n for n, record in enumerate(self._records) if record.place in places)

    def _is_own(self, address: str) -> bool:
        domain = _domain(address)
        return any(domain == own or domain.endswith(f".{own}") for own in self._domains)


def _sought(record: Record) -> Message:
    """The message as copies of it are looked for: with no place of its own, for where it was taken from it may be."""
    return replace(record.message(record.custody[0]), mailbox="", id="", source=None)


def _received(record: Record) -> tuple[str, ...]:
    return (*record.to, *record.cc, *record.bcc)


def _domain(address: str) -> str:
    return address.rpartition("@")[2].strip().lower()


def _by_name(pairs: Iterable[tuple[str, int]]) -> dict[str, tuple[int, ...]]:
    found: dict[str, set[int]] = {}
    for name, n in pairs:
        found.setdefault(name, set()).add(n)
    return {name: tuple(sorted(numbers)) for name, numbers in sorted(found.items())}
