"""The simulator's own endpoints: another process tells it to misbehave, and asks how it stands.

Nothing here looks like Graph, and no fault applies here.
"""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from retention.simulator.faults import Faults
from retention.simulator.traffic import Traffic
from retention.simulator.world import NotThere, World

PREFIX = "/simulator/"


class Order(msgspec.Struct, forbid_unknown_fields=True):
    """What may be asked of the faults: behave again first, then add these rules, then set these switches.

    ``reset_delta`` names mailboxes whose delta tokens are to die.
    """

    clear: bool = False
    add: list[dict[str, object]] = []
    set: dict[str, object] = {}
    reset_delta: list[str] = []


class Control:
    """``POST /simulator/faults``, ``GET /simulator/state``, ``GET`` and ``DELETE /simulator/requests``."""

    def __init__(self, world: World, faults: Faults, traffic: Traffic) -> None:
        self.world, self.faults, self.traffic = world, faults, traffic

    def routes(self) -> list[Route]:
        """What the application's router is to know of them."""
        return [
            Route(f"{PREFIX}faults", self.change_faults, methods=["POST"]),
            Route(f"{PREFIX}state", self.state, methods=["GET"]),
            Route(f"{PREFIX}requests", self.requests, methods=["GET", "DELETE"]),
        ]

    async def change_faults(self, request: Request) -> Response:
        try:
            order = msgspec.json.decode(await request.body(), type=Order)
            self._carry_out(order)
        except (msgspec.MsgspecError, ValueError, TypeError, NotThere) as error:
            return _json({"error": str(error)}, 400)
        return _json(self.faults.state())

    def _carry_out(self, order: Order) -> None:
        if order.clear:
            self.faults.clear()
        for rule in order.add:
            self.faults.add(**rule)  # type: ignore[arg-type]
        for name, value in order.set.items():
            self.faults.switch(name, value)
        for address in order.reset_delta:
            self.world.reset_delta(address)

    async def state(self, request: Request) -> Response:
        """How many messages lie in each folder of each mailbox, the faults, and the peaks of requests at once."""
        with self.world.lock:
            mailboxes = {
                mailbox.address: {folder.path: folder.total for folder in mailbox.folders.values() if folder.path}
                for mailbox in self.world.mailboxes()
            }
        peaks = {"in_flight_peak": self.traffic.peak, "mailbox_peaks": dict(self.traffic.mailbox_peaks)}
        return _json({"mailboxes": mailboxes, "faults": self.faults.state(), **peaks})

    async def requests(self, request: Request) -> Response:
        seen = [{"method": each.method, "path": each.path, "headers": each.headers} for each in self.traffic.log]
        if request.method == "DELETE":
            self.traffic.forget()
        return _json({"requests": seen})


def _json(body: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status, media_type="application/json")
