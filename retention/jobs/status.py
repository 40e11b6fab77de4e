"""Status: is it healthy, and what waits for whom.

Nothing is changed and no mail system is asked.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from msgspec import Struct

from retention.core.personnel import AtRisk
from retention.jobs import notice, person
from retention.jobs.gap import Gaps, gap
from retention.jobs.hold import notice as custodian_notice
from retention.jobs.hold.show import Shown, shown
from retention.jobs.hold.vanished import unanswered_by
from retention.jobs.world import World


class Status(Struct, frozen=True, kw_only=True):
    """One screen.

    ``adopted`` is the day from which each schedule is in effect. ``last_runs`` is per job: when it began, when it ended
    (``None``: it did not), its result. ``vanished`` counts the held messages that vanished from their mailbox and that
    nobody has answered for, by the offices of which one has to; ``at_risk`` are the held mailboxes that may vanish.
    ``gap`` is how long mail lay exposed to deletion by its owner before it was captured.
    """

    city: str
    rehearsal: bool
    messages: dict[str, int]
    last_runs: dict[str, tuple[str, str | None, Any]]
    adopted: dict[str, date | None]
    today: date
    holds: tuple[Shown, ...]
    mailboxes: tuple[dict[str, Any], ...]
    unfinished_deeds: int
    ledger_entries: int
    ledger_head: str
    vanished: dict[str, int] = {}
    notices: tuple[str, ...] = ()
    at_risk: tuple[AtRisk, ...] = ()
    gap: Gaps

    @property
    def alarms(self) -> tuple[str, ...]:
        """Held mail that is gone, or may go, and that nobody has answered for: a sentence each."""
        sentences = []
        for offices, count in self.vanished.items():
            noun = "message" if count == 1 else "messages"
            sentences.append(f"{offices}: {count} held {noun} vanished at the source; see `retention hold vanished`.")
        return (*sentences, *person.waiting(self.at_risk))

    @property
    def waiting(self) -> tuple[str, ...]:
        """What somebody has to do, a sentence each, the alarms first; empty when all is well."""
        sentences = [*self.alarms]
        for name, effective in self.adopted.items():
            if effective is None:
                sentences.append(f"Records Manager: the schedule '{name}' is not adopted; nothing can leave a mailbox.")
            elif effective > self.today:
                sentences.append(f"The schedule '{name}' is in effect from {effective}: until then nothing leaves.")
        if self.messages["unclassified"]:
            sentences.append(f"Operator: {self.messages['unclassified']} messages wait for `retention classify`.")
        unread = [row["address"] for row in self.mailboxes if row["trouble"] or row["unread"]]
        if unread:
            more = f" and {len(unread) - 3} more" if len(unread) > 3 else ""
            sentences.append(f"Operator: not wholly covered: {', '.join(unread[:3])}{more}.")
        if "sync" not in self.last_runs:
            sentences.append("Operator: no mailbox was ever read; run `retention sync`.")
        cut = [job for job, (_, ended, _) in self.last_runs.items() if ended is None]
        if cut:
            sentences.append(f"Operator: the last run of {', '.join(cut)} did not end; run it again.")
        if self.unfinished_deeds:
            sentences.append(
                f"Operator: {self.unfinished_deeds} deeds were begun and not ended; run `retention apply`."
            )
        return (*sentences, *self.notices)


def status(world: World) -> Status:
    entries, head = world.ledger.head
    in_force = world.ledger.in_force
    mailboxes = tuple(world.catalog.coverage())
    return Status(
        city=world.city.city.name,
        rehearsal=world.rehearsal,
        messages=world.catalog.tally(),
        last_runs=world.catalog.last_runs(),
        adopted={name: world.adopted_from(digest) for name, digest in world.fingerprints.items()},
        today=world.today,
        holds=shown(world),
        mailboxes=mailboxes,
        unfinished_deeds=len(in_force.open_intents),
        ledger_entries=entries,
        ledger_head=head,
        vanished=unanswered_by(world),
        notices=(*custodian_notice.waiting(world), *notice.waiting(world)),
        at_risk=person.at_risk(world, mailboxes),
        gap=gap(world),
    )
