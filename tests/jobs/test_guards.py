"""The guards behind the guards: what each of the laws rests on when something else has already gone wrong."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from retention.core.audit import Intent, Outcome, Stored
from retention.core.classify import Classification
from retention.core.message import Removal
from retention.errors import BadConfiguration, ClockWrong, Disagreement, PlanStale, RecordMismatch
from retention.jobs import apply, audit, plan, sync
from retention.jobs.capture import Deed
from retention.jobs.deciding import Decider
from retention.ledger import Ledger
from tests.jobs.breaking import Broken, breaking, fail
from tests.jobs.town import CLERK, NOW, Town
from tests.mail.doubles import MemoryMail


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path / "town")


def memory(town: Town) -> MemoryMail:
    assert isinstance(town.mail, MemoryMail)
    return town.mail


def test_a_message_that_changed_after_it_was_filed_is_not_decided_by_its_old_filing(town: Town) -> None:
    ref = town.add("Notice 1")
    town.read()
    town.adopt()
    memory(town).edit(ref, subject="Minutes, and no notice")
    sync.sync(town.world())
    made = town.plan()
    assert made.steps == () and made.stays[0].why == "no series"


def test_a_message_filed_under_other_rules_is_not_decided_by_them(town: Town) -> None:
    town.add("Notice 1")
    town.read()
    row = replace(town.schedule.series[2], title="Notices of another kind")
    town.schedule = replace(town.schedule, series=(*town.schedule.series[:2], row, *town.schedule.series[3:]))
    town.adopt()
    assert town.plan().steps == ()


def test_a_folder_that_was_renamed_has_its_mail_filed_anew(town: Town) -> None:
    town.add("Notice 1", folder="Old")
    town.read()
    mail = memory(town)
    (box,) = (box for box in mail.mailboxes() if box.address == CLERK)
    folder = mail._folders[box.id].pop("Old")
    mail._folders[box.id]["town-minutes"] = replace(folder, path="town-minutes")
    sync.sync(town.world())
    assert town.world().catalog.tally()["unclassified"] == 1


def test_the_door_lets_no_record_pass_that_is_not_on_the_store(town: Town) -> None:
    town.add("Minutes 1")
    made = town.approved_plan()
    deed = Deed(made.steps[0], Intent(**dict.fromkeys(Intent.__struct_fields__, "x")), None)
    with pytest.raises(Disagreement):
        apply._purge(town.world(), deed, Removal.RECOVERABLE, lambda: None)
    assert memory(town).purged == []


def test_a_file_that_was_lost_between_two_runs_is_written_again_before_its_message_leaves(town: Town) -> None:
    town.add("Minutes 1")
    made = town.approved_plan()
    memory(town).before_call = lambda name: fail() if name == "purge" else None
    with pytest.raises(Broken):
        town.apply(made)
    memory(town).before_call = None
    (file,) = (town.folder / "records").glob("*/*/*/*.eml")
    file.unlink()
    assert town.apply(made).total("captured") == 1
    assert file.is_file() and audit.verify(town.world()).records == 1


def test_a_message_filed_otherwise_since_the_plan_is_not_removed(town: Town) -> None:
    ref = town.add("Requisition 1")
    made = town.approved_plan()
    world = town.world()
    filing = Classification(series_key="town-minutes", schedule_name="town", why="a person filed it")
    world.catalog.filings.save([(world.catalog.find(ref.id)[0].n, filing, ())], world.filing_rules)
    assert town.apply(made).skipped == {1: "it is filed otherwise than when the plan was made"}


def test_a_plan_to_remove_in_another_way_than_is_set_now_is_stale(town: Town) -> None:
    town.add("Notice 1")
    made = town.approved_plan()
    town.city = replace(town.city, mail=replace(town.city.mail, removal=Removal.DELETED_ITEMS))
    with pytest.raises(PlanStale, match="deleted-items"):
        town.apply(made)


def test_counts_that_do_not_add_up_are_never_reported_as_if_they_did(town: Town) -> None:
    town.add("Notice 1")
    made = town.approved_plan()
    made.counts[CLERK].seen = 5
    with pytest.raises(Disagreement, match="reconcile"):
        apply._reconciled(made, [])


def test_a_plan_that_does_not_see_every_message_is_not_made(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.add("Notice 1")
    town.add("Notice 2")
    town.read()
    world, whole = town.world(), Decider.of
    monkeypatch.setattr(Decider, "of", lambda self, box: ((ns[1:], fates[1:]) for ns, fates in whole(self, box)))
    with pytest.raises(Disagreement, match="reconcile"):
        plan.plan(world)


def test_a_ledger_cut_behind_the_catalogs_back_is_found(town: Town) -> None:
    town.add("Notice 1")
    town.apply(town.approved_plan())
    world = town.world()
    world.remember()
    path = town.folder / "ledger.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    with pytest.raises(Disagreement, match="cut or replaced"):
        town.world().agree()


def test_a_removal_the_ledger_says_nothing_of_is_found(town: Town) -> None:
    town.add("Notice 1")
    town.apply(town.approved_plan())
    path = town.folder / "ledger.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-3]))
    with pytest.raises(Disagreement, match="ledger says nothing"):
        audit.verify(town.world())


def test_an_older_command_never_makes_the_catalog_forget_a_newer_entry(town: Town) -> None:
    old = town.world()
    town.adopt()
    new = town.world()
    new.remember()
    old.remember()
    assert (new.catalog.fact("ledger head") or "").split()[0] == str(new.ledger.head[0])


def test_a_changed_sidecar_is_found_and_named(town: Town) -> None:
    town.add("Minutes 1")
    town.apply(town.approved_plan())
    (file,) = (town.folder / "records").glob("*/*/*/*.json")
    file.write_bytes(file.read_bytes().replace(b"permanent", b"2 days   "))
    with pytest.raises(RecordMismatch, match=file.stem):
        audit.verify(town.world())


def test_a_record_stays_under_check_whatever_became_of_its_message_later(town: Town) -> None:
    town.add("Minutes 1")
    town.apply(town.approved_plan())
    world = town.world()
    (stored,) = [link.entry.body for link in world.ledger.links() if isinstance(link.entry.body, Stored)]
    (done,) = [link.entry.body for link in world.ledger.links() if isinstance(link.entry.body, Outcome)]
    world.ledger.append(replace(done, plan="later", result="captured", place="", digest=""))
    (town.folder / "records" / f"{stored.place}.eml").unlink()
    with pytest.raises(RecordMismatch, match="missing"):
        audit.verify(town.world())


def test_nothing_at_all_as_content_is_no_record(town: Town) -> None:
    ref = town.add("Minutes 1")
    made = town.approved_plan()
    memory(town)._mime[ref] = b"\r\n"
    applied = town.apply(made)
    assert applied.total("skipped") == 1 and memory(town).where(ref) == "Inbox"


def test_a_mailbox_that_cannot_be_looked_at_stops_no_other_plan(town: Town) -> None:
    town.add("Notice 1")
    town.add("Notice 2", mailbox="other@town.example")
    made = town.approved_plan()
    memory(town).before_call = lambda name: fail() if name == "purge" else None
    with pytest.raises(Broken):
        town.apply(made)
    memory(town).before_call = None
    mail, real = memory(town), memory(town).look

    def look(ref):  # type: ignore[no-untyped-def]
        from retention.mail.interface import MailboxUnreadable

        raise MailboxUnreadable("access is denied")

    mail.look = look  # type: ignore[method-assign]
    assert apply.settle(town.world()) == 0
    mail.look = real  # type: ignore[method-assign]
    assert town.apply(made).total("purged") == 2


def test_a_rehearsals_ledger_is_never_a_real_citys_nor_one_citys_anothers(town: Town) -> None:
    path = town.folder / "ledger.jsonl"
    with pytest.raises(BadConfiguration, match="rehearsal"):
        Ledger(path, now=town.now, by="", rehearsal=False)
    with pytest.raises(BadConfiguration, match="'Town'"):
        Ledger(path, now=town.now, by="", rehearsal=True, city="Village")


def test_nothing_is_written_while_the_clock_is_behind_the_ledger(town: Town) -> None:
    town.at = NOW - timedelta(days=1)
    with pytest.raises(ClockWrong, match="clock"):
        town.adopt()


def test_an_interruption_waits_for_the_deeds_that_have_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    waits = []

    def wait(futures: object) -> None:
        waits.append(1)
        if len(waits) == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(apply, "wait", wait)
    with ThreadPoolExecutor(1) as pool:
        assert isinstance(apply._wait_to_the_end([pool.submit(lambda: None)]), KeyboardInterrupt)
    assert len(waits) == 2


def test_a_run_broken_in_the_middle_leaves_no_outcome_without_its_deed(town: Town) -> None:
    town.add("Notice 1")
    made = town.approved_plan()
    with pytest.raises(Broken), breaking(30, fail):
        for _ in range(50):
            town.world().ledger.refresh()
    assert town.apply(made).total("purged") == 1
