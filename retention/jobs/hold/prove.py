"""Prove: write the packet that shows what a hold was, whom it reached on each day, and what it stopped.

What a proof says is gathered in ``core/proof``, and how a packet is written and checked is in ``packet``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from msgspec import Struct

from retention.core.audit import Entry, Proved
from retention.core.hold import Holding, Holds, State, reached
from retention.core.hold.reach import NOBODY, Reach
from retention.core.message import MessageRef
from retention.core.proof import Beside, Cover, Gathering, Period, Row, offsets, unmet
from retention.errors import WrongUsage
from retention.jobs.acting import trusted
from retention.jobs.hold.preview import covered
from retention.jobs.hold.release import matter_of
from retention.jobs.hold.show import deed, reason_of, show
from retention.jobs.world import Progress, World, silent
from retention.packet import Head, Packet, lines
from retention.signing import by_hand

SIGNERS = "allowed_signers"


class Proven(Struct, frozen=True, kw_only=True):
    """A packet that was written: where, the digest of its manifest, and the proof in short."""

    folder: str
    manifest: str
    facts: tuple[Row, ...]


def prove(
    world: World,
    name: str,
    folder: Path,
    *,
    first: date | None = None,
    last: date | None = None,
    whole: bool = False,
    identity: Path | None = None,
    signers: Path | None = None,
    progress: Progress = silent,
) -> Proven:
    """Write the packet that proves this hold into a folder that is not there yet.

    The days are shown from ``first`` to ``last``: from its placing to today, or to its end, where these are not given.
    ``whole`` shows what the ledger says of other matters too. ``identity`` is the key that opens a sealed matter, and
    ``signers`` the city's allowed-signers file. Raises ``NoSuchHold``, ``WrongUsage``, ``LedgerBroken``, and
    ``StoreNotAnswering`` where the packet cannot be written.
    """
    world.ledger.refresh()
    entries, _ = world.ledger.head
    state = show(world, name).state
    if state.is_told:
        raise WrongUsage(
            f"The hold '{name}' is one of the mail system, and its proof lies there.",
            "`retention hold show` tells what the mail system said of it, entry by entry.",
        )
    proving = _Proving(world, state, _period(world, state, first, last), whole)
    with Packet(folder) as packet:
        for line in lines(world.ledger.path, entries):
            if line.link.entry.n % 5000 == 0:
                progress(line.link.entry.n, 2 * entries, "reading the ledger")
            proving.take(line.link.entry, packet)
        facts = proving.finish(packet, identity, progress)
        written = packet.ledger(lines(world.ledger.path, entries), proving.gathering.marks, whole)
        facts += (*written, ("Made (UTC)", _instant(proving.made_at)), ("Made by", world.actor.address))
        for fact in facts:
            packet.row("facts", fact)
        packet.signatures(proving.gathering.signed)
        if signers is not None and signers.is_file():
            packet.file(SIGNERS, signers.read_bytes())
        manifest = packet.seal(proving.head())
        # Written down first: a packet that the ledger does not know of would look like somebody else's.
        world.ledger.append(Proved(name=state.hold.name, manifest=manifest))
        packet.publish()
    return Proven(folder=str(packet.folder), manifest=manifest, facts=facts)


class _Proving:
    """A proof in the making: the ledger's entries, and what settings and catalog say beside them."""

    def __init__(self, world: World, state: State, period: Period, whole: bool) -> None:
        self._world, self._state, self._period, self._whole = world, state, period, whole
        self.made_at = self._began = world.now()
        self._boxes = {box.id: box for box in world.catalog.mailboxes()}
        self._addresses = self._of_reached()
        self._reaches: dict[int, dict[str, Reach]] = {}
        self.gathering = Gathering(
            state,
            zone=world.city.zone,
            period=period,
            made_on=self.made_at.astimezone(world.city.zone).date(),
            trusted=lambda entry: trusted(world, entry),
            beside=Beside(
                office=lambda by, day: "; ".join(world.city.roll.offices_of(by, day)),
                known_as=self._known_as,
                allowed=self._allowed,
                command=_command,
                addresses=self._addresses,
            ),
            whole=whole,
        )

    def take(self, entry: Entry, packet: Packet) -> None:
        self._began = min(self._began, entry.at)
        for table, row in self.gathering.add(entry):
            packet.row(table, row)

    def finish(self, packet: Packet, identity: Path | None, progress: Progress) -> tuple[Row, ...]:
        """Everything that is not told entry by entry; returns the facts."""
        for table, row in self.gathering.finish():
            packet.row(table, row)
        for row in self._opened(identity):
            packet.row("opened", row)
        holds = Holds(self._holdings(), self._world.city.zone, self._world.known_series)
        for row in self._gone(holds):
            packet.row("gone", row)
        for row in self._doubts(holds, progress):
            packet.row("doubts", row)
        return tuple(self.gathering.facts())

    def head(self) -> Head:
        world, zone = self._world, self._world.city.zone
        return Head(
            hold=self._state.hold.name,
            placed=self._state.history[0].entry,
            made_at=f"{self.made_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            made_by=world.actor.address,
            identity=world.city.city.identity,
            whole=self._whole,
            period={"first": str(self._period.first), "last": str(self._period.last)},
            zone={"name": world.city.city.time_zone, "offsets": offsets(zone, self._began, self.made_at)},
            mailboxes=dict(self._addresses),
        )

    def _of_reached(self) -> dict[str, tuple[str, ...]]:
        """The addresses of every mailbox that the hold has reached, as the catalog knows them."""
        ids: set[str] = set()
        for version in self._state.versions:
            ids |= {box for part, _ in version.scope.parts() for box in part.mailboxes}
            ids |= {box for reach in version.reach.values() for box in reach.mailboxes}
        return {box: self._boxes[box].addresses for box in sorted(ids & self._boxes.keys())}

    def _known_as(self, value: str) -> str:
        if value in self._boxes:
            return self._boxes[value].address
        person = self._world.roll.with_address(value)
        return person.name if person else ""

    def _reach(self, n: int) -> dict[str, Reach]:
        """Whom a version has reached by now, and whom it reaches as things stand."""
        if n not in self._reaches:
            version = self._state.versions[n - 1]
            now = reached(version.scope, self._world.directory)
            self._reaches[n] = {term: version.reach.get(term, NOBODY) | found for term, found in now.items()}
        return self._reaches[n]

    def _allowed(self, mailbox: str, id_: str, covers: tuple[Cover, ...]) -> str:
        """What of the hold's scope the message does not meet, by what the catalog knows of it now."""
        known = self._world.catalog.known(MessageRef(mailbox, id_))
        if known is None:
            return "the catalog knows nothing of this message any more"
        record = self._world.catalog.records.at(known.place) if known.place else None
        destroyed = record is not None and record.state == "destroyed"
        said = []
        for cover in covers:
            reach = self._reach(cover.n)
            found = unmet(cover.scope, reach, known.message, known.mailbox, known.filing, self._world.city.zone)
            if not found and destroyed:
                return (
                    f"its record and its words are gone: nothing known of it is outside version {cover.n} of the scope"
                )
            if not found:
                return f"as it is known now, version {cover.n} of the scope covers it"
            said.append(f"it is not within version {cover.n}: {', '.join(found)}")
        return "; ".join(said)

    def _holdings(self) -> Iterator[Holding]:
        for version in self._state.versions:
            reach = self._reach(version.n)
            yield Holding(hold=self._state.hold, version=version.n, scope=version.scope, reach=reach)

    def _opened(self, identity: Path | None) -> Iterator[Row]:
        if identity is None or not self._state.hold.sealed:
            return
        placed, *_ = self._state.history
        yield str(placed.entry), "matter", matter_of(self._state.hold, identity)
        for moment in self._state.history:
            yield str(moment.entry), f"reason ({deed(moment)})", reason_of(moment, identity)

    def _gone(self, holds: Holds) -> Iterator[Row]:
        """What it covers, or would have covered, and is no longer in its mailbox."""
        placed_at = self._state.hold.placed_at
        for known in self._world.catalog.everything():
            when, what = known.gone_at, "deleted by somebody else"
            if known.left_at is not None:
                dropped = known.result == "dropped"
                when, what = known.left_at, "in files that are read no more" if dropped else f"{known.result} by a run"
                if known.left_at >= placed_at and not dropped:
                    continue  # what a run has done since is told from the ledger
            if when is None:
                continue
            filing = known.filing if known.filed_under == self._world.filing_rules else None
            if holds.covering(known.message, known.mailbox, filing):
                before = "before it was placed" if when < placed_at else "since it was placed"
                message = known.message
                which = (known.mailbox.id, known.mailbox.address, message.id, message.internet_id or "")
                yield f"{what}, {before}", *which, _instant(message.received_at), _instant(when)

    def _doubts(self, holds: Holds, progress: Progress) -> Iterator[Row]:
        found = covered(self._world, holds, progress)
        for sentence in found.unreadable:
            yield "a mailbox cannot be read now", sentence
        for address in found.unknown:
            yield "no mailbox of this person is known", address
        if found.unplaced:
            yield "mailboxes held because nobody said whose department they are of", str(found.unplaced)
        for office, first, last in found.vacant:
            yield "nobody is known to have held an office", f"{office}, from {first} to {last}"


def _period(world: World, state: State, first: date | None, last: date | None) -> Period:
    """The days asked for; where none are, from the placing to today or to the first day on which it held no longer."""
    placed_on = state.history[0].at.astimezone(world.city.zone).date()
    released, end = state.released, world.today
    if state.release and released and released.until <= end and trusted(world, state.release.entry):
        end = released.until
    period = Period(first=first or placed_on, last=last or max(end, first or placed_on))
    if period.first > period.last:
        raise WrongUsage(f"{period.first} is after {period.last}.", "Give --from and --to the other way round.")
    if period.last > world.today:
        raise WrongUsage(f"{period.last} has not come yet.", "Nothing can be proven of a day to come.")
    if period.last - period.first > timedelta(days=36525):
        raise WrongUsage("A proof is of a hundred years at most.", "Give --from and --to nearer to each other.")
    return period


def _command(entry: Entry) -> str:
    where = f"signatures/{entry.n}"
    return by_hand(Path(SIGNERS), entry.by, entry.at, f"{where}.json", f"{where}.sig")


def _instant(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if at else ""
