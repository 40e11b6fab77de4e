"""The kept texts of adopted editions: is each there, and as it was when it was adopted?

By which edition a day is replayed is asked by ``jobs/why``; a text is written in ``retention/editions.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from retention.core.audit import Adopted
from retention.core.edition import NotAnEdition
from retention.errors import RecordMismatch
from retention.jobs.adopt import editions_of
from retention.jobs.world import World


def check_editions(world: World) -> tuple[int, tuple[RecordMismatch, ...]]:
    """How many texts are as the ledger tells, and what is wrong with the others."""
    texts: dict[tuple[str, str], tuple[int, Adopted]] = {}
    for entry in world.ledger.in_force.acts.values():
        if isinstance(entry.body, Adopted) and entry.body.kept:
            texts.setdefault((entry.body.fingerprint, entry.body.kept), (entry.n, entry.body))
    bad = tuple(_wrong(world, texts.values()))
    return len(texts) - len(bad), bad


def _wrong(world: World, adoptions: Iterable[tuple[int, Adopted]]) -> Iterator[RecordMismatch]:
    for n, one in adoptions:
        what = f"The text of the schedule {one.schedule}, {one.edition}, which entry {n} adopts,"
        try:
            if editions_of(world).read(one.fingerprint, one.kept) is None:
                yield RecordMismatch(f"{what} is missing.", _RESTORE)
        except NotAnEdition as error:
            yield RecordMismatch(f"{what} does not match its digest: {error}.", _RESTORE)


_RESTORE = "Restore it from a copy: no day on which it was in effect can be replayed without it."
