"""Whatever an earlier version wrote is opened, understood and gone on with by this one.

In each, a requisition was captured, and a notice and a newsletter were removed; what nobody knows is still there.
"""

from __future__ import annotations

import gzip
import shutil
import sqlite3
from pathlib import Path

import pytest
from sqlite_utils import Database

from retention.catalog import Catalog
from retention.catalog.opening import LATEST
from retention.catalog.tables import migrations
from retention.core.audit import Outcome
from retention.core.plan import NotAPlan, read
from retention.jobs import classify, plan
from retention.store.disk import DiskStore
from tests.catalog.test_tallies import counted, told
from tests.jobs.town import Town

EARLIER = Path(__file__).parents[1] / "earlier"
VERSIONS = sorted(path.name for path in EARLIER.iterdir() if path.is_dir() and not path.name.startswith("_"))


@pytest.fixture(params=VERSIONS)
def written(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    folder = tmp_path / "town"
    shutil.copytree(EARLIER / request.param, folder)
    (folder / "retention.db").write_bytes(gzip.decompress((folder / "retention.db.gz").read_bytes()))
    DiskStore.create(folder / "records")
    return folder


def test_every_catalog_is_brought_up_to_date_with_all_it_knew(written: Path) -> None:
    catalog = Catalog(written / "retention.db")
    tally = catalog.tally()
    assert tally.pop("unclassified") in (0, 1)
    assert tally == {"present": 1, "captured": 1, "purged": 2, "gone": 0}
    assert told(catalog) == counted(written / "retention.db")
    assert [known.message.subject for known in catalog.present()] == ["Nobody knows"]
    assert {known.result for known in catalog.everything()} == {"", "captured", "purged"}
    catalog.close()


def test_its_tables_are_those_of_a_new_one(written: Path, tmp_path: Path) -> None:
    Catalog(written / "retention.db").close()
    Catalog(tmp_path / "new.db", create=True).close()
    assert _shape(written / "retention.db") == _shape(tmp_path / "new.db")


def test_a_city_goes_on_where_it_was(written: Path) -> None:
    world = Town(written).world()
    assert classify.classify(world).filed in (0, 1)
    made = plan.plan(world)
    ((_, tally),) = made.counts.items()
    assert (tally.seen, tally.kept, made.steps) == (1, 1, ())
    assert told(world.catalog) == counted(written / "retention.db")
    assert world.catalog.runs.last()["sync"].ended_at is not None
    world.close()


def test_its_ledger_says_what_was_done(written: Path) -> None:
    world = Town(written).world()
    outcomes = [link.entry.body for link in world.ledger.links() if isinstance(link.entry.body, Outcome)]
    assert sorted(one.result for one in outcomes) == ["captured", "purged", "purged"]
    assert not world.ledger.in_force.open_intents and world.ledger.in_force.adopted
    world.close()


def test_its_plan_is_read_or_refused_but_never_misread(written: Path) -> None:
    data = (written / "plan.json").read_bytes()
    try:
        made = read(data)
    except NotAPlan as error:
        assert str(error)
    else:
        assert [step.title for step in made.steps] == ["Requisitions", "Notices", "Newsletters"]


def test_no_migration_is_put_before_one_that_has_landed(tmp_path: Path) -> None:
    """What has landed is never changed: every migration of the newest one here still comes in its place."""
    newest = tmp_path / "newest.db"
    newest.write_bytes(gzip.decompress((EARLIER / VERSIONS[-1] / "retention.db.gz").read_bytes()))
    with sqlite3.connect(newest) as db:
        applied = {row[0] for row in db.execute("SELECT name FROM _sqlite_migrations")}
    known = [migration.name for migration in migrations.pending(Database(memory=True))]
    assert len(known) == LATEST, "the number of migrations stands in opening.py"
    assert known[: len(applied)] == [name for name in known if name in applied]


def _shape(path: Path) -> dict[str, set[tuple[str, ...]]]:
    """The columns of every table, the indexes and the triggers, in whatever order they came."""
    db = sqlite3.connect(path)
    names = db.execute("SELECT type, name, tbl_name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'").fetchall()
    shape = {f"{kind} {name}": {(table,)} for kind, name, table in names}
    for kind, name, _ in names:
        if kind == "table":
            shape[f"{kind} {name}"] = {tuple(map(str, row[1:3])) for row in db.execute(f"PRAGMA table_info({name})")}
    db.close()
    return shape
