"""News to tell, and a place on this machine that listens for it.

Nothing is tested here.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

from retention.core.health import Kind
from retention.telling.news import News, Wrong, stage

AT = datetime(2026, 11, 21, 3, 30, tzinfo=UTC)
VANISHED = Wrong(kind=Kind.VANISHED, count=3, code=36)


def news(*wrong: Wrong, city: str = "Willow Falls") -> News:
    return News(
        city=city,
        rehearsal=False,
        at=AT,
        began_at=AT,
        ended_at=AT,
        exit_code=36 if wrong else 0,
        last_good_at=AT,
        stages=(stage("sync", 1.5, {"mailboxes": 2, "rows": 9}), stage("apply", 0.25, {"captured": 4})),
        wrong=wrong,
        waiting={"City Attorney": 2},
        numbers={"messages present": 12},
    )


@contextmanager
def hook(status: int = 200) -> Iterator[tuple[str, list[str]]]:
    """A webhook on this machine: its address without a scheme, and all that it is told, headers and paths included."""
    heard: list[str] = []

    class Listening(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            heard.append(f"{self.path}\n{self.headers}\n{body}")
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *said: object) -> None:
            """Quiet."""

    with HTTPServer(("127.0.0.1", 0), Listening) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}", heard
        finally:
            server.shutdown()
            thread.join()
