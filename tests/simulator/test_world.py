"""The world itself: what is in it, where it is, and what is not there."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest

from retention.simulator.mailbox import DEFAULT_FOLDERS
from retention.simulator.world import NotThere, Refused, World
from tests.simulator.client import mail
from tests.simulator.conftest import ANN


def test_every_mailbox_has_the_folders_that_every_mailbox_has(world: World) -> None:
    names = [folder.path for folder in world.mailbox(ANN).root.descendants()]
    assert names[:8] == list(DEFAULT_FOLDERS)
    assert world.folder(ANN, names[8]).hidden
    assert world.folder(ANN, "Recoverable Items/Purges").total == 0


def test_a_mailbox_is_made_once(world: World) -> None:
    assert world.add_mailbox(ANN.upper()) is world.mailbox(ANN)
    assert len(world.mailboxes()) == 1


def test_a_message_is_found_where_it_was_put(world: World) -> None:
    id_ = world.add_message(ANN, "Inbox/New/Folder", mail())
    assert world.where(ANN, id_) == "Inbox/New/Folder"
    assert world.mime(ANN, id_) == mail()
    assert world.message(ANN, id_).subject == "Hello"
    assert world.ids(ANN) == world.ids(ANN, "Inbox/New/Folder") == [id_]


def test_a_date_that_is_given_wins_and_is_kept_in_whole_seconds_of_utc(world: World) -> None:
    given = datetime(2020, 5, 5, 12, 0, 0, 999, tzinfo=timezone(timedelta(hours=2)))
    id_ = world.add_message(ANN, "Inbox", mail(), received_at=given)
    assert world.message(ANN, id_).received_at == datetime(2020, 5, 5, 10, tzinfo=UTC)
    world.edit(ANN, id_, received_at=datetime(2021, 1, 1))
    assert world.message(ANN, id_).received_at == datetime(2021, 1, 1, tzinfo=UTC)


def test_new_bytes_change_what_is_known_of_a_message_but_not_its_date(world: World) -> None:
    id_ = world.add_message(ANN, "Inbox", mail("Old"))
    before = world.message(ANN, id_).received_at
    world.edit(ANN, id_, mime=mail("New", date="Tue, 02 Jan 2024 10:00:00 +0000"))
    assert (world.message(ANN, id_).subject, world.message(ANN, id_).received_at) == ("New", before)


@pytest.mark.parametrize(
    "ask",
    [
        lambda world: world.mailbox("nobody@city.example"),
        lambda world: world.folder(ANN, "Nowhere"),
        lambda world: world.folder(ANN, "Inbox/Nowhere/Deeper"),
        lambda world: world.message(ANN, "nonsense"),
        lambda world: world.move(ANN, "nonsense", "Archive"),
        lambda world: world.add_message("nobody@city.example", "Inbox", b""),
    ],
)
def test_what_is_not_there_is_said(world: World, ask: object) -> None:
    with pytest.raises(NotThere):
        ask(world)  # type: ignore[operator]


def test_where_is_nowhere_for_what_never_was(world: World) -> None:
    assert world.where(ANN, "nonsense") is None


def test_a_field_that_cannot_be_edited_is_refused(world: World) -> None:
    id_ = world.add_message(ANN, "Inbox", mail())
    with pytest.raises(TypeError, match="sender"):
        world.edit(ANN, id_, sender="x")


def test_recoverable_items_cannot_be_deleted_further(world: World) -> None:
    id_ = world.add_message(ANN, "Recoverable Items/Deletions", mail())
    with pytest.raises(Refused):
        world.delete(ANN, id_)


def test_counts_hold_when_many_threads_move_at_once(world: World) -> None:
    ids = [world.add_message(ANN, "Inbox", mail(f"{number}"), is_read=number % 2 == 0) for number in range(60)]
    folders = ("Archive", "Inbox", "Deleted Items")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda step: world.move(ANN, ids[step % 60], folders[step % 3]), range(600)))
    assert sum(world.folder(ANN, path).total for path in folders) == 60
    assert sum(world.folder(ANN, path).unread for path in folders) == 30
    for path in folders:
        assert len(world.ids(ANN, path)) == world.folder(ANN, path).total
