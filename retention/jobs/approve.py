"""Approve: an office's yes to exactly one plan.

What the plan would do is not changed here, and nothing is done to a message or a record.
"""

from __future__ import annotations

from retention.core.audit import Approved, Refused
from retention.core.authority import Act
from retention.core.person import Person
from retention.core.plan import AnyPlan, Plan, stale, too_large, too_many
from retention.errors import NotApproved, PlanAltered, PlanStale, PlanTooLarge
from retention.jobs.acting import refuse_unsigned, signed, trusted
from retention.jobs.world import World


def approve(world: World, plan: AnyPlan) -> Approved:
    """Write the actor's approval of this plan to the ledger.

    Raises ``NotThisOffice``, ``NotApproved`` where the actor made the plan, under whichever address of theirs, and
    whatever ``refuse_unfit`` raises.
    """
    world.require(Act.APPROVE)
    if is_same_person(world, world.actor.address, plan.made_by):
        own = "" if plan.made_by == world.actor.address else f" as {plan.made_by}, which is or was an address of theirs"
        why = f"{world.actor} made plan {plan.name}{own}; another person has to approve it."
        world.ledger.append(Refused(act=Act.APPROVE, why=why))
        raise NotApproved(why, "Ask someone else who holds the office.")
    refuse_unfit(world, plan)
    approved = Approved(plan=plan.digest, steps=len(plan.steps))
    world.ledger.append(signed(world, Act.APPROVE, approved))
    return approved


def refuse_unfit(world: World, plan: AnyPlan) -> None:
    """Raise where this plan may not be approved or applied now.

    ``PlanAltered`` where it is finished or is another city's, ``PlanStale`` where something it rests on has moved,
    ``PlanTooLarge`` where it passes a ceiling.
    """
    in_force, again = world.ledger.in_force, _again(plan)
    ended = plan.digest in in_force.ended or plan.digest in in_force.destructions.ended
    if ended or plan.city != world.city.city.name or plan.rehearsal != world.rehearsal:
        what = "is finished" if ended else "was made for another city, or for a rehearsal"
        raise PlanAltered(f"Plan {plan.name} {what}.", again)
    refuse_unsigned(world, plan)
    moved = stale(plan, world.basis(), world.now(), world.city.rules)
    if isinstance(plan, Plan) and plan.removal != world.city.mail.removal:
        moved = (*moved, f"Mail is to be removed as '{world.city.mail.removal}' now.")
    if moved:
        raise PlanStale(f"Plan {plan.name} is stale. {' '.join(moved)}", again)
    passed = _passed(world, plan)
    if passed:
        raise PlanTooLarge(
            f"Plan {plan.name} is too large. {' '.join(passed[:3])}",
            "Make a smaller one with --within-limits, or raise the limit in retention.toml.",
        )


def _again(plan: AnyPlan) -> str:
    return f"Make a new one with `retention {'plan' if isinstance(plan, Plan) else 'record destroy --plan'}`."


def _passed(world: World, plan: AnyPlan) -> tuple[str, ...]:
    """The ceilings that this plan would pass, a sentence each."""
    if isinstance(plan, Plan):
        return too_large(plan.steps, _seen(world, plan), world.rules)
    return too_many(plan, world.rules)


def _seen(world: World, plan: Plan) -> dict[str, int]:
    """How many messages each mailbox had before this plan began, as the catalog knows, whatever the file says."""
    seen = {row["address"]: int(row["present"]) for row in world.catalog.coverage()}
    address_of = {step.n: step.address for step in plan.steps}
    for outcome in world.ledger.in_force.outcomes.get(plan.digest, {}).values():
        address = address_of.get(outcome.step, "")
        seen[address] = seen.get(address, 0) + (outcome.result in ("captured", "purged"))
    return seen


def approvers(world: World, plan: AnyPlan) -> tuple[str, ...]:
    """Who has approved exactly this plan so that it can be relied on, its maker left out."""
    given = world.ledger.in_force.approvals.get(plan.digest, {})
    others = (by for by in given if not is_same_person(world, by, plan.made_by))
    return tuple(sorted(by for by in others if trusted(world, given[by])))


def is_same_person(world: World, one: str, other: str) -> bool:
    """Whether these addresses are, or once were, of the same person, as far as that is known.

    Who owns the same shared mailbox is not the same person.
    """
    if one.lower() == other.lower():
        return True
    theirs = _with(world, other)
    return any(person is each for person in _with(world, one) for each in theirs)


def _with(world: World, address: str) -> tuple[Person, ...]:
    """Everybody who has or had this address as their own."""
    own = address.lower()
    return tuple(
        person
        for person in world.roll.having(address)
        if own in (one.lower() for one in (person.address, *person.addresses))
    )
