"""``retention status`` as it is typed: one screen that says whether all is well, what is wrong, what waits for whom."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from retention.catalog import Catalog
from retention.cli import opening
from tests.cli.desk import ANN, ATTORNEY, BOB, OPERATOR, RECORDS, Desk, Told

GONE_PROCESS = 2**22 + 1
"""More than Linux ever numbers a process."""


def first(told: Told) -> str:
    return told.out.splitlines()[0]


def waits(told: Told, whom: str) -> str:
    """What stands under the heading of this office."""
    _, _, after = told.out.partition(f"Waits for: {whom}\n")
    return after.partition("\n\n")[0]


def ran(desk: Desk, *, hours_ago: float, good: bool = True, exit_code: int = 0, error: str = "") -> None:
    """A run as the catalog keeps it."""
    at = datetime.now(UTC) - timedelta(hours=hours_ago)
    catalog = Catalog(desk.folder / "retention.db")
    number = catalog.runs.begin("run", at)
    catalog.runs.end(number, at, {"good": good, "exit_code": exit_code, "error": error, "next_step": "", "stages": []})
    catalog.close()


# --- all is well ----------------------------------------------------------------------------------------------------


def test_a_fresh_city_is_not_red(desk: Desk, tmp_path: Path) -> None:
    fresh = Desk(tmp_path / "fresh", desk.simulator, desk.world)
    fresh.folder.mkdir()
    fresh.found()
    fresh.done("init")
    told = fresh.done("status")
    assert first(told) == "City (a rehearsal): not in use yet; no schedule is adopted."
    assert "no mailbox was ever read" in waits(told, "Operator")
    assert "the schedule 'city' is not adopted" in waits(told, "Records Manager")


def test_after_a_good_run_the_first_line_says_that_all_is_well_and_when_it_was(desk: Desk) -> None:
    desk.done("run", by=OPERATOR)
    told = desk.done("status")
    assert first(told).endswith(": all is well.")
    assert " CST, 0 minutes ago" in told.out or " CDT, 0 minutes ago" in told.out


def test_it_is_one_screen(desk: Desk) -> None:
    desk.done("hold", "place", "--matter", "Elm", "--reason", "a claim", "--custodian", ANN, by=ATTORNEY)
    desk.run("run", by=OPERATOR)
    lines = desk.run("status").out.splitlines()
    assert len(lines) <= 30 and sum(-(-max(len(line), 1) // 80) for line in lines) <= 30


def test_no_colour_is_written_where_nobody_looks(desk: Desk) -> None:
    ran(desk, hours_ago=200)
    assert "\x1b" not in desk.run("status").out


# --- what is wrong --------------------------------------------------------------------------------------------------


def test_a_run_that_is_overdue_ends_with_19_and_says_how_old_it_may_be(desk: Desk) -> None:
    ran(desk, hours_ago=75)
    told = desk.run("status")
    assert told.code == 19 and first(told) == "City (a rehearsal): 1 thing is wrong."
    assert "The last good run ended 3 days ago, and may be 26 hours old" in told.out
    with desk.toml.open("a", encoding="utf-8") as file:
        file.write('\n[run]\nlate_after = "4 days"\n')
    desk.done("status")


def test_a_city_that_adopted_a_schedule_and_never_ran_is_late_after_a_while(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.done("status")
    monkeypatch.setattr(opening, "now", lambda: datetime.now(UTC) + timedelta(hours=30))
    told = desk.run("status")
    assert told.code == 19 and "No run has ever ended well" in told.out


def test_a_run_that_failed_gives_its_own_code_and_names_who_is_called(desk: Desk) -> None:
    ran(desk, hours_ago=2)
    ran(desk, hours_ago=1, good=False, exit_code=22, error="The plan would remove too much.")
    told = desk.run("status")
    assert told.code == 22
    assert "Records Manager: The last run did not end well: The plan would remove too much." in told.out


def test_a_run_that_only_left_mailboxes_unread_is_a_good_one(desk: Desk) -> None:
    ran(desk, hours_ago=1, good=True, exit_code=3)
    desk.done("status")


def test_the_gravest_thing_gives_the_exit_code_and_stands_first(desk: Desk) -> None:
    ran(desk, hours_ago=75)
    ran(desk, hours_ago=70, good=False, exit_code=13, error="The mail system does not answer.")
    shutil.rmtree(desk.folder / "records")
    told = desk.run("status")
    assert told.code == 14 and first(told) == "City (a rehearsal): 3 things are wrong."
    listed = told.out[told.out.index("\nWrong\n") :]
    assert listed.index("exit code 14") < listed.index("exit code 13") < listed.index("exit code 19")


def test_a_record_store_that_went_away_is_named_with_what_to_do(desk: Desk) -> None:
    shutil.rmtree(desk.folder / "records")
    told = desk.run("status")
    assert told.code == 14 and "is not there" in told.out and "Mount it" in told.out


def test_a_disk_that_is_nearly_full_is_wrong(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(desk.folder)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=3_000_000))
    told = desk.run("status")
    assert told.code == 14 and "has only 3 MB free" in told.out


def test_a_record_that_is_not_as_it_was_stored_is_told_until_it_is(desk: Desk) -> None:
    desk.done("apply", desk.plan, by=OPERATOR)
    (record, *_) = sorted((desk.folder / "records").rglob("*.eml"))
    kept = record.read_bytes()
    record.write_bytes(kept + b"\nmore")
    assert desk.run("record", "verify").code == 41
    told = desk.run("status")
    assert told.code == 41 and "1 record is not as it was stored" in told.out
    assert "City Attorney: 1 record is not" in told.out, "this city names no auditor"
    text = desk.toml.read_text("utf-8")
    desk.toml.write_text(text.replace("[offices]\n", f'[offices]\n"City Auditor" = ["{ATTORNEY}"]\n'), "utf-8")
    assert "City Auditor: 1 record is not" in desk.run("status").out
    record.write_bytes(kept)
    desk.done("record", "verify")
    desk.done("status")


def test_a_job_that_was_cut_off_is_wrong_unless_it_is_at_work_now(desk: Desk) -> None:
    catalog = Catalog(desk.folder / "retention.db")
    catalog.runs.begin("sync", datetime.now(UTC))
    catalog.close()
    running = desk.folder / "retention.db.running"
    told = desk.run("status")
    assert told.code == 3 and "The last run of sync did not end" in told.out
    running.write_text(f"{os.getppid()} 2026-11-21 01:15 UTC")
    told = desk.done("status")
    assert "At work        since 2026-11-21 01:15 UTC" in told.out
    running.write_text(f"{GONE_PROCESS} 2026-11-21 01:15 UTC")
    assert desk.run("status").code == 3


@pytest.mark.parametrize("written", ["", "nonsense", "12x since", "9" * 40 + " then"])
def test_what_a_killed_run_left_half_written_stops_nothing(desk: Desk, written: str) -> None:
    (desk.folder / "retention.db.running").write_text(written)
    assert "At work" not in desk.done("status").out


# --- what waits for whom --------------------------------------------------------------------------------------------


def test_what_waits_is_grouped_by_who_has_to_see_to_it_and_is_not_wrong(desk: Desk) -> None:
    told = desk.done("status")
    assert "1 message fits no series, or several (1 older)" in waits(told, "Records Manager")
    assert "exit code" not in told.out


def test_a_plan_that_a_run_proposed_waits_for_the_office_that_approves(desk: Desk) -> None:
    shutil.rmtree(desk.folder / "plans", ignore_errors=True)
    desk.done("run", by=OPERATOR)
    told = desk.done("status", "--json").json
    awaiting = [one for one in told["plans"] if not one["approved_by"] and not one["begun"] and not one["stale"]]
    said = [one["sentence"] for one in told["found"] if one["kind"] == "plans awaiting approval"]
    assert bool(awaiting) == bool(said) and all(awaiting[0]["name"] in one for one in said)


def test_an_approved_plan_that_a_hold_made_stale_is_told(desk: Desk) -> None:
    desk.done("hold", "place", "--matter", "Elm", "--reason", "a claim", "--custodian", ANN, by=ATTORNEY)
    told = desk.done("status")
    assert "was approved and can no longer be applied" in waits(told, "Records Manager")
    assert "Holds          1 in force: elm" in told.out


def test_a_request_to_read_mail_waits_for_whoever_may_grant_it(desk: Desk) -> None:
    desk.done("access", "request", "--custodian", ANN, "--purpose", "a claim", "--reader", RECORDS, by=RECORDS)
    told = desk.done("status", "--json").json
    (one,) = [one for one in told["found"] if one["kind"] == "access to grant"]
    assert one["whom"] and "to read mail waits for a grant" in one["sentence"] and ANN not in one["sentence"]


def test_a_standing_approval_that_ends_soon_is_named_and_one_that_lasts_is_not(desk: Desk) -> None:
    def approve(days: int) -> None:
        until = (datetime.now(UTC) + timedelta(days=days)).date()
        desk.done(
            *("approve", "--standing", "--series", "city-notices", "--largest", "10", "--until", str(until)), by=RECORDS
        )

    approve(200)
    assert "standing approval" not in desk.done("status").out
    approve(20)
    assert "(city-notices) ends on" in waits(desk.done("status"), "Records Manager")


def test_many_holds_are_counted_and_a_few_named(desk: Desk) -> None:
    for name in ("Ash", "Birch", "Cedar", "Elm", "Fir", "Oak"):
        desk.done("hold", "place", "--matter", name, "--reason", "a claim", "--custodian", ANN, by=ATTORNEY)
    assert "Holds          6 in force: ash, birch, cedar, elm and 2 more" in desk.done("status").out


def test_json_says_who_is_called_for_what_and_the_exit_code(desk: Desk) -> None:
    ran(desk, hours_ago=75)
    told = desk.run("status", "--json")
    (wrong,) = [one for one in told.json["found"] if one["code"]]
    assert (wrong["kind"], wrong["whom"], wrong["code"]) == ("run overdue", "Operator", 19)
    assert told.json["exit_code"] == told.code == 19
    assert json.dumps(told.json["waiting"]).startswith('["Operator: The last good run ended')


# --- and costs little -----------------------------------------------------------------------------------------------


def test_no_message_is_looked_at(desk: Desk) -> None:
    """What it costs must not grow with the number of messages: no statement walks along the table of them."""
    from retention.catalog.opening import Connection

    walked: list[str] = []
    execute = Connection.execute

    def asked(self: Connection, sql: str, values: object = ()) -> sqlite3.Cursor:
        if sql.lstrip().upper().startswith(("SELECT", "WITH")):
            plan = execute(self, f"EXPLAIN QUERY PLAN {sql}", values)  # type: ignore[arg-type]
            walked.extend(f"{row[3]}: {sql}" for row in plan if " messages" in f"{row[3]} ")
        return execute(self, sql, values)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Connection, "execute", asked)
        desk.done("status")
        assert walked == []
        desk.done("status", "--mailboxes")
        assert walked, "the capture gap of each mailbox is of every message, so that this test is able to fail"


def test_what_is_counted_is_what_is_found_by_looking_at_every_message(desk: Desk) -> None:
    def gaps() -> tuple[dict[str, object], dict[str, object]]:
        counted = desk.done("status", "--json").json["gap"]["all"]
        looked = desk.done("status", "--mailboxes", "--json").json["gap"]["all"]
        return counted, looked

    exact = ("captured", "undated", "waiting", "gone", "gone_records")
    counted, looked = gaps()
    assert [counted[what] for what in exact] == [looked[what] for what in exact] == [0, 0, 4, 0, 0]
    assert str(counted["waiting_since"])[:10] == str(looked["waiting_since"])[:10] == "2024-03-04"
    desk.done("apply", desk.plan, by=OPERATOR)
    desk.world.permanent_delete(BOB, desk.world.ids(BOB, "Inbox")[-1])
    desk.done("sync")
    counted, looked = gaps()
    assert [counted[what] for what in exact] == [looked[what] for what in exact] == [4, 0, 0, 1, 0]
    for which in ("median", "ninth", "longest"):
        away = _seconds(counted[which]) - _seconds(looked[which])
        assert 0 <= away <= 3600, "rounded up to the full hour"


def _seconds(told: object) -> float:
    """The seconds of a span as it stands in JSON: ``P994DT71999S``."""
    days, _, rest = str(told).removeprefix("P").partition("D")
    return int(days) * 86_400 + float(rest.removeprefix("T").removesuffix("S") or 0)
