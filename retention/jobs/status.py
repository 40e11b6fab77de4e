"""Status: is it healthy, and what waits for whom.

Nothing is changed and no mail system is asked.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from msgspec import Struct

from retention.jobs.hold.show import Shown, shown
from retention.jobs.world import World


class Status(Struct, frozen=True, kw_only=True):
    """One screen.

    ``adopted`` is the day from which each schedule is in effect. ``last_runs`` is per job: when it began, when it ended
    (``None``: it did not), its result.
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

    @property
    def waiting(self) -> tuple[str, ...]:
        """What somebody has to do, a sentence each; empty when all is well."""
        sentences = []
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
        return tuple(sentences)


def status(world: World) -> Status:
    entries, head = world.ledger.head
    in_force = world.ledger.in_force
    return Status(
        city=world.city.city.name,
        rehearsal=world.rehearsal,
        messages=world.catalog.tally(),
        last_runs=world.catalog.last_runs(),
        adopted={name: world.adopted_from(digest) for name, digest in world.fingerprints.items()},
        today=world.today,
        holds=shown(world),
        mailboxes=tuple(world.catalog.coverage()),
        unfinished_deeds=len(in_force.open_intents),
        ledger_entries=entries,
        ledger_head=head,
    )
