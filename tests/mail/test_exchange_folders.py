"""Which mailboxes and folders there are through Exchange, what is not covered, and the server's own holds.

No message is read here.
"""

from __future__ import annotations

import pytest

from retention.core.hold.foreign import ForeignHold
from retention.core.message import Mailbox, MessageRef
from retention.errors import BadConfiguration, MailNotAnswering
from retention.mail.exchange import ExchangeMail, folders
from retention.mail.interface import FolderUnreadable, HoldsUnreadable, MailboxUnreadable
from retention.simulator.faults import Faults
from retention.simulator.serve import Simulator
from retention.simulator.world import World
from tests.mail.bench import BOB, letter
from tests.mail.conftest import ANN
from tests.mail.exchanging import Open, box, folder, opened_exchange, opening, put, read, told  # noqa: F401


def paths(mail: ExchangeMail) -> list[str]:
    return [each.path for each in mail.folders(box(mail))]


def test_hidden_folders_come_and_search_folders_and_calendars_do_not(exchange: ExchangeMail, world: World) -> None:
    world.add_folder(ANN, "Inbox/Secret", hidden=True)
    world.add_folder(ANN, "Inbox/Unread", search=True)
    world.add_folder(ANN, "Calendar").container = "IPF.Appointment"
    world.add_folder(ANN, "Notes").container = "IPF.StickyNote"
    found = {each.path: each for each in exchange.folders(box(exchange))}
    assert found["Inbox/Secret"].hidden and not found["Inbox"].hidden
    assert not {"Inbox/Unread", "Calendar", "Notes"} & set(found)


def test_mail_below_a_folder_that_holds_none_is_found(exchange: ExchangeMail, world: World) -> None:
    world.add_folder(ANN, "Calendar").container = "IPF.Appointment"
    world.add_folder(ANN, "Calendar/Invitations")
    assert "Calendar/Invitations" in paths(exchange)


def test_a_slash_in_a_name_is_no_step_down(exchange: ExchangeMail, world: World) -> None:
    world.add_folder(ANN, "Inbox/2019")
    world.rename_folder(ANN, "Inbox/2019", "2019/20")
    assert "Inbox/2019∕20" in paths(exchange)


def test_many_folders_come_in_pages_and_none_is_missed(
    exchange: ExchangeMail, world: World, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(45):
        world.add_folder(ANN, f"Inbox/{number // 9}/{number}")
    whole = paths(exchange)
    monkeypatch.setattr("retention.mail.exchange.asked.FOLDER_PAGE", 7)
    simulator.forget_requests()
    assert paths(exchange) == whole and len(set(whole)) == len(whole) >= 50
    assert told(simulator).count("FindFolder") > 5


def test_folders_of_the_archive_come_below_its_name_and_their_well_known_names_are_their_own(
    exchange: ExchangeMail, world: World
) -> None:
    world.mailbox(ANN).open_archive()
    world.add_folder(ANN, "In-Place Archive/Inbox/2012")
    found = {each.path: each.well_known for each in exchange.folders(box(exchange))}
    assert (found["Inbox"], found["In-Place Archive/Inbox"]) == ("inbox", "archiveinbox")
    assert found["In-Place Archive/Deleted Items"] == "archivedeleteditems"
    assert "In-Place Archive/Inbox/2012" in found and not any("Recoverable" in path for path in found)


def test_a_mailbox_without_an_archive_has_no_folders_of_one(exchange: ExchangeMail) -> None:
    assert not any(path.startswith("In-Place") for path in paths(exchange))


@pytest.mark.parametrize("code", ["ErrorMailboxStoreUnavailable", "ErrorAccessDenied"])
def test_an_archive_that_cannot_be_reached_is_a_folder_that_cannot_be_read(
    code: str, exchange: ExchangeMail, world: World
) -> None:
    world.mailbox(ANN).open_archive()
    world.add_message(ANN, "In-Place Archive/Inbox", letter(1))
    world.mailbox(ANN).archive_trouble = code
    assert "Inbox" in paths(exchange) and paths(exchange)[-1] == "In-Place Archive"
    with pytest.raises(FolderUnreadable, match="archive"):
        read(exchange, path="In-Place Archive")
    world.mailbox(ANN).archive_trouble = ""
    # Known as it was listed: by then nobody can say whether all of the archive was read.
    gone = folders.Folder(id=folders.ARCHIVE_ROOT, path="In-Place Archive")
    with pytest.raises(FolderUnreadable):
        list(exchange.pages(box(exchange), gone, None))


def test_an_archive_in_exchange_online_is_told_and_stops_nothing(exchange: ExchangeMail, world: World) -> None:
    world.mailbox(ANN).open_archive()
    world.mailbox(ANN).archive_trouble = "ErrorGetRemoteArchiveFolderFailed"
    assert not any(path.startswith("In-Place") for path in paths(exchange))
    assert any("Exchange Online" in sentence for sentence in exchange.uncovered(box(exchange)))


# -- what is not covered


def test_recoverable_items_are_counted_of_the_mailbox_and_of_its_archive(exchange: ExchangeMail, world: World) -> None:
    world.mailbox(ANN).open_archive()
    for count, name in enumerate(("Deletions", "Purges", "Versions", "DiscoveryHolds"), start=1):
        for number in range(count):
            world.add_message(ANN, f"Recoverable Items/{name}", letter(number))
    world.add_message(ANN, "In-Place Archive/Recoverable Items/Purges", letter(1))
    said = exchange.uncovered(box(exchange))
    assert said[:2] == (
        "The Recoverable Items were not read: 1 in Deletions, 2 in Purges, 3 in Versions, 4 in DiscoveryHolds.",
        "The Recoverable Items of the in-place archive were not read: 1 in Purges.",
    )


def test_of_recoverable_items_with_nothing_in_them_there_is_no_word(exchange: ExchangeMail, world: World) -> None:
    world.mailbox(ANN).open_archive()
    assert not any("Recoverable Items" in sentence for sentence in exchange.uncovered(box(exchange)))


@pytest.mark.parametrize("trouble", ["impersonation", "archive", "busy", "clip"])
def test_what_is_not_covered_is_said_whatever_the_server_answers(
    trouble: str, exchange: ExchangeMail, world: World, faults: Faults
) -> None:
    mailbox = box(exchange)
    world.mailbox(ANN).open_archive()
    if trouble == "impersonation":
        world.mailbox(ANN).impersonation = False
    elif trouble == "archive":
        world.mailbox(ANN).archive_trouble = "ErrorMailboxStoreUnavailable"
    else:
        faults.add(trouble, on="#GetFolder", times=-1)  # type: ignore[arg-type]
    said = exchange.uncovered(mailbox)
    assert all(sentence.endswith(".") for sentence in said)
    assert any("in-place archive" in sentence and "cannot be reached" in sentence for sentence in said)


# -- mailboxes


def test_only_the_mailboxes_that_the_settings_name_are_read(open_exchange: Open, world: World) -> None:
    world.add_mailbox(BOB)
    assert [each.address for each in open_exchange(mailboxes=("BOB@city.example",)).mailboxes()] == [BOB]
    with pytest.raises(BadConfiguration, match=r"eve@city\.example"):
        list(open_exchange(mailboxes=(BOB, "eve@city.example")).mailboxes())


def test_where_the_server_gives_no_list_the_named_ones_are_known_by_their_address(
    open_exchange: Open, world: World, faults: Faults
) -> None:
    faults.no_discovery = True
    mail = open_exchange(mailboxes=(ANN,))
    assert list(mail.mailboxes()) == [Mailbox(id=f"smtp:{ANN}", address=ANN)]
    assert [person.address for person in mail.people()] == [ANN]
    ref = put(world, mail)
    assert b"".join(mail.content(ref)) == letter(1)
    with pytest.raises(BadConfiguration, match="Discovery Management"):
        list(open_exchange().mailboxes())


def test_a_server_that_only_fails_is_no_server_without_a_list(exchange: ExchangeMail, faults: Faults) -> None:
    faults.add("error", on="#GetSearchableMailboxes", times=-1, code="ErrorInternalServerError")
    with pytest.raises(MailNotAnswering):
        list(exchange.mailboxes())


def test_a_message_is_found_by_a_mailbox_s_id_alone(exchange: ExchangeMail, world: World, open_exchange: Open) -> None:
    ref = put(world, exchange)
    assert b"".join(open_exchange().content(ref)) == letter(1)
    with pytest.raises(MailboxUnreadable, match="no mailbox"):
        open_exchange().look(MessageRef("00000000-0000-0000-0000-000000000000", ref.id))


# -- the server's own holds


def test_the_server_s_holds_are_told_with_the_mailboxes_they_keep(exchange: ExchangeMail, world: World) -> None:
    assert exchange.holds() == ()
    world.add_mailbox(BOB)
    world.hold_mailbox(ANN, "6fe063689404a5b8", name="Harbor v. City", query="harbor")
    world.hold_mailbox(BOB, "6fe063689404a5b8")
    world.hold_mailbox(BOB, "0000aaaa9404a5b8", name="Pier 4")
    assert exchange.holds() == (
        ForeignHold(origin="0000aaaa9404a5b8", matter="Pier 4", mailboxes=(BOB,)),
        ForeignHold(origin="6fe063689404a5b8", matter="Harbor v. City", mailboxes=(ANN, BOB)),
    )
    world.release_mailbox(BOB, "0000aaaa9404a5b8")
    assert [hold.matter for hold in exchange.holds()] == ["Harbor v. City"]


def test_holds_that_nobody_may_ask_for_are_never_taken_for_none(
    exchange: ExchangeMail, world: World, faults: Faults
) -> None:
    world.hold_mailbox(ANN, "6fe063689404a5b8")
    faults.no_discovery = True
    with pytest.raises(HoldsUnreadable, match="ErrorAccessDenied"):
        exchange.holds()
    faults.no_discovery = False
    faults.add("error", on="#GetHoldOnMailboxes", times=-1, code="ErrorInternalServerError")
    with pytest.raises(HoldsUnreadable):
        exchange.holds()


def test_a_hold_that_is_listed_and_not_told_of_keeps_what_the_list_names(
    exchange: ExchangeMail, world: World, faults: Faults
) -> None:
    world.hold_mailbox(ANN, "6fe063689404a5b8")
    faults.add("error", on="#GetHoldOnMailboxes", times=-1, code="ErrorMailboxHoldNotFound")
    assert [hold.mailboxes for hold in exchange.holds()] == [(ANN,)]
