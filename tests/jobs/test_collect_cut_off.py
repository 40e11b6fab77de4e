"""Law 5 for copies: a collection that is cut off at any call and run again ends the same, and does little twice.

What a collection does at all is in ``test_collect.py``.
"""

from __future__ import annotations

import os
import sys
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from retention.core.preserved import Preserved
from retention.jobs import audit
from retention.jobs.hold import collect
from tests.jobs.breaking import Broken
from tests.jobs.keeping import Keeping, broken, killed
from tests.jobs.test_collect import NAME, end_state, filled

MOST = 600


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect, "HANDFUL", 2)


@pytest.fixture
def prepared(tmp_path: Path, small: None) -> Keeping:
    keeping, name = filled(tmp_path / "prepared")
    assert name == NAME
    return keeping


@pytest.fixture
def undisturbed(prepared: Keeping, tmp_path: Path) -> dict[str, Any]:
    keeping = prepared.copied(tmp_path / "undisturbed")
    keeping.collect(NAME)
    return end_state(keeping)


def taken_up(keeping: Keeping) -> None:
    """Collect again: only what the ledger does not have yet is asked for, and the counts reconcile."""
    told = len(keeping.bodies(Preserved))
    keeping.mail.calls.clear()
    again = keeping.collect(NAME)
    assert again.had == told
    assert keeping.mail.calls.count("content") == again.covered - told == 7 - told
    assert again.covered == again.copied + again.had + len(again.uncopied)


def test_a_collection_that_fails_at_every_nth_call_ends_the_same(
    prepared: Keeping, tmp_path: Path, undisturbed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for at in count(1):
        keeping = prepared.copied(tmp_path / str(at))
        try:
            with broken(monkeypatch, at):
                keeping.collect(NAME)
        except Broken:
            with keeping.world() as world:
                audit.verify(world)
            taken_up(keeping)
            assert end_state(keeping) == undisturbed, f"broken at call {at}"
        else:
            break
        assert at < MOST
    assert at > 100


@pytest.mark.skipif(not hasattr(os, "fork") or sys.platform == "darwin", reason="needs a safe fork")
def test_a_collection_that_is_killed_at_every_nth_call_ends_the_same(
    prepared: Keeping, tmp_path: Path, undisturbed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for at in count(1, 2):
        keeping = prepared.copied(tmp_path / str(at))
        if not killed(monkeypatch, at, lambda keeping=keeping: keeping.collect(NAME)):  # type: ignore[misc]
            break
        with keeping.world() as world:
            audit.verify(world)
        taken_up(keeping)
        assert end_state(keeping) == undisturbed, f"killed at call {at}"
        assert at < MOST
    assert at > 100
