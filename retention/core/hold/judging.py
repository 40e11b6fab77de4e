"""Does this scope cover this message? Yes, no, or it cannot be judged, which counts as yes.

Which holds are asked, and what follows from the answer, is not decided here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

from msgspec import Struct

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

    __slots__ = ("_letters", "_text", "filing", "mailbox", "message", "zone")

    def __init__(self, message: Message, mailbox: Mailbox, filing: Classification | None, zone: ZoneInfo) -> None:
        self.message, self.mailbox, self.filing, self.zone = message, mailbox, filing, zone
        self._letters: str | None = None
        self._text: str | None = None

    def says(self, phrase: Phrase) -> bool:
        """Whether subject, preview or the name of an attachment has this phrase in whole words."""
        if self._text is None:
            message = self.message
            parts = (message.subject or "", message.preview or "", *(message.attachments or ()))
            if self._letters is None:
                text = "\n".join(parts)
                self._letters = text.lower() if text.isascii() else text
            # In ASCII a word has the letters that it is spelt with: most texts need not be spelt out to be without it.
            if self._letters.isascii() and phrase.longest not in self._letters:
                return False
            # No phrase reaches from one part into the next.
            self._text = "\n".join(map(words, parts))
        return phrase.spelt in self._text


class Phrase(Struct, frozen=True):
    """A phrase of a scope as it was given, as it is looked for, and its longest word."""

    given: str
    spelt: str
    longest: str


class Question(Struct, frozen=True):
    """One condition of a scope. ``looks_at`` are the fields of a message that it asks for, ``filing`` among them."""

    looks_at: tuple[str, ...]
    answer: Callable[[Asked], Answer]


class Judge:
    """One scope, made ready to be asked about many messages. ``reach`` gives the people of each of its terms.

    ``looks_at`` are the fields of a message that it asks for; whatever the others say, its answer is the same.
    """

    def __init__(self, scope: Scope, reach: Mapping[str, Reach], excepted: bool = False) -> None:
        self.people = _people(scope, reach, excepted)
        self._all_of = tuple(Judge(part, reach, excepted) for part in scope.all_of)
        self._any_of = tuple(Judge(part, reach, excepted) for part in scope.any_of)
        none_of = tuple(Judge(part, reach, not excepted) for part in scope.none_of)
        questions = tuple(_questions(scope, self.people))
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
    return any(mark in (message.kind or "").upper() for mark in ("SMIME", "RPMSG"))


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


def _questions(scope: Scope, people: Reach | None) -> Iterator[Question]:
    if people is not None:
        yield Question((), partial(_custodian, people))
    if scope.first_on or scope.last_on:
        dates = partial(_dates, scope.first_on or date.min, scope.last_on or date.max)
        yield Question(("received_at", "sent_at"), dates)
    if scope.participants:
        fields = ("sender", "to", "cc", "bcc", "on_behalf", "trouble")
        yield Question(fields, partial(_participants, frozenset(scope.participants)))
    if scope.words:
        fields = ("subject", "preview", "attachments", "has_attachments", "kind", "trouble")
        yield Question(fields, partial(_words, tuple(map(_phrase, scope.words))))
    if scope.conversations:
        yield Question(("conversation",), partial(_conversation, frozenset(scope.conversations)))
    if scope.series:
        yield Question(("filing",), partial(_series, scope.series))
    if scope.ids:
        ids = frozenset(form for id_ in scope.ids for form in (id_, id_.strip("<>"), f"<{id_.strip('<>')}>"))
        yield Question(("id", "internet_id"), partial(_ids, ids))


def _custodian(people: Reach, asked: Asked) -> Answer:
    return (True, f"it is in the mailbox of {asked.mailbox.address}") if people.has(asked.mailbox) else NO


def _dates(first: date, last: date, asked: Asked) -> Answer:
    message = asked.message
    for word, instant in (("received", message.received_at), ("sent", message.sent_at)):
        if instant is not None and first <= (day := instant.astimezone(asked.zone).date()) <= last:
            return True, f"it was {word} on {day}"
    return (None, "its date cannot be judged") if message.received_at is None or message.sent_at is None else NO


def _participants(participants: frozenset[str], asked: Asked) -> Answer:
    """Whoever the message names, and whose mailbox it lies in: a blind copy or a list names nobody of them."""
    message = asked.message
    named = (*message.participants, *asked.mailbox.addresses)
    for address in named:
        if not participants.isdisjoint(_names(address)):
            return True, f"it names {address}"
    said = (message.to, message.cc, message.bcc, message.on_behalf)
    unsaid = message.trouble or not message.sender or None in said
    # An address without a domain (of an old directory, or of nobody) says not who it is.
    unclear = unsaid or any("@" not in address for address in named)
    return (None, "the people in it cannot be judged") if unclear else NO


@lru_cache(maxsize=65536)
def _names(address: str) -> tuple[str, ...]:
    """What names this address: itself, whatever follows a plus in its name, and each domain in which it lies."""
    local, _, domain = address.rpartition("@")
    above = (f"@{domain[at + 1 :]}" for at, c in enumerate(domain) if c == ".")
    return address, f"{local.partition('+')[0]}@{domain}", f"@{domain}", *above


def _words(phrases: tuple[Phrase, ...], asked: Asked) -> Answer:
    for phrase in phrases:
        if asked.says(phrase):
            return True, f"it says '{phrase.given}'"
    message = asked.message
    unsaid = message.trouble or message.subject is None or not message.preview
    unsaid = unsaid or message.kind is None or is_encrypted(message)
    # Pictures in the text are attachments too, though the mail system does not count them as any.
    unsaid = unsaid or message.attachments is None or bool(message.has_attachments and not message.attachments)
    return (None, "its words cannot be judged") if unsaid else NO


def _conversation(conversations: frozenset[str], asked: Asked) -> Answer:
    conversation = asked.message.conversation
    if not conversation:
        return None, "its conversation is not known"
    return (True, "it is part of that conversation") if conversation in conversations else NO


def _series(series: tuple[str, ...], asked: Asked) -> Answer:
    filing = asked.filing
    if filing is None or filing.ambiguous or not filing.series_key:
        return None, "its series is not certain"
    said = {filing.series_key.casefold(), f"{filing.schedule_name}/{filing.series_key}".casefold()}
    met = any(one.casefold() in said for one in series)
    return (True, f"it is filed under {filing.series_key}") if met else NO


def _ids(ids: frozenset[str], asked: Asked) -> Answer:
    message = asked.message
    if message.id in ids or (message.internet_id and message.internet_id in ids):
        return True, "it is named by its id"
    return NO if message.internet_id else (None, "its Message-ID is not known")


@lru_cache(maxsize=4096)
def _phrase(given: str) -> Phrase:
    spelt = words(given)
    return Phrase(given, spelt, max(spelt.split(), key=len, default=""))
