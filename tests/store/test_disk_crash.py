"""Records on a disk that crashes at any call, or gives back something else than it was given.

Whole record or none, and never a wrong one: nothing else is tested here.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from retention import durable
from retention.core.record import read_sidecar
from retention.errors import RecordMismatch
from retention.store.disk import LOCK, MARK, DiskStore
from tests.store.contract import BOB, LETTER, custody, record


@pytest.fixture
def store(tmp_path: Path) -> DiskStore:
    return DiskStore.create(tmp_path / "records")


class Crash(BaseException):
    """The process ends here."""


CALLS: tuple[tuple[Any, str], ...] = (
    (durable, "write"),
    (durable, "make_folder"),
    (durable, "sync_folder"),
    (os, "fsync"),
    (Path, "mkdir"),
    (Path, "replace"),
    (os, "link"),
)


def _crashes(act: Callable[[], object], between: Callable[[int], None]) -> int:
    """Do ``act`` again and again, crashing just before and just after each call in turn; how often it crashed."""
    for at in count(1):
        ticks = count(1)

        def wrapped(real: Callable, ticks: Iterator[int] = ticks, at: int = at) -> Callable:
            def call(*args: Any, **kwargs: Any) -> Any:
                if next(ticks) == at:
                    raise Crash
                result = real(*args, **kwargs)
                if next(ticks) == at:
                    raise Crash
                return result

            return call

        with pytest.MonkeyPatch.context() as patched:
            for owner, name in CALLS:
                patched.setattr(owner, name, wrapped(getattr(owner, name)))
            try:
                act()
            except Crash:
                pass
            else:
                return at - 1
        between(at)
    raise AssertionError


def test_a_crash_at_any_call_leaves_the_whole_file_or_none(tmp_path: Path) -> None:
    stores = {0: DiskStore.create(tmp_path / "0")}

    def look(at: int) -> None:
        root = stores[at - 1].root
        for file in root.rglob("*"):
            if file.suffix == ".eml":
                assert file.read_bytes() == LETTER
            elif file.suffix == ".json" and file.name != MARK:
                assert read_sidecar(file.read_bytes()) == record(LETTER)
            else:
                assert file.is_dir() or file.name in (MARK, LOCK), f"{file.name} is left over"
        place = stores[at - 1].put(record(LETTER), LETTER)
        assert (stores[at - 1].get(place), stores[at - 1].record(place)) == (LETTER, record(LETTER))
        stores[at] = DiskStore.create(tmp_path / str(at))

    assert _crashes(lambda: stores[max(stores)].put(record(LETTER), LETTER), look) > 30


def test_a_crash_at_any_call_of_a_second_custody_keeps_the_first(tmp_path: Path) -> None:
    store = DiskStore.create(tmp_path / "records")
    place = store.put(record(LETTER), LETTER)
    first, both = store.record(place), record(LETTER, custody=(custody(), custody(BOB, "m2")))

    def look(at: int) -> None:
        assert store.get(place) == LETTER
        assert store.record(place) in (first, both)
        assert not list(store.root.rglob("*.part"))

    assert _crashes(lambda: store.put(record(LETTER, custody=(custody(BOB, "m2"),)), LETTER), look) > 8
    assert store.record(place) == both


def test_what_a_killed_process_left_half_written_is_no_record(store: DiskStore) -> None:
    place = record(LETTER).place
    folder = (store.root / place).parent
    folder.mkdir(parents=True)
    (folder / f".{record(LETTER).digest}.eml.4711.part").write_bytes(LETTER[:10])
    assert list(store.places()) == []
    with pytest.raises(RecordMismatch):
        store.get(place)
    assert store.get(store.put(record(LETTER), LETTER)) == LETTER
    assert list(store.places()) == [place]


def _lying(monkeypatch: pytest.MonkeyPatch, suffix: str, lie: Callable[[bytes], bytes]) -> None:
    """Every file of this kind is another by the time it has its name, whether it was renamed or linked."""
    rename, link = Path.replace, os.link

    def lying(part: Path, path: Path) -> None:
        if path.suffix == suffix:
            part.write_bytes(lie(part.read_bytes()))

    def replace(part: Path, path: Path) -> Path:
        lying(part, path)
        return rename(part, path)

    def linked(part: Path, path: Path) -> None:
        lying(part, path)
        link(part, path)

    monkeypatch.setattr(Path, "replace", replace)
    monkeypatch.setattr(os, "link", linked)


LIES: dict[str, Callable[[bytes], bytes]] = {
    "one bit": lambda data: bytes([data[0] ^ 1]) + data[1:],
    "nothing": lambda data: b"",
    "cut off": lambda data: data[:-3],
    "zeros": lambda data: bytes(len(data)),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_a_disk_that_gives_back_other_bytes_is_found_before_put_returns(
    store: DiskStore, monkeypatch: pytest.MonkeyPatch, lie: Callable[[bytes], bytes]
) -> None:
    with monkeypatch.context() as patched:
        _lying(patched, ".eml", lie)
        with pytest.raises(RecordMismatch, match=record(LETTER).digest):
            store.put(record(LETTER), LETTER)
    assert store.get(store.put(record(LETTER), LETTER)) == LETTER


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_a_disk_that_gives_back_another_sidecar_is_found_before_put_returns(
    store: DiskStore, monkeypatch: pytest.MonkeyPatch, lie: Callable[[bytes], bytes]
) -> None:
    _lying(monkeypatch, ".json", lie)
    with pytest.raises(RecordMismatch, match=record(LETTER).digest):
        store.put(record(LETTER), LETTER)


def test_a_disk_that_loses_the_file_is_found_before_put_returns(store: DiskStore, monkeypatch: Any) -> None:
    real = durable.sync_folder

    def lose(folder: Path) -> None:
        real(folder)
        for file in folder.glob("*.eml"):
            file.unlink()

    monkeypatch.setattr(durable, "sync_folder", lose)
    with pytest.raises(RecordMismatch, match="missing"):
        store.put(record(LETTER), LETTER)
