"""A sealed matter: everybody sees that it holds, and only whoever has the Legal office's key sees why."""

from __future__ import annotations

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from retention.core.authority import HoldKind
from retention.core.hold import Scope
from retention.errors import BadConfiguration, NotConfirmed, NotThisOffice
from retention.jobs.hold import place, release
from retention.jobs.hold.show import reason_of, show
from tests.jobs.town import ATTORNEY, CLERK, NOW, Town

SECRET, WHY = "Ortiz v. Town (whistle-blower)", "sealed complaint of 3 March"


@pytest.fixture
def town(tmp_path: Path) -> Town:
    town = Town(tmp_path / "town")
    for name in ("legal", "stranger"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", town.folder / name], check=True)
    key = (town.folder / "legal.pub").read_text().strip()
    town.city = replace(town.city, city=replace(town.city.city, seal_to=(key,)))
    return town


def sealed(town: Town) -> str:
    return place.place(
        town.world(ATTORNEY),
        matter=SECRET,
        kind=HoldKind.LEGAL,
        reason=WHY,
        scope=Scope(custodians=(CLERK,)),
        sealed=True,
    ).hold.name


def test_a_sealed_hold_holds_and_neither_ledger_nor_reasons_say_why(town: Town) -> None:
    town.add("Notice 1")
    name = sealed(town)
    town.read()
    town.adopt()
    made = town.plan()
    assert made.steps == () and made.counts[CLERK].held == 1
    ledger = (town.folder / "ledger.jsonl").read_text()
    assert "Ortiz" not in ledger and "complaint" not in ledger and "AGE ENCRYPTED" in ledger
    said = " ".join(group.example for group in made.stays)
    assert f"Held by '{name}' (sealed)" in said and name == "sealed"


def test_only_the_right_key_opens_matter_and_reasons(town: Town) -> None:
    name = sealed(town)
    state = show(town.world(), name).state
    assert release.matter_of(state.hold, town.folder / "legal") == SECRET
    assert reason_of(state.history[0], town.folder / "legal") == WHY
    assert reason_of(state.history[0], None) == "sealed"
    with pytest.raises(NotThisOffice):
        release.matter_of(state.hold, town.folder / "stranger")
    with pytest.raises(NotConfirmed):
        release.matter_of(state.hold, None)


def test_a_sealed_hold_is_released_by_its_matter_which_the_key_opens(town: Town) -> None:
    town.add("Notice 1")
    name = sealed(town)
    key = town.folder / "legal"
    with pytest.raises(NotConfirmed):
        release.release(town.world(ATTORNEY), name, matter=SECRET, reason="settled on 4 May")
    with pytest.raises(NotConfirmed):
        release.release(town.world(ATTORNEY), name, matter="sealed", reason="settled on 4 May", identity=key)
    release.release(town.world(ATTORNEY), name, matter=SECRET, reason="settled on 4 May", identity=key)
    assert "4 May" not in (town.folder / "ledger.jsonl").read_text()
    assert reason_of(show(town.world(), name).state.history[-1], key) == "settled on 4 May"
    town.read()
    town.adopt()
    assert town.plan().steps == ()
    town.at = NOW + timedelta(days=31)
    assert len(town.plan().steps) == 1


def test_amending_and_reinstating_a_sealed_hold_say_nothing_either(town: Town) -> None:
    name = sealed(town)
    key = town.folder / "legal"
    place.amend(town.world(ATTORNEY), name, scope=Scope(words=("elm",)), reason="Ortiz named Elm")
    release.release(town.world(ATTORNEY), name, matter=SECRET, reason="Ortiz settled", identity=key)
    release.reinstate(town.world(ATTORNEY), name, reason="Ortiz appealed")
    assert "Ortiz" not in (town.folder / "ledger.jsonl").read_text()
    reasons = [reason_of(moment, key) for moment in show(town.world(), name).state.history]
    assert reasons == [WHY, "Ortiz named Elm", "Ortiz settled", "Ortiz appealed"]


def test_without_a_key_to_seal_to_nothing_is_placed_and_nothing_is_said(town: Town) -> None:
    town.city = replace(town.city, city=replace(town.city.city, seal_to=()))
    with pytest.raises(BadConfiguration, match="Legal office"):
        sealed(town)
    assert list(town.world().ledger.in_force.holds) == []
    assert "Ortiz" not in (town.folder / "ledger.jsonl").read_text()
