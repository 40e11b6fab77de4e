"""The ledger: append-only, chained, on the disk, shared by several processes; one flipped byte is found and named."""

from __future__ import annotations

import hashlib
import json
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retention.core.audit import Refused, Torn
from retention.errors import BadConfiguration, LedgerBroken, StoreNotAnswering
from retention.ledger import Ledger

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def opened(path: Path) -> Ledger:
    return Ledger(path, now=lambda: NOW, by="ana@town.example")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.jsonl"
    ledger = Ledger.found(path, "Town", now=lambda: NOW, by="ana@town.example", rehearsal=False)
    for number in range(5):
        ledger.append(Refused(act="approve", why=f"reason {number}"))
    return path


def test_what_was_appended_is_read_again(path: Path) -> None:
    ledger = opened(path)
    assert ledger.head[0] == 6
    assert [link.entry.n for link in ledger.links()] == list(range(6))


def test_a_stranger_can_check_the_chain_with_the_standard_library_alone(path: Path) -> None:
    previous = "0" * 64
    for line in path.read_bytes().splitlines():
        head, _, said = line[len('{"digest":"') + 64 + len('","head":') : -1].partition(b',"said":{')
        entry = json.loads(line)
        assert hashlib.sha256(head).hexdigest() == entry["digest"]
        assert hashlib.sha256(b"{" + said).hexdigest() == entry["head"]["said"]
        assert entry["head"]["previous"] == previous
        previous = entry["digest"]


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
def test_one_flipped_byte_is_found(path: Path, data: st.DataObject) -> None:
    good = path.read_bytes()
    at = data.draw(st.integers(0, len(good) - 1))
    bit = data.draw(st.integers(0, 7))
    bad = bytearray(good)
    bad[at] ^= 1 << bit
    path.write_bytes(bad)
    try:
        with pytest.raises(LedgerBroken, match="entry"):
            opened(path)
    finally:
        path.write_bytes(good)


def test_a_missing_or_swapped_line_is_found(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    for changed in (lines[:2] + lines[3:], [lines[0], lines[2], lines[1], *lines[3:]], lines[1:]):
        path.write_bytes(b"".join(changed))
        with pytest.raises(LedgerBroken):
            opened(path)


@pytest.mark.parametrize("cut", [1, 2, 40, 200])
def test_a_line_cut_off_by_a_crash_is_said_by_the_next_entry_and_nothing_is_rewritten(path: Path, cut: int) -> None:
    whole = path.read_bytes()
    last = whole.splitlines(keepends=True)[-1]
    torn = whole[: -len(last)] + last[: max(5, len(last) - 1 - cut)]
    path.write_bytes(torn)
    ledger = opened(path)
    assert ledger.head[0] == 5
    ledger.append(Refused(act="approve", why="after the crash"))
    assert path.read_bytes().startswith(torn)
    again = opened(path)
    assert again.head[0] == 7
    assert isinstance([link.entry.body for link in again.links()][5], Torn)


def test_an_entry_that_only_lost_its_line_end_is_never_passed_over(path: Path) -> None:
    whole = path.read_bytes()
    for damaged in (whole[:-1], whole[:-1] + b"x"):
        path.write_bytes(damaged)
        with pytest.raises(LedgerBroken, match="end of its line"):
            opened(path)


def test_several_writers_make_one_chain(path: Path) -> None:
    def write(name: str) -> None:
        ledger = opened(path)
        for number in range(20):
            ledger.append(Refused(act=name, why=str(number)))

    writers = [threading.Thread(target=write, args=(name,)) for name in "abc"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert opened(path).head[0] == 66


def test_each_sees_what_the_other_wrote(path: Path) -> None:
    one, other = opened(path), opened(path)
    one.append(Refused(act="approve", why="seen"))
    assert other.head[0] == 6
    other.refresh()
    assert other.head[0] == 7


def test_a_ledger_is_never_founded_twice(path: Path) -> None:
    with pytest.raises(BadConfiguration):
        Ledger.found(path, "Town", now=lambda: NOW, by="", rehearsal=False)


def test_a_missing_ledger_is_no_empty_ledger(tmp_path: Path) -> None:
    with pytest.raises(LedgerBroken, match="not there"):
        opened(tmp_path / "ledger.jsonl")


def test_a_ledger_that_became_shorter_is_refused(path: Path) -> None:
    ledger = opened(path)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    with pytest.raises(LedgerBroken, match="shorter"):
        ledger.refresh()


def test_a_full_disk_is_told_in_one_sentence(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = opened(path)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StoreNotAnswering, match="No space left"):
        ledger.append(Refused(act="approve", why="full"))


@pytest.mark.parametrize("piece", [1, 7, 250, 1 << 20])
def test_however_the_file_is_cut_into_pieces_the_same_is_read(
    path: Path, piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lines longer than a piece, line ends at its edge, a line that a crash cut off, and a fragment at the end."""
    with open(path, "ab") as file:
        file.write(b'{"digest":"00')
    opened(path).append(Refused(act="approve", why="x" * 2000))
    whole = opened(path)
    monkeypatch.setattr("retention.ledger.PIECE", piece)
    again = opened(path)
    assert again.head == whole.head and [link.entry.n for link in again.links()] == list(range(whole.head[0]))
    assert all(again.had(link.entry.n + 1, link.digest) for link in whole.links())
    with open(path, "ab") as file:
        file.write(b'{"digest":"11')
    assert again.refresh() is not None and opened(path).head == whole.head
    again.append(Refused(act="approve", why="after"))
    assert opened(path).head[0] == whole.head[0] + 2
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(LedgerBroken, match="end of its line"):
        opened(path)
