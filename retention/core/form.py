"""Forms: what an authority is asked to sign before records are destroyed, made from a plan and its gates.

It is the content that goes on the official form or is attached to it, in words of our own, and never the form itself.
How it is printed is not known here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from msgspec import Struct

from retention.core.plan import DestructionPlan, RecordStep
from retention.core.record import folder_name
from retention.core.schedule import Gate, Schedule

LIST = "list"
"""The id of the list that is written where no gate asks for a form."""
FILL_IN = ""
"""In place of what the city fills in by hand."""
COLUMNS = ("series", "title", "kept for", "authority", "years", "first record", "last record", "records", "bytes")
RECORDS = ("record", "schedule", "series", "title", "year", "received on", "due on", "bytes", "SHA-256 of its metadata")


class Sheet(Struct, frozen=True, kw_only=True):
    """What one form asks for. ``title`` is what it is, ``form`` the official form that it goes on, empty: none.

    ``asks`` are its fields, each with what is known of it (``city``, ``schedule`` …) or nothing, to be filled in.
    ``declares`` are the sentences its signers stand for, ``signers`` who signs.
    """

    title: str
    form: str = ""
    asks: tuple[tuple[str, str], ...] = ()
    declares: tuple[str, ...] = ()
    signers: tuple[str, ...] = ()


_STORE = "electronic records (captured e-mail) in the city's record store"
_ENTITY = (("Municipality", "city"), ("Department in charge of the records", FILL_IN))
_OVER = "dates"
_HOLDS = "holds"
SHEETS = {
    "council-resolution": Sheet(
        title="Records to be destroyed, for the resolution of the legislative body",
        form="the list that goes with the resolution",
        asks=(*_ENTITY, ("Retention schedule", "schedule"), ("Resolution number and date", FILL_IN)),
        declares=(_OVER, "floor", _HOLDS),
        signers=("Head of the department in charge", "City Clerk, for the legislative body"),
    ),
    "attorney-consent": Sheet(
        title="Records to be destroyed, for the City Attorney's written consent",
        form="the City Attorney's consent",
        asks=(*_ENTITY, ("Retention schedule", "schedule"), ("Number of the consent, where it has one", FILL_IN)),
        declares=(_OVER, "floor", _HOLDS, "consent"),
        signers=("City Attorney",),
    ),
    "rmu-2": Sheet(
        title="Application for permission to destroy records, to the Supervisor of Records",
        form="form RMU-2 of the Commonwealth of Massachusetts",
        asks=(
            ("Municipal entity", "city"),
            ("Department in charge of the records", FILL_IN),
            ("Volume", "volume"),
            ("Location of the records", "store"),
            ("Date of the last audit that was completed", FILL_IN),
            ("Disposal schedule", "schedule"),
            ("Number of the disposal schedule, as the form asks for it", FILL_IN),
        ),
        declares=(_OVER, _HOLDS),
        signers=("For the municipal entity", "Supervisor of Records"),
    ),
    "rc-075": Sheet(
        title="Request for authority to dispose of records",
        form="form RC-075 of the Connecticut State Library",
        asks=(
            *_ENTITY,
            ("Records retention schedule", "schedule"),
            ("Dates of the records", "span"),
            ("Volume", "volume"),
            ("Location of the records", "store"),
            ("How they are to be destroyed", "method"),
        ),
        declares=(_OVER, _HOLDS, "audits"),
        signers=("Head of the department in charge", "Chief administrative officer", "Public Records Administrator"),
    ),
    "pr-1": Sheet(
        title="Application for one-time authority to dispose of records",
        form="form PR-1 of the State of Minnesota",
        asks=(
            *_ENTITY,
            ("Schedule they were captured under, which has no such series now", "schedule"),
            ("Dates of the records", "span"),
            ("Volume", "volume"),
            ("Form of the records", "store"),
            ("Why they are no longer needed", FILL_IN),
        ),
        declares=("one-time", _HOLDS),
        signers=("For the city", "Records Disposition Panel"),
    ),
    LIST: Sheet(
        title="List of records to be destroyed",
        asks=(*_ENTITY, ("Retention schedule", "schedule"), ("Volume", "volume"), ("Dates of the records", "span")),
        declares=("authority", _OVER, _HOLDS),
        signers=("Head of the department in charge",),
    ),
}
"""What each form asks for, by its id. Sources: ``facts`` of each state, named in ``schedules/law``."""
_OWN = Sheet(title="Records to be destroyed", asks=_ENTITY, declares=(_OVER, _HOLDS), signers=("Whoever consents",))
"""For a form that a city's own gate names."""


class Form(Struct, frozen=True, kw_only=True):
    """One form's content: of exactly these ``steps`` of this plan, for these gates of this schedule."""

    id: str
    schedule: str
    title: str
    form: str
    plan: str
    made_at: datetime
    rehearsal: bool
    facts: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, ...], ...]
    declares: tuple[str, ...]
    signers: tuple[str, ...]
    steps: tuple[RecordStep, ...]

    @property
    def name(self) -> str:
        """What its files are called, on any file system."""
        return f"{folder_name(self.schedule)}-{folder_name(self.id)}"

    def records(self) -> Iterator[tuple[str, ...]]:
        """Every record of it, one a row. Never a subject or a sender: it is kept longer than the record."""
        for step in self.steps:
            days = (str(step.year), str(step.received_on or ""), str(step.due_on or ""))
            yield step.place, step.schedule, step.series, step.title, *days, str(step.size), step.sidecar


def forms(plan: DestructionPlan, schedules: Iterable[Schedule], made_on: date) -> Iterator[Form]:
    """Every form that this plan needs, for each schedule and form one; ``made_on`` is the plan's day in the city."""
    known = {schedule.name: schedule for schedule in schedules}
    wanted: dict[tuple[str, str], list[RecordStep]] = {}
    for step in plan.steps:
        schedule = known.get(step.schedule)
        gates = schedule.gates if schedule else ()
        ids = dict.fromkeys(gate.form for gate in gates if gate.id in step.gates and gate.form)
        for id_ in ids or (LIST,):
            wanted.setdefault((step.schedule, id_), []).append(step)
    for (name, id_), steps in sorted(wanted.items()):
        yield _form(plan, known.get(name), name, id_, tuple(steps), made_on)


def _form(
    plan: DestructionPlan, schedule: Schedule | None, name: str, id_: str, steps: tuple[RecordStep, ...], made_on: date
) -> Form:
    sheet = SHEETS.get(id_, _OWN)
    gates = tuple(gate for gate in (schedule.gates if schedule else ()) if gate.form == id_)
    known = _known(plan, schedule, name, steps)
    sentences = _sentences(plan, schedule, steps, made_on)
    return Form(
        id=id_,
        schedule=name,
        title=sheet.title,
        form=sheet.form,
        plan=plan.digest,
        made_at=plan.made_at,
        rehearsal=plan.rehearsal,
        facts=(*((label, known.get(what, what)) for label, what in sheet.asks), *_of_gates(gates)),
        rows=tuple(_rows(steps)),
        declares=tuple(sentences[one] for one in sheet.declares),
        signers=sheet.signers,
        steps=steps,
    )


def _known(
    plan: DestructionPlan, schedule: Schedule | None, name: str, steps: tuple[RecordStep, ...]
) -> dict[str, str]:
    described = (schedule.title, schedule.edition, schedule.authority) if schedule else (name,)
    return {
        "city": plan.city,
        "schedule": "; ".join(filter(None, described)),
        "volume": f"records: {len(steps):,}; bytes: {sum(step.size for step in steps):,}",
        "span": _span(steps),
        "store": _STORE,
        "method": "deleted from the record store, after some time in quarantine; no medium is overwritten",
    }


def _of_gates(gates: tuple[Gate, ...]) -> Iterator[tuple[str, str]]:
    for gate in gates:
        yield "Asked for by", f"{gate.title} ({gate.citation})" if gate.citation else gate.title
        yield "Given by", gate.by
        yield f"To be written down: {gate.reference}", FILL_IN


def _rows(steps: tuple[RecordStep, ...]) -> Iterator[tuple[str, ...]]:
    groups: dict[tuple[str, str, str, str], list[RecordStep]] = {}
    for step in steps:
        groups.setdefault((step.series, step.title, step.retain, step.citation), []).append(step)
    for key, some in sorted(groups.items()):
        days = [step.received_on for step in some if step.received_on]
        years = sorted({step.year for step in some})
        extent = (str(min(days, default="")), str(max(days, default="")))
        yield *key, _years(years), *extent, f"{len(some):,}", f"{sum(step.size for step in some):,}"


def _years(years: list[int]) -> str:
    """``2019, 2021-2023``."""
    runs: list[list[int]] = []
    for year in years:
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return ", ".join(f"{run[0]:04}" if len(run) == 1 else f"{run[0]:04}-{run[-1]:04}" for run in runs)


def _span(steps: tuple[RecordStep, ...]) -> str:
    days = [step.received_on for step in steps if step.received_on]
    unknown = len(steps) - len(days)
    told = f"received from {min(days)} to {max(days)}" if days else ""
    undated = f"{unknown:,} without a known day" if unknown else ""
    return "; ".join(filter(None, (told, undated)))


def _sentences(
    plan: DestructionPlan, schedule: Schedule | None, steps: tuple[RecordStep, ...], made_on: date
) -> dict[str, str]:
    """What can be declared of these records, by name: what the product knows, and what its signers have to know."""
    law = schedule.law if schedule else ""
    return {
        _OVER: _dates(steps, made_on),
        _HOLDS: _holds(plan, made_on),
        "floor": _floor(steps, made_on),
        "consent": "Whoever signs as City Attorney consents to the destruction of the records listed, and no others.",
        "audits": "Every audit that these records need has been made: the signers know this, the product does not.",
        "authority": f"No form is asked for before these records go{f' ({law})' if law else ''}: the adopted schedule "
        "is the authority. This list is kept; when they are destroyed, the certificate lists them again.",
        "one-time": "No series of the schedule in force is theirs, so that it does not allow their destruction. The "
        "authority asked for is for these records only, and is none for later ones.",
    }


def _dates(steps: tuple[RecordStep, ...], made_on: date) -> str:
    due = [step.due_on for step in steps if step.due_on]
    undated = len(steps) - len(due)
    told = f"The time of each record is over: the last was to be kept until {max(due)}. " if due else ""
    if undated:
        told += f"For {undated:,} of them no day is known by which that was so. "
    return f"{told}This was found on {made_on}, by the retention periods above, of records {_span(steps)}."


def _floor(steps: tuple[RecordStep, ...], made_on: date) -> str:
    days = [step.received_on for step in steps if step.received_on]
    day = 28 if (made_on.month, made_on.day) == (2, 29) else made_on.day
    young = sum(one > made_on.replace(year=made_on.year - 2, day=day) for one in days)
    undated = len(steps) - len(days)
    if young or undated:
        return f"Less than two years old on {made_on}: {young:,} of the records. Of unknown age: {undated:,}."
    return f"None of the records was less than two years old on {made_on}: the youngest was received on {max(days)}."


def _holds(plan: DestructionPlan, made_on: date) -> str:
    left_out = f"records left out because a hold covers them: {plan.held:,}"
    return (
        f"None of these records was under a hold of the city on {made_on} ({left_out}); each is asked about again "
        "right before it goes. Whether an audit, an investigation or a suit is pending of which no hold tells, the "
        "product does not know: whoever signs makes sure that there is none."
    )
