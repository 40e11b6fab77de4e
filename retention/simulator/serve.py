"""Running the simulator: in a background thread for tests, or until interrupted for a rehearsal.

What it answers is decided in the application; here are only its socket, its certificate and its end.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from retention.simulator.app import CONNECTION, TRANSPORT, App
from retention.simulator.certificates import make_certificates
from retention.simulator.faults import Faults
from retention.simulator.signin import SignIn
from retention.simulator.traffic import Seen
from retention.simulator.world import World

EWS_PATH = "/EWS/Exchange.asmx"
KEEP_ALIVE = 120
START_LIMIT = 30.0
END_LIMIT = 10.0
TICK = 0.1


class _Protocol(HttpToolsProtocol):
    """Lets the application break a connection, and remember something of it: no ASGI message can do that."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.remembered: dict[str, object] = {}

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {TRANSPORT: self.transport, CONNECTION: self.remembered}  # type: ignore[dict-item]


class _Server(uvicorn.Server):
    """Says when it has started, and ends at once when told to: nobody needs the rest of an answer of a look-alike."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._tell = started
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self._tell()

    async def main_loop(self) -> None:
        """As in uvicorn, but an end that is asked for does not wait for the next tick."""
        counter = 0
        while not await self.on_tick(counter):
            counter += 1
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._end.wait(), TICK)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As in uvicorn, but without waiting for clients that keep their connection."""
        for server in self.servers:
            server.close()
        for listener in sockets or ():
            listener.close()
        for task in tuple(self.server_state.tasks):
            task.cancel()
        for connection in tuple(self.server_state.connections):
            connection.transport.abort()
        for server in self.servers:
            await server.wait_closed()

    def end(self) -> None:
        """Ask for the end, from any thread."""
        self.should_exit = True
        if self._loop:
            # The loop may have closed already, which is the end that was asked for.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._end.set)


def _listening(host: str, port: int) -> socket.socket:
    """A socket that is bound, so that its port is known. Raises ``OSError`` where it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named, because asyncio switches off Nagle's delay (40 ms an answer) only where the protocol says TCP.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


def _config(app: App, chain: Path, key: Path) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE,
        ssl_certfile=chain,
        ssl_keyfile=key,
    )


class Simulator:
    """A running simulator on 127.0.0.1, as a context manager; ``stop()`` leaves nothing running.

    ``graph_url`` and ``authority_url`` are the same root, without ``/v1.0``; ``ews_url`` is where Exchange answers,
    to the service account ``user``. ``ca_file`` is the CA to trust, there
    while it runs. ``tenant``, ``client`` and ``secret`` are fixed rehearsal values; ``sign_in`` can register a
    certificate and let tokens end.
    """

    def __init__(self, world: World, faults: Faults | None = None, port: int = 0) -> None:
        self.faults = faults or Faults()
        self.sign_in = SignIn()
        self.user = self.sign_in.user
        self.tenant, self.client, self.secret = self.sign_in.tenant, self.sign_in.client, self.sign_in.secret
        self.app = App(world, self.faults, self.sign_in)
        self._port = port
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def world(self) -> World:
        """The world that is answered from; another one may be put in its place while it runs."""
        return self.app.world

    @world.setter
    def world(self, world: World) -> None:
        self.app.world = world

    def start(self) -> Simulator:
        """Begin to serve; returns once it answers. Raises ``OSError`` when the port is taken."""
        listener = _listening("127.0.0.1", self._port)
        self._folder = tempfile.TemporaryDirectory(prefix="retention-simulator-")
        chain, key = write_certificates(Path(self._folder.name))
        self.ca_file = Path(self._folder.name) / "ca.pem"
        self.graph_url = self.authority_url = f"https://localhost:{listener.getsockname()[1]}"
        self.ews_url = f"{self.graph_url}{EWS_PATH}"
        started = threading.Event()
        server = _Server(_config(self.app, chain, key), started.set)
        self._thread = threading.Thread(target=server.run, args=([listener],), name="simulator", daemon=True)
        self._server = server
        self._thread.start()
        if not started.wait(START_LIMIT):
            self.stop()
            raise TimeoutError("The simulator did not start.")
        return self

    def stop(self) -> None:
        """End the server and its thread, and remove its certificate."""
        if self._server and self._thread:
            self._server.end()
            self._thread.join(END_LIMIT)
        if self._folder:
            self._folder.cleanup()
        self._server = self._thread = self._folder = None

    def __enter__(self) -> Simulator:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def requests(self) -> list[Seen]:
        """Every request so far, the latest 200,000 at most: method, path with query (unescaped), some headers."""
        return self.app.traffic.log

    @property
    def in_flight_peak(self) -> int:
        """The largest number of requests that were under way at once."""
        return self.app.traffic.peak

    @property
    def mailbox_peaks(self) -> dict[str, int]:
        """The same for each mailbox, by its address in lower case."""
        return dict(self.app.traffic.mailbox_peaks)

    @property
    def failures(self) -> list[str]:
        """Tracebacks of the simulator's own errors, which are answered with 500: there should be none."""
        return list(self.app.failures)

    def forget_requests(self) -> None:
        """Empty the log and begin the peaks anew."""
        self.app.traffic.forget()


def write_certificates(folder: Path, hosts: tuple[str, ...] = ("localhost", "127.0.0.1", "::1")) -> tuple[Path, Path]:
    """Write ``ca.pem``, the server's certificate and its key, and return the paths of the latter two."""
    made = make_certificates(hosts)
    chain, key = folder / "server.pem", folder / "server.key"
    key.touch(mode=0o600)
    for path, content in ((folder / "ca.pem", made.ca), (chain, made.chain), (key, made.key)):
        path.write_bytes(content)
    return chain, key


def run(
    world: World,
    host: str = "127.0.0.1",
    port: int = 0,
    folder: Path = Path(),
    faults: Faults | None = None,
    announce: Callable[[dict[str, str]], None] | None = None,
) -> None:
    """Serve until interrupted. ``ca.pem`` and ``simulator.json`` (what a client needs) are written into ``folder``.

    ``announce`` gets what ``simulator.json`` says, once the simulator answers. Raises ``OSError`` when the port is
    taken or the folder cannot be written, and ``KeyboardInterrupt`` at its end, when that is how it was ended.
    """
    listener = _listening(host, port)
    sign_in = SignIn()
    name = "localhost" if host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "::") else host  # noqa: S104 - compared
    url = f"https://{name}:{listener.getsockname()[1]}"
    folder.mkdir(parents=True, exist_ok=True)
    facts = {
        "graph_url": url,
        "ews_url": f"{url}{EWS_PATH}",
        "authority_url": url,
        "ca_file": str((folder / "ca.pem").resolve()),
        "tenant": sign_in.tenant,
        "client": sign_in.client,
        "user": sign_in.user,
        "secret": sign_in.secret,
    }

    def started() -> None:
        (folder / "simulator.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
        if announce:
            announce(facts)

    with listener, tempfile.TemporaryDirectory(prefix="retention-simulator-") as private:
        chain, key = write_certificates(Path(private), tuple(dict.fromkeys(("localhost", "127.0.0.1", "::1", name))))
        (folder / "ca.pem").write_bytes((Path(private) / "ca.pem").read_bytes())
        server = _Server(_config(App(world, faults or Faults(), sign_in), chain, key), started)
        server.run([listener])
