"""``POST /EWS/Exchange.asmx``: the request received, counted, delayed, let in, answered; and the faults before that.

What is answered is decided in the neighbours.
"""

from __future__ import annotations

import asyncio
import re
import traceback

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from retention.simulator.answers import Answer
from retention.simulator.applications import Holder
from retention.simulator.ews import entry, voice
from retention.simulator.ews.soap import Asked, ItemError, SoapFault, glimpsed, read_request
from retention.simulator.faults import Fault, Faults
from retention.simulator.signin import SignIn
from retention.simulator.traffic import Traffic
from retention.simulator.world import NotThere, World

PATH = "/ews/exchange.asmx"
AT_ONCE = 27
"""How many requests at once Exchange lets one account have open (EXD: EWSMaxConcurrency)."""
BACK_OFF = 500
_ACTS_AS = re.compile(rb"<(?:\w+:)?(?:PrimarySmtpAddress|SmtpAddress|PrincipalName)>\s*([^<\s]+)\s*<")
NO_RIGHT = ("ErrorAccessDenied", "Access is denied. Check credentials and try again.")
BUSY = ("ErrorServerBusy", "The server cannot service this request right now. Try again later.")
TOLD = {
    # What the faults of Graph are called here; a code that was named for the rule stays.
    "throttle": BUSY,
    "busy": BUSY,
    "half-busy": BUSY,
    "connections": (
        "ErrorExceededConnectionCount",
        "You have exceeded the available concurrent connections for your account. Try again once your other requests "
        "have completed.",
    ),
    "gone": ("ErrorInvalidSyncStateData", "The specified synchronization state data is corrupt or unusable."),
    "error": ("ErrorInternalServerError", "An internal server error occurred. The operation failed."),
}
AS_SOAP_FAULT = ("throttle", "connections")


class Endpoint:
    """The EWS voice of one simulator, over the world, faults, sign-in and traffic that Graph's voice has too.

    ``transport`` and ``connection`` are the server's extensions that hold a connection, and what is remembered of it.
    ``kept`` holds what was asked and answered, where a list is put there.
    """

    def __init__(self, world: World, faults: Faults, sign_in: SignIn, traffic: Traffic, failures: list[str],
                 transport: str, connection: str) -> None:  # fmt: skip
        self.world, self.faults, self.sign_in, self.traffic = world, faults, sign_in, traffic
        self.failures = failures
        self.transport, self.connection = transport, connection
        self.kept: list[tuple[bytes, bytes]] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _body(receive)
        told = _ACTS_AS.search(body)
        acts_as = told[1].decode("utf-8", "replace") if told else ""
        request = f"{scope['method']} {scope['path']}#{glimpsed(body)}" + (f"?mailbox={acts_as}" if acts_as else "")
        mailbox, headers = self._address(acts_as), Headers(scope=scope)
        self.traffic.note(request, dict(headers))
        with self.traffic.counted(mailbox):
            if self.faults.latency:
                await asyncio.sleep(self.faults.latency)
            asked_of_client = entry.challenges(headers, scope["extensions"][self.connection], self.sign_in)
            if asked_of_client:
                # Nobody who is not let in uses up a fault: NTLM sends each first request three times.
                await _refusal(asked_of_client)(scope, receive, send)
                return
            fault = self.faults.next(request) or self._crowded(mailbox)
            await self._carry_out(fault, body, scope, receive, send)

    async def _carry_out(self, fault: Fault | None, body: bytes, scope: Scope, receive: Receive, send: Send) -> None:
        if fault is not None and fault.kind == "drop":
            scope["extensions"][self.transport].abort()
        elif fault is not None and fault.kind == "expired-token":
            self.sign_in.revoke(entry.bearer(Headers(scope=scope)) or "none")
            await _refusal(entry.OFFERED)(scope, receive, send)
        else:
            who = entry.holder(Headers(scope=scope), self.sign_in)
            answer = self._answer(scope["method"], body, fault, who)
            if fault is not None and fault.kind == "truncate":
                await self._cut(answer, scope, send)
                return
            response = Response(answer.body, answer.status, answer.headers)
            response.headers["content-type"] = answer.content_type
            await response(scope, receive, send)

    def _address(self, acts_as: str) -> str:
        try:
            return self.world.mailbox(acts_as).address.lower() if acts_as else ""
        except NotThere:
            return ""

    def _crowded(self, mailbox: str) -> Fault | None:
        crowded = self.faults.enforce_concurrency and self.traffic.under_way[mailbox] > AT_ONCE and mailbox
        return Fault("connections") if crowded else None

    def _answer(self, method: str, body: bytes, fault: Fault | None, who: Holder) -> Answer:
        if method != "POST":
            return Answer(405, b"", "text/html")
        if fault is not None and fault.kind in ("unavailable", "timeout"):
            return _turned_away(fault)
        try:
            asked = read_request(body)
            if not voice.may(asked, who):
                answer = voice.refused(asked, ItemError(*NO_RIGHT))
            else:
                answer = self._misbehave(fault, asked) if fault else voice.answer(asked, self.world, self.faults)
        except SoapFault as error:
            answer = error.answer()
        except Exception:
            # A fault of the simulator itself must not pass for one of those it was told to show.
            self.failures.append(traceback.format_exc())
            answer = SoapFault("ErrorInternalServerError", "The simulator itself has failed.").answer()
        if self.kept is not None:
            self.kept.append((body, answer.body))
        if fault is not None and fault.kind == "clip":
            # Whole as HTTP goes, and yet only the first half of the XML.
            answer.body = answer.body[: len(answer.body) // 2]
        return answer

    def _misbehave(self, fault: Fault, asked: Asked) -> Answer:
        if fault.kind not in TOLD:
            return voice.answer(asked, self.world, self.faults)
        if fault.kind == "half-busy":
            return voice.half_refused(asked, ItemError(*BUSY, _milliseconds(fault)), self.world, self.faults)
        code, message = TOLD[fault.kind]
        code = fault.code if fault.named else code
        back_off = _milliseconds(fault) if code == "ErrorServerBusy" else None
        if fault.kind in AS_SOAP_FAULT:
            raise SoapFault(code, message, back_off)
        return voice.refused(asked, ItemError(code, message, back_off))

    async def _cut(self, answer: Answer, scope: Scope, send: Send) -> None:
        """Send half of what was announced, and close the connection."""
        head = [(b"content-type", answer.content_type.encode()), (b"content-length", str(len(answer.body)).encode())]
        await send({"type": "http.response.start", "status": answer.status, "headers": head})
        half = answer.body[: len(answer.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        scope["extensions"][self.transport].close()


def _turned_away(fault: Fault) -> Answer:
    """What stands before Exchange answers: no SOAP at all."""
    extra = {} if fault.retry_after is None else {"Retry-After": fault.retry_after}
    body = f"<html><body><h1>{fault.status}</h1>{fault.message}</body></html>".encode()
    return Answer(fault.status, body, "text/html", extra)


def _milliseconds(fault: Fault) -> int:
    try:
        return int(float(fault.retry_after) * 1000) if fault.retry_after is not None else BACK_OFF
    except ValueError:
        return BACK_OFF


def _refusal(challenges: tuple[str, ...]) -> Response:
    response = Response(b"", 401, media_type="text/html")
    for challenge in challenges:
        response.headers.append("www-authenticate", challenge)
    return response


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)
