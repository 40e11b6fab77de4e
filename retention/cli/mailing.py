"""Opening the mail system that a city names, together with the files of mail that were added.

What a mail system can do is in ``mail/interface.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retention.core.city import Mail
    from retention.core.files import FileSource
    from retention.mail.interface import MailSystem

EWS_PATH = "/EWS/Exchange.asmx"
"""Where Exchange Web Services are served on every Exchange Server."""


def open_mail(mail: Mail, folder: Path, files: Iterable[FileSource]) -> MailSystem:
    """The city's mail system; where files were added, these too."""
    from retention.mail.together import Together

    sources = tuple(files)
    server = MAIL_SYSTEMS[mail.system](mail, folder)
    return Together(server, _files(sources) if sources else None)


def is_rehearsal(mail: Mail) -> bool:
    """Whether no real mail can be touched: mail and sign-in are both served by this very machine.

    A loopback address for mail alone is a proxy, behind which the mail is as real as ever. An Exchange Server may stand
    on this very machine, and files of mail are real wherever they lie.
    """
    if mail.system in ("exchange", "files"):
        return False
    sign_in = mail.authority_url or (mail.graph_url if mail.system == "simulator" else "")
    return _is_loopback(mail.graph_url) and _is_loopback(sign_in)


def _is_loopback(url: str) -> bool:
    from ipaddress import ip_address
    from urllib.parse import urlsplit

    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _graph(mail: Mail, folder: Path) -> MailSystem:
    from retention.mail.asking.signin import resolve_secret
    from retention.mail.graph import GraphMail, GraphSettings

    return GraphMail(
        GraphSettings(
            tenant=mail.tenant,
            client=mail.client,
            secret=resolve_secret(mail.secret) if mail.secret else "",
            certificate=_key_file(mail.certificate, folder),
            thumbprint=mail.thumbprint,
            cloud=mail.cloud,
            graph_url=mail.graph_url,
            authority_url=mail.authority_url,
            ca_file=_file(mail.ca_file, folder),
            requests_in_flight=mail.requests_in_flight,
            mailboxes=mail.mailboxes,
            removal_client=mail.removal_client,
            removal_certificate=_key_file(mail.removal_certificate, folder),
            removal_thumbprint=mail.removal_thumbprint,
        ),
        removal_secret=lambda: resolve_secret(mail.removal_secret, "mail.removal_secret"),
    )


def _exchange(mail: Mail, folder: Path) -> MailSystem:
    from retention.mail.asking.signin import resolve_secret
    from retention.mail.exchange import ExchangeMail, ExchangeSettings

    return ExchangeMail(
        ExchangeSettings(
            server=mail.server,
            version=mail.version,
            sign_in=mail.sign_in,
            user=mail.user,
            secret=resolve_secret(mail.secret) if mail.secret else "",
            tenant=mail.tenant,
            client=mail.client,
            certificate=_key_file(mail.certificate, folder),
            thumbprint=mail.thumbprint,
            authority_url=mail.authority_url,
            ca_file=_file(mail.ca_file, folder),
            requests_in_flight=mail.requests_in_flight,
            mailboxes=mail.mailboxes,
            removal_user=mail.removal_user,
            removal_client=mail.removal_client,
            removal_certificate=_key_file(mail.removal_certificate, folder),
            removal_thumbprint=mail.removal_thumbprint,
        ),
        removal_secret=lambda: resolve_secret(mail.removal_secret, "mail.removal_secret"),
    )


def _simulator(mail: Mail, folder: Path) -> MailSystem:
    """The rehearsal signs in with the simulator's own fixed values, so that no secret is needed for it."""
    return _simulated_exchange(mail, folder) if mail.voice == "ews" else _simulated_graph(mail, folder)


def _simulated_graph(mail: Mail, folder: Path) -> MailSystem:
    from retention.mail.graph import GraphMail, GraphSettings
    from retention.simulator.signin import CLIENT, SECRET, TENANT

    return GraphMail(
        GraphSettings(
            tenant=TENANT,
            client=CLIENT,
            secret=SECRET,
            graph_url=mail.graph_url,
            authority_url=mail.authority_url or mail.graph_url,
            ca_file=_file(mail.ca_file, folder),
            requests_in_flight=mail.requests_in_flight,
            mailboxes=mail.mailboxes,
        )
    )


def _simulated_exchange(mail: Mail, folder: Path) -> MailSystem:
    from retention.mail.exchange import ExchangeMail, ExchangeSettings
    from retention.simulator.signin import EXCHANGE_USER, SECRET

    return ExchangeMail(
        ExchangeSettings(
            server=f"{mail.graph_url.rstrip('/')}{EWS_PATH}",
            version=mail.version or "2019",
            sign_in="basic",
            user=EXCHANGE_USER,
            secret=SECRET,
            ca_file=_file(mail.ca_file, folder),
            requests_in_flight=mail.requests_in_flight,
            mailboxes=mail.mailboxes,
        )
    )


def _files(sources: tuple[FileSource, ...]) -> MailSystem:
    from retention.mail.files.system import FilesMail

    return FilesMail(sources)


def _nobody(mail: Mail, folder: Path) -> None:
    """A city that has nothing but files asks no server."""


def _key_file(named: str, folder: Path) -> str:
    """A certificate with its private key, which nobody else may read."""
    from retention.private import refuse_readable

    path = _file(named, folder)
    if path:
        refuse_readable(Path(path))
    return path


def _file(named: str, folder: Path) -> str:
    """The path of a file that the settings name, from where they lie."""
    return str(folder / named.removeprefix("file:")) if named else ""


MAIL_SYSTEMS: dict[str, Callable[[Mail, Path], MailSystem | None]] = {
    "graph": _graph,
    "exchange": _exchange,
    "files": _nobody,
    "simulator": _simulator,
}
