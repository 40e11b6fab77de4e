"""Rosemount, "Use of the Electronic Mail System" (6/00): its headings walked through from the shell."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from retention.simulator.serve import Simulator
from retention.simulator.world import World
from tests.cities.walking import EXAMPLES, Walk, ago, town, walk

DOMAIN = "rosemount.example"
ANN, BOB, DANA = f"ann@{DOMAIN}", f"bob@{DOMAIN}", f"dana.voss@{DOMAIN}"
REQUISITION, TEMPORARY = "Requisition 2231 for toner", "Automatic reply: out of the office"
POLICY, DECISION = "Automatic reply: our new policy on fences", "Automatic reply: the council has decided"
CONTRACT, UNKNOWN = "Contract C-2211 signed", "Fence"
SOCCER, ELSEWHERE = "Program registration: youth soccer, fall", "Program registration: police academy"
LETTERS = {
    "ann": (REQUISITION, TEMPORARY, SOCCER),
    "bob": (POLICY, DECISION, CONTRACT, UNKNOWN, ELSEWHERE),
    "dana.voss": ("Automatic reply: at lunch",),
}
DEPARTMENT = ('schedules = ["minnesota-cities"]', 'schedules = ["minnesota-cities", "department-schedule.toml"]')
PARKS = "Parks and Recreation"


def mail() -> World:
    return town(DOMAIN, LETTERS)


@pytest.fixture(scope="module")
def prepared(running: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Walk:
    city = walk(tmp_path_factory.mktemp("rosemount"), running, mail(), "rosemount")
    city.acquaint(ANN, by="City Clerk", department=PARKS)
    city.acquaint(BOB, by="City Clerk", department="Police")
    city.adopt(by="Records Manager")
    return city


@pytest.fixture
def city(prepared: Walk, tmp_path: Path) -> Walk:
    return prepared.walked(tmp_path / "city", mail())


def test_communications_temporary_messages_are_discarded_and_records_kept_by_their_content(city: Walk) -> None:
    city.carry_out()
    assert TEMPORARY not in city.mail() and REQUISITION not in city.mail()
    (record,) = city.records()
    assert "fin-04300" in str(record).lower().replace(" ", "-")


@pytest.mark.parametrize("formal", [POLICY, DECISION, CONTRACT])
def test_communications_what_states_policy_decides_or_is_contract_related_is_never_discarded(
    city: Walk, formal: str
) -> None:
    city.carry_out()
    assert formal in city.mail()


def test_communications_what_nobody_can_tell_waits_until_a_department_head_has_decided(city: Walk) -> None:
    city.carry_out()
    assert UNKNOWN in city.mail()
    groups, head = city.folder / "review.csv", city.holder("Department Head")
    city.done("review", "export", "-o", str(groups), by=head)
    with groups.open(encoding="utf-8-sig", newline="") as file:
        (group,) = csv.DictReader(file)
    assert group["question"] == "fits no series"
    with groups.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, group)
        writer.writeheader()
        writer.writerow({**group, "series": "correspondence-general", "reason": "read by the department"})
    city.refused("review", "import", str(groups), code=32, by=city.holder("Mayor"), said="refused")
    city.done("review", "import", str(groups), by=head)
    city.carry_out()
    assert UNKNOWN not in city.mail() and any(UNKNOWN.encode() in path.read_bytes() for path in city.records())


def test_communications_a_departments_own_schedule_is_established_by_its_head_and_files_only_its_mail(
    running: Simulator, tmp_path: Path
) -> None:
    shutil.copy(EXAMPLES / "rosemount" / "department-schedule.toml", tmp_path)
    city = walk(tmp_path, running, mail(), "rosemount", DEPARTMENT)
    city.acquaint(ANN, by="City Clerk", department=PARKS)
    city.acquaint(BOB, by="City Clerk", department="Police")
    adopt = ("schedule", "adopt", "department-schedule", "--authority", "memo of the department head")
    city.refused(*adopt, code=32, by=city.holder("City Attorney"), said="refused")
    city.done(*adopt, "--confirm", "program-registrations", by=city.holder("Department Head"))
    city.done("classify")
    city.carry_out()
    (record,) = city.records()
    assert "department-schedule" in record.parts and SOCCER.encode() in record.read_bytes()
    assert ELSEWHERE in city.mail()


def test_communications_a_deleted_message_is_said_to_be_removed_from_the_mailbox_and_can_be_had_back(
    city: Walk,
) -> None:
    number = city.number(TEMPORARY)
    city.carry_out()
    again = [m.folder.path for m in city.world.mailbox(ANN).messages.values() if m.subject == TEMPORARY]
    assert again == ["Recoverable Items/Deletions"]
    assert "moved to Recoverable Items" in city.done("why", number).out
    city.done("record", "restore", number, "--reason", "asked for", by=city.holder("City Clerk"))
    assert TEMPORARY in city.mail()


def test_data_practices_what_somebody_asked_to_see_is_kept_while_the_request_is_open(city: Walk) -> None:
    city.place("--words", "out of the office", by="City Clerk", kind="request")
    city.carry_out()
    assert TEMPORARY in city.mail()


def test_confidentiality_nobody_reads_anothers_mail_without_the_city_administrator(city: Walk) -> None:
    entry = city.ask(BOB, reader="Employee Relations")
    for other in ("Mayor", "City Attorney", "Department Head", "Records Manager"):
        city.refuse_grant(entry, by=other)
    assert city.read_letter(CONTRACT, reader="Employee Relations").code == 35
    city.grant(entry, by="City Administrator")
    assert city.read_letter(CONTRACT, reader="Employee Relations").code == 0
    assert "used" in (told := city.done("access", "list").out) and "once" in told


def test_confidentiality_who_decides_about_the_administrators_own_mail_is_the_mayor(city: Walk) -> None:
    entry = city.ask(f"ruth.novak@{DOMAIN}", reader="Employee Relations")
    city.refuse_grant(entry, by="City Administrator")
    city.grant(entry, by="Mayor")


def test_security_who_was_terminated_has_no_right_to_their_own_messages(city: Walk) -> None:
    lunch = "Automatic reply: at lunch"
    assert city.read_letter(lunch, reader=DANA).code == 0
    gone = ("person", "add", "--address", DANA, "--hired", "2010-01-04", "--left", ago(1))
    city.done(*gone, by=city.holder("City Clerk"))
    assert city.read_letter(lunch, reader=DANA).code == 35


def test_data_practices_a_scheduled_record_is_destroyed_with_a_list_of_what_was(city: Walk) -> None:
    city.carry_out()
    plan = str(city.folder / "destroy.json")
    city.done("record", "destroy", "--plan", "-o", plan, by=city.nightly)
    city.done("record", "forms", plan, "-o", str(city.folder / "forms"))
    assert list((city.folder / "forms").glob("*.csv"))
    city.done("approve", plan, by=city.holder("Records Manager"))
    city.done("apply", plan, by=city.nightly)
    assert "quarantine" in city.done("record", "list", "--state", "quarantined").out
