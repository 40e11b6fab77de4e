"""The notice that something is wrong, in words: as a draft of an e-mail, and to a webhook.

When one is due is decided by whoever calls. It says what kind of thing is wrong and of how many, never of which mail.
"""

from __future__ import annotations

import logging
from email.message import EmailMessage
from email.policy import SMTP
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from retention import durable
from retention.core.health import PHRASES
from retention.errors import BadConfiguration, MailNotAnswering
from retention.telling.news import News

INSECURE = "The webhook's address would be spoken to unencrypted, or without checking who answers."
_NEXT = "Nobody was told; give an https:// address, or one of Apprise's own that is encrypted."


def title(news: News) -> str:
    """The subject of the notice."""
    city = " ".join(news.city.split())
    played = " (a rehearsal)" if news.rehearsal else ""
    if not news.kinds:
        return f"retention, {city}{played}: all is well again"
    number = len(news.kinds)
    return f"retention, {city}{played}: {number} {'thing is' if number == 1 else 'things are'} wrong"


def text(news: News) -> str:
    """What it says."""
    said = [f"As of {news.at:%Y-%m-%d %H:%M} UTC:", ""]
    for one in news.wrong:
        phrase = PHRASES.get(one.kind, one.kind.value)
        said.append(f"- {phrase}{f' ({one.count:,})' if one.count > 1 else ''} [exit code {one.code}: {one.meaning}]")
    if not news.wrong:
        said.append("- nothing is wrong any more")
    for whom, count in news.waiting.items():
        said.append(f"- {whom}: {count:,} {'thing waits' if count == 1 else 'things wait'}")
    good = f"{news.last_good_at:%Y-%m-%d %H:%M} UTC" if news.last_good_at else "never"
    said += ["", f"The last good run ended: {good}.", "`retention status` has the particulars.", ""]
    return "\n".join(said)


def draft(folder: Path, to: tuple[str, ...], news: News) -> Path:
    """Write the notice as an e-mail that somebody may open and send; return its file. Raises ``OSError``."""
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = title(news)
    mail["To"] = ", ".join(to)
    mail["X-Unsent"] = "1"  # Outlook opens it as a message that is still to be sent
    mail.set_content(text(news))
    path = folder / f"notice-{news.at:%Y%m%dT%H%M%SZ}.eml"
    durable.make_folder(folder)
    durable.write(path, bytes(mail))
    durable.sync_folder(folder)
    return path


def send(address: str, news: News) -> None:
    """Tell the webhook. Raises ``BadConfiguration`` or ``MailNotAnswering``; neither ever says its address."""
    try:
        from apprise import Apprise
    except ImportError:
        raise BadConfiguration(
            "Webhooks need the package apprise, which is not installed.", "Run `pip install 'retention[notify]'`."
        ) from None
    # What it logs of a failure may have the address in it, and with that the right to speak in the city's name.
    logging.getLogger("apprise").disabled = True
    hook = Apprise.instantiate(address.strip()) or Apprise.instantiate(_as_json(address.strip()))
    if hook is None:
        raise BadConfiguration(
            "What notify.webhook points to is no address that a notice can be sent to.",
            "Give the https:// address of the webhook, or one of Apprise's own, such as slack://.",
        )
    if not _is_secure(hook):
        raise BadConfiguration(INSECURE, _NEXT)
    try:
        answered = bool(hook.notify(body=text(news), title=title(news)))
    except Exception:  # whatever a plug-in raises, its words may have the address in them
        answered = False
    if not answered:
        raise MailNotAnswering(
            "The webhook did not take the notice.", "See whether its address is still good; the next run tries again."
        )


def _as_json(address: str) -> str:
    """An address of no service that is known is told the notice as JSON."""
    for scheme, own in (("https://", "jsons://"), ("http://", "json://")):
        if address.lower().startswith(scheme):
            return own + address[len(scheme) :]
    return ""


def _is_secure(hook: Any) -> bool:
    """Whether it is spoken to encrypted and the other side's certificate is checked, or on this machine only.

    The plug-ins that speak plainly have a second protocol for TLS; those of one service have one protocol and TLS.
    Of e-mail ``?mode=insecure`` counts more than the protocol for TLS, and ``?smtp=`` more than the host.
    """
    if not getattr(hook, "verify_certificate", False):
        return False
    is_plain = bool(getattr(hook, "protocol", None)) and not getattr(hook, "secure", False)
    is_plain = is_plain or getattr(hook, "secure_mode", "") == "insecure"
    host = str(getattr(hook, "host", ""))
    return not is_plain or (_is_here(host) and _is_here(str(getattr(hook, "smtp_host", "")) or host))


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
