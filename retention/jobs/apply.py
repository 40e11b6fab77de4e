"""Apply: do what an approved plan says and nothing else. The one door through which a message leaves a mailbox.

What is to be done is decided in ``core/decide.py`` and written in the plan; apply never plans by itself.
"""

from __future__ import annotations

import hashlib
from collections import Counter

from msgspec import Struct

from retention.catalog import Known
from retention.core.audit import Ended, InForce, Intent, Outcome, Started, Stored
from retention.core.decide import Action, decide
from retention.core.hold import fingerprint
from retention.core.message import MessageRef, Removal
from retention.core.plan import Plan, Step
from retention.core.record import Custody, Record
from retention.errors import Disagreement, NotApproved, RecordMismatch
from retention.jobs.ahead import Ahead
from retention.jobs.approve import approvers, refuse_unfit
from retention.jobs.world import Progress, World, silent
from retention.mail.interface import MailTrouble, MessageGone

RESULTS = {Action.CAPTURE: "captured", Action.PURGE: "purged"}


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


def apply(world: World, plan: Plan, progress: Progress = silent) -> Applied:
    """Do every step of the plan that is still allowed at the moment it is done; resumable after any interruption.

    Raises ``PlanAltered``, ``PlanStale``, ``PlanTooLarge`` or ``NotApproved`` before anything is done,
    ``LedgerBroken`` where the holds cannot be read, and ``MailNotAnswering``, ``SignInRefused`` or
    ``StoreNotAnswering`` in the middle: running again goes on from there.
    """
    with world.alone():
        world.ledger.refresh()
        settle(world)
        refuse_unfit(world, plan)
        if not approvers(world, plan):
            raise NotApproved(
                f"Plan {plan.name} is not approved by anyone but its maker.",
                "Ask for `retention approve` by an office.",
            )
        run = world.catalog.begin_run("apply", world.now())
        world.ledger.append(Started(plan=plan.digest, holds=fingerprint(world.holds())))
        outcomes = _steps(world, plan, progress)
        applied = _reconciled(plan, outcomes)
        # The ledger's word that the plan is finished comes last: after it nothing is left to be taken up again.
        world.catalog.end_run(run, world.now(), applied)
        world.ledger.append(Ended(plan=plan.digest, counts=applied.counts))
        return applied


def settle(world: World) -> int:
    """Finish the book-keeping of deeds that a crash cut off after the message had left; return how many.

    Nothing is removed here: a deed that was not done is left to be done again, or planned anew.
    """
    in_force = world.ledger.in_force
    settled = 0
    for intent in list(in_force.open_intents.values()):
        stored = in_force.stored.get((intent.plan, intent.step))
        if not _has_left(world, intent):
            continue
        if intent.action == Action.CAPTURE and stored is None:
            result, answer = "skipped", "it was gone before its file was on the store"
        else:
            result = RESULTS[Action(intent.action)]
            answer = "found gone when the run was taken up again; its removal had begun"
        _close(world, intent, result, answer, stored)
        settled += 1
    _remark(world)
    return settled


def _has_left(world: World, intent: Intent) -> bool:
    try:
        seen = world.mail.look(MessageRef(intent.mailbox, intent.id))
    except MessageGone:
        return True
    return intent.how == Removal.DELETED_ITEMS and seen.in_deleted_items and seen.version != intent.version


def _remark(world: World) -> None:
    """Bring the catalog up to the ledger where a crash came between an outcome and its mark.

    Only a plan that has not ended can have such an outcome.
    """
    in_force = world.ledger.in_force
    for plan in in_force.outcomes.keys() - in_force.ended:
        for outcome in in_force.outcomes[plan].values():
            known = world.catalog.known(MessageRef(outcome.mailbox, outcome.id))
            if known is not None and known.result != outcome.result:
                _mark(world, outcome)


def _steps(world: World, plan: Plan, progress: Progress) -> list[Outcome]:
    done = world.ledger.in_force.outcomes.get(plan.digest, {})
    todo = [step for step in plan.steps if step.n not in done]
    outcomes = [done[step.n] for step in plan.steps if step.n in done]
    with Ahead(world.mail, (step.ref for step in todo if step.action is Action.CAPTURE)) as ahead:
        for step in todo:
            progress(len(outcomes), len(plan.steps), step.address)
            outcomes.append(_deed(world, plan, step, ahead))
    progress(len(outcomes), len(plan.steps), "done")
    return outcomes


def _deed(world: World, plan: Plan, step: Step, ahead: Ahead) -> Outcome:
    """Intent, the holds, the deed, the outcome, the mark: in this order, each on the disk before the next."""
    intent = Intent(
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
    )
    world.ledger.append(intent)
    known = world.catalog.known(step.ref)
    blocked = _blocked(world, step, known, world.ledger.in_force)
    stored = world.ledger.in_force.stored.get((plan.digest, step.n))
    try:
        if not blocked and known is not None and step.action is Action.CAPTURE:
            stored = _capture(world, plan, step, known, stored, ahead)
        with world.ledger.deed() as in_force:
            blocked = blocked or _blocked(world, step, known, in_force)
            answer = "" if blocked else _purge(world, step, plan.removal, stored)
    except MailTrouble as trouble:
        blocked, answer = ("skipped", str(trouble)), ""
    if blocked:
        return _close(world, intent, *blocked, None)
    return _close(world, intent, RESULTS[step.action], answer, stored)


def _blocked(world: World, step: Step, known: Known | None, in_force: InForce) -> tuple[str, str] | None:
    """Why this step may not be done now, as result and answer: everything is asked again, the holds first of all."""
    if known is None or known.gone_at or known.left_at:
        return "skipped", "it is no longer in the mailbox"
    decision = decide(world.case(known, world.holds(in_force)))
    if decision.is_held:
        return "held", decision.reasons[0].sentence
    if decision.action is not step.action:
        return "skipped", " ".join(reason.sentence for reason in decision.reasons) or "it is decided differently now"
    if known.message.version != step.version:
        return "skipped", "it has changed since the plan was made"
    return None


def _capture(world: World, plan: Plan, step: Step, known: Known, stored: Stored | None, ahead: Ahead) -> Stored:
    """Put the message's file on the store, checked, and say so in the ledger. Raises ``MailTrouble``."""
    if stored is not None:
        try:
            world.store.get(stored.place)
            return stored
        except RecordMismatch:
            pass  # the file was lost between two runs: it is written again
    content = ahead.content(step.ref)
    record = _record(world, step, known, content)
    place = world.store.put(record, content)
    stored = Stored(plan=plan.digest, step=step.n, digest=record.digest, place=place)
    world.ledger.append(stored)
    return stored


def _purge(world: World, step: Step, how: Removal, stored: Stored | None) -> str:
    """THE ONE DOOR. A record passes only with its file on the store."""
    if step.action is Action.CAPTURE and stored is None:
        raise Disagreement(
            f"Step {step.n} would remove a record that is not on the store.", "This is a bug; nothing was done."
        )
    return world.mail.purge(step.ref, step.version, how)


def _close(world: World, intent: Intent, result: str, answer: str, stored: Stored | None) -> Outcome:
    outcome = Outcome(
        plan=intent.plan,
        step=intent.step,
        result=result,
        answer=answer,
        mailbox=intent.mailbox,
        id=intent.id,
        digest=stored.digest if stored else "",
        place=stored.place if stored else "",
    )
    world.ledger.append(outcome)
    _mark(world, outcome)
    return outcome


def _mark(world: World, outcome: Outcome) -> None:
    world.catalog.mark(
        MessageRef(outcome.mailbox, outcome.id),
        outcome.result,
        outcome.answer,
        world.now(),
        outcome.digest,
        outcome.place,
    )


def _record(world: World, step: Step, known: Known, content: bytes) -> Record:
    message = known.message
    series = world.case(known, ()).series
    assert series is not None and message.received_at is not None  # else it would have been blocked
    return Record(
        digest=hashlib.sha256(content).hexdigest(),
        size=len(content),
        schedule=step.schedule,
        fingerprint=world.fingerprints[step.schedule],
        series=series.key,
        title=series.title,
        retain=str(series.retain),
        citation=series.citation,
        because=step.because,
        due_on=step.due_on,
        year=message.received_at.astimezone(world.city.zone).year,
        internet_id=message.internet_id or "",
        subject=message.subject or "",
        sender=message.sender or "",
        to=message.to or (),
        cc=message.cc or (),
        bcc=message.bcc or (),
        received_at=message.received_at,
        sent_at=message.sent_at,
        kind=message.kind or "",
        categories=message.categories or (),
        custody=(
            Custody(
                address=known.mailbox.address,
                mailbox=known.mailbox.id,
                id=message.id,
                version=step.version,
                folder=message.path or "",
                captured_at=world.now(),
            ),
        ),
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
