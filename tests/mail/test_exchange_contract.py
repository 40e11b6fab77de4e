"""Exchange Web Services keep the contract of every mail system, over the wire.

What is peculiar to Exchange is tested in the neighbours.
"""

from __future__ import annotations

import pytest

from retention.simulator.faults import Faults
from retention.simulator.world import World
from tests.mail.contract import MailContract
from tests.mail.exchanging import ExchangeBench, Open, opening  # noqa: F401


class TestExchangeContract(MailContract):
    ids_survive_moves = False

    @pytest.fixture
    def bench(self, open_exchange: Open, world: World, faults: Faults) -> ExchangeBench:
        return ExchangeBench(open_exchange(), world, faults)


class TestExchangeContractWithSmallRepeatedPages(MailContract):
    """The same promises where every page is small, begins with an empty one, and changes come twice."""

    ids_survive_moves = False

    @pytest.fixture
    def bench(self, open_exchange: Open, world: World, faults: Faults) -> ExchangeBench:
        faults.max_page = 3
        faults.repeat_rows = faults.empty_pages = True
        return ExchangeBench(open_exchange(), world, faults)

    # An empty page begins each round, so nothing new is two pages and not one.
    def test_reading_again_with_nothing_changed_brings_nothing(self, bench: ExchangeBench) -> None:
        self.fill(bench)
        cursor = list(self.pages(bench, "Inbox"))[-1].cursor
        again = list(self.pages(bench, "Inbox", cursor))
        assert not any(page.messages or page.removed or page.restart for page in again)
        assert again[-1].complete
