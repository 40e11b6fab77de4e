"""Review: what waits for a person, whom it waits for, and what people decided, written to the ledger and carried out.

How messages are grouped and what a row must say is in ``core/review.py``; how a message is filed, in ``core/classify``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from retention.catalog.filings import Placed
from retention.core import review
from retention.core.audit import Refused, ReviewAssigned, Reviewed
from retention.core.authority import Act, refusal
from retention.core.classify import Candidate, FiledIn, judged
from retention.core.message import MessageRef
from retention.core.review import Group, Groups, Key, Ruling, question
from retention.core.spreadsheet import answers
from retention.core.spreadsheet.sheet import BadRow, Sheet
from retention.errors import NotThisOffice, WrongUsage
from retention.jobs.acting import signed
from retention.jobs.classify import classify, read_reviews
from retention.jobs.world import Progress, World, silent

MOST_IDS = 500
"""Messages of one entry of the ledger."""
ENTRIES_AT_ONCE = 200
"""Entries after which what was decided is put on the disk, whole groups at a time."""


class Waiting(Struct, frozen=True, kw_only=True):
    """The groups that wait for review, the largest first. ``unfiled`` messages are in none before they are filed.

    ``shown`` are those asked for; ``groups`` and ``messages`` count all of them.
    """

    shown: tuple[Group, ...]
    groups: int
    messages: int
    unfiled: int


class Imported(Struct, frozen=True, kw_only=True):
    """What was decided: groups and messages, and how many of them were filed by it.

    ``transitory`` counts the messages of groups that were decided to be no record: a plan removes them once due.
    ``known`` counts messages that bear the keys decided for them already; ``left`` counts rows without a decision.
    """

    groups: int
    messages: int
    known: int
    left: int
    filed: int
    transitory: int
    problems: tuple[BadRow, ...]


def waiting(world: World, *, assigned_to: str = "", limit: int = 0) -> Waiting:
    """What waits for review; only what is assigned to one person, and only so many groups, where that is asked."""
    wanted = assigned_to.strip().lower()
    every = _groups(world)
    asked = tuple(group for group in every if not wanted or group.assigned_to == wanted)
    return Waiting(
        shown=asked[:limit] if limit else asked,
        groups=len(asked),
        messages=sum(group.messages for group in asked),
        unfiled=_unfiled(world),
    )


def assign(world: World, name: str, to: str) -> Group:
    """Let a group wait for this person until it is decided.

    Raises ``NotThisOffice``, and ``WrongUsage`` for a group that does not wait, or for nobody with a name.
    """
    world.require(Act.REVIEW)
    person = world.city.roll.with_address(to.strip())
    if person is None:
        raise WrongUsage(f"{to} is not listed under [people].", "Name a person of retention.toml, or add them there.")
    if not person.name:
        raise WrongUsage(
            f"{to} has no name under [people], and a decision is a named person's.",
            "Give a person's name in retention.toml, or name somebody else.",
        )
    found = [group for group in _groups(world) if group.id == name.strip().lower()]
    if not found:
        raise WrongUsage(f"No group '{name}' waits for review.", "See `retention review list`.")
    (group,) = found
    if group.assigned_to != person.address:
        world.ledger.append(ReviewAssigned(group=group.id, to=person.address))
    return group


def import_(world: World, sheet: Sheet, *, skip_bad_rows: bool = False, progress: Progress = silent) -> Imported:
    """Write down what the rows decide, and file the messages by it; ``skip_bad_rows`` leaves out rows with a problem.

    Raises ``NotThisOffice``, and ``WrongUsage`` with every problem, in which case nothing was written.
    """
    given = answers.read(sheet, review.NEEDED)
    decided = [row for row in given.rows if review.decides(row)]
    _entitled(world, {review.named(row) for row in decided})
    if given.unheaded:
        raise _problems(given.problems)
    if _unfiled(world):
        classify(world, progress)
    with world.alone():
        # What another run decided since, or one that was killed, must not be decided again.
        world.ledger.refresh()
        read_reviews(world)
        gathered = _gathered(world)
        groups = {group.id: group for group in gathered.listed(world.ledger.in_force.assigned)}
        ruled, found = review.rulings(decided, groups, world.schedules)
        problems = tuple(sorted((*given.problems, *found)))
        if problems and not skip_bad_rows:
            raise _problems(problems)
        written, known = _write(world, ruled, gathered.names())
    filed = classify(world, progress).filed if written else 0
    return Imported(
        groups=len(ruled),
        messages=written,
        known=known,
        left=len(given.rows) - len(decided),
        filed=filed,
        transitory=sum(groups[one.group].messages for one in ruled if _is_transitory(world, one)),
        problems=problems,
    )


def _is_transitory(world: World, ruling: Ruling) -> bool:
    return any(
        series.transitory
        for schedule in world.schedules
        for series in schedule.series
        if ruling.series == Candidate(schedule.name, series.key)
    )


def _entitled(world: World, groups: set[str]) -> None:
    """Pass where the actor's office reviews, or all of these groups are assigned to the actor; else ``NotThisOffice``.

    A decision is a named person's: whoever is not in ``[people]`` decides nothing.
    """
    why = refusal(Act.REVIEW, world.actor, world.city.roll, world.city.acts, world.today)
    if why is None:
        return
    assigned = world.ledger.in_force.assigned
    mine = {group for group in groups if assigned.get(group) == world.actor.address}
    if world.city.roll.with_address(world.actor.address) is not None and mine == groups:
        return
    others = len(groups - mine)
    if mine:
        why = f"{why} {others} of the {len(groups)} groups decided here are not assigned to {world.actor}."
    world.ledger.append(Refused(act=Act.REVIEW, why=why))
    raise NotThisOffice(why, "Ask that office to decide or to assign the group; the attempt was written to the ledger.")


def _problems(problems: Iterable[BadRow]) -> WrongUsage:
    listed = [str(problem) for problem in problems]
    found = "1 problem" if len(listed) == 1 else f"{len(listed):,} problems"
    return WrongUsage(
        "".join((f"The decisions have {found}, and none was taken:", *(f"\n  {one}" for one in listed))),
        "Correct them and import again, or take the other rows with --skip-bad-rows.",
    )


# --- groups ---------------------------------------------------------------------------------------------------------


def _groups(world: World) -> tuple[Group, ...]:
    return _gathered(world).listed(world.ledger.in_force.assigned)


def _gathered(world: World) -> Groups:
    groups = Groups()
    for key, one in _asked(world):
        groups.add(key, one.message, one.mailbox.address)
    return groups


def _asked(world: World) -> Iterator[tuple[Key, Placed]]:
    """Every message that waits for review, one at a time, with the key of its group."""
    zone = world.city.zone
    filings = world.catalog.filings
    under = filings.under(world.filing_rules)
    alone = {n: asked for n, filing in under.items() if (asked := question(filing, beside_a_record=False))}
    beside = {n: asked for n, filing in under.items() if n not in alone and (asked := question(filing, True))}
    for one in filings.placed(alone, beside):
        asked = alone.get(one.filing) or beside[one.filing]
        received = one.message.received_at
        year = received.astimezone(zone).year if received else None
        yield (asked, (one.message.sender or "").lower(), year), one


def _unfiled(world: World) -> int:
    """How many messages are still to be filed under the rules in use, what people decided included."""
    filings = world.catalog.filings
    tally = world.catalog.tally()
    if filings.filed_under != world.filing_rules:
        return tally["present"]
    unread = sum(n >= filings.reviews_read for n in world.ledger.in_force.reviewed)
    return max(tally["unclassified"], unread)


# --- decisions ------------------------------------------------------------------------------------------------------


class _Shown(Struct, frozen=True):
    """What an entry says of one message beside its id."""

    id: str
    internet_id: str
    judged: str
    filed: tuple[str, ...]


_Members = dict[str, dict[str, list[_Shown]]]
"""The messages that were decided, by group and mailbox."""


def _write(world: World, ruled: tuple[Ruling, ...], names: Mapping[Key, str]) -> tuple[int, int]:
    """Write the decisions to the ledger: for how many messages, and for how many there was nothing new."""
    members, known = _members(world, ruled, names)
    assigned = world.ledger.in_force.assigned
    batch: list[Reviewed | ReviewAssigned] = []
    written = 0
    for ruling in ruled:
        if ruling.series is not None and assigned.get(ruling.group):
            # Mail that comes later makes a group of the same name, which nobody gave to whom this one was given.
            batch.append(ReviewAssigned(group=ruling.group, to=""))
        batch += _entries(ruling, members.get(ruling.group, {}))
        if len(batch) >= ENTRIES_AT_ONCE:
            written += _append(world, batch)
            batch = []
    return written + _append(world, batch), known


def _append(world: World, entries: list[Reviewed | ReviewAssigned]) -> int:
    # Whoever reviews many groups of a city that asks for signatures has an agent hold the key.
    acts = (signed(world, Act.REVIEW, one) if isinstance(one, Reviewed) else one for one in entries)
    world.ledger.append(*acts)
    return sum(len(entry.ids) for entry in entries if isinstance(entry, Reviewed))


def _members(world: World, ruled: tuple[Ruling, ...], names: Mapping[Key, str]) -> tuple[_Members, int]:
    """The messages of the groups that were decided; and of how many messages all was known before."""
    wanted = {ruling.group: ruling for ruling in ruled}
    if not wanted:
        return {}, 0
    filed_in = FiledIn(world.schedules)
    members: _Members = {}
    known = 0
    for key, one in _asked(world):
        ruling = wanted.get(names[key])
        if ruling is None:
            continue
        message = one.message
        shown = _Shown(message.id, message.internet_id or "", judged(message), tuple(filed_in(message)))
        if _is_known(world, ruling, message.ref, shown):
            known += 1
        else:
            members.setdefault(ruling.group, {}).setdefault(one.mailbox.id, []).append(shown)
    return members, known


def _is_known(world: World, ruling: Ruling, ref: MessageRef, shown: _Shown) -> bool:
    """Whether only keys are decided, and people gave the message all of them before, as it is now."""
    if ruling.series is not None:
        return False
    before = world.catalog.filings.decided(ref)
    if before is None or not set(ruling.keys) <= set(before.keys):
        return False
    # Keys alone do not renew what was decided of its series, so they need not be written again for that.
    return bool(before.series) or before.judged == shown.judged


def _entries(ruling: Ruling, by_mailbox: Mapping[str, list[_Shown]]) -> Iterator[Reviewed]:
    for mailbox, every in sorted(by_mailbox.items()):
        for start in range(0, len(every), MOST_IDS):
            shown = every[start : start + MOST_IDS]
            yield Reviewed(
                mailbox=mailbox,
                ids=tuple(one.id for one in shown),
                internet_ids=tuple(one.internet_id for one in shown),
                judged=tuple(one.judged for one in shown),
                filed=tuple(one.filed for one in shown) if any(one.filed for one in shown) else (),
                schedule=ruling.series.schedule_name if ruling.series else "",
                series=ruling.series.series_key if ruling.series else "",
                keys=ruling.keys,
                reason=ruling.reason,
                group=ruling.group,
            )
