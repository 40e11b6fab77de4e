"""Object storage that keeps what it was told to delete: versions, object lock, and answers that are not true.

The contract of every store is in ``test_objects.py``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from retention.errors import RecordMismatch, StillLocked, StoreNotAnswering
from retention.store.objects import bucket as library
from retention.store.objects.bucket import Bucket
from tests.store.contract import BOB, LETTER, WHEN, custody, record
from tests.store.contract_copies import copy
from tests.store.serving import S3, ObjectBench, s3_bench

PLACE = record(LETTER).place


def waiting(bench: ObjectBench) -> str:
    place = bench.store.put(record(LETTER), LETTER)
    bench.store.quarantine(place, WHEN)
    return place


def test_every_version_of_a_destroyed_record_is_gone(s3: S3) -> None:
    """A plain deletion would have laid a marker over bytes that are still there."""
    bench = s3_bench(s3.bucket(versions=True))
    bench.store.put(record(LETTER), LETTER)
    bench.change(PLACE, LETTER + b"!")
    bench.store.put(record(LETTER, custody=(custody(BOB, "m2"),)), LETTER)
    assert sum(name == f"{PLACE}.eml" for name in s3.versions(bench.settings)) == 3
    bench.store.quarantine(PLACE, WHEN)
    bench.store.destroy(PLACE)
    assert s3.versions(bench.settings) == ["retention-store.json"]


def test_a_record_that_somebody_had_deleted_with_another_tool_is_destroyed_in_every_version(s3: S3) -> None:
    bench = s3_bench(s3.bucket(versions=True))
    waiting(bench)
    bench.change(PLACE, None)
    assert not bench.store.has(PLACE) and f"{PLACE}.eml" in s3.versions(bench.settings)
    bench.store.destroy(PLACE)
    assert s3.versions(bench.settings) == ["retention-store.json"]


def test_a_restored_record_leaves_no_mark_behind(s3: S3) -> None:
    bench = s3_bench(s3.bucket(versions=True))
    bench.store.restore(waiting(bench))
    assert not [name for name in s3.versions(bench.settings) if name.startswith("quarantine/")]


def test_what_object_lock_holds_is_not_called_destroyed(s3: S3) -> None:
    bench = s3_bench(s3.bucket(locked_for=30))
    place = waiting(bench)
    with pytest.raises(StillLocked, match=place) as refused:
        bench.store.destroy(place)
    assert refused.value.exit_code == 26 and "object lock" in refused.value.next_step
    assert "AccessDenied" in refused.value.message
    assert (bench.store.get(place), bench.store.record(place)) == (LETTER, record(LETTER))
    assert list(bench.store.quarantined()) == [(place, WHEN)]


def test_what_was_locked_can_be_restored_and_wanted_again(s3: S3) -> None:
    bench = s3_bench(s3.bucket(locked_for=30))
    place = waiting(bench)
    with pytest.raises(StillLocked):
        bench.store.destroy(place)
    bench.store.restore(place)
    assert list(bench.store.quarantined()) == []
    bench.store.quarantine(place, WHEN + timedelta(days=1))
    bench.store.put(record(LETTER, custody=(custody(BOB, "m2"),)), LETTER)
    assert list(bench.store.quarantined()) == [] and len(bench.store.record(place).custody) == 2


@pytest.mark.parametrize("ending", ["eml", "json"])
def test_a_lock_on_one_of_the_two_files_keeps_the_mark(s3: S3, ending: str) -> None:
    """A legal hold in the storage itself, which ends later."""
    settings = s3.bucket(locked_for=1)
    s3.client.put_object_lock_configuration(
        Bucket="records-" + settings.url.split("-")[1].split("/")[0],
        ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"},
    )
    bench = s3_bench(settings)
    place = waiting(bench)
    held = {"Bucket": settings.url.split("/")[2], "Key": f"mail/{place}.{ending}"}
    s3.client.put_object_legal_hold(**held, LegalHold={"Status": "ON"})
    with pytest.raises(StillLocked, match=f"{place}.{ending}"):
        bench.store.destroy(place)
    assert list(bench.store.quarantined()) == [(place, WHEN)]
    assert bench.store.has(place) == (ending == "eml")
    s3.client.put_object_legal_hold(**held, LegalHold={"Status": "OFF"})
    bench.store.destroy(place)
    assert not [name for name in s3.versions(settings) if place in name]


def test_a_copy_that_is_locked_is_not_called_destroyed(s3: S3) -> None:
    bench = s3_bench(s3.bucket(locked_for=30))
    place = bench.store.put_copy(copy(LETTER), LETTER)
    with pytest.raises(StillLocked):
        bench.store.destroy_copy(place)
    assert bench.store.get_copy(place) == LETTER


def test_a_service_that_says_gone_and_keeps_it_is_found(s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = s3_bench(s3.bucket())
    place = waiting(bench)
    monkeypatch.setattr(Bucket, "_destroy_version", lambda *_: None)
    with pytest.raises(StillLocked, match="still keeps its bytes"):
        bench.store.destroy(place)
    assert bench.store.get(place) == LETTER and list(bench.store.quarantined()) == [(place, WHEN)]


def test_a_service_without_versions_is_asked_plainly(s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cloudflare's R2 answers NotImplemented to ListObjectVersions."""
    bench = s3_bench(s3.bucket())
    place = waiting(bench)

    def unknown(*_: Any) -> list[str]:
        raise library.Unsupported("", "")

    monkeypatch.setattr(Bucket, "_versions", unknown)
    bench.store.destroy(place)
    assert not bench.names()


def test_an_account_that_may_not_list_versions_destroys_nothing(s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = s3_bench(s3.bucket())
    place = waiting(bench)

    def refused(*_: Any, **__: Any) -> list[str]:
        raise library.Refused("It may not list versions.", "")

    monkeypatch.setattr(Bucket, "_versions", refused)
    with pytest.raises(StillLocked):
        bench.store.destroy(place)
    assert bench.store.get(place) == LETTER


LIES: dict[str, Callable[[bytes], bytes | None]] = {
    "lost": lambda data: None,
    "empty": lambda data: b"",
    "cut off": lambda data: data[:-3],
    "one bit": lambda data: bytes([data[0] ^ 1]) + data[1:],
}


@pytest.mark.parametrize("put", ["put", "put_copy"])
@pytest.mark.parametrize("ending", ["eml", "json"])
@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_a_service_that_answers_success_and_keeps_something_else_is_found(
    s3: S3, monkeypatch: pytest.MonkeyPatch, lie: Callable[[bytes], bytes | None], ending: str, put: str
) -> None:
    bench, real = s3_bench(s3.bucket()), Bucket.create

    def create(bucket: Bucket, name: str, data: bytes) -> bool:
        kept = lie(data) if name.endswith(ending) else data
        return True if kept is None else real(bucket, name, kept)

    with monkeypatch.context() as patched:
        patched.setattr(Bucket, "create", create)
        with pytest.raises(RecordMismatch, match=record(LETTER).digest):
            bench.store.put(record(LETTER), LETTER) if put == "put" else bench.store.put_copy(copy(LETTER), LETTER)


def test_a_service_that_writes_over_without_asking_is_refused(s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would lose the custody of one of two who write at once."""
    for ignoring in ("create", "replace"):
        with monkeypatch.context() as patched:
            patched.setattr(Bucket, ignoring, lambda *_: True)
            with pytest.raises(StoreNotAnswering, match="no conditional writes"):
                s3_bench(s3.bucket())


def test_a_bucket_that_is_not_the_store_is_never_taken_for_an_empty_one(s3: S3) -> None:
    from retention.store.objects import ObjectStore

    empty = s3.bucket()
    for settings in (empty, s3.settings("no-such-bucket")):
        with pytest.raises(StoreNotAnswering, match="is not there") as refused:
            ObjectStore(settings)
        assert "`retention init`" in refused.value.next_step
    with pytest.raises(StoreNotAnswering):
        ObjectStore.create(s3.settings("no-such-bucket"))


def test_a_mark_tells_what_comes_next_only_between_two_calls(s3: S3) -> None:
    bench = s3_bench(s3.bucket())
    place = waiting(bench)
    assert "state" not in json.loads(bench.read(f"quarantine/{place}.json"))
    assert bench.store._turn(place, "destroying")
    with pytest.raises(RecordMismatch, match="just being destroyed"):
        bench.store.put(record(LETTER, custody=(custody(BOB, "m2"),)), LETTER)
    assert not bench.store._turn(place, "lifted")
    assert [since for _, since in bench.store.quarantined()] == [WHEN]
    bench.store.restore(place)
    assert bench.store.get(place) == LETTER and list(bench.store.quarantined()) == []


def test_of_a_destruction_and_a_new_custody_at_once_one_gives_way(s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    """The record is wanted again after its mark was read and before it was claimed."""
    bench = s3_bench(s3.bucket())
    place = waiting(bench)
    real, asked = bench.store._turn, []

    def turn(*arguments: Any) -> bool:
        if not asked:
            asked.append(arguments)
            bench.reopened().put(record(LETTER, custody=(custody(BOB, "m2"),)), LETTER)
        return real(*arguments)

    monkeypatch.setattr(bench.store, "_turn", turn)
    with pytest.raises(RecordMismatch, match="not in quarantine"):
        bench.store.destroy(place)
    assert len(bench.store.record(place).custody) == 2


def test_secrets_are_never_shown(s3: S3) -> None:
    settings = s3.bucket()
    assert "secret" not in repr(settings).replace(settings.url, "")
    with pytest.raises(StoreNotAnswering) as refused:
        from retention.store.objects import ObjectStore

        ObjectStore(s3.settings("no-such-bucket"))
    assert "Signature" not in str(refused.value) and "Context" not in str(refused.value)


def test_the_time_of_a_mark_is_in_utc(s3: S3) -> None:
    bench = s3_bench(s3.bucket())
    place = bench.store.put(record(LETTER), LETTER)
    bench.store.quarantine(place, datetime(2026, 11, 21, 15, tzinfo=UTC))
    assert json.loads(bench.read(f"quarantine/{place}.json"))["since"] == "2026-11-21T15:00:00Z"
