"""Law 1 over the wire: whatever the mail and whenever a hold comes, no mail system is asked to remove what is held.

The same law on memory mail, with more hands in the mailbox, is in ``test_properties.py``.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retention.core.audit import HoldPlaced
from retention.core.authority import HoldKind
from retention.core.hold import Hold, Scope
from retention.core.message import MessageRef, Removal
from retention.jobs import audit
from retention.ledger import Ledger
from retention.mail.interface import MailSystem
from retention.simulator.serve import Simulator
from retention.simulator.world import World as Mailboxes
from tests.jobs.test_properties import SCOPES, SUBJECTS
from tests.jobs.town import ATTORNEY, CLERK, NOW, RECORDS, Town
from tests.jobs.voices import in_voice

MAIL = st.lists(st.tuples(st.sampled_from(SUBJECTS), st.sampled_from([CLERK, RECORDS])), min_size=1, max_size=6)
FEW = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(Mailboxes()) as server:
        yield server


class Guard:
    """A mail system that looks at every removal before it is sent: nothing written before may cover it."""

    def __init__(self, mail: MailSystem, late: Scope, at: int) -> None:
        self._mail, self._late, self._at = mail, late, at
        self.town: Town
        self.asked = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._mail, name)

    def purge(self, ref: MessageRef, version: str, how: Removal, ask: Callable[[], None]) -> str:
        self.asked += 1
        if self.asked == self._at:
            write_hold(self.town, self._late, 99)

        def guarded() -> None:
            world = self.town.world()
            before, known = world.holds(), world.catalog.known(ref)
            world.close()
            ask()
            assert known is not None and not before.covering(known.message, known.mailbox, None)

        return self._mail.purge(ref, version, how, guarded)


def write_hold(town: Town, scope: Scope, number: int) -> None:
    """What ``hold place`` writes, without waiting for deeds: it is called from inside one."""
    hold = Hold(
        name=f"hold-{number}",
        matter="Elm",
        kind=HoldKind.LEGAL,
        reason="claim",
        scope=scope,
        placed_at=NOW,
        placed_by=ATTORNEY,
    )
    Ledger(town.folder / "ledger.jsonl", now=town.now, by=ATTORNEY, rehearsal=True).append(HoldPlaced(hold=hold))


@pytest.mark.parametrize("name", ["graph", "ews"])
@given(mail=MAIL, early=st.lists(SCOPES, max_size=1), late=SCOPES, at=st.integers(1, 4))
@FEW
def test_a_held_message_is_never_removed_whenever_the_hold_comes(
    simulator: Simulator, name: str, mail: list[Any], early: list[Scope], late: Scope, at: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        voice = in_voice(name, simulator)
        guard = Guard(voice.mail, late, at)
        town = guard.town = Town(Path(folder) / "town", mail=guard)  # type: ignore[arg-type]
        for number, (subject, box) in enumerate(mail):
            voice.add(f"{subject} ({number})", box)
        for number, scope in enumerate(early):
            write_hold(town, scope, number)
        applied = town.apply(town.approved_plan())
        for counts in applied.counts.values():
            assert counts["seen"] == sum(n for what, n in counts.items() if what != "seen")
        audit.verify(town.world())
        voice.close()
