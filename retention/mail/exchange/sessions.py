"""Sessions of exchangelib with an Exchange Server: its sign-in by NTLM and Basic, and its pool of connections.

The one module that imports exchangelib, which takes a second: only when something is sent. Its own requests, retries
and readers are not used, and why is said in ``wire.py`` and ``answers.py``.
"""

from __future__ import annotations

import ssl
from typing import Any

from exchangelib import BASIC, NTLM, Build, Configuration, Credentials, Version
from exchangelib.protocol import BaseProtocol
from exchangelib.transport import NOAUTH
from requests.adapters import HTTPAdapter

from retention.mail.asking.urls import proxy_for
from retention.mail.exchange.settings import ExchangeSettings

BUILDS = {"2016": Build(15, 1), "2019": Build(15, 2), "SE": Build(15, 2)}
SIGN_IN = {"ntlm": NTLM, "basic": BASIC, "oauth": NOAUTH}
"""A bearer token is put on each request by ``wire.py``, which gets a new one where it has ended."""


class Sessions(BaseProtocol):  # type: ignore[misc]
    """As many sessions as requests may be in flight; one that failed is replaced by a new one."""

    USERAGENT = "retention"

    def __init__(self, settings: ExchangeSettings, tls: ssl.SSLContext) -> None:
        named = None if settings.sign_in == "oauth" else Credentials(settings.user, settings.secret)
        super().__init__(
            Configuration(
                service_endpoint=settings.server,
                credentials=named,
                auth_type=SIGN_IN[settings.sign_in],
                version=Version(BUILDS[settings.version]),
                max_connections=max(settings.requests_in_flight, 1),
            )
        )
        self._tls = tls
        self.api_version = str(self.config.version.api_version)

    def create_session(self) -> Any:
        """A session that trusts whom we trust and goes through the proxy that the environment names.

        Nothing else of the environment counts: a ``REQUESTS_CA_BUNDLE`` would replace the city's authorities, and a
        ``.netrc`` could replace the service account.
        """
        session = super().create_session()
        session.trust_env = False
        session.mount(self.service_endpoint, _Adapter(self._tls))
        if proxy := proxy_for(self.service_endpoint):
            session.proxies = {"https": proxy, "http": proxy}
        return session


class _Adapter(HTTPAdapter):
    """One connection, over our own TLS context; nothing is sent twice here."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._tls = tls
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0, pool_block=True)

    def init_poolmanager(self, *given: Any, **named: Any) -> None:
        super().init_poolmanager(*given, **named, ssl_context=self._tls)

    def proxy_manager_for(self, proxy: str, **named: Any) -> Any:
        return super().proxy_manager_for(proxy, **named, ssl_context=self._tls, proxy_ssl_context=self._tls)

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """The context has the authorities already; requests would add its own."""
        conn.cert_reqs = "CERT_REQUIRED"
