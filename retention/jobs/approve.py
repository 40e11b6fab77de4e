"""Approve: an office's yes to exactly one plan.

What the plan would do is not changed here, and nothing is done to a message.
"""

from __future__ import annotations

from retention.core.audit import Approved, Refused
from retention.core.authority import Act
from retention.core.plan import Plan, stale, too_large
from retention.errors import NotApproved, PlanAltered, PlanStale, PlanTooLarge
from retention.jobs.acting import refuse_unsigned, signed, trusted
from retention.jobs.world import World


def approve(world: World, plan: Plan) -> Approved:
    """Write the actor's approval of this plan to the ledger.

    Raises ``NotThisOffice``, ``NotApproved`` where the actor made the plan, and whatever ``refuse_unfit`` raises.
    """
    world.require(Act.APPROVE)
    if plan.made_by == world.actor.address:
        why = f"{world.actor} made plan {plan.name}; another person has to approve it."
        world.ledger.append(Refused(act=Act.APPROVE, why=why))
        raise NotApproved(why, "Ask someone else who holds the office.")
    refuse_unfit(world, plan)
    approved = Approved(plan=plan.digest, steps=len(plan.steps))
    world.ledger.append(signed(world, Act.APPROVE, approved))
    return approved


def refuse_unfit(world: World, plan: Plan) -> None:
    """Raise where this plan may not be approved or applied now.

    ``PlanAltered`` where it is finished or is another city's, ``PlanStale`` where something it rests on has moved,
    ``PlanTooLarge`` where it passes a ceiling.
    """
    ended = plan.digest in world.ledger.in_force.ended
    if ended or plan.city != world.city.city.name or plan.rehearsal != world.rehearsal:
        what = "is finished" if ended else "was made for another city, or for a rehearsal"
        raise PlanAltered(f"Plan {plan.name} {what}.", "Make a new one with `retention plan`.")
    refuse_unsigned(world, plan)
    moved = stale(plan, world.basis(), world.now(), world.city.rules)
    if plan.removal != world.city.mail.removal:
        moved = (*moved, f"Mail is to be removed as '{world.city.mail.removal}' now.")
    if moved:
        raise PlanStale(f"Plan {plan.name} is stale. {' '.join(moved)}", "Make a new one with `retention plan`.")
    passed = too_large(plan.steps, _seen(world, plan), world.city.rules)
    if passed:
        raise PlanTooLarge(
            f"Plan {plan.name} is too large. {' '.join(passed[:3])}",
            "Make a smaller one with `retention plan --within-limits`, or raise the limit in retention.toml.",
        )


def _seen(world: World, plan: Plan) -> dict[str, int]:
    """How many messages each mailbox had before this plan began, as the catalog knows, whatever the file says."""
    seen = {row["address"]: int(row["present"]) for row in world.catalog.coverage()}
    address_of = {step.n: step.address for step in plan.steps}
    for outcome in world.ledger.in_force.outcomes.get(plan.digest, {}).values():
        address = address_of.get(outcome.step, "")
        seen[address] = seen.get(address, 0) + (outcome.result in ("captured", "purged"))
    return seen


def approvers(world: World, plan: Plan) -> tuple[str, ...]:
    """Who has approved exactly this plan so that it can be relied on, its maker left out."""
    given = world.ledger.in_force.approvals.get(plan.digest, {})
    return tuple(sorted(by for by, entry in given.items() if by != plan.made_by and trusted(world, entry)))
