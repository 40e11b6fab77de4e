"""Apply: do what an approved plan says and nothing else. The one door through which a message leaves a mailbox.

What is to be done is decided in ``core/decide.py`` and written in the plan; apply never plans by itself.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait

from msgspec import Struct

from retention.catalog import Known
from retention.core.audit import Counted, Ended, Intent, Outcome, Started, Stored
from retention.core.decide import Action, Decision, decide
from retention.core.message import MessageRef, Removal
from retention.core.plan import Plan, Step
from retention.core.standing import ApprovedInAdvance
from retention.errors import Disagreement, Interrupted, NotApproved, PersonUnknown
from retention.jobs.approve import approved_in_advance, approvers, refuse_unfit, sweep
from retention.jobs.capture import Blocked, Deed, capture
from retention.jobs.catching_up import catch_up
from retention.jobs.classify import read_reviews
from retention.jobs.clock import reading, refuse_jumped
from retention.jobs.hold.asking import asked, kept
from retention.jobs.hold.reach import reach_out
from retention.jobs.hold.server import ask_for_holds
from retention.jobs.standing import is_over
from retention.jobs.world import Progress, World, silent
from retention.mail.interface import MailTrouble, MessageGone

RESULTS = {Action.CAPTURE: "captured", Action.PURGE: "purged"}
IN_ITS_FILE = "stays in its file, which is never changed"
GONE_MEANWHILE = "gone when the run was taken up again: removed by the interrupted run, or since by another hand"
HANDFUL = 16
"""Deeds under way at once: a hold that is being placed waits at most for these."""
LARGEST = 64 * 1024 * 1024
"""Bytes of the messages of one handful, one larger message apart."""


class Applied(Struct, frozen=True, kw_only=True):
    """What a run did. ``counts`` is per mailbox address: seen = kept + captured + purged + held + skipped.

    ``skipped`` says, for each step that was not done, its number and why.
    """

    plan: str
    counts: dict[str, dict[str, int]]
    skipped: dict[int, str]
    uncovered: tuple[str, ...]

    def total(self, what: str) -> int:
        return sum(counts[what] for counts in self.counts.values())


def apply(world: World, plan: Plan, progress: Progress = silent, *, in_advance: bool = False) -> Applied:
    """Do every step of the plan that is still allowed at the moment it is done; resumable after any interruption.

    ``in_advance``: standing approvals count, which are for the plans that a run makes of all that is due.
    Raises ``PlanAltered``, ``PlanStale``, ``PlanTooLarge``, ``NotApproved`` or ``ClockWrong`` before anything is done,
    ``LedgerBroken`` where the holds cannot be read, and ``MailNotAnswering``, ``SignInRefused`` or
    ``StoreNotAnswering`` in the middle: running again goes on from there.
    """
    with world.alone():
        world.ledger.refresh()
        refuse_jumped(world)
        _refuse_nobody(world)
        read_reviews(world)
        settle(world)
        if plan.steps:
            # What the mail system has come to hold since it was read makes the plan stale, as any hold does.
            ask_for_holds(world)
        reach_out(world)
        refuse_unfit(world, plan)
        allowed = () if approvers(world, plan) else _allowed_in_advance(world, plan, in_advance)
        run = world.catalog.runs.begin("apply", world.now())
        holds = world.holds()
        ids = {step.mailbox for step in plan.steps}
        started = Started(plan=plan.digest, holds=holds.fingerprint)
        world.ledger.append(*reading(world), *allowed, started, *asked(world, plan.digest, holds, ids, plan.counts))
        outcomes = _steps(world, plan, progress)
        applied = _reconciled(plan, outcomes)
        # The ledger's word that the plan is finished comes last: after it nothing is left to be taken up again.
        world.catalog.runs.end(run, world.now(), applied)
        counted = Counted(plan=plan.digest, counts=applied.counts)
        world.ledger.append(counted, *kept(plan.digest, _kept(plan, outcomes)), Ended(plan=plan.digest))
        sweep(world)
        return applied


def _allowed_in_advance(world: World, plan: Plan, in_advance: bool) -> tuple[ApprovedInAdvance, ...]:
    """What the ledger is to say of the standing approvals that allow the plan. Raises ``NotApproved`` for none."""
    if not in_advance:
        raise NotApproved(
            f"Plan {plan.name} is not approved by anyone but its maker.", "Ask for `retention approve` by an office."
        )
    return approved_in_advance(world, plan)


def settle(world: World) -> int:
    """Finish the book-keeping of deeds that a crash cut off after the message had left; return how many.

    Nothing is removed here: a deed that was not done is left to be done again, or planned anew.
    """
    in_force = world.ledger.in_force
    endings = []
    for intent in in_force.open_intents.values():
        if not _has_left(world, intent):
            continue
        stored = in_force.stored.get((intent.plan, intent.step))
        if intent.action == Action.CAPTURE and stored is None:
            result, answer = "skipped", "it was gone before its file was on the store"
        else:
            result = RESULTS[Action(intent.action)]
            answer = GONE_MEANWHILE
        endings.append(_ending(intent, result, answer, stored))
    world.ledger.append(*endings)
    catch_up(world)
    return len(endings)


def _has_left(world: World, intent: Intent) -> bool:
    try:
        seen = world.mail.look(MessageRef(intent.mailbox, intent.id))
    except MessageGone:
        return True
    except MailTrouble:
        return False  # nobody can say: the intent stays open, and stops nothing else
    return intent.how == Removal.DELETED_ITEMS and seen.in_deleted_items and seen.version != intent.version


def _steps(world: World, plan: Plan, progress: Progress) -> list[Outcome]:
    done = world.ledger.in_force.outcomes.get(plan.digest, {})
    outcomes = [done[step.n] for step in plan.steps if step.n in done]
    # Opened before the first deed, so that a store or mail system that is not there stops a run while it is whole.
    if plan.steps:
        _ = world.mail
    if any(step.action is Action.CAPTURE for step in plan.steps):
        _ = world.store
    with ThreadPoolExecutor(HANDFUL, thread_name_prefix="apply") as pool:
        for deeds in _handfuls(world, plan, [step for step in plan.steps if step.n not in done]):
            progress(len(outcomes), len(plan.steps), deeds[0].step.address)
            outcomes += _do(world, plan, deeds, pool)
    progress(len(outcomes), len(plan.steps), "done")
    return outcomes


def _handfuls(world: World, plan: Plan, steps: list[Step]) -> Iterator[list[Deed]]:
    """The steps in order, a few at a time, so that neither many messages nor large ones fill the memory."""
    handful: list[Deed] = []
    size = 0
    for step in steps:
        known = world.catalog.known(step.ref)
        deed = Deed(step, _intent(plan, step, known), known)
        its_size = (deed.known.message.size or 0) if deed.known else 0
        if handful and (len(handful) == HANDFUL or size + its_size > LARGEST):
            yield handful
            handful, size = [], 0
        handful.append(deed)
        size += its_size
    if handful:
        yield handful


def _do(world: World, plan: Plan, deeds: list[Deed], pool: ThreadPoolExecutor) -> list[Outcome]:
    """Intents, the holds, the deeds, the outcomes, the marks: in this order, each on the disk before the next."""
    for deed in deeds:
        deed.begun_before = (plan.digest, deed.step.n) in world.ledger.in_force.open_intents
    world.ledger.append(*(deed.intent for deed in deeds))
    for deed in deeds:
        deed.blocked = _blocked(world, plan, deed)
    to_capture = [deed for deed in deeds if not deed.blocked and deed.step.action is Action.CAPTURE]
    capture(world, plan, to_capture, pool)
    with world.ledger.deeds():
        futures = [pool.submit(_remove, world, plan, deed) for deed in deeds]
        interrupted = _wait_to_the_end(futures)
        # Whoever waits for these deeds to place a hold is told which of them were done: the ledger must say so by then.
        outcomes = [outcome for deed in deeds if (outcome := _outcome(deed)) is not None]
        world.ledger.append(*outcomes)
    world.catalog.mark(outcomes, world.now())
    for failure in (interrupted, *(future.exception() for future in futures)):
        if failure is not None:
            raise failure
    return outcomes


def _wait_to_the_end(futures: list[Future[None]]) -> KeyboardInterrupt | None:
    """Wait for deeds that have begun, whatever is typed: whoever waits for them must not be told that they are over.

    A second interruption ends the process at once, deeds and lock together; what was begun is settled by the next run.
    """
    interrupted = None
    while True:
        try:
            wait(futures)
            return interrupted
        except KeyboardInterrupt as typed:
            if interrupted is not None:
                os._exit(Interrupted.exit_code)
            interrupted = typed


class _Stopped(Exception):
    """The holds, asked right before the deed, or anything else asked with them, say no."""


def _remove(world: World, plan: Plan, deed: Deed) -> None:
    """Do the deed, unless the holds as the ledger has them at that very moment stop it."""
    if deed.blocked:
        return

    def ask() -> None:
        world.ledger.refresh()
        deed.blocked = _blocked(world, plan, deed)
        if deed.blocked:
            raise _Stopped

    try:
        deed.answer = _purge(world, deed, plan.removal, ask)
    except _Stopped:
        return
    except MessageGone as gone:
        # What an interrupted run had asked for may have come true only now.
        if deed.begun_before:
            deed.answer = GONE_MEANWHILE
        else:
            deed.blocked = Blocked("skipped", str(gone))
    except MailTrouble as trouble:
        deed.blocked = Blocked("skipped", str(trouble))


def _blocked(world: World, plan: Plan, deed: Deed) -> Blocked | None:
    """Why this may not be done now: everything is asked again, the holds first of all."""
    known = deed.known
    if known is None or known.gone_at or known.left_at:
        return Blocked("skipped", "it is no longer in the mailbox")
    decision = decide(world.case(known, world.holds()))
    if decision.is_held:
        return Blocked("held", decision.reasons[0].sentence, decision.held_by)
    if why := _against(world, plan, deed, known, decision):
        return Blocked("skipped", why)
    return None


def _against(world: World, plan: Plan, deed: Deed, known: Known, decision: Decision) -> str:
    """What speaks against doing this now that is no hold; empty where nothing does."""
    step = deed.step
    if step.address not in (known.mailbox.address, *known.mailbox.aliases):
        return f"its mailbox is not that of {step.address}"
    if is_over(world, plan) and not approvers(world, plan):
        return "the standing approval of its plan has ended"
    filing = known.filing
    if filing is None or (filing.schedule_name, filing.series_key) != (step.schedule, step.series):
        return "it is filed otherwise than when the plan was made"
    if decision.action is not step.action:
        return " ".join(reason.sentence for reason in decision.reasons) or "it is decided differently now"
    return "it has changed since the plan was made" if known.message.version != step.version else ""


def _purge(world: World, deed: Deed, how: Removal, ask: Callable[[], None]) -> str:
    """THE ONE DOOR. A record passes only with its file on the store; what lies in a file never does."""
    if deed.step.action is Action.CAPTURE and deed.stored is None:
        raise Disagreement(
            f"Step {deed.step.n} would remove a record that is not on the store.", "This is a bug; it was not done."
        )
    if deed.step.in_files:
        ask()
        return IN_ITS_FILE
    return world.mail.purge(deed.step.ref, deed.step.version, how, ask)


def _intent(plan: Plan, step: Step, known: Known | None) -> Intent:
    conversation = known.message.conversation if known and step.action is Action.CAPTURE else None
    return Intent(
        plan=plan.digest,
        step=step.n,
        action=step.action,
        mailbox=step.mailbox,
        address=step.address,
        id=step.id,
        version=step.version,
        schedule=step.schedule,
        series=step.series,
        how=plan.removal,
        fingerprint=plan.basis.schedules.get(step.schedule, ""),
        conversation=conversation or "",
    )


def _outcome(deed: Deed) -> Outcome | None:
    """What became of it; ``None`` where a failure left it undone, to be taken up again."""
    if deed.blocked:
        return _ending(deed.intent, deed.blocked.result, deed.blocked.answer, None, deed.blocked.holds)
    if deed.answer is None:
        return None
    return _ending(deed.intent, RESULTS[deed.step.action], deed.answer, deed.stored)


def _ending(intent: Intent, result: str, answer: str, stored: Stored | None, holds: tuple[str, ...] = ()) -> Outcome:
    return Outcome(
        plan=intent.plan,
        step=intent.step,
        result=result,
        answer=answer,
        mailbox=intent.mailbox,
        id=intent.id,
        digest=stored.digest if stored else "",
        place=stored.place if stored else "",
        holds=holds,
    )


def _kept(plan: Plan, outcomes: list[Outcome]) -> Counter[str]:
    """How many messages each hold kept: when the plan was made, and since."""
    by_hold = Counter(plan.held)
    by_hold.update(name for outcome in outcomes for name in outcome.holds)
    return by_hold


def _refuse_nobody(world: World) -> None:
    """What removes mail is somebody's deed, be it only a service's own account."""
    if world.city.roll.with_address(world.actor.address) is None:
        raise PersonUnknown(
            f"Nobody under [people] is {world.actor.address.replace(':', ' ')}.",
            "Nothing was removed; list the person, or the service that runs this, with its account.",
        )


def _reconciled(plan: Plan, outcomes: list[Outcome]) -> Applied:
    """The counts of every mailbox; raises ``Disagreement`` where they do not add up to what was seen."""
    address_of = {step.n: step.address for step in plan.steps}
    done = Counter((address_of[outcome.step], outcome.result) for outcome in outcomes)
    counts = {}
    for address, tally in plan.counts.items():
        counts[address] = {
            "seen": tally.seen,
            "kept": tally.kept,
            "captured": done[address, "captured"],
            "purged": done[address, "purged"],
            "held": tally.held + done[address, "held"],
            "skipped": done[address, "skipped"],
        }
        if counts[address]["seen"] != sum(count for what, count in counts[address].items() if what != "seen"):
            raise Disagreement(
                f"The counts of {address} do not reconcile: {counts[address]}.", "Nothing more was done."
            )
    skipped = {outcome.step: outcome.answer for outcome in outcomes if outcome.result in ("skipped", "held")}
    return Applied(plan=plan.digest, counts=counts, skipped=skipped, uncovered=plan.uncovered)
