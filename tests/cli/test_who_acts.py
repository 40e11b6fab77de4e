"""Who acts is the operating system's account, or under sudo the one who called it; nothing else can say otherwise."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from tests.cli.desk import ATTORNEY, OPERATOR, RECORDS, Desk

pwd = pytest.importorskip("pwd")

PLACE = ("hold", "place", "--matter", "Elm", "--reason", "a claim", "--words", "elm")
ACCOUNTS = {0: "root", 1001: "klee", 1002: "portiz", 1003: "stranger", 1004: "portiz2"}
SitDown = Callable[..., None]


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """The city, with the accounts of its people."""
    text = desk.toml.read_text("utf-8")
    for name, account in (("Kim Lee", "klee"), ("Pat Ortiz", "portiz"), ("the nightly job", "cron")):
        text = text.replace(f'name = "{name}" }}', f'name = "{name}", account = "{account}" }}')
    desk.toml.write_text(text, "utf-8")
    return desk


@pytest.fixture
def sit_down(monkeypatch: pytest.MonkeyPatch) -> SitDown:
    """Let the process belong to this user; variables of the environment by their names."""

    def entry(user: int) -> Any:
        return SimpleNamespace(pw_name=ACCOUNTS[user])  # a KeyError is what the system raises, too

    def sits(user: int, **environment: str) -> None:
        monkeypatch.setattr(os, "getuid", lambda: user)
        monkeypatch.setattr(os, "geteuid", lambda: user)
        monkeypatch.setattr(pwd, "getpwuid", entry)
        for name in ("SUDO_UID", "SUDO_USER", "USER", "LOGNAME", "LNAME", "USERNAME"):
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)

    return sits


def actor(desk: Desk) -> str:
    told = desk.done("doctor", "--json").json
    return str(next(check["found"] for check in told if check["what"] == "who acts"))


def test_the_account_at_the_keyboard_is_the_person(desk: Desk, sit_down: SitDown) -> None:
    sit_down(1001)
    assert actor(desk) == f"Kim Lee <{ATTORNEY}>: City Attorney"
    sit_down(1002)
    assert actor(desk) == f"Pat Ortiz <{RECORDS}>: Records Manager"


def test_what_a_person_does_is_written_under_their_address(desk: Desk, sit_down: SitDown) -> None:
    sit_down(1001)
    desk.done(*PLACE)
    said = [json.loads(line)["said"] for line in desk.ledger.read_bytes().splitlines()]
    placed = next(one for one in said if one["body"]["kind"] == "hold placed")
    assert (placed["by"], placed["body"]["hold"]["placed_by"]) == (ATTORNEY, ATTORNEY)


def test_an_account_nobody_has_holds_no_office(desk: Desk, sit_down: SitDown) -> None:
    sit_down(1003)
    assert actor(desk) == "account:stranger: no office"
    for typed in PLACE, ("approve", desk.plan), ("schedule", "adopt", "city", "--authority", "R"):
        told = desk.refused(*typed, code=32, said="refused")
        assert told.error.startswith("account:stranger holds no office")
    assert json.loads(desk.ledger.read_bytes().splitlines()[-1])["said"]["by"] == "account:stranger"


@pytest.mark.parametrize("user", [1003, 1004])
def test_an_account_that_only_begins_like_a_persons_holds_no_office(desk: Desk, sit_down: SitDown, user: int) -> None:
    sit_down(user)
    assert actor(desk).endswith("no office")


def test_an_account_the_system_cannot_name_is_its_number_and_holds_no_office(desk: Desk, sit_down: SitDown) -> None:
    sit_down(4242)
    assert actor(desk) == "account:4242: no office"


@pytest.mark.parametrize("name", ["USER", "LOGNAME", "LNAME", "USERNAME", "SUDO_USER"])
def test_the_environment_cannot_change_who_acts(desk: Desk, sit_down: SitDown, name: str) -> None:
    sit_down(1003, **{name: "klee"})
    assert actor(desk) == "account:stranger: no office"


def test_sudo_uid_is_not_believed_of_an_ordinary_account(desk: Desk, sit_down: SitDown) -> None:
    sit_down(1003, SUDO_UID="1001")
    assert actor(desk) == "account:stranger: no office"


def test_under_sudo_the_one_who_called_it_acts(desk: Desk, sit_down: SitDown) -> None:
    sit_down(0, SUDO_UID="1001", SUDO_USER="portiz")
    assert actor(desk) == f"Kim Lee <{ATTORNEY}>: City Attorney"


def test_root_itself_holds_no_office(desk: Desk, sit_down: SitDown) -> None:
    sit_down(0)
    assert actor(desk) == "account:root: no office"


@pytest.mark.parametrize(("caller", "who"), [("4242", "account:4242"), ("9" * 30, f"account:{'9' * 30}")])
def test_under_sudo_of_an_account_the_system_cannot_name_its_number_acts(
    desk: Desk, sit_down: SitDown, caller: str, who: str
) -> None:
    sit_down(0, SUDO_UID=caller)
    assert actor(desk) == f"{who}: no office"


@pytest.mark.parametrize("caller", ["", "klee", "-1", "1001x", "²"])
def test_a_sudo_uid_that_is_no_number_is_root(desk: Desk, sit_down: SitDown, caller: str) -> None:
    sit_down(0, SUDO_UID=caller)
    assert actor(desk).endswith("no office")


def test_an_account_that_two_people_have_is_refused(desk: Desk) -> None:
    desk.toml.write_text(desk.toml.read_text("utf-8").replace('"portiz"', '"klee"'), "utf-8")
    told = desk.refused("status", code=10)
    assert told.problems == ["'people': two people have the account 'klee'; each needs their own."]


def test_a_person_without_an_account_is_nobody_at_the_keyboard(desk: Desk, sit_down: SitDown) -> None:
    desk.toml.write_text(desk.toml.read_text("utf-8").replace(', account = "klee"', ""), "utf-8")
    sit_down(1001)
    assert actor(desk) == "account:klee: no office"


def test_an_environment_of_a_real_process_changes_nothing(desk: Desk) -> None:
    """The same without any stand-in: this very account, with variables that say another."""
    mine = actor(desk)
    said = dict.fromkeys(("USER", "LOGNAME", "LNAME", "USERNAME", "SUDO_USER"), "klee")
    typed = [sys.executable, "-m", "retention", *desk.typed("doctor", "--json")]
    ran = subprocess.run(typed, capture_output=True, text=True, check=True, env={**os.environ, **said})
    assert json.loads(ran.stdout)[0]["found"] == mine


def test_a_played_person_acts_in_a_rehearsal_and_the_ledger_says_that_it_was_one(desk: Desk, sit_down: SitDown) -> None:
    sit_down(1003)
    desk.done(*PLACE, by=ATTORNEY.upper())
    entry = json.loads(desk.ledger.read_bytes().splitlines()[-1])
    assert (entry["said"]["by"], entry["head"]["rehearsal"]) == (ATTORNEY, True)
    assert "(a rehearsal)" in desk.done("status").out


def make_real(desk: Desk, url: str = "", authority: str = "") -> None:
    """Let the city's settings be those of real mail, where no other address is given."""
    lines = 'system = "graph"\ntenant = "t"\nclient = "c"\nsecret = "env:X"\n'
    lines += f'authority_url = "{authority}"\n' if authority else ""
    text = desk.toml.read_text("utf-8").replace('system = "simulator"\n', lines)
    text = text.replace(f'graph_url = "{desk.simulator.graph_url}"\n', f'graph_url = "{url}"\n' if url else "")
    desk.toml.write_text(text, "utf-8")


@pytest.mark.parametrize("typed", [("status",), PLACE, ("apply", "PLAN")], ids=["status", "hold place", "apply"])
def test_a_ledger_begun_in_a_rehearsal_never_serves_real_mail(desk: Desk, typed: tuple[str, ...]) -> None:
    """Else a hold could be released, or a plan approved, by somebody who only plays the office."""
    make_real(desk)
    told = desk.refused(*(desk.plan if word == "PLAN" else word for word in typed), code=10)
    assert "rehearsal" in told.error and str(desk.ledger) in told.error


def test_a_ledger_begun_for_real_mail_serves_no_rehearsal(desk: Desk) -> None:
    desk.ledger.unlink()
    (desk.folder / "retention.db").unlink()
    rehearsal = desk.toml.read_text("utf-8")
    make_real(desk)
    desk.done("init")
    desk.done("status")
    desk.toml.write_text(rehearsal, "utf-8")
    told = desk.refused(*PLACE, by=ATTORNEY, code=10)
    assert "rehearsal" in told.error


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_mail_and_sign_in_on_this_very_machine_are_a_rehearsal(desk: Desk, host: str) -> None:
    make_real(desk, f"https://{host}:1", f"https://{host}:1")
    desk.done("status", by=OPERATOR)


@pytest.mark.parametrize(
    "host",
    [
        "graph.microsoft.com",
        "localhost.city.example",
        "127.0.0.1.city.example",
        "10.0.0.1",
        "localhost@graph.microsoft.com",
        "0x7f000001.example",
    ],
)
def test_anything_else_is_real_mail_and_nobody_is_played(desk: Desk, host: str) -> None:
    make_real(desk, f"https://{host}", f"https://{host}")
    desk.refused("status", by=OPERATOR, code=32)


def test_a_proxy_on_this_very_machine_is_real_mail(desk: Desk) -> None:
    make_real(desk, "https://localhost:1")
    desk.refused("status", by=OPERATOR, code=32)
