"""A short soak: real runs beside a mail system that misbehaves, restless users, holds, and SIGKILL at random."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from retention.simulator.serve import Simulator
from tests.benchmarks.soaking import soak


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_nothing_held_is_removed_and_no_record_is_lost_whatever_goes_wrong(
    simulator: Simulator, tmp_path: Path
) -> None:
    done, turns = soak(tmp_path, simulator, kills=(True, False, True), seed=3)
    assert not done.held_removed and not done.lost
    assert done.happened["records captured"] >= 1 and done.happened["notices purged"] >= 1
    assert len(turns) == 3
