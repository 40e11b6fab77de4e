"""All holds that hold today, made ready to be asked: which of them cover this message, and why?

Where the holds are read from is not known here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from retention.core.classify import Classification
from retention.core.hold.book import State
from retention.core.hold.judging import Asked, Judge
from retention.core.hold.reach import NOBODY, Directory, Reach, reached
from retention.core.hold.scope import Hold, Scope
from retention.core.message import Mailbox, Message


class Holding(Struct, frozen=True, kw_only=True):
    """One scope that holds today: of which hold, which version, and whom each of its terms reaches."""

    hold: Hold
    version: int
    scope: Scope
    reach: dict[str, Reach]


class Covering(Struct, frozen=True):
    """A hold that covers the message asked about, and why, as the end of a sentence. ``certain``: it was judged."""

    hold: Hold
    because: str
    certain: bool


class Holds:
    """Asked about one message at a time; a hold that certainly has nothing in a mailbox is not asked about its mail.

    ``series`` are those that the city has, as ``CODE`` and ``schedule/CODE`` in small letters; ``None``: all there are.
    ``vanished`` gives for the Message-ID of mail that vanished the holds it was under, and from whose mailbox it did.
    """

    def __init__(
        self,
        holdings: Iterable[Holding],
        zone: ZoneInfo,
        series: frozenset[str] | None = None,
        vanished: Mapping[str, Mapping[str, str]] = {},
    ) -> None:
        self.holdings = tuple(holdings)
        self._zone, self._series = zone, series
        self._named = {one.hold.name: one.hold for one in self.holdings}
        still = {id_: {name: at for name, at in of.items() if name in self._named} for id_, of in vanished.items()}
        self._vanished = {id_: of for id_, of in still.items() if of}
        self._everywhere: list[int] = []
        self._at: dict[str, list[int]] = {}
        self._judges = tuple(Judge(one.scope, one.reach, series=series) for one in self.holdings)
        self._of: dict[str, tuple[Mailbox, tuple[int, ...]]] = {}
        for n, judge in enumerate(self._judges):
            only = judge.only()
            if only is None:
                self._everywhere.append(n)
            else:
                for mark in (*only.addresses, *only.mailboxes):
                    self._at.setdefault(mark, []).append(n)

    def __len__(self) -> int:
        return len(self._named)

    def covering(self, message: Message, mailbox: Mailbox, filing: Classification | None) -> tuple[Covering, ...]:
        """Every hold that covers it, each once, in the order in which they were placed."""
        reaching = self._reaching(mailbox)
        vanished = self._vanished.get(message.internet_id or "") if self._vanished else None
        if not reaching and not vanished:
            return ()
        asked = Asked(message, mailbox, filing, self._zone)
        found: dict[str, Covering] = {}
        for n in reaching:
            hold = self.holdings[n].hold
            if found and hold.name in found and found[hold.name].certain:
                continue
            met, because = self._judges[n].judge(asked)
            if met is not False:
                found[hold.name] = Covering(hold, because, met is True)
        if vanished:
            for name, address in vanished.items():
                if name not in found or not found[name].certain:
                    because = f"it vanished from the mailbox of {address} while it was held"
                    found[name] = Covering(self._named[name], because, True)
            return tuple(found[name] for name in self._named if name in found)
        return tuple(found.values())

    def reaching(self, mailbox: Mailbox) -> tuple[Hold, ...]:
        """The holds that may cover something in this mailbox, each once."""
        holds = (self.holdings[n].hold for n in self._reaching(mailbox))
        return tuple({hold.name: hold for hold in holds}.values())

    def may_cover(self, mailbox: Mailbox) -> bool:
        """Whether they may cover anything in this mailbox, were it only what vanished from another one."""
        return bool(self._vanished or self._reaching(mailbox))

    def looks_at(self, mailbox: Mailbox) -> frozenset[str]:
        """The fields of a message, and ``filing``, that they ask for in this mailbox.

        Whatever the others say, the answer is the same; where none is asked for, it is one for all mail of the mailbox.
        """
        of_vanished = ("internet_id",) if self._vanished else ()
        return frozenset(of_vanished).union(*(self._judges[n].looks_at for n in self._reaching(mailbox)))

    def named(self, name: str) -> Holds:
        """Only the hold of that name."""
        return self._only(one for one in self.holdings if one.hold.name == name)

    def without(self, name: str) -> Holds:
        """All but the hold of that name."""
        return self._only(one for one in self.holdings if one.hold.name != name)

    def _only(self, holdings: Iterable[Holding]) -> Holds:
        return Holds(holdings, self._zone, self._series, self._vanished)

    @property
    def fingerprint(self) -> str:
        """A digest of all that these holds cover, in any order."""
        return hashlib.sha256(b"\n".join(sorted(map(_digest, self.holdings)))).hexdigest()

    def _reaching(self, mailbox: Mailbox) -> tuple[int, ...]:
        known = self._of.get(mailbox.id)
        if known is None or (known[0] is not mailbox and known[0].addresses != mailbox.addresses):
            found = set(self._everywhere)
            for mark in (mailbox.id, *mailbox.addresses):
                found.update(self._at.get(mark, ()))
            known = self._of[mailbox.id] = (mailbox, tuple(sorted(found)))
        return known[1]


NONE = Holds((), ZoneInfo("UTC"))
"""No hold at all: for what is asked before holds are."""


def in_force(
    states: Iterable[State], directory: Directory, today: date, trusted: Callable[[int], bool]
) -> Iterator[Holding]:
    """Everything that holds today, with whom it reached by now and whom it reaches beside these as things stand."""
    for state in states:
        for version in state.in_force(today, trusted):
            now = reached(version.scope, directory)
            reach = {term: version.reach.get(term, NOBODY) | found for term, found in now.items()}
            yield Holding(hold=state.hold, version=version.n, scope=version.scope, reach=reach)


def _digest(holding: Holding) -> bytes:
    reach = {term: (sorted(one.addresses), sorted(one.mailboxes)) for term, one in holding.reach.items()}
    return msgspec.json.encode((holding.hold.name, holding.version, holding.scope, reach), order="sorted")
