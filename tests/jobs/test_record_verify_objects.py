"""Records in object storage are known, verified and reconciled as those on a disk are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from retention.jobs.record.known import take_in
from retention.jobs.record.verify import Verified, verify
from retention.store.objects import ObjectStore
from tests.jobs.archive import OLD, Archive, gate
from tests.store.serving import S3, ObjectBench, s3_bench, serving_s3


@pytest.fixture(scope="module")
def bench() -> Iterator[ObjectBench]:
    with serving_s3() as endpoint:
        yield s3_bench(S3(endpoint).bucket())


class Bucketed(Archive):
    """The town, whose records lie in a bucket."""

    def __init__(self, folder: Path, store: ObjectStore) -> None:
        super().__init__(folder, gate())
        self.store = store

    def verified(self) -> Verified:
        world = self.world(store=self.store)
        try:
            return verify(world)
        finally:
            world.close()


def test_what_is_wrong_in_a_bucket_is_found_and_what_is_right_is_not(tmp_path: Path, bench: ObjectBench) -> None:
    town = Bucketed(tmp_path / "town", bench.store)
    for subject in ("Minutes 1", "Minutes 2", "Minutes 3", "Requisition 1"):
        town.add(subject, received_at=OLD)
    made = town.approved_plan()
    town.apply(made, town.world(store=bench.store))
    said = town.verified()
    assert (said.checked, said.findings, said.records) == (4, (), {"kept": 4})
    changed, lost, unsaid, other = bench.store.places()
    bench.change(changed, b"From: forged")
    bench.change(lost, None)
    bench.change_sidecar(unsaid, b"{}")
    bench.lay("stray.txt", b"mine")
    bench.store.quarantine(other, town.at)
    found = {one.kind: one.what for one in town.verified().findings}
    assert found == {
        "mismatch": changed, "missing": lost, "sidecar": unsaid, "unexpected": "stray.txt", "quarantine": other,
    }  # fmt: skip
    world = town.world(store=bench.store)
    assert take_in(world) == 0
    world.close()
