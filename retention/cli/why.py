"""``retention why``: asked and answered.

The work is in ``jobs/why.py``.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli import screen
from retention.cli.opening import open_world
from retention.cli.options import Json

if TYPE_CHECKING:
    from retention.core.audit import Link
    from retention.jobs.why import Explained


def why(
    context: typer.Context,
    message: Annotated[str, typer.Argument(help="Its number, its id, or its Message-ID.")],
    json: Json = False,
) -> None:
    """Every reason for one message, also for one that is gone."""
    from retention.jobs.why import why as job

    with open_world(context) as world:
        explained = job(world, message)
    if json:
        return screen.as_json(explained)
    for number, one in enumerate(explained):
        if number:
            screen.say()
        show(one)


def show(one: Explained) -> None:
    known, message = one.known, one.known.message
    screen.say(f"Message {known.n}: {message.subject or '(no subject)'}")
    screen.say(f"  in the mailbox of {known.mailbox.address}, folder {message.path or '(not known)'}")
    screen.say(f"  from {message.sender or '(nobody)'}, received {_when(message.received_at)}")
    for sentence in _sentences(one):
        screen.say(sentence)
    _filing(one)
    if known.digest:
        screen.say(f"Its file: {known.place}.eml, SHA-256 {known.digest}")
    for link in one.history:
        screen.say(f"  ledger {link.entry.n}, {link.entry.at:%Y-%m-%d %H:%M:%S}Z, {link.entry.by}: {_entry(link)}")


def _sentences(one: Explained) -> tuple[str, str]:
    """What it belongs to, and what is to happen to it or has happened."""
    known, (belongs, fate) = one.known, one.sentences
    if known.left_at:
        fate = f"It has left the mailbox: {known.result} on {known.left_at:%Y-%m-%d}; {known.answer}."
    elif known.gone_at:
        fate = f"It was gone from the mailbox on {known.gone_at:%Y-%m-%d}; retention did not remove it."
    return belongs, fate


def _filing(one: Explained) -> None:
    """The rule, the words that matched, the authority, and the dates."""
    known, series = one.known, one.series
    filing = known.filing
    if series is not None and filing is not None:
        screen.say(f"  series    {series.key}, {series.title}: {series.retain}")
        screen.say(f"  rule      {filing.rule}")
        screen.say(f"  authority {series.citation}; {series.source}")
    if one.fingerprint:
        screen.say(f"  schedule  {one.schedule}, {one.edition}, fingerprint {one.fingerprint[:16]}…")
    if filing is not None and filing.words:
        screen.say(f"  found     {', '.join(filing.words)}")
    if known.keys:
        events = ", ".join(f"{kind} on {on}" for kind, on in one.happened.items()) or "nothing has happened to them"
        screen.say(f"  keys      {', '.join(known.keys)}: {events}")
    for shown in one.holds:
        hold = shown.state.hold
        placed = f"placed by {hold.placed_by} on {hold.placed_at:%Y-%m-%d}"
        screen.say(f"  hold      {hold.name}, {placed}, {shown.standing}")
    if one.decision.due_on:
        screen.say(f"  period    over on {one.decision.due_on}")
    if one.next_on:
        screen.say(f"  next      on {one.next_on} it may go")


def _when(instant: datetime | None) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC" if instant else "(no date)"


def _entry(link: Link) -> str:
    body = link.entry.body
    said = {"Intent": "is about to {0.action} it", "Stored": "stored as {0.place}", "Outcome": "{0.result}: {0.answer}"}
    return said[type(body).__name__].format(body)
