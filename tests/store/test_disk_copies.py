"""Preservation copies on a disk: the contract, a disk that is not there, and one that crashes at any call.

Records on a disk are in ``test_disk.py`` and ``test_disk_crash.py``.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from retention import durable
from retention.core.preserved import Copy, read_sidecar
from retention.errors import RecordMismatch, StoreNotAnswering
from retention.store.disk import DiskStore
from tests.store.contract import BOB, LETTER
from tests.store.contract_copies import CopyContract, copy, found
from tests.store.test_disk import DiskBench
from tests.store.test_disk_crash import LIES

CALLS: tuple[tuple[Any, str], ...] = (
    (durable, "write"),
    (durable, "make_folder"),
    (durable, "sync_folder"),
    (os, "fsync"),
    (Path, "replace"),
    (Path, "unlink"),
)


class TestDiskCopies(CopyContract):
    @pytest.fixture
    def bench(self, tmp_path: Path) -> DiskBench:
        return DiskBench(tmp_path / "records")


class Crash(BaseException):
    """The process ends here."""


def _crashed(at: int, act: Callable[[], object]) -> bool:
    """Do this, crashing just before or just after the n-th call; whether there was one."""
    ticks = count(1)

    def wrapped(real: Callable[..., Any]) -> Callable[..., Any]:
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
            return True
    return False


def _lies_there(store: DiskStore, place: str) -> tuple[bool, Copy | None]:
    """Whether the content is there, which must then be whole, and the sidecar, which must then be readable."""
    if has := store.has_copy(place):
        assert store.get_copy(place) == LETTER
    beside = store.root / f"{place}.json"
    return has, read_sidecar(beside.read_bytes()) if beside.exists() else None


def test_a_crash_at_any_call_never_leaves_a_copy_of_which_nobody_can_say_whose_it_is(tmp_path: Path) -> None:
    for at in count(1):
        store = DiskStore.create(tmp_path / str(at))
        crashed = _crashed(at, lambda store=store: store.put_copy(copy(LETTER), LETTER))  # type: ignore[misc]
        content, sidecar = _lies_there(store, copy(LETTER).place)
        assert sidecar == copy(LETTER) if content else sidecar in (None, copy(LETTER))
        assert list(store.copies()) == ([copy(LETTER).place] if sidecar else [])
        assert store.get_copy(store.put_copy(copy(LETTER), LETTER)) == LETTER
        if not crashed:
            break
    assert at > 25


def test_a_crash_at_any_call_of_a_second_finding_keeps_the_first(tmp_path: Path) -> None:
    for at in count(1):
        store = DiskStore.create(tmp_path / str(at))
        place = store.put_copy(copy(LETTER), LETTER)
        again = copy(LETTER, found(BOB, "m2"))
        crashed = _crashed(at, lambda store=store, again=again: store.put_copy(again, LETTER))  # type: ignore[misc]
        both = copy(LETTER, found(), found(BOB, "m2"))
        assert store.get_copy(place) == LETTER and store.copy(place) in (copy(LETTER), both)
        if not crashed:
            break
    assert store.copy(place) == both and at > 8


def test_a_crash_at_any_call_of_a_destruction_leaves_what_can_be_destroyed(tmp_path: Path) -> None:
    for at in count(1):
        store = DiskStore.create(tmp_path / str(at))
        place = store.put_copy(copy(LETTER), LETTER)
        crashed = _crashed(at, lambda store=store, place=place: store.destroy_copy(place))  # type: ignore[misc]
        content, sidecar = _lies_there(store, place)
        assert sidecar is not None or not content
        store.destroy_copy(place)
        assert list(store.copies()) == []
        if not crashed:
            break
    assert at > 8


@pytest.mark.parametrize("suffix", [".eml", ".json"])
@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_a_disk_that_gives_back_something_else_is_found_before_a_copy_is_called_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lie: Callable[[bytes], bytes], suffix: str
) -> None:
    store, real = DiskStore.create(tmp_path / "records"), durable.write

    def write(path: Path, data: bytes) -> None:
        real(path, data)
        if path.suffix == suffix:
            path.write_bytes(lie(data))

    monkeypatch.setattr(durable, "write", write)
    with pytest.raises(RecordMismatch, match=copy(LETTER).digest):
        store.put_copy(copy(LETTER), LETTER)


def test_a_share_that_went_away_has_not_lost_its_copies(tmp_path: Path) -> None:
    store = DiskStore.create(tmp_path / "records")
    place = store.put_copy(copy(LETTER), LETTER)
    shutil.rmtree(store.root)
    store.root.mkdir()
    asked: list[Callable[[], object]] = [
        lambda: store.get_copy(place),
        lambda: store.copy(place),
        lambda: list(store.copies()),
        lambda: store.put_copy(copy(LETTER), LETTER),
        lambda: store.destroy_copy(place),
    ]
    for ask in asked:
        with pytest.raises(StoreNotAnswering):
            ask()
    assert list(store.root.iterdir()) == []


def test_a_copy_that_the_disk_will_not_let_go_is_told_in_one_sentence(tmp_path: Path, monkeypatch: Any) -> None:
    store = DiskStore.create(tmp_path / "records")
    place = store.put_copy(copy(LETTER), LETTER)

    def locked(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", locked)
    with pytest.raises(StoreNotAnswering, match="Permission denied"):
        store.destroy_copy(place)
    assert store.get_copy(place) == LETTER
