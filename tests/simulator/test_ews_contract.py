"""Every request and every answer of the EWS voice, held against Exchange's own schema."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from retention.simulator.faults import Faults
from retention.simulator.pretend import pretend_city
from retention.simulator.serve import Simulator
from retention.simulator.world import World
from tests.simulator.client import mail
from tests.simulator.conftest import ANN
from tests.simulator.soap import ID_ONLY, Soap, property_tag, with_fields
from tests.simulator.test_ews_directory import HOLDS, MAILBOXES, held
from tests.simulator.test_ews_items import WITH_FILES

if TYPE_CHECKING:
    from tests.simulator.ews_contract import EwsContract

EVERYTHING = "<t:BaseShape>AllProperties</t:BaseShape>"
CLASSES = ("IPM.Note", "IPM.Schedule.Meeting.Request", "IPM.Schedule.Meeting.Resp.Pos", "IPM.Schedule.Meeting.Canceled",
           "IPM.Appointment", "IPM.Contact", "IPM.Task", "IPM.Post", "IPM.Other")  # fmt: skip


@pytest.fixture
def kept(simulator: Simulator, ews_contract: EwsContract) -> Iterator[list[tuple[bytes, bytes]]]:
    """What is asked and answered in a test; all of it is checked at the test's end."""
    found: list[tuple[bytes, bytes]] = []
    simulator.app.exchange.kept = found
    yield found
    assert found
    for asked, answered in found:
        assert ews_contract.complaints(asked) == [], asked
        assert ews_contract.complaints(answered) == [], answered


def test_folders_and_changes_are_told_as_the_schema_says(soap: Soap, world: World, kept: list) -> None:  # type: ignore[type-arg]
    world.mailbox(ANN).open_archive()
    world.add_folder(ANN, "Unread Mail", search=True)
    world.add_folder(ANN, "Calendar").container = "IPF.Appointment"
    world.add_folder(ANN, "People").container = "IPF.Contact"
    message = world.add_message(ANN, "Inbox", mail())
    other = world.add_message(ANN, "Inbox", mail("other"))
    for root in ("root", "archiveroot"):
        soap.find_folders(root)
    soap.get_folders("inbox", "x.y", "calendar", shape=with_fields(extended=property_tag("0x10F4", "Boolean")))
    _, state = soap.round("inbox")
    world.edit(ANN, message, is_read=False)
    world.move(ANN, other, "Drafts")
    soap.round("inbox", state)
    soap.sync("inbox", "nonsense")


def test_items_of_every_class_are_told_as_the_schema_says(soap: Soap, world: World, kept: list) -> None:  # type: ignore[type-arg]
    for kind in CLASSES:
        id_ = world.add_message(ANN, "Inbox", WITH_FILES, kind=kind, categories=("x",))
        world.add_reference(ANN, id_, "shared.docx", "https://files.example/x")
    world.break_item(ANN, world.add_message(ANN, "Inbox", b"\r\n\r\n"))
    found = soap.listed("inbox")
    extended = "".join(
        property_tag(tag, kind) for tag, kind in [("0x7D", "String"), ("0x71", "Binary"), ("0xE06", "SystemTime")]
    )
    asked = with_fields("item:TextBody", "item:Preview", "item:IsAssociated", mime=True, extended=extended)
    soap.get_items(*found)
    soap.get_items(*found, "nothing", shape=asked)
    soap.get_items(*found, shape=EVERYTHING + "<t:IncludeMimeContent>true</t:IncludeMimeContent>")
    for shape in (EVERYTHING, "<t:BaseShape>Default</t:BaseShape>"):
        soap.find_items("inbox", shape=shape)
        soap.sync("inbox", shape=shape)
    soap.delete(*found[:2], "nothing")
    soap.move(*found[2:4], "nothing", to="drafts")


def test_mailboxes_holds_and_faults_are_told_as_the_schema_says(
    soap: Soap, world: World, faults: Faults, kept: list  # type: ignore[type-arg]
) -> None:  # fmt: skip
    world.hold_mailbox(ANN, "h1", query="a & b")
    names = "<m:UnresolvedEntry>{}</m:UnresolvedEntry>"
    resolve = f'<m:ResolveNames ReturnFullContactData="false">{names}</m:ResolveNames>'
    operations = (MAILBOXES.format(""), HOLDS, held("h1"), held("h2"), resolve.format("ann"), resolve.format("zoe"))
    for operation in operations:
        soap.send(operation)
        for kind in ("busy", "half-busy", "throttle", "connections", "error"):
            faults.add(kind)
            soap.send(operation)
    for kind in ("busy", "gone", "throttle"):
        faults.add(kind)
        soap.sync("inbox")
    faults.no_impersonation = faults.no_discovery = True
    soap.get_folders("inbox")
    soap.acts_as = ""
    soap.send(MAILBOXES.format(""))


def test_all_mail_of_the_pretend_city_is_told_as_the_schema_says(ews_contract: EwsContract, city: Simulator) -> None:
    kept = city.app.exchange.kept = []
    shape = EVERYTHING + with_fields("item:Preview", extended=property_tag("0x007D", "String")).removeprefix(ID_ONLY)
    for mailbox in [each for each in city.world.mailboxes() if each.rest][:3]:
        soap = Soap(city, mailbox.address)
        for folder in ("inbox", "sentitems"):
            for begin in range(0, len(found := soap.listed(folder)), 100):
                soap.get_items(*found[begin : begin + 100], shape=shape)
    assert sum(len(answered) for _, answered in kept) > 100_000
    for _, answered in kept:
        assert ews_contract.complaints(answered) == []
    assert city.failures == []


def test_an_ews_library_finds_its_way_and_asks_as_the_schema_says(
    city: Simulator, ews_contract: EwsContract, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchangelib = pytest.importorskip("exchangelib")
    from exchangelib.version import Build

    monkeypatch.setitem(os.environ, "REQUESTS_CA_BUNDLE", str(city.ca_file))
    kept = city.app.exchange.kept = []
    configuration = exchangelib.Configuration(
        service_endpoint=city.ews_url,
        credentials=exchangelib.Credentials(city.user, city.secret),
        auth_type=exchangelib.BASIC,
        version=exchangelib.Version(Build(15, 2, 2562, 17)),
    )
    clerk = city.world.mailboxes()[0].address
    account = exchangelib.Account(
        clerk, config=configuration, access_type=exchangelib.IMPERSONATION, autodiscover=False
    )
    try:
        names = {folder.absolute.partition("/Top of Information Store/")[2] for folder in account.root.walk()}
        assert {folder.path for folder in city.world.mailbox(clerk).root.descendants()} <= names
        inbox = city.world.folder(clerk, "Inbox")
        found = list(account.inbox.all().only("subject", "author", "datetime_received", "message_id"))
        assert [each.message_id for each in found] == [
            (city.world.mailbox(clerk).messages[serial].facts.internet_id or None) for serial in inbox.listing()
        ]
        assert len(list(account.inbox.sync_items())) == inbox.total
    finally:
        configuration.protocol.close() if hasattr(configuration, "protocol") else account.protocol.close()
    for asked, answered in kept:
        assert ews_contract.complaints(asked) == []
        assert ews_contract.complaints(answered) == []


@pytest.fixture(scope="module")
def city() -> Iterator[Simulator]:
    from datetime import UTC, datetime

    with Simulator(pretend_city(datetime(2026, 6, 1, tzinfo=UTC))) as running:
        yield running
