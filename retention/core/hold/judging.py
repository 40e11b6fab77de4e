"""Does this scope cover this message? Yes, no, or it cannot be judged, which counts as yes.

Which holds are asked, and what follows from the answer, is not decided here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

from msgspec import Struct

from retention.core.classify import Classification
from retention.core.dates import believed
from retention.core.hold.naming import canonical, names
from retention.core.hold.reach import NOBODY, Reach, terms_of
from retention.core.hold.scope import Scope
from retention.core.hold.wording import Phrase, Text, phrase
from retention.core.message import Mailbox, Message

Answer = tuple[bool | None, str]
"""``True``, ``False``, or ``None`` where it cannot be judged; and why, as the end of a sentence."""

NO: Answer = (False, "")


class Asked:
    """One message as it is asked about: its words are spelt out once, however many holds look for some."""

    __slots__ = ("_texts", "filing", "mailbox", "message", "zone")

    def __init__(self, message: Message, mailbox: Mailbox, filing: Classification | None, zone: ZoneInfo) -> None:
        self.message, self.mailbox, self.filing, self.zone = message, mailbox, filing, zone
        self._texts: tuple[Text, ...] | None = None

    @property
    def texts(self) -> tuple[Text, ...]:
        """What the message says now, and all that it said before it was changed."""
        if self._texts is None:
            message = self.message
            now = Text(message.subject, message.preview, message.attachments)
            before = (Text(one.subject, one.preview, one.attachments) for one in message.earlier or ())
            self._texts = (now, *before)
        return self._texts


class Question(Struct, frozen=True):
    """One condition of a scope. ``looks_at`` are the fields of a message that it asks for, ``filing`` among them."""

    looks_at: tuple[str, ...]
    answer: Callable[[Asked], Answer]


class Judge:
    """One scope, made ready to be asked about many messages. ``reach`` gives the people of each of its terms.

    ``series`` are those that the city has, as ``CODE`` and ``schedule/CODE`` in small letters; ``None``: all there are.
    ``looks_at`` are the fields of a message that it asks for; whatever the others say, its answer is the same.
    """

    def __init__(
        self,
        scope: Scope,
        reach: Mapping[str, Reach],
        excepted: bool = False,
        series: frozenset[str] | None = None,
    ) -> None:
        self.people = _people(scope, reach, excepted)
        self._all_of = tuple(Judge(part, reach, excepted, series) for part in scope.all_of)
        self._any_of = tuple(Judge(part, reach, excepted, series) for part in scope.any_of)
        none_of = tuple(Judge(part, reach, not excepted, series) for part in scope.none_of)
        questions = tuple(_questions(scope, self.people, excepted, series))
        parts = (*self._all_of, *self._any_of, *none_of)
        looks_at = (*(one.looks_at for one in questions), *(part.looks_at for part in parts))
        self.looks_at: frozenset[str] = frozenset().union(*looks_at)
        self._answers: tuple[Callable[[Asked], Answer], ...] = (
            *(question.answer for question in questions),
            *(part.judge for part in self._all_of),
            *((partial(_any, self._any_of),) if self._any_of else ()),
            *(partial(_not, part) for part in none_of),
        )

    def judge(self, asked: Asked) -> Answer:
        """Every condition must be met; a single certain *no* is the answer whatever else cannot be judged."""
        certain, because = True, []
        for answer in self._answers:
            met, why = answer(asked)
            if met is False:
                return NO
            certain = certain and met is True
            if why:
                because.append(why)
        return (True if certain else None), " and ".join(because) or "it is not excepted"

    def only(self) -> Reach | None:
        """The people outside whose mailboxes this can cover nothing; ``None`` where it may cover anybody's mail."""
        found = [self.people] if self.people is not None else []
        found += [reach for part in self._all_of if (reach := part.only()) is not None]
        parts = [part.only() for part in self._any_of]
        if parts and all(reach is not None for reach in parts):
            found.append(_joined(reach for reach in parts if reach is not None))
        return min(found, key=lambda reach: len(reach.addresses) + len(reach.mailboxes), default=None)


def is_encrypted(message: Message) -> bool:
    """Whether the message class says that the text cannot be read without a key."""
    return _is_of_encrypted(message.kind or "")


@lru_cache(maxsize=1024)
def _is_of_encrypted(kind: str) -> bool:
    return any(mark in kind.upper() for mark in ("SMIME", "RPMSG"))


def _any(judges: Iterable[Judge], asked: Asked) -> Answer:
    doubtful = NO
    for judge in judges:
        answer = judge.judge(asked)
        if answer[0]:
            return answer
        if answer[0] is None and doubtful[0] is False:
            doubtful = answer
    return doubtful


def _not(judge: Judge, asked: Asked) -> Answer:
    met, why = judge.judge(asked)
    return (not met, "") if met is not None else (None, f"whether it is excepted cannot be judged ({why})")


def _joined(reaches: Iterable[Reach]) -> Reach:
    reaches = tuple(reaches)
    return Reach(
        addresses=frozenset().union(*(reach.addresses for reach in reaches)),
        mailboxes=frozenset().union(*(reach.mailboxes for reach in reaches)),
    )


def _people(scope: Scope, reach: Mapping[str, Reach], excepted: bool) -> Reach | None:
    """Everybody whose mailboxes fulfil the condition about people; ``None`` where there is no such condition."""
    if not scope.names_people:
        return None
    own = Reach(mailboxes=frozenset(scope.mailboxes))
    if excepted:
        return own
    # A custodian's address is held from the first moment, whatever is known of the person by then.
    named = Reach(addresses=frozenset(scope.custodians))
    return _joined((own, named, *(reach.get(term, NOBODY) for term in terms_of(scope))))


def _questions(scope: Scope, people: Reach | None, excepted: bool, series: frozenset[str] | None) -> Iterator[Question]:
    if people is not None:
        yield Question((), partial(_custodian, people))
    if scope.first_on or scope.last_on:
        first, last = scope.first_on or date.min, scope.last_on or date.max
        yield Question(("received_at", "sent_at"), partial(_dates, first, last, _around(first, last)))
    if scope.participants:
        fields = ("sender", "to", "cc", "bcc", "on_behalf", "trouble")
        yield Question(fields, partial(_participants, frozenset(canonical(one) or one for one in scope.participants)))
    if scope.words:
        said = ("subject", "preview", "attachments", "has_attachments", "kind", "trouble", "earlier")
        yield Question(said, partial(_words, tuple(map(phrase, scope.words)), excepted))
    if scope.conversations:
        yield Question(("conversation",), partial(_conversation, frozenset(scope.conversations)))
    if scope.series:
        unknown = series is not None and not all(one.casefold() in series for one in scope.series)
        yield Question(("filing", "earlier"), partial(_series, scope.series, unknown, excepted))
    if scope.ids:
        ids = frozenset(form for id_ in scope.ids for form in (id_, id_.strip("<>"), f"<{id_.strip('<>')}>"))
        yield Question(("id", "internet_id"), partial(_ids, ids))


def _custodian(people: Reach, asked: Asked) -> Answer:
    return (True, f"it is in the mailbox of {asked.mailbox.address}") if people.has(asked.mailbox) else NO


def _dates(first: date, last: date, around: tuple[datetime, datetime], asked: Asked) -> Answer:
    received, sent = (at and believed(at) for at in (asked.message.received_at, asked.message.sent_at))
    for word, instant in (("received", received), ("sent", sent)):
        if instant is not None and around[0] <= instant <= around[1]:
            day = instant.astimezone(asked.zone).date()
            if first <= day <= last:
                return True, f"it was {word} on {day}"
    return (None, "its date cannot be judged") if received is None or sent is None else NO


def _around(first: date, last: date) -> tuple[datetime, datetime]:
    """Instants between which the period lies in every zone: what is not between them need not be told in the city's."""
    start, end = (datetime.combine(day, time.min, UTC) for day in (first, last))
    around = timedelta(days=2)
    return (
        start - around if first > date.min + around else datetime.min.replace(tzinfo=UTC),
        end + around if last < date.max - around else datetime.max.replace(tzinfo=UTC),
    )


def _participants(participants: frozenset[str], asked: Asked) -> Answer:
    """Whoever the message names, and whose mailbox it lies in: a blind copy or a list names nobody of them."""
    message = asked.message
    clear = not message.trouble and None not in (message.to, message.cc, message.bcc, message.on_behalf)
    for address in (*message.participants, *asked.mailbox.addresses):
        named = names(address)
        if not participants.isdisjoint(named.forms):
            return True, f"it names {address}"
        # An address without a domain (of an old directory, or of nobody) says not who it is.
        clear = clear and named.clear
    return NO if clear else (None, "the people in it cannot be judged")


def _words(phrases: tuple[Phrase, ...], excepted: bool, asked: Asked) -> Answer:
    """Who edits a message must not free it: one wording that says a phrase will do, but of an exception all must."""
    doubtful = False
    for one in phrases:
        said = [text.says(one) for text in asked.texts]
        if True in said and (not excepted or all(said)):
            return True, f"it says '{one.given}'" if said[0] else f"it said '{one.given}' before it was changed"
        doubtful = doubtful or True in said or None in said
    message = asked.message
    unsaid = message.trouble or message.kind is None or is_encrypted(message)
    # Pictures in the text are attachments too, though the mail system does not count them as any.
    unsaid = unsaid or bool(message.has_attachments and not message.attachments)
    unsaid = unsaid or any(text.unsaid for text in asked.texts)
    return (None, "its words cannot be judged") if doubtful or unsaid else NO


def _conversation(conversations: frozenset[str], asked: Asked) -> Answer:
    conversation = asked.message.conversation
    if not conversation:
        return None, "its conversation is not known"
    return (True, "it is part of that conversation") if conversation in conversations else NO


def _series(series: tuple[str, ...], unknown: bool, excepted: bool, asked: Asked) -> Answer:
    """Where a person filed it, or changed what it says, the series that it had been in is not known any more.

    So it is where a series of that name is in no schedule any more (``unknown``).
    """
    filing = asked.filing
    if filing is None or filing.ambiguous or not filing.series_key:
        return None, "its series is not certain"
    said = {filing.series_key.casefold(), f"{filing.schedule_name}/{filing.series_key}".casefold()}
    met = any(one.casefold() in said for one in series)
    movable = filing.by_person or bool(asked.message.earlier)
    if met and not (excepted and movable):
        return True, f"it is filed under {filing.series_key}"
    if not met and not movable and not unknown:
        return NO
    return None, "its series is in no schedule any more" if not met and unknown else "it may have been in that series"


def _ids(ids: frozenset[str], asked: Asked) -> Answer:
    message = asked.message
    if message.id in ids or (message.internet_id and message.internet_id in ids):
        return True, "it is named by its id"
    return NO if message.internet_id else (None, "its Message-ID is not known")
