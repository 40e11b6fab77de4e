"""Removing messages through Exchange: only the version that was meant, never twice, and told as it is.

The order of export, check and removal is the jobs' affair.
"""

from __future__ import annotations

import pytest

from retention.core.message import MessageRef, Removal
from retention.errors import MailNotAnswering, SignInRefused
from retention.mail.exchange import ExchangeMail
from retention.mail.interface import MailboxUnreadable, MessageChanged, MessageGone, RemovalRefused, Returned
from retention.simulator.ews.names import item_id
from retention.simulator.faults import Faults
from retention.simulator.serve import Simulator
from retention.simulator.world import World
from tests.mail.bench import letter
from tests.mail.conftest import ANN, Waits
from tests.mail.doubles import unasked
from tests.mail.exchanging import box, folder, opened_exchange, opening, told  # noqa: F401

DELETIONS, PURGES = "Recoverable Items/Deletions", "Recoverable Items/Purges"
WAYS = [
    (Removal.DELETED_ITEMS, "Deleted Items", "Success, moved to Deleted Items"),
    (Removal.RECOVERABLE, DELETIONS, "Success, moved to Recoverable Items (Deletions)"),
    (Removal.PERMANENT, PURGES, "Success, removed from the mailbox to Purges"),
]


class Letter:
    """One message, by the id that stays and by the one that Exchange gives it."""

    def __init__(self, mail: ExchangeMail, world: World, path: str = "Inbox") -> None:
        self._mail, self._world = mail, world
        self.lasting = world.add_message(ANN, path, letter(1))
        self.ref = MessageRef(box(mail).id, item_id(world.message(ANN, self.lasting)))

    @property
    def version(self) -> str:
        return self._mail.look(self.ref).version

    @property
    def path(self) -> str | None:
        return self._world.where(ANN, self.lasting)

    @property
    def now(self) -> MessageRef:
        return MessageRef(self.ref.mailbox, item_id(self._world.message(ANN, self.lasting)))

    def edit(self) -> None:
        self._world.edit(ANN, self.lasting, categories=("hold this",))


@pytest.fixture
def one(exchange: ExchangeMail, world: World) -> Letter:
    return Letter(exchange, world)


@pytest.mark.parametrize(("how", "place", "answer"), WAYS)
def test_each_removal_leads_where_its_answer_says(
    how: Removal, place: str, answer: str, exchange: ExchangeMail, one: Letter
) -> None:
    assert exchange.purge(one.ref, one.version, how, unasked) == answer
    assert one.path == place


@pytest.mark.parametrize(("how", "place", "answer"), WAYS)
def test_what_lies_in_the_archive_stays_in_the_archive(
    how: Removal, place: str, answer: str, exchange: ExchangeMail, world: World
) -> None:
    world.mailbox(ANN).open_archive()
    old = Letter(exchange, world, "In-Place Archive/Inbox")
    assert exchange.purge(old.ref, old.version, how, unasked) == answer
    assert old.path == f"In-Place Archive/{place}"


@pytest.mark.parametrize("archive", ["", "In-Place Archive/"])
def test_from_deleted_items_the_next_place_is_recoverable_items(
    archive: str, exchange: ExchangeMail, world: World
) -> None:
    world.mailbox(ANN).open_archive()
    thrown = Letter(exchange, world, f"{archive}Deleted Items")
    assert exchange.look(thrown.ref).in_deleted_items
    answer = exchange.purge(thrown.ref, thrown.version, Removal.DELETED_ITEMS, unasked)
    assert answer == "Success, moved to Recoverable Items (Deletions)" and thrown.path == archive + DELETIONS


def test_the_version_is_read_first_and_one_item_is_asked_for(
    exchange: ExchangeMail, simulator: Simulator, one: Letter
) -> None:
    planned = one.version
    simulator.forget_requests()
    exchange.purge(one.ref, planned, Removal.RECOVERABLE, unasked)
    assert told(simulator) == ["GetItem", "DeleteItem"]


def test_another_version_is_never_removed(exchange: ExchangeMail, simulator: Simulator, one: Letter) -> None:
    planned = one.version
    one.edit()
    with pytest.raises(MessageChanged):
        exchange.purge(one.ref, planned, Removal.RECOVERABLE, unasked)
    assert one.path == "Inbox" and "DeleteItem" not in told(simulator)


def test_a_change_between_the_reading_and_the_removal_is_caught_by_the_server(
    exchange: ExchangeMail, one: Letter
) -> None:
    with pytest.raises(MessageChanged, match="ErrorIrresolvableConflict"):
        exchange.purge(one.ref, one.version, Removal.RECOVERABLE, one.edit)
    assert one.path == "Inbox"


@pytest.mark.parametrize("kind", ["throttle", "busy", "connections", "unavailable", "drop", "timeout"])
def test_a_change_while_waiting_to_ask_again_stops_the_removal_even_if_the_server_would_not(
    kind: str, exchange: ExchangeMail, faults: Faults, waits: Waits, one: Letter
) -> None:
    planned = one.version
    faults.ignore_if_match = True
    faults.add(kind, on="#DeleteItem")  # type: ignore[arg-type]
    waits.during = one.edit
    with pytest.raises(MessageChanged):
        exchange.purge(one.ref, planned, Removal.RECOVERABLE, unasked)
    assert one.path == "Inbox"


@pytest.mark.parametrize(("how", "place", "answer"), WAYS)
@pytest.mark.parametrize("kind", ["throttle", "busy", "connections", "unavailable", "drop", "timeout", "expired-token"])
def test_what_was_not_done_is_asked_for_again_and_whoever_is_asked_is_asked_each_time(
    kind: str, how: Removal, place: str, answer: str, exchange: ExchangeMail, faults: Faults, one: Letter
) -> None:
    planned, asked = one.version, list[str]()
    faults.add(kind, on="#DeleteItem", times=3)  # type: ignore[arg-type]
    assert exchange.purge(one.ref, planned, how, lambda: asked.append("asked")) == answer
    assert one.path == place and len(asked) == 4


@pytest.mark.parametrize("kind", ["truncate", "clip"])
@pytest.mark.parametrize(("how", "place", "_"), WAYS)
def test_a_removal_whose_answer_was_lost_is_found_done_and_not_repeated(
    how: Removal,
    place: str,
    _: str,
    kind: str,
    exchange: ExchangeMail,
    faults: Faults,
    simulator: Simulator,
    one: Letter,
) -> None:
    planned = one.version
    faults.add(kind, on="#DeleteItem")  # type: ignore[arg-type]
    assert exchange.purge(one.ref, planned, how, unasked) == "was already gone after a dropped answer"
    assert one.path == place and told(simulator).count("DeleteItem") == 1


def test_a_removal_that_was_only_throttled_never_claims_another_ones_deletion(
    exchange: ExchangeMail, world: World, faults: Faults, waits: Waits, one: Letter
) -> None:
    planned = one.version
    faults.add("busy", on="#DeleteItem")
    waits.during = lambda: world.permanent_delete(ANN, one.lasting)
    with pytest.raises(MessageGone):
        exchange.purge(one.ref, planned, Removal.RECOVERABLE, unasked)


def test_a_removal_that_never_gets_an_answer_ends_with_the_message_in_its_place(
    exchange: ExchangeMail, faults: Faults, one: Letter
) -> None:
    planned = one.version
    faults.add("drop", on="#DeleteItem", times=-1)
    with pytest.raises(MailNotAnswering, match="did not remove"):
        exchange.purge(one.ref, planned, Removal.RECOVERABLE, unasked)
    assert one.path == "Inbox"


def test_after_a_lost_answer_nobody_claims_to_know_where_the_message_is(
    exchange: ExchangeMail, world: World, faults: Faults, one: Letter
) -> None:
    planned = one.version
    faults.add("truncate", on="#DeleteItem")
    faults.add("error", on="#GetItem", after=1, times=-1, code="ErrorAccessDenied")
    with pytest.raises(MailNotAnswering, match="not known"):
        exchange.purge(one.ref, planned, Removal.RECOVERABLE, unasked)


def test_what_lies_in_recoverable_items_already_is_gone(
    exchange: ExchangeMail, world: World, simulator: Simulator, one: Letter
) -> None:
    planned = one.version
    exchange.purge(one.ref, planned, Removal.RECOVERABLE, unasked)
    simulator.forget_requests()
    for ref in (one.ref, one.now):
        with pytest.raises(MessageGone):
            exchange.look(ref)
        with pytest.raises(MessageGone):
            exchange.purge(ref, planned, Removal.PERMANENT, unasked)
    assert "DeleteItem" not in told(simulator) and one.path == DELETIONS


@pytest.mark.parametrize("code", ["ErrorCannotDeleteObject", "ErrorMoveCopyFailed", "ErrorQuotaExceeded"])
def test_a_refusal_is_told_with_its_code_and_is_not_asked_for_again(
    code: str, exchange: ExchangeMail, faults: Faults, simulator: Simulator, one: Letter
) -> None:
    planned = one.version
    faults.add("error", on="#DeleteItem", times=-1, code=code)
    with pytest.raises(RemovalRefused, match=code):
        exchange.purge(one.ref, planned, Removal.RECOVERABLE, unasked)
    assert one.path == "Inbox" and told(simulator).count("DeleteItem") == 1


@pytest.mark.parametrize("done", [True, False])
def test_an_error_that_does_not_say_what_was_done_is_looked_into(
    done: bool, exchange: ExchangeMail, world: World, faults: Faults, simulator: Simulator, one: Letter
) -> None:
    planned = one.version
    faults.add("error", on="#DeleteItem", times=-1, code="ErrorInternalServerError")

    def meanwhile() -> None:
        if done:
            world.soft_delete(ANN, one.lasting)

    if done:
        answer = exchange.purge(one.ref, planned, Removal.RECOVERABLE, meanwhile)
        assert answer == "was already gone after ErrorInternalServerError"
    else:
        with pytest.raises(RemovalRefused, match="ErrorInternalServerError"):
            exchange.purge(one.ref, planned, Removal.RECOVERABLE, meanwhile)
    assert told(simulator).count("DeleteItem") == 1


@pytest.mark.parametrize("code", ["ErrorNonExistentMailbox", "ErrorImpersonateUserDenied"])
def test_a_mailbox_that_closed_is_not_a_message_that_is_gone(
    code: str, exchange: ExchangeMail, faults: Faults, one: Letter
) -> None:
    planned = one.version
    faults.add("throttle", on="#GetItem", times=-1, code=code)
    with pytest.raises(MailboxUnreadable, match=code):
        exchange.purge(one.ref, planned, Removal.RECOVERABLE, unasked)


def test_an_archive_that_cannot_be_reached_keeps_nobody_from_the_mailbox(
    exchange: ExchangeMail, world: World, one: Letter
) -> None:
    world.mailbox(ANN).open_archive()
    world.mailbox(ANN).archive_trouble = "ErrorMailboxStoreUnavailable"
    assert exchange.purge(one.ref, one.version, Removal.RECOVERABLE, unasked).startswith("Success")


# -- putting back


def removed(exchange: ExchangeMail, one: Letter, how: Removal = Removal.RECOVERABLE) -> MessageRef:
    exchange.purge(one.ref, one.version, how, unasked)
    return one.now


def back(exchange: ExchangeMail, ref: MessageRef, path: str = "Inbox") -> Returned:
    return exchange.put_back(ref, folder(exchange, path).id)


@pytest.mark.parametrize("how", [Removal.RECOVERABLE, Removal.DELETED_ITEMS])
def test_what_is_put_back_lies_where_it_was_wanted_with_the_id_it_has_now(
    how: Removal, exchange: ExchangeMail, one: Letter
) -> None:
    ref = removed(exchange, one, how)
    returned = back(exchange, ref)
    assert one.path == "Inbox" and returned.ref == one.now != ref
    assert back(exchange, returned.ref).answer == "was in the mailbox already"


@pytest.mark.parametrize("kind", ["throttle", "busy", "drop", "timeout"])
def test_a_return_that_was_not_done_is_asked_for_again(
    kind: str, exchange: ExchangeMail, faults: Faults, one: Letter
) -> None:
    ref = removed(exchange, one)
    faults.add(kind, on="#MoveItem", times=3)  # type: ignore[arg-type]
    assert back(exchange, ref).ref == one.now and one.path == "Inbox"


@pytest.mark.parametrize("kind", ["truncate", "clip"])
def test_a_return_whose_answer_was_lost_is_not_asked_for_again(
    kind: str, exchange: ExchangeMail, faults: Faults, simulator: Simulator, one: Letter
) -> None:
    ref = removed(exchange, one)
    faults.add(kind, on="#MoveItem")  # type: ignore[arg-type]
    with pytest.raises(MailNotAnswering, match="put back is not known"):
        back(exchange, ref)
    assert told(simulator).count("MoveItem") == 1 and one.path == "Inbox"


def test_what_was_removed_from_the_archive_can_be_listed_and_put_back_into_it(
    exchange: ExchangeMail, world: World
) -> None:
    world.mailbox(ANN).open_archive()
    old = Letter(exchange, world, "In-Place Archive/Inbox")
    removed(exchange, old)
    (row,) = exchange.recoverable(box(exchange))
    assert (row.id, row.folder) == (old.now.id, "recoverableitemsdeletions")
    back(exchange, row.ref, "In-Place Archive/Inbox")
    assert old.path == "In-Place Archive/Inbox"


def test_a_folder_in_deleted_items_is_no_place_to_put_anything_back_to(
    exchange: ExchangeMail, world: World, one: Letter
) -> None:
    world.add_folder(ANN, "Deleted Items/Old")
    back(exchange, removed(exchange, one), "Deleted Items/Old")
    assert one.path == "Inbox"


def test_a_password_that_ends_in_the_middle_of_a_removal_is_said(
    exchange: ExchangeMail, faults: Faults, one: Letter
) -> None:
    planned = one.version
    faults.add("expired-token", on="#(DeleteItem|GetItem)", times=-1)
    with pytest.raises(SignInRefused):
        exchange.purge(one.ref, planned, Removal.RECOVERABLE, unasked)
    assert one.path == "Inbox"
