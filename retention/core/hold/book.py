"""The life of every hold: placed, amended, released, reinstated; what the ledger says of it, and what that comes to.

A hold is never deleted here, and none ends before its grace period is over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime

from msgspec import Struct
from msgspec.structs import replace

from retention.core.hold.reach import NOBODY, Reach
from retention.core.hold.scope import Hold, Scope


class HoldPlaced(Struct, frozen=True, kw_only=True, tag="hold placed", tag_field="kind"):
    hold: Hold


class HoldAmended(Struct, frozen=True, kw_only=True, tag="hold amended", tag_field="kind", omit_defaults=True):
    """The hold has another scope from now on. What the scope before it covered is kept until ``until`` as well."""

    name: str
    scope: Scope
    reason: str
    until: date
    sealed: str = ""


class HoldReleased(Struct, frozen=True, kw_only=True, tag="hold released", tag_field="kind", omit_defaults=True):
    """``until`` is the end of the grace period: what the hold covered is kept until that day."""

    name: str
    reason: str
    until: date
    sealed: str = ""


class HoldReinstated(Struct, frozen=True, kw_only=True, tag="hold reinstated", tag_field="kind", omit_defaults=True):
    """The hold goes on as if it had not been released; only within the grace period."""

    name: str
    reason: str
    sealed: str = ""


class HoldReached(Struct, frozen=True, kw_only=True, tag="hold reached", tag_field="kind"):
    """Whom ``term`` of a version's scope reaches since now, beside those whom it reached before."""

    name: str
    version: int
    term: str
    addresses: tuple[str, ...]
    mailboxes: tuple[str, ...]


Told = HoldPlaced | HoldAmended | HoldReleased | HoldReinstated | HoldReached
"""What the ledger says of holds."""


class Moment(Struct, frozen=True):
    """One thing that was done with a hold: the number of its entry, when, by whom, and what."""

    entry: int
    at: datetime
    by: str
    told: Told


class Version(Struct, frozen=True, kw_only=True):
    """One scope of a hold. ``until`` is how long it goes on holding after entry ``ended`` replaced it."""

    n: int
    scope: Scope
    reach: dict[str, Reach] = {}
    until: date | None = None
    ended: int | None = None


class State(Struct, frozen=True, kw_only=True):
    """A hold and all that became of it. ``release`` is the moment of the release that has not been taken back."""

    hold: Hold
    versions: tuple[Version, ...]
    history: tuple[Moment, ...]
    release: Moment | None = None

    @property
    def scope(self) -> Scope:
        """The scope as it was last amended."""
        return self.versions[-1].scope

    @property
    def released(self) -> HoldReleased | None:
        return self.release.told if self.release and isinstance(self.release.told, HoldReleased) else None

    def in_force(self, today: date, trusted: Callable[[int], bool]) -> tuple[Version, ...]:
        """The versions that hold today. What ends one counts only where it can be trusted."""
        released = self.released
        if released and self.release and today >= released.until and trusted(self.release.entry):
            # What an amendment promised to keep until a day is kept until then, whatever was released since.
            return tuple(version for version in self.versions if version.until and today < version.until)
        return tuple(
            version
            for version in self.versions
            if version.until is None or version.ended is None or today < version.until or not trusted(version.ended)
        )


class Book:
    """Every hold there ever was, by name, in the order in which they were placed.

    ``revision`` grows with all that is told, so that what was made of the holds is known to be out of date.
    """

    def __init__(self) -> None:
        self.states: dict[str, State] = {}
        self.revision = 0
        self._of_entry: dict[int, str] = {}

    def add(self, entry: int, at: datetime, by: str, told: Told) -> None:
        """Take in what the ledger says. What is told of a hold that was never placed changes nothing."""
        self.revision += 1
        moment = Moment(entry, at, by, told)
        if isinstance(told, HoldPlaced):
            self._place(moment, told.hold)
            return
        state = self.states.get(told.name)
        if state is None:
            return
        if not isinstance(told, HoldReached):
            self._of_entry[entry] = told.name
            state = replace(state, history=(*state.history, moment))
        match told:
            case HoldReached():
                state = replace(state, versions=_reached(state.versions, told))
            case HoldReleased():
                state = replace(state, release=moment)
            case HoldReinstated():
                state = replace(state, release=None)
            case HoldAmended(scope=scope, until=until):
                *earlier, last = state.versions
                ended = replace(last, until=until, ended=entry)
                state = replace(state, versions=(*earlier, ended, Version(n=last.n + 1, scope=scope)))
        self.states[told.name] = state

    def _place(self, moment: Moment, hold: Hold) -> None:
        """A name is used once. Where an old ledger has one twice, the first holds on under another."""
        earlier = self.states.pop(hold.name, None)
        if earlier is not None:
            name = f"{hold.name} (entry {earlier.history[0].entry})"
            self.states[name] = earlier
            self._of_entry.update((one.entry, name) for one in earlier.history)
        self._of_entry[moment.entry] = hold.name
        self.states[hold.name] = State(hold=hold, versions=(Version(n=1, scope=hold.scope),), history=(moment,))

    def of_entry(self, entry: int) -> State | None:
        """The hold that this entry was about when it was written, whatever was placed under its name since."""
        return self.states.get(self._of_entry.get(entry, ""))

    def __iter__(self) -> Iterator[State]:
        return iter(self.states.values())


def _reached(versions: tuple[Version, ...], told: HoldReached) -> tuple[Version, ...]:
    more = Reach(addresses=frozenset(told.addresses), mailboxes=frozenset(told.mailboxes))
    return tuple(
        replace(version, reach={**version.reach, told.term: version.reach.get(told.term, NOBODY) | more})
        if version.n == told.version
        else version
        for version in versions
    )
