"""``retention audit``: the head is published, the ledger handed over, and what was cut since is found and named."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.cli.desk import ATTORNEY, OPERATOR, RECORDS, Desk
from tests.packet.unpacking import verified
from tests.timestamping import HAS_OPENSSL, Service


def test_the_head_is_printed_and_filed_with_a_word_that_it_must_be_given_away(desk: Desk) -> None:
    told = desk.done("audit", "publish", by=RECORDS)
    (filed,) = (desk.folder / "published").iterdir()
    head = json.loads(filed.read_bytes())
    assert f"{head['entries']} entries" in told.out and head["digest"] in told.out and f"Written: {filed}" in told.out
    assert "Give it to somebody" in told.err
    assert "agrees with 1 published head" in desk.done("audit", "verify").out


def test_the_result_for_machines_is_the_same(desk: Desk, tmp_path: Path) -> None:
    told = desk.done("audit", "publish", "-o", str(tmp_path / "head.json"), "--json", by=RECORDS)
    assert json.loads(told.json["text"]) == told.json["head"] == json.loads((tmp_path / "head.json").read_bytes())
    checked = desk.done("audit", "verify", "--published", str(tmp_path / "head.json"), "--json").json
    assert checked["heads"] == 2 and checked["open"] == []


def test_who_may_not_publish_is_told_whose_act_it_is(desk: Desk) -> None:
    told = desk.refused("audit", "publish", code=32, by=OPERATOR, said="refused")
    assert "publishing the ledger's head is an act of Records Manager or City Clerk" in told.error


def test_a_ledger_that_was_cut_after_a_head_was_published_is_found(desk: Desk, tmp_path: Path) -> None:
    desk.done("audit", "publish", "-o", str(tmp_path / "head.json"), by=RECORDS)
    lines = desk.ledger.read_bytes().splitlines(keepends=True)
    desk.ledger.write_bytes(b"".join(lines[:-3]))
    for typed in ((), ("--ledger", str(desk.ledger), "--published", str(tmp_path / "head.json"))):
        # With the catalog beside it the cut is noticed before the head is asked.
        assert desk.run("audit", "verify", *typed).code in (40, 42)
    told = desk.refused("audit", "verify", *typed, code=40)
    assert "published head head.json" in told.error and f"entry {len(lines) - 3} and what came after it" in told.error


def test_a_head_that_is_none_is_one_sentence(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "head.json").write_text("{}")
    for name in ("head.json", "nowhere.json"):
        told = desk.refused("audit", "verify", "--published", str(tmp_path / name), code=40)
        assert name in told.error


def test_without_records_only_the_ledger_is_read(desk: Desk) -> None:
    desk.done("apply", desk.plan, by=OPERATOR)
    assert "records read back" in desk.done("audit", "verify").out
    for record in (desk.folder / "records").rglob("*.eml"):
        record.unlink()
    assert desk.run("audit", "verify").code == 41
    told = desk.done("audit", "verify", "--no-records")
    assert "read back" not in told.out and "The ledger is whole" in told.out


def test_an_export_is_written_and_told_in_short(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.done("audit", "publish", by=ATTORNEY)
    folder = tmp_path / "export"
    told = desk.done("audit", "export", "-o", str(folder))
    digest = told.out.splitlines()[-1].rpartition(" ")[2]
    assert "1 published head with it" in told.out and "of all matters" in told.err
    assert verified(folder, "--manifest", digest).returncode == 0
    desk.refused("audit", "export", "-o", str(folder), code=2)
    desk.refused("audit", "export", "-o", "/proc/nowhere/export", code=14)
    monkeypatch.chdir(tmp_path)
    assert desk.done("audit", "export", "--json").json["heads"] == 1
    assert [name for name in os.listdir(tmp_path) if name.startswith("ledger-20")]


@pytest.mark.skipif(not HAS_OPENSSL, reason="there is no openssl on this machine")
def test_a_timestamp_is_asked_for_where_the_settings_name_a_service(desk: Desk, tmp_path: Path) -> None:
    told = desk.refused("audit", "publish", "--timestamp", code=10, by=RECORDS)
    assert "audit.timestamp_url" in told.error
    text = desk.toml.read_text("utf-8")
    with Service(tmp_path / "tsa").serving() as service:
        section = f'\n[audit]\ntimestamp_url = "{service.url}"\ntimestamp_certificates = "{service.certificates}"\n'
        desk.toml.write_text(text + section, "utf-8")
        told = desk.done("audit", "publish", "--timestamp", by=RECORDS)
        assert "CN=Town Timestamps attests that it was so at" in told.out and told.err == ""
        service.status = 503
        told = desk.run("audit", "publish", "--timestamp", by=RECORDS)
        assert told.code == 18 and service.url in told.error
    assert "1 timestamp" in desk.done("audit", "verify").out
    folder = tmp_path / "export"
    desk.done("audit", "export", "-o", str(folder))
    done = verified(folder)
    assert done.returncode == 0 and "Timestamps that hold      1" in done.stdout, done.stdout


def test_settings_that_cannot_be_right_are_named(desk: Desk) -> None:
    text = desk.toml.read_text("utf-8")
    for section, key in (
        ('publish_to = ["not an address"]', "audit.publish_to"),
        ('timestamp_url = "ftp://x"\ntimestamp_certificates = "c.pem"', "audit.timestamp_url"),
        ('timestamp_url = "https://x"', "audit.timestamp_certificates"),
        ("publish = true", "audit.publish"),
    ):
        desk.toml.write_text(f"{text}\n[audit]\n{section}\n", "utf-8")
        told = desk.run("audit", "verify")
        assert told.code == 10 and any(key in problem for problem in told.problems), told
