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
    for line in _fate(one):
        screen.say(line)
    if one.series is not None and known.filing is not None:
        screen.say(f"Filed under {one.series.key}, {one.series.title}: {one.series.retain}.")
        screen.say(f"  {known.filing.why}")
        screen.say(f"  {one.series.citation}; {one.series.source}")
        screen.say(f"  schedule {known.filing.schedule_name}, fingerprint {one.fingerprint[:16]}…")
    elif known.filing is not None:
        screen.say(known.filing.why)
    if known.digest:
        screen.say(f"Its file: {known.place}.eml, SHA-256 {known.digest}")
    for link in one.history:
        screen.say(f"  ledger {link.entry.n}, {link.entry.at:%Y-%m-%d %H:%M:%S}Z, {link.entry.by}: {_entry(link)}")


def _when(instant: datetime | None) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC" if instant else "(no date)"


def _fate(one: Explained) -> list[str]:
    known = one.known
    if known.left_at:
        return [f"It has left the mailbox: {known.result} on {known.left_at:%Y-%m-%d}; {known.answer}."]
    if known.gone_at:
        return [f"It was gone from the mailbox on {known.gone_at:%Y-%m-%d}; retention did not remove it."]
    if not one.decision.reasons:
        return [f"The next plan will {one.decision.action} it."]
    return ["It stays:", *(f"  {reason.sentence}" for reason in one.decision.reasons)]


def _entry(link: Link) -> str:
    body = link.entry.body
    said = {"Intent": "is about to {0.action} it", "Stored": "stored as {0.place}", "Outcome": "{0.result}: {0.answer}"}
    return said[type(body).__name__].format(body)
