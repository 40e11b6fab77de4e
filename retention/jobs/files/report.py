"""What lies in each file of mail that was added, and whether the file as a whole may go.

Nothing is removed here or anywhere: whoever keeps a file deletes it, or does not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from retention.catalog.records import Trouble
from retention.core.decide import Action, Case, Decision, Why, decide
from retention.core.files import FileSource, told_path
from retention.core.message import Mailbox
from retention.errors import RecordMismatch
from retention.jobs.files.contents import Contents, container_of, place_of
from retention.jobs.files.overlapping import Line, Staying
from retention.jobs.record import known as records
from retention.jobs.world import Progress, World, silent
from retention.store.interface import RecordStore

AT_ONCE = 16
"""Records that are read from a store at once, each piece by piece."""
YES = (
    "Yes: every record in it is on the record store or was destroyed by law, and the rest is transitory and due; "
    "retention never deletes it."
)


class Lies(StrEnum):
    """How it stands with one message: each is counted once, under the first of these that is true."""

    HELD = "held"
    UNREADABLE = "unreadable"
    DRAFT = "draft"
    UNDECIDED = "undecided"
    DUE = "due"
    NOT_DUE = "not_due"
    STORED = "stored"
    TO_CAPTURE = "to_capture"
    WAITING = "waiting"


_UNDECIDED = frozenset({Why.NOT_MAIL, Why.UNCLASSIFIED, Why.AMBIGUOUS, Why.CONVERSATION, Why.UNDATED})
_STAYING = (
    (Lies.HELD, "message is held", "messages are held"),
    (Lies.UNREADABLE, "message cannot be read as it should", "messages cannot be read as they should"),
    (Lies.DRAFT, "message is a draft that was not sent", "messages are drafts that were not sent"),
    (Lies.UNDECIDED, "message is undecided", "messages are undecided"),
    (Lies.TO_CAPTURE, "record is still to be captured", "records are still to be captured"),
    (Lies.WAITING, "record has to wait before it is captured", "records have to wait before they are captured"),
    (Lies.NOT_DUE, "transitory message is not due yet", "transitory messages are not due yet"),
)


class FileReport(Struct, frozen=True, kw_only=True):
    """One file in which messages lie, or one folder of messages that are files.

    ``messages`` = ``stored`` (a record that was captured, one that was destroyed since among them) + ``to_capture``
    (a record that may be captured now) + ``waiting`` (a record that must wait) + ``due`` + ``not_due`` (transitory) +
    ``held`` + ``unreadable`` + ``draft`` + ``undecided`` (no mail, or of no series, or a person has to look).
    ``elsewhere`` of them have a copy in another mailbox or file. ``path`` is told so that any text may hold it. ``why``
    says in one sentence why the file as a whole may go, or why not.
    """

    name: str
    path: str
    messages: int = 0
    stored: int = 0
    to_capture: int = 0
    waiting: int = 0
    due: int = 0
    not_due: int = 0
    held: int = 0
    unreadable: int = 0
    draft: int = 0
    undecided: int = 0
    elsewhere: int = 0
    may_go: bool = False
    why: str = ""


class Note(Struct, frozen=True, kw_only=True):
    """Something of a source that is not read, and why; ``name`` is the source's."""

    name: str
    sentence: str


class FilesReport(Struct, frozen=True, kw_only=True):
    """Every file of every source, and what in them is not read."""

    files: tuple[FileReport, ...]
    notes: tuple[Note, ...] = ()


def report(world: World, progress: Progress = silent) -> FilesReport:
    """Every file that was added, by what is known of it now.

    Only where it might go is a file read once more, and each of its records on the store. Raises what the holds
    raise where they cannot be read, and ``StoreNotAnswering``.
    """
    sources = tuple(world.ledger.in_force.files.values())
    mailboxes = {mailbox.id: mailbox for mailbox in world.catalog.mailboxes()}
    records.take_in(world, progress)
    destroyed = frozenset(place for place, state in world.catalog.records.standing() if state == "destroyed")
    found: list[tuple[FileReport, Line]] = []
    for source in sources:
        mailbox = mailboxes.get(source.id)
        if mailbox is None:
            found.append(_unread(source, "it was not read yet"))
        else:
            found += _reports(world, source, _contents(world, source, mailbox, destroyed, progress))
    names = frozenset(source.name for source in sources)
    return FilesReport(files=tuple(_agreed(found)), notes=tuple(_notes(world, names)))


def _reports(world: World, source: FileSource, found: list[Contents]) -> Iterator[tuple[FileReport, Line]]:
    """The files of one source, in the order of their paths."""
    if not found:
        yield _unread(source, "nothing in it could be read")
    places = frozenset(one.path for one in found)
    for one in sorted(found, key=lambda each: each.path):
        no = [*one.gone()] or [*_staying(one), *one.unread()]
        no = no or [*_missing(world, one), *one.changed(places - {one.path})]
        line = Line(name=source.name, path=str(one.path), may_go=not no, files=one.files if no else ())
        yield (
            FileReport(
                name=source.name,
                path=told_path(str(one.path)),
                messages=one.counts.total(),
                **{str(lies): one.counts[lies] for lies in Lies},
                elsewhere=one.elsewhere,
                may_go=not no,
                why=_no(no) if no else YES,
            ),
            line,
        )


def _contents(
    world: World, source: FileSource, mailbox: Mailbox, destroyed: Collection[str], progress: Progress
) -> list[Contents]:
    """What is known of each file of this source; a record that was ``destroyed`` is none that has to be there."""
    found: dict[str, Contents] = {}
    holds = world.holds()
    for done, known in enumerate(world.catalog.messages_in(mailbox), 1):
        here = _here(found, source, container_of(known.message.id))
        case = world.case(known, holds)
        lies = _lies(case, decide(case))
        here.add(known.message, lies)
        if lies is Lies.STORED and known.place not in destroyed:
            here.keep(known.message, known.place)
        here.elsewhere += any(True for _ in world.catalog.glimpses.like(known.message))
        progress(done, None, source.name)
    for end in world.catalog.glimpses.ends(mailbox):
        _here(found, source, container_of(end.id)).end(end)
    return list(found.values())


def _here(found: dict[str, Contents], source: FileSource, container: str) -> Contents:
    if container not in found:
        found[container] = Contents(place_of(source, container))
    return found[container]


def _lies(case: Case, decision: Decision) -> Lies:
    whys = {reason.why for reason in decision.reasons}
    transitory = case.series is not None and case.series.transitory
    answers = (
        (Lies.HELD, decision.is_held),
        (Lies.UNREADABLE, Why.UNREADABLE in whys),
        (Lies.DRAFT, Why.DRAFT in whys),
        (Lies.UNDECIDED, case.series is None or bool(whys & _UNDECIDED)),
        (Lies.DUE, transitory and whys <= {Why.IN_FILE}),
        (Lies.NOT_DUE, transitory),
        (Lies.STORED, case.is_stored),
        (Lies.TO_CAPTURE, decision.action is Action.CAPTURE),
    )
    return next((lies for lies, is_so in answers if is_so), Lies.WAITING)


def _staying(found: Contents) -> Iterator[str]:
    """What of the messages keeps the file."""
    for lies, one, many in _STAYING:
        if count := found.counts[lies]:
            yield f"{count:,} {one if count == 1 else many}"
    if count := found.partial:
        whose = "record was captured without all of its" if count == 1 else "records were captured without all of their"
        yield f"{count:,} {whose} content"


def _missing(world: World, found: Contents) -> Iterator[str]:
    """A record that was captured may be lost or damaged since: then this file has the last copy of it."""
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="records") as pool:
        seen = Counter(pool.map(partial(_trouble, world.store), sorted(found.places)))
    for trouble, said in (
        (Trouble.MISSING, "not on the record store any more"),
        (Trouble.MISMATCH, "damaged on the record store"),
    ):
        if count := seen[trouble]:
            yield f"{count:,} of its records {'is' if count == 1 else 'are'} {said}"


def _trouble(store: RecordStore, place: str) -> Trouble | None:
    """What is wrong with the record's file, which is read to its end: that there is one says nothing of its bytes."""
    try:
        return None if store.digest(place) == place.rpartition("/")[2] else Trouble.MISMATCH
    except RecordMismatch:
        return Trouble.MISSING


def _unread(source: FileSource, why: str) -> tuple[FileReport, Line]:
    line = Line(name=source.name, path=source.path, may_go=False)
    return FileReport(name=source.name, path=source.path, why=_no([why])), line


def _agreed(found: list[tuple[FileReport, Line]]) -> Iterator[FileReport]:
    """A file that was added twice, or lies in another, goes only where each of them lets it."""
    staying = Staying(line for _, line in found)
    for one, line in found:
        against = [*staying.against(line)] if line.may_go else []
        yield replace(one, may_go=False, why=_no(against)) if against else one


def _no(whys: list[str]) -> str:
    return f"No: {'; '.join(whys)}."


def _notes(world: World, names: frozenset[str]) -> Iterator[Note]:
    """What of the sources could not be read, as the last sync found it."""
    for row in world.catalog.coverage():
        if row["address"] in names:
            said = (row["trouble"], *row["uncovered"])
            yield from (Note(name=row["address"], sentence=sentence) for sentence in said if sentence)
