"""A simulator's Exchange voice, a mail system signed in to it, and the hands that the contract suite asks for.

Nothing is tested here, and nothing sleeps: waits are recorded and not waited for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from retention.core.message import Cursor, Folder, Mailbox, MessageRef, Page, Removal
from retention.mail.exchange import ExchangeMail, ExchangeSettings
from retention.simulator.ews.names import item_id
from retention.simulator.faults import Faults
from retention.simulator.serve import Simulator
from retention.simulator.world import World
from tests.mail.bench import ANN, LONG_AGO, letter
from tests.mail.conftest import Waits

Open = Callable[..., ExchangeMail]


def settings_of(simulator: Simulator, **changed: object) -> ExchangeSettings:
    told: dict[str, object] = {
        "server": simulator.ews_url,
        "version": "SE",
        "sign_in": "basic",
        "user": simulator.user,
        "secret": simulator.secret,
        "ca_file": str(simulator.ca_file),
        "timeout": 20.0,
    }
    return ExchangeSettings(**told | changed)  # type: ignore[arg-type]


@pytest.fixture(name="open_exchange")
def opening(simulator: Simulator, waits: Waits) -> Iterator[Open]:
    """Makes an ``ExchangeMail`` for the simulator; keyword arguments replace settings."""
    made: list[ExchangeMail] = []

    def opened(**changed: object) -> ExchangeMail:
        mail = ExchangeMail(settings_of(simulator, **changed), pause=waits, jitter=lambda: 0.0)
        made.append(mail)
        return mail

    yield opened
    for mail in made:
        mail.close()


@pytest.fixture(name="exchange")
def opened_exchange(open_exchange: Open) -> ExchangeMail:
    return open_exchange()


class ExchangeBench:
    """The simulator's world with its hands named as the contract suite names them. Ids are those of Exchange."""

    removals = tuple(Removal)

    def __init__(self, mail: ExchangeMail, world: World, faults: Faults) -> None:
        self.mail = mail
        self._world = world
        self._faults = faults
        self._lasting: dict[str, str] = {}

    def add(self, address: str, path: str, mime: bytes) -> str:
        self._world.add_mailbox(address)
        return self._told(address, self._world.add_message(address, path, mime, received_at=LONG_AGO))

    def move(self, address: str, id: str, path: str) -> None:
        self._world.move(address, self._known(address, id), path)

    def delete(self, address: str, id: str) -> None:
        self._world.permanent_delete(address, self._known(address, id))

    def edit(self, address: str, id: str, *, is_read: bool) -> None:
        self._world.edit(address, self._known(address, id), is_read=is_read)

    def forget(self, address: str, path: str) -> None:
        self._world.reset_delta(address, path)

    def where(self, address: str, id: str) -> str | None:
        """Where the message lies, by any id that it ever had."""
        path = self._world.where(address, self._known(address, id))
        return None if path is None or path.startswith("Recoverable Items") else path

    def spoil(self, address: str, id: str) -> None:
        self._world.message(address, self._known(address, id)).mime_fails = True

    def refuse(self, address: str, id: str) -> None:
        self._faults.add("error", on="#(DeleteItem|MoveItem)", times=-1, code="ErrorCannotDeleteObject")

    def link(self, address: str, id: str, name: str) -> None:
        self._world.add_reference(address, self._known(address, id), name, f"https://city.example/{name}")

    def shut(self, address: str) -> None:
        self._world.mailbox(address).access = False

    def _told(self, address: str, lasting: str) -> str:
        id_ = item_id(self._world.message(address, lasting))
        self._lasting[id_] = lasting
        return id_

    def _known(self, address: str, id: str) -> str:
        """The id that stays, of an id that died or lives."""
        if id not in self._lasting:
            living = {item_id(self._world.message(address, each)): each for each in self._world.ids(address)}
            self._lasting |= living
        return self._lasting[id]


def box(mail: ExchangeMail, address: str = ANN) -> Mailbox:
    return next(each for each in mail.mailboxes() if each.address == address)


def folder(mail: ExchangeMail, path: str = "Inbox", address: str = ANN) -> Folder:
    return next(each for each in mail.folders(box(mail, address)) if each.path == path)


def read(mail: ExchangeMail, cursor: Cursor | None = None, path: str = "Inbox") -> list[Page]:
    return list(mail.pages(box(mail), folder(mail, path), cursor))


def put(world: World, mail: ExchangeMail, number: int = 1, path: str = "Inbox") -> MessageRef:
    """A message in Ann's mailbox, by the id that Exchange gives it now."""
    lasting = world.add_message(ANN, path, letter(number), received_at=LONG_AGO)
    return MessageRef(box(mail).id, item_id(world.message(ANN, lasting)))


def told(simulator: Simulator) -> list[str]:
    """The operations asked for since the log was emptied."""
    return [seen.path.partition("#")[2].partition("?")[0] for seen in simulator.requests if "#" in seen.path]
