"""The laws end to end: whatever the mail, the holds, the hands in the mailbox and the moment, on memory mail.

The same laws of the rule alone are in ``tests/core/test_decide.py``.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retention.core.audit import HoldPlaced
from retention.core.authority import HoldKind
from retention.core.hold import Hold, Scope
from retention.core.message import Mailbox, MessageRef, Removal
from retention.errors import PlanStale
from retention.jobs import audit
from retention.ledger import Ledger
from tests.jobs.town import ATTORNEY, CLERK, NOW, RECORDS, Town
from tests.mail.doubles import MemoryMail

SUBJECTS = [
    "Notice of lunch",
    "Notice about Elm Street",
    "Requisition for Elm Street",
    "Requisition 7",
    "Minutes of May",
    "Requisition and minutes",
    "A rumour of Elm Street",
    "Nobody knows",
    "Newsletter",
]
ODD = [{"received_at": None}, {"is_draft": True}, {"kind": "IPM.Task"}, {"trouble": "broken"}, {"preview": None}]
FIELDS = st.sampled_from([{}, {}, {}, *ODD])
MAIL = st.lists(st.tuples(st.sampled_from(SUBJECTS), st.sampled_from([CLERK, RECORDS]), FIELDS), min_size=1, max_size=8)
SCOPES = st.sampled_from(
    [
        Scope(words=("elm street",)),
        Scope(words=("lunch",)),
        Scope(custodians=(CLERK,)),
        Scope(custodians=(RECORDS,), words=("requisition",)),
        Scope(participants=("@elsewhere.example",)),
        Scope(first_on=NOW.date()),
    ]
)
QUICK = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


class GuardedMail(MemoryMail):
    """Memory mail that looks at every removal: no hold that was written before it was asked about may cover it."""

    town: Town

    def purge(self, ref: MessageRef, version: str, how: Removal, ask: Callable[[], None]) -> str:
        before = self.town.world().holds()
        ask()
        row = self.row(ref)
        # Another version is not what was asked about: it is refused below, and stays.
        covering = before.covering(row, self._box(ref), None) if row.version == version else ()
        assert not covering, (covering[0].hold.scope, row.subject)
        return super().purge(ref, version, how, lambda: None)

    def _ledger(self) -> Ledger:
        return Ledger(self.town.folder / "ledger.jsonl", now=self.town.now, by=ATTORNEY, rehearsal=True)

    def _box(self, ref: MessageRef) -> Mailbox:
        return next(box for box in self.mailboxes() if box.id == ref.mailbox)

    def write_hold(self, scope: Scope, number: int) -> None:
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
        self._ledger().append(HoldPlaced(hold=hold))


def town_with(mail: list[tuple[str, str, dict[str, Any]]], folder: Path) -> tuple[Town, list[MessageRef]]:
    guarded = GuardedMail()
    town = Town(folder, mail=guarded)
    guarded.town = town
    refs = [
        town.add(f"{subject} ({n})", mailbox=box, id=f"m{n}", **fields) for n, (subject, box, fields) in enumerate(mail)
    ]
    return town, refs


@given(mail=MAIL, early=st.lists(SCOPES, max_size=2), late=SCOPES, at=st.integers(1, 6), edited=st.integers(0, 7))
@QUICK
def test_a_held_message_is_never_removed_whenever_the_hold_comes(
    mail: list[Any], early: list[Scope], late: Scope, at: int, edited: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        town, refs = town_with(mail, Path(folder) / "town")
        guarded = town.mail
        assert isinstance(guarded, GuardedMail)
        for number, scope in enumerate(early):
            guarded.write_hold(scope, number)
        made = town.approved_plan()
        if edited < len(refs):
            guarded.edit(refs[edited], subject="Notice about Elm Street, edited")

        def interfere(name: str) -> None:
            if name == "purge" and guarded.calls.count("purge") == at:
                guarded.write_hold(late, 99)

        guarded.before_call = interfere
        applied = town.apply(made)
        guarded.before_call = None
        for counts in applied.counts.values():
            assert counts["seen"] == sum(n for what, n in counts.items() if what != "seen")
        audit.verify(town.world())


@given(mail=MAIL, scopes=st.lists(SCOPES, max_size=2), another=SCOPES)
@QUICK
def test_one_more_hold_never_removes_more(mail: list[Any], scopes: list[Scope], another: Scope) -> None:
    removed = []
    for holds in (scopes, [*scopes, another]):
        with tempfile.TemporaryDirectory() as folder:
            town, _ = town_with(mail, Path(folder) / "town")
            guarded = town.mail
            assert isinstance(guarded, GuardedMail)
            for number, scope in enumerate(holds):
                guarded.write_hold(scope, number)
            town.apply(town.approved_plan())
            removed.append({ref for ref, _ in guarded.purged})
    assert removed[1] <= removed[0]


@given(mail=MAIL, scope=SCOPES)
@QUICK
def test_a_hold_between_plan_and_apply_stops_the_whole_plan(mail: list[Any], scope: Scope) -> None:
    with tempfile.TemporaryDirectory() as folder:
        town, _ = town_with(mail, Path(folder) / "town")
        guarded = town.mail
        assert isinstance(guarded, GuardedMail)
        made = town.approved_plan()
        guarded.write_hold(scope, 1)
        try:
            town.apply(made)
        except PlanStale:
            assert guarded.purged == []
        else:
            raise AssertionError("a plan made before a hold was applied after it")
