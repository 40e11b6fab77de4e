"""Does this scope cover this message? Yes, no, or it cannot be judged, which counts as yes.

Which holds are asked, and what follows from the answer, is not decided here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

from retention.core.classify import Classification
from retention.core.hold.reach import NOBODY, Reach, terms_of
from retention.core.hold.scope import Scope
from retention.core.message import Mailbox, Message
from retention.core.words import words

Answer = tuple[bool | None, str]
"""``True``, ``False``, or ``None`` where it cannot be judged; and why, as the end of a sentence."""

NO: Answer = (False, "")


class Asked:
    """One message as it is asked about: its words are spelt out once, however many holds look for some."""

    __slots__ = ("_text", "filing", "mailbox", "message", "zone")

    def __init__(self, message: Message, mailbox: Mailbox, filing: Classification | None, zone: ZoneInfo) -> None:
        self.message, self.mailbox, self.filing, self.zone = message, mailbox, filing, zone
        self._text: str | None = None

    @property
    def text(self) -> str:
        """Subject, preview and attachment names as whole words; no phrase reaches from one into the next."""
        if self._text is None:
            message = self.message
            parts = (message.subject or "", message.preview or "", *(message.attachments or ()))
            self._text = "\n".join(words(part) for part in parts)
        return self._text


Question = Callable[[Asked], Answer]


class Judge:
    """One scope, made ready to be asked about many messages. ``reach`` gives the people of each of its terms."""

    def __init__(self, scope: Scope, reach: Mapping[str, Reach], excepted: bool = False) -> None:
        self._questions = tuple(_questions(scope, reach, excepted))
        self._all_of = tuple(Judge(part, reach, excepted) for part in scope.all_of)
        self._any_of = tuple(Judge(part, reach, excepted) for part in scope.any_of)
        self._none_of = tuple(Judge(part, reach, not excepted) for part in scope.none_of)
        self.people = _people(scope, reach, excepted)

    def judge(self, asked: Asked) -> Answer:
        """Every condition must be met; a single certain *no* is the answer whatever else cannot be judged."""
        certain, because = True, []
        for answer in self._answers(asked):
            met, why = answer
            if met is False:
                return NO
            certain = certain and met is True
            if why:
                because.append(why)
        return (True if certain else None), " and ".join(because) or "it is not excepted"

    def _answers(self, asked: Asked) -> Iterator[Answer]:
        for question in self._questions:
            yield question(asked)
        for part in self._all_of:
            yield part.judge(asked)
        if self._any_of:
            yield _any(part.judge(asked) for part in self._any_of)
        for part in self._none_of:
            met, why = part.judge(asked)
            yield (not met, "") if met is not None else (None, f"whether it is excepted cannot be judged ({why})")

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
    return any(mark in (message.kind or "").upper() for mark in ("SMIME", "RPMSG"))


def _any(answers: Iterator[Answer]) -> Answer:
    doubtful = NO
    for answer in answers:
        if answer[0]:
            return answer
        if answer[0] is None and doubtful[0] is False:
            doubtful = answer
    return doubtful


def _joined(reaches: Iterator[Reach]) -> Reach:
    joined = NOBODY
    for reach in reaches:
        joined = joined | reach
    return joined


def _people(scope: Scope, reach: Mapping[str, Reach], excepted: bool) -> Reach | None:
    """Everybody whose mailboxes fulfil the condition about people; ``None`` where there is no such condition."""
    if not scope.names_people:
        return None
    own = Reach(mailboxes=frozenset(scope.mailboxes))
    if excepted:
        return own
    # A custodian's address is held from the first moment, whatever is known of the person by then.
    own = own | Reach(addresses=frozenset(scope.custodians))
    return _joined(iter((own, *(reach.get(term, NOBODY) for term in terms_of(scope)))))


def _questions(scope: Scope, reach: Mapping[str, Reach], excepted: bool) -> Iterator[Question]:
    people = _people(scope, reach, excepted)
    if people is not None:
        yield lambda asked: _custodian(people, asked.mailbox)
    if scope.first_on or scope.last_on:
        first, last = scope.first_on or date.min, scope.last_on or date.max
        yield lambda asked: _dates(first, last, asked)
    if scope.participants:
        yield lambda asked: _participants(scope.participants, asked)
    if scope.words:
        phrases = tuple((phrase, _phrase(phrase)) for phrase in scope.words)
        yield lambda asked: _words(phrases, asked)
    if scope.conversations:
        yield lambda asked: _conversation(scope.conversations, asked.message)
    if scope.series:
        yield lambda asked: _series(scope.series, asked.filing)
    if scope.ids:
        ids = frozenset(form for id_ in scope.ids for form in (id_, id_.strip("<>"), f"<{id_.strip('<>')}>"))
        yield lambda asked: _ids(ids, asked.message)


def _custodian(people: Reach, mailbox: Mailbox) -> Answer:
    return (True, f"it is in the mailbox of {mailbox.address}") if people.has(mailbox) else NO


def _dates(first: date, last: date, asked: Asked) -> Answer:
    message = asked.message
    for word, instant in (("received", message.received_at), ("sent", message.sent_at)):
        if instant is not None and first <= (day := instant.astimezone(asked.zone).date()) <= last:
            return True, f"it was {word} on {day}"
    return (None, "its date cannot be judged") if message.received_at is None or message.sent_at is None else NO


def _participants(participants: tuple[str, ...], asked: Asked) -> Answer:
    """Whoever the message names, and whose mailbox it lies in: a blind copy or a list names nobody of them."""
    message = asked.message
    named = (*message.participants, *asked.mailbox.addresses)
    for address in named:
        if _names(participants, address):
            return True, f"it names {address}"
    said = (message.to, message.cc, message.bcc, message.on_behalf)
    unsaid = message.trouble or not message.sender or None in said
    # An address without a domain (of an old directory, or of nobody) says not who it is.
    unclear = unsaid or any("@" not in address for address in named)
    return (None, "the people in it cannot be judged") if unclear else NO


def _names(participants: tuple[str, ...], address: str) -> bool:
    """Whether an address is one of these, whatever follows a plus in its name, or lies in one of these domains."""
    local, _, domain = address.rpartition("@")
    spelt = {address, f"{local.partition('+')[0]}@{domain}"}
    above = {f"@{domain}", *(f"@{domain[at + 1 :]}" for at, c in enumerate(domain) if c == ".")}
    return any(participant in spelt or participant in above for participant in participants)


def _words(phrases: tuple[tuple[str, str], ...], asked: Asked) -> Answer:
    text = asked.text
    for phrase, spelt in phrases:
        if spelt in text:
            return True, f"it says '{phrase}'"
    message = asked.message
    unsaid = message.trouble or message.subject is None or not message.preview
    unsaid = unsaid or message.kind is None or is_encrypted(message)
    # Pictures in the text are attachments too, though the mail system does not count them as any.
    unsaid = unsaid or message.attachments is None or (message.has_attachments and not message.attachments)
    return (None, "its words cannot be judged") if unsaid else NO


def _conversation(conversations: tuple[str, ...], message: Message) -> Answer:
    if not message.conversation:
        return None, "its conversation is not known"
    return (True, "it is part of that conversation") if message.conversation in conversations else NO


def _series(series: tuple[str, ...], filing: Classification | None) -> Answer:
    if filing is None or filing.ambiguous or not filing.series_key:
        return None, "its series is not certain"
    said = {filing.series_key.casefold(), f"{filing.schedule_name}/{filing.series_key}".casefold()}
    met = any(one.casefold() in said for one in series)
    return (True, f"it is filed under {filing.series_key}") if met else NO


def _ids(ids: frozenset[str], message: Message) -> Answer:
    if message.id in ids or (message.internet_id and message.internet_id in ids):
        return True, "it is named by its id"
    return NO if message.internet_id else (None, "its Message-ID is not known")


@lru_cache(maxsize=4096)
def _phrase(phrase: str) -> str:
    return words(phrase)
