"""One running service of object storage of each kind for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.store.serving import S3, serving_s3


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    with serving_s3() as endpoint:
        yield S3(endpoint)
