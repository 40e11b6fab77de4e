"""Where else a message may still be when its record is destroyed, as it was known right before.

Nobody is asked here: the catalog and the store are, in ``jobs/record/copies.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

Numbers = tuple[int, ...]


class Elsewhere(Struct, frozen=True, kw_only=True):
    """What is known of copies of these records. A number is a record's position in ``records``, counted from 0.

    ``records`` are the folders (schedule, series and year) and in each the digests. ``mailboxes`` are the addresses in
    which the same message is, and ``files`` the names of the files of mail; ``recipients`` the domains outside the city
    that it was sent to, ``inside`` the records that somebody of the city sent or received whose mailbox nobody reads
    here, ``senders`` those that came from outside, ``nameless`` those of which too little is known to recognise a copy
    (until files were read: those without a Message-ID), ``linked`` those with attachments that were only links.
    ``preserved`` have a preservation copy on the store, ``bags`` and ``archives`` say where they went in a bag and who
    took them over. ``unread`` are the mailboxes that could not be read to their end. ``store`` is the kind of record
    store, ``backups`` after how long the city's backups expire, in its own words, and ``time_zone`` the city's.
    """

    records: dict[str, tuple[str, ...]] = {}
    mailboxes: dict[str, Numbers] = {}
    files: dict[str, Numbers] = {}
    recipients: dict[str, Numbers] = {}
    inside: Numbers = ()
    senders: Numbers = ()
    nameless: Numbers = ()
    linked: Numbers = ()
    preserved: Numbers = ()
    bags: dict[str, Numbers] = {}
    archives: dict[str, Numbers] = {}
    unread: tuple[str, ...] = ()
    store: str = ""
    backups: str = ""
    time_zone: str = ""

    @property
    def places(self) -> tuple[str, ...]:
        """The records, each at the position by which it is meant."""
        return tuple(f"{folder}/{digest}" for folder, digests in self.records.items() for digest in digests)


class ElsewhereTold(Struct, frozen=True, kw_only=True, tag="copies elsewhere told", tag_field="kind"):
    """What was known of copies elsewhere when a run was about to destroy these records by this plan."""

    plan: str
    copies: Elsewhere


class Other(Struct, frozen=True):
    """One kind of copies: what and where, of how many of the records, and whether this product could reach them."""

    what: str
    where: str
    records: int
    reach: str


NOT_OURS = "No: it is outside the city, and nobody was asked to delete it."
UNTOUCHED = "It was not touched: that mailbox follows the schedule and the holds by itself."
UNCHANGED = "It was not touched: files are read and never changed. `retention files report` says which may go."
UNSAID = "nobody has said when the city's backups expire"


def others(told: Iterable[Elsewhere], gone: frozenset[str]) -> Iterator[Other]:
    """Every kind of copies of the records at these places, counted by record."""
    told = tuple(told)
    yield from _by_name(told, gone, "mailboxes", "The same message in another mailbox", UNTOUCHED)
    yield from _by_name(told, gone, "files", "The same message in files of mail", UNCHANGED)
    yield from _of(
        told,
        gone,
        "inside",
        "A mailbox of the city that is not read here",
        "Not known: its sender or a recipient is of the city, and their mailbox was not looked into.",
    )
    yield from _by_name(told, gone, "recipients", "Copies of recipients outside the city", NOT_OURS)
    yield from _of(told, gone, "senders", "The copies of senders outside the city", NOT_OURS)
    yield from _of(
        told,
        gone,
        "preserved",
        "Preservation copies on the record store",
        "Kept: a hold asked for them. They go when no hold needs them any more.",
    )
    yield from _by_name(told, gone, "bags", "Exported", "No: whoever was given the bag has it.")
    yield from _by_name(told, gone, "archives", "Taken over by an archive", "No: the archive keeps it.")
    yield from _of(
        told,
        gone,
        "linked",
        "Files that were attached as links",
        "No: what a link leads to was never captured, and may still be where it was.",
    )


def doubts(told: Iterable[Elsewhere], gone: frozenset[str]) -> Iterator[str]:
    """What could not be found out of copies elsewhere, in sentences."""
    told = tuple(told)
    for other in _of(told, gone, "nameless", "", ""):
        yield f"Messages without a Message-ID, of which copies could not be looked for: {other.records:,}."
    unread = sorted({address for one in told for address in one.unread})
    if unread:
        yield f"These mailboxes could not be read to their end, and may have copies: {', '.join(unread)}."
    unasked = len(gone - {place for one in told for place in one.places})
    if unasked:
        yield f"Records of which nobody had looked for copies elsewhere: {unasked:,}."


def _by_name(told: tuple[Elsewhere, ...], gone: frozenset[str], field: str, what: str, reach: str) -> Iterator[Other]:
    found: dict[str, set[str]] = {}
    for one in told:
        places = one.places
        by_name: Mapping[str, Numbers] = getattr(one, field)
        for name, numbers in by_name.items():
            found.setdefault(name, set()).update(places[n] for n in numbers)
    for name, mine in sorted(found.items()):
        if mine & gone:
            yield Other(what, name, len(mine & gone), reach)


def _of(told: tuple[Elsewhere, ...], gone: frozenset[str], field: str, what: str, reach: str) -> Iterator[Other]:
    mine: set[str] = set()
    for one in told:
        places = one.places
        mine.update(places[n] for n in getattr(one, field))
    if mine & gone:
        yield Other(what, "", len(mine & gone), reach)
