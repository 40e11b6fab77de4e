"""``retention why``: asked and answered, of today or of a day that is past.

The work is in ``jobs/why``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli import screen
from retention.cli.opening import open_world
from retention.cli.options import Json, parse_day

if TYPE_CHECKING:
    from collections.abc import Iterable
    from zoneinfo import ZoneInfo

    from retention.catalog import Known
    from retention.core.schedule import Series
    from retention.core.trail import Happening
    from retention.jobs.why import Explained, Remembered, Replayed


def why(
    context: typer.Context,
    message: Annotated[str, typer.Argument(help="Its number, id or Message-ID, or its record's digest or place.")],
    as_of: Annotated[
        str, typer.Option("--as-of", metavar="DATE", help="Replay that day to its end: 2026-03-01, 'last Monday'.")
    ] = "",
    json: Json = False,
) -> None:
    """Every reason for one message, also for one that is gone.

    With --as-of a day that is past is replayed: the edition of the schedule that was in effect, the events, reviews,
    people and holds of that day, and what would have been decided, beside all that did happen, before and after. What
    cannot be known of that day is said.
    """
    from retention.jobs import why as job

    day = parse_day(as_of, "--as-of", end=True) if as_of else None
    with open_world(context) as world, screen.progress("Reading the ledger"):
        explained = job.why(world, message) if day is None else ()
        replayed = job.as_of(world, message, day) if day is not None else ()
        zone = world.city.zone
    if json:
        return screen.as_json(explained or replayed)
    for number, today in enumerate(explained):
        _head(today.known, today.remembered, number, zone)
        show(today, zone)
    for number, then in enumerate(replayed):
        _head(then.known, then.remembered, number, zone)
        replay(then, zone)


def _head(known: Known | None, kept: Remembered | None, number: int, zone: ZoneInfo) -> None:
    """Which message it is; of one that the catalog knows no more, as far as ledger and store do."""
    if number:
        screen.say()
    if known is not None:
        message = known.message
        screen.say(f"Message {known.n}: {_short(message.subject or '(no subject)')}")
        screen.say(f"  in the mailbox of {known.mailbox.address}, folder {_short(message.path or '(not known)')}")
        screen.say(
            f"  from {_short(message.sender or '(nobody)')}, received {screen.instant(message.received_at, zone)}"
        )
        if message.source is not None:
            screen.say(f"  in the file {message.source.file}, at {message.source.at or 'its beginning'}")
        if message.rebuilt is not None:
            lost = f"; not carried: {', '.join(message.rebuilt)}" if message.rebuilt else ""
            screen.say(f"  rebuilt from its properties{lost}")
    if kept is not None:
        subject = f": {_short(kept.record.subject or '(no subject)')}" if kept.record else ""
        screen.say(f"A message that the catalog knows no more{subject}")
        screen.say(f"  in the mailbox of {kept.address or kept.mailbox}, id {kept.id}")
        if kept.record is not None:
            received = screen.instant(kept.record.received_at, zone)
            screen.say(f"  from {kept.record.sender or '(nobody)'}, received {received}")


def _short(text: str) -> str:
    """What a message says of itself, which can be of any length."""
    return screen.cut(text, 300)


def show(one: Explained, zone: ZoneInfo) -> None:
    """What is to happen today, and what has happened."""
    for sentence in one.sentences:
        screen.say(sentence)
    known, filing = one.known, one.known.filing if one.known else None
    if one.series is not None and filing is not None:
        _series(one.series, filing.rule)
    if one.fingerprint:
        screen.say(f"  schedule  {one.schedule}, {one.edition}, fingerprint {one.fingerprint[:16]}…")
    if filing is not None and filing.words:
        screen.say(f"  found     {', '.join(filing.words)}")
    if known is not None and known.keys:
        _keys(known.keys, one.happened.items())
    for shown in one.holds:
        hold = shown.state.hold
        placed = f"placed by {hold.placed_by} on {screen.day(hold.placed_at, zone)}"
        screen.say(f"  hold      {hold.name}, {placed}, {shown.standing}")
    if one.decision is not None and one.decision.due_on:
        screen.say(f"  period    over on {one.decision.due_on}")
    for copy in one.elsewhere:
        screen.say(f"  also in   {copy.mailbox}, {copy.folder or 'folder not known'}: message {copy.n}")
    if one.next_on:
        screen.say(f"  next      on {one.next_on} it may go")
    kept = one.known or one.remembered
    if kept is not None and kept.digest:
        gone = " (destroyed)" if one.tombstone else ""
        screen.say(f"Its file: {kept.place}.eml, SHA-256 {kept.digest}{gone}")
    _history(one.history, zone)


def replay(one: Replayed, zone: ZoneInfo) -> None:
    """What would have happened on that day, by what was in force then, and what did."""
    screen.say(f"At the end of {one.on}: {one.standing}")
    for sentence in filter(None, one.sentences):
        screen.say(sentence)
    if one.series is not None and one.filing is not None:
        _series(one.series, one.filing.rule)
    for edition in one.editions:
        adopted = f"in effect from {edition.effective_on}, {edition.authority}" if edition.adopted_in else "not adopted"
        screen.say(f"  schedule  {edition.schedule}, {edition.edition}, fingerprint {edition.fingerprint[:16]}…")
        screen.say(f"            {adopted}{'' if edition.text != 'missing' else '; its text is not kept'}")
    if one.filing is not None and one.filing.words:
        screen.say(f"  found     {', '.join(one.filing.words)}")
    if one.keys:
        _keys(one.keys, one.happened.items())
    if one.around is not None and (posts := (*(one.around.departments or ()), *(one.around.offices or ()))):
        screen.say(f"  custodian {', '.join(posts)}")
    for hold in one.holds:
        placed = f"placed by {hold.placed_by} on {screen.day(hold.placed_at, zone)}"
        screen.say(f"  hold      {hold.name}, {placed}, {hold.standing}")
        screen.say(f"            {hold.because or 'whether it covered it is not known'}")
        for version, scope in hold.scopes.items():
            screen.say(f"            version {version}: {scope}")
    if one.decision is not None and one.decision.due_on:
        screen.say(f"  period    over on {one.decision.due_on}")
    for sentence in one.gates:
        screen.say(f"  consent   {sentence}")
    for sentence in one.unknown:
        screen.say(f"  not known {sentence}")
    before = [told for told in one.history if told.at <= one.at]
    screen.say(f"What had happened by the end of {one.on}:" if before else f"Nothing had happened by {one.on}.")
    _history(before, zone)
    after = [told for told in one.history if told.at > one.at]
    screen.say("What has happened since:" if after else "Nothing has happened since.")
    _history(after, zone)


def _series(series: Series, rule: str) -> None:
    screen.say(f"  series    {series.key}, {series.title}: {series.retain}")
    screen.say(f"  rule      {rule}")
    screen.say(f"  authority {series.citation}; {series.source}")


def _keys(keys: tuple[str, ...], happened: Iterable[tuple[str, object]]) -> None:
    events = ", ".join(f"{kind} on {on}" for kind, on in happened) or "nothing has happened to them"
    screen.say(f"  keys      {', '.join(keys)}: {events}")


def _history(history: Iterable[Happening], zone: ZoneInfo) -> None:
    for one in history:
        screen.say(f"  ledger {one.entry}, {screen.instant(one.at, zone)}, {one.by}: {one.sentence}")
