"""The simulator in a process of its own, so that its work is not taken for the client's.

How it answers is decided in ``retention/simulator``; here it is only started, asked what it saw, and ended.
"""

from __future__ import annotations

import json
import signal
import ssl
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from retention.mail.graph import GraphMail, GraphSettings
from retention.simulator.faults import Faults
from retention.simulator.load import load_world
from retention.simulator.serve import run
from retention.simulator.world import World


class Served(NamedTuple):
    """A simulator that answers: what a client needs, and its own endpoints."""

    facts: dict[str, str]

    def mail(self) -> GraphMail:
        """A mail system on it with nothing known yet: no token, no connection."""
        told = ("tenant", "client", "secret", "graph_url", "authority_url", "ca_file")
        return GraphMail(GraphSettings(**{name: self.facts[name] for name in told}))

    def requests(self) -> list[dict[str, Any]]:
        """What it was asked since this was last called; a part of a batch is listed after its batch."""
        request = urllib.request.Request(f"{self.facts['graph_url']}/simulator/requests", method="DELETE")
        with urllib.request.urlopen(request, context=self.tls()) as answer:
            seen: list[dict[str, Any]] = json.load(answer)["requests"]
        return seen

    def tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.facts["ca_file"])


@contextmanager
def served(spec: str, latency: float = 0.0) -> Iterator[Served]:
    """A simulator of ``synthetic:4x5000x33`` (mailboxes, messages and folders in each) until the block ends."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", __spec__.name, spec, str(latency), folder]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            try:
                yield Served(json.loads(process.stdout.readline()))
            finally:
                process.terminate()


def main(spec: str, latency: str, folder: str) -> None:
    world, faults = World(), Faults()
    load_world(world, spec)
    faults.latency = float(latency)
    # Told to end, it takes its certificates away.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        run(world, folder=Path(folder), faults=faults, announce=lambda facts: print(json.dumps(facts), flush=True))


if __name__ == "__main__":
    main(*sys.argv[1:])
