"""A simulator with one pretend tenant, and a Graph mail system signed in to it, for the tests of this folder.

Nothing sleeps here: waits are recorded and not waited for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import IO

import pytest

from retention.core.message import Cursor, Folder, Mailbox, Page
from retention.mail.asking.patience import Patience
from retention.mail.asking.transport import Answer
from retention.mail.graph import GraphMail, GraphSettings
from retention.mail.graph.wire import Wire
from retention.simulator.faults import Faults
from retention.simulator.serve import Simulator
from retention.simulator.world import World
from tests.mail.bench import LONG_AGO, letter

ANN = "ann@city.example"


class Waits:
    """Stands where the clock would be: keeps how long each wait would have been."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.during: Callable[[], None] | None = None

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        if self.during is not None:
            self.during()


@pytest.fixture
def world() -> World:
    world = World()
    world.add_mailbox(ANN, "Ann Doe")
    return world


@pytest.fixture(scope="session")
def running() -> Iterator[Simulator]:
    """One server for all tests of a worker: starting and stopping it would cost more than most tests."""
    with Simulator(World()) as server:
        yield server


@pytest.fixture
def faults(running: Simulator) -> Faults:
    running.faults.clear()
    return running.faults


@pytest.fixture
def simulator(running: Simulator, world: World, faults: Faults) -> Simulator:
    """The server with a world of the test's own, behaving well, with an empty log."""
    running.world = world
    running.sign_in.lifetime, running.sign_in.secret_expired = 3599, False
    running.forget_requests()
    return running


@pytest.fixture
def waits() -> Waits:
    return Waits()


Connect = Callable[..., GraphMail]


@pytest.fixture
def connect(simulator: Simulator, waits: Waits) -> Iterator[Connect]:
    """Makes a ``GraphMail`` for the simulator; keyword arguments replace settings."""
    made: list[GraphMail] = []

    def connected(**changed: object) -> GraphMail:
        settings: dict[str, object] = {
            "tenant": simulator.tenant,
            "client": simulator.client,
            "secret": simulator.secret,
            "graph_url": simulator.graph_url,
            "authority_url": simulator.authority_url,
            "ca_file": str(simulator.ca_file),
            "timeout": 20.0,
        }
        mail = GraphMail(GraphSettings(**settings | changed), pause=waits, jitter=lambda: 0.0)  # type: ignore[arg-type]
        made.append(mail)
        return mail

    yield connected
    for mail in made:
        mail.close()


@pytest.fixture
def graph(connect: Connect) -> GraphMail:
    return connect()


def box(mail: GraphMail, address: str = ANN) -> Mailbox:
    return next(each for each in mail.mailboxes() if each.address == address)


def folder(mail: GraphMail, path: str = "Inbox", address: str = ANN) -> Folder:
    return next(each for each in mail.folders(box(mail, address)) if each.path == path)


def fill(world: World, count: int, path: str = "Inbox") -> list[str]:
    return [world.add_message(ANN, path, letter(number), received_at=LONG_AGO) for number in range(count)]


def read(mail: GraphMail, cursor: Cursor | None = None, path: str = "Inbox") -> list[Page]:
    return list(mail.pages(box(mail), folder(mail, path), cursor))


def told(simulator: Simulator) -> list[str]:
    """Requests about messages since the log was emptied; parts of batches are not requests."""
    return [
        f"{seen.method} {seen.path}"
        for seen in simulator.requests
        if "batch-part" not in seen.headers and ("/messages" in seen.path or "$batch" in seen.path)
    ]


class Canned:
    """A transport that answers from a function, for what no well-behaved server would answer.

    ``answer`` gets method, URL and body, and returns status and body, or raises ``Dropped``.
    """

    def __init__(self, answer: Callable[[str, str, bytes | None], tuple[int, bytes]]) -> None:
        self.answer = answer
        self.sent: list[tuple[str, str]] = []
        self.headers: list[Mapping[str, str]] = []

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
        into: IO[bytes] | None = None,
    ) -> Answer:
        self.sent.append((method, url))
        self.headers.append(dict(headers))
        status, answered = self.answer(method, url, body)
        if into is not None and status == 200:
            into.write(answered)
        return Answer(status, {}, answered)


class SignedIn:
    """Always the same token."""

    def token(self, refused: str = "") -> str:
        return "another-token" if refused else "a-token"


def canned(
    answer: Callable[[str, str, bytes | None], tuple[int, bytes]], waits: Waits | None = None
) -> tuple[Wire, Canned]:
    """A wire whose answers come from a function; the root is ``https://graph.example/v1.0``."""
    transport = Canned(answer)
    patience = Patience(waits or Waits(), lambda: 0.0)
    return Wire("https://graph.example/v1.0", transport, SignedIn(), patience, 16), transport  # type: ignore[arg-type]
