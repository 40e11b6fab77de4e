"""Records in an S3 bucket: the contract of every store, in a plain bucket and in one that keeps every version."""

from __future__ import annotations

import pytest

from tests.store.contract import StoreContract
from tests.store.contract_copies import CopyContract
from tests.store.contract_quarantine import QuarantineContract
from tests.store.serving import S3, ObjectBench, s3_bench


class TestObjectContract(StoreContract):
    EVERY = 12

    @pytest.fixture
    def bench(self, s3: S3) -> ObjectBench:
        return s3_bench(s3.bucket())


class TestObjectQuarantine(QuarantineContract):
    @pytest.fixture
    def bench(self, s3: S3) -> ObjectBench:
        return s3_bench(s3.bucket())


class TestObjectCopies(CopyContract):
    @pytest.fixture
    def bench(self, s3: S3) -> ObjectBench:
        return s3_bench(s3.bucket())


class TestVersionedQuarantine(QuarantineContract):
    @pytest.fixture
    def bench(self, s3: S3) -> ObjectBench:
        return s3_bench(s3.bucket(versions=True))
