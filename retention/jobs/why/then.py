"""The city's world as it stood on a day that is past: its ledger up to then, its people, and the editions in effect.

The rule is not here: what a message would have come to is asked of the same functions as today.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import NoReturn

from msgspec import Struct

from retention.core.audit import Adopted, Body, InForce, Link, Signed
from retention.core.edition import NotAnEdition
from retention.core.message import Mailbox
from retention.core.schedule import Schedule
from retention.jobs.acting import trusted
from retention.jobs.adopt import editions_of
from retention.jobs.world import World
from retention.ledger import Ledger


class InEffect(Struct, frozen=True, kw_only=True):
    """An edition by which that day is replayed. ``adopted_in`` is the entry that says so; ``None``: nobody had by then.

    ``text`` says where its words come from: ``kept``, ``in use``, or ``missing``, in which case nothing can be filed.
    """

    schedule: str
    edition: str
    fingerprint: str
    authority: str = ""
    effective_on: date | None = None
    adopted_in: int | None = None
    text: str = "kept"


class LedgerThen(Ledger):
    """What the ledger said by then. It can be asked and never written; whether it is whole is asked of it as it is."""

    def __init__(self, ledger: Ledger, in_force: InForce) -> None:
        self.path, self.by = ledger.path, ledger.by
        self.in_force = in_force
        self._whole = ledger

    @property
    def head(self) -> tuple[int, str]:
        return self._whole.head

    def had(self, n: int, digest: str) -> bool:
        return self._whole.had(n, digest)

    def refresh(self) -> InForce:
        return self.in_force

    def links(self) -> Iterator[Link]:
        return self._whole.links()

    @contextmanager
    def still(self) -> Iterator[InForce]:
        yield self.in_force

    def append(self, *bodies: Body | Signed, unless: Callable[[InForce], None] | None = None) -> NoReturn:
        raise AssertionError("nothing is ever written into a day that is past")


def _nothing(_: str) -> bool:
    return False


@dataclass
class Then(World):
    """The world of a day that is past. ``beside`` says whether a record lay in a conversation by then."""

    beside: Callable[[str], bool] = field(default=_nothing)

    def in_record_thread(self, mailbox: Mailbox, conversation: str | None, told: bool) -> bool:
        """How far the mail had been read and filed by then is not written down: what is known now is asked instead."""
        if conversation is None:
            return True
        return bool(conversation) and (self.ledger.in_force.has_record(conversation) or self.beside(conversation))


def end_of(world: World, on: date) -> datetime:
    """The last instant of that day in the city's zone; of today, now."""
    after = datetime.combine(on + timedelta(days=1), time.min, world.city.zone)
    return min(after.astimezone(UTC) - timedelta(microseconds=1), world.now())


def world_then(
    world: World, in_force: InForce, at: datetime, last_used: dict[str, datetime]
) -> tuple[Then, tuple[InEffect, ...], tuple[str, ...]]:
    """The world at that instant, the editions by which it is replayed, and what of them cannot be known, in sentences.

    ``in_force`` is what the ledger's entries up to then amount to, ``last_used`` when a deed last cited each schedule.
    """
    # A settings file that asks for no signatures any more is as wrong for a past day as it is for today.
    in_force.signed_since = world.ledger.in_force.signed_since
    on = at.astimezone(world.city.zone).date()
    chosen, doubts = _editions(world, in_force, on, at, last_used)
    schedules, in_effect = [], []
    for one, kept in chosen:
        schedule, text, doubt = _text(world, one, kept)
        doubts += [doubt] if doubt else []
        in_effect.append(_with_text(one, text))
        schedules += [schedule] if schedule else []
    then = Then(
        city=world.city,
        schedules=tuple(schedules),
        catalog=world.catalog,
        ledger=LedgerThen(world.ledger, in_force),
        open_mail=lambda: world.mail,
        open_store=lambda: world.store,
        now=lambda: at,
        actor=world.actor,
        rehearsal=world.rehearsal,
        signer=world.signer,
    )
    # As they were adopted: a later version of this product may count the same words into another fingerprint.
    then.fingerprints = {one.schedule: one.fingerprint for one in in_effect if one.text != "missing"}
    return then, tuple(in_effect), tuple(doubts)


_Chosen = list[tuple[InEffect, str]]
"""Editions, each with the digest of its text."""


def _editions(
    world: World, in_force: InForce, on: date, at: datetime, last_used: dict[str, datetime]
) -> tuple[_Chosen, list[str]]:
    """Of every schedule the edition that was in effect, or is nearest to having been; and the doubts about them."""
    by_name: dict[str, list[tuple[Adopted, int]]] = {}
    for digest, adopted in in_force.adopted.items():
        n = in_force.adopted_in[digest]
        if trusted(world, n):
            by_name.setdefault(adopted.schedule, []).append((adopted, n))
    in_effect = {name: one for name, found in by_name.items() if (one := _latest(found, on))}
    chosen: _Chosen = []
    doubts: list[str] = []
    now = set(world.fingerprints)
    for name, (adopted, n) in in_effect.items():
        if name not in now and _is_given_up(last_used.get(name), at, bool(in_effect.keys() & now)):
            doubts.append(f"The schedule '{name}' was adopted and is used no more; since when is not written down.")
            continue
        chosen.append((_in_effect(adopted, n), adopted.kept))
    if chosen:
        later = sorted(now - {one.schedule for one, _ in chosen})
        doubts += [f"The schedule '{name}' is used now and was not in effect then; it is left out." for name in later]
        return chosen, doubts
    for name in world.fingerprints:
        found = by_name.get(name, [])
        if found:
            adopted, n = min(found, key=lambda one: (one[0].effective_on, one[1]))
            chosen.append((_in_effect(adopted, n), adopted.kept))
            continue
        doubts.append(f"No edition of '{name}' had been adopted by then: it is judged by the one that is used now.")
        digest = world.fingerprints[name]
        chosen.append((InEffect(schedule=name, edition=world.edition_of(name), fingerprint=digest), ""))
    return chosen, doubts


def _is_given_up(last_used: datetime | None, at: datetime, others: bool) -> bool:
    """Whether a schedule that is used no more was given up by then: no deed has cited it since, or others had come."""
    return last_used < at if last_used else others


def _latest(found: list[tuple[Adopted, int]], on: date) -> tuple[Adopted, int] | None:
    """The adoption in effect on that day: the one that took effect last."""
    by_then = [one for one in found if one[0].effective_on <= on]
    return max(by_then, key=lambda one: (one[0].effective_on, one[1]), default=None)


def _in_effect(adopted: Adopted, n: int) -> InEffect:
    return InEffect(
        schedule=adopted.schedule,
        edition=adopted.edition,
        fingerprint=adopted.fingerprint,
        authority=adopted.authority,
        effective_on=adopted.effective_on,
        adopted_in=n,
    )


def _with_text(one: InEffect, text: str) -> InEffect:
    return InEffect(**{**{name: getattr(one, name) for name in one.__struct_fields__}, "text": text})


def _text(world: World, one: InEffect, kept: str) -> tuple[Schedule | None, str, str]:
    """The words of an edition, where they come from, and what is wrong with them."""
    doubt = ""
    try:
        schedule = editions_of(world).read(one.fingerprint, kept)
    except NotAnEdition as error:
        schedule, doubt = None, f"The kept text of '{one.schedule}', {one.edition}, is not used: {error}."
    used = next((s for s in world.schedules if world.fingerprints[s.name] == one.fingerprint), None)
    if schedule is not None:
        if used is not None and [s.enforced for s in used.series] != [s.enforced for s in schedule.series]:
            doubt = f"The law's floor under periods of '{one.schedule}' came to be another since it was adopted."
        return schedule, "kept", doubt
    if used is not None:
        return used, "in use", doubt
    missing = f"The text of '{one.schedule}', {one.edition} (fingerprint {one.fingerprint[:16]}…), is not kept."
    return None, "missing", doubt or missing
