"""Starting and ending: in this process, and in one of its own that is told what to do over the wire."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import urllib3

from retention.simulator.serve import Simulator, write_certificates
from retention.simulator.world import World
from tests.simulator.client import IMMUTABLE, Client
from tests.simulator.conftest import ANN

SERVE = """
import sys
from pathlib import Path
from retention.simulator.serve import run
from retention.simulator.world import World
world = World()
world.add_mailbox("ann@city.example")
world.add_message("ann@city.example", "Inbox/Deep", b"Subject: x\\r\\n\\r\\n")
run(world, folder=Path(sys.argv[1]), announce=lambda facts: print("ready", flush=True))
"""


def test_its_end_leaves_nothing_running(world: World) -> None:
    before = {thread.name for thread in threading.enumerate()}
    with Simulator(world) as simulator:
        Client(simulator).get("/users")
        port, ca_file = int(simulator.graph_url.rpartition(":")[2]), simulator.ca_file
        assert ca_file.is_file()
    assert {thread.name for thread in threading.enumerate()} == before
    assert not ca_file.exists()
    with pytest.raises(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
        pass


def test_it_ends_at_once_although_a_request_is_waiting(world: World) -> None:
    simulator = Simulator(world).start()
    client = Client(simulator)
    client.get("/users")
    simulator.faults.latency = 3600
    failed: list[str] = []

    def ask() -> None:
        try:
            client.get("/users")
        except urllib3.exceptions.HTTPError as error:
            failed.append(type(error).__name__)

    asking = threading.Thread(target=ask)
    asking.start()
    while simulator.app.traffic.waiting == 0 and asking.is_alive():
        os.sched_yield()
    simulator.stop()
    asking.join(10)
    assert failed == ["ProtocolError"]
    simulator.stop()


def test_a_port_that_is_taken_is_an_error(world: World) -> None:
    with Simulator(world) as simulator:
        port = int(simulator.graph_url.rpartition(":")[2])
        with pytest.raises(OSError, match="in use"):
            Simulator(world, port=port).start()


def test_two_simulators_stand_side_by_side(world: World) -> None:
    with Simulator(world) as first, Simulator(World()) as second:
        assert len(Client(first).values("/users")) == 1
        assert Client(second).values("/users") == []


def test_nobody_trusts_it_without_its_ca_file(simulator: Simulator) -> None:
    with pytest.raises(urllib3.exceptions.SSLError), urllib3.PoolManager(cert_reqs="REQUIRED") as http:
        http.request("GET", f"{simulator.graph_url}/v1.0/users", retries=False)
    trusting = ssl.create_default_context(cafile=str(simulator.ca_file))
    with urllib3.PoolManager(ssl_context=trusting) as http:
        for host in ("localhost", "127.0.0.1"):
            url = f"{simulator.graph_url.replace('localhost', host)}/v1.0/users"
            assert http.request("GET", url, retries=False).status == 401


def test_the_links_lead_back_by_the_name_that_was_used(client: Client, world: World) -> None:
    client.get("/users")
    other = client.simulator.graph_url.replace("localhost", "127.0.0.1")
    page = client.get(f"{other}/v1.0/users/{ANN}/mailFolders/inbox/messages/delta").json
    assert page["@odata.deltaLink"].startswith(other)


def test_the_log_shows_the_headers_that_matter(client: Client, simulator: Simulator) -> None:
    client.get(f"/users/{ANN}/mailFolders?$top=5", If_Match="x", client_request_id="7", Secret="no")
    seen = simulator.requests[-1]
    assert tuple(seen)[:2] == ("GET", f"/v1.0/users/{ANN}/mailFolders?$top=5")
    assert seen.headers["prefer"] == IMMUTABLE
    assert (seen.headers["if-match"], seen.headers["client-request-id"]) == ("x", "7")
    assert not {"authorization", "secret"} & set(seen.headers)
    simulator.forget_requests()
    assert simulator.requests == []


def test_a_failure_of_its_own_is_told_apart_from_a_fault(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retention.simulator.users.listing", lambda call: 1 / 0)
    with Simulator(world) as simulator:
        reply = Client(simulator).get("/users")
        assert (reply.status, reply.code) == (500, "SimulatorFailure")
        assert "ZeroDivisionError" in simulator.failures[0]


def test_the_key_of_its_certificate_is_for_its_owner_only(tmp_path: Path) -> None:
    _, key = write_certificates(tmp_path)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """A simulator in a process of its own, and what its file says."""
    folder = tmp_path_factory.mktemp("served")
    process = subprocess.Popen([sys.executable, "-c", SERVE, str(folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    yield process, msgspec.json.decode((folder / "simulator.json").read_bytes(), type=dict[str, str])
    process.send_signal(signal.SIGINT)
    process.wait(20)
    process.stdout.close()
    assert process.returncode not in (0, None)


Ask = Any


@pytest.fixture
def ask(elsewhere: tuple[subprocess.Popen[str], dict[str, str]]) -> Iterator[Ask]:
    _, facts = elsewhere
    with urllib3.PoolManager(ca_certs=facts["ca_file"]) as http:

        def asked(method: str, path: str, body: object = None) -> tuple[int, Any]:
            content = None if body is None else msgspec.json.encode(body)
            reply = http.request(method, facts["graph_url"] + path, body=content, retries=False)
            return reply.status, msgspec.json.decode(reply.data)

        asked("POST", "/simulator/faults", {"clear": True})
        yield asked


def test_its_file_says_what_a_client_needs(elsewhere: tuple[subprocess.Popen[str], dict[str, str]]) -> None:
    _, facts = elsewhere
    assert set(facts) == {
        *("graph_url", "ews_url", "authority_url", "ca_file", "tenant", "client", "user", "secret"),
    }
    assert facts["graph_url"].startswith("https://localhost:")
    assert Path(facts["ca_file"]).is_absolute()
    assert "PRIVATE" not in Path(facts["ca_file"]).read_text()


def test_another_process_tells_it_to_misbehave(ask: Ask) -> None:
    order = {"add": [{"kind": "unavailable", "on": "/v1.0/users", "times": 1}], "set": {"no_delta": True}}
    status, state = ask("POST", "/simulator/faults", order)
    assert (status, state["no_delta"], len(state["rules"])) == (200, True, 1)
    assert ask("GET", "/v1.0/users")[0] == 503
    assert ask("GET", "/v1.0/users")[0] == 401
    assert ask("POST", "/simulator/faults", {"clear": True})[1]["no_delta"] is False


@pytest.mark.parametrize(
    "order",
    [
        {"add": [{"kind": "imagined"}]},
        {"add": [{"no": "kind"}]},
        {"set": {"imagined": 1}},
        {"unknown": 1},
        {"reset_delta": ["nobody@city.example"]},
        [],
    ],
)
def test_an_order_that_is_none_is_refused(ask: Ask, order: object) -> None:
    status, body = ask("POST", "/simulator/faults", order)
    assert status == 400
    assert body["error"]


def test_another_process_asks_how_it_stands(ask: Ask) -> None:
    ask("DELETE", "/simulator/requests")
    ask("GET", "/v1.0/users?$top=1")
    assert ask("POST", "/simulator/faults", {"reset_delta": [ANN]})[0] == 200
    _, state = ask("GET", "/simulator/state")
    assert state["mailboxes"][ANN]["Inbox/Deep"] == 1
    assert state["in_flight_peak"] == 1
    _, seen = ask("GET", "/simulator/requests")
    assert [(each["method"], each["path"]) for each in seen["requests"]] == [("GET", "/v1.0/users?$top=1")]


def test_a_fault_never_reaches_the_control_endpoints(client: Client, simulator: Simulator) -> None:
    client.get("/users")
    simulator.faults.add("unavailable", times=-1)
    assert client.get(f"{simulator.graph_url}/simulator/state").status == 200
