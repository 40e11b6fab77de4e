"""Which servers are trusted, and what is said of one that is not.

Nothing is asked of a server here but its certificate.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable
from urllib.parse import urlsplit

from retention.errors import BadConfiguration, MailNotAnswering
from retention.mail.asking.urls import host_of, proxy_for
from retention.mail.asking.words import one_line


def tls(ca_file: str) -> ssl.SSLContext:
    """How certificates are checked: by the machine's authorities and those of the file. Raises ``BadConfiguration``."""
    context = ssl.create_default_context()
    if ca_file:
        try:
            context.load_verify_locations(cafile=ca_file)
        except (OSError, ssl.SSLError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else "no certificate in PEM form"
            raise BadConfiguration(
                f"mail.ca_file {ca_file} cannot be used ({one_line(reason)}).",
                "Name a file that holds the city's authority certificates in PEM form.",
            ) from error
    return context


def causes_of(error: BaseException | None) -> list[BaseException]:
    """The error and everything that led to it, as far as the layers below say."""
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        inner = next((arg for arg in error.args if isinstance(arg, BaseException)), None)
        after = inner or getattr(error, "reason", None) or error.__cause__ or error.__context__
        error = after if isinstance(after, BaseException) else None
    return found


def untrusted(url: str, causes: Iterable[BaseException], otherwise: str) -> MailNotAnswering | None:
    """What to say where a certificate was the cause; ``otherwise`` is what to do if the city has no own authority."""
    why = next(
        (one_line(each.verify_message) for each in causes if isinstance(each, ssl.SSLCertVerificationError)), None
    )
    if why is None:
        return None
    shown = "" if proxy_for(url) else _shown_by(urlsplit(url).hostname or "", urlsplit(url).port or 443)
    return MailNotAnswering(
        f"The certificate of {host_of(url)} is not trusted ({why}){shown}.",
        "If the city has its own authority, put that authority's certificate (PEM) in a file and name it in "
        f"mail.ca_file; otherwise {otherwise}.",
    )


def _shown_by(host: str, port: int) -> str:
    """``; it shows a certificate of … issued by …`` for a sentence, or ``""`` where none can be fetched.

    Nothing is sent over this connection: it only reads the two names.
    """
    from cryptography import x509

    loose = ssl.create_default_context()
    loose.check_hostname = False
    loose.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection((host, port), timeout=10) as plain,
            loose.wrap_socket(plain, server_hostname=host) as secured,
        ):
            certificate = x509.load_der_x509_certificate(secured.getpeercert(binary_form=True) or b"")
        subject, issuer = (one_line(name.rfc4514_string(), 120) for name in (certificate.subject, certificate.issuer))
    except (OSError, ValueError):
        return ""
    return f"; it shows a certificate of {subject!r} issued by {issuer!r}"
