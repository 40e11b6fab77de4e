"""The ASGI application: sign-in, Graph, EWS and the simulator's own endpoints, and the faults before them.

What Graph answers is decided in the neighbours; here it is only received, counted, delayed and sent.
"""

from __future__ import annotations

import asyncio
import traceback
import uuid
from collections import Counter
from collections.abc import Callable
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import Message, Receive, Scope, Send

from retention.simulator import batch, graph
from retention.simulator.answers import Answer, Call, GraphError, described, encode, split_path, split_query
from retention.simulator.control import PREFIX, Control
from retention.simulator.ews import endpoint
from retention.simulator.faults import BROKEN_CONNECTION, Fault, Faults
from retention.simulator.signin import SignIn, SignInError
from retention.simulator.traffic import AT_ONCE, Traffic
from retention.simulator.world import NotThere, World

TRANSPORT = "simulator.transport"
CONNECTION = "simulator.connection"
TOO_MANY = (429, "ApplicationThrottled", "Application is over its MailboxConcurrency limit.")


class App:
    """One simulator's application. ``traffic`` is its log; all three others may be changed while it runs."""

    def __init__(self, world: World, faults: Faults, sign_in: SignIn) -> None:
        self.faults, self.sign_in = faults, sign_in
        self.traffic = Traffic()
        self.failures: list[str] = []
        self.exchange = endpoint.Endpoint(world, faults, sign_in, self.traffic, self.failures, TRANSPORT, CONNECTION)
        self.router = Router(
            [
                *Control(world, faults, self.traffic).routes(),
                Route("/{tenant}/v2.0/.well-known/openid-configuration", self.discovery, methods=["GET"]),
                Route("/{tenant}/oauth2/v2.0/token", self.token, methods=["POST"]),
                Route("/{version}/{rest:path}", self.graph, methods=["GET", "POST", "PATCH", "DELETE", "PUT"]),
            ],
            redirect_slashes=False,
        )

    @property
    def world(self) -> World:
        """The world that both voices answer from."""
        return self.exchange.world

    @world.setter
    def world(self, world: World) -> None:
        self.exchange.world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["path"].startswith(PREFIX):
            await self.router(scope, receive, send)
            return
        if scope["path"].lower() == endpoint.PATH:
            await self.exchange(scope, receive, send)
            return
        request = described(scope["method"], scope["path"], scope["query_string"].decode("latin-1"))
        mailbox = self._mailbox_of(split_path(scope["path"])[1:])
        self.traffic.note(request, dict(Headers(scope=scope)))
        with self.traffic.counted(mailbox):
            if self.faults.latency:
                await asyncio.sleep(self.faults.latency)
            fault = self.faults.next(request) or self._crowded(mailbox)
            if fault is None:
                await self.router(scope, receive, send)
            elif fault.kind in BROKEN_CONNECTION:
                await self._break(fault, scope, receive, send)
            else:
                answer = self._misbehave(fault, Headers(scope=scope), scope["path"])
                await _response(answer, Headers(scope=scope))(scope, receive, send)

    def _mailbox_of(self, path: tuple[str, ...]) -> str:
        if len(path) < 3 or path[0].lower() != "users":
            return ""
        try:
            return self.world.mailbox(path[1]).address.lower()
        except NotThere:
            return ""

    def _crowded(self, mailbox: str, parts: int = 0) -> Fault | None:
        if self.faults.enforce_concurrency and self.traffic.under_way[mailbox] + parts > AT_ONCE and mailbox:
            return Fault("throttle", *TOO_MANY)
        return None

    def _misbehave(self, fault: Fault, headers: Headers, path: str) -> Answer:
        if fault.kind == "expired-token":
            # The token that was shown is dead from now on: a client that keeps it is caught.
            self.sign_in.revoke(_bearer(headers.get("authorization", "")))
        extra = {} if fault.retry_after is None else {"Retry-After": fault.retry_after}
        if "/oauth2/" in path or "/.well-known/" in path:
            body = encode({"error": fault.code, "error_description": fault.message})
            return Answer(fault.status, body, "application/json", extra)
        return GraphError(fault.status, fault.code, fault.message, extra).answer(headers.get("client-request-id", ""))

    async def _break(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        """Close the connection, before any answer or in the middle of it."""
        transport: asyncio.Transport = scope["extensions"][TRANSPORT]
        if fault.kind == "drop":
            transport.abort()
            return
        kept: list[Message] = []

        async def keep(message: Message) -> None:
            kept.append(message)

        await self.router(scope, receive, keep)
        body = b"".join(message.get("body", b"") for message in kept[1:])
        if fault.kind == "clip":
            # Whole as HTTP goes, and yet only the first half of the answer.
            length = (b"content-length", str(len(body) // 2).encode())
            kept[0]["headers"] = [*(each for each in kept[0]["headers"] if each[0] != length[0]), length]
            await send(kept[0])
            await send({"type": "http.response.body", "body": body[: len(body) // 2]})
            return
        await send(kept[0])
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        transport.close()

    async def discovery(self, request: Request) -> Response:
        return _signed_in(lambda: self.sign_in.discovery(_root(request), request.path_params["tenant"]))

    async def token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        return _signed_in(lambda: self.sign_in.give_token(_root(request), request.path_params["tenant"], form))

    async def graph(self, request: Request) -> Response:
        version = request.path_params["version"]
        if version not in ("v1.0", "beta"):
            return _response(GraphError(400, "BadRequest", "Invalid version.").answer(), request.headers)
        token = _bearer(request.headers.get("authorization", ""))
        if trouble := self.sign_in.trouble(token):
            refused = GraphError(401, "InvalidAuthenticationToken", trouble, {"WWW-Authenticate": "Bearer"})
            return _response(refused.answer(request.headers.get("client-request-id", "")), request.headers)
        call = Call(
            self.world,
            self.faults,
            f"{_root(request)}/{version}",
            request.method,
            split_path(request.path_params["rest"]),
            split_query(request.url.query),
            {name: ", ".join(request.headers.getlist(name)) for name in request.headers},
            await request.body(),
            self.sign_in.holder(token),
        )
        return _response(self._answer(call), request.headers)

    def _answer(self, call: Call) -> Answer:
        try:
            return self._batch(call) if call.path == ("$batch",) else graph.answer(call)
        except Exception:
            # A fault of the simulator itself must not pass for one of those it was told to show.
            self.failures.append(traceback.format_exc())
            return GraphError(500, "SimulatorFailure", "The simulator itself has failed.").answer()

    def _batch(self, call: Call) -> Answer:
        under_way: Counter[str] = Counter()

        def respond(part: Call, request: str, in_parallel: bool) -> Answer:
            mailbox = self._mailbox_of(part.path)
            under_way[mailbox] += in_parallel
            self.traffic.note_parts(mailbox, under_way[mailbox] or 1)
            self.traffic.note(request, part.headers, part=str(under_way.total()))
            fault = self.faults.next(request, in_batch=True) or self._crowded(mailbox, under_way[mailbox])
            return self._misbehave(fault, Headers(part.headers), "") if fault else graph.answer(part)

        try:
            graph.only(call, "POST")
            return batch.answer(call, respond)
        except GraphError as error:
            return error.answer(call.headers.get("client-request-id", ""))


def _root(request: Request) -> str:
    """The root that this client knows us by, so that every link leads back the same way."""
    return f"https://{request.headers.get('host', 'localhost')}"


def _bearer(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _response(answer: Answer, headers: Headers) -> Response:
    request_id = str(uuid.uuid4())
    extra = {"request-id": request_id, "client-request-id": headers.get("client-request-id", request_id)}
    response = Response(answer.body, answer.status, {**answer.headers, **extra})
    if answer.status != 204:
        # Set here, because the framework would add a character set to text/plain.
        response.headers["content-type"] = answer.content_type
    return response


def _signed_in(ask: Callable[[], dict[str, object]]) -> Response:
    try:
        status, body = 200, ask()
    except SignInError as error:
        status, body = error.status, error.body()
    return Response(encode(body), status, media_type="application/json")
