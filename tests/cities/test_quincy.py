"""Quincy, policy and procedure on electronic messages: its clauses walked through from the shell."""

from __future__ import annotations

from pathlib import Path

import pytest

from retention.simulator.serve import Simulator
from retention.simulator.world import World
from tests.cities.walking import Walk, town, walk

DOMAIN = "quincy.example"
ANN, BOB = f"ann@{DOMAIN}", f"bob@{DOMAIN}"
PAYROLL, PRIVATE = "Payroll register for March", "Birthday cake for Ella"
TRANSITORY = "Automatic reply: out of the office"
PRIVILEGED, ADVICE = "Privileged: advice on the sign ordinance", "Automatic reply: privileged advice of counsel"
LETTERS = {"ann": (PAYROLL, PRIVATE, TRANSITORY), "bob": (PRIVILEGED, ADVICE)}
SOLICITOR, MAYOR = "City Solicitor", "Mayor"


def mail() -> World:
    return town(DOMAIN, LETTERS)


@pytest.fixture(scope="module")
def prepared(running: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Walk:
    city = walk(tmp_path_factory.mktemp("quincy"), running, mail(), "quincy")
    city.acquaint(ANN, BOB, by="City Clerk")
    city.adopt(by="Records Manager")
    return city


@pytest.fixture
def city(prepared: Walk, tmp_path: Path) -> Walk:
    return prepared.walked(tmp_path / "city", mail())


def test_ii_nobody_retrieves_contents_unless_the_mayor_authorized_it(city: Walk) -> None:
    entry = city.ask(ANN, reader="Human Resources")
    for other in (SOLICITOR, "Records Manager", "City Clerk"):
        city.refuse_grant(entry, by=other)
    assert city.read_letter(PRIVATE, reader="Human Resources").code == 35
    city.grant(entry, "--days", "3", by=MAYOR)
    assert city.read_letter(PRIVATE, reader="Human Resources").code == 0
    assert city.read_letter(PRIVILEGED, reader="Human Resources").code == 35


def test_ii_the_mayor_authorizes_others_and_never_a_reading_of_their_own(city: Walk) -> None:
    entry = city.ask(ANN, reader=MAYOR)
    city.refuse_grant(entry, by=MAYOR)
    assert city.read_letter(PRIVATE, reader=MAYOR).code == 35


def test_iii_a_6_a_personal_message_is_treated_no_differently(city: Walk) -> None:
    city.carry_out()
    assert PRIVATE in city.mail() and "review" in city.why(PRIVATE)
    city.place("--custodian", ANN, by=SOLICITOR)
    assert "Held by" in city.why(PRIVATE)


def test_iii_i_1_what_is_kept_until_no_longer_needed_waits_for_a_person_to_say_so(city: Walk) -> None:
    city.adopt("--confirm", "correspondence-transitory", by="Records Manager")
    city.carry_out()
    assert TRANSITORY in city.mail() and "no longer needed" in city.why(TRANSITORY)


def test_iii_f_privileged_mail_stays_unless_somebody_read_it_and_decided(city: Walk) -> None:
    city.carry_out()
    assert {PRIVILEGED, ADVICE} <= city.mail()
    assert "legal-claims" in city.why(PRIVILEGED)


def test_iii_f_the_readings_of_a_privileged_message_are_all_in_the_ledger(city: Walk) -> None:
    city.grant(city.ask(BOB, reader=SOLICITOR), by=MAYOR)
    assert city.read_letter(PRIVILEGED, reader=SOLICITOR).code == 0
    (granted,) = city.done("access", "list", "--live", "--json").json
    assert (granted["uses"], granted["by"]) == (1, city.holder(MAYOR))


def test_iii_h_what_may_be_disclosed_in_a_litigation_is_held_by_the_solicitor_alone(city: Walk) -> None:
    for other in ("Human Resources", "Records Manager", "City Clerk", MAYOR, city.nightly):
        city.refuse_place(by=other)
    name = city.place("--custodian", ANN, by=SOLICITOR)
    city.carry_out()
    assert PAYROLL in city.mail() and city.records() == []
    city.refused(
        *("hold", "release", name, "--matter", "A matter", "--reason", "x"),
        code=32,
        by=city.holder(MAYOR),
        said="refused",
    )


def test_iii_i_1_a_public_record_is_stored_and_disposed_of_by_the_laws_of_the_commonwealth(city: Walk) -> None:
    city.carry_out()
    (record,) = city.records()
    assert PAYROLL.encode() in record.read_bytes() and PAYROLL not in city.mail()
    plan = str(city.folder / "destroy.json")
    manager = city.holder("Records Manager")
    city.done("record", "destroy", "--plan", "-o", plan, by=city.nightly)
    city.done("record", "forms", plan, "-o", str(city.folder / "forms"))
    city.done("approve", plan, by=manager)
    assert city.run("apply", plan, by=city.nightly).code == 25
    assert record.exists()
    city.done(
        *("consent", "record", "--plan", plan, "--gate", "supervisor-permission", "--reference", "RMU-2 of today"),
        *("--given-by", "Supervisor of Records", "--given-on", city.today),
        by=manager,
    )
    city.done("apply", plan, by=city.nightly)


def test_the_ledger_of_the_walk_holds_together(city: Walk) -> None:
    city.carry_out()
    city.done("audit", "verify")
