"""Whatever the holds rest on that cannot be had: nothing is deleted, and each trouble has its own code and sentence."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import zoneinfo
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from retention.cli import opening
from tests.cli.desk import OPERATOR, RECORDS, Desk, Told, assert_one_sentence, places


def applied(desk: Desk, by: str = OPERATOR) -> Told:
    """``apply`` on an approved plan, which must not change one message."""
    before = places(desk.world)
    told = desk.run("apply", desk.plan, by=by)
    assert places(desk.world) == before
    assert_one_sentence(told)
    return told


@pytest.fixture
def ready(desk: Desk) -> Desk:
    return desk


def unreadable(desk: Desk, patch: pytest.MonkeyPatch) -> None:
    data = desk.ledger.read_bytes()
    desk.ledger.write_bytes(data.replace(b"Resolution 1", b"Resolution 2", 1))


def locked(desk: Desk, patch: pytest.MonkeyPatch) -> None:
    patch.setattr("retention.catalog.opening.WAIT_FOR_LOCK", 0.1)
    other = sqlite3.connect(desk.folder / "retention.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    patch.setattr(desk, "_other", other, raising=False)


def jumped_back(desk: Desk, patch: pytest.MonkeyPatch) -> None:
    now = opening.now
    patch.setattr(opening, "now", lambda: now() - timedelta(days=2))


def no_time_zones(desk: Desk, patch: pytest.MonkeyPatch) -> None:
    def missing(key: str) -> zoneinfo.ZoneInfo:
        raise zoneinfo.ZoneInfoNotFoundError(key)

    patch.setattr(zoneinfo, "ZoneInfo", missing)


def nobody(desk: Desk, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(opening, "system_account", lambda: "stranger")


def ssh(desk: Desk) -> None:
    text = desk.toml.read_text("utf-8")
    desk.toml.write_text(text.replace("[city]\n", '[city]\nidentity = "ssh"\n', 1), "utf-8")


def no_signers(desk: Desk, patch: pytest.MonkeyPatch) -> None:
    ssh(desk)
    _approve_with_a_key(desk)
    (desk.folder / "allowed_signers").unlink()


def bad_signature(desk: Desk, patch: pytest.MonkeyPatch) -> None:
    """The key of the approval was taken out of the signers file, and another one stands there."""
    ssh(desk)
    _approve_with_a_key(desk)
    _key(desk, RECORDS, "another_key")


def _approve_with_a_key(desk: Desk) -> None:
    key = _key(desk, RECORDS, "first_key")
    desk.done("--key", str(key), "schedule", "adopt", "city", "--authority", "Resolution 1", by=RECORDS)
    desk.done("--key", str(_key(desk, OPERATOR, "service_key")), "plan", "-o", "signed.json", by=OPERATOR)
    shutil.move("signed.json", desk.plan)
    desk.done("--key", str(key), "approve", desk.plan, by=RECORDS)


def _key(desk: Desk, address: str, name: str) -> Path:
    key = desk.folder / name
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    signers = desk.folder / "allowed_signers"
    others = (
        [line for line in signers.read_text().splitlines() if not line.startswith(address)] if signers.exists() else []
    )
    signers.write_text("\n".join([*others, f"{address} {key.with_suffix('.pub').read_text()}"]))
    return key


TROUBLES: list[tuple[Callable[[Desk, pytest.MonkeyPatch], None], int, str]] = [
    (unreadable, 40, "does not match its digest"),
    (locked, 11, "locked"),
    (jumped_back, 15, "The clock says"),
    (no_time_zones, 16, "no time zone data"),
    (no_signers, 33, "allowed_signers"),
    (bad_signature, 34, "records@city.example"),
]


@pytest.mark.parametrize(("trouble", "code", "said"), TROUBLES, ids=lambda one: getattr(one, "__name__", None))
def test_nothing_is_deleted(
    ready: Desk, monkeypatch: pytest.MonkeyPatch, trouble: Callable[..., None], code: int, said: str
) -> None:
    trouble(ready, monkeypatch)
    told = applied(ready)
    assert told.code == code, told
    assert said in told.error and told.next_step


def test_nobody_the_city_does_not_know_deletes_anything(ready: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody(ready, monkeypatch)
    told = applied(ready, by="")
    assert told.code == 17 and "stranger" in told.error


def test_every_trouble_has_a_code_of_its_own() -> None:
    codes = [code for _, code, _ in TROUBLES]
    assert len(set(codes)) == len(codes)
