"""The life of every hold: placed, amended, released, reinstated, or told by the mail system; and what that comes to.

A hold is never deleted here, and none ends before its grace period is over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

from msgspec import Struct
from msgspec.structs import replace

from retention.core.authority import HoldKind
from retention.core.hold.foreign import ForeignHold, key
from retention.core.hold.reach import NOBODY, Reach
from retention.core.hold.scope import Hold, Scope
from retention.core.hold.server import ServerHoldsTold, called


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


Told = HoldPlaced | HoldAmended | HoldReleased | HoldReinstated | HoldReached | ServerHoldsTold
"""What the ledger says of holds."""


class Moment(Struct, frozen=True):
    """One thing that was done with a hold: the number of its entry, when, by whom, and what."""

    entry: int
    at: datetime
    by: str
    told: Told


class Version(Struct, frozen=True, kw_only=True):
    """One scope of a hold. ``until`` is how long it goes on holding after entry ``ended`` replaced it.

    ``unsure``: it goes on after that day too, for the mail system was not asked again since.
    """

    n: int
    scope: Scope
    reach: dict[str, Reach] = {}
    until: date | None = None
    ended: int | None = None
    unsure: bool = False


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
    def is_told(self) -> bool:
        """Whether the mail system told it: then it alone decides how long it is told."""
        return isinstance(self.history[0].told, ServerHoldsTold)

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
            if version.until is None
            or version.ended is None
            or version.unsure
            or today < version.until
            or not trusted(version.ended)
        )


class Book:
    """Every hold there ever was, by name, in the order in which they were placed.

    ``revision`` grows with all that is told, so that what was made of the holds is known to be out of date.
    """

    def __init__(self) -> None:
        self.states: dict[str, State] = {}
        self.revision = 0
        self._of_entry: dict[int, str] = {}
        self._told: dict[str, str] = {}

    def add(self, entry: int, at: datetime, by: str, told: Told) -> None:
        """Take in what the ledger says. What is told of a hold that was never placed changes nothing."""
        self.revision += 1
        moment = Moment(entry, at, by, told)
        if isinstance(told, HoldPlaced):
            self._place(moment, told.hold)
            return
        if isinstance(told, ServerHoldsTold):
            self._tell(moment, told)
            return
        state = self.states.get(told.name)
        if state is None or (state.is_told and not isinstance(told, HoldReached)):
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
            self._told.update((one, name) for one, told in self._told.items() if told == hold.name)
        self._of_entry[moment.entry] = hold.name
        self.states[hold.name] = State(hold=hold, versions=(Version(n=1, scope=hold.scope),), history=(moment,))

    def _tell(self, moment: Moment, told: ServerHoldsTold) -> None:
        """Take in what the mail system holds: what is new holds at once, what is no longer told holds on for a time."""
        now = {key(hold.origin): hold for hold in told.holds}
        for origin, hold in now.items():
            if origin not in self._told:
                self._told[origin] = name = called(hold.matter, self.states)
                self.states[name] = State(hold=_of_server(name, moment, hold), versions=(), history=())
        for origin, name in self._told.items():
            self.states[name] = _told_now(self.states[name], moment, told, now.get(origin))

    def is_news(self, told: ServerHoldsTold) -> bool:
        """Whether this, told of the mail system now, would change how any hold stands."""
        now = {key(hold.origin): hold for hold in told.holds}
        moment = Moment(-1, datetime.min.replace(tzinfo=UTC), "", told)
        states = ((self.states[name], now.get(origin)) for origin, name in self._told.items())
        return not now.keys() <= self._told.keys() or any(
            _told_now(state, moment, told, hold) is not state for state, hold in states
        )

    def of_entry(self, entry: int) -> State | None:
        """The hold that this entry was about when it was written, whatever was placed under its name since."""
        return self.states.get(self._of_entry.get(entry, ""))

    def __iter__(self) -> Iterator[State]:
        return iter(self.states.values())


def _of_server(name: str, moment: Moment, hold: ForeignHold) -> Hold:
    """The hold as it is kept. It counts as the legal office's, which answers for what vanishes under it."""
    since = f" since {hold.since}" if hold.since else ""
    by = f", by {', '.join(hold.by)}" if hold.by else ""
    return Hold(
        name=name,
        matter=hold.matter,
        kind=HoldKind.LEGAL,
        reason=f"In force in the mail system{since}{by}",
        scope=hold.scope,
        placed_at=moment.at,
        placed_by="the mail system",
        origin=hold.origin,
    )


def _told_now(state: State, moment: Moment, told: ServerHoldsTold, hold: ForeignHold | None) -> State:
    """The hold after the mail system told these: the very same where nothing has changed of it."""
    scope = hold.scope if hold else None
    last = state.versions[-1] if state.versions else None
    standing = last.scope if last and last.ended is None else None
    # Only what is told after the day until which it was promised ends it: a system that is not asked says nothing.
    versions = tuple(
        replace(one, unsure=False) if one.unsure and one.until and told.on >= one.until else one
        for one in state.versions
    )
    if scope == standing:
        same = all(one is before for one, before in zip(versions, state.versions, strict=True))
        return state if same else replace(state, versions=versions)
    if last is not None and last.ended is None:
        versions = (*versions[:-1], replace(versions[-1], until=told.until, ended=moment.entry, unsure=True))
    if scope is not None:
        versions = (*versions, Version(n=len(versions) + 1, scope=scope))
    return replace(state, versions=versions, history=(*state.history, moment))


def _reached(versions: tuple[Version, ...], told: HoldReached) -> tuple[Version, ...]:
    more = Reach(addresses=frozenset(told.addresses), mailboxes=frozenset(told.mailboxes))
    return tuple(
        replace(version, reach={**version.reach, told.term: version.reach.get(told.term, NOBODY) | more})
        if version.n == told.version
        else version
        for version in versions
    )
