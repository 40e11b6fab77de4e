"""Which mailboxes and folders Graph tells of, and what is said of those it does not.

No message is read here.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from retention.core.message import Mailbox
from retention.errors import BadConfiguration, MailNotAnswering
from retention.mail.graph import GraphMail
from retention.mail.graph.folders import WELL_KNOWN, folders, mailboxes
from retention.mail.interface import MailboxUnreadable
from retention.simulator.faults import Faults
from retention.simulator.serve import Simulator
from retention.simulator.world import World
from tests.mail.conftest import ANN, Connect, Waits, box, canned

BOX = Mailbox(id="u", address=ANN)


def paths(mail: GraphMail, address: str = ANN) -> list[str]:
    return [each.path for each in mail.folders(box(mail, address))]


# -- mailboxes


def test_users_and_shared_mailboxes_are_listed(graph: GraphMail, world: World) -> None:
    world.add_mailbox("Permits@City.example", "Permits", "shared")
    listed = list(graph.mailboxes())
    assert [(each.address, each.name) for each in listed] == [(ANN, "Ann Doe"), ("permits@city.example", "Permits")]
    assert all(each.id and "@" not in each.id for each in listed)


def test_many_users_come_page_by_page(graph: GraphMail, world: World, faults: Faults, simulator: Simulator) -> None:
    for number in range(25):
        world.add_mailbox(f"user{number}@city.example")
    faults.max_page = 10
    assert len(list(graph.mailboxes())) == 26
    asked = [seen.path for seen in simulator.requests if seen.path.startswith("/v1.0/users")]
    assert len(asked) == 3
    assert "$select=id,displayName,mail,userPrincipalName,proxyAddresses" in asked[0]


def test_every_smtp_address_of_a_user_is_an_alias(connect: Connect, world: World) -> None:
    world.add_mailbox("Clerk@City.example", "Clerk", aliases=("R.Okafor@City.example", "clerk@old-city.example"))
    (clerk,) = connect(mailboxes=("r.okafor@city.example",)).mailboxes()
    assert clerk.address == "clerk@city.example"
    assert clerk.aliases == ("clerk@old-city.example", "r.okafor@city.example")


@pytest.mark.parametrize(
    ("proxies", "aliases"),
    [
        (
            ["SMTP:Clerk@City.example", "smtp:A@b.example", "SIP:x@y.example", "X500:/o=exchange/cn=clerk"],
            ("a@b.example",),
        ),
        (["smtp:", None, "", "no kind"], ()),
        ([], ()),
        (None, ()),
    ],
)
def test_proxy_addresses_of_other_kinds_are_no_aliases(proxies: list[str] | None, aliases: tuple[str, ...]) -> None:
    users = {"value": [{"id": "1", "mail": "clerk@city.example", "proxyAddresses": proxies}]}
    wire, _ = canned(lambda method, url, body: (200, json.dumps(users).encode()))
    (clerk,) = mailboxes(wire, ())
    assert clerk.aliases == aliases


def test_reading_can_be_restricted_to_some_addresses(connect: Connect, world: World) -> None:
    world.add_mailbox("bob@city.example")
    world.add_mailbox("eve@city.example")
    mail = connect(mailboxes=("BOB@City.example",))
    assert [each.address for each in mail.mailboxes()] == ["bob@city.example"]


def test_an_unknown_mailbox_is_named_before_anything_is_read(connect: Connect, world: World) -> None:
    mail = connect(mailboxes=(ANN, "nobody@city.example"))
    with pytest.raises(BadConfiguration, match=r"nobody@city\.example") as refusal:
        next(mail.mailboxes())
    assert "mail.mailboxes" in refusal.value.next_step


def test_a_user_without_an_address_is_known_by_its_principal_name() -> None:
    users = {"value": [{"id": "1", "mail": None, "userPrincipalName": "Clerk@City.example", "displayName": None}]}
    wire, _ = canned(lambda method, url, body: (200, json.dumps(users).encode()))
    assert list(mailboxes(wire, ())) == [Mailbox(id="1", address="clerk@city.example")]


def test_a_list_of_users_that_leads_back_to_itself_ends() -> None:
    page = {"value": [], "@odata.nextLink": "https://graph.example/v1.0/users?again"}
    wire, transport = canned(lambda method, url, body: (200, json.dumps(page).encode()))
    assert list(mailboxes(wire, ())) == []
    assert len(transport.sent) == 2


# -- folders


def test_nested_and_hidden_folders_are_met_whatever_the_count_of_children_says(graph: GraphMail, world: World) -> None:
    world.add_folder(ANN, "Projects/2019/Harbor/Bids")
    world.add_folder(ANN, "Projects/2019/Harbor/Bids/Sealed", hidden=True)
    world.add_folder(ANN, "Projects/2019/Harbor/Bids/Sealed/Under seal")
    found = {each.path: each for each in graph.folders(box(graph))}
    assert found["Projects/2019/Harbor/Bids"].hidden is False
    assert found["Projects/2019/Harbor/Bids/Sealed"].hidden is True
    assert "Projects/2019/Harbor/Bids/Sealed/Under seal" in found


def test_parents_come_before_their_children(graph: GraphMail, world: World) -> None:
    world.add_folder(ANN, "A/B/C")
    found = paths(graph)
    assert found.index("A") < found.index("A/B") < found.index("A/B/C")


def test_search_folders_are_left_out_because_their_mail_lies_elsewhere(graph: GraphMail, world: World) -> None:
    world.add_folder(ANN, "Unread this week", search=True)
    world.add_folder(ANN, "Inbox/Also a search", search=True)
    assert not {"Unread this week", "Inbox/Also a search"} & set(paths(graph))


def test_recoverable_items_are_not_met(graph: GraphMail) -> None:
    assert not any("Recoverable" in path or "Purges" in path for path in paths(graph))


def test_a_slash_in_a_folders_name_is_not_a_level_of_its_path() -> None:
    def answer(method: str, url: str, body: bytes | None) -> tuple[int, bytes]:
        if "$batch" in url:
            parts = json.loads(body or b"")["requests"]
            empty = [{"id": part["id"], "status": 200, "body": {"value": [], "id": "x"}} for part in parts]
            return 200, json.dumps({"responses": empty}).encode()
        return 200, json.dumps({"value": [{"id": "1", "displayName": "Bids 2019/2020"}]}).encode()

    wire, _ = canned(answer)
    (only,) = folders(wire, BOX)
    assert only.path == "Bids 2019∕2020" and "/" not in only.path


def test_many_folders_come_page_by_page(graph: GraphMail, world: World, faults: Faults) -> None:
    for number in range(23):
        world.add_folder(ANN, f"Projects/{number}")
        world.add_folder(ANN, f"Top {number}")
    faults.max_page = 10
    found = paths(graph)
    assert len([path for path in found if path.startswith("Projects/")]) == 23
    assert len([path for path in found if path.startswith("Top ")]) == 23


def test_well_known_folders_are_known_by_id_and_asked_for_in_one_batch(
    graph: GraphMail, world: World, simulator: Simulator
) -> None:
    world.rename_folder(ANN, "Deleted Items", "Gelöschte Elemente")
    found = {each.well_known: each.path for each in graph.folders(box(graph)) if each.well_known}
    assert set(found) == set(WELL_KNOWN)
    assert found["deleteditems"] == "Gelöschte Elemente" and found["inbox"] == "Inbox"
    names = [seen for seen in simulator.requests if seen.path.endswith("$select=id")]
    assert len(names) == len(WELL_KNOWN) and all("batch-part" in seen.headers for seen in names)
    # One request lists the root, one batch asks for the names, one for the children of the first level.
    asked = [seen for seen in simulator.requests if "batch-part" not in seen.headers]
    assert [seen.method for seen in asked if "/users/" in seen.path or "$batch" in seen.path] == ["GET", "POST", "POST"]


def test_a_well_known_folder_that_is_missing_is_no_trouble(graph: GraphMail, faults: Faults) -> None:
    for name in ("archive", "outbox"):
        faults.add("error", on=f"mailFolders/{name}", times=-1, status=404, code="ErrorItemNotFound")
    known = {each.well_known for each in graph.folders(box(graph))}
    assert "deleteditems" in known and not {"archive", "outbox"} & known


def test_folders_that_contain_each_other_end() -> None:
    pages = {
        "/users/u/mailFolders?": ["1"],
        "/users/u/mailFolders/1/childFolders": ["2"],
        "/users/u/mailFolders/2/childFolders": ["1", "2"],
    }

    def listed(url: str) -> dict[str, object]:
        ids = next((ids for start, ids in pages.items() if start in url), [])
        return {"value": [{"id": id_, "displayName": f"F{id_}"} for id_ in ids], "id": "x"}

    def answer(method: str, url: str, body: bytes | None) -> tuple[int, bytes]:
        if "$batch" not in url:
            return 200, json.dumps(listed(url)).encode()
        parts = json.loads(body or b"")["requests"]
        answers = [{"id": part["id"], "status": 200, "body": listed(part["url"])} for part in parts]
        return 200, json.dumps({"responses": answers}).encode()

    wire, _ = canned(answer)
    assert [each.path for each in folders(wire, BOX)] == ["F1", "F1/F2"]


def test_a_folder_removed_during_the_walk_stops_nothing(graph: GraphMail, world: World, faults: Faults) -> None:
    world.add_folder(ANN, "Projects/2019")
    faults.add("error", on="childFolders", times=1, after=2, status=404, code="ErrorItemNotFound")
    assert "Projects/2019" in paths(graph)


def test_children_that_cannot_be_listed_are_never_taken_for_none(graph: GraphMail, faults: Faults) -> None:
    faults.add("error", on="childFolders", times=-1, status=400, code="ErrorCorruptFolder")
    with pytest.raises(MailboxUnreadable, match="ErrorCorruptFolder"):
        graph.folders(box(graph))
    faults.clear()
    faults.add("throttle", on="childFolders", times=-1)
    with pytest.raises(MailNotAnswering):
        graph.folders(box(graph))


# -- what cannot be read


@pytest.mark.parametrize(
    ("close", "code", "words"),
    [
        (lambda box: setattr(box, "rest", False), "MailboxNotEnabledForRESTAPI", "on premises"),
        (lambda box: setattr(box, "access", False), "ErrorAccessDenied", "Mail.Read"),
    ],
)
def test_a_mailbox_that_cannot_be_read_says_why_in_a_plain_sentence(
    close: Callable[[object], None], code: str, words: str, graph: GraphMail, world: World, waits: Waits
) -> None:
    world.add_mailbox("bob@city.example")
    close(world.mailbox("bob@city.example"))
    with pytest.raises(MailboxUnreadable) as refusal:
        graph.folders(box(graph, "bob@city.example"))
    said = str(refusal.value)
    assert "bob@city.example" in said and code in said and words in said and said.endswith(".")
    assert paths(graph) and waits.seconds == []


def test_a_user_that_was_deleted_meanwhile_is_unreadable(graph: GraphMail) -> None:
    with pytest.raises(MailboxUnreadable):
        graph.folders(Mailbox(id="9f7fee24-0000-0000-0000-000000000000", address="gone@city.example"))


def test_what_graph_never_shows_is_said_of_every_mailbox(graph: GraphMail) -> None:
    archive, dumpster = graph.uncovered(box(graph))
    assert "archive mailbox" in archive and archive.endswith(".")
    assert "Recoverable Items" in dumpster and dumpster.endswith(".")
