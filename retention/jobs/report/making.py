"""The report as one document: its sections, the numbers that are read first, and its plain words.

What each section says is in the file of its name; nothing is written to a disk here.
"""

from __future__ import annotations

from retention.jobs.report.adding_up import adding_up
from retention.jobs.report.covering import Cover, covering
from retention.jobs.report.doing import doing
from retention.jobs.report.exceptions import exceptions
from retention.jobs.report.holding import holding, in_force_today
from retention.jobs.report.mail import mail
from retention.jobs.report.material import Material, per_column, per_series
from retention.jobs.report.period import Period, long_day
from retention.jobs.report.reviewing import Backlog, reviewing
from retention.jobs.report.storing import records, storing
from retention.jobs.report.told import Event, Told
from retention.jobs.report.wording import agreeing, beginning, counted
from retention.jobs.world import Progress, World, silent
from retention.page import Document, Fact, Tone
from retention.page.writing import size

Report = Document
"""The page is the report: HTML, JSON and CSV are three ways to write one document."""


def report(
    world: World, period: Period, told: Told | None = None, *, annual: bool = False, progress: Progress = silent
) -> Report:
    """The report of these days. ``told`` has counted the whole ledger; without it the ledger is read once more.

    An ``annual`` one may be shown to anybody: it names no matter of a hold and no subject. Raises what ``World.holds``
    raises: where the holds cannot be read, nobody can say what is held.
    """
    if told is None:
        told = Told(period.zone)
        for link in world.ledger.links():
            told.add(link.entry)
    material = Material(world, period, told, public=annual, progress=progress)
    backlog, cover = Backlog(material), Cover(material)
    kept = records(material)
    sections = (
        mail(material),
        doing(material),
        holding(material),
        reviewing(material, backlog),
        kept,
        storing(material),
        covering(cover),
        exceptions(material),
        adding_up(material),
    )
    return Document(
        title=f"Annual report on e-mail records, {period.name}" if annual else "E-mail retention report",
        city=world.city.city.name,
        about=f"{period.words}; what is said of today was true on {long_day(world.today)}.",
        first_on=period.first_on,
        last_on=period.last_on,
        made_at=world.now().astimezone(period.zone),
        made_by=world.actor.name or world.actor.address,
        zone=world.city.city.time_zone,
        rehearsal=world.rehearsal,
        annual=annual,
        preface=_preface(material, backlog, annual),
        facts=_facts(material, backlog, cover),
        sections=sections,
        closing=_closing(world),
    )


def _facts(material: Material, backlog: Backlog, cover: Cover) -> tuple[Fact, ...]:
    columns = len(material.period.begins)
    captured, removed = (sum(per_column(material.deeds(result), columns)) for result in ("captured", "purged"))
    boxes = [box for box in material.boxes if not box.dropped]
    room = sum(box.size for box in boxes)
    held = material.decided.decisions["held"]
    seen, files = material.decided.seen, material.in_files
    among = f"{files:,} of them in files, " if files else ""
    lacking, vanished = len(cover.lacking), len(material.world.ledger.in_force.copies.unanswered)
    return (
        Fact(name="In mailboxes today", value=f"{seen:,}", text=f"{_messages(seen)}, {among}{size(room)}"),
        Fact(name="Captured as records", value=f"{captured:,}", text="in the period"),
        Fact(name="Removed as transitory", value=f"{removed:,}", text="in the period"),
        Fact(
            name="Held today",
            value=f"{held:,}",
            text=f"{_messages(held)}, by {counted(in_force_today(material), 'hold')}",
        ),
        Fact(name="Wait for review", value=f"{backlog.messages:,}", text=f"{_messages(backlog.messages)}, today"),
        Fact(name="Exposed records", value=f"{cover.gaps.all.waiting:,}", text="not captured yet, today"),
        Fact(
            name="Mailboxes wholly read",
            value=f"{len(cover.found.mailboxes) - lacking:,} of {len(cover.found.mailboxes):,}",
            text="see Coverage" if lacking else "all that can be read",
            tone=Tone.LOOK if lacking else Tone.WELL,
        ),
        Fact(
            name="Held mail that vanished",
            value=f"{vanished:,}",
            text="nobody has answered for it" if vanished else "nothing to answer for",
            tone=Tone.LOOK if vanished else Tone.WELL,
        ),
    )


def _preface(material: Material, backlog: Backlog, annual: bool) -> tuple[str, ...]:
    """What council members and auditors read, if they read nothing else; every number is one of the tables' sums."""
    period, columns = material.period, len(material.period.begins)
    captured, removed = material.deeds("captured"), material.deeds("purged")
    taken, gone = sum(captured.values()), sum(removed.values())
    destroyed = sum(per_column(material.records("destroyed"), columns))
    stopped = sum(material.deeds("held").values())
    said = [_done(period, taken, len(per_series(captured)), gone)]
    said.append(
        f"{counted(destroyed, 'stored record')} {agreeing(destroyed, 'was', 'were')} destroyed after the period was "
        "over and every consent that the law asks for was on file."
        if destroyed
        else "No stored record was destroyed."
    )
    said.append(_held(in_force_today(material), material.decided.decisions["held"], stopped))
    said.append(_lies(material, backlog.messages))
    if annual:
        said += _for_council(material)
    return tuple(said)


def _done(period: Period, taken: int, series: int, gone: int) -> str:
    if not taken and not gone:
        return f"No message was captured from {period.words}, and none was removed from the mailboxes."
    as_records = agreeing(taken, "was captured as a record", "were captured as records")
    under = f" in {counted(series, 'series', 'series')} of the retention schedule" if taken else ""
    return (
        f"From {period.words}, {counted(taken, 'message')} {as_records}{under}, and {counted(gone, 'message')} of "
        f"short-term value {agreeing(gone, 'was', 'were')} removed from the mailboxes."
    )


def _held(in_force: int, held: int, stopped: int) -> str:
    if not in_force:
        stays = "No hold is in force today."
    else:
        keeps = agreeing(in_force, "keeps", "keep")
        stays = (
            f"{beginning(counted(in_force, 'hold'))} {agreeing(in_force, 'is', 'are')} in force today and {keeps} "
            f"{counted(held, 'message')} in mailboxes."
        )
    came_to = f"kept {counted(stopped, 'message')} that a plan would have taken" if stopped else "stopped nothing"
    return f"{stays} The holds are asked again right before each deed: in these days that {came_to}."


def _lies(material: Material, waiting: int) -> str:
    seen = material.decided.seen
    if not seen:
        return "No message lies in any mailbox today."
    boxes = sum(not box.dropped and not box.mailbox.in_files for box in material.boxes)
    places = [counted(boxes, "mailbox", "mailboxes")] if boxes else []
    places += ["files"] if material.in_files else []
    wait = (
        f"{counted(waiting, 'message')} of these {agreeing(waiting, 'waits', 'wait')}"
        if waiting
        else "none of these waits"
    )
    return (
        f"{beginning(counted(seen, 'message'))} {agreeing(seen, 'lies', 'lie')} in {' and in '.join(places)} today; "
        f"{wait} for a person to decide."
    )


def _for_council(material: Material) -> list[str]:
    refused = sum(material.events(Event.REFUSED))
    granted = sum(material.events(Event.GRANTED))
    said = [
        f"Access to the content of somebody’s mail was granted in {counted(granted, 'case')}."
        if granted
        else "No access to the content of anybody’s mail was granted.",
        f"In {counted(refused, 'case')} somebody tried what is for another office to do: it was refused and recorded."
        if refused
        else "Nobody was refused an act because it is for another office to do.",
    ]
    begun = material.told.first_on
    if begun is not None and begun > material.period.first_on:
        said.append(f"The ledger begins on {long_day(begun)}: of the days before it nothing is known here.")
    if material.period.over_by > material.world.today:
        said.append("The year is not over: these are its figures until today.")
    return said


def _closing(world: World) -> tuple[str, ...]:
    entries, head = world.ledger.head
    return (
        "What was done is counted from the ledger, what there is from the catalog. Days are those of the city’s zone.",
        f"The ledger had {counted(entries, 'entry', 'entries')}; the digest of the last is {head}.",
    )


def _messages(number: int) -> str:
    """The noun beside a numeral."""
    return "message" if number == 1 else "messages"
