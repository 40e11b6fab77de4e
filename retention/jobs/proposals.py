"""Proposals: the plans kept beside the ledger that are not finished, and what stands in the way of each.

What is done with them is the business of ``jobs/run.py`` and of whoever approves; nothing leaves a mailbox here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from retention.core.plan import AnyPlan, Plan
from retention.errors import RetentionError
from retention.jobs.approve import approvers, plans_of, refuse_unfit
from retention.jobs.world import World
from retention.plans import FOLDER, Plans

SHORT = 6
"""Characters of a digest from which on it is taken for the name of a kept plan."""


class Proposal(Struct, frozen=True, kw_only=True):
    """A plan that is kept and not finished. ``kind``: what it is about, mailboxes or the destruction of records.

    ``approved_by`` are the people of whom each has approved exactly this plan, so that it can be relied on; ``begun``
    says that deeds of it were done already. ``stale`` says why it may not be approved or applied any more, or is empty.
    """

    name: str
    digest: str
    path: str
    kind: str
    made_at: datetime
    made_by: str
    steps: int
    approved_by: tuple[str, ...]
    begun: bool
    stale: tuple[str, ...]

    @property
    def awaits(self) -> bool:
        """Whether it waits for an office's yes and could have it."""
        return not self.approved_by and not self.stale and not self.begun


def proposals(world: World) -> tuple[Proposal, ...]:
    """Every plan that is kept and not finished, the oldest first."""
    return tuple(_proposal(world, plan) for plan in unfinished(world))


def unfinished(world: World) -> tuple[AnyPlan, ...]:
    """The kept plans that are not finished, the oldest first; a file that is not what it was is passed over.

    A finished one is not even opened: there are more of these every day.
    """
    in_force = world.ledger.in_force
    ended = in_force.ended | in_force.destructions.ended
    plans = plans_of(world)
    found = (plans.read(digest) for digest in plans.digests() if digest not in ended)
    return tuple(sorted((plan for plan in found if plan is not None), key=lambda plan: (plan.made_at, plan.digest)))


def named(ledger: Path, name: str) -> Iterator[Path]:
    """The files of the kept plans whose digest begins with this name, finished ones too."""
    wanted = name.strip().lower()
    if len(wanted) >= SHORT and not set(wanted) - set("0123456789abcdef"):
        plans = Plans(ledger.parent / FOLDER)
        yield from (plans.path(digest) for digest in plans.digests() if digest.startswith(wanted))


def _proposal(world: World, plan: AnyPlan) -> Proposal:
    return Proposal(
        name=plan.name,
        digest=plan.digest,
        path=str(plans_of(world).path(plan.digest)),
        kind="mailboxes" if isinstance(plan, Plan) else "records",
        made_at=plan.made_at,
        made_by=plan.made_by,
        steps=len(plan.steps),
        approved_by=_approved_by(world, plan),
        begun=is_begun(world, plan),
        stale=why_unfit(world, plan),
    )


def is_begun(world: World, plan: AnyPlan) -> bool:
    """Whether a run has begun to do what the plan says."""
    in_force = world.ledger.in_force
    if not isinstance(plan, Plan):
        return plan.digest in in_force.destructions.started
    open_plans = {digest for digest, _ in in_force.open_intents}
    return plan.digest in in_force.outcomes or plan.digest in open_plans


def waiting_for_an_office(world: World) -> tuple[str, ...]:
    """What the kept plans wait for, a sentence each: an approval, or a person who applies what no run applies."""
    return tuple(filter(None, map(_awaits, proposals(world))))


def _awaits(one: Proposal) -> str:
    what = f"Plan {one.name} of {one.steps:,} {'step' if one.steps == 1 else 'steps'}"
    if one.awaits:
        return f"{what} waits for an office: `retention approve {one.name}`."
    if one.kind == "records" and not one.stale:
        return f"{what} is approved and destroys records, which no run does: `retention apply {one.name}`."
    return ""


def why_unfit(world: World, plan: AnyPlan) -> tuple[str, ...]:
    """Why this plan may not be approved or applied now; empty where it may."""
    try:
        refuse_unfit(world, plan)
    except RetentionError as unfit:
        return (unfit.message,)
    return ()


def _approved_by(world: World, plan: AnyPlan) -> tuple[str, ...]:
    if plan.digest not in world.ledger.in_force.approvals:
        return ()
    try:
        return approvers(world, plan)
    except RetentionError:
        return ()  # what cannot be checked approves nothing; whoever applies it is told why
