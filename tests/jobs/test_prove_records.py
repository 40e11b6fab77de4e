"""A hold proven over stored records: what was destroyed before it, what it stopped, and what waits in quarantine."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from retention.jobs.record import destroy as destroying
from retention.jobs.world import World
from tests.jobs.archive import Archive, gate
from tests.jobs.test_certificate import SignedArchive
from tests.jobs.test_prove import proven
from tests.jobs.town import CLERK, RECORDS
from tests.packet.unpacking import changed, facts, rows, verified


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "town", gate())


def test_a_hold_placed_while_records_wait_is_proven_with_what_had_been_destroyed(archive: Archive) -> None:
    (first,) = archive.capture("Requisition 1")
    (gone,) = archive.places()
    archive.put_away()
    archive.later(31)
    archive.destroy()
    archive.capture("Requisition 2", "Requisition 3")
    archive.capture("Requisition 4", mailbox=RECORDS)
    archive.later(8)
    plan = archive.put_away()
    waiting = {step.place for step in plan.steps if step.mailboxes == (CLERK,)}
    assert len(waiting) == 2
    archive.later(1)
    name = archive.hold(custodians=(CLERK,))
    archive.later(31)
    (run,) = archive.destroy()
    assert run.counts == {"destroyed": 1, "held": 2} and set(run.stays) == waiting
    packet = proven(archive, name)
    before, *set_apart = rows(packet, "records")
    assert (before["state"], before["place"], before["address"]) == ("destroyed before", gone, CLERK)
    assert (before["id"], before["series"]) == (first.id, "town-requisitions")
    assert {(row["state"], row["place"]) for row in set_apart} == {("in quarantine", place) for place in waiting}
    assert facts(packet)["Records from its mailboxes that wait in quarantine"] == "2"
    (stage,) = [row for row in rows(packet, "runs") if row["stage"]]
    assert [stage[what] for what in ("stage", "destroyed", "blocked", "kept")] == ["destroy", "0", "2", "2"]
    assert stage["end"] and stage["approved by"].startswith(RECORDS)
    assert rows(packet, "deeds") == [], "the record that was destroyed is of no mailbox of the hold"
    assert {row["place"] for row in rows(packet, "blocked")} == waiting
    changed(packet, "ledger.jsonl", lambda data: data.replace(gone.encode(), gone[:-1].encode() + b"x"))
    assert verified(packet).returncode == 1


def test_a_hold_placed_since_the_plan_keeps_its_records_out_of_quarantine(archive: Archive) -> None:
    archive.capture("Requisition 1")
    archive.capture("Requisition 2", mailbox=RECORDS)
    plan = archive.ready()
    name = archive.hold(custodians=(CLERK,))
    plan = archive.ready()
    assert plan.held == 1 and archive.quarantine(plan).counts == {"quarantined": 1}
    (stage,) = [row for row in rows(proven(archive, name), "runs") if row["stage"]]
    assert (stage["stage"], stage["blocked"], stage["kept"]) == ("quarantine", "0", "1")


def test_a_hold_placed_between_two_deeds_is_proven_to_have_stopped_the_next(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.capture(*(f"Requisition {number}" for number in range(3)))
    archive.put_away()
    archive.later(31)
    let_go, names = destroying._let_go, []
    hand = threading.Thread(target=lambda: names.append(archive.hold("Elm Street", custodians=(CLERK,))))

    def then_held(world: World, place: str) -> None:
        let_go(world, place)
        if hand.ident is None:
            hand.start()
            while "elm-street" not in (archive.folder / "ledger.jsonl").read_text("utf-8"):
                hand.join(0.01)

    monkeypatch.setattr(destroying, "_let_go", then_held)
    (run,) = archive.destroy()
    hand.join()
    assert run.counts == {"destroyed": 1, "held": 2}
    packet = proven(archive, names[0])
    (deed,) = rows(packet, "deeds")
    assert (deed["result"], deed["under way"]) == ("destroyed", "yes")
    assert deed["allowed because"].startswith("its record and its words are gone")
    stopped = rows(packet, "blocked")
    assert [row["because"].startswith("Held by 'elm-street'") for row in stopped] == [True, True]
    assert {row["series"] for row in stopped} == {"town-requisitions"}
    (stage,) = rows(packet, "runs")
    assert (stage["stage"], stage["destroyed"], stage["blocked"]) == ("destroy", "1", "2")
    assert {row["place"] for row in rows(packet, "records")} == {row["place"] for row in stopped}
    changed(packet, "blocked.csv", lambda data: data.replace(b",yes\r\n", b",no\r\n", 1))
    assert verified(packet).returncode == 1


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="needs OpenSSH's ssh-keygen")
def test_who_began_a_destruction_is_checked_by_their_signature(tmp_path: Path) -> None:
    archive = SignedArchive(tmp_path / "town")
    archive.capture("Requisition 1")
    archive.put_away()
    archive.later(31)
    archive.destroy()
    packet = proven(archive, archive.hold(custodians=(CLERK,)), signers=archive.signers)
    assert [row["act"] for row in rows(packet, "signatures")].count("destroy-records") == 1
    assert [row["state"] for row in rows(packet, "records")] == ["destroyed before"]
