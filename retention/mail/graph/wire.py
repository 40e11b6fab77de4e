"""Asking Graph: the token, the headers every request carries, the limits, and asking again.

What an answer says of mail is not understood here.
"""

from __future__ import annotations

import copy
import uuid
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import IO, Any, TypeVar
from urllib.parse import quote

import msgspec

from retention.errors import MailNotAnswering, SignInRefused
from retention.mail.asking.patience import ATTEMPTS, CONNECTING, Patience, Unsure
from retention.mail.asking.server_clock import ServerClock
from retention.mail.asking.signin import SignIn
from retention.mail.asking.slots import Limits
from retention.mail.asking.transport import Answer, Dropped, Transport
from retention.mail.asking.urls import host_of, origin_of
from retention.mail.graph.failures import THROTTLED, Malformed, ServiceError, failure

IMMUTABLE = 'IdType="ImmutableId"'
"""On every request: without it an id dies with every move (Graph "Obtain immutable identifiers for Outlook")."""

BATCH = 20
DEPENDS = 424
UNKNOWN_500 = 3
"""How often a request is sent whose answer is a 500 that says nothing of use."""

T = TypeVar("T")
Part = bytes | ServiceError


class Wire:
    """Requests to one Graph root (``https://host/v1.0``), from any number of threads.

    Targets are paths below the root, or links that Graph gave, which are used as given. Raises ``ServiceError`` for
    final answers, ``MailNotAnswering`` after the last attempt, ``SignInRefused``.
    """

    def __init__(self, root: str, transport: Transport, sign_in: SignIn, patience: Patience, in_flight: int) -> None:
        self.root = root
        self.patience = patience
        self._transport = transport
        self._sign_in = sign_in
        self._limits = Limits(in_flight)
        self.clock = ServerClock()

    def signed_in_by(self, sign_in: SignIn) -> Wire:
        """The same way to Graph, with the same limits, as another application."""
        other = copy.copy(self)
        other._sign_in = sign_in
        return other

    def get(
        self,
        target: str,
        read: Callable[[bytes], T],
        *,
        mailbox: str = "",
        prefer: str = "",
        attempts: int = ATTEMPTS,
    ) -> T:
        """GET and read the body with ``read``, which raises ``Malformed`` for a body worth asking for again."""
        for attempt in range(1, UNKNOWN_500 + 1):
            answer = self.ask("GET", target, mailbox=mailbox, prefer=prefer, attempts=attempts)
            try:
                return read(answer.body)
            except Malformed:
                if attempt < UNKNOWN_500:
                    self.patience.wait(attempt)
        raise ServiceError(200, ("MalformedAnswer",), "")

    def ask(
        self,
        method: str,
        target: str,
        *,
        mailbox: str = "",
        prefer: str = "",
        if_match: str = "",
        body: bytes | None = None,
        into: IO[bytes] | None = None,
        once: bool = False,
        attempts: int = ATTEMPTS,
    ) -> Answer:
        """One request until it has a final answer; 2xx is returned.

        ``once`` is for what must not be done twice, nor after a wait in which the mailbox may have changed: it raises
        ``Unsure`` instead of sending again. ``into`` receives the body and is emptied before each attempt. Fewer
        ``attempts`` are for what can be asked for in another way: after them, what is too much for the service is a
        ``ServiceError`` too. Throttling is not counted so.
        """
        url = self._url(target)
        headers = {
            "Prefer": _preferring(prefer),
            "Accept-Encoding": "identity" if into is not None else "gzip",
            "User-Agent": "retention",
        }
        if if_match:
            headers["If-Match"] = f'W/"{if_match}"'
        if body is not None:
            headers["Content-Type"] = "application/json"
        refused, attempt = "", 0
        while True:
            attempt += 1
            headers["client-request-id"] = str(uuid.uuid4())
            token = self._sign_in.token(refused)
            headers["Authorization"] = f"Bearer {token}"
            try:
                with self._limits.in_flight(mailbox):
                    if into is not None:
                        into.seek(0)
                        into.truncate()
                    answer = self._transport.send(method, url, headers, body, into)
            except Dropped as dropped:
                if once:
                    raise Unsure(dropped.reason, dropped.sent) from dropped
                if dropped.sent and attempts < ATTEMPTS and attempt >= attempts:
                    raise ServiceError(504, (), dropped.reason) from dropped
                limit, reason, after = (ATTEMPTS if dropped.sent else CONNECTING), dropped.reason, None
            else:
                self.clock.hear(answer.status, answer.headers.get("Date"))
                if 200 <= answer.status < 300:
                    return answer
                error = failure(answer.status, answer.body)
                if answer.status == 401 and once:
                    # The removal was refused for its token: whoever is asked before a removal is asked again first.
                    self._sign_in.token(token)
                    raise Unsure(f"{host_of(self.root)} answered {error.told}", False)
                if answer.status == 401 and not refused:
                    refused, attempt = token, attempt - 1
                    continue
                limit, reason, after = self._judged(error, attempt, attempts, once, answer.retry_after)
            if attempt >= limit:
                raise MailNotAnswering(
                    f"The mail system gave no usable answer after {attempt} attempts: {reason}.",
                    "Nothing is lost: run again later; what was read so far is kept.",
                )
            self.patience.wait(attempt, after)

    def _judged(
        self, error: ServiceError, attempt: int, attempts: int, once: bool, after: str | None
    ) -> tuple[int, str, str | None]:
        """Attempts allowed, the reason in words and the wait told, for an answer worth asking again; else raises."""
        reason = f"{host_of(self.root)} answered {error.told}"
        if error.status == 401:
            raise SignInRefused(
                f"Graph does not accept the token it was given: {error.told}.",
                "Check that mail.cloud fits the tenant and that the application's permissions have consent.",
            )
        throttled = error.status == 429 or error.is_any(THROTTLED)
        unknown = error.status == 500 and not error.retryable and not error.is_final
        if once and (throttled or error.retryable or unknown):
            raise Unsure(reason, not throttled, after)
        too_much = error.retryable and not throttled and attempts < ATTEMPTS and attempt >= attempts
        if (throttled or error.retryable) and not too_much:
            return ATTEMPTS, reason, after
        if unknown and attempt < UNKNOWN_500:
            return ATTEMPTS, reason, after
        raise error

    def batch(self, targets: Sequence[str], *, mailbox: str, prefer: str = "", attempts: int = ATTEMPTS) -> list[Part]:
        """GET many paths of one mailbox, at most 20 in one request; one body or error for each, in order.

        The parts run one after the other: so a batch counts as one connection, where parallel parts beyond the fourth
        are throttled (Graph "throttling limits"; learn Q&A 734143). Each part is throttled on its own, and one that
        fails keeps those after it from being asked (424): these and the throttled ones are asked for again, as long as
        no ``attempts`` in a row bring nothing.
        """
        answers: dict[int, Part] = {}
        for start in range(0, len(targets), BATCH):
            waiting = list(range(start, min(start + BATCH, len(targets))))
            attempt = 0
            while waiting and attempt < attempts:
                after = self._one_batch(targets, waiting, answers, mailbox, prefer, attempts)
                left = [at for at in waiting if _again(answers.get(at))]
                attempt = attempt + 1 if left and left[0] == waiting[0] else 0
                if 0 < attempt < attempts:
                    self.patience.wait(attempt, after)
                waiting = left
        return [answers.get(at, ServiceError(504, (), "")) for at in range(len(targets))]

    def _one_batch(
        self, targets: Sequence[str], at: list[int], answers: dict[int, Part], mailbox: str, prefer: str, attempts: int
    ) -> str | None:
        headers = {"Prefer": _preferring(prefer)}
        asked: list[dict[str, Any]] = [
            {"id": str(each), "method": "GET", "url": targets[each], "headers": headers} for each in at
        ]
        for earlier, later in pairwise(asked):
            later["dependsOn"] = [earlier["id"]]
        body = msgspec.json.encode({"requests": asked})
        answer = self.ask("POST", "/$batch", mailbox=mailbox, body=body, attempts=attempts)
        after: list[str] = []
        for part in _parts(answer.body):
            if not (part.id.isdigit() and int(part.id) in at):
                continue
            if 200 <= part.status < 300:
                answers[int(part.id)] = bytes(part.body)
                continue
            answers[int(part.id)] = failure(part.status, bytes(part.body))
            told = next((value for name, value in part.headers.items() if name.lower() == "retry-after"), "")
            if told:
                after.append(str(told))
        return after[0] if after else None

    def _url(self, target: str) -> str:
        if target.startswith("/"):
            return self.root + target
        if origin_of(target) != origin_of(self.root):
            # The token is a key to every mailbox: it is shown to the configured host and to no other.
            raise ServiceError(200, ("ForeignLink",), f"a link to {host_of(target)}")
        return target


class _AnswerPart(msgspec.Struct):
    id: str
    status: int
    headers: dict[str, Any] = {}
    body: msgspec.Raw = msgspec.Raw(b"null")


class _Batch(msgspec.Struct):
    responses: list[_AnswerPart] = []


def _parts(body: bytes) -> Iterable[_AnswerPart]:
    try:
        return msgspec.json.decode(body, type=_Batch).responses
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ()


def _preferring(prefer: str) -> str:
    return f"{IMMUTABLE}, {prefer}" if prefer else IMMUTABLE


def _again(part: Part | None) -> bool:
    return part is None or (isinstance(part, ServiceError) and (part.retryable or part.status == DEPENDS))


def segment(id_: str) -> str:
    """An id as one segment of a path: whatever it holds, it cannot reach another path."""
    return quote(id_, safe="=")
