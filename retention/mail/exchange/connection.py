"""One request and its answer: sessions, TLS, proxies, and what can go wrong below HTTP.

Nothing is asked twice here, and no answer is understood.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from retention.mail.asking.transport import CHUNK, Dropped
from retention.mail.asking.trust import causes_of, tls, untrusted
from retention.mail.asking.urls import host_of
from retention.mail.asking.words import one_line
from retention.mail.exchange.settings import ExchangeSettings

CONNECT = 30.0


class Answer(Struct, frozen=True):
    """Status, headers (case-insensitive) and the whole body; the body is empty where it was handed on as it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Connection:
    """What is sent to one Exchange Server, from any number of threads.

    Trusts the system's authorities and those in ``ca_file`` (PEM). Raises ``BadConfiguration`` for one that cannot be
    read. exchangelib is imported with the first request.
    """

    def __init__(self, settings: ExchangeSettings) -> None:
        self.url = settings.server
        self._settings = settings
        self._tls = tls(settings.ca_file)
        self._sessions: Any = None
        self._lock = threading.Lock()

    @property
    def api_version(self) -> str:
        """What to call the server's version in a request."""
        return str(self._opened().api_version)

    def send(self, body: bytes, headers: Mapping[str, str], into: Callable[[bytes], object] | None = None) -> Answer:
        """Send once. With ``into``, the body of a 200 answer is handed to it in pieces as it comes.

        Raises ``Dropped`` for anything that may be well the next time; ``MailNotAnswering`` for a certificate that is
        not trusted, because asking again would not help.
        """
        from requests.exceptions import RequestException

        sessions = self._opened()
        session = sessions.get_session()
        try:
            # The headers of a session go with each request too: exchangelib has put the content type there.
            with session.post(
                self.url,
                data=body,
                headers=dict(headers),
                allow_redirects=False,
                stream=True,
                timeout=(CONNECT, self._settings.timeout),
            ) as answer:
                if into is None or answer.status_code != 200:
                    told = Answer(answer.status_code, answer.headers, answer.content)
                else:
                    for chunk in answer.iter_content(CHUNK):
                        into(chunk)
                    told = Answer(answer.status_code, answer.headers, b"")
        except (RequestException, OSError, KeyError) as error:
            # KeyError: requests_ntlm looks for a header that an error in the middle of the handshake does not have.
            sessions.retire_session(session)
            raise self._explained(error) from error
        except BaseException:
            sessions.retire_session(session)
            raise
        if told.status == 401:
            # Whatever was wrong with this session's sign-in, the next one signs in anew.
            sessions.retire_session(session)
        else:
            sessions.release_session(session)
        return told

    def close(self) -> None:
        with self._lock:
            if self._sessions is not None:
                self._sessions.close()

    def _opened(self) -> Any:
        with self._lock:
            if self._sessions is None:
                from retention.mail.exchange.sessions import Sessions

                self._sessions = Sessions(self._settings, self._tls)
            return self._sessions

    def _explained(self, error: BaseException) -> Exception:
        from requests.exceptions import ConnectTimeout, ProxyError
        from urllib3.exceptions import NewConnectionError

        chain = causes_of(error)
        if refused := untrusted(self.url, chain, "ask whose server this is"):
            return refused
        sent = not any(isinstance(each, ConnectTimeout | ProxyError | NewConnectionError) for each in chain)
        told = next((each.strerror for each in reversed(chain) if isinstance(each, OSError) and each.strerror), "")
        reason = one_line(told or type(error).__name__, 120)
        return Dropped(f"no whole answer from {host_of(self.url)} ({reason})", sent)
