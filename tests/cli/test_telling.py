"""What a run tells outside: metrics, log, drafts and a webhook; never what a mail says, and never a secret."""

from __future__ import annotations

import email
import json
from collections.abc import Iterator
from email.policy import default
from pathlib import Path

import pytest

from tests.cli.desk import ANN, ATTORNEY, BOB, HOSTILE, LONG_AGO, OPERATOR, Desk, letter, schedule, town
from tests.telling.told import hook

CANARY = "canary-7Yq2Zw"
SETTINGS = """
[run]
metrics = "told/retention.prom"
log = "told/retention.log"

[notify]
drafts = "told/drafts"
to = ["it@city.example"]
webhook = "env:RETENTION_WEBHOOK"
"""
CORRESPONDENT = "carla.ruiz"
FOLDER = "Divorce of Ann"


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What a webhook on this machine hears; its address holds the canary."""
    with hook() as (place, said):
        monkeypatch.setenv("RETENTION_WEBHOOK", f"http://{place}/{CANARY}")
        yield said


@pytest.fixture
def telling(desk: Desk, heard: list[str]) -> Desk:
    """A city that tells in every way."""
    (desk.folder / "told").mkdir()
    with desk.toml.open("a", encoding="utf-8") as file:
        file.write(SETTINGS)
    return desk


def log(desk: Desk) -> list[dict[str, object]]:
    return [json.loads(line) for line in (desk.folder / "told" / "retention.log").read_text("utf-8").splitlines()]


def drafts(desk: Desk) -> list[str]:
    return [
        f"{mail['Subject']}\n{mail.get_content()}"
        for path in sorted((desk.folder / "told" / "drafts").glob("*.eml"))
        for mail in [email.message_from_bytes(path.read_bytes(), policy=default)]
    ]


def hostile(desk: Desk) -> Desk:
    """The same city, with mail that would show itself wherever anything of it is told."""
    world = town()
    world.add_folder(ANN, FOLDER)
    world.add_message(ANN, FOLDER, letter(HOSTILE, 71), received_at=LONG_AGO)
    world.add_message(BOB, "Inbox", letter(f"Requisition {CANARY} [red]", 72), received_at=LONG_AGO)
    return Desk(desk.folder, desk.simulator, world)


def vanish(desk: Desk) -> None:
    """A held message goes from its mailbox."""
    desk.done("hold", "place", "--matter", "Elm Street", "--reason", "a claim", "--custodian", ANN, by=ATTORNEY)
    desk.world.permanent_delete(ANN, desk.world.ids(ANN, "Inbox")[0])


def test_a_good_run_writes_metrics_and_a_log_and_notices_nobody(telling: Desk, heard: list[str]) -> None:
    telling.done("run", by=OPERATOR)
    assert "retention_run_exit_code 0.0" in (telling.folder / "told" / "retention.prom").read_text("utf-8")
    assert log(telling)[-1]["message"] == "run ended" and log(telling)[-1]["exit_code"] == 0
    assert {one["stage"] for one in log(telling)[:-1]} >= {"sync", "apply", "plan"}
    assert heard == [] and not (telling.folder / "told" / "drafts").exists()


def test_nothing_that_a_mail_says_and_no_secret_is_ever_told(telling: Desk, heard: list[str]) -> None:
    city = hostile(telling)
    vanish(city)
    city.run("run", by=OPERATOR)
    city.simulator.faults.add("error", on="/messages/delta", times=-1, status=400, code=f"Error{FOLDER}")
    city.world.reset_delta(ANN)
    city.run("run", by=OPERATOR)
    files = [path for path in (city.folder / "told").rglob("*") if path.is_file()]
    assert len(files) >= 3 and heard
    told = "".join(path.read_text("utf-8") for path in files) + "".join(drafts(city))
    told += "".join(one.partition("\n")[2].replace(f"/{CANARY}", "") for one in heard)
    assert "held mail vanished" in told
    for word in (CANARY, CORRESPONDENT, "elsewhere.example", FOLDER, "Divorce", "owned", "Elm", "requisition", "lunch"):
        assert word.casefold() not in told.casefold(), word
    for address in (ANN, BOB):
        assert address not in told
    assert "\x1b" not in told and "\u202e" not in told


def test_somebody_is_noticed_once_of_the_same_trouble_and_again_when_it_is_over(
    telling: Desk, heard: list[str]
) -> None:
    vanish(telling)
    telling.run("run", by=OPERATOR)
    telling.run("run", by=OPERATOR)
    assert len(heard) == 1 and len(drafts(telling)) == 1 and "1 thing is wrong" in drafts(telling)[0]
    (one,) = telling.done("hold", "vanished", "--json").json
    telling.done("hold", "vanished", "--acknowledge", str(one["entry"]), "--reason", "asked", by=ATTORNEY)
    telling.done("run", by=OPERATOR)
    assert len(heard) == 2 and "all is well again" in heard[1]
    telling.done("run", by=OPERATOR)
    assert len(heard) == 2


def test_what_cannot_be_told_fails_no_run_and_is_said_by_status_until_it_can(
    telling: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    telling.done("run", by=OPERATOR)
    (telling.folder / "told" / "retention.log").unlink()
    (telling.folder / "told" / "retention.log").mkdir()
    told = telling.done("run", by=OPERATOR)
    assert "The log cannot be written to told/retention.log: Is a directory." in told.err
    state = telling.run("status")
    assert state.code == 3 and "The log cannot be written to told/retention.log" in state.out
    (telling.folder / "told" / "retention.log").rmdir()
    telling.done("run", by=OPERATOR)
    assert telling.done("status").out.startswith("City (a rehearsal): all is well.")


def test_a_webhook_that_fails_is_tried_again_and_its_address_is_never_shown(
    telling: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    vanish(telling)
    with hook(500) as (place, _):
        monkeypatch.setenv("RETENTION_WEBHOOK", f"json://{place}/{CANARY}")
        told = telling.run("run", by=OPERATOR)
    assert "The webhook was not told: The webhook did not take the notice." in told.err
    assert CANARY not in told.err + told.out + telling.run("status").out
    with hook() as (place, said):
        monkeypatch.setenv("RETENTION_WEBHOOK", f"json://{place}/{CANARY}")
        telling.run("run", by=OPERATOR)
    assert len(said) == 1 and len(drafts(telling)) == 1
    for path in (telling.ledger, telling.folder / "retention.db"):
        assert CANARY.encode() not in path.read_bytes()


def test_a_webhook_of_which_nobody_knows_the_address_is_said(telling: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RETENTION_WEBHOOK")
    vanish(telling)
    assert "RETENTION_WEBHOOK that notify.webhook points to is not set" in telling.run("run", by=OPERATOR).err


def test_a_run_that_fails_is_told_with_its_exit_code(telling: Desk, heard: list[str], at_once: None) -> None:
    telling.simulator.faults.add("error", on="/users", times=-1, status=503, code="serviceNotAvailable")
    assert telling.run("run", by=OPERATOR).code == 13
    assert "retention_run_exit_code 13.0" in (telling.folder / "told" / "retention.prom").read_text("utf-8")
    assert log(telling)[-1]["level"] == "ERROR" and log(telling)[-1]["exit_code"] == 13
    assert len(heard) == 1 and "the last run did not end well" in heard[0]


def test_nothing_is_told_where_nothing_is_set(desk: Desk) -> None:
    before = {path.name for path in Path(desk.folder).iterdir()}
    desk.done("run", by=OPERATOR)
    after = {path.name for path in Path(desk.folder).iterdir()} - before
    assert not [name for name in after if not name.startswith(("plans", "retention.db", "ledger.jsonl"))]


# What could not even begin


def drafts_of_an_unopened(desk: Desk, code: int) -> str:
    """What is drafted, and said in log and metrics, of a run that ends so before its city is open."""
    told = desk.run("run", "--json", by=OPERATOR)
    assert (told.code, told.out) == (code, "")
    assert log(desk)[-1]["exit_code"] == code and log(desk)[-1]["level"] == "ERROR"
    assert f"retention_run_exit_code {code}.0" in (desk.folder / "told" / "retention.prom").read_text("utf-8")
    return drafts(desk)[-1]


def test_a_run_on_a_broken_ledger_is_told_in_every_way_and_names_nothing(telling: Desk, heard: list[str]) -> None:
    telling.done("run", by=OPERATOR)
    lines = telling.ledger.read_text("utf-8").splitlines(keepends=True)
    telling.ledger.write_text("".join(lines[:1] + lines[2:]), "utf-8")
    draft = drafts_of_an_unopened(telling, 40)
    assert (
        "the last run did not end well" in draft and "[exit code 40: " in draft and "good run ended: never" not in draft
    )
    (wrong,) = [one for one in log(telling) if one["message"] == "wrong"]
    assert (wrong["kind"], wrong["code"]) == ("run failed", 40) and "ledger" in str(wrong["meaning"])
    assert len(heard) == 1 and "[exit code 40: " in heard[0]


def test_a_run_without_its_catalog_or_its_schedule_is_told(telling: Desk, heard: list[str]) -> None:
    (telling.folder / "city.toml").write_text("nothing", "utf-8")
    assert "[exit code 20: " in drafts_of_an_unopened(telling, 20)
    (telling.folder / "city.toml").write_text(schedule(), "utf-8")
    (telling.folder / "retention.db").rename(telling.folder / "moved.db")
    drafts_of_an_unopened(telling, 10)
    assert len(heard) == 2 and "[exit code 10: " in heard[1]


def test_the_same_trouble_is_told_once_a_day_and_its_end_too_where_the_catalog_can_be_read(
    telling: Desk, heard: list[str]
) -> None:
    right = telling.ledger.read_bytes()
    telling.ledger.write_bytes(right.replace(b"Resolution 1", b"Resolution 2"))
    telling.run("run", by=OPERATOR)
    telling.run("run", by=OPERATOR)
    assert len(heard) == 1
    telling.ledger.write_bytes(right)
    telling.done("run", by=OPERATOR)
    assert len(heard) == 2 and "all is well again" in heard[1]


def test_settings_that_cannot_be_read_tell_nobody_anything(telling: Desk, heard: list[str]) -> None:
    telling.toml.write_text("city = ", "utf-8")
    assert telling.run("run", by=OPERATOR).code == 10
    assert heard == [] and not (telling.folder / "told" / "drafts").exists()


def test_every_path_rests_on_the_folder_of_the_settings_wherever_catalog_and_ledger_lie(
    telling: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: None
) -> None:
    """As the guide to the machine lays them out: the settings here, catalog and ledger elsewhere by absolute paths."""
    elsewhere, working = tmp_path / "srv", tmp_path / "cron"
    elsewhere.mkdir()
    working.mkdir()
    for name in ("retention.db", "ledger.jsonl", "editions"):
        (telling.folder / name).rename(elsewhere / name)
    text = telling.toml.read_text("utf-8")
    assert "[city]\n" in text and "catalog =" not in text and "ledger =" not in text
    lies = f'[city]\ncatalog = "{elsewhere}/retention.db"\nledger = "{elsewhere}/ledger.jsonl"\n'
    telling.toml.write_text(text.replace("[city]\n", lies), "utf-8")
    monkeypatch.chdir(working)
    telling.simulator.faults.add("error", on="/users", times=-1, status=503, code="serviceNotAvailable")
    telling.run("run", by=OPERATOR)
    assert log(telling) and drafts(telling) and (telling.folder / "told" / "retention.prom").is_file()
    assert list(working.iterdir()) == []
