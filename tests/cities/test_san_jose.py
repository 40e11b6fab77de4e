"""San José, City Policy 1.7.1: its clauses walked through from the shell."""

from __future__ import annotations

import re
from email.message import EmailMessage
from pathlib import Path

import pytest

from retention.cli.storing import refuse_place
from retention.errors import BadConfiguration
from retention.simulator.serve import Simulator
from retention.simulator.world import World
from tests.cities.walking import LONG_AGO, Walk, ago, town, walk

DOMAIN = "sanjose.example"
ANN, BOB = f"ann@{DOMAIN}", f"bob@{DOMAIN}"
RECORD, TRANSITORY, UNKNOWN = "Contract C-2211 signed", "Automatic reply: out of the office", "Fence"
VACATION, PRIVILEGED = "Automatic reply: on vacation", "Automatic reply: privileged, attorney-client"
LETTERS = {"ann": (RECORD, TRANSITORY, UNKNOWN), "bob": (VACATION, PRIVILEGED)}
ATTORNEY, RELATIONS, MANAGER, DIRECTOR = (
    "City Attorney",
    "Employee Relations",
    "City Manager's Office",
    "Department Director",
)


def mail() -> World:
    return town(DOMAIN, LETTERS)


@pytest.fixture(scope="module")
def prepared(running: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Walk:
    city = walk(tmp_path_factory.mktemp("san-jose"), running, mail(), "san-jose")
    city.acquaint(ANN, BOB, by="City Clerk")
    city.adopt("--posted", ago(40), by=ATTORNEY)
    return city


@pytest.fixture
def city(prepared: Walk, tmp_path: Path) -> Walk:
    return prepared.walked(tmp_path / "city", mail())


def test_3a_and_3e_a_record_leaves_the_mail_system_as_one_file_and_nothing_leaves_in_bulk(city: Walk) -> None:
    city.carry_out()
    (record,) = city.records()
    assert RECORD.encode() in record.read_bytes() and RECORD not in city.mail()
    # What is on no series of the schedule is nobody's to move: it waits for a person where it lies.
    assert UNKNOWN in city.mail() and "review" in city.why(UNKNOWN)


def test_3f_a_record_is_kept_under_the_series_of_the_approved_schedule(city: Walk) -> None:
    city.carry_out()
    (record,) = city.records()
    assert {"california-cities", "contracts-agreements"} <= set(record.parts)
    assert "Contracts and Agreements" in city.done("record", "show", "1").out


def test_3f_before_the_schedule_was_posted_for_thirty_days_nothing_leaves_under_it(
    running: Simulator, tmp_path: Path
) -> None:
    city = walk(tmp_path, running, mail(), "san-jose")
    attorney = city.holder(ATTORNEY)
    adopt = ("schedule", "adopt", "california-cities", "--authority", "Resolution 1")
    assert "posted for 30 days" in city.refused(*adopt, code=2, by=attorney).error
    city.refused(*adopt, "--posted", ago(40), code=32, by=city.holder("Records Manager"), said="refused")
    city.done(*adopt, "--posted", ago(10), by=attorney)
    city.done("classify")
    assert "in effect from" in city.why(RECORD)
    assert city.run("plan", "-o", city.plan, "--exit-code", by=city.nightly).code == 0


@pytest.mark.parametrize(
    ("place", "why"), [("/home/pat/records", "home"), ("/home/pat/Desktop/records", "Desktop"), ("mail.pst", "pst")]
)
def test_3b_records_are_never_kept_on_a_desktop_or_in_a_pst_file(
    prepared: Walk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, why: str
) -> None:
    from msgspec.structs import replace

    monkeypatch.setenv("HOME", "/home/pat")
    store = replace(prepared.city.store, path=place)
    assert store.refuse == ("home", "desktop", "removable", "pst")
    with pytest.raises(BadConfiguration, match=f"(?i){why}"):
        refuse_place(store, tmp_path, rehearsal=False)


def test_3c_what_need_not_be_kept_goes_regularly_and_automatically(city: Walk) -> None:
    standing = ("approve", "--standing", "--series", "mail-that-is-no-record", "--largest", "50", "--until", ago(-90))
    for nobody in (city.nightly, city.holder(ATTORNEY)):
        city.refused(*standing, code=32, by=nobody, said="refused")
    city.done(*standing, by=city.holder("Records Manager"))
    city.done("run", by=city.nightly)
    # Only what is under the standing approval went; the record waits for an office to approve its plan.
    assert city.mail() == {RECORD, UNKNOWN, PRIVILEGED}


def test_3d_the_city_attorney_and_employee_relations_suspend_deletion_and_nobody_else(city: Walk) -> None:
    city.refuse_place(by=RELATIONS)
    for other in ("Records Manager", "City Clerk", MANAGER, DIRECTOR, city.nightly):
        city.refuse_place(by=other)
        city.refuse_place(by=other, kind="employee-relations")
    city.place("--custodian", ANN, by=ATTORNEY)
    city.place("--custodian", BOB, by=RELATIONS, kind="employee-relations")
    assert city.run("plan", "-o", city.plan, "--exit-code", by=city.nightly).code == 0
    assert city.mail() == {RECORD, TRANSITORY, UNKNOWN, VACATION, PRIVILEGED} and city.records() == []
    assert "held" in city.why(RECORD).lower() and "held" in city.why(VACATION).lower()


def test_3d_a_hold_placed_after_a_plan_was_approved_stops_its_deeds(city: Walk) -> None:
    city.done("plan", "-o", city.plan, by=city.nightly)
    city.done("approve", city.plan, by=city.holder("Records Manager"))
    city.place("--custodian", ANN, "--custodian", BOB, by=ATTORNEY)
    assert city.run("apply", city.plan, by=city.nightly).code != 0
    assert city.mail() == {RECORD, TRANSITORY, UNKNOWN, VACATION, PRIVILEGED} and city.records() == []


def test_3g_what_its_owner_deleted_before_it_was_captured_is_told_and_never_passed_over(city: Walk) -> None:
    city.place("--custodian", ANN, by=ATTORNEY)
    (letter,) = (m for m in city.world.mailbox(ANN).messages.values() if m.subject == RECORD)
    city.world.permanent_delete(ANN, letter.immutable_id)
    city.done("sync")
    assert ANN in city.done("hold", "vanished").out
    assert city.run("status").code == 36


def test_3h_and_3i_who_is_near_the_storage_limit_and_the_largest_attachments_are_reported(
    running: Simulator, tmp_path: Path
) -> None:
    world, plans = mail(), EmailMessage()
    plans["From"], plans["To"], plans["Subject"] = "Carla Ruiz <carla@elsewhere.example>", ANN, "The plans"
    plans.set_content("Attached.")
    plans.add_attachment(b"x" * 3_000, maintype="application", subtype="pdf", filename="plans.pdf")
    world.add_message(ANN, "Inbox", plans.as_bytes(), received_at=LONG_AGO)
    small = (('mailbox_quota = "50 GB"', 'mailbox_quota = "4 kB"'), ('attachment = "35 MB"', 'attachment = "3 kB"'))
    city = walk(tmp_path, running, world, "san-jose", *small)
    city.done("report", "-o", str(city.folder / "report"))
    page = (city.folder / "report" / "report.html").read_text("utf-8")
    assert re.search(rf"{ANN} has used \d{{3}} % of its quota", page) and f"{BOB} has used" not in page
    assert "larger than 3" in page and "The plans" in page


def test_4_access_to_current_staff_needs_the_city_managers_office(city: Walk) -> None:
    entry = city.ask(ANN, reader=RELATIONS)
    for other in (DIRECTOR, ATTORNEY, "Records Manager", RELATIONS):
        city.refuse_grant(entry, by=other)
    assert city.read_letter(RECORD, reader=RELATIONS).code == 35
    city.grant(entry, by=MANAGER)
    assert city.read_letter(RECORD, reader=RELATIONS).code == 0
    # 10.A: the grant is for one reader and one custodian.
    assert city.read_letter(RECORD, reader=DIRECTOR).code == 35
    assert city.read_letter(VACATION, reader=RELATIONS).code == 35


def test_4_access_to_former_staff_needs_a_department_director(city: Walk) -> None:
    left = ("person", "add", "--address", BOB, "--hired", "2010-01-04", "--left", ago(30))
    city.done(*left, by=city.holder("City Clerk"))
    entry = city.ask(BOB, reader=RELATIONS)
    city.refuse_grant(entry, by=MANAGER)
    city.grant(entry, by=DIRECTOR)
    assert city.read_letter(VACATION, reader=RELATIONS).code == 0


def test_5_privileged_mail_never_goes_as_mail_that_need_not_be_kept(city: Walk) -> None:
    city.carry_out()
    assert PRIVILEGED in city.mail() and VACATION not in city.mail()
    assert "claims-litigation" in city.why(PRIVILEGED)


def test_2_a_public_records_request_stops_deletion_until_it_is_answered(city: Walk) -> None:
    name = city.place("--words", "out of the office", by="City Clerk", kind="request")
    city.carry_out()
    assert TRANSITORY in city.mail() and VACATION not in city.mail()
    released = ("hold", "release", name, "--matter", "A matter", "--reason", "answered")
    assert "is kept until" in city.done(*released, by=city.holder("City Clerk")).out
    assert city.run("plan", "-o", str(city.folder / "next.json"), "--exit-code", by=city.nightly).code == 0


def test_the_ledger_of_the_walk_holds_together(city: Walk) -> None:
    city.carry_out()
    city.done("audit", "verify")
    city.done("record", "verify")
