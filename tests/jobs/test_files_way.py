"""The whole way of mail that lies in files: captured through plan, approval and ledger, and left where it lies.

What ``files report`` makes of it is in ``test_files_report.py``; reading the formats, in ``tests/mail``.
"""

from __future__ import annotations

import hashlib
import mailbox
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from retention.catalog import Known
from retention.core.decide import Action
from retention.core.files import file_source
from retention.core.plan import Plan
from retention.errors import PlanAltered, PlanStale
from retention.jobs import audit, classify, sync
from retention.jobs.gap import gap
from retention.mail.files.system import FilesMail
from tests.jobs.breaking import POINTS, Broken, breaking, fail
from tests.jobs.town import CLERK, Town, mime

SUBJECTS = ("Minutes 1", "Minutes of Elm Street", "Notice 1", "Nobody knows")


def written(folder: Path) -> Path:
    """The same four messages as an mbox, a Maildir and single files, below one folder."""
    folder.mkdir(parents=True)
    box = mailbox.mbox(folder / "old.mbox")
    maildir = mailbox.Maildir(folder / "maildir", create=True)
    for number, subject in enumerate(SUBJECTS):
        content = mime(subject)
        box.add(content)
        maildir.add(content)
        (folder / f"{number}.eml").write_bytes(content)
    box.close()
    return folder


def state(folder: Path) -> dict[str, tuple[str, int]]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(p): (hashlib.sha256(p.read_bytes()).hexdigest(), p.stat().st_mtime_ns) for p in sorted(files)}


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return written(tmp_path / "old")


def filed(folder: Path, old: Path) -> Town:
    return Town(folder, mail=FilesMail((file_source(str(old), CLERK),)))


@pytest.fixture
def town(tmp_path: Path, old: Path) -> Iterator[Town]:
    town = filed(tmp_path / "town", old)
    yield town
    town.mail.close()


def all_known(town: Town) -> list[Known]:
    world = town.world()
    found = list(world.catalog.everything())
    world.close()
    return found


def read_again(town: Town) -> sync.Synced:
    world = town.world()
    synced = sync.sync(world)
    classify.classify(world)
    world.close()
    return synced


def test_records_are_captured_from_files_which_stay_as_they_are(town: Town, old: Path) -> None:
    before = state(old)
    made = town.approved_plan()
    assert {step.action for step in made.steps} == {Action.CAPTURE}
    applied = town.apply(made)
    assert (applied.total("captured"), applied.total("purged")) == (6, 0)
    assert state(old) == before
    # Every message is still known to lie there, and a record says of each where it does.
    assert all(known.gone_at is None and known.left_at is None for known in all_known(town))
    world = town.world()
    sources = {
        (Path(held.source.file).name, held.source.sha256)
        for place in world.store.places()
        for held in world.store.record(place).custody
        if held.source
    }
    assert {name for name, _ in sources} >= {"old.mbox", "0.eml", "1.eml"}
    assert ("old.mbox", before[str(old / "old.mbox")][0]) in sources
    audit.verify(world)
    world.close()


def test_what_was_captured_is_planned_no_more_and_is_not_told_as_exposed(town: Town) -> None:
    town.apply(town.approved_plan())
    assert read_again(town).rows == 0
    assert town.plan().steps == ()
    assert [group.why for group in town.plan().stays if "record" in group.why] == ["a record already"]
    world = town.world()
    assert gap(world).all.waiting == 0
    world.close()


def test_the_same_bytes_in_three_files_are_one_record_with_a_custody_for_each(town: Town) -> None:
    town.apply(town.approved_plan())
    world = town.world()
    assert sorted(len(world.store.record(place).custody) for place in world.store.places()) == [3, 3]
    world.close()


def test_what_is_held_in_a_file_is_kept_with_its_reason_and_the_hold_stops_a_plan(town: Town) -> None:
    made = town.approved_plan()
    town.hold(words=("elm street",))
    with pytest.raises(PlanStale):
        town.apply(made)
    again = town.plan()
    assert not [step for step in again.steps if "Elm" in step.subject]
    assert sum(again.held.values()) == 3


def test_a_file_that_changed_after_the_plan_was_made_gives_no_other_record(town: Town, old: Path) -> None:
    made = town.approved_plan()
    (old / "0.eml").write_bytes(mime("Minutes of somebody else's"))
    applied = town.apply(made)
    assert applied.total("captured") == 5 and applied.total("skipped") == 1
    (why,) = applied.skipped.values()
    assert "changed" in why
    # Read again, what is there now is a message of its own.
    read_again(town)
    assert len(town.plan().steps) == 1


def test_a_file_that_went_after_the_plan_was_made_is_a_reason_and_nothing_else(town: Town, old: Path) -> None:
    made = town.approved_plan()
    (old / "1.eml").unlink()
    applied = town.apply(made)
    assert applied.total("captured") == 5 and applied.total("skipped") == 1
    synced = read_again(town)
    assert sum(box.gone for box in synced.mailboxes) == 1 and synced.vanished == ()


def test_a_held_message_whose_file_was_deleted_is_told_as_vanished(town: Town, old: Path) -> None:
    town.hold(words=("elm street",))
    town.read()
    (old / "1.eml").unlink()
    assert len(read_again(town).vanished) == 1


def test_a_place_that_cannot_be_read_today_loses_nothing(town: Town, old: Path) -> None:
    town.read()
    old.rename(old.with_name("unplugged"))
    synced = read_again(town)
    assert synced.mailboxes[0].trouble and sum(box.gone for box in synced.mailboxes) == 0
    assert len(all_known(town)) == 12


def taken_up(town: Town, made: Plan) -> None:
    try:
        town.apply(made)
    except PlanAltered as finished:
        assert "finished" in finished.message


def test_failing_at_every_nth_call_and_taken_up_again_it_ends_the_same(tmp_path: Path, old: Path) -> None:
    before, ends = state(old), set()
    for number in (2, 3):
        (old / f"{number}.eml").unlink()
    before = state(old)
    points = (*POINTS, (FilesMail, "content"), (FilesMail, "look"), (FilesMail, "purge"))
    # Every call in a folder of two records would take minutes: each third place, and all of the first forty.
    for at in (n for n in count() if n < 40 or n % 3 == 0):
        town, broke = filed(tmp_path / f"town-{at}", old), False
        made = town.approved_plan()
        try:
            with breaking(at, fail, points):
                town.apply(made)
        except Broken:
            broke = True
            taken_up(town, made)
        world = town.world()
        # In which order the files were read, and so the steps are numbered, is different each time.
        outcomes = sorted((one.result, one.digest) for one in world.ledger.in_force.outcomes[made.digest].values())
        stored = tuple(sorted(known.is_stored for known in world.catalog.everything()))
        ends.add((str(outcomes), stored, tuple(sorted(world.store.places()))))
        audit.verify(world)
        world.close()
        town.mail.close()
        assert town.plan().steps == ()
        if at and not broke:
            break
    assert len(ends) == 1
    assert state(old) == before


def test_what_was_captured_from_files_is_counted_as_captured(town: Town) -> None:
    town.apply(town.approved_plan())
    world = town.world()
    tally = world.catalog.tally()
    assert (tally["captured"], tally["present"]) == (6, 12)
    world.close()


def test_a_file_that_cannot_be_read_is_told_each_time_and_calls_for_no_other_sync(town: Town, old: Path) -> None:
    (old / "cut.pst").write_bytes(b"!BDN" + bytes(2000))
    for _ in range(2):
        synced = read_again(town)
        (trouble,) = synced.mailboxes[0].folder_troubles
        assert trouble.startswith("cut.pst") and not synced.incomplete
