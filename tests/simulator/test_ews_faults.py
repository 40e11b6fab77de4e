"""How the EWS voice misbehaves: four ways of being busy, answers cut short, and requests that are none."""

from __future__ import annotations

import time
from xml.etree import ElementTree as ET

import pytest
import urllib3

from retention.simulator.faults import Faults, Kind
from retention.simulator.synthetic import add_synthetic
from retention.simulator.world import World
from tests.simulator.client import Client, mail
from tests.simulator.conftest import ANN
from tests.simulator.soap import E, Soap, T, with_fields
from tests.simulator.test_ews_items import only


def test_busy_before_exchange_itself_answers(soap: Soap, faults: Faults) -> None:
    faults.add("unavailable", on="#GetFolder", retry_after=2)
    reply = soap.get_folders("inbox")
    assert (reply.status, reply.headers["retry-after"], b"<html>" in reply.data) == (503, "2", True)


def test_busy_as_a_soap_fault_says_how_long_to_wait(soap: Soap, faults: Faults) -> None:
    faults.add("throttle", on="#GetFolder", retry_after=0.25)
    reply = soap.get_folders("inbox")
    assert (reply.status, reply.fault) == (500, "ErrorServerBusy")
    value = reply.root.find(f".//{T}Value")
    assert value is not None and (value.get("Name"), value.text) == ("BackOffMilliseconds", "250")


def test_busy_within_an_answer_that_looks_well(soap: Soap, world: World, faults: Faults) -> None:
    world.add_message(ANN, "Inbox", mail())
    id_ = only(soap)
    faults.add("busy", on="#GetItem")
    reply = soap.get_items(id_, id_)
    assert (reply.status, reply.codes) == (200, ["ErrorServerBusy", "ErrorServerBusy"])
    assert [each.get("Name") for each in reply.all("Value")] == ["BackOffMilliseconds"] * 2
    assert soap.get_items(id_).codes == ["NoError"]


def test_busy_in_the_middle_of_an_answer(soap: Soap, world: World, faults: Faults) -> None:
    for name in ("one", "two", "three"):
        world.add_message(ANN, "Inbox", mail(name))
    faults.add("half-busy", on="#GetItem")
    faults.add("half-busy", on="#DeleteItem")
    assert soap.get_items(*soap.listed("inbox")).codes == ["NoError", "ErrorServerBusy", "ErrorServerBusy"]
    assert soap.delete(soap.listed("inbox")[0]).codes == ["ErrorServerBusy"]
    assert len(soap.listed("inbox")) == 3


def test_instants_may_come_with_an_offset(soap: Soap, world: World, faults: Faults) -> None:
    world.add_message(ANN, "Inbox", mail(date="Mon, 01 Jan 2024 03:00:00 +0000"))
    faults.local_times = True
    assert soap.get_items(only(soap)).text("DateTimeReceived") == "2023-12-31T21:00:00-06:00"


def test_too_many_connections(soap: Soap, faults: Faults) -> None:
    faults.add("connections", on="#FindFolder")
    assert soap.find_folders("root").fault == "ErrorExceededConnectionCount"


def test_a_pattern_may_name_the_operation_and_the_mailbox(soap: Soap, world: World, faults: Faults) -> None:
    other = Soap(soap.simulator, world.add_mailbox("ben@city.example").address)
    faults.add("error", on=r"#SyncFolderItems\?mailbox=ben@", code="ErrorMailboxStoreUnavailable", times=-1)
    assert soap.sync("inbox").codes == ["NoError"]
    assert other.get_folders("inbox").codes == ["NoError"]
    assert other.sync("inbox").codes == ["ErrorMailboxStoreUnavailable"]


def test_a_sync_state_can_be_refused_once(soap: Soap, faults: Faults) -> None:
    faults.add("gone", on="#SyncFolderItems")
    assert soap.sync("inbox").codes == ["ErrorInvalidSyncStateData"]
    assert soap.sync("inbox").codes == ["NoError"]


def test_an_answer_may_be_whole_as_http_goes_and_yet_clipped(soap: Soap, world: World, faults: Faults) -> None:
    world.add_message(ANN, "Inbox", mail())
    faults.add("clip", on="#SyncFolderItems")
    reply = soap.sync("inbox")
    assert (reply.status, reply.headers["content-length"]) == (200, str(len(reply.data)))
    with pytest.raises(ET.ParseError):
        ET.fromstring(reply.data)


def test_graphs_answers_can_be_clipped_as_well(client: Client, faults: Faults) -> None:
    faults.add("clip", on="/users")
    reply = client.get("/users")
    assert (reply.status, reply.headers["content-length"]) == (200, str(len(reply.data)))
    with pytest.raises(ValueError, match="truncated"):
        _ = reply.json


@pytest.mark.parametrize(("kind", "done"), [("drop", False), ("truncate", True), ("clip", True)])
def test_a_lost_answer_may_mean_that_the_deed_is_done(
    kind: Kind, done: bool, soap: Soap, world: World, faults: Faults
) -> None:
    id_ = world.add_message(ANN, "Inbox", mail())
    item = only(soap)
    faults.add(kind, on="#DeleteItem")
    try:
        soap.delete(item)
    except urllib3.exceptions.HTTPError:
        assert kind != "clip"
    assert (world.where(ANN, id_) != "Inbox") == done


def test_what_is_no_request_is_refused_and_breaks_nothing(soap: Soap) -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    for body in (b"", b"<", b"<x/>", bomb, "\udcff".encode("utf-8", "surrogatepass")):
        reply = soap.post(body)
        assert (reply.status, reply.fault) == (500, "ErrorSchemaValidation")
    assert soap.send("<m:SendItem/>").fault == "ErrorInvalidRequest"
    assert soap.send("<m:GetFolder/>", version="Exchange2099").fault == "ErrorInvalidServerVersion"
    assert soap.send("<t:GetFolder/>").fault == "ErrorSchemaValidation"
    assert soap.post(b"", method="GET").status == 405


def test_a_fault_says_its_code_where_a_client_looks_for_it(soap: Soap) -> None:
    reply = soap.send("<m:SendItem/>")
    assert reply.root.findtext("faultcode") == "a:ErrorInvalidRequest"
    assert reply.root.findtext(f"detail/{E}Message") == "The simulator does not know SendItem."


def test_the_log_names_the_operation_and_the_mailbox(soap: Soap) -> None:
    soap.get_folders("inbox")
    assert soap.simulator.requests[-1].path == f"/EWS/Exchange.asmx#GetFolder?mailbox={ANN}"
    assert soap.simulator.mailbox_peaks == {ANN: 1}


def test_thousands_of_items_a_second_are_answered(soap: Soap, world: World) -> None:
    add_synthetic(world, 1, 2000, 1)
    soap.acts_as = world.mailboxes()[-1].address
    fields = ("item:Subject", "message:From", "message:ToRecipients", "item:DateTimeReceived", "item:Preview")
    began = time.perf_counter()
    found = [each.get("Id", "") for folder in ("inbox", "drafts") for each in soap.sync(folder).all("ItemId")]
    count = 0
    for begin in range(0, len(found), 100):
        count += len(soap.get_items(*found[begin : begin + 100], shape=with_fields(*fields)).all("Subject"))
    # Far below what it does (8,000 and more): a DOM or a second parse of each item would not pass.
    assert count / (time.perf_counter() - began) > 500
