"""One running simulator for the cities, which takes in the town of whichever is being walked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from retention.simulator.serve import Simulator
from retention.simulator.world import World


@pytest.fixture(scope="session")
def running() -> Iterator[Simulator]:
    with Simulator(World()) as simulator:
        yield simulator
        assert simulator.failures == []


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let so many days go by."""

    def gone_by(days: int) -> None:
        at = datetime.now(UTC) + timedelta(days=days)
        monkeypatch.setattr("retention.cli.opening.now", lambda: at)

    return gone_by
