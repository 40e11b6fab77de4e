"""Which of two things a text names that somebody wants back: a record in quarantine, or removed mail.

How each is put back is in ``quarantine.py`` and in ``jobs/restore.py``.
"""

from __future__ import annotations

import re

from retention.errors import WrongUsage
from retention.jobs.record.known import take_in
from retention.jobs.record.listing import one
from retention.jobs.world import World

PLACE = re.compile(r"[^/]+/[^/]+/[^/]+/[0-9a-f]{64}")
"""A record's place on the store. No id of a message, no Message-ID and no number looks like one."""
RECORD, MAIL = "record:", "message:"
"""What is written before a number that is a record's and a message's."""


def sorted_out(world: World, texts: list[str]) -> tuple[list[str], list[str]]:
    """The places of the records that are named, and the names of the mail; raises ``WrongUsage`` where one is both."""
    take_in(world)
    places = {text: place for text in texts if (place := _place(world, text))}
    return list(places.values()), [text.removeprefix(MAIL) for text in texts if text not in places]


def _place(world: World, text: str) -> str:
    """The place of the record that is meant; empty where mail is."""
    if PLACE.fullmatch(text):
        return text
    if text.startswith(RECORD):
        return one(world, text.removeprefix(RECORD)).place
    if text.startswith(MAIL):
        return ""
    quarantined = world.ledger.in_force.destructions.quarantined
    found = [kept for kept in world.catalog.records.find(text) if kept.place in quarantined]
    if not found:
        return ""
    if len(found) > 1:
        return one(world, text).place  # which says of how many records it is the name
    if any(known.left_at is not None for known in world.catalog.find(text)):
        raise WrongUsage(
            f"'{text}' is a record in quarantine and a removed message.", f"Write {RECORD}{text} or {MAIL}{text}."
        )
    return found[0].place
