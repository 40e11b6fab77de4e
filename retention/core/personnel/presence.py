"""Since when and until when: what the directory's present says of a person's past, and who is about to leave.

Nothing is read from a table here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from msgspec.structs import replace

from retention.core.person import Person, Term
from retention.core.personnel.table import plain


def departures(person: Person, today: date, within_days: int) -> date | None:
    """The last day of somebody who is employed today, where it is no more than so many days away."""
    for term in spans(person.employed):
        if term.holds(today) and term.to_on and (term.to_on - today).days <= within_days:
            return term.to_on
    return None


def seen(person: Person, known: Person | None, today: date) -> Person:
    """What is to be recorded of somebody whom the directory lists today, given as whom they are known.

    A directory knows only the present. A department that is known stays as it is; another one begins today and ends
    what went before it on the day before. Since when somebody is in the first department that is told of them nobody
    said: it stays open, because a hold on that department at an earlier time must reach whoever may have been in it.
    """
    if known is None:
        return person
    if known.enabled and person.enabled is False and known.directory not in ("", person.directory):
        # An old account of somebody who has another one now tells of an address, and of nothing that is so today.
        return replace(known, addresses=tuple(dict.fromkeys((*person.addresses, person.address))))
    return replace(person, departments=_departments(person.departments, known.departments, today))


def since(said: Person, known: Person | None) -> Person:
    """What is said, where a last day alone is said of an employment: it began when it is known to have begun.

    Without its first day it would stand for every employment before it.
    """
    if known is None:
        return said
    return replace(said, employed=tuple(_begun(term, known.employed) for term in said.employed))


def _begun(term: Term, known: tuple[Term, ...]) -> Term:
    if term.from_on or not term.to_on:
        return term
    days = (one.from_on for one in known if one.from_on and one.from_on <= term.to_on)
    return replace(term, from_on=max(days, default=None))


def _departments(said: tuple[Term, ...], known: tuple[Term, ...], today: date) -> tuple[Term, ...]:
    present = tuple(term for term in known if term.holds(today))
    names = {plain(term.of) for term in present}
    # A directory names one department of somebody: that it leaves another out does not end that one.
    if not said or any(plain(term.of) in names for term in said):
        return present
    yesterday = today - timedelta(days=1)
    ended = (replace(term, to_on=max(term.from_on or date.min, yesterday)) for term in present)
    return (*ended, *(replace(term, from_on=today) if known else term for term in said))


def spans(terms: Iterable[Term]) -> tuple[Term, ...]:
    """The terms with those made one that are of the same and meet or follow each other from one day to the next."""
    found: list[Term] = []
    for term in sorted(terms, key=lambda each: (plain(each.of), each.from_on or date.min)):
        if found and plain(found[-1].of) == plain(term.of) and _goes_on(found[-1], term):
            ends = (found[-1].to_on or date.max, term.to_on or date.max)
            found[-1] = replace(found[-1], to_on=None if max(ends) == date.max else max(ends))
        else:
            found.append(term)
    return tuple(sorted(found, key=lambda each: each.from_on or date.min))


def _goes_on(before: Term, after: Term) -> bool:
    return (after.from_on or date.min).toordinal() <= (before.to_on or date.max).toordinal() + 1
