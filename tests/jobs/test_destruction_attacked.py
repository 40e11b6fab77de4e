"""Ways in which somebody, or bad luck, might have a record destroyed that may not be: none of them does."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from retention.core.audit import Approved
from retention.core.destruction import DestructionStarted, RecordDeed, RecordOutcome
from retention.core.message import MessageRef
from retention.errors import WrongUsage
from retention.jobs.record import quarantine
from retention.store.disk import DiskStore
from tests.jobs.archive import OLD, Archive, gate, gated
from tests.jobs.breaking import Broken
from tests.jobs.test_consent import SignedArchive
from tests.jobs.town import ATTORNEY, CLERK, CRON, NOW, RECORDS, series

keys = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="there is no ssh-keygen on this machine")


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "town", gate())


def outcomes(archive: Archive) -> list[tuple[str, str]]:
    bodies = archive.see(lambda world: [link.entry.body for link in world.ledger.links()])
    return [(one.place, one.result) for one in bodies if isinstance(one, RecordOutcome)]


def file_of(archive: Archive, place: str, ending: str = "eml") -> Path:
    return archive.folder / "records" / f"{place}.{ending}"


def broken_off(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that has begun its deeds and done none of them."""

    def fail(store: DiskStore, place: str) -> None:
        raise Broken

    with monkeypatch.context() as broken:
        broken.setattr(DiskStore, "destroy", fail)
        with pytest.raises(Broken):
            archive.destroy()


def test_a_restored_record_that_is_lost_afterwards_is_not_said_to_be_destroyed(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.capture("Requisition 1")
    archive.put_away()
    (place,) = archive.places()
    archive.later(31)
    broken_off(archive, monkeypatch)
    world = archive.world(RECORDS)
    quarantine.restore(world, [place], "a request came")
    world.close()
    file_of(archive, place).unlink()
    archive.destroy()
    assert (place, "destroyed") not in outcomes(archive)


def test_the_deeds_behind_a_broken_one_are_said_to_be_left_undone(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.capture("Requisition 1", "Requisition 2", "Requisition 3")
    archive.put_away()
    archive.later(31)
    broken_off(archive, monkeypatch)
    assert [result for _, result in outcomes(archive)][-2:] == ["skipped", "skipped"]
    assert archive.destroy()[0].counts == {"destroyed": 3}


@pytest.mark.parametrize("field", ["to", "cc", "bcc", "conversation", "preview", "attachments"])
def test_what_was_not_known_in_the_mailbox_is_covered_on_the_store(archive: Archive, field: str) -> None:
    archive.add("Requisition 1", received_at=OLD, **{field: None})
    archive.apply(archive.approved_plan())
    scopes: dict[str, dict[str, Any]] = {
        "conversation": {"conversations": ("elsewhere",)},
        "preview": {"words": ("elm",)},
        "attachments": {"words": ("elm",)},
    }
    archive.hold(**scopes.get(field, {"participants": ("mayor@town.example",)}))
    assert archive.destruction().held == 1


def test_each_mailbox_s_own_conversation_is_asked_about(archive: Archive) -> None:
    archive.add("Requisition 1", received_at=OLD, conversation="a")
    archive.add("Requisition 1", mailbox=RECORDS, received_at=OLD, conversation="b")
    archive.apply(archive.approved_plan())
    assert len(archive.places()) == 1
    archive.hold(conversations=("b",))
    assert archive.destruction().held == 1


def test_the_period_must_be_over_after_each_day_on_which_it_was_received(archive: Archive) -> None:
    archive.add("Requisition 1", received_at=OLD)
    ref = archive.add("Requisition 1", mailbox=RECORDS, received_at=OLD)
    assert isinstance(ref, MessageRef)
    archive.mail.edit(ref, received_at=NOW - timedelta(days=400))  # type: ignore[attr-defined]
    archive.apply(archive.approved_plan())
    if len(archive.places()) == 1:
        assert not archive.destruction().steps
    else:
        assert len(archive.destruction().steps) == 1


@pytest.mark.parametrize("ending", ["eml", "json"])
def test_what_was_changed_while_it_waited_is_not_destroyed(archive: Archive, ending: str) -> None:
    archive.capture("Requisition 1")
    archive.put_away()
    (place,) = archive.places()
    file = file_of(archive, place, ending)
    file.write_bytes(file.read_bytes().replace(b"1", b"2"))
    archive.later(31)
    (run,) = archive.destroy()
    assert "destroyed" not in run.counts and file.is_file()


def test_what_the_catalog_says_of_a_record_is_not_believed(archive: Archive) -> None:
    archive.capture("Requisition 1 about Elm Street")
    archive.put_away()
    archive.hold(words=("elm",))
    world = archive.world()
    world.catalog._db.execute("UPDATE records SET body = replace(body, 'Elm Street', 'Oak Street')")
    world.close()
    archive.later(31)
    (run,) = archive.destroy()
    assert run.counts == {} and len(archive.places()) == 1


@pytest.mark.parametrize("how", ["link", "hard link", "folder"])
def test_bytes_that_have_another_name_are_not_said_to_be_gone(archive: Archive, how: str) -> None:
    archive.capture("Requisition 1")
    archive.put_away()
    (place,) = archive.places()
    file, elsewhere = file_of(archive, place), archive.folder / "elsewhere"
    if how == "hard link":
        elsewhere.hardlink_to(file)
    elif how == "link":
        file.rename(elsewhere)
        file.symlink_to(elsewhere)
    else:
        file.parent.rename(elsewhere)
        file.parent.symlink_to(elsewhere)
    archive.later(31)
    (run,) = archive.destroy()
    assert run.counts == {"skipped": 1} and file.is_file() and file_of(archive, place, "json").is_file()


def test_a_review_of_one_schedule_s_series_is_none_of_another_s(archive: Archive) -> None:
    archive.capture("Paper 1")
    with pytest.raises(WrongUsage, match="No schedule"):
        archive.destruction(reviewed={"other/town-papers": "Ana Holm"})
    assert len(archive.destruction(reviewed={"town/town-papers": "Ana Holm"}).steps) == 1


def test_a_one_time_authority_needs_an_adopted_edition_too(tmp_path: Path) -> None:
    once = gate("pr-1", when="unscheduled")
    archive = Archive(tmp_path / "town", once)
    archive.capture("Requisition 1")
    archive.schedule = gated(once, rows=(series("minutes", "permanent", "minutes"),))
    assert not archive.destruction(one_time=True).steps


def test_a_gate_that_the_schedule_lost_meanwhile_is_asked_for_all_the_same(archive: Archive) -> None:
    archive.capture("Requisition 1")
    plan = archive.destruction()
    entry = archive.consent(plan)
    archive.agree(plan)
    archive.quarantine(plan)
    archive.withdraw(entry)
    archive.schedule = gated()
    archive.adopt()
    archive.later(31)
    (run,) = archive.destroy()
    assert run.counts == {} and "lost the gate" in next(iter(run.stays.values()))


def test_a_shorter_quarantine_in_the_settings_is_none_for_what_waits_already(archive: Archive) -> None:
    archive.capture("Requisition 1")
    archive.put_away()
    from tests.jobs.town import with_limits

    with_limits(archive, quarantine="1 day")
    archive.later(2)
    assert archive.destroy() == ()
    archive.later(29)
    assert archive.destroy()[0].counts == {"destroyed": 1}


def test_without_its_plan_nothing_is_destroyed(archive: Archive) -> None:
    archive.capture("Requisition 1")
    plan = archive.put_away()
    kept = archive.folder / "plans" / f"{plan.digest}.json"
    kept.write_bytes(kept.read_bytes().replace(b'"made_by": "cron', b'"made_by": "kron'))
    archive.later(31)
    (run,) = archive.destroy()
    assert run.counts == {} and "plan is not kept" in next(iter(run.stays.values()))


def test_a_plan_that_names_a_record_twice_is_no_plan(archive: Archive) -> None:
    from msgspec.structs import replace

    from retention.core.plan import NotAPlan, read_any, seal, write

    archive.capture("Requisition 1")
    plan = archive.destruction()
    twice = seal(replace(plan, considered=2, steps=(plan.steps[0], replace(plan.steps[0], n=2))))
    with pytest.raises(NotAPlan, match="twice"):
        read_any(write(twice))
    with pytest.raises(NotAPlan, match="numbered"):
        read_any(write(seal(replace(plan, steps=(replace(plan.steps[0], n=7),)))))


def test_a_mark_that_cannot_be_read_can_be_taken_away(archive: Archive) -> None:
    archive.capture("Requisition 1")
    (place,) = archive.places()
    mark = archive.folder / "records" / "quarantine" / f"{place}.json"
    mark.parent.mkdir(parents=True)
    mark.write_text("{")
    world = archive.world(RECORDS)
    with pytest.raises(WrongUsage, match="not in quarantine"):
        quarantine.restore(world, [place], "a forged mark")
    world.close()
    assert not mark.exists() and len(archive.destruction().steps) == 1


# --- a city whose acts are signed -------------------------------------------------------------------------------------


def forge_quarantine(archive: SignedArchive, place: str, plan: str, made_by: str = CLERK) -> None:
    """What somebody writes who can write the ledger and the store, and has nobody's key."""
    archive.forge(
        DestructionStarted(plan=plan, stage="quarantine", made_by=made_by, approved_by=(), holds="", records=1),
        RecordDeed(plan=plan, step=1, deed="quarantine", place=place, digest=place.rpartition("/")[2]),
        RecordOutcome(plan=plan, step=1, deed="quarantine", place=place, result="quarantined"),
        by=CRON,
    )
    world = archive.world()
    world.store.quarantine(place, archive.at)
    world.close()


@keys
def test_the_approval_of_another_plan_destroys_nothing(tmp_path: Path) -> None:
    archive = SignedArchive(tmp_path / "town")
    archive.capture("Requisition 1")
    archive.consent(archive.destruction())
    bodies = archive.see(lambda world: [link.entry.body for link in world.ledger.links()])
    for_mail = next(body.plan for body in bodies if isinstance(body, Approved))
    forge_quarantine(archive, archive.places()[0], for_mail)
    archive.later(31)
    archive.destroy()
    assert len(archive.places()) == 1


@keys
def test_a_record_that_the_approved_plan_does_not_name_stays(tmp_path: Path) -> None:
    archive = SignedArchive(tmp_path / "town")
    archive.capture("Requisition 1")
    plan = archive.put_away()
    archive.capture("Requisition 2")
    archive.consent(archive.destruction())
    (other,) = (place for place in archive.places() if place not in archive.in_quarantine())
    forge_quarantine(archive, other, plan.digest)
    archive.later(31)
    archive.destroy()
    assert archive.places() == (other,)


@keys
def test_a_run_that_nobody_signed_is_begun_again_by_who_signs(tmp_path: Path) -> None:
    archive = SignedArchive(tmp_path / "town")
    archive.capture("Requisition 1")
    plan = archive.put_away()
    archive.later(31)
    archive.forge(
        DestructionStarted(
            plan=plan.digest, stage="destroy", made_by=CLERK, approved_by=(ATTORNEY,), holds="", records=7
        ),
        by=ATTORNEY,
    )
    (run,) = archive.destroy()
    said = json.loads((Path(run.certificate) / "certificate.json").read_text())
    assert (said["by"], said["made_by"]) == (RECORDS, CRON)
