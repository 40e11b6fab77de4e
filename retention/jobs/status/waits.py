"""What waits for whom: the attorney, the records manager, whoever grants or notices, the operator.

What is wrong is next door: nothing here is an alarm.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from retention.catalog import Run
from retention.core.authority import Act
from retention.core.health import OPERATOR, Finding, Kind
from retention.jobs import consent, notice, proposals, standing
from retention.jobs.access import listing
from retention.jobs.hold import notice as custodian_notice
from retention.jobs.status.backlog import Backlog
from retention.jobs.status.offices import offices
from retention.jobs.world import World

SOON = timedelta(days=30)
"""So long before its end a consent or a standing approval is named, for a council meets once a month."""
GRANT_SOON = timedelta(days=2)
"""A grant lasts a week or so."""
NAMED = 3
"""So many of one kind are named; the others are counted."""


def schedules(world: World) -> Iterator[Finding]:
    whom = offices(world, Act.ADOPT_SCHEDULE)
    for name, digest in world.fingerprints.items():
        effective = world.adopted_from(digest)
        if effective is None:
            sentence = f"the schedule '{name}' is not adopted; nothing can leave a mailbox."
            yield Finding(kind=Kind.NOT_ADOPTED, whom=whom, sentence=sentence)
        elif effective > world.today:
            sentence = f"The schedule '{name}' is in effect from {effective}: until then nothing leaves."
            yield Finding(kind=Kind.NOT_YET, sentence=sentence)


def mail(messages: dict[str, int], mailboxes: Iterable[dict[str, Any]], last: dict[str, Run]) -> Iterator[Finding]:
    """What of the mail is not read or not filed."""
    if messages["unclassified"]:
        noun = "message waits" if messages["unclassified"] == 1 else "messages wait"
        sentence = f"{messages['unclassified']:,} {noun} for `retention classify`."
        yield Finding(kind=Kind.UNFILED, whom=OPERATOR, sentence=sentence, count=messages["unclassified"])
    unread = [row["address"] for row in mailboxes if row["trouble"] or row["unread"]]
    if unread:
        sentence = f"not wholly covered: {_some(unread)}; see `retention mailbox list`."
        yield Finding(kind=Kind.UNCOVERED, whom=OPERATOR, sentence=sentence, count=len(unread))
    if "sync" not in last:
        yield Finding(kind=Kind.UNREAD, whom=OPERATOR, sentence="no mailbox was ever read; run `retention sync`.")


def plans(world: World, kept: Iterable[proposals.Proposal]) -> Iterator[Finding]:
    """The kept plans: who has to approve or apply them."""
    kept = tuple(kept)
    awaiting = [one for one in kept if one.awaits]
    if awaiting:
        which = _some([f"{one.name} of {_counted(one.steps, 'step')}" for one in awaiting])
        verb = "plan waits" if len(awaiting) == 1 else f"{len(awaiting)} plans wait"
        sentence = f"{verb} for approval: {which}; see `retention approve {awaiting[0].name}`."
        yield Finding(kind=Kind.PLAN, whom=offices(world, Act.APPROVE), sentence=sentence, count=len(awaiting))
    approved = [one for one in kept if (one.approved_by or one.begun) and not one.stale]
    for one in approved:
        verb = "is begun and not finished" if one.begun else "is approved"
        if one.kind == "records":
            whom, next_step = offices(world, Act.DESTROY_RECORDS), f"`retention apply {one.name}` destroys its records"
        else:
            whom, next_step = OPERATOR, f"the next `retention run` applies it, or `retention apply {one.name}`"
        yield Finding(kind=Kind.PLAN_APPROVED, whom=whom, sentence=f"plan {one.name} {verb}: {next_step}.")
    stale = [one for one in kept if one.stale and one.approved_by]
    for one in stale:
        sentence = f"plan {one.name} was approved and can no longer be applied: {one.stale[0]}"
        yield Finding(kind=Kind.PLAN_STALE, whom=offices(world, Act.APPROVE), sentence=sentence)


def standing_approvals(world: World, given: Iterable[standing.InEffect]) -> Iterator[Finding]:
    """Those that end soon, or approve nothing any more; one that ended long ago is history."""
    whom = offices(world, Act.APPROVE)
    for one in given:
        names = _some([key for _, key in one.series])
        if one.why_not and world.today <= one.until + SOON:
            sentence = f"the standing approval of entry {one.entry} ({names}) approves nothing. {one.why_not}"
            yield Finding(kind=Kind.STANDING, whom=whom, sentence=sentence)
        elif not one.why_not and one.until <= world.today + SOON:
            sentence = (
                f"the standing approval of entry {one.entry} ({names}) ends on {one.until}; "
                "`retention approve --standing` gives a new one."
            )
            yield Finding(kind=Kind.STANDING, whom=whom, sentence=sentence)


def review(world: World, waiting: Backlog) -> Iterator[Finding]:
    if waiting.messages:
        ages = ", ".join(f"{number:,} {age}" for age, number in waiting.by_age.items() if number)
        noun = "message fits" if waiting.messages == 1 else "messages fit"
        sentence = f"{waiting.messages:,} {noun} no series, or several ({ages}); see `retention review list`."
        yield Finding(kind=Kind.REVIEW, whom=offices(world, Act.REVIEW), sentence=sentence, count=waiting.messages)


def consents(world: World) -> Iterator[Finding]:
    """Those in force whose last day is near: what they allow has to be done, or asked for anew."""
    for one in consent.told(world).consents:
        if one.standing == "in force" and one.until is not None and one.until <= world.today + SOON:
            sentence = (
                f"the consent of entry {one.entry} ({one.title}) expires on {one.until}; see `retention consent list`."
            )
            yield Finding(kind=Kind.CONSENT, whom=offices(world, Act.RECORD_CONSENT), sentence=sentence)


def access(world: World) -> Iterator[Finding]:
    """Requests that nobody has answered, and grants that end in a day or two."""
    for one in listing.listed(world):
        if one.state == "waiting":
            whom = " or ".join(one.offices)
            sentence = f"request {one.request} to read mail waits for a grant; see `retention access list`."
            yield Finding(kind=Kind.ACCESS, whom=whom, sentence=sentence)
        elif one.state == "live" and one.until is not None and one.until <= world.now() + GRANT_SOON:
            until = one.until.astimezone(world.city.zone)
            sentence = f"grant {one.grant} to read mail ends on {until:%Y-%m-%d at %H:%M}; see `retention access list`."
            yield Finding(kind=Kind.GRANT, whom=one.offices[0] if one.offices else "", sentence=sentence)


def quarantine(world: World) -> Iterator[Finding]:
    """Records whose time in quarantine is over."""
    destructions = world.ledger.in_force.destructions
    over = 0
    for plan in {one.plan for one in destructions.quarantined.values()}:
        started = destructions.started.get(plan)
        days = max(world.rules.quarantine, started.days if started else 0)
        until = world.now() - timedelta(days=days)
        over += sum(one.since <= until for _, one in destructions.waiting(plan))
    if over:
        verb = "has" if over == 1 else "have"
        sentence = (
            f"{_counted(over, 'record')} {verb} been in quarantine for their time; "
            "`retention record destroy --end-quarantine` destroys them."
        )
        yield Finding(kind=Kind.QUARANTINE, whom=offices(world, Act.DESTROY_RECORDS), sentence=sentence, count=over)


def notices(world: World) -> Iterator[Finding]:
    """Custodians and staff who were not told, or have not answered."""
    told = ((Kind.CUSTODIANS, custodian_notice.waiting(world)), (Kind.STAFF, notice.waiting(world)))
    for kind, sentences in told:
        for sentence in sentences:
            whom, _, said = sentence.partition(": ")
            yield Finding(kind=kind, whom=whom, sentence=said)


def _some(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more}"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
