"""What the Exchange mail system has to be told: server, version, how the service account signs in, limits.

No secret is looked up here and nothing is checked against a network.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from retention.core.city.sections import EXCHANGE_VERSIONS, ONLINE, SIGN_INS
from retention.errors import BadConfiguration
from retention.mail.asking.signin import REMOVAL
from retention.mail.asking.urls import is_loopback
from retention.mail.asking.words import one_line


class ExchangeSettings(Struct, frozen=True, kw_only=True):
    """How to reach one Exchange Server.

    ``server`` is the address of its web services (``https://mail.city.example/EWS/Exchange.asmx``). ``sign_in`` is
    ``ntlm`` or ``basic`` with ``user`` and ``secret`` (the password, already resolved), or ``oauth`` with ``tenant``,
    ``client`` and ``secret`` or ``certificate``, as in Graph's settings. ``authority_url`` replaces the sign-in
    service's own host. ``ca_file`` is a PEM file of further authorities to trust. ``mailboxes`` restricts reading to
    these addresses; empty means all that the server lists. ``requests_in_flight`` is the limit over all mailboxes;
    on one mailbox it is never more than 4. ``timeout`` is in seconds, for one answer. What begins with ``removal_`` is
    of the account by which alone mail is removed and put back; without it, the same one does that. ``prefix`` begins
    the names of the settings that this account was told by, for sentences.
    """

    server: str
    version: str
    sign_in: str
    user: str = ""
    secret: str = ""
    tenant: str = ""
    client: str = ""
    certificate: str = ""
    thumbprint: str = ""
    certificate_password: str = ""
    authority_url: str = ""
    ca_file: str = ""
    mailboxes: tuple[str, ...] = ()
    requests_in_flight: int = 16
    timeout: float = 120.0
    removal_user: str = ""
    removal_client: str = ""
    removal_secret: str = ""
    removal_certificate: str = ""
    removal_thumbprint: str = ""
    prefix: str = ""

    def __repr__(self) -> str:
        """Never shows the secret or the password, so that a traceback cannot either."""
        return f"ExchangeSettings(server={self.server!r}, sign_in={self.sign_in!r}, user={self.user!r})"

    @property
    def that_removes(self) -> ExchangeSettings | None:
        """The same server as the other account; ``None`` where there is only one."""
        if not (self.removal_client if self.sign_in == "oauth" else self.removal_user):
            return None
        return replace(
            self,
            user=self.removal_user,
            client=self.removal_client,
            secret=self.removal_secret,
            certificate=self.removal_certificate,
            thumbprint=self.removal_thumbprint,
            certificate_password="",
            prefix=REMOVAL,
            removal_user="",
            removal_client="",
        )

    @property
    def account(self) -> str:
        """Who signs in, for sentences."""
        return one_line(self.client if self.sign_in == "oauth" else self.user, 80)


def check(settings: ExchangeSettings) -> None:
    """Refuses what is of no use, or would send a password in the clear. Raises ``BadConfiguration``.

    The account that removes is checked by itself, when it is first needed: who only reads need not have its password.
    """
    parts = urlsplit(settings.server)
    host = (parts.hostname or "").lower()
    if ONLINE.search(host):
        raise BadConfiguration(
            f"{host} is Exchange Online, which has switched Exchange Web Services off.",
            'Write system = "graph" in the section [mail]: Exchange Online is read through Microsoft Graph.',
        )
    if not host or parts.scheme not in ("https", "http") or parts.query or parts.fragment:
        raise BadConfiguration(
            f"mail.server {one_line(settings.server, 100)} is no address of Exchange Web Services.",
            "Write https://mail.city.example/EWS/Exchange.asmx with the name of your server.",
        )
    if parts.scheme == "http" and not is_loopback(host):
        raise BadConfiguration(
            f"mail.server {one_line(settings.server, 100)} is not encrypted.", "Write https:// instead."
        )
    if settings.version not in EXCHANGE_VERSIONS:
        raise BadConfiguration(
            "mail.version says no version of Exchange.", f"Write one of {', '.join(EXCHANGE_VERSIONS)}."
        )
    if settings.sign_in not in SIGN_INS:
        raise BadConfiguration("mail.sign_in is not known.", f"Write one of {', '.join(SIGN_INS)}.")
    if settings.sign_in != "oauth" and not (settings.user and settings.secret):
        missing = f"mail.{settings.prefix}{'secret' if settings.user else 'user'}"
        raise BadConfiguration(f"{missing} is empty.", "Set it to that of the service account.")
