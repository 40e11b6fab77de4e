"""A pretend tenant of one town clerk, a simulator that serves it, and a client that is signed in.

Nothing of the product but the simulator is used here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from retention.simulator.faults import Faults
from retention.simulator.serve import Simulator
from retention.simulator.world import World
from tests.simulator.client import Client
from tests.simulator.contract import Contract
from tests.simulator.soap import Soap

if TYPE_CHECKING:
    from tests.simulator.ews_contract import EwsContract

ANN = "ann@city.example"


@pytest.fixture
def world() -> World:
    world = World()
    world.add_mailbox(ANN, "Ann Doe")
    return world


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def simulator(world: World, faults: Faults) -> Iterator[Simulator]:
    with Simulator(world, faults) as running:
        yield running
        assert running.failures == []


@pytest.fixture
def client(simulator: Simulator) -> Client:
    return Client(simulator)


@pytest.fixture
def soap(simulator: Simulator) -> Soap:
    """The service account, acting for Ann."""
    return Soap(simulator, ANN)


@pytest.fixture(scope="session")
def ews_contract(shared: Path) -> EwsContract:
    pytest.importorskip("xmlschema", reason="the schema of EWS is checked with xmlschema, which is not installed")
    from tests.simulator.ews_contract import EwsContract

    return EwsContract(shared / "contracts" / "ews")


@pytest.fixture(scope="session")
def contract(shared: Path) -> Contract:
    return Contract(shared / "contracts" / "graph-mail-v1.0.openapi.yaml")


@pytest.fixture
def own_trust(monkeypatch: pytest.MonkeyPatch) -> None:
    """msal's HTTP client prefers these variables to the CA file it is given (facts 0.13)."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
