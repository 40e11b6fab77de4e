"""Records on a disk: the contract of every store, and what only a disk does: it is not mounted, full, or read-only.

Crashes and disks that lie are in ``test_disk_crash.py``; what a place is called, in ``tests/core/test_record.py``.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from retention import durable
from retention.errors import StoreNotAnswering
from retention.store.disk import LOCK, MARK, DiskStore
from tests.store.contract import BOB, LETTER, StoreContract, custody, record
from tests.store.contract_quarantine import QuarantineContract


class DiskBench:
    """A store in a folder of the test's own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.store = DiskStore.create(root)

    def reopened(self) -> DiskStore:
        return DiskStore(self.root)

    def files(self) -> int:
        return len(list(self.root.rglob("*.eml")))

    def sidecar(self, place: str) -> bytes:
        return (self.root / f"{place}.json").read_bytes()

    def change(self, place: str, content: bytes | None) -> None:
        _change(self.root / f"{place}.eml", content)

    def change_sidecar(self, place: str, content: bytes | None) -> None:
        _change(self.root / f"{place}.json", content)

    def lay(self, name: str, content: bytes | None) -> None:
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        _change(self.root / name, content)

    def read(self, name: str) -> bytes:
        return (self.root / name).read_bytes()

    def names(self) -> set[str]:
        files = {file.relative_to(self.root).as_posix() for file in self.root.rglob("*") if not file.is_dir()}
        return files - {MARK, LOCK}


class TestDiskContract(StoreContract):
    @pytest.fixture
    def bench(self, tmp_path: Path) -> DiskBench:
        return DiskBench(tmp_path / "records")


class TestDiskQuarantine(QuarantineContract):
    @pytest.fixture
    def bench(self, tmp_path: Path) -> DiskBench:
        return DiskBench(tmp_path / "records")


@pytest.fixture
def store(tmp_path: Path) -> DiskStore:
    return DiskStore.create(tmp_path / "records")


def test_a_stranger_finds_the_record_as_a_file_and_its_sidecar_beside_it(store: DiskStore) -> None:
    place = store.put(record(LETTER), LETTER)
    folder = store.root / "minnesota-cities" / place.split("/")[1] / "2019"
    names = sorted(file.name for file in folder.iterdir())
    assert names == [f"{record(LETTER).digest}.eml", f"{record(LETTER).digest}.json"]


def test_creating_twice_leaves_what_is_there(store: DiskStore) -> None:
    place = store.put(record(LETTER), LETTER)
    assert DiskStore.create(store.root).get(place) == LETTER


def test_creating_makes_the_folders_above(tmp_path: Path) -> None:
    assert list(DiskStore.create(tmp_path / "a" / "b" / "c").places()) == []


# --- a store that is not there


def _missing(root: Path) -> None:
    pass


def _empty_mount_point(root: Path) -> None:
    root.mkdir()


def _somebody_elses_folder(root: Path) -> None:
    (root / "photos").mkdir(parents=True)


def _a_file(root: Path) -> None:
    root.write_text("not a folder")


@pytest.mark.parametrize("made", [_missing, _empty_mount_point, _somebody_elses_folder, _a_file])
def test_a_store_that_is_not_there_is_never_taken_for_an_empty_one(tmp_path: Path, made: Callable) -> None:
    root = tmp_path / "records"
    made(root)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(StoreNotAnswering) as refused:
        DiskStore(root)
    assert str(root) in refused.value.message
    assert "Mount it" in refused.value.next_step
    assert sorted(tmp_path.rglob("*")) == before


def test_a_share_that_does_not_answer_is_told_in_one_sentence(store: DiskStore, monkeypatch: Any) -> None:
    _fail_on(monkeypatch, Path, "stat", OSError(errno.ESTALE, "Stale file handle"), when=lambda path: path.name == MARK)
    with pytest.raises(StoreNotAnswering):
        DiskStore(store.root)


def test_nothing_is_written_beneath_a_share_that_went_away_in_the_middle(store: DiskStore) -> None:
    shutil.rmtree(store.root)
    store.root.mkdir()
    with pytest.raises(StoreNotAnswering):
        store.put(record(LETTER), LETTER)
    assert list(store.root.iterdir()) == []


def test_a_share_that_went_away_has_not_lost_its_records(store: DiskStore) -> None:
    place = store.put(record(LETTER), LETTER)
    shutil.rmtree(store.root)
    store.root.mkdir()
    for ask in (store.get, store.record, lambda _: list(store.places())):
        with pytest.raises(StoreNotAnswering):
            ask(place)


def test_a_folder_that_cannot_be_listed_is_never_taken_for_an_empty_one(store: DiskStore, monkeypatch: Any) -> None:
    store.put(record(LETTER), LETTER)
    _fail_on(
        monkeypatch, os, "scandir", OSError(errno.ESTALE, "Stale file handle"), when=lambda path: "2019" in str(path)
    )
    for ask in (store.places, store.unexpected):
        with pytest.raises(StoreNotAnswering, match="Stale"):
            list(ask())


def test_places_are_in_order_also_where_one_series_begins_as_another(store: DiskStore) -> None:
    places = [store.put(record(LETTER, series=series), LETTER) for series in ("adm", "adm-2", "adm-10", "bud", "a")]
    assert list(store.places()) == sorted(places)


# --- a store that does not take files


class HalfAFile:
    """A file that takes half of what is written to it, and then the disk is full."""

    def __init__(self, *args: Any) -> None:
        self._file = open(*args)  # noqa: SIM115 - it is its own context manager

    def __enter__(self) -> HalfAFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, data: bytes) -> None:
        self._file.write(data[: len(data) // 2])
        self._file.flush()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _full_when_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durable, "open", HalfAFile, raising=False)


def _full_when_synced(monkeypatch: pytest.MonkeyPatch) -> None:
    _fail_on(monkeypatch, os, "fsync", OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))


def _read_only_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    _fail_on(monkeypatch, Path, "mkdir", OSError(errno.EROFS, os.strerror(errno.EROFS)))


def _read_only_files(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(durable, "open", refuse, raising=False)


def _no_rights(monkeypatch: pytest.MonkeyPatch) -> None:
    _fail_on(monkeypatch, Path, "replace", PermissionError(errno.EACCES, os.strerror(errno.EACCES)))


TROUBLES = {
    _full_when_written: "No space left on device",
    _full_when_synced: "No space left on device",
    _read_only_folders: "Read-only file system",
    _read_only_files: "Read-only file system",
    _no_rights: "Permission denied",
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_disk_that_takes_no_file_is_told_in_one_sentence_and_nothing_is_half_written(
    store: DiskStore, trouble: Callable[[pytest.MonkeyPatch], None]
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        trouble(patched)
        with pytest.raises(StoreNotAnswering, match=TROUBLES[trouble]) as refused:
            store.put(record(LETTER), LETTER)
    assert str(store.root) in refused.value.message
    assert refused.value.next_step.endswith(".")
    assert [file.name for file in store.root.rglob("*") if file.is_file()] == [MARK]
    assert store.get(store.put(record(LETTER), LETTER)) == LETTER


@pytest.mark.parametrize("trouble", [trouble for trouble in TROUBLES if trouble is not _read_only_folders])
def test_a_disk_that_takes_no_second_custody_keeps_the_first(
    store: DiskStore, trouble: Callable[[pytest.MonkeyPatch], None]
) -> None:
    place = store.put(record(LETTER), LETTER)
    with pytest.MonkeyPatch.context() as patched:
        trouble(patched)
        with pytest.raises(StoreNotAnswering):
            store.put(record(LETTER, custody=(custody(BOB, "m2"),)), LETTER)
    assert store.get(place) == LETTER
    assert store.record(place) == record(LETTER)
    assert not list(store.root.rglob("*.part"))


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_store_that_cannot_be_created_is_told_in_one_sentence(
    tmp_path: Path, trouble: Callable[[pytest.MonkeyPatch], None]
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        trouble(patched)
        with pytest.raises(StoreNotAnswering, match=TROUBLES[trouble]):
            DiskStore.create(tmp_path / "records")
    assert not list(tmp_path.rglob(MARK)) and not list(tmp_path.rglob("*.part"))


def test_a_file_where_a_folder_has_to_be_is_told_in_one_sentence(store: DiskStore) -> None:
    (store.root / "minnesota-cities").write_text("a file")
    with pytest.raises(StoreNotAnswering):
        store.put(record(LETTER), LETTER)


def test_a_record_that_cannot_be_read_for_now_is_not_called_a_mismatch(store: DiskStore, monkeypatch: Any) -> None:
    place = store.put(record(LETTER), LETTER)
    _fail_on(monkeypatch, Path, "read_bytes", OSError(errno.EIO, os.strerror(errno.EIO)))
    for ask in (store.get, store.record):
        with pytest.raises(StoreNotAnswering, match="Input/output error"):
            ask(place)


# --- names that somebody chose badly


@pytest.mark.parametrize(
    "name",
    ["../../../../etc", "/etc/passwd", "..", ".", "con", "NUL", "C:\\Windows", "a/b", "é" * 200, "x" * 255, "a\0b"],
)
def test_no_name_of_a_schedule_or_series_leads_out_of_the_store(store: DiskStore, name: str) -> None:
    awkward = record(LETTER, schedule=name, series=name)
    assert (store.root / awkward.place).resolve().is_relative_to(store.root.resolve())
    place = store.put(awkward, LETTER)
    (file,) = store.root.rglob("*.eml")
    assert file.relative_to(store.root).with_suffix("").as_posix() == place
    assert len(file.relative_to(store.root).parts) == 4
    assert list(store.places()) == [place]
    assert [outside.name for outside in store.root.parent.iterdir()] == ["records"]


def test_series_that_differ_in_capitals_only_do_not_meet_on_a_disk_that_ignores_them(store: DiskStore) -> None:
    places = [store.put(record(LETTER, series=name), LETTER) for name in ("fin 1", "FIN 1", "Fin 1", "fin-1", "FIN-1")]
    assert len({place.casefold() for place in places}) == 5


def _change(file: Path, content: bytes | None) -> None:
    if content is None:
        file.unlink()
    else:
        file.write_bytes(content)


def _fail_on(
    monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, error: OSError, when: Callable = lambda *_: True
) -> None:
    real = getattr(owner, name)

    def call(*args: Any, **kwargs: Any) -> Any:
        if when(*args):
            raise error
        return real(*args, **kwargs)

    monkeypatch.setattr(owner, name, call)
