"""Whatever people do in their mailboxes between and during syncs, the catalog ends as the mail system is.

Single pages are tested in ``test_catalog.py``, the sync job itself in ``tests/jobs/test_sync.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from retention.core.message import Cursor, Folder, Mailbox, MessageRef, Page
from retention.errors import MailNotAnswering
from retention.jobs.sync import sync
from retention.mail.interface import FolderUnreadable
from tests.jobs.town import CLERK, Town
from tests.mail.doubles import MemoryMail

PLACES = ("Inbox", "Archive")
_message = st.integers(0, 7)
_place = st.sampled_from(PLACES)
HANDS = st.one_of(
    st.tuples(st.just("add"), _place),
    st.tuples(st.just("move"), _message, _place),
    st.tuples(st.just("delete"), _message),
    st.tuples(st.just("edit"), _message, st.text("ab", max_size=3)),
    st.tuples(st.just("forget"), _place),
    st.just(("sync",)),
    st.tuples(st.just("sync that breaks off"), st.integers(1, 9)),
    st.tuples(st.just("sync with a bad folder"), st.integers(1, 9)),
)


class StateMail(MemoryMail):
    """Tells a row only while its message is in that folder, and says which, as Graph's delta does."""

    def pages(self, mailbox: Mailbox, folder: Folder, cursor: Cursor | None) -> Iterator[Page]:
        for page in super().pages(mailbox, folder, cursor):
            here = [replace(row, folder=folder.id) for row in page.messages if self.where(row.ref) == folder.path]
            yield replace(page, messages=tuple(here))


class People:
    """Those who use the mailbox of the clerk, and the sync that follows them."""

    def __init__(self, folder: Path, page_size: int) -> None:
        self.mail = StateMail(page_size)
        self.town = Town(folder, mail=self.mail)
        self.refs: list[MessageRef] = []
        for place in PLACES:
            self.mail.add_folder(CLERK, place)
        self.add("Inbox")

    def do(self, act: str, *how: Any) -> None:
        if act == "add":
            self.add(*how)
        elif act == "forget":
            self.mail.forget(CLERK, *how)
        elif act.startswith("sync"):
            self.sync(act, *how)
        elif (ref := self.refs[how[0] % len(self.refs)]) in self.there:
            if act == "move":
                if self.mail.where(ref) != how[1]:
                    self.mail.move(ref, how[1])
            elif act == "delete":
                self.mail.delete(ref)
            else:
                self.mail.edit(ref, subject=how[1])

    def add(self, place: str) -> None:
        self.refs.append(self.town.add(f"Letter {len(self.refs)}", folder=place))

    def sync(self, act: str = "sync", at: int = 0) -> None:
        failure = {"sync that breaks off": MailNotAnswering, "sync with a bad folder": FolderUnreadable}.get(act)
        world = self.town.world()
        self.mail.before_call = _fail(at, failure) if failure else None
        try:
            sync(world)
        except MailNotAnswering:
            assert failure is MailNotAnswering
        finally:
            self.mail.before_call = None
            world.close()

    @property
    def there(self) -> dict[MessageRef, str | None]:
        return {ref: place for ref in self.refs if (place := self.mail.where(ref)) is not None}

    def check(self) -> None:
        world = self.town.world()
        told = {known.message.ref: known.message for known in world.catalog.present()}
        rows = {
            ref: (place, self.mail.row(ref).version, self.mail.row(ref).subject) for ref, place in self.there.items()
        }
        assert {ref: (row.path, row.version, row.subject) for ref, row in told.items()} == rows
        for ref in self.refs:
            known = world.catalog.known(ref)
            assert known is None or (known.gone_at is None) == (ref in rows)
        world.close()


def _fail(at: int, failure: type[Exception]) -> Callable[[str], None]:
    pages = 0

    def before_call(name: str) -> None:
        nonlocal pages
        pages += name == "pages"
        if name == "pages" and pages == at:
            raise failure("It broke off.")

    return before_call


def followed(acts: list[tuple[Any, ...]], page_size: int) -> People:
    with TemporaryDirectory() as folder:
        people = People(Path(folder) / "town", page_size)
        for act in acts:
            people.do(*act)
        people.sync()
        people.check()
        return people


@given(acts=st.lists(HANDS, max_size=25), page_size=st.sampled_from((1, 2, 50)))
@settings(max_examples=60, deadline=None)
def test_whatever_the_hands_do_the_catalog_ends_as_the_mail_system_is(
    acts: list[tuple[Any, ...]], page_size: int
) -> None:
    followed(acts, page_size)


WAYS: dict[str, list[tuple[Any, ...]]] = {
    "there and back": [("sync",), ("move", 0, "Archive"), ("move", 0, "Inbox")],
    "there and back with a sync between": [("sync",), ("move", 0, "Archive"), ("sync",), ("move", 0, "Inbox")],
    "moved and edited": [("sync",), ("edit", 0, "a"), ("move", 0, "Archive"), ("edit", 0, "b")],
    "moved and deleted": [("sync",), ("move", 0, "Archive"), ("delete", 0)],
    "deleted while both folders are read anew": [("sync",), ("delete", 0), ("forget", "Inbox"), ("forget", "Archive")],
    "moved while its old folder is read anew": [("sync",), ("move", 0, "Archive"), ("forget", "Inbox")],
    "moved while its new folder is read anew": [("sync",), ("move", 0, "Archive"), ("forget", "Archive")],
    "moved before a sync that breaks off": [("sync",), ("move", 0, "Archive"), ("sync that breaks off", 2)],
    "moved before a sync with a bad folder": [("sync",), ("move", 0, "Archive"), ("sync with a bad folder", 3)],
    "deleted before a sync with a bad folder": [("sync",), ("delete", 0), ("sync with a bad folder", 3)],
    "read anew and broken off": [
        *[("add", "Inbox")] * 5,
        ("sync",),
        ("delete", 2),
        ("forget", "Inbox"),
        ("sync that breaks off", 4),
    ],
}


@pytest.mark.parametrize("page_size", [1, 50])
@pytest.mark.parametrize("acts", WAYS.values(), ids=WAYS.keys())
def test_the_ways_that_mail_is_known_to_go_are_followed(acts: list[tuple[Any, ...]], page_size: int) -> None:
    followed(acts, page_size)


def test_a_message_that_nobody_touched_is_never_read_twice() -> None:
    with TemporaryDirectory() as folder:
        people = People(Path(folder) / "town", 50)
        people.sync()
        world = people.town.world()
        assert sync(world).rows == 0
        world.close()
