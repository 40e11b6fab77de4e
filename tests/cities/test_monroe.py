"""Monroe, policy 400-007: its clauses walked through from the shell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from retention.simulator.serve import Simulator
from retention.simulator.world import World
from tests.cities.walking import Walk, ago, town, walk

DOMAIN = "monroe.example"
ANN, IVAN = f"ann@{DOMAIN}", f"ivan.cole@{DOMAIN}"
REQUEST, TRANSITORY, LETTER = "FOIA request: police overtime 2025", "Automatic reply: out of the office", "Fence"
LETTERS = {"ann": (REQUEST, TRANSITORY, LETTER), "ruth.novak": ("Budget of the manager",)}
MANAGER, MAYOR, STAFF = "City Manager", "Mayor", "Human Resources"


def mail() -> World:
    return town(DOMAIN, LETTERS)


@pytest.fixture(scope="module")
def prepared(running: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Walk:
    city = walk(tmp_path_factory.mktemp("monroe"), running, mail(), "monroe")
    city.acquaint(ANN, by=STAFF, department="Clerk")
    city.adopt("--confirm", "transitory-records", by="Records Manager")
    return city


@pytest.fixture
def city(prepared: Walk, tmp_path: Path) -> Walk:
    return prepared.walked(tmp_path / "city", mail())


def sign(city: Walk, notice: str, person: str) -> None:
    city.done("notice", "record", notice, "--person", person, "--signed", ago(1), by=city.holder(STAFF))


def unsigned(city: Walk, notice: str) -> set[str]:
    (due,) = city.done("notice", "due", notice, "--json").json
    return {one["person"]["address"] for one in due["missing"]}


def test_3_2_an_approval_lasts_seven_calendar_days_at_most(city: Walk, later: Callable[[int], None]) -> None:
    entry = city.ask(ANN, reader=STAFF)
    assert "at most 7" in city.refuse_grant(entry, "--days", "8", by=MANAGER, code=2).error
    city.grant(entry, "--days", "7", by=MANAGER)
    assert city.read_letter(LETTER, reader=STAFF).code == 0
    later(8)
    assert "is over" in city.read_letter(LETTER, reader=STAFF).error


def test_3_2_a_longer_period_is_a_new_authorization_which_again_lasts_seven_days(
    city: Walk, later: Callable[[int], None]
) -> None:
    city.grant(city.ask(ANN, reader=STAFF), by=MANAGER)
    later(8)
    entry = city.ask(ANN, reader=STAFF)
    city.refuse_grant(entry, "--days", "8", by=MANAGER, code=2)
    city.grant(entry, by=MANAGER)
    assert city.read_letter(LETTER, reader=STAFF).code == 0


def test_3_2_less_than_seven_days_is_less(city: Walk, later: Callable[[int], None]) -> None:
    city.grant(city.ask(ANN, reader=STAFF), "--days", "2", by=MANAGER)
    later(3)
    assert city.read_letter(LETTER, reader=STAFF).code == 35


def test_3_2_it_is_in_advance_and_by_the_city_manager_whose_own_mail_is_the_mayors_to_open(city: Walk) -> None:
    assert city.read_letter(LETTER, reader=STAFF).code == 35
    entry = city.ask(ANN, reader=STAFF)
    for other in (MAYOR, "City Attorney", "Records Manager", "City Clerk"):
        city.refuse_grant(entry, by=other)
    city.refuse_grant(entry, "--from", ago(3), by=MANAGER, code=2)
    own = city.ask(city.holder(MANAGER), reader=STAFF)
    city.refuse_grant(own, by=MANAGER)
    city.grant(own, by=MAYOR)
    assert city.read_letter("Budget of the manager", reader=STAFF).code == 0


def test_3_7_who_runs_the_systems_reads_nothing_before_the_agreement_is_signed(city: Walk) -> None:
    entry = city.ask(ANN, reader=IVAN)
    assert "Agreement Regarding Access" in city.refuse_grant(entry, by=MANAGER, code=35).error
    sign(city, "it-agreement", IVAN)
    city.grant(entry, by=MANAGER)
    assert city.read_letter(LETTER, reader=IVAN).code == 0


def test_3_05_and_3_7_who_has_not_signed_the_policy_is_listed_until_they_have(city: Walk) -> None:
    waiting = unsigned(city, "policy-acknowledgement")
    assert {ANN, IVAN, city.holder(MANAGER)} <= waiting
    sign(city, "policy-acknowledgement", ANN)
    assert unsigned(city, "policy-acknowledgement") == waiting - {ANN}
    assert unsigned(city, "it-agreement") == {IVAN}


def test_7_a_new_revision_of_the_policy_is_signed_anew(city: Walk) -> None:
    sign(city, "policy-acknowledgement", ANN)
    text = city.toml.read_text("utf-8").replace('version = "2025-06"', 'version = "2027-01"', 1)
    city.toml.write_text(text, "utf-8")
    assert ANN in unsigned(city, "policy-acknowledgement")


def test_3_2_what_its_user_deleted_and_the_system_still_has_is_collected_for_a_hold(city: Walk) -> None:
    name = city.place("--custodian", ANN, by="City Attorney")
    city.grant(city.ask(ANN, reader="City Attorney"), by=MANAGER)
    city.done("hold", "collect", name, by=city.holder("City Attorney"))
    preserved = [path for path in (city.folder / "records").rglob("*.eml") if LETTER.encode() in path.read_bytes()]
    assert preserved
    number = city.number(LETTER)
    (letter,) = (m for m in city.world.mailbox(ANN).messages.values() if m.subject == LETTER)
    city.world.permanent_delete(ANN, letter.immutable_id)
    city.done("sync")
    assert preserved[0].exists()
    output = city.folder / "read.eml"
    city.done("access", "read", number, "-o", str(output), by=city.holder("City Attorney"))
    assert LETTER.encode() in output.read_bytes()


def test_3_4_what_a_freedom_of_information_request_asks_for_is_kept_until_it_is_answered(city: Walk) -> None:
    city.place("--words", "out of the office", by="City Clerk", kind="request")
    city.carry_out()
    assert TRANSITORY in city.mail() and REQUEST not in city.mail()


def test_3_1_what_no_schedule_lists_is_never_removed(city: Walk) -> None:
    city.carry_out()
    assert city.mail() == {LETTER, "Budget of the manager"} and len(city.records()) == 1


def test_the_ledger_of_the_walk_holds_together(city: Walk) -> None:
    city.carry_out()
    city.done("audit", "verify")
