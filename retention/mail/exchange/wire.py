"""Asking Exchange: the envelope, the limits, and asking again.

Not by exchangelib's own services: with the one connection that is their default they fail at the first reset, their
pool of connections shrinks and never grows, and they retry what will never be well. What an answer says of mail is not
understood here.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import TypeVar

from retention.errors import MailNotAnswering, SignInRefused
from retention.mail.asking.patience import ATTEMPTS, CONNECTING, Patience, Unsure, told_seconds
from retention.mail.asking.server_clock import ServerClock
from retention.mail.asking.signin import SignIn
from retention.mail.asking.slots import Limits
from retention.mail.asking.transport import Dropped
from retention.mail.asking.urls import host_of
from retention.mail.exchange.answers import Response, failure, responses
from retention.mail.exchange.asked import envelope
from retention.mail.exchange.connection import Answer, Connection
from retention.mail.exchange.failures import Malformed, ServiceError
from retention.mail.exchange.mime import Sink
from retention.mail.exchange.settings import ExchangeSettings

UNKNOWN = 3
"""How often a request is sent whose answer says nothing of use: a 500 without a code, an answer that is not whole."""

OF_ONE_MAILBOX = frozenset(
    {
        "ErrorConnectionFailed",
        "ErrorMailboxFailover",
        "ErrorMailboxMoveInProgress",
        "ErrorMailboxStoreUnavailable",
        "ErrorTimeoutExpired",
    }
)
"""What lasts although it should pass is then this mailbox's trouble, and not the end of the run."""

T = TypeVar("T")


class Wire:
    """Requests to one Exchange Server, from any number of threads.

    Each is made in the name of the mailbox's owner, by ``address``. Raises ``ServiceError`` for final answers,
    ``MailNotAnswering`` after the last attempt, ``SignInRefused``.
    """

    def __init__(
        self, connection: Connection, settings: ExchangeSettings, patience: Patience, sign_in: SignIn | None
    ) -> None:
        self.patience = patience
        self._connection = connection
        self._settings = settings
        self._sign_in = sign_in
        self._limits = Limits(settings.requests_in_flight)
        self.clock = ServerClock()

    def signed_in_by(self, connection: Connection, settings: ExchangeSettings, sign_in: SignIn | None) -> Wire:
        """The same server with the same limits, as another account."""
        other = copy.copy(self)
        other._connection, other._settings, other._sign_in = connection, settings, sign_in
        return other

    def token(self) -> str:
        """The bearer token that is shown; empty for an account with a password. Raises ``SignInRefused``."""
        return self._sign_in.token() if self._sign_in else ""

    @property
    def account(self) -> str:
        """Who signs in, for sentences."""
        return self._settings.account

    @property
    def host(self) -> str:
        return host_of(self._connection.url)

    def ask(self, operation: str, address: str = "", *, once: bool = False) -> list[Response]:
        """One request until it has a final answer: a response for each thing asked for.

        ``once`` is for what must not be done twice, nor after a wait in which the mailbox may have changed: it raises
        ``Unsure`` instead of sending again.
        """

        def read(answer: Answer) -> list[Response]:
            found = responses(answer.body)
            if all(not each.is_success and each.error.transient for each in found):
                raise found[0].error
            return found

        return self._asked(operation, address, read, None, once)

    def one(self, operation: str, address: str = "", *, once: bool = False) -> Response:
        """The response to a request for one thing. Raises ``ServiceError`` where it is an error."""
        found = self.ask(operation, address, once=once)
        if len(found) != 1:
            raise ServiceError(200, "MalformedAnswer", "")
        if not found[0].is_success:
            raise found[0].error
        return found[0]

    def fetch(self, operation: str, address: str, sink: Sink) -> None:
        """One request whose answer is handed on in pieces; the sink begins anew with each attempt."""

        def read(_: Answer) -> None:
            found = responses(sink.rest())
            if not found[0].is_success:
                raise found[0].error
            sink.check()

        self._asked(operation, address, read, sink, False)

    def _asked(self, operation: str, address: str, read: Callable[[Answer], T], sink: Sink | None, once: bool) -> T:
        attempt, refused = 0, ""
        while True:
            attempt += 1
            wait: float | None = None
            try:
                answer, token = self._sent(operation, address, sink, refused)
                if answer.status == 200:
                    return read(answer)
            except Dropped as dropped:
                if once:
                    raise Unsure(dropped.reason, dropped.sent) from dropped
                limit, reason = (ATTEMPTS if dropped.sent else CONNECTING), dropped.reason
            except Malformed as malformed:
                if once:
                    raise Unsure("the answer was not whole", True) from malformed
                if attempt >= UNKNOWN:
                    raise ServiceError(200, "MalformedAnswer", "") from malformed
                limit, reason = ATTEMPTS, f"{self.host} gave an answer that is not whole"
            except ServiceError as inside:
                # A busy server says so in any of four forms: this one is an error inside of an answer that is 200.
                limit, reason, wait = self._judged(inside, attempt, once)
            else:
                if answer.status == 401 and not once and not refused:
                    # A token that has ended, or a session that has: once more, with another.
                    refused = token or "401"
                    continue
                limit, reason, wait = self._judged(_failed(answer), attempt, once)
            if attempt >= limit:
                raise MailNotAnswering(
                    f"The mail system gave no usable answer after {attempt} attempts: {reason}.",
                    "Nothing is lost: run again later; what was read so far is kept.",
                )
            self.patience.wait(attempt, None if wait is None else str(wait))

    def _sent(self, operation: str, address: str, sink: Sink | None, refused: str) -> tuple[Answer, str]:
        """The answer, and the token that was shown."""
        body = envelope(operation, self._connection.api_version, address)
        headers = {"Accept-Encoding": "gzip" if sink is None else "identity"}
        if address:
            # Leads a load balancer to the server that keeps the mailbox (EWS "Impersonation").
            headers["X-AnchorMailbox"] = address
        token = self._sign_in.token(refused) if self._sign_in else ""
        if token:
            headers["Authorization"] = f"Bearer {token}"
        with self._limits.in_flight(address):
            if sink is not None:
                sink.begin()
            answer = self._connection.send(body, headers, sink.feed if sink is not None else None)
        self.clock.hear(answer.status, answer.headers.get("Date"))
        return answer, token

    def _judged(self, error: ServiceError, attempt: int, once: bool) -> tuple[int, str, float | None]:
        """Attempts allowed, the reason in words and the wait told, for an answer worth asking again; else raises."""
        reason = f"{self.host} answered {error.told}"
        if error.status == 401 and not once:
            raise self._refusal()
        unknown = error.status == 500 and error.code == "HTTP 500"
        if once and (error.transient or unknown or error.status == 401):
            done = not (error.busy or error.status == 401)
            raise Unsure(reason, done, None if error.wait is None else str(error.wait))
        lasting = error.code in OF_ONE_MAILBOX and attempt >= UNKNOWN
        if (error.transient and not lasting) or (unknown and attempt < UNKNOWN):
            return ATTEMPTS, reason, error.wait
        raise error

    def _refusal(self) -> SignInRefused:
        own = self._settings.prefix
        if self._settings.sign_in == "oauth":
            step = f"Check mail.tenant, mail.{own}client, and that the server trusts this sign-in service."
        else:
            step = (
                f"Check mail.{own}user and the password that mail.{own}secret points to, and that the server offers "
                "this sign-in for its web services."
            )
        return SignInRefused(
            f"{self.host} does not let {self._settings.account} sign in ({self._settings.sign_in}).", step
        )


def _failed(answer: Answer) -> ServiceError:
    error = failure(answer.status, answer.body)
    if error.wait is None:
        error.wait = told_seconds(answer.headers.get("Retry-After"))
    return error
