"""What lies in each file of mail that was added, and whether the file as a whole may go.

Nothing is removed here or anywhere: whoever keeps a file deletes it, or does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from retention.core.decide import Action, Case, Decision, Why, decide
from retention.core.files import FileSource
from retention.core.message import Mailbox
from retention.jobs.files.contents import Contents, container_of, place_of
from retention.jobs.world import Progress, World, silent

AT_ONCE = 16
"""Records that a store is asked for at once."""
YES = "Yes: every record in it is on the record store, and the rest is transitory and due; retention never deletes it."


class Lies(StrEnum):
    """How it stands with one message: each is counted once, under the first of these that is true."""

    HELD = "held"
    UNDECIDED = "undecided"
    DUE = "due"
    NOT_DUE = "not_due"
    STORED = "stored"
    TO_CAPTURE = "to_capture"
    WAITING = "waiting"


_UNDECIDED = frozenset(
    {Why.UNREADABLE, Why.NOT_MAIL, Why.DRAFT, Why.UNCLASSIFIED, Why.AMBIGUOUS, Why.CONVERSATION, Why.UNDATED}
)
_STAYING = (
    (Lies.HELD, "message is held", "messages are held"),
    (Lies.UNDECIDED, "message is unreadable or undecided", "messages are unreadable or undecided"),
    (Lies.TO_CAPTURE, "record is still to be captured", "records are still to be captured"),
    (Lies.WAITING, "record has to wait before it is captured", "records have to wait before they are captured"),
    (Lies.NOT_DUE, "transitory message is not due yet", "transitory messages are not due yet"),
)


class FileReport(Struct, frozen=True, kw_only=True):
    """One file in which messages lie, or one folder of messages that are files.

    ``messages`` = ``stored`` (a record that was captured) + ``to_capture`` (a record that may be captured now) +
    ``waiting`` (a record that must wait) + ``due`` + ``not_due`` (transitory) + ``held`` + ``undecided`` (unreadable,
    or of no series, or a person has to look). ``elsewhere`` of them have a copy in another mailbox or file. ``why``
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
    """Every file that was added, by what is known of it now. A file is read once more only where it might go.

    Raises what the holds raise where they cannot be read, and ``StoreNotAnswering``.
    """
    sources = tuple(world.ledger.in_force.files.values())
    known = {mailbox.id: mailbox for mailbox in world.catalog.mailboxes()}
    found: list[FileReport] = []
    for source in sources:
        mailbox = known.get(source.id)
        if mailbox is None:
            found.append(_unread(source, "it was not read yet"))
        else:
            found += _reports(world, source, mailbox, progress)
    names = frozenset(source.name for source in sources)
    return FilesReport(files=tuple(_agreed(found)), notes=tuple(_notes(world, names)))


def _reports(world: World, source: FileSource, mailbox: Mailbox, progress: Progress) -> Iterator[FileReport]:
    """The files of one source, in the order of their paths."""
    found = _contents(world, source, mailbox, progress)
    if not found:
        yield _unread(source, "nothing in it could be read")
    places = frozenset(one.path for one in found)
    for one in sorted(found, key=lambda each: each.path):
        no = [*_staying(one), *one.unread()]
        no = no or [*_missing(world, one), *one.changed(places - {one.path})]
        yield FileReport(
            name=source.name,
            path=str(one.path),
            messages=one.counts.total(),
            **{str(lies): one.counts[lies] for lies in Lies},
            elsewhere=one.elsewhere,
            may_go=not no,
            why=f"No: {'; '.join(no)}." if no else YES,
        )


def _contents(world: World, source: FileSource, mailbox: Mailbox, progress: Progress) -> list[Contents]:
    """What is known of each file of this source."""
    found: dict[str, Contents] = {}
    holds = world.holds()
    for done, known in enumerate(world.catalog.messages_in(mailbox), 1):
        here = _here(found, source, container_of(known.message.id))
        case = world.case(known, holds)
        lies = _lies(case, decide(case))
        here.add(known.message, lies)
        if lies is Lies.STORED:
            here.places.add(known.place)
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
    if decision.is_held:
        return Lies.HELD
    if case.series is None or whys & _UNDECIDED:
        return Lies.UNDECIDED
    if case.series.transitory:
        return Lies.DUE if whys <= {Why.IN_FILE} else Lies.NOT_DUE
    if case.is_stored:
        return Lies.STORED
    return Lies.TO_CAPTURE if decision.action is Action.CAPTURE else Lies.WAITING


def _staying(found: Contents) -> Iterator[str]:
    """What of the messages keeps the file."""
    for lies, one, many in _STAYING:
        if count := found.counts[lies]:
            yield f"{count:,} {one if count == 1 else many}"


def _missing(world: World, found: Contents) -> Iterator[str]:
    """A record that was captured may have been destroyed since, or be lost: then this file has the last copy of it."""
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="records") as pool:
        missing = sum(not there for there in pool.map(world.store.has, sorted(found.places)))
    if missing:
        yield f"{missing:,} of its records {'is' if missing == 1 else 'are'} not on the record store any more"


def _unread(source: FileSource, why: str) -> FileReport:
    return FileReport(name=source.name, path=source.path, why=f"No: {why}.")


def _agreed(found: Iterable[FileReport]) -> Iterator[FileReport]:
    """A file that was added twice, for two people, goes only where it may for both."""
    found = tuple(found)
    staying = {one.path: one.name for one in found if not one.may_go}
    for one in found:
        other = staying.get(one.path)
        said = f"No: it was added as {other} too, and may not go there."
        yield replace(one, may_go=False, why=said) if one.may_go and other else one


def _notes(world: World, names: frozenset[str]) -> Iterator[Note]:
    """What of the sources could not be read, as the last sync found it."""
    for row in world.catalog.coverage():
        if row["address"] in names:
            said = (row["trouble"], *row["uncovered"])
            yield from (Note(name=row["address"], sentence=sentence) for sentence in said if sentence)
