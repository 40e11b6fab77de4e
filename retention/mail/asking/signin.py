"""Signing in as an application: secrets, certificates, tokens, and what the sign-in service says when it refuses.

No mail is asked for here; msal is imported only when somebody signs in, because it takes half a second.
"""

from __future__ import annotations

import base64
import os
import re
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlencode, urlsplit

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from retention.errors import BadConfiguration, MailNotAnswering, SignInRefused
from retention.mail.asking.patience import Patience
from retention.mail.asking.transport import Answer, Dropped, Transport
from retention.mail.asking.urls import host_of, is_loopback
from retention.mail.asking.words import one_line

ATTEMPTS = 4
EARLY = 300.0
"""Seconds before its end at which a token is replaced."""

NEXT_STEPS = {
    7000215: "Look up the application's secret *value* (not its id) and set it where mail.secret points to.",
    7000222: "The secret has expired: make a new one for the application and set it where mail.secret points to.",
    700027: "Check that mail.certificate is the one uploaded to the application, and that it has not expired.",
    90002: "Check mail.tenant and mail.cloud: the tenant's id is on the overview page of Microsoft Entra ID.",
    900023: "Check mail.tenant: it is the tenant's id or one of its domain names.",
    700016: "Check mail.client and mail.tenant: the application must be registered in this tenant.",
}


LOOKED_UP: set[str] = set()
"""Every secret of this run: what is kept of a bug must not hold one."""


def resolve_secret(reference: str, setting: str = "mail.secret") -> str:
    """The secret that ``env:NAME`` or ``keyring:service/user`` points to; ``""`` for ``""``.

    Raises ``BadConfiguration`` when nothing is there, and for a secret written into the file itself.
    """
    kind, _, name = reference.partition(":")
    if not reference:
        return ""
    if kind == "env" and name:
        if not os.environ.get(name):
            raise BadConfiguration(
                f"The environment variable {one_line(name, 80)} that {setting} points to is not set.",
                "Set it for the account that runs this, or use keyring:service/user.",
            )
        return _kept(os.environ[name])
    if kind == "keyring" and name.count("/") >= 1:
        service, user = name.rsplit("/", 1)
        return _kept(_from_keyring(service, user, setting))
    raise BadConfiguration(
        f"{setting} must say where the secret is, and never be the secret itself.",
        "Write env:NAME for an environment variable or keyring:service/user for the operating system's keyring.",
    )


def _kept(secret: str) -> str:
    LOOKED_UP.add(secret)
    return secret


def _from_keyring(service: str, user: str, setting: str) -> str:
    import keyring
    from keyring.errors import KeyringError

    try:
        secret = keyring.get_password(service, user)
    except KeyringError as error:
        raise BadConfiguration(
            f"The operating system's keyring cannot be read ({one_line(error, 120)}).",
            f"Unlock it, or use env:NAME in {setting}.",
        ) from error
    if not secret:
        raise BadConfiguration(
            f"The keyring holds nothing for {one_line(service, 80)}/{one_line(user, 80)}.",
            f"Store it with: keyring set {one_line(service, 80)} {one_line(user, 80)}",
        )
    return secret


REMOVAL = "removal_"
"""Begins the names of the settings of the credential by which alone mail is removed and put back."""

AUTHORITY = "https://login.microsoftonline.com"
"""Microsoft's sign-in service, for everybody but the clouds of governments and China."""


class Application(Struct, frozen=True, kw_only=True):
    """Who signs in: the application of one tenant, with a secret or a certificate.

    ``secret`` is the secret itself, ``certificate`` the path of a PEM or PFX file with the private key; exactly one of
    them is needed. ``thumbprint`` (hex, SHA-1) is only needed where the file holds no certificate. ``prefix`` begins
    the names of the settings that it was told by, for sentences.
    """

    tenant: str
    client: str
    secret: str = ""
    certificate: str = ""
    thumbprint: str = ""
    certificate_password: str = ""
    prefix: str = ""

    @classmethod
    def of(cls, settings: Struct) -> Application:
        """What a mail system's settings say of it, under the same names."""
        return cls(**{name: getattr(settings, name, "") for name in cls.__struct_fields__})

    @classmethod
    def that_removes(cls, settings: Struct) -> Application:
        """The other application of the same tenant, by which alone mail is removed and put back."""
        own = ("client", "secret", "certificate", "thumbprint")
        told = {name: getattr(settings, f"{REMOVAL}{name}") for name in own}
        return replace(cls.of(settings), certificate_password="", prefix=REMOVAL, **told)

    def naming(self, sentence: str) -> str:
        """The sentence with the settings named as they are written for this application."""
        return re.sub(r"\bmail\.(?=client\b|secret\b|certificate\b|thumbprint\b)", f"mail.{self.prefix}", sentence)

    def __repr__(self) -> str:
        """Never shows the secret or the password, so that a traceback cannot either."""
        return f"Application(tenant={self.tenant!r}, client={self.client!r})"


class SignIn:
    """Tokens for one application. Thread-safe; asks for a new token before the old one ends.

    ``scope`` is the Graph root with ``/.default``. Raises ``BadConfiguration`` where neither or both of a secret and a
    certificate are given, or the certificate's file is of no use.
    """

    def __init__(self, who: Application, authority: str, scope: str, transport: Transport, patience: Patience) -> None:
        self._who = who
        self._authority = f"{authority.rstrip('/')}/{who.tenant}"
        self._scope = scope
        self._wire = _SignInWire(transport, patience)
        self._lock = threading.Lock()
        self._application: Any = None
        self._token = ""
        self._until = 0.0
        self._refusal: SignInRefused | None = None
        self._credential = _credential(who)
        if not (who.tenant and who.client):
            missing = "mail.tenant" if not who.tenant else "mail.client"
            raise BadConfiguration(f"{who.naming(missing)} is empty.", "Set it to the id shown in Microsoft Entra ID.")

    def token(self, refused: str = "") -> str:
        """A valid token. ``refused`` is one the service has just answered 401 to: it is never returned again.

        Raises ``SignInRefused`` with the service's own words, or ``MailNotAnswering``.
        """
        with self._lock:
            if self._token and self._token != refused and time.monotonic() < self._until:
                return self._token
            if self._refusal is not None:
                # Sixteen threads that each ask again would only lock the application out.
                raise self._refusal
            if self._application is not None and self._token == refused:
                self._application.remove_tokens_for_client()
            answer = self._asked()
            self._token = str(answer["access_token"])
            lasts = float(answer.get("expires_in") or 0)
            self._until = time.monotonic() + max(lasts - EARLY, lasts / 2)
            return self._token

    def _asked(self) -> dict[str, Any]:
        import msal

        try:
            if self._application is None:
                self._application = msal.ConfidentialClientApplication(
                    self._who.client,
                    client_credential=self._credential,
                    authority=self._authority,
                    http_client=self._wire,
                    instance_discovery=False,
                )
            answer: dict[str, Any] = self._application.acquire_token_for_client([self._scope])
        except (MailNotAnswering, SignInRefused):
            raise
        except (ValueError, msal.exceptions.MsalError, TypeError) as error:
            # msal's own exception drops what the service said about the tenant; the last answer still has it.
            words = str(error).replace(self._who.secret or "\0", "(a secret)")
            self._refuse(self._wire.last, one_line(words, 200))
        if "access_token" not in answer:
            self._refuse(self._wire.last, one_line(answer.get("error_description") or answer.get("error") or ""))
        return answer

    def _refuse(self, last: Answer | None, otherwise: str) -> NoReturn:
        code, words = _said(last)
        why = f"{code}{first_sentence(words or otherwise)}"
        self._refusal = SignInRefused(
            f"Signing in to tenant {one_line(self._who.tenant, 80)} was refused: {why}",
            self._who.naming(_next_step(last)),
        )
        raise self._refusal from None


class _Told:
    """An answer in the shape msal expects of an HTTP client (``msal.oauth2cli.http.Response``)."""

    def __init__(self, answer: Answer) -> None:
        self.status_code = answer.status
        self.text = answer.body.decode("utf-8", "replace")
        self.headers = dict(answer.headers)

    def raise_for_status(self) -> None:
        if self.status_code >= 400:
            raise MailNotAnswering(
                f"The sign-in service answered {self.status_code}.", "Try again later; nothing was changed."
            )


class _SignInWire:
    """msal's HTTP client over our own connections, so that trust and proxies are decided in one place."""

    def __init__(self, transport: Transport, patience: Patience) -> None:
        self._transport = transport
        self._patience = patience
        self.last: Answer | None = None

    def get(
        self, url: str, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None, **_: Any
    ) -> _Told:
        return self._ask("GET", f"{url}?{urlencode(params)}" if params else url, dict(headers or {}), None)

    def post(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        **_: Any,
    ) -> _Told:
        body = data if isinstance(data, bytes) else (data if isinstance(data, str) else urlencode(data or {})).encode()
        form = {"Content-Type": "application/x-www-form-urlencoded"} | dict(headers or {})
        return self._ask("POST", f"{url}?{urlencode(params)}" if params else url, form, body)

    def close(self) -> None:
        """The connections belong to whoever made them."""

    def _ask(self, method: str, url: str, headers: dict[str, str], body: bytes | None) -> _Told:
        reason = ""
        for attempt in range(1, ATTEMPTS + 1):
            after = None
            try:
                answer = self._transport.send(method, url, headers, body)
            except Dropped as dropped:
                reason = dropped.reason
            else:
                self.last = answer
                if answer.status not in (429, 500, 502, 503, 504):
                    return _Told(answer)
                reason, after = f"{host_of(url)} answered {answer.status}", answer.retry_after
            if attempt < ATTEMPTS:
                self._patience.wait(attempt, after)
        raise MailNotAnswering(f"The sign-in service cannot be reached: {reason}.", _way_to(url))


def _way_to(url: str) -> str:
    parts = urlsplit(url)
    if is_loopback(parts.hostname or ""):
        serve = f"`retention simulator serve{f' --port {parts.port}' if parts.port else ''}`"
        return f"Start what answers there, in a rehearsal with {serve}; nothing was changed."
    return f"Check the network and any proxy on the way to {parts.hostname}; nothing was changed."


def first_sentence(words: str) -> str:
    """The service's words without the trace ids that follow them."""
    return (
        words.split(" Trace ID:", maxsplit=1)[0].split(" Correlation ID:", maxsplit=1)[0].strip()
        or "no reason was given."
    )


def _said(last: Answer | None) -> tuple[str, str]:
    """The code, with a colon, and the words of a refusal; empty where the answer is not in the form of OAuth's.

    Shape: RFC 6749, section 5.2: ``{"error": "invalid_client", "error_description": "AADSTS…"}``.
    """
    if last is None or last.status < 400:
        return "", ""
    try:
        said = msgspec.json.decode(last.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return "", ""
    if not isinstance(said, dict) or not isinstance(said.get("error"), str):
        return "", ""
    return f"{one_line(said['error'], 80)}: ", one_line(said.get("error_description") or "")


def _next_step(last: Answer | None) -> str:
    numbers: list[int] = []
    if last is not None:
        try:
            said = msgspec.json.decode(last.body)
            numbers = [int(number) for number in said.get("error_codes", [])]
        except (msgspec.DecodeError, UnicodeDecodeError, AttributeError, TypeError, ValueError):
            numbers = []
    known = (NEXT_STEPS[number] for number in numbers if number in NEXT_STEPS)
    return next(known, "Check mail.tenant, mail.client, mail.cloud and the secret or certificate.")


def _credential(who: Application) -> str | dict[str, str]:
    if bool(who.secret) == bool(who.certificate):
        given = "both a secret and a certificate" if who.secret else "neither a secret nor a certificate"
        raise BadConfiguration(
            f"mail has {given} to sign in with{' for removal' if who.prefix else ''}.",
            who.naming("Set exactly one of mail.secret and mail.certificate."),
        )
    return who.secret or _certificate(who)


def _certificate(who: Application) -> dict[str, str]:
    """msal's form of a certificate: key and certificate as PEM, whatever kind of file they came in."""
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        load_pem_private_key,
        pkcs12,
    )
    from cryptography.x509 import load_pem_x509_certificate

    path = Path(who.certificate.removeprefix("file:"))
    password = who.certificate_password.encode() or None
    try:
        content = path.read_bytes()
        if b"-----BEGIN" in content:
            key: Any = load_pem_private_key(content, password if b"ENCRYPTED" in content else None)
            has_certificate = b"-----BEGIN CERTIFICATE-----" in content
            certificate = load_pem_x509_certificate(content) if has_certificate else None
        else:
            key, certificate, _ = pkcs12.load_key_and_certificates(content, password)
        if key is None:
            raise ValueError("it holds no private key")
    except OSError as error:
        raise BadConfiguration(
            f"mail.{who.prefix}certificate {path} cannot be read ({one_line(error.strerror)}).",
            "Check the path and its owner.",
        ) from error
    except (ValueError, TypeError) as error:
        raise BadConfiguration(
            f"mail.{who.prefix}certificate {path} is of no use: {one_line(error, 120)}.",
            "It must be a PEM or PFX file with the private key; a protected one needs its password.",
        ) from error
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    if who.thumbprint:
        return {"private_key": pem, "thumbprint": who.thumbprint.replace(":", "")}
    if certificate is None:
        raise BadConfiguration(
            f"mail.{who.prefix}certificate {path} holds a key but no certificate.",
            f"Set mail.{who.prefix}thumbprint to the SHA-1 thumbprint shown beside the application's certificate.",
        )
    return {"private_key": pem, "public_certificate": certificate.public_bytes(Encoding.PEM).decode()}


def claims_of(token: str) -> dict[str, Any]:
    """What a token says of itself, unchecked and for display only; empty where it is not a JWT."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        said = msgspec.json.decode(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, msgspec.DecodeError):
        return {}
    return said if isinstance(said, dict) else {}
