"""Consents: write down that an authority allowed the destruction of exactly these records, and take that back.

Which consents a record needs is decided in ``core/gate.py``; nothing is destroyed here, and no document is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime
from difflib import get_close_matches
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from retention.core.authority import Act
from retention.core.consent import Consent, ConsentRecorded, ConsentWithdrawn, grouped
from retention.core.gate import Gate, authority, last_day, shut, why_shut
from retention.core.plan import AnyPlan, DestructionPlan
from retention.core.record import folder_name
from retention.errors import NotThisOffice, PersonUnknown, PlanAltered, SignatureInvalid, SignersMissing, WrongUsage
from retention.jobs.acting import refuse_unsigned, signed, trusted
from retention.jobs.world import World

Standing = Literal["in force", "not given yet", "expired", "withdrawn", "not signed", "no such gate", "of another"]


class Document(Struct, frozen=True):
    """The scanned document: the SHA-256 of its bytes and the name of its file. What it says is kept nowhere here."""

    digest: str = ""
    file: str = ""


class Filed(Struct, frozen=True, kw_only=True):
    """One consent on file. ``covers`` are its series with their years, ``until`` is the last day on which it counts."""

    entry: int
    gate: str
    title: str
    schedule: str
    covers: dict[str, tuple[str, ...]]
    records: int
    reference: str
    given_by: str
    given_on: date
    until: date | None
    standing: Standing
    document: str
    file: str
    note: str
    filed_by: str
    filed_at: datetime
    withdrawn_at: datetime | None


class Passage(Struct, frozen=True, kw_only=True):
    """One gate of a plan: how many of its records need it, for how many it is open, and why it is shut for others."""

    gate: str
    title: str
    by: str
    schedule: str
    needed: int
    open: int
    shut: dict[str, int]


class Told(Struct, frozen=True, kw_only=True):
    """The consents on file, and with a plan what they open of its gates."""

    consents: tuple[Filed, ...]
    gates: tuple[Passage, ...] = ()


# --- writing down ---------------------------------------------------------------------------------------------------


def record(
    world: World,
    plan: AnyPlan,
    gate: str,
    *,
    reference: str,
    given_by: str,
    given_on: date,
    until: date | None = None,
    document: Document | None = None,
    note: str = "",
) -> tuple[Filed, ...]:
    """File a consent for exactly those records of this plan that need it: one entry for each schedule among them.

    Raises ``NotThisOffice``, ``PlanAltered`` for another city's plan, and ``WrongUsage`` where the plan asks for no
    such consent, where it could not have been given so, or where it cannot be for these records.
    """
    world.require(Act.RECORD_CONSENT)
    places = _places(world, _of_records(world, plan), gate)
    if not reference.strip():
        raise WrongUsage("A consent needs its reference.", "Say with --reference what is written on it.")
    if given_on > world.today:
        raise WrongUsage(f"{given_on} has not come yet.", "File a consent once it has been given.")
    said = []
    document = document or Document()
    for name, mine in places.items():
        asked = _gate(world, name, gate)
        consent = ConsentRecorded(
            gate=gate,
            schedule=name,
            reference=reference.strip(),
            given_by=_giver(world, asked, given_by, given_on),
            given_on=given_on,
            until=until,
            records=dict(grouped(mine)),
            document=document.digest,
            file=document.file,
            note=note.strip(),
            authority=authority(asked),
        )
        said.append(_timely(world, asked, consent))
    _refuse_later_captures(world, [place for mine in places.values() for place in mine], given_on)
    world.ledger.append(*(signed(world, Act.RECORD_CONSENT, consent) for consent in said))
    return tuple(_filed(world, _newest(world, consent)) for consent in said)


def _newest(world: World, said: ConsentRecorded) -> Consent:
    filed = world.ledger.in_force.consents.all
    return filed[max(n for n, one in filed.items() if (one.said.schedule, one.said.gate) == (said.schedule, said.gate))]


def withdraw(world: World, entry: int, *, reason: str) -> Filed:
    """Say that this consent counts no more: every deed that is not done yet and rests on it stops.

    Every deed that was begun before has ended by the return. Raises ``NotThisOffice``, and ``WrongUsage`` where that
    entry is no consent that stands, or no reason is given.
    """
    world.require(Act.RECORD_CONSENT)
    consent = world.ledger.in_force.consents.all.get(entry)
    if consent is None or consent.withdrawn_at is not None:
        raise WrongUsage(
            f"Ledger entry {entry} is no consent, or was withdrawn already.", "See `retention consent list`."
        )
    if not reason.strip():
        raise WrongUsage("A withdrawal needs its reason.", "Say it with --reason.")
    world.ledger.append(ConsentWithdrawn(entry=entry, reason=reason.strip()))
    world.ledger.wait_for_deeds()
    return _filed(world, world.ledger.in_force.consents.all[entry])


def _of_records(world: World, plan: AnyPlan) -> DestructionPlan:
    """The plan, which need be neither fresh nor approved: a council takes its time."""
    if not isinstance(plan, DestructionPlan):
        raise WrongUsage(
            f"Plan {plan.name} is for mail in mailboxes, and a consent is for records.",
            "Name one that `retention record destroy --plan` wrote.",
        )
    if plan.city != world.city.city.name or plan.rehearsal != world.rehearsal:
        raise PlanAltered(
            f"Plan {plan.name} was made for another city, or for a rehearsal.", "Name a plan of this city."
        )
    refuse_unsigned(world, plan)
    return plan


def _places(world: World, plan: DestructionPlan, gate: str) -> dict[str, list[str]]:
    """The places of the plan's records that need this gate, by their schedule."""
    found: dict[str, list[str]] = {}
    for step in plan.steps:
        if gate in step.gates:
            found.setdefault(step.schedule, []).append(step.place)
    if found:
        return found
    known = sorted({one for step in plan.steps for one in step.gates})
    if not known:
        raise WrongUsage(f"No record of plan {plan.name} needs anybody's consent.", "Approve it, then apply it.")
    raise WrongUsage(f"Plan {plan.name} has no gate '{gate}'.", _hint(gate, known))


def _hint(gate: str, known: list[str]) -> str:
    near = get_close_matches(gate, known, n=1)
    meant = f"Is '{near[0]}' meant? " if near else ""
    return f"{meant}There are: {', '.join(known) or 'none'}."


def _gate(world: World, schedule: str, gate: str) -> Gate:
    found = _find(world, schedule, gate)
    if found is None:
        raise WrongUsage(_gone(schedule, gate), "Make a new plan: it says which gates there are.")
    return found


def _gone(schedule: str, gate: str) -> str:
    return f"The schedule {schedule} has no gate '{gate}' any more."


def _find(world: World, schedule: str, gate: str) -> Gate | None:
    mine = world.schedule_of(schedule)
    return next((one for one in mine.gates if one.id == gate), None) if mine else None


def _giver(world: World, gate: Gate, given_by: str, given_on: date) -> str:
    """Who gave it; of a gate that an office of the city opens, the address of whoever held that office on that day."""
    if not given_by.strip():
        raise WrongUsage("It was not said who gave the consent.", f"Say it with --given-by: {gate.by}.")
    if not gate.office:
        return given_by.strip()
    roll = world.city.roll
    person = roll.with_address(given_by.strip())
    if person is None:
        raise WrongUsage(
            f"Nobody listed under [people] has the address {given_by.strip()}.",
            f"Say with --given-by the address of whoever was {gate.office} on {given_on}.",
        )
    if gate.office not in roll.offices_of(person.address, given_on):
        raise WrongUsage(
            f"{person} was not {gate.office} on {given_on}; only that office gives this consent.",
            "Say who was, or correct [offices] in retention.toml with `from` and `to`.",
        )
    return person.address


def _timely(world: World, gate: Gate, consent: ConsentRecorded) -> ConsentRecorded:
    """The consent with the last day on which it counts, where it may say so."""
    said = Consent(entry=0, filed_at=world.now(), filed_by="", said=consent)
    last = last_day(gate, said)
    if consent.until is not None and consent.until < consent.given_on:
        raise WrongUsage(f"It would end on {consent.until}, before it was given.", "Correct --until or --given-on.")
    if consent.until is not None and consent.until > last:
        raise WrongUsage(
            f"A consent of {consent.given_on} counts until {last} at the longest ({gate.valid_for} days), "
            f"not until {consent.until}.",
            "Leave out --until; later a new consent is needed.",
        )
    if last < world.today:
        raise WrongUsage(
            f"That consent ended on {last}: nothing may rest on it any more.", "Ask for a new one and file that."
        )
    return replace(consent, until=last)


def _refuse_later_captures(world: World, places: list[str], given_on: date) -> None:
    """Nobody can have allowed the destruction of a record that was not there yet."""
    unknown, later = [], []
    for place in places:
        kept = world.catalog.records.at(place)
        if kept is None:
            unknown.append(place)
        elif kept.record is not None:
            first = min(one.captured_at for one in kept.record.custody)
            if first.astimezone(world.city.zone).date() > given_on:
                later.append(place)
    if unknown:
        raise WrongUsage(
            f"The catalog does not know {len(unknown)} of the plan's records, such as {unknown[0]}.", "Make a new plan."
        )
    if later:
        raise WrongUsage(
            f"{len(later)} of the plan's records were captured after {given_on}, such as {later[0]}: "
            "that consent cannot be for them.",
            "File it with the plan that was laid before whoever gave it.",
        )


# --- what is on file ------------------------------------------------------------------------------------------------


def told(world: World, *, gate: str = "", plan: AnyPlan | None = None) -> Told:
    """The consents on file in their order: of one gate, or those that name a record of this plan, with its gates.

    Raises ``PlanAltered`` or ``WrongUsage`` for a plan that is none of this city's, and ``WrongUsage`` for a gate that
    no schedule has and no consent names.
    """
    filed = world.ledger.in_force.consents.all
    known = {one.id for schedule in world.schedules for one in schedule.gates}
    known |= {one.said.gate for one in filed.values()}
    if gate and gate not in known:
        raise WrongUsage(f"The city's schedules have no gate '{gate}'.", _hint(gate, sorted(known)))
    steps = _of_records(world, plan).steps if plan is not None else ()
    consents = [
        one
        for _, one in sorted(filed.items())
        if gate in ("", one.said.gate) and (plan is None or _names_any(world, one, (step.place for step in steps)))
    ]
    gates = passages(world, plan, gate) if isinstance(plan, DestructionPlan) else ()
    return Told(consents=tuple(_filed(world, one) for one in consents), gates=gates)


def _names_any(world: World, consent: Consent, places: Iterable[str]) -> bool:
    return any(world.ledger.in_force.consents.covers(consent.entry, place) for place in places)


def passages(world: World, plan: DestructionPlan, only: str = "") -> tuple[Passage, ...]:
    """Each gate of this plan, schedule by schedule: for how many of its records it is open, and why for others not."""
    needed: dict[tuple[str, str], list[str]] = {}
    for step in plan.steps:
        for gate in step.gates:
            if only in ("", gate):
                needed.setdefault((step.schedule, gate), []).append(step.place)
    relied: dict[int, bool] = {}
    return tuple(
        _passage(world, schedule, gate, places, lambda n: _relied(world, n, relied))
        for (schedule, gate), places in sorted(needed.items())
    )


def _passage(world: World, schedule: str, id_: str, places: list[str], counts: Callable[[int], bool]) -> Passage:
    gate, consents = _find(world, schedule, id_), world.ledger.in_force.consents
    why: Counter[str] = Counter()
    if gate is None:
        why[_gone(schedule, id_)] = len(places)
    else:
        for place in places:
            why.update(one.sentence for one in shut((gate,), place, schedule, consents, world.today, counts))
    return Passage(
        gate=id_,
        title=gate.title if gate else id_,
        by=gate.by if gate else "",
        schedule=schedule,
        needed=len(places),
        open=len(places) - why.total(),
        shut=dict(sorted(why.items())),
    )


def _relied(world: World, entry: int, known: dict[int, bool]) -> bool:
    """Whether a consent can be relied on, where that is only to be shown; a deed stops at what cannot be checked."""
    if entry not in known:
        try:
            known[entry] = trusted(world, entry)
        except (SignatureInvalid, SignersMissing, PersonUnknown, NotThisOffice):
            known[entry] = False
    return known[entry]


def _filed(world: World, consent: Consent) -> Filed:
    said = consent.said
    gate = _find(world, said.schedule, said.gate)
    return Filed(
        entry=consent.entry,
        gate=said.gate,
        title=gate.title if gate else "",
        schedule=said.schedule,
        covers=_covers(world, said),
        records=world.ledger.in_force.consents.records(consent.entry),
        reference=said.reference,
        given_by=said.given_by,
        given_on=said.given_on,
        until=last_day(gate, consent) if gate else said.until,
        standing=_standing(world, gate, consent),
        document=said.document,
        file=said.file,
        note=said.note,
        filed_by=consent.filed_by,
        filed_at=consent.filed_at,
        withdrawn_at=consent.withdrawn_at,
    )


def _standing(world: World, gate: Gate | None, consent: Consent) -> Standing:
    if consent.withdrawn_at is not None:
        return "withdrawn"
    if gate is None:
        return "no such gate"
    if consent.said.authority != authority(gate):
        return "of another"
    if why_shut(gate, consent, world.today) is not None:
        return "expired" if consent.said.given_on <= world.today else "not given yet"
    return "in force" if _relied(world, consent.entry, {}) else "not signed"


def _covers(world: World, said: ConsentRecorded) -> dict[str, tuple[str, ...]]:
    """The series of the records that it names, each with the years they were received in."""
    schedule = world.schedule_of(said.schedule)
    names = {folder_name(series.key): series.key for series in schedule.series} if schedule else {}
    found: dict[str, list[str]] = {}
    for folder in said.records:
        path, _, year = folder.rpartition("/")
        filed_as = path.rpartition("/")[2]
        found.setdefault(names.get(filed_as, filed_as), []).append(year)
    return {series: tuple(sorted(years)) for series, years in sorted(found.items())}
