"""Approve: an office's yes to exactly one plan.

What the plan would do is not changed here, and nothing is done to a message or a record.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from retention.core.audit import Approved, Refused
from retention.core.authority import Act
from retention.core.message import FILES
from retention.core.plan import AnyPlan, Plan, Sizes, stale, too_large, too_many
from retention.core.standing import ApprovedInAdvance
from retention.errors import NotApproved, PlanAltered, PlanStale, PlanTooLarge
from retention.jobs.acting import is_same_person, refuse_unsigned, signed, trusted
from retention.jobs.standing import approving
from retention.jobs.world import World
from retention.plans import FOLDER, Plans


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
    # Kept where a run finds it, and before the ledger says that it is approved.
    plans_of(world).keep(plan)
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
    over = passed(world, plan)
    if over:
        raise PlanTooLarge(
            f"Plan {plan.name} is too large. {_said(over)}",
            "Make a smaller one with --within-limits, or raise the limit in retention.toml.",
        )


def _said(over: tuple[str, ...]) -> str:
    """The first limits that are passed, and the largest causes, which come last."""
    return " ".join((*over[:3], over[-1]) if len(over) > 3 else over)


def _again(plan: AnyPlan) -> str:
    return f"Make a new one with `retention {'plan' if isinstance(plan, Plan) else 'record destroy --plan'}`."


def passed(world: World, plan: AnyPlan) -> tuple[str, ...]:
    """The ceilings that this plan would pass, a sentence each."""
    if isinstance(plan, Plan):
        return too_large(plan.steps, _sizes(world, plan), world.rules)
    return too_many(plan, world.rules)


def _sizes(world: World, plan: Plan) -> Sizes:
    """How many messages there were before this plan began, as the catalog knows, whatever the file says."""
    sizes = sizes_of(world)
    step_of = {step.n: step for step in plan.steps}
    mailboxes, series = Counter(sizes.mailboxes), Counter(sizes.series)
    for outcome in world.ledger.in_force.outcomes.get(plan.digest, {}).values():
        step = step_of.get(outcome.step)
        if step is not None and not step.in_files and outcome.result in ("captured", "purged"):
            mailboxes[step.address] += 1
            series[step.schedule, step.series] += 1
    return Sizes(mailboxes, series)


def sizes_of(world: World) -> Sizes:
    """How many messages lie in each mailbox now, and are filed under each series; these only where a limit asks.

    What lies in files is never taken away, and makes no share larger.
    """
    mailboxes: Counter[str] = Counter()
    for row in world.catalog.coverage():
        if row["kind"] != FILES:
            mailboxes[row["address"]] += int(row["present"])
    asked = world.rules.largest_series_share is not None or world.rules.largest_series is not None
    series = world.catalog.filings.present_by_series() if asked else {}
    return Sizes(mailboxes, series)


def approvers(world: World, plan: AnyPlan) -> tuple[str, ...]:
    """Who has approved exactly this plan so that it can be relied on, its maker left out."""
    given = world.ledger.in_force.approvals.get(plan.digest, {})
    others = (by for by in given if not is_same_person(world, by, plan.made_by))
    return tuple(sorted(by for by in others if trusted(world, given[by])))


def approved_in_advance(world: World, plan: Plan) -> tuple[ApprovedInAdvance, ...]:
    """The standing approvals that together approve a plan which nobody has: those that the ledger does not name yet.

    Raises ``NotApproved`` where there are none, and ``PlanTooLarge`` where one of them allows fewer messages.
    """
    given = approving(world, plan)
    if not given:
        raise NotApproved(
            f"Plan {plan.name} is not approved by anyone but its maker.", "Ask for `retention approve` by an office."
        )
    told = (ApprovedInAdvance(plan=plan.digest, entry=one.entry, by=one.by, steps=n) for one, n in given)
    return tuple(one for one in told if (plan.digest, one.entry) not in world.ledger.in_force.standing.used)


def plans_of(world: World) -> Plans:
    """Where plans are kept: beside the ledger."""
    return Plans(world.ledger.path.parent / FOLDER)


def sweep(world: World) -> None:
    """Take away the kept plans of mail that are finished, or too old to be applied: their steps say what mail said.

    Those of records say nothing that their tombstones do not, and stay.
    """
    plans, ended = plans_of(world), world.ledger.in_force.ended
    oldest = world.now() - timedelta(days=world.rules.plan_valid_for)
    for digest in plans.digests():
        plan = None if digest in ended else plans.read(digest)
        if digest in ended or (isinstance(plan, Plan) and plan.made_at < oldest):
            plans.drop(digest)
