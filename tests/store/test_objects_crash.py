"""Object storage that fails at any request, is not there, or is asked by two at once.

What is torn from a store is in ``contract_quarantine.py``; versions and locks are in ``test_objects_lock.py``.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest
from msgspec.structs import replace

from retention.errors import StoreNotAnswering
from retention.store.objects import ObjectStore
from retention.store.objects import bucket as library
from retention.store.objects.bucket import Bucket
from tests.store.contract import BOB, LETTER, WHEN, custody, record
from tests.store.contract_copies import copy, found
from tests.store.serving import S3, ObjectBench, s3_bench

PLACE = record(LETTER).place
TWICE = record(LETTER, custody=(custody(BOB, "m2"),))
BOTH = record(LETTER, custody=(custody(), custody(BOB, "m2")))


@contextmanager
def failing(at: int) -> Iterator[None]:
    """While this lasts, the n-th request is done and its answer never comes; the next one would never have arrived."""
    ticks, real = count(1), Bucket._ask

    def ask(bucket: Bucket, call: Callable[[Any], Any]) -> Any:
        answer = real(bucket, call)
        if next(ticks) == at:
            raise library.not_answering(bucket.url, "the connection was cut")
        return answer

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Bucket, "_ask", ask)
        yield


def each_request(s3: S3, begin: Callable[[ObjectBench], object], act: Callable[[ObjectStore], object]) -> Iterator[Any]:
    """Do this in a new bucket for each request it makes, cut off there; every bucket as it was left."""
    for at in count(1):
        bench = s3_bench(s3.bucket())
        begin(bench)
        try:
            with failing(at):
                act(bench.store)
        except StoreNotAnswering:
            yield bench
        else:
            assert at > 4
            return


def put(bench: ObjectBench) -> None:
    bench.store.put(record(LETTER), LETTER)


def mark(bench: ObjectBench) -> None:
    put(bench)
    bench.store.quarantine(PLACE, WHEN)


def test_a_put_that_is_cut_off_leaves_whole_files_and_is_done_again(s3: S3) -> None:
    for bench in each_request(s3, lambda _: None, lambda store: store.put(record(LETTER), LETTER)):
        for name in bench.names():
            assert bench.read(name) == (LETTER if name.endswith(".eml") else bench.read(name))
        put(bench)
        assert (bench.store.get(PLACE), bench.store.record(PLACE)) == (LETTER, record(LETTER))


def test_a_second_custody_that_is_cut_off_keeps_the_first(s3: S3) -> None:
    for bench in each_request(s3, mark, lambda store: store.put(TWICE, LETTER)):
        assert bench.store.get(PLACE) == LETTER
        assert bench.store.record(PLACE) in (record(LETTER), BOTH)
        bench.store.put(TWICE, LETTER)
        assert bench.store.record(PLACE) == BOTH and list(bench.store.quarantined()) == []


def test_a_quarantine_that_is_cut_off_is_done_again(s3: S3) -> None:
    for at in range(1, 3):
        bench = s3_bench(s3.bucket())
        put(bench)
        with failing(at), pytest.raises(StoreNotAnswering):
            bench.store.quarantine(PLACE, WHEN)
        bench.store.quarantine(PLACE, WHEN)
        assert list(bench.store.quarantined()) == [(PLACE, WHEN)] and bench.store.get(PLACE) == LETTER


def test_a_restoring_that_is_cut_off_keeps_the_record_and_is_done_again(s3: S3) -> None:
    for bench in each_request(s3, mark, lambda store: store.restore(PLACE)):
        assert (bench.store.get(PLACE), bench.store.record(PLACE)) == (LETTER, record(LETTER))
        bench.store.restore(PLACE)
        assert list(bench.store.quarantined()) == []
        assert bench.names() == {f"{PLACE}.eml", f"{PLACE}.json"}


def test_a_destruction_that_is_cut_off_is_known_as_one_and_comes_to_its_end(s3: S3) -> None:
    for bench in each_request(s3, mark, lambda store: store.destroy(PLACE)):
        if bench.names():
            assert list(bench.store.quarantined()) == [(PLACE, WHEN)]
        if bench.store.has(PLACE):
            assert (bench.store.get(PLACE), bench.store.record(PLACE)) == (LETTER, record(LETTER))
        bench.store.destroy(PLACE)
        assert not bench.names()


def test_a_destruction_that_was_cut_off_can_be_taken_back_while_the_record_is_there(s3: S3) -> None:
    for bench in each_request(s3, mark, lambda store: store.destroy(PLACE)):
        if not (bench.store.has(PLACE) and bench.names() > {f"{PLACE}.json"}):
            return
        bench.store.restore(PLACE)
        put(bench)
        assert bench.store.get(PLACE) == LETTER and list(bench.store.quarantined()) == []


def test_a_copy_that_is_cut_off_never_lies_there_without_a_word_whose_it_is(s3: S3) -> None:
    for bench in each_request(s3, lambda _: None, lambda store: store.put_copy(copy(LETTER), LETTER)):
        names = bench.names()
        assert not any(name.endswith(".eml") for name in names) or len(names) == 2
        assert bench.store.get_copy(bench.store.put_copy(copy(LETTER), LETTER)) == LETTER


@pytest.mark.parametrize("of", ["record", "copy"])
def test_two_who_add_custody_at_once_lose_none(s3: S3, of: str) -> None:
    bench = s3_bench(s3.bucket())
    stores = [bench.reopened() for _ in range(6)]
    together = threading.Barrier(len(stores))

    def add(number: int) -> None:
        together.wait(10)
        if of == "record":
            stores[number].put(record(LETTER, custody=(custody(BOB, f"m{number}"),)), LETTER)
        else:
            stores[number].put_copy(copy(LETTER, found(BOB, f"m{number}")), LETTER)

    with ThreadPoolExecutor(len(stores)) as pool:
        list(pool.map(add, range(len(stores))))
    if of == "record":
        ids = {held.id for held in bench.store.record(PLACE).custody}
        assert replace(bench.store.record(PLACE), custody=()) == replace(record(LETTER), custody=())
    else:
        ids = {one.message.id for one in bench.store.copy(copy(LETTER).place).found}
    assert ids == {f"m{number}" for number in range(len(stores))}


def test_a_service_that_is_not_there_is_told_in_one_sentence(s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
        monkeypatch.setattr(library, "_TRIES", 1)
        with pytest.raises(StoreNotAnswering, match="does not take or give records") as refused:
            ObjectStore(replace(s3.settings("records"), endpoint=nobody))
    assert len(refused.value.message.splitlines()) == 1


def test_a_service_that_refuses_the_account_is_told_in_one_sentence(s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    bench, real = s3_bench(s3.bucket()), Bucket._ask

    def refused(bucket: Bucket, call: Callable[[Any], Any]) -> Any:
        from opendal import exceptions

        def deny(_: Any) -> None:
            raise exceptions.PermissionDenied(
                'PermissionDenied at read => S3Error { code: "AccessDenied", message: "No."'
            )

        return real(bucket, deny)

    monkeypatch.setattr(Bucket, "_ask", refused)
    with pytest.raises(StoreNotAnswering, match="AccessDenied, No"):
        bench.store.get(PLACE)
