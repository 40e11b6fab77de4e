"""The plans that wait beside the ledger: which there are, who approved them, why one may not be applied any more."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from retention.jobs import proposals
from retention.plans import HALF_WRITTEN, Plans
from tests.jobs.running import NOTICES, adopted, allow, approve_kept, kept, ran, waiting
from tests.jobs.town import CRON, RECORDS, Town, with_limits


@pytest.fixture
def town(tmp_path: Path) -> Town:
    town = adopted(tmp_path, "Notice 1", "Minutes 1")
    ran(town)
    return town


def test_a_proposal_says_what_it_is_and_that_it_waits(town: Town) -> None:
    (one,) = waiting(town)
    (plan,) = kept(town)
    assert (one.name, one.digest, one.steps, one.made_by) == (plan.name, plan.digest, 2, CRON)
    assert one.awaits and not one.begun and one.stale == () and one.kind == "mailboxes"
    assert Path(one.path).is_file()


def test_an_approved_one_names_who_approved_it(town: Town) -> None:
    approve_kept(town)
    (one,) = waiting(town)
    assert one.approved_by == (RECORDS,) and not one.awaits


def test_a_finished_one_leaves_no_file_behind(town: Town) -> None:
    """It names senders and subjects of what is gone."""
    approve_kept(town)
    ran(town)
    assert waiting(town) == () and kept(town) == []


def test_what_went_by_a_standing_approval_leaves_no_file_behind(tmp_path: Path) -> None:
    town = adopted(tmp_path, "Notice 1")
    allow(town, NOTICES)
    ran(town)
    assert kept(town) == []


def test_one_that_was_overtaken_says_why(town: Town) -> None:
    with_limits(town, largest_purge=1)
    (one,) = waiting(town)
    assert not one.awaits and "'limits.largest_purge'" in one.stale[0]


def test_one_that_is_too_old_says_so_until_the_next_run_takes_it_away(town: Town) -> None:
    approve_kept(town)
    town.at += timedelta(days=8)
    (one,) = waiting(town)
    assert "more than 7 days old" in one.stale[0]
    ran(town)
    assert [each.name for each in waiting(town)] != [one.name] and len(kept(town)) == 1


def test_a_file_that_was_altered_is_no_plan(town: Town) -> None:
    (one,) = waiting(town)
    path = Path(one.path)
    path.write_bytes(path.read_bytes().replace(b"Notice 1", b"Notice 2"))
    assert waiting(town) == ()


def test_a_plan_is_found_by_the_beginning_of_its_digest(town: Town) -> None:
    (one,) = waiting(town)
    ledger = town.folder / "ledger.jsonl"
    assert [str(path) for path in proposals.named(ledger, one.name.upper())] == [one.path]
    assert not list(proposals.named(ledger, one.name[:5])) and not list(proposals.named(ledger, "plan.json"))
    assert not list(proposals.named(town.folder / "elsewhere" / "ledger.jsonl", one.name))


def test_what_was_half_written_is_swept_once_nobody_writes_it_any_more(town: Town) -> None:
    plans = Plans(town.folder / "plans")
    old, new = (plans.folder / f".{name}.json.1-2.part" for name in ("old", "new"))
    for part in (old, new):
        part.write_bytes(b"{")
    then = old.stat().st_mtime - HALF_WRITTEN - 1
    os.utime(old, (then, then))
    ran(town)
    assert new.exists() and not old.exists()
