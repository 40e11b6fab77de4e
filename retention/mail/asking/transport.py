"""One HTTP request and its answer: connections, TLS, proxies, and what can go wrong below HTTP.

Nothing is asked twice here, nobody is signed in, and no answer is understood.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping
from typing import IO
from urllib.parse import urlsplit

import urllib3
from msgspec import Struct

from retention.mail.asking.trust import causes_of, tls, untrusted
from retention.mail.asking.urls import host_of, origin_of, proxy_for
from retention.mail.asking.words import one_line

CHUNK = 256 * 1024


class Answer(Struct, frozen=True):
    """Status, headers (case-insensitive) and the whole body; the body is empty where it was written to a file."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def retry_after(self) -> str | None:
        return self.headers.get("Retry-After")


class Dropped(Exception):
    """The connection failed or the answer ended early. ``sent`` is false when the request cannot have arrived."""

    def __init__(self, reason: str, sent: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sent = sent


class Transport:
    """Connections to Graph and to the sign-in service, shared by all threads.

    Trusts the system's authorities and those in ``ca_file`` (PEM). Proxies come from the environment, never for
    loopback addresses. Raises ``BadConfiguration`` for a ``ca_file`` that cannot be read.
    """

    def __init__(self, *, ca_file: str = "", timeout: float = 120.0, connections: int = 16) -> None:
        self._timeout = urllib3.Timeout(connect=min(timeout, 30.0), read=timeout)
        self._connections = connections
        self._tls = tls(ca_file)
        self._pools: dict[str, urllib3.PoolManager] = {}
        self._lock = threading.Lock()

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
        into: IO[bytes] | None = None,
    ) -> Answer:
        """Send once. With ``into``, the body of a 200 answer is written there.

        Raises ``Dropped`` for anything that may be well the next time; ``MailNotAnswering`` for a certificate that is
        not trusted, because asking again would not help.
        """
        try:
            answer = self._pool(url).urlopen(
                method,
                url,
                body=body,
                headers=dict(headers),
                redirect=False,
                retries=False,
                preload_content=False,
                timeout=self._timeout,
            )
        except urllib3.exceptions.HTTPError as error:
            raise self._explained(url, error) from error
        try:
            if into is not None and answer.status == 200:
                for chunk in answer.stream(CHUNK, decode_content=True):
                    into.write(chunk)
                return Answer(answer.status, answer.headers, b"")
            return Answer(answer.status, answer.headers, answer.read(decode_content=True))
        except (urllib3.exceptions.HTTPError, OSError) as error:
            answer.close()
            raise Dropped(f"the answer of {host_of(url)} ended early ({type(error).__name__})", sent=True) from error
        finally:
            answer.release_conn()

    def close(self) -> None:
        with self._lock:
            for pool in self._pools.values():
                pool.clear()
            self._pools.clear()

    def _pool(self, url: str) -> urllib3.PoolManager:
        origin = origin_of(url)
        with self._lock:
            if origin not in self._pools:
                self._pools[origin] = self._opened(proxy_for(url))
            return self._pools[origin]

    def _opened(self, proxy: str) -> urllib3.PoolManager:
        if not proxy:
            return urllib3.PoolManager(num_pools=1, maxsize=self._connections, ssl_context=self._tls)
        user = urlsplit(proxy)
        credentials = f"{user.username}:{user.password or ''}" if user.username else None
        return urllib3.ProxyManager(
            proxy,
            num_pools=1,
            maxsize=self._connections,
            ssl_context=self._tls,
            proxy_ssl_context=self._tls,
            proxy_headers=urllib3.make_headers(proxy_basic_auth=credentials) if credentials else None,
        )

    def _explained(self, url: str, error: Exception) -> Exception:
        chain = causes_of(error)
        if refused := untrusted(url, chain, "ask who stands between this machine and Microsoft"):
            return refused
        never_sent = (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError, socket.gaierror)
        sent = not any(isinstance(cause, (*never_sent, urllib3.exceptions.ProxyError)) for cause in chain)
        last = next((cause for cause in reversed(chain) if isinstance(cause, OSError) and cause.strerror), None)
        reason = one_line(last.strerror) if last is not None and last.strerror else type(error).__name__
        through = " through the proxy" if proxy_for(url) else ""
        return Dropped(f"no connection to {host_of(url)}{through} ({reason})", sent)
