"""Microsoft Graph keeps the contract of every mail system, over the wire.

What is peculiar to Graph is tested in the neighbours.
"""

from __future__ import annotations

import re

import pytest

from retention.core.message import Removal
from retention.mail.graph import GraphMail
from retention.simulator.faults import Faults
from retention.simulator.world import World
from tests.mail.bench import LONG_AGO
from tests.mail.conftest import Connect
from tests.mail.contract import MailContract


class GraphBench:
    """The simulator's world with its hands named as the contract suite names them."""

    removals = tuple(Removal)

    def __init__(self, mail: GraphMail, world: World, faults: Faults) -> None:
        self.mail = mail
        self._world = world
        self._faults = faults

    def add(self, address: str, path: str, mime: bytes) -> str:
        self._world.add_mailbox(address)
        return self._world.add_message(address, path, mime, received_at=LONG_AGO)

    def move(self, address: str, id: str, path: str) -> None:
        self._world.move(address, id, path)

    def delete(self, address: str, id: str) -> None:
        self._world.permanent_delete(address, id)

    def edit(self, address: str, id: str, *, is_read: bool) -> None:
        self._world.edit(address, id, is_read=is_read)

    def forget(self, address: str, path: str) -> None:
        self._world.reset_delta(address, path)

    def where(self, address: str, id: str) -> str | None:
        path = self._world.where(address, id)
        return None if path is None or path.startswith("Recoverable Items") else path

    def spoil(self, address: str, id: str) -> None:
        self._world.message(address, id).mime_fails = True

    def refuse(self, address: str, id: str) -> None:
        self._faults.add("error", on=rf"POST .*{re.escape(id)}", times=-1, status=403, code="ErrorCannotDeleteObject")

    def link(self, address: str, id: str, name: str) -> None:
        self._world.add_reference(address, id, name, f"https://city.example/{name}")

    def shut(self, address: str) -> None:
        self._world.mailbox(address).access = False


class TestGraphContract(MailContract):
    @pytest.fixture
    def bench(self, connect: Connect, world: World, faults: Faults) -> GraphBench:
        return GraphBench(connect(), world, faults)


class TestGraphContractWithSmallPartialRepeatedPages(MailContract):
    """The same promises where every page is small, rows come twice, and changed rows say only what changed."""

    many = 40

    @pytest.fixture
    def bench(self, connect: Connect, world: World, faults: Faults) -> GraphBench:
        faults.max_page = 3
        faults.partial_rows = faults.repeat_rows = faults.empty_pages = True
        return GraphBench(connect(), world, faults)

    # An empty page with a nextLink begins each round, so nothing new is two pages and not one.
    def test_reading_again_with_nothing_changed_brings_nothing(self, bench: GraphBench) -> None:
        self.fill(bench)
        cursor = list(self.pages(bench, "Inbox"))[-1].cursor
        again = list(self.pages(bench, "Inbox", cursor))
        assert not any(page.messages or page.removed or page.restart for page in again)
        assert again[-1].complete
