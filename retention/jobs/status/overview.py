"""The overview: everything that one screen of ``retention status`` says.

What is wrong and what waits is found next door.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from msgspec import Struct

from retention.catalog import Run
from retention.core.authority import Act
from retention.core.health import OPERATOR, Finding, Kind, by_gravity
from retention.core.personnel import AtRisk
from retention.errors import RetentionError
from retention.jobs import notice, person
from retention.jobs.gap import Gaps, gap
from retention.jobs.hold import notice as custodian_notice
from retention.jobs.hold.show import Shown, shown
from retention.jobs.hold.vanished import unanswered_by
from retention.jobs.proposals import Proposal, proposals
from retention.jobs.standing import InEffect, standing
from retention.jobs.status import waits, wrong
from retention.jobs.status.backlog import Backlog, backlog, exposure
from retention.jobs.status.offices import offices
from retention.jobs.world import World


class Status(Struct, frozen=True, kw_only=True):
    """One screen. ``found`` is all that is wrong or waits, what is wrong first.

    ``adopted`` is the day from which each schedule is in effect. ``last_runs`` is per job: when it began, when it ended
    (``None``: it did not), its result. ``last_good`` is when the last good run of cron's ended, ``working`` since when
    one is at work now. ``vanished`` counts the held messages that vanished from their mailbox and that nobody has
    answered for, by the offices of which one has to; ``at_risk`` are the held mailboxes that may vanish. ``gap`` is how
    long mail lay exposed to deletion by its owner before it was captured; of each mailbox only where that was asked.
    ``free`` are the bytes that the record store has room for, where that can be said.
    """

    city: str
    time_zone: str
    rehearsal: bool
    at: datetime
    found: tuple[Finding, ...]
    messages: dict[str, int]
    last_runs: dict[str, Run]
    last_good: datetime | None
    working: str
    adopted: dict[str, date | None]
    today: date
    holds: tuple[Shown, ...]
    mailboxes: tuple[dict[str, Any], ...]
    plans: tuple[Proposal, ...]
    standing: tuple[InEffect, ...]
    review: Backlog
    unfinished_deeds: int
    store: str
    free: int | None
    ledger_entries: int
    ledger_head: str
    vanished: dict[str, int] = {}
    notices: tuple[str, ...] = ()
    at_risk: tuple[AtRisk, ...] = ()
    gap: Gaps

    @property
    def wrong(self) -> tuple[Finding, ...]:
        """What is wrong, the gravest first."""
        return by_gravity(self.found)

    @property
    def code(self) -> int:
        """The exit code of the gravest thing that is wrong; what merely waits for somebody is none."""
        return self.wrong[0].code if self.wrong else 0

    @property
    def waits(self) -> tuple[Finding, ...]:
        """What waits for somebody and is not wrong."""
        return tuple(one for one in self.found if not one.code)

    @property
    def waiting(self) -> tuple[str, ...]:
        """What somebody has to do or to know, a sentence each, what is wrong first; empty when all is well."""
        return tuple(str(one) for one in (*self.wrong, *self.waits))


def status(world: World, *, by_mailbox: bool = False) -> Status:
    """Everything that is asked, each question even where another found something wrong.

    ``by_mailbox`` looks at every message for the capture gap of each mailbox; without it nothing grows with them.
    """
    catalog, in_force = world.catalog, world.ledger.in_force
    entries, head = world.ledger.head
    mailboxes, messages, last = tuple(catalog.coverage()), catalog.tally(), catalog.runs.last()
    working, at_risk = wrong.working(world), person.at_risk(world, mailboxes)
    kept, given, queue, good = proposals(world), standing(world), backlog(world), catalog.runs.last_good(wrong.RUN)
    found = _found(world, mailboxes, messages, last, working, at_risk, kept, given, queue)
    return Status(
        city=world.city.city.name,
        time_zone=world.city.city.time_zone,
        rehearsal=world.rehearsal,
        at=world.now(),
        found=tuple(found),
        messages=messages,
        last_runs=last,
        last_good=(good.ended_at or good.began_at) if good else None,
        working=working,
        adopted={name: world.adopted_from(digest) for name, digest in world.fingerprints.items()},
        today=world.today,
        holds=shown(world),
        mailboxes=mailboxes,
        plans=kept,
        standing=given,
        review=queue,
        unfinished_deeds=len(in_force.open_intents),
        store=world.city.store.system,
        free=_free(world),
        ledger_entries=entries,
        ledger_head=head,
        vanished=unanswered_by(world),
        notices=(*custodian_notice.waiting(world), *notice.waiting(world)),
        at_risk=at_risk,
        gap=gap(world) if by_mailbox else Gaps(all=exposure(world), mailboxes=()),
    )


def _found(
    world: World,
    mailboxes: tuple[dict[str, Any], ...],
    messages: dict[str, int],
    last: dict[str, Run],
    working: str,
    at_risk: tuple[AtRisk, ...],
    kept: tuple[Proposal, ...],
    given: tuple[InEffect, ...],
    queue: Backlog,
) -> Iterator[Finding]:
    yield from wrong.held(world, at_risk)
    yield from wrong.clocks(world)
    yield from wrong.kept(world)
    yield from wrong.runs(world, last, working)
    yield from waits.schedules(world)
    yield from waits.plans(world, kept)
    yield from waits.standing_approvals(world, given)
    yield from waits.review(world, queue)
    yield from wrong.guarded(waits.consents(world), Kind.CONSENT, offices(world, Act.RECORD_CONSENT))
    yield from waits.quarantine(world)
    yield from wrong.guarded(waits.access(world), Kind.ACCESS, OPERATOR)
    yield from waits.mail(messages, mailboxes, last)
    yield from waits.notices(world)


def _free(world: World) -> int | None:
    try:
        return world.store.free()
    except RetentionError:
        return None  # that it does not answer is a finding of its own
