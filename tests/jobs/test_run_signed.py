"""A run in a city that knows its people by their keys: nothing leaves by what nobody signed."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from retention.core.audit import Approved
from retention.core.standing import StandingApproved
from retention.errors import SignersMissing
from tests.jobs.running import NOTICES, allow, approve_kept, kept, ran, results, said, waiting
from tests.jobs.test_signed_acts import SignedTown

pytestmark = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="there is no ssh-keygen on this machine")


@pytest.fixture
def town(tmp_path: Path) -> SignedTown:
    town = SignedTown(tmp_path)
    for n, subject in enumerate(("Notice 1", "Notice 2", "Minutes 1"), 1):
        town.add(subject, id=f"m{n}")
    town.adopt()
    return town


def test_the_run_signs_its_plans_and_does_what_was_approved_with_a_signature(town: SignedTown) -> None:
    allow(town, NOTICES)
    ran(town)
    assert results(town) == {"m1": "purged", "m2": "purged", "m3": ""}
    (proposed,) = kept(town)
    assert proposed.signature
    approve_kept(town)
    ran(town)
    assert results(town)["m3"] == "captured"


def test_a_standing_approval_that_nobody_signed_lets_nothing_leave(town: SignedTown) -> None:
    world = town.world()
    editions = dict(world.fingerprints)
    world.close()
    until = (town.at + timedelta(days=30)).date()
    town.forge(StandingApproved(series=(("town", NOTICES),), editions=editions, largest=10, until=until))
    one = ran(town)
    assert set(results(town).values()) == {""} and one.good
    assert len(kept(town)[0].steps) == 3


def test_a_proposal_whose_approval_nobody_signed_is_left(town: SignedTown) -> None:
    ran(town)
    (proposed,) = kept(town)
    town.forge(Approved(plan=proposed.digest, steps=len(proposed.steps)))
    one = ran(town)
    assert set(results(town).values()) == {""}
    assert f"Plan {proposed.name} is not approved by anyone but its maker." in one.waiting
    assert said(one)["apply"] == "No approved plan can be applied."
    assert next(each for each in waiting(town) if each.name == proposed.name).approved_by == ()


def test_where_no_signature_can_be_checked_nothing_leaves(town: SignedTown) -> None:
    allow(town, NOTICES)
    town.signers.unlink()
    with pytest.raises(SignersMissing):
        ran(town)
    town.signers.touch()
