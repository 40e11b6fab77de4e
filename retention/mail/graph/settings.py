"""What the Graph mail system has to be told: tenant, application, cloud, limits.

No secret is looked up here (``signin.py`` does that) and nothing is checked against a network.
"""

from __future__ import annotations

from msgspec import Struct


class GraphSettings(Struct, frozen=True, kw_only=True):
    """How to reach one tenant's mail.

    ``secret`` is the secret itself, already resolved (``resolve_secret``), or ``""``; ``certificate`` is the path of a
    PEM or PFX file that holds the private key, or ``""``; exactly one of the two must be given. ``thumbprint`` (hex,
    SHA-1) is only needed where the file holds no certificate. ``graph_url`` and ``authority_url`` replace the cloud's
    own hosts, for a rehearsal or a proxy. ``ca_file`` is a PEM file of further authorities to trust.
    ``requests_in_flight`` is the limit over all mailboxes; on one mailbox it is never more than 4. ``mailboxes``
    restricts reading to these addresses; empty means all. ``timeout`` is in seconds, for one answer. What begins with
    ``removal_`` is of the application by which alone mail is removed and put back; without it, the same one does that.
    Its secret may be looked up later, when it is first needed.
    """

    tenant: str
    client: str
    secret: str = ""
    certificate: str = ""
    thumbprint: str = ""
    certificate_password: str = ""
    cloud: str = "global"
    graph_url: str = ""
    authority_url: str = ""
    ca_file: str = ""
    requests_in_flight: int = 16
    mailboxes: tuple[str, ...] = ()
    timeout: float = 120.0
    removal_client: str = ""
    removal_secret: str = ""
    removal_certificate: str = ""
    removal_thumbprint: str = ""

    def __repr__(self) -> str:
        """Never shows the secret or the password, so that a traceback cannot either."""
        return f"GraphSettings(tenant={self.tenant!r}, client={self.client!r}, cloud={self.cloud!r})"
