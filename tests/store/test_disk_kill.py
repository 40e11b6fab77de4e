"""A process that is killed at any call of a disk store, two processes at once, and a disk that is full or read-only.

Crashes that a ``finally`` still sees are in ``test_disk_crash.py``.
"""

from __future__ import annotations

import errno
import os
import signal
import stat
from collections.abc import Callable, Iterator
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retention import durable
from retention.errors import RecordMismatch, StillLocked, StoreNotAnswering
from retention.store.disk import LOCK, MARK, DiskStore
from tests.store.contract import BOB, LETTER, WHEN, custody, record

PLACE = record(LETTER).place
TWICE = record(LETTER, custody=(custody(BOB, "m2"),))
BOTH = record(LETTER, custody=(custody(), custody(BOB, "m2")))
CALLS: tuple[tuple[Any, str], ...] = (
    (os, "fsync"),
    (Path, "mkdir"),
    (Path, "replace"),
    (Path, "unlink"),
    (os, "link"),
)
"""Every call that changes the disk. Between two of them, the disk is the same."""


def killed(at: int, act: Callable[[], object]) -> bool:
    """Do this in a process of its own that is killed just before or after its n-th call; whether it was."""
    child = os.fork()
    if child == 0:
        code = 99
        try:
            _arm(at)
            act()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    assert os.waitstatus_to_exitcode(status) == 0
    return False


def _arm(at: int) -> None:
    ticks = count(1)

    def wrapped(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            if next(ticks) == at:
                os.kill(os.getpid(), signal.SIGKILL)
            result = real(*args, **kwargs)
            if next(ticks) == at:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return call

    for owner, name in CALLS:
        setattr(owner, name, wrapped(getattr(owner, name)))


def put(store: DiskStore) -> None:
    store.put(record(LETTER), LETTER)


def mark(store: DiskStore) -> None:
    put(store)
    store.quarantine(PLACE, WHEN)


def each_kill(
    folder: Path, begin: Callable[[DiskStore], object], act: Callable[[DiskStore], object]
) -> Iterator[DiskStore]:
    """Every store as a killed process left it, opened anew."""
    for at in count(1):
        begin(DiskStore.create(folder / str(at)))
        if not killed(at, lambda at=at: act(DiskStore(folder / str(at)))):  # type: ignore[misc]
            assert at > 5
            return
        yield DiskStore(folder / str(at))


def names(store: DiskStore) -> set[str]:
    """All files but the store's own, and but what was left half written."""
    files = {file.relative_to(store.root).as_posix() for file in store.root.rglob("*") if file.is_file()}
    return {name for name in files - {MARK, LOCK} if not name.endswith(".part")}


def whole(store: DiskStore) -> None:
    assert (store.get(PLACE), store.record(PLACE)) == (LETTER, record(LETTER))


def test_a_put_that_was_killed_leaves_whole_files_or_none_and_is_done_again(tmp_path: Path) -> None:
    for store in each_kill(tmp_path, lambda _: None, put):
        if store.has(PLACE):
            assert store.get(PLACE) == LETTER
        put(store)
        whole(store)
        assert all(name.endswith(".part") for name in store.unexpected())


def test_a_second_custody_that_was_killed_keeps_the_first_and_ends_the_quarantine(tmp_path: Path) -> None:
    for store in each_kill(tmp_path, mark, lambda store: store.put(TWICE, LETTER)):
        assert store.get(PLACE) == LETTER and store.record(PLACE) in (record(LETTER), BOTH)
        if store.record(PLACE) == BOTH:
            assert list(store.quarantined()) == []
        store.put(TWICE, LETTER)
        assert store.record(PLACE) == BOTH and list(store.quarantined()) == []


def test_a_quarantine_that_was_killed_keeps_the_record_and_is_done_again(tmp_path: Path) -> None:
    for store in each_kill(tmp_path, put, lambda store: store.quarantine(PLACE, WHEN)):
        whole(store)
        assert list(store.quarantined()) in ([], [(PLACE, WHEN)])
        store.quarantine(PLACE, WHEN)
        assert list(store.quarantined()) == [(PLACE, WHEN)]


def test_a_restoring_that_was_killed_keeps_the_record_and_is_done_again(tmp_path: Path) -> None:
    for store in each_kill(tmp_path, mark, lambda store: store.restore(PLACE)):
        whole(store)
        store.restore(PLACE)
        whole(store)
        assert list(store.quarantined()) == []


def test_a_destruction_that_was_killed_is_known_as_one_and_comes_to_its_end(tmp_path: Path) -> None:
    for store in each_kill(tmp_path, mark, lambda store: store.destroy(PLACE)):
        if names(store):
            assert list(store.quarantined()) == [(PLACE, WHEN)]
        if store.has(PLACE):
            whole(store)
        store.destroy(PLACE)
        assert names(store) == set() and list(store.unexpected()) == []


def test_what_a_killed_put_left_half_written_is_destroyed_with_the_record(tmp_path: Path) -> None:
    """Its bytes are the record's bytes."""
    store = DiskStore.create(tmp_path / "records")
    mark(store)
    folder, _, digest = PLACE.rpartition("/")
    for name in (f".{digest}.eml.4711-00ff.part", f".{digest}.json.4711-00ff.part"):
        (store.root / folder / name).write_bytes(LETTER[:20])
    other = store.root / folder / f".{'0' * 64}.eml.4711-00ff.part"
    other.write_bytes(b"another's")
    DiskStore(store.root).destroy(PLACE)
    assert [file.name for file in (store.root / folder).iterdir()] == [other.name]


# --- two at once


@pytest.mark.parametrize("links", [True, False], ids=["links", "no links"])
def test_of_two_who_write_a_sidecar_first_none_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    """The other one comes just before this one's file gets its name."""
    store, real, came = DiskStore.create(tmp_path / "records"), os.link, []

    def link(part: Path, path: Path) -> None:
        if not came:
            came.append(path)
            DiskStore(store.root).put(TWICE, LETTER)
        if not links:
            raise OSError(errno.EPERM, os.strerror(errno.EPERM))
        real(part, path)

    monkeypatch.setattr(os, "link", link)
    put(store)
    assert {held.id for held in store.record(PLACE).custody} == {"m1", "m2"}
    assert list(store.unexpected()) == []


def _add(root: Path, number: int, times: int, start: Any) -> None:
    store = DiskStore(root)
    start.wait(20)
    for turn in range(times):
        store.put(record(LETTER, custody=(custody(BOB, f"m{number}-{turn}"),)), LETTER)


def test_two_processes_that_add_custody_at_once_lose_none(tmp_path: Path) -> None:
    root, fork = tmp_path / "records", get_context("fork")
    DiskStore.create(root)
    start = fork.Barrier(3)
    processes = [fork.Process(target=_add, args=(root, number, 15, start)) for number in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    ids = {held.id for held in DiskStore(root).record(PLACE).custody}
    assert ids == {f"m{number}-{turn}" for number in range(3) for turn in range(15)}
    assert list(DiskStore(root).unexpected()) == []


@given(steps=st.lists(st.sampled_from(["put", "quarantine", "restore", "destroy"]), max_size=12))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
def test_no_sequence_destroys_what_was_not_in_quarantine(tmp_path_factory: Any, steps: list[str]) -> None:
    store = DiskStore.create(tmp_path_factory.mktemp("records"))
    there = marked = False
    for step in steps:
        try:
            {
                "put": lambda: store.put(record(LETTER), LETTER),
                "quarantine": lambda: store.quarantine(PLACE, WHEN),
                "restore": lambda: store.restore(PLACE),
                "destroy": lambda: store.destroy(PLACE),
            }[step]()
        except RecordMismatch:
            assert not there or (step == "destroy" and not marked)
        else:
            there, marked = step != "destroy", step == "quarantine"
        assert store.has(PLACE) == there and bool(list(store.quarantined())) == marked


# --- a disk that is full, read-only, or changed behind our back


def _refuses(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """No file can be opened for writing, and none taken away."""

    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(durable, "open", refuse, raising=False)
    monkeypatch.setattr(Path, "unlink", refuse)
    monkeypatch.setattr(Path, "mkdir", refuse)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EDQUOT], ids=errno.errorcode.get)
def test_on_a_full_or_read_only_disk_nothing_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    store = DiskStore.create(tmp_path / "records")
    mark(store)
    other = store.put(record(b"another"), b"another")
    before = names(store)
    asked: list[Callable[[], object]] = [
        lambda: store.put(record(b"new"), b"new"),
        lambda: store.quarantine(other, WHEN),
    ]
    if number == errno.EROFS:
        asked += [lambda: store.restore(PLACE), lambda: store.destroy(PLACE)]
    with monkeypatch.context() as patched:
        _refuses(patched, number)
        for ask in asked:
            with pytest.raises(StoreNotAnswering, match=os.strerror(number)):
                ask()
        whole(store)
    assert names(store) == before and list(store.quarantined()) == [(PLACE, WHEN)]


def test_what_the_disk_will_not_let_go_is_not_called_destroyed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is immutable, or a share that keeps files for a set time, answers so."""
    store = DiskStore.create(tmp_path / "records")
    mark(store)

    def locked(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", locked)
        with pytest.raises(StillLocked, match="Operation not permitted"):
            store.destroy(PLACE)
    whole(store)
    assert list(store.quarantined()) == [(PLACE, WHEN)]
    store.destroy(PLACE)
    assert names(store) == set()


def test_a_disk_that_says_gone_and_keeps_the_file_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = DiskStore.create(tmp_path / "records")
    mark(store)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", lambda *_, **__: None)
        with pytest.raises(StillLocked, match="still there"):
            store.destroy(PLACE)
    whole(store)


def test_a_link_in_the_place_of_a_record_is_named_and_never_destroyed(tmp_path: Path) -> None:
    """Its bytes lie elsewhere, where they would stay."""
    store = DiskStore.create(tmp_path / "records")
    mark(store)
    elsewhere = tmp_path / "elsewhere.eml"
    (store.root / f"{PLACE}.eml").rename(elsewhere)
    (store.root / f"{PLACE}.eml").symlink_to(elsewhere)
    with pytest.raises(StillLocked, match="a link"):
        store.destroy(PLACE)
    assert elsewhere.read_bytes() == LETTER and list(store.unexpected()) == [f"{PLACE}.eml"]


def test_a_share_that_goes_away_in_the_middle_has_destroyed_nothing(tmp_path: Path, monkeypatch: Any) -> None:
    store = DiskStore.create(tmp_path / "records")
    mark(store)
    real, away = Path.exists, tmp_path / "away"

    def exists(path: Path) -> bool:
        if store.root.is_dir():
            store.root.rename(away)
            store.root.mkdir()
        return bool(real(path))

    monkeypatch.setattr(Path, "exists", exists)
    with pytest.raises(StoreNotAnswering):
        store.destroy(PLACE)
    assert (away / f"{PLACE}.eml").read_bytes() == LETTER


def test_the_store_that_is_truly_read_only_is_told_in_one_sentence(tmp_path: Path) -> None:
    store = DiskStore.create(tmp_path / "records")
    mark(store)
    folder = (store.root / PLACE).parent
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        if os.access(folder, os.W_OK):
            pytest.skip("whoever runs this may write everywhere, even where nobody may")
        with pytest.raises(StillLocked):
            store.destroy(PLACE)
        whole(store)
    finally:
        folder.chmod(stat.S_IRWXU)
