"""Mailboxes that may be about to vanish, because whoever they belong to goes, or because they do not answer.

Whether a hold reaches a mailbox is not asked here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from msgspec import Struct

from retention.core.message import Mailbox
from retention.core.person import Person
from retention.core.personnel.presence import departures

SOON = 14
"""So many days before somebody's last one their held mail is to be copied."""


class AtRisk(Struct, frozen=True, kw_only=True):
    """A mailbox that may be about to vanish with held mail in it. ``why`` ends a sentence; ``readable``: it answers."""

    mailbox: str
    holds: tuple[str, ...]
    why: str
    readable: bool

    def __str__(self) -> str:
        held = f"{self.mailbox} is held ({', '.join(self.holds)})"
        collect = f"`retention hold collect {self.holds[0]}`"
        if self.readable:
            return f"{held} and {self.why}; copy it now: {collect}."
        return f"{held} and {self.why}; bring it back, then copy it: {collect}."


def going(box: Mailbox, people: Iterable[Person], today: date) -> str:
    """Why a mailbox may soon be deleted with its account, as the end of a sentence; empty where nothing says so.

    ``people`` are those who have or had one of its addresses, or own it.
    """
    people = tuple(people)
    having = [one for one in people if not {one.address, *one.addresses}.isdisjoint(box.addresses)]
    # An address may have been another person's before: only who has it now, or had it last, keeps the mailbox alive.
    own = [one for one in having if one.address in box.addresses] or having
    shared = any(not set(one.mailboxes).isdisjoint(box.addresses) for one in people)
    reasons = [_goes(one, today, shared=shared) for one in own]
    return reasons[0] if reasons and all(reasons) else ""


def _goes(person: Person, today: date, *, shared: bool) -> str:
    who = person.name or person.address
    if person.left_by(today):
        ended = max(term.to_on for term in person.employed if term.to_on and term.to_on < today)
        return f"{who} left on {ended}"
    if (last := departures(person, today, SOON)) is not None:
        return f"{who} leaves on {last}"
    # Nobody ever signs in to the account of a shared mailbox: that it is disabled says nothing.
    return "its account is disabled" if person.enabled is False and not shared else ""
