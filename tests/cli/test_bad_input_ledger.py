"""Bad input: a ledger that is missing, broken or cut, and records that were altered behind its back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.desk import ATTORNEY, OPERATOR, RECORDS, Desk, Told, assert_one_sentence

ALL = (
    ("sync",),
    ("classify",),
    ("plan", "-o", "nowhere.json"),
    ("approve", "PLAN"),
    ("apply", "PLAN"),
    ("status",),
    ("why", "1"),
    ("doctor",),
    ("hold", "list"),
    ("hold", "place", "--matter", "Elm", "--reason", "a claim", "--words", "elm"),
    ("schedule", "adopt", "city", "--authority", "R"),
    ("audit", "verify"),
)


@pytest.fixture(params=ALL, ids=" ".join)
def command(request: pytest.FixtureRequest, desk: Desk) -> tuple[str, ...]:
    return tuple(desk.plan if word == "PLAN" else word for word in request.param)


def stopped(desk: Desk, command: tuple[str, ...], code: int) -> Told:
    """No command does anything on such a ledger: not even the one who may place a hold."""
    by = {"hold": ATTORNEY, "approve": RECORDS, "schedule": RECORDS}.get(command[0], OPERATOR)
    told = desk.refused(*command, by=by, code=code)
    assert not Path("nowhere.json").exists()
    return told


def test_without_its_ledger_nothing_is_done(desk: Desk, command: tuple[str, ...]) -> None:
    desk.ledger.unlink()
    told = stopped(desk, command, 40)
    assert f"{desk.ledger} is not there" in told.error and "from a copy" in told.next_step
    assert not desk.ledger.exists()


def test_on_a_broken_ledger_nothing_is_done(desk: Desk, command: tuple[str, ...]) -> None:
    lines = desk.ledger.read_bytes().splitlines(keepends=True)
    n = next(n for n, line in enumerate(lines) if b"Resolution 1" in line)
    lines[n] = lines[n].replace(b"Resolution 1", b"Resolution 2")
    desk.ledger.write_bytes(b"".join(lines))
    told = stopped(desk, command, 40)
    assert f"entry {n} does not match its digest" in told.error and "restore the ledger" in told.next_step


def test_on_a_ledger_cut_behind_the_catalogs_back_nothing_is_done(desk: Desk, command: tuple[str, ...]) -> None:
    lines = desk.ledger.read_bytes().splitlines(keepends=True)
    desk.ledger.write_bytes(b"".join(lines[:-1]))
    told = stopped(desk, command, 42)
    assert f"entry {len(lines) - 1}" in told.error and "restore the ledger" in told.next_step


def test_one_flipped_byte_is_found_and_its_entry_named(desk: Desk) -> None:
    whole = desk.ledger.read_bytes()
    for at in range(0, len(whole) - 1, len(whole) // 15):
        desk.ledger.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        for typed in ("audit", "verify"), ("audit", "verify", "--ledger", str(desk.ledger)):
            told = desk.run(*typed)
            assert told.code == 40 and f"entry {whole[:at].count(10)} " in told.error, (at, told)
            assert_one_sentence(told)


def test_an_entry_taken_out_put_in_or_moved_is_found(desk: Desk) -> None:
    lines = desk.ledger.read_bytes().splitlines(keepends=True)
    for spoilt in (lines[:1] + lines[2:], lines[1:], [lines[0], *lines], [lines[1], lines[0], *lines[2:]]):
        desk.ledger.write_bytes(b"".join(spoilt))
        assert desk.run("audit", "verify", "--ledger", str(desk.ledger)).code == 40
        assert desk.run("audit", "verify").code == 40


def test_an_auditor_checks_a_ledger_with_access_to_nothing_else(desk: Desk, tmp_path: Path) -> None:
    copy = tmp_path / "copy.jsonl"
    copy.write_bytes(desk.ledger.read_bytes())
    entries = copy.read_bytes().count(b"\n")
    desk.toml.unlink()
    assert f"{entries:,} entries" in desk.done("audit", "verify", "--ledger", str(copy)).out
    assert desk.done("audit", "verify", "--ledger", str(copy), "--json").json["entries"] == entries
    assert list(tmp_path.glob("copy*")) == [copy]


@pytest.mark.parametrize("content", [None, b"", b"nothing of the kind\n", b"\x00" * 500])
def test_a_file_that_is_no_ledger_is_named(desk: Desk, tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "other.jsonl"
    if content is not None:
        path.write_bytes(content)
    told = desk.run("audit", "verify", "--ledger", str(path))
    assert told.code == 40 and str(path) in told.error, told
    assert_one_sentence(told)


@pytest.mark.parametrize("typed", [("status",), ("hold", "list"), ("audit", "verify")], ids=" ".join)
def test_a_ledger_that_was_emptied_is_broken_even_with_a_new_catalog(desk: Desk, typed: tuple[str, ...]) -> None:
    """Every hold would be forgotten, and nobody would be told."""
    desk.ledger.write_bytes(b"")
    for file in desk.folder.glob("retention.db*"):
        file.unlink()
    desk.run("init")
    assert desk.run(*typed).code == 40


# Records


def records(desk: Desk) -> list[Path]:
    desk.done("apply", desk.plan, by=OPERATOR)
    return sorted((desk.folder / "records").rglob("*.eml"))


def test_an_altered_record_is_named(desk: Desk) -> None:
    record = records(desk)[1]
    record.write_bytes(record.read_bytes().replace(b"letter", b"litter", 1))
    told = desk.refused("audit", "verify", code=41)
    assert str(record) in told.error and "does not match its digest" in told.error
    assert "Do not delete anything" in told.next_step


def test_a_missing_record_is_named_and_so_is_the_number_of_others(desk: Desk) -> None:
    first, second, *_ = records(desk)
    first.unlink()
    second.write_bytes(b"")
    told = desk.refused("audit", "verify", code=41)
    assert first.stem in told.error and "is missing" in told.error and "1 more do not match either." in told.error


def test_a_record_without_its_sidecar_is_named(desk: Desk) -> None:
    record = records(desk)[0]
    record.with_suffix(".json").write_bytes(b"{")
    assert record.stem in desk.refused("audit", "verify", code=41).error


def test_what_the_catalog_forgot_is_a_disagreement(desk: Desk) -> None:
    catalog = desk.folder / "retention.db"
    before = catalog.read_bytes()
    records(desk)
    for file in desk.folder.glob("retention.db-*"):
        file.unlink()
    catalog.write_bytes(before)
    told = desk.refused("audit", "verify", code=42)
    assert "The ledger says message" in told.error and "captured" in told.error
    assert "`retention apply`" in told.next_step
