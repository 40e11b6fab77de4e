"""``retention doctor`` as it is typed: what is set up, what is not, what cannot be covered, each with the next step."""

from __future__ import annotations

import os
import shutil
import sqlite3
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from retention.cli import opening
from retention.errors import BadConfiguration
from retention.jobs.doctor import city, mail
from retention.jobs.world import World
from retention.mail.asking.credentials import not_from_here
from retention.mail.graph.granted import FOR_BOTH, TO_READ, TO_REMOVE, sentences
from retention.mail.graph.system import GraphMail
from tests.cli.desk import ANN, OPERATOR, Desk

Checks = list[dict[str, Any]]


def checks(desk: Desk, what: str) -> Checks:
    """What was found of this, whatever else is wrong."""
    return [one for one in desk.run("doctor", "--json").json if one["what"] == what]


def change(desk: Desk, old: str, new: str) -> None:
    text = desk.toml.read_text("utf-8")
    assert old in text
    desk.toml.write_text(text.replace(old, new), "utf-8")


def filled_in(desk: Desk, rehearsal: bool = False) -> list[str]:
    """What is found of the settings, as of a city with real mail."""
    world = SimpleNamespace(rehearsal=rehearsal, city=opening.read_city(desk.toml))
    return [one.found for one in city.settings(cast(World, world))]


def test_everything_that_was_looked_at_is_said_in_the_order_of_setting_up(desk: Desk) -> None:
    told = desk.done("doctor")
    said = [line[6:].partition(":")[0] for line in told.out.splitlines() if not line.startswith("      ")]
    wanted = [
        "who acts",
        "ledger",
        "schedule",
        "record store",
        "catalog",
        "disk",
        "sign in",
        "permissions",
        "mailboxes",
    ]
    wanted += ["clock", "time zone", "runs"]
    assert [one for one in dict.fromkeys(said) if one in wanted] == wanted


def test_every_trouble_has_its_exit_code_and_a_next_step(desk: Desk) -> None:
    shutil.rmtree(desk.folder / "records")
    change(desk, '"Records Manager" = ["records@city.example"]\n', "")
    told = desk.run("doctor", "--json")
    wrong = [one for one in told.json if one["code"]]
    assert {one["what"] for one in wrong} >= {"offices", "record store"} and told.code == wrong[0]["code"]
    assert all(one["next_step"].endswith((".", "`")) for one in wrong)


def test_an_office_that_nobody_holds_is_named_once_with_all_that_nobody_can_do(desk: Desk) -> None:
    change(desk, '"Records Manager" = ["records@city.example"]\n', "")
    found = [one["found"] for one in checks(desk, "offices")]
    assert len(found) == len(set(found)) and any(one.startswith("Nobody holds Records Manager, whose") for one in found)
    assert not any("adopt-schedule" in one or "keep-people" in one for one in found)


def test_a_catalog_whose_file_is_damaged_is_told(desk: Desk) -> None:
    desk.done("status")
    path = desk.folder / "retention.db"
    assert checks(desk, "catalog")[0]["found"].endswith("and whole.")
    with sqlite3.connect(path) as db:
        (page,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'record_custodians'").fetchone()
    db.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 100)
    told = desk.run("doctor")
    assert told.code == 10 and "MEND  catalog: The catalog's file is damaged" in told.out


def test_a_clock_that_disagrees_with_the_mail_system_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    later = datetime.now(UTC) - timedelta(hours=3)
    monkeypatch.setattr(GraphMail, "time", lambda self: later)
    (one,) = checks(desk, "clock")
    assert (
        one["code"] == 15
        and "ahead of the mail system's" in one["found"]
        and "retention clock confirm" in one["next_step"]
    )


def test_a_mailbox_out_of_scope_must_be_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    change(desk, 'ca_file = "ca.pem"', 'ca_file = "ca.pem"\nout_of_scope = "mayor@city.example"')
    for answer, code, note, said in (
        (True, 0, False, "is out of scope, and is refused to us."),
        (False, 10, False, "could be opened all the same."),
        (None, 0, True, "cannot be told."),
    ):
        monkeypatch.setattr(GraphMail, "refuses", lambda self, address, answer=answer: answer)
        (one,) = checks(desk, "scope")
        assert (one["code"], one["note"]) == (code, note) and one["found"].endswith(said)


def test_more_permissions_than_are_needed_are_noted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    said = ("App signs in to read mail, and holds Mail.Read, Mail.Send.", "App holds Mail.Send, more than it needs.")
    monkeypatch.setattr(GraphMail, "permissions", lambda self: said)
    assert [(one["found"], one["note"]) for one in checks(desk, "permissions")] == [(said[0], False), (said[1], True)]


def test_that_no_token_tells_a_permission_never_leads_to_granting_it_for_the_whole_tenant(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = tuple(
        one
        for need in (FOR_BOTH, TO_READ, TO_REMOVE)
        for one in sentences({"roles": ["User.Read.All"]}, "App", need)
        if "Mail." in one
    )
    monkeypatch.setattr(GraphMail, "permissions", lambda self: said)
    found = checks(desk, "permissions")
    assert len(found) == 4 and all(one["note"] and not one["code"] for one in found)
    for one in found:
        assert "examples/guides/entra-id.md" in one["next_step"]
        assert "Test-ServicePrincipalAuthorization" in one["next_step"] and "grant no mail" in one["next_step"]


@pytest.mark.parametrize(
    ("system", "roles", "other", "told"),
    [
        ("graph", ["Mail.ReadWrite", "User.Read.All"], "", True),
        ("graph", ["Mail.Read", "User.Read.All"], "", False),
        ("graph", ["Mail.ReadWrite", "User.Read.All"], "r", False),
        ("exchange", [], "", True),
    ],
)
def test_one_credential_for_both_is_told_only_where_it_can_remove(
    system: str, roles: list[str], other: str, told: bool
) -> None:
    said = sentences({"roles": roles}, "App", FOR_BOTH)
    settings = SimpleNamespace(mail=SimpleNamespace(system=system, removal_client=other, removal_user=""))
    world = SimpleNamespace(city=settings, mail=SimpleNamespace(permissions=lambda: said))
    found = [one.found for one in mail.permissions(cast(World, world))]
    assert ("One credential both reads and removes mail." in found) is told


def test_a_credential_for_removal_that_is_not_here_is_noted_and_is_no_failure(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = (not_from_here("r", "remove mail", BadConfiguration("It is not set.", "Set it.")),)
    monkeypatch.setattr(GraphMail, "permissions", lambda self: said)
    (one,) = checks(desk, "permissions")
    assert one["note"] and not one["code"] and "the account that removes" in one["next_step"]


def test_what_was_copied_from_an_example_and_never_filled_in_is_named(desk: Desk) -> None:
    assert filled_in(desk)[0].startswith("Still as in the example: [people] attorney@city.example, ")
    desk.toml.write_text(desk.toml.read_text("utf-8").replace("city.example", "ci.monroe.mi.us"), "utf-8")
    assert filled_in(desk) == []
    change(desk, 'ca_file = "ca.pem"', 'ca_file = "ca.pem"\ntenant = "00000000-0000-0000-0000-000000000000"')
    assert filled_in(desk) == ["Still as in the example: mail.tenant."]


def test_a_city_whose_mail_lies_in_files_is_asked_for_no_app_registration(desk: Desk) -> None:
    desk.toml.write_text(desk.toml.read_text("utf-8").replace("city.example", "ci.monroe.mi.us"), "utf-8")
    change(desk, 'system = "simulator"', 'system = "files"\ntenant = "00000000-0000-0000-0000-000000000000"')
    assert filled_in(desk) == []


def test_in_a_rehearsal_nothing_has_to_be_filled_in(desk: Desk) -> None:
    assert filled_in(desk, rehearsal=True) == []


def test_where_sign_in_is_refused_that_is_said_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.simulator.sign_in.secret_expired = True
    told = desk.run("doctor", "--json")
    found = [one["found"] for one in told.json if one["code"]]
    assert told.code == 12 and len(found) == len(set(found))


@pytest.mark.usefixtures("at_once")
def test_what_is_not_covered_is_not_repeated_for_every_folder(desk: Desk) -> None:
    for n in range(12):
        desk.world.add_folder(ANN, f"Projects {n}")
    desk.world.reset_delta(ANN)
    desk.simulator.faults.add("error", on="/messages/delta", times=-1, status=400, code="ErrorItemCorrupt")
    desk.run("sync")
    gaps = [one for one in checks(desk, "not covered") if ANN in one["found"]]
    assert 0 < len(gaps) <= 3 and all(len(one["found"]) < 400 for one in gaps)


@pytest.mark.skipif(os.name != "posix", reason="only POSIX tells who else can write a file by its mode")
def test_a_ledger_that_its_group_can_write_is_as_a_city_may_want_it(desk: Desk) -> None:
    (one,) = checks(desk, "file permissions")
    assert one["code"] == 0 and one["found"].startswith("Nobody else can write")


def test_a_run_that_never_was_is_a_note_and_one_that_was_is_told(desk: Desk) -> None:
    (one,) = checks(desk, "runs")
    assert one["note"] and "examples/schedule" in one["next_step"]
    desk.done("run", by=OPERATOR)
    (one,) = checks(desk, "runs")
    assert not one["note"] and "The last good one ended at" in one["found"]


def test_nothing_of_it_changes_anything(desk: Desk) -> None:
    before = desk.state()
    desk.done("doctor")
    assert desk.state() == before
