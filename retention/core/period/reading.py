"""How a retention rule is read: from the words of a clerk to its limits.

What the words of an event may be is known in ``naming``; nothing is counted here.
"""

from __future__ import annotations

import re
from datetime import timedelta
from difflib import get_close_matches

from retention.core.period import naming
from retention.core.period.comparing import impossible
from retention.core.period.limits import (
    After,
    AfterAudit,
    AfterDate,
    AfterEvent,
    As,
    Ceiling,
    Cut,
    Dated,
    EarlierOf,
    Either,
    Extended,
    Floor,
    If,
    LaterOf,
    Limit,
    Of,
    OneOf,
    Outcome,
    Period,
    Thereafter,
    Unit,
    UntilEvent,
    UntilNotNeeded,
    UntilRead,
    YearEnd,
    YearStart,
)
from retention.core.period.naming import ALLOWED, COMBINE
from retention.core.period.printing import counted
from retention.core.period.tokens import Length, Tokens

_DEEPEST = 12
_NO_LENGTH = (0, Unit.DAY, 0)
_CUT = re.compile(r"(end|close|start|beginning|audit) of (?:the )?(calendar|fiscal) year (?:of )?(.+)")
_NEXT = re.compile(r"(?:the )?next (\w+) after (.+)")
_WHICHEVER = re.compile(r",? whichever (?:is |comes |event is )?(?:the )?(\w+)$", re.IGNORECASE)
_LATER = frozenset({"later", "latest", "last", "longer", "longest"})
_EARLIER = frozenset({"earlier", "earliest", "first", "shorter", "shortest", "sooner"})
_CONDITIONS = (
    "allowed after 'if' are 'received before 2004', 'received from 2004 on', 'received from 2004 to 2010', days "
    "such as 2004-07-01 in place of years, 'sent' in place of 'received', an EVENT such as 'sustained', and 'not EVENT'"
)


def parse(text: str) -> Period:
    """Read a retention rule such as ``3 years after received``; case and spacing do not matter.

    Raises ValueError with one sentence that names what was not understood and says what is allowed.
    """
    whole = Tokens(text)
    if whichever := _WHICHEVER.search(whole.text):
        reader = _Reader(whole.text[: whichever.start()])
        return Period(reader.ended(reader.alternatives(whichever[1].lower())))
    reader = _Reader(whole.text)
    return Period(reader.ended(reader.rule()))


class _Reader(Tokens):
    """Reads one text from left to right; each method takes one part of the grammar and leaves the rest."""

    depth = 0

    def ended(self, limit: Limit) -> Limit:
        if self.word():
            word = self.word()
            hint = COMBINE if word in ("and", "or") else ALLOWED
            raise ValueError(f"'{word}' in the period '{self.shown}' is not understood; {hint}")
        return limit

    def alternatives(self, which: str) -> Limit:
        """``3 years after received or until audited, whichever is later``, up to the comma."""
        if which not in _LATER | _EARLIER:
            raise ValueError(f"'whichever {which}' after '{self.shown}' is not understood; {COMBINE}")
        limits = self.list_of("or")
        return LaterOf(limits) if which in _LATER else EarlierOf(limits)

    def rule(self) -> Limit:
        """A limit with all that is said about it after it."""
        self.depth += 1
        if self.depth > _DEEPEST:
            raise ValueError(f"the period '{self.shown}' is nested more than {_DEEPEST} deep; {ALLOWED}")
        limit = self.combined() or self.operand()
        while (said := self.suffix(limit)) is not None:
            limit = said
            if wrong := impossible(limit):
                raise ValueError(f"the period '{self.shown}' {wrong}")
        self.depth -= 1
        return limit

    # --- several limits -----------------------------------------------------------------------------------------------

    def combined(self) -> Limit | None:
        if self.takes("later", "of") or self.takes("latest", "of"):
            return LaterOf(self.list_of("and"))
        if self.takes("earlier", "of") or self.takes("earliest", "of"):
            return EarlierOf(self.list_of("and"))
        if self.takes("either"):
            return Either(self.list_of("or"))
        return None

    def list_of(self, word: str) -> tuple[Limit, ...]:
        limits = [self.operand(listed=True)]
        if not self.word():
            raise ValueError(f"'{self.shown}' is only one LIMIT where there must be several; {COMBINE}")
        while not self.takes(word) and not self.takes(",", word):
            self.needs(",", f"write 'LIMIT {word} LIMIT', and a LIMIT of several parts in parentheses")
            limits.append(self.operand(listed=True))
        limits.append(self.operand(listed=True))
        while self.takes(word):
            limits.append(self.operand(listed=True))
        return tuple(limits)

    def suffix(self, limit: Limit) -> Limit | None:
        if self.takes(",", "at", "least"):
            return Floor(limit, self.bound())
        if self.takes(",", "at", "most"):
            return Ceiling(limit, self.bound())
        if self.takes(",", "then"):
            return Thereafter(limit, *self.length())
        if self.takes(",", "or"):
            extension = self.operand(listed=True)
            self.needs("if", "write 'LIMIT, or LIMIT if EVENT'")
            return Extended(limit, extension, naming.event(self.shown, self.phrase()))
        if self.takes("if"):
            return self.conditional(limit)
        return None

    def conditional(self, limit: Limit) -> If:
        condition = self.condition()
        if not self.takes(",", "otherwise"):
            return If(limit, condition)
        otherwise = self.combined() or self.operand()
        if not self.takes("if"):
            return If(limit, condition, otherwise)
        self.depth += 1
        if self.depth > _DEEPEST:
            raise ValueError(f"the period '{self.shown}' has more than {_DEEPEST} conditions in a row; {ALLOWED}")
        chained = If(limit, condition, self.conditional(otherwise))
        self.depth -= 1
        return chained

    def condition(self) -> Dated | Outcome:
        if self.word() not in naming.STARTS:
            negated = self.takes("not")
            return Outcome(naming.event(self.shown, self.phrase()), negated)
        of = Of.RECEIVED_OR_SENT if self.takes("received", "or", "sent") else Of(self.word())
        self.at += of is not Of.RECEIVED_OR_SENT
        if self.takes("before"):
            return Dated(of, None, self.day() - timedelta(days=1))
        if not self.takes("from"):
            raise ValueError(f"the condition of the period '{self.shown}' is not understood; {_CONDITIONS}")
        first = self.day()
        if self.takes("on"):
            return Dated(of, first)
        self.needs("to", _CONDITIONS)
        last = self.day(last=True)
        if last < first:
            raise ValueError(f"the period '{self.shown}' holds for no day, because {last} lies before {first}")
        return Dated(of, first, last)

    # --- one limit ----------------------------------------------------------------------------------------------------

    def operand(self, *, listed: bool = False) -> Limit:  # noqa: PLR0911 - one line for each kind
        """One plain limit, or any in parentheses. In a list, the bare name of an event is short for ``until EVENT``."""
        if self.takes("("):
            limit = self.rule()
            self.needs(")", "write as many ')' as '('")
            return limit
        if self.takes("at", "least"):  # every period is a least one
            return self.bound()
        if self.counts():
            length = self.length()
            self.needs("after", f"say from when: write '{counted(*length)} after received'")
            return self.after(length)
        if self.takes("as", "long", "as"):
            return self.named(f"as long as {self.phrase()}", listed=False)
        if self.takes("as"):
            return As(self.series())
        if self.takes("one", "of"):
            return OneOf(self.several_series())
        if self.takes("until"):
            return self.until(self.phrase())
        return self.named(self.phrase(), listed=listed)

    def several_series(self) -> tuple[str, ...]:
        names = [self.series()]
        while self.word() == "," and self.words[self.at + 1 : self.at + 2] not in (["then"], ["or"], ["otherwise"]):
            if self.words[self.at + 1 : self.at + 3] in (["at", "least"], ["at", "most"]):
                break
            self.at += 1
            names.append(self.series())
        return tuple(names)

    def until(self, phrase: str) -> Limit:
        if phrase == "read":
            return UntilRead()
        if naming.is_not_needed(phrase):
            return UntilNotNeeded()
        if phrase == "no longer active":
            return UntilEvent("inactive")
        if _CUT.fullmatch(phrase) or _NEXT.fullmatch(phrase):
            return self.after(_NO_LENGTH, phrase)
        if not phrase:
            raise ValueError(f"the period '{self.shown}' does not say until when; {ALLOWED}")
        return UntilEvent(naming.event(self.shown, phrase))

    def named(self, phrase: str, *, listed: bool) -> Limit:
        phrase = naming.SAME.get(phrase, phrase)
        if phrase in naming.FIXED:
            return naming.FIXED[phrase]
        if naming.is_not_needed(phrase):
            return UntilNotNeeded()
        if phrase == "while active":
            return UntilEvent("inactive")
        if lasting := naming.life(phrase):
            ended = UntilEvent(naming.event(self.shown, lasting))
            return self.after(self.length(), lasting) if self.takes("plus") else ended
        before, after, _ = phrase.partition(" after")
        if after:
            what = f"'{before}' in the period '{self.shown}'"
            number, _, unit = before.partition(" ")
            near = get_close_matches(unit, [f"{one}s" for one in Unit], n=1, cutoff=0.6) if number.isdecimal() else []
            if near:
                raise ValueError(f"{what} is not understood; is '{number} {near[0]}' meant?")
            raise ValueError(f"{what} is no number of days, months or years; {ALLOWED}")
        if not listed or not phrase:
            raise ValueError(f"the period '{self.shown}' is not understood; {ALLOWED}")
        return UntilEvent(naming.event(self.shown, phrase))

    # --- so long after something --------------------------------------------------------------------------------------

    def bound(self) -> After:
        """The length of a floor or a ceiling; it counts from the day received unless another start is given."""
        length = self.length()
        return self.after(length) if self.takes("after") else AfterDate(*length[:2], Of.RECEIVED, None, length[2])

    def after(self, length: Length, phrase: str = "") -> After:
        phrase = phrase or self.phrase()
        count, unit, and_days = length
        if not phrase:
            raise ValueError(f"the period '{self.shown}' does not say after what; {ALLOWED}")
        cut: Cut | None = None
        if found := _CUT.fullmatch(phrase):
            year, base = YearEnd(found[2]), found[3]
            if found[1] == "audit":
                return AfterAudit(count, unit, year, self.date_of(base), and_days)
            cut = year if found[1] in ("end", "close") else YearStart(f"start of {year} year")
        elif found := _NEXT.fullmatch(phrase):
            if found[1] not in naming.MONTHS:
                raise ValueError(
                    f"'{found[1]}' in the period '{self.shown}' is no month; write 'next March after received'"
                )
            cut, base = naming.MONTHS[found[1]], found[2]
        else:
            base = phrase
        if base in naming.STARTS:
            return AfterDate(count, unit, naming.STARTS[base], cut, and_days)
        return AfterEvent(count, unit, naming.event(self.shown, base), cut, and_days)

    def date_of(self, base: str) -> Of:
        if base not in naming.STARTS:
            year = "write 'audit of fiscal year received'"
            raise ValueError(f"'{base}' in the period '{self.shown}' is no date of the message; {year}")
        return naming.STARTS[base]
