"""What EWS tells of mailboxes and of the server's own holds."""

from __future__ import annotations

import pytest

from retention.simulator.faults import Faults
from retention.simulator.world import NotThere, World
from tests.simulator.conftest import ANN
from tests.simulator.soap import Soap

BEN = "ben@city.example"
MAILBOXES = "<m:GetSearchableMailboxes><m:SearchFilter>{}</m:SearchFilter></m:GetSearchableMailboxes>"
HOLDS = "<m:GetDiscoverySearchConfiguration/>"


def held(hold_id: str) -> str:
    return f"<m:GetHoldOnMailboxes><m:HoldId>{hold_id}</m:HoldId></m:GetHoldOnMailboxes>"


@pytest.fixture
def server(soap: Soap, world: World) -> Soap:
    """The service account, acting for nobody, where there are two mailboxes and one user without."""
    world.add_mailbox(BEN, "Ben Poe", "shared")
    world.add_mailbox("gone@city.example", rest=False)
    soap.acts_as = ""
    return soap


def test_every_mailbox_is_listed_and_no_user_without(server: Soap, world: World) -> None:
    reply = server.send(MAILBOXES.format(""))
    assert reply.texts("PrimarySmtpAddress") == [ANN, BEN]
    assert reply.texts("Guid") == [world.mailbox(ANN).id, world.mailbox(BEN).id]
    assert server.send(MAILBOXES.format("Ben")).texts("DisplayName") == ["Ben Poe"]


def test_without_the_role_neither_mailboxes_nor_holds_are_told(server: Soap, world: World, faults: Faults) -> None:
    world.hold_mailbox(ANN, "h1")
    faults.no_discovery = True
    for operation in (MAILBOXES.format(""), HOLDS, held("h1")):
        reply = server.send(operation)
        assert reply.codes == ["ErrorAccessDenied"]
        assert reply.root.get("ResponseClass") == "Error"


def test_holds_name_whom_they_keep_until_they_are_released(server: Soap, world: World) -> None:
    world.hold_mailbox(ANN, "h1", name="Doe v. City", query="subject:depot")
    world.hold_mailbox(BEN, "h1")
    told = server.send(HOLDS)
    assert told.texts("InPlaceHoldIdentity") == ["h1"]
    assert told.texts("SearchQuery") == ["subject:depot"]
    assert told.texts("PrimarySmtpAddress") == [ANN, BEN]
    assert server.send(held("h1")).texts("Mailbox") == [ANN, BEN]
    world.release_mailbox(ANN, "h1")
    world.release_mailbox(BEN, "h1")
    assert server.send(HOLDS).texts("InPlaceHoldIdentity") == []
    assert server.send(held("h1")).codes == ["ErrorMailboxHoldNotFound"]
    with pytest.raises(NotThere):
        world.release_mailbox(ANN, "h1")


def test_a_litigation_hold_is_told_by_no_operation(server: Soap, world: World) -> None:
    world.litigation(BEN)
    assert server.send(HOLDS).texts("InPlaceHoldIdentity") == []
    assert server.send(held("LitigationHold")).codes == ["ErrorMailboxHoldNotFound"]


def test_names_are_resolved_to_mailboxes(server: Soap) -> None:
    def resolved(name: str) -> list[str]:
        entry = f"<m:UnresolvedEntry>{name}</m:UnresolvedEntry>"
        reply = server.send(f'<m:ResolveNames ReturnFullContactData="false">{entry}</m:ResolveNames>')
        return reply.texts("EmailAddress") or reply.codes

    assert resolved("Ben") == resolved(f"smtp:{BEN}") == [BEN]
    assert resolved("nobody") == ["ErrorNameResolutionNoResults"]
