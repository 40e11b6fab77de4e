"""Verify: read every record's file and sidecar again, and compare the store, the catalog and the ledger.

How the three are compared is in ``reconciling.py``. Nothing is mended here, and nothing is deleted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time
from functools import partial
from time import monotonic

import msgspec
from msgspec import Struct

from retention.catalog.records import ToCheck, Trouble
from retention.core.record import sidecar_digest
from retention.errors import Disagreement, RecordMismatch, RetentionError, WrongUsage
from retention.jobs.record.known import LATE, take_in
from retention.jobs.record.reconciling import DISAGREEMENT, Finding, findings
from retention.jobs.world import Progress, World, silent
from retention.store.interface import RecordStore

AT_ONCE, FAR_AT_ONCE = 4, 16
"""Files that are read at once: while one is digested the next is fetched; more where the store answers late."""
_KEY = "records being verified"
"""The fact that says how far a round got; one more of them is for rounds of what was stored since a day."""


class Round(Struct, frozen=True, kw_only=True):
    """A reading of all records, or of those stored since a day: when it began, and behind which place it goes on."""

    begun_at: datetime
    since: date | None = None
    after: str = ""


class Verified(Struct, frozen=True, kw_only=True):
    """What was found. ``checked`` records were read now; ``taken_up``: a round that was cut off went on.

    ``findings`` are those of all records, also of what an earlier round found and nobody mended; the first of them that
    nothing explains comes first.
    """

    checked: int
    records: dict[str, int]
    begun_at: datetime
    since: date | None
    taken_up: bool
    findings: tuple[Finding, ...]

    @property
    def failure(self) -> RetentionError | None:
        """What whoever asked has to be told in one sentence; ``None`` where all is as it should be."""
        bad = [one for one in self.findings if not one.explained]
        wrong = [one for one in bad if one.kind != DISAGREEMENT] or bad
        if not wrong:
            return None
        more = f" {len(bad) - 1} more did not check either." if len(bad) > 1 else ""
        if wrong[0].kind == DISAGREEMENT:
            step = "Move the catalog away and run `retention init` and `retention sync`: the ledger has the evidence."
            return Disagreement(f"{wrong[0].sentence}{more}", step)
        return RecordMismatch(
            f"{wrong[0].sentence}{more}", "Do not delete anything; compare the store with a backup and with the ledger."
        )


def verify(world: World, *, anew: bool = False, since: date | None = None, progress: Progress = silent) -> Verified:
    """Read the records again, from where the last round was cut off or from the first, then reconcile.

    ``anew`` begins a round whatever there was; ``since`` reads only what was captured since that day, the day included,
    in a round of its own. Killed at any point and called again, it goes on. Raises ``StoreNotAnswering``.
    """
    if anew and since is not None:
        raise WrongUsage("Say either --all or --since.", "Without both, a round that was cut off goes on.")
    take_in(world, progress)
    key = f"{_KEY} since" if since else _KEY
    round_, taken_up = _begun(world, key, anew, since)
    checked = _read_again(world, key, round_, progress)
    found = findings(world, progress)
    # What comes last: a round whose findings nobody was told is not over.
    world.catalog.save_fact(key, "")
    return Verified(
        checked=checked,
        records=world.catalog.records.tally(),
        begun_at=round_.begun_at,
        since=since,
        taken_up=taken_up,
        findings=tuple(sorted(found, key=lambda one: (one.explained, one.kind == DISAGREEMENT))),
    )


def _begun(world: World, key: str, anew: bool, since: date | None) -> tuple[Round, bool]:
    """The round that goes on, or a new one; and whether it goes on."""
    said = world.catalog.fact(key)
    if said and not anew:
        round_ = msgspec.json.decode(said, type=Round)
        if round_.since == since:
            return round_, bool(round_.after)
    return Round(begun_at=world.now(), since=since), False


def _read_again(world: World, key: str, round_: Round, progress: Progress) -> int:
    records, done = world.catalog.records, 0
    since = datetime.combine(round_.since, time(), world.city.zone) if round_.since else None
    with ThreadPoolExecutor(FAR_AT_ONCE, thread_name_prefix="verify") as pool:
        while some := records.to_check(round_.after, since):
            seen = _confirmed(world, _seen(pool, world.store, some))
            round_ = msgspec.structs.replace(round_, after=some[-1].place)
            with world.catalog.together():
                records.checked(seen, world.now())
                world.catalog.save_fact(key, msgspec.json.encode(round_).decode())
            done += len(some)
            progress(done, None, some[-1].place.rpartition("/")[0])
    return done


def _seen(pool: ThreadPoolExecutor, store: RecordStore, some: Sequence[ToCheck]) -> dict[str, str]:
    began = monotonic()
    seen = dict(_share(store, some[:1]))
    shares = FAR_AT_ONCE if monotonic() - began > LATE else AT_ONCE
    for share in pool.map(partial(_share, store), (some[1 + n :: shares] for n in range(shares))):
        seen.update(share)
    return seen


def _share(store: RecordStore, some: Iterable[ToCheck]) -> list[tuple[str, str]]:
    return [(one.place, trouble_of(store, one)) for one in some]


def trouble_of(store: RecordStore, told: ToCheck) -> str:
    """What is wrong with this record's file or sidecar by what the ledger told; empty where nothing is."""
    try:
        if store.digest(told.place) != told.place.rpartition("/")[2]:
            return Trouble.MISMATCH
    except RecordMismatch:
        return Trouble.MISSING
    try:
        return "" if sidecar_digest(store.record(told.place)) == told.sidecar else Trouble.SIDECAR
    except RecordMismatch:
        return Trouble.SIDECAR


def _confirmed(world: World, seen: dict[str, str]) -> Iterator[tuple[str, str]]:
    """What was seen, where something was wrong asked again: a capture or a destruction may have come meanwhile."""
    if any(seen.values()):
        take_in(world)
    for place, trouble in seen.items():
        kept = world.catalog.records.at(place) if trouble else None
        if kept is None:
            yield place, trouble
        elif kept.state != "destroyed":
            yield place, trouble_of(world.store, ToCheck(place, kept.sidecar))
