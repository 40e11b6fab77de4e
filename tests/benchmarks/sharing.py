"""What each shipped schedule makes of the real mail in ``shared``: how much it files as records, doubts, or lets go.

``python -m tests.benchmarks.sharing SCHEDULE SIZE SEED`` prints a random sample of what it takes for transitory, to be
read by eye.
"""

from __future__ import annotations

import contextlib
import io
import random
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from retention.catalog import Catalog
from retention.cli import carry_out
from retention.cli.schedules import read_schedule, shipped_folder
from retention.core.around import Around, Looker, Surroundings
from retention.core.classify import Classification, Matcher
from retention.core.message import Message
from retention.core.person import Roll
from retention.core.schedule import Schedule
from retention.simulator.load import load_folder, load_jsonl
from retention.simulator.serve import Simulator
from retention.simulator.world import World
from tests.benchmarks.table import Figure
from tests.cli.city import settings
from tests.conftest import SHARED

PEOPLE = {"attorney": "attorney@city.example", "records": "records@city.example", "operator": "it@city.example"}
Read = tuple[Message, Around]
Decided = tuple[Message, Classification]


def benchmark() -> Iterator[Figure]:
    if not SHARED.is_dir():
        yield Figure(f"needs the shared data folder at {SHARED}, which is not there", "-")
        return
    with messages() as read:
        for schedule in schedules():
            filed = list(decided(schedule, read))
            keys = {one.key for one in schedule.series if one.transitory}
            transitory = sum(filing.series_key in keys for _, filing in filed)
            review = sum(filing.series_key is None for _, filing in filed)
            told = (
                f"record {share(len(filed) - transitory - review, filed)}, review {share(review, filed)}, "
                f"transitory {share(transitory, filed)}"
            )
            yield Figure(f"{schedule.name} on {len(filed):,} messages of real mail", told)


def share(part: int, whole: list[Decided]) -> str:
    return f"{part:,} ({part / len(whole):.1%})"


def schedules() -> Iterator[Schedule]:
    for path in sorted(shipped_folder("schedules").glob("*.toml")):
        schedule, problems = read_schedule(path)
        assert schedule is not None, problems
        yield schedule


def decided(schedule: Schedule, read: list[Read]) -> Iterator[Decided]:
    matcher = Matcher((schedule,))
    for message, around in read:
        yield message, matcher.classify(message, around)


@contextmanager
def messages() -> Iterator[list[Read]]:
    """All the real mail as a sync over the wire gives it; the city's own domains are those of its mailboxes."""
    world = World()
    load_jsonl(world, SHARED / "data" / "state-dept-foia.jsonl.gz", mailboxes=50)
    load_folder(world, SHARED / "data" / "raw-mail", mailboxes=10)
    load_folder(world, SHARED / "data" / "mime", mailboxes=5)
    with tempfile.TemporaryDirectory() as name, Simulator(world) as simulator:
        folder = Path(name)
        settings(folder, simulator, schedule="minnesota-cities", **PEOPLE)
        for verb in ("init", "sync"):
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                code = carry_out(["--config", str(folder / "retention.toml"), verb])
            assert code == 0, verb
        catalog = Catalog(folder / "retention.db")
        own = tuple({box.address.rpartition("@")[2] for box in catalog.mailboxes()})
        looker = Looker(Surroundings(Roll(), own, "America/New_York"))
        yield [(known.message, looker.around(known.message, known.mailbox)) for known in catalog.present()]
        catalog.close()


def sample(name: str, size: int, seed: int) -> None:
    """Print ``size`` of the messages that the schedule takes for transitory, and why."""
    (schedule,) = (one for one in schedules() if one.name == name)
    keys = {one.key for one in schedule.series if one.transitory}
    with messages() as read:
        found = [one for one in decided(schedule, read) if one[1].series_key in keys]
    print(f"{len(found):,} of {len(read):,} messages; {min(size, len(found))} of them, seed {seed}:")
    for number, (message, filing) in enumerate(random.Random(seed).sample(found, min(size, len(found))), start=1):
        at = (message.received_at or datetime(1, 1, 1, tzinfo=UTC)).date()
        print(f"{number:3} {at} {message.sender!s:.40} | {message.subject!r:.90}")
        print(f"    {message.preview!r:.150} | {filing.rule}")


if __name__ == "__main__":
    sample(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
