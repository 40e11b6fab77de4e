"""Waterbury, "Electronic Mail Use Policy": its sections, and C.G.S. 31-48d, walked through from the shell."""

from __future__ import annotations

from pathlib import Path

import pytest

from retention.simulator.serve import Simulator
from retention.simulator.world import World
from tests.cities.walking import EXAMPLES, Walk, ago, town, walk

DOMAIN = "waterbury.example"
ANN, BOB = f"ann@{DOMAIN}", f"bob@{DOMAIN}"
CLIPPINGS, TRANSITORY, LETTER = "Newspaper clippings, week 20", "Automatic reply: out of the office", "Fence"
LETTERS = {"ann": (CLIPPINGS, TRANSITORY, LETTER), "bob": ("Automatic reply: privileged and confidential",)}
COUNSEL, STAFF, IT = "Corporation Counsel", "Human Resources", "IT Director"
NOTICE = "monitoring-notice"


def mail() -> World:
    return town(DOMAIN, LETTERS)


@pytest.fixture(scope="module")
def prepared(running: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Walk:
    city = walk(tmp_path_factory.mktemp("waterbury"), running, mail(), "waterbury")
    city.acquaint(ANN, BOB, by=STAFF)
    confirmed = ("--confirm", "newspaper-clippings", "--confirm", "transitory-correspondence")
    city.adopt(*confirmed, by="Records Manager")
    return city


@pytest.fixture
def city(prepared: Walk, tmp_path: Path) -> Walk:
    return prepared.walked(tmp_path / "city", mail())


def sign(city: Walk, person: str, *more: str) -> None:
    city.done("notice", "record", NOTICE, "--person", person, *more, by=city.holder(STAFF))


def unsigned(city: Walk) -> set[str]:
    (due,) = city.done("notice", "due", NOTICE, "--json").json
    return {one["person"]["address"] for one in due["missing"]}


def test_31_48d_nobody_is_let_into_the_mail_of_who_has_not_had_the_notice(city: Walk) -> None:
    entry = city.ask(ANN, reader=COUNSEL)
    assert NOTICE in city.done("status").out
    told = city.refuse_grant(entry, by=STAFF, code=35)
    assert "has not been given" in told.error and "31-48d" in told.error
    sign(city, ANN, "--signed", ago(1))
    city.grant(entry, by=STAFF)
    assert city.read_letter(LETTER, reader=COUNSEL).code == 0


def test_31_48d_a_notice_without_the_places_of_monitoring_is_not_the_one_of_today(city: Walk) -> None:
    entry = city.ask(ANN, reader=COUNSEL)
    sign(city, ANN, "--version", "2010", "--given", "2026-01-05", "--signed", "2026-01-05")
    assert "version 2026-10" in city.refuse_grant(entry, by=IT, code=35).error
    assert ANN in unsigned(city)


def test_acknowledgement_of_receipt_to_be_given_the_notice_is_not_to_have_signed_it(city: Walk) -> None:
    entry = city.ask(ANN, reader=COUNSEL)
    sign(city, ANN, "--given", ago(1))
    assert "has not signed" in city.refuse_grant(entry, by=STAFF, code=35).error


def test_acknowledgement_of_receipt_everybody_who_has_not_signed_is_listed(city: Walk) -> None:
    waiting = unsigned(city)
    assert {ANN, BOB, city.holder("Mayor")} <= waiting
    listed = city.folder / "signed.csv"
    listed.write_text(
        f"person,given,signed,reference\n{ANN},{ago(2)},{ago(1)},HR file\n{BOB},{ago(2)},{ago(1)},HR file\n"
    )
    city.done("notice", "import", NOTICE, str(listed), by=city.holder(STAFF))
    assert unsigned(city) == waiting - {ANN, BOB}


def test_the_shipped_notice_names_the_types_and_the_places_and_where_it_is_posted() -> None:
    text = (EXAMPLES / "waterbury" / "notices" / "monitoring-notice.txt").read_text("utf-8")
    for needed in ("31-48d", "26-73", "WHAT IS MONITORED", "WHERE", "premises", "posted in a place", "Signature"):
        assert needed in text


def test_user_responsibilities_the_contents_are_disclosed_by_the_two_offices_that_administer_the_policy(
    city: Walk,
) -> None:
    for person in (ANN, city.holder(IT), city.holder(STAFF)):
        sign(city, person, "--signed", ago(1))
    entry = city.ask(ANN, reader=COUNSEL)
    for other in ("Mayor", "Records Manager", "Town Clerk"):
        city.refuse_grant(entry, by=other)
    city.grant(entry, by=IT)
    own = city.ask(city.holder(IT), reader=COUNSEL)
    city.refuse_grant(own, by=IT)
    city.grant(own, by=STAFF)


def test_user_responsibilities_what_is_privileged_or_confidential_never_goes_as_transitory(city: Walk) -> None:
    city.carry_out()
    assert "Automatic reply: privileged and confidential" in city.mail() and TRANSITORY not in city.mail()


def test_purpose_mail_is_under_the_same_law_as_other_records_and_is_destroyed_with_form_rc_075_only(
    city: Walk,
) -> None:
    city.carry_out()
    (record,) = city.records()
    assert CLIPPINGS.encode() in record.read_bytes()
    plan, manager = str(city.folder / "destroy.json"), city.holder("Records Manager")
    looked_at = ("--reviewed", f"newspaper-clippings={city.holder('Town Clerk')}")
    city.done("record", "destroy", "--plan", "-o", plan, *looked_at, by=city.nightly)
    city.done("record", "forms", plan, "-o", str(city.folder / "forms"))
    assert any("rc-075" in path.name.lower() for path in (city.folder / "forms").iterdir())
    city.done("approve", plan, by=manager)
    assert city.run("apply", plan, by=city.nightly).code == 25
    city.done(
        *("consent", "record", "--plan", plan, "--gate", "disposition-authorization", "--reference", "RC-075 no. 4"),
        *("--given-by", "the Mayor and the Public Records Administrator", "--given-on", city.today),
        by=manager,
    )
    city.done("apply", plan, by=city.nightly)


def test_purpose_holds_are_the_corporation_counsels(city: Walk) -> None:
    for other in (STAFF, IT, "Mayor", "Records Manager", "Town Clerk"):
        city.refuse_place(by=other)
    city.place("--custodian", ANN, by=COUNSEL)
    city.place("--custodian", ANN, by=STAFF, kind="employee-relations")


def test_the_ledger_of_the_walk_holds_together(city: Walk) -> None:
    city.carry_out()
    city.done("audit", "verify")
