"""Reading one folder: first in full, then what changed, and going on after any interruption.

How rows are decoded is in ``rows.py``; nothing is kept here between two calls but what the cursor says.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from retention.core.message import Cursor, Folder, Mailbox, Message, Page
from retention.mail.asking.patience import ATTEMPTS
from retention.mail.graph.asked import EXPAND, INDEX, PLAIN, SELECT
from retention.mail.graph.clouds import Cloud
from retention.mail.graph.failures import FINAL_CONTENT, NO_MAILBOX, NO_SUCH_ITEM, Malformed, ServiceError
from retention.mail.graph.folders import unreadable
from retention.mail.graph.rows import Detail, Rows, detail_of, details_in, page_of
from retention.mail.graph.wire import Wire, segment
from retention.mail.interface import FolderUnreadable, MailTrouble

PAGE = 1000
"""Rows a page at most: Graph's own limit ("List messages")."""

SMALL_PAGE = 100
PAGES = (PAGE, SMALL_PAGE, 10, 1)
"""Smaller and smaller where one corrupt message makes a whole page fail, so that its neighbours still come."""

REFUSED = (400, 403, 405, 501)
"""Answers of a service that will not give what was asked for, however often it is asked."""

FRESH_STARTS = 3

RICH_ATTEMPTS = 2
"""How often a page with the names of attachments and the headers is asked for before it is taken to be too much."""


class Stage(Struct, frozen=True, omit_defaults=True):
    """What a cursor says: which part of the reading comes next, and the links that Graph gave for it.

    ``first``: the first round of delta; ``found`` once it has given a row. ``details``: what delta does not tell of
    what the first round found; ``delta`` is the link to keep for afterwards. ``changes``: a later round. ``listing``:
    a full list, in a cloud without delta. ``link`` is what to ask for next, below the root. ``plain`` says that the
    link asks for sizes and classes and for no other details.
    """

    at: Literal["first", "details", "changes", "listing"]
    link: str
    delta: str = ""
    found: bool = False
    plain: bool = False

    @property
    def rich(self) -> bool:
        """Whether the link asks for what a service may fail to give."""
        return self.at in ("details", "listing") and not self.plain


class NoDelta(Exception):
    """This service does not know delta."""


class Reading:
    """One call of ``pages``: one folder, from a cursor to the end."""

    def __init__(self, wire: Wire, mailbox: Mailbox, folder: Folder, cloud: Cloud, *, plain: bool = False) -> None:
        self._wire = wire
        self._mailbox = mailbox
        self._folder = folder
        self._delta = cloud.delta
        self._select = SELECT if INDEX in cloud.message_properties_missing else f"{SELECT},{INDEX}"
        self._path = f"/users/{segment(mailbox.id)}/mailFolders/{segment(folder.id)}/messages"
        self._plain = plain
        self._page = PAGE
        self._seen: set[str] = set()

    def pages(self, cursor: Cursor | None) -> Iterator[Page]:
        """Pages from the cursor on; a lost state of the service means the beginning again, with ``restart``.

        Raises ``FolderUnreadable`` or ``MailboxUnreadable``.
        """
        stage = self._stage(cursor)
        for _ in range(FRESH_STARTS):
            try:
                yield from self._from(stage or self._beginning(), restart=stage is None)
                return
            except NoDelta:
                self._delta, stage = False, None
            except ServiceError as error:
                if not error.resync:
                    raise self._trouble(error) from error
                self._seen.clear()
                stage = None
        raise FolderUnreadable(
            f"{self._name} could not be read to its end: the mail system forgot {FRESH_STARTS} times where it was."
        )

    @property
    def _name(self) -> str:
        return f"The folder {self._folder.path!r} of {self._mailbox.address}"

    def _stage(self, cursor: Cursor | None) -> Stage | None:
        if not cursor:
            return None
        try:
            stage = msgspec.json.decode(cursor, type=Stage)
        except msgspec.DecodeError:
            return None
        if not stage.link.startswith("/") or (stage.at != "listing" and not self._delta):
            return None
        return stage

    def _beginning(self) -> Stage:
        if self._delta:
            return Stage(at="first", link=f"{self._path}/delta?$select={self._select}")
        return Stage(at="listing", link=self._list(self._select), plain=self._plain)

    def _list(self, fields: str) -> str:
        return f"{self._path}?$select={fields}&$top={PAGE}&$expand={PLAIN if self._plain else EXPAND}"

    def _from(self, stage: Stage, restart: bool) -> Iterator[Page]:
        """Pages of one stage after the other, each with the cursor that leads to the next."""
        opening = self._opening(stage) if restart and stage.at == "first" else None
        while True:
            try:
                rows, detailed = opening or (self._rows(stage, restart), False)
            except ServiceError as error:
                if stage.at not in ("details", "listing") or error.resync or error.is_any(NO_MAILBOX | NO_SUCH_ITEM):
                    raise
                if stage.rich:
                    stage, restart = self._plainer(stage), restart or stage.at == "listing"
                    continue
                if stage.at == "listing":
                    raise
                # Details are wished for, not needed: without the permission for them (Mail.ReadBasic) the reading is
                # whole all the same, and what is not said stays unknown.
                rows, detailed = Rows(messages=(), removed=(), fresh=(), next_link="", delta_link=""), False
            opening = None
            messages = self._detailed(rows) if stage.at == "changes" else rows.messages
            following, complete = self._following(stage, rows, detailed)
            yield Page(
                messages=messages,
                removed=rows.removed,
                cursor=_cursor(following),
                restart=restart,
                complete=complete,
            )
            if complete or following is None:
                return
            stage, restart = following, False

    def _plainer(self, stage: Stage) -> Stage:
        """The same list from its beginning, without what the service fails to give: its links cannot be changed."""
        self._plain, self._page = True, PAGE
        return self._beginning() if stage.at == "listing" else self._details(stage.delta)

    def _details(self, delta: str) -> Stage:
        return Stage(at="details", link=self._list("id"), delta=delta, plain=self._plain)

    def _opening(self, stage: Stage) -> tuple[Rows, bool] | None:
        """The first page of delta and the list of details by one request, and whether the details are all there.

        Most folders are small, and what a first sync costs is the number of requests: a folder of one page is read
        whole by this one. Whatever is unusual about the answer is left to the longer way (``None``).
        """
        self._seen.add(stage.link)
        try:
            answers = self._wire.batch(
                [stage.link, self._list("id")], mailbox=self._mailbox.id, prefer=_preferring(PAGE), attempts=1
            )
            if not isinstance(answers[0], bytes):
                return None
            if isinstance(answers[1], bytes):
                details = details_in(answers[1])
            else:
                details, self._plain = None, answers[1].status in REFUSED and not answers[1].retryable
            rows = page_of(answers[0], self._mailbox.id, self._folder.id, details or {})
        except (Malformed, ServiceError):
            return None
        return rows, details is not None and not rows.next_link

    def _following(self, stage: Stage, rows: Rows, detailed: bool) -> tuple[Stage | None, bool]:
        """The stage after this page, ``None`` for the beginning; and whether the reading ends with this page."""
        found = stage.found or bool(rows.messages)
        if rows.next_link:
            link = self._kept(rows.next_link)
            if link in self._seen:
                raise FolderUnreadable(f"{self._name} could not be read to its end: its pages lead back to themselves.")
            return replace(stage, link=link, found=found), False
        if stage.at == "listing":
            return None, True
        if stage.at == "details":
            return Stage(at="changes", link=stage.delta), True
        if not rows.delta_link:
            # A reading that does not end with a delta link did not end: nothing may be taken for gone.
            raise FolderUnreadable(f"{self._name} could not be read to its end: the mail system gave no link to go on.")
        delta = self._kept(rows.delta_link)
        if stage.at == "changes" or detailed or not found:
            return Stage(at="changes", link=delta), True
        return self._details(delta), False

    def _kept(self, link: str) -> str:
        """A link as it is kept: below the root, so that a moved root does not make it worthless."""
        root = self._wire.root
        if not link.startswith(f"{root}/"):
            raise FolderUnreadable(f"{self._name} could not be read to its end: the mail system pointed elsewhere.")
        return link.removeprefix(root)

    def _rows(self, stage: Stage, first: bool) -> Rows:
        self._seen.add(stage.link)
        # Rows of the second pass say nothing of where a message is: another folder's page may have said it later.
        folder = None if stage.at == "details" else self._folder.id
        attempts = RICH_ATTEMPTS if stage.rich else ATTEMPTS
        for size in (each for each in PAGES if not stage.rich or each <= self._page):
            try:
                return self._wire.get(
                    stage.link,
                    lambda body: page_of(body, self._mailbox.id, folder),
                    mailbox=self._mailbox.id,
                    prefer=_preferring(size),
                    attempts=attempts,
                )
            except ServiceError as error:
                if first and stage.at == "first" and _unknown(error):
                    raise NoDelta from error
                if stage.rich and error.retryable and size > SMALL_PAGE:
                    self._page, attempts = SMALL_PAGE, 1
                elif not error.is_any(FINAL_CONTENT) or size == PAGES[-1]:
                    raise
        raise AssertionError("the last page size returns or raises")

    def _detailed(self, rows: Rows) -> tuple[Message, ...]:
        """Rows of a later round, with the details of those that are new to the folder."""
        fresh = set(rows.fresh)
        asked = list(dict.fromkeys(row.id for row in rows.messages if row.id in fresh))
        known = self._details_of(asked) if asked else {}
        return tuple(_with(row, known[row.id]) if row.id in known else row for row in rows.messages)

    def _details_of(self, asked: list[str]) -> dict[str, Detail]:
        """What can be had of them: as much as the service gives of each."""
        owner = f"/users/{segment(self._mailbox.id)}/messages"
        known: dict[str, Detail] = {}
        for expand in (EXPAND, PLAIN):
            left = [id_ for id_ in asked if id_ not in known]
            targets = [f"{owner}/{segment(id_)}?$select=id&$expand={expand}" for id_ in left]
            try:
                parts = self._wire.batch(targets, mailbox=self._mailbox.id) if left else []
            except ServiceError:
                continue
            known |= {id_: detail_of(part) for id_, part in zip(left, parts, strict=True) if isinstance(part, bytes)}
        return known

    def _trouble(self, error: ServiceError) -> MailTrouble:
        if error.is_any(NO_MAILBOX) or error.status in (401, 403):
            return unreadable(self._mailbox.address, error)
        if error.is_any(NO_SUCH_ITEM) or error.status == 404:
            return FolderUnreadable(f"{self._name} is no longer there ({error.code}).")
        if error.is_any(FINAL_CONTENT):
            return FolderUnreadable(
                f"{self._name} could not be read to its end: one message in it cannot be converted ({error.code}), "
                "and the mail system lists nothing behind it."
            )
        return FolderUnreadable(f"{self._name} could not be read: Microsoft Graph answered {error.told}.")


def _with(row: Message, detail: Detail) -> Message:
    return replace(
        row,
        size=detail.size,
        kind=detail.kind,
        attachments=detail.attachments,
        linked=detail.linked,
        origin=detail.origin,
        sensitivity=detail.sensitivity,
        largest_attachment=detail.largest_attachment,
    )


def _preferring(rows: int) -> str:
    return f"odata.maxpagesize={rows}"


def _cursor(stage: Stage | None) -> Cursor:
    """Empty where there is nothing to continue from: the reading after a full list is a full list again."""
    return Cursor("" if stage is None else msgspec.json.encode(stage).decode())


def _unknown(error: ServiceError) -> bool:
    """The first request of a reading failed in a way that a service without delta would."""
    return error.status in (400, 405, 501) and not error.is_any(NO_MAILBOX)
