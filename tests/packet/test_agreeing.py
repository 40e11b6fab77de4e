"""Two programs that share no code say the same of any ledger, and a packet says nothing of another matter."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retention.packet.verifier.text import Found
from retention.packet.verifier.verify import check
from tests.packet.chance import Chance
from tests.packet.making import HOLDS, packet


@pytest.fixture(autouse=True, scope="module")
def no_waiting_for_the_disk() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.fsync", lambda descriptor: None)
        yield


@given(seed=st.integers(0, 2**32), events=st.integers(5, 60))
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_happened_the_verifier_makes_the_same_tables_again(seed: int, events: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        paper = Chance(Path(folder), seed).live(events)
        for name in paper.open().in_force.holds.states:
            for whole in (False, True):
                found = Found()
                made = packet(paper, name, Path(folder, f"{name}-{whole}"), whole=whole)
                check(str(made), "", found)
                assert not found.problems


@given(seed=st.integers(0, 2**32))
@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
def test_a_packet_names_no_other_hold(seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        paper = Chance(Path(folder), seed).live(50)
        states = paper.open().in_force.holds.states
        for name in states:
            made = packet(paper, name, Path(folder, name))
            for other in set(HOLDS) - {name}:
                for path in made.rglob("*"):
                    assert not path.is_file() or other.encode() not in path.read_bytes(), (other, path)
