"""Does this hold cover this message? Tables of cases; what cannot be judged is covered."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from retention.core.authority import HoldKind
from retention.core.hold import Hold, Scope, covering, fingerprint
from retention.core.message import Mailbox, Message

ZONE = ZoneInfo("America/Chicago")
BOX = Mailbox(id="box-1", address="ana@town.example")
NOTE = Message(
    mailbox="box-1",
    id="m",
    version="v",
    subject="RE: Maple Street water-main break",
    sender="jo@utility.example",
    to=("ana@town.example",),
    cc=(),
    bcc=(),
    received_at=datetime(2026, 3, 1, 5, 30, tzinfo=UTC),
    sent_at=datetime(2026, 3, 1, 5, 29, tzinfo=UTC),
    kind="IPM.Note",
    preview="The café's cellar is flooded.",
)


def hold(**scope: Any) -> Hold:
    return Hold(
        name="maple",
        matter="Maple Street",
        kind=HoldKind.LEGAL,
        reason="claim",
        scope=Scope(**scope),
        placed_at=datetime(2026, 1, 1, tzinfo=UTC),
        placed_by="kim@town.example",
    )


COVERED = [
    ({"participants": ("@example",)}, {}),
    ({"participants": ("jo@utility.example",)}, {"sender": "jo+bills@utility.example"}),
    ({"participants": ("ana@town.example",)}, {"to": ("list@town.example",)}),
    ({"participants": ("@nobody.example",)}, {"to": ("/o=exchange/cn=recipients/cn=ana",)}),
    ({"participants": ("@nobody.example",)}, {"cc": ("",)}),
    ({"participants": ("@nobody.example",)}, {"bcc": None}),
    ({"words": ("lawsuit",)}, {"kind": "IPM.Note.rpmsg.Microsoft"}),
    ({"words": ("lawsuit",)}, {"preview": ""}),
    ({"first_on": date(2030, 1, 1)}, {"sent_at": None}),
    ({"custodians": ("ana@town.example",)}, {}),
    ({"mailboxes": ("box-1",)}, {}),
    ({"participants": ("jo@utility.example",)}, {}),
    ({"participants": ("@utility.example",)}, {}),
    ({"participants": ("@nobody.example",)}, {"to": None}),
    ({"participants": ("@nobody.example",)}, {"sender": ""}),
    ({"participants": ("@nobody.example",)}, {"trouble": "row broken"}),
    ({"words": ("water main",)}, {}),
    ({"words": ("MAPLE   STREET",)}, {}),
    ({"words": ("cafe",)}, {}),
    ({"words": ("lawsuit",)}, {"kind": "IPM.Note.SMIME"}),
    ({"words": ("lawsuit",)}, {"preview": None}),
    ({"words": ("lawsuit",)}, {"subject": None}),
    # 05:30 UTC on 1 March is still 28 February in Chicago.
    ({"first_on": date(2026, 2, 28), "last_on": date(2026, 2, 28)}, {}),
    ({"first_on": date(2030, 1, 1)}, {"received_at": None, "sent_at": None}),
    ({"first_on": date(2030, 1, 1)}, {"received_at": None}),
    ({"custodians": ("ana@town.example",), "words": ("water main",)}, {}),
]
NOT_COVERED = [
    ({"custodians": ("bob@town.example",)}, {}),
    ({"custodians": ("bob@town.example",), "words": ("water main",)}, {}),
    ({"participants": ("jo@utility.exam",)}, {}),
    ({"participants": ("@ility.example",)}, {}),
    ({"words": ("ater main",)}, {}),
    ({"words": ("water mains",)}, {}),
    ({"first_on": date(2026, 3, 1)}, {}),
    ({"last_on": date(2026, 2, 27)}, {}),
]


@pytest.mark.parametrize(("scope", "changed"), COVERED)
def test_it_is_covered(scope: dict[str, Any], changed: dict[str, Any]) -> None:
    assert covering(hold(**scope), replace(NOTE, **changed), BOX, ZONE)


@pytest.mark.parametrize(("scope", "changed"), NOT_COVERED)
def test_it_is_not_covered(scope: dict[str, Any], changed: dict[str, Any]) -> None:
    assert covering(hold(**scope), replace(NOTE, **changed), BOX, ZONE) is None


FIELDS = ["subject", "preview", "sender", "to", "cc", "received_at", "sent_at"]


@given(st.sampled_from(COVERED), st.sampled_from(FIELDS))
def test_knowing_less_never_lets_a_message_out_of_a_hold(case: tuple[dict, dict], unknown: str) -> None:
    scope, changed = case
    known = replace(NOTE, **changed)
    if unknown in ("sent_at",):
        known = replace(known, received_at=None)
    assert covering(hold(**scope), replace(known, **{unknown: None}), BOX, ZONE)


def test_the_fingerprint_of_holds_does_not_depend_on_their_order() -> None:
    one, two = hold(words=("a",)), hold(words=("b",))
    assert fingerprint((one, two)) == fingerprint((two, one)) != fingerprint((one,))
