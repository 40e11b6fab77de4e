"""One hold's life, taken in entry by entry: which of its versions were in force on a day, and whom each had reached.

Deeds and runs are not looked at here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from retention.core.audit import Entry
from retention.core.hold import (
    Book,
    HoldAmended,
    HoldPlaced,
    HoldReached,
    HoldReinstated,
    HoldReleased,
    Scope,
    State,
)
from retention.core.proof.tables import NO, SEALED, YES, Row

LIFE = HoldPlaced | HoldAmended | HoldReleased | HoldReinstated | HoldReached
DONE = {HoldPlaced: "placed", HoldAmended: "amended", HoldReleased: "released", HoldReinstated: "reinstated"}


class Cover:
    """Whom one version of the scope has reached, and in which entry each was first named.

    Whoever meets a single condition about people counts as reached, so that rather too many deeds are told than too
    few. ``anybody``: the scope is not bound to some people.
    """

    def __init__(self, n: int, entry: int, scope: Scope) -> None:
        self.n, self.entry, self.scope = n, entry, scope
        self.anybody = not is_bound(scope)
        self.told: list[tuple[int, HoldReached]] = []
        parts = [part for part, excepted in scope.parts() if not excepted]
        self.addresses = {address: entry for part in parts for address in part.custodians}
        self.mailboxes = {mailbox: entry for part in parts for mailbox in part.mailboxes}

    def take(self, entry: int, told: HoldReached) -> None:
        self.told.append((entry, told))
        for address in told.addresses:
            self.addresses.setdefault(address, entry)
        for mailbox in told.mailboxes:
            self.mailboxes.setdefault(mailbox, entry)

    def since(self, mailbox: str, address: str) -> int | None:
        """The entry from which on this mailbox was reached; ``None`` where it is not."""
        if self.anybody:
            return self.entry
        found = (self.mailboxes.get(mailbox), self.addresses.get(address))
        return min((entry for entry in found if entry is not None), default=None)


class Life:
    """The hold that entry ``placed`` placed. ``trusted`` says whether what an act ends may be relied on."""

    def __init__(self, name: str, placed: int, trusted: Callable[[int], bool]) -> None:
        self.name, self.placed, self._trusted = name, placed, trusted
        self.covers: list[Cover] = []
        self.entries: list[Entry] = []
        self._book = Book()
        self._over = False
        self._in_force: tuple[tuple[int, date], tuple[Cover, ...]] | None = None

    @property
    def begun(self) -> bool:
        return bool(self.covers)

    def is_named(self, name: str) -> bool:
        """Whether what is said of a hold of this name is said of this one."""
        return name == self.name and self.begun and not self._over

    def take(self, entry: Entry, told: LIFE) -> bool:
        """Take in an entry about holds; return whether it is about this one."""
        if isinstance(told, HoldPlaced):
            if entry.n != self.placed:
                # Of an old ledger, where a name could be given twice: the later hold has it from then on.
                self._over = self._over or self.is_named(told.hold.name)
                return False
        elif not self.is_named(told.name):
            return False
        self.entries.append(entry)
        self._book.add(entry.n, entry.at, entry.by, told)
        match told:
            case HoldPlaced(hold=hold):
                self.covers.append(Cover(1, entry.n, hold.scope))
            case HoldAmended(scope=scope):
                self.covers.append(Cover(len(self.covers) + 1, entry.n, scope))
            case HoldReached(version=version) if 1 <= version <= len(self.covers):
                self.covers[version - 1].take(entry.n, told)
        return True

    @property
    def state(self) -> State:
        return self._book.states[self.name]

    def in_force(self, day: date) -> tuple[Cover, ...]:
        """The versions that hold on that day, by what the ledger has said so far."""
        asked = (self._book.revision, day)
        if self._in_force is None or self._in_force[0] != asked:
            versions = self.state.in_force(day, self._trusted) if self.begun else ()
            self._in_force = asked, tuple(self.covers[version.n - 1] for version in versions)
        return self._in_force[1]

    def since(self, day: date, mailbox: str, address: str) -> int | None:
        """The entry from which on a mailbox was reached by what holds on that day; ``None`` where it is not."""
        found = (cover.since(mailbox, address) for cover in self.in_force(day))
        return min((entry for entry in found if entry is not None), default=None)

    def first(self, mailbox: str, address: str) -> int | None:
        """The entry from which on a mailbox was reached, by whatever version; ``None`` where it never was."""
        found = (cover.since(mailbox, address) for cover in self.covers)
        return min((entry for entry in found if entry is not None), default=None)

    def standing(self, day: date, placed_on: date | None) -> tuple[str, str, str]:
        """Whether it is in force, by which versions, and in how many mailboxes."""
        covers = self.in_force(day)
        if not covers:
            return NO, "", ""
        release = self.state.release
        if release is not None and self._trusted(release.entry):
            word = "yes, in its grace period"
        else:
            word = "from its placing" if day == placed_on else YES
        boxes = {mailbox for cover in covers for mailbox in cover.mailboxes}
        anybody = any(cover.anybody for cover in covers)
        return word, "+".join(str(cover.n) for cover in covers), "any" if anybody else str(len(boxes))

    def ends(self, cover: Cover) -> date | None:
        """The day from which on this version holds no longer, as far as that is decided."""
        version = self.state.versions[cover.n - 1]
        if version.until and version.ended is not None and self._trusted(version.ended):
            return version.until
        release = self.state.release
        if release is not None and isinstance(release.told, HoldReleased) and self._trusted(release.entry):
            # What an amendment promised outlasts a release.
            return max(release.told.until, version.until or release.told.until)
        return None

    def acts(self) -> Iterator[tuple[Entry, str, str, str]]:
        """Every act on it: its entry, what was done, the reason, and the end of the grace period."""
        for entry in self.entries:
            match entry.body:
                case HoldPlaced(hold=hold):
                    yield entry, DONE[HoldPlaced], SEALED if hold.sealed else hold.reason, ""
                case HoldAmended() | HoldReleased() as told:
                    yield entry, DONE[type(told)], SEALED if told.sealed else told.reason, str(told.until)
                case HoldReinstated() as told:
                    yield entry, DONE[HoldReinstated], SEALED if told.sealed else told.reason, ""

    def scopes(self) -> Iterator[Row]:
        """Every condition of every version."""
        for cover in self.covers:
            for part, condition, value in conditions(cover.scope):
                yield str(cover.n), str(cover.entry), part, condition, value

    def reached(self) -> Iterator[tuple[Cover, str, str, str, int]]:
        """Everybody each version reached: the term, ``address`` or ``mailbox``, which, and the entry that says so.

        Who is named by the scope alone is told without a term.
        """
        for cover in self.covers:
            told = {address for _, one in cover.told for address in one.addresses}
            told |= {mailbox for _, one in cover.told for mailbox in one.mailboxes}
            alone = [("address", one) for one in cover.addresses] + [("mailbox", one) for one in cover.mailboxes]
            for what, value in sorted(alone):
                if value not in told:
                    yield cover, "", what, value, cover.entry
            for entry, one in cover.told:
                for address in one.addresses:
                    yield cover, one.term, "address", address, entry
                for mailbox in one.mailboxes:
                    yield cover, one.term, "mailbox", mailbox, entry


def is_bound(scope: Scope) -> bool:
    """Whether the scope can cover nothing outside the mailboxes of the people it names."""
    return (
        scope.names_people
        or any(is_bound(part) for part in scope.all_of)
        or (bool(scope.any_of) and all(is_bound(part) for part in scope.any_of))
    )


def conditions(scope: Scope, part: str = "") -> Iterator[tuple[str, str, str]]:
    """Each condition of a scope and of the parts within it: the part, what it asks, and one value."""
    listed: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("custodian", scope.custodians),
        ("department", tuple(map(str, scope.departments))),
        ("office", tuple(map(str, scope.offices))),
        ("mailbox", scope.mailboxes),
        ("names", scope.participants),
        ("says", scope.words),
        ("received or sent from", (str(scope.first_on),) if scope.first_on else ()),
        ("received or sent until", (str(scope.last_on),) if scope.last_on else ()),
        ("conversation", scope.conversations),
        ("series", scope.series),
        ("id", scope.ids),
    )
    for condition, values in listed:
        for value in values:
            yield part, condition, value
    for word, parts in (("all of", scope.all_of), ("any of", scope.any_of), ("none of", scope.none_of)):
        for n, within in enumerate(parts, 1):
            name = f"{word} ({n})"
            yield part, name, ""
            yield from conditions(within, f"{part}, {name}" if part else name)


def days(first: date, last: date) -> Iterator[date]:
    """Every day of the period, both ends included."""
    for n in range((last - first).days + 1):
        yield first + timedelta(days=n)
