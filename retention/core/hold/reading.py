"""A scope as an attorney types it: ``custodian:kim.lee@town.gov and not (words:"Elm Street" or series:"FIN 04300")``.

Whom it reaches is not looked up here, and nothing here judges a message.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from difflib import get_close_matches

from msgspec import Struct
from msgspec.structs import replace

from retention.core.hold.checking import TEXTS, checked, ends_early, short, tidied
from retention.core.hold.scope import Post, Scope

LONGEST = 20_000
"""Characters of an expression."""

DEEPEST = 50
"""Parentheses and *not* within each other."""

FIELDS = {
    "custodian": "custodians",
    "department": "departments",
    "office": "offices",
    "mailbox": "mailboxes",
    "participant": "participants",
    "domain": "participants",
    "words": "words",
    "from": "first_on",
    "until": "last_on",
    "conversation": "conversations",
    "series": "series",
    "id": "ids",
}
"""What an expression may ask for, and where it stands in a scope. ``mailbox`` is the mail system's own id of one."""

EXAMPLE = "custodian:kim.lee@town.gov"

_QUOTES = '"“”'
_TOKEN = re.compile(
    r"""(?P<bracket>[()])
    |(?P<field>[^\s()"“”:]+):(?:(?P<quoted>["“”](?:[^"“”\\]|\\.)*["“”])|(?P<bare>[^\s()"“”]*))
    |(?P<word>[^\s()"“”]+)""",
    re.VERBOSE | re.DOTALL,
)
_DAY = re.compile(r"([0-9]{4})(?:-([0-9]{2})-([0-9]{2}))?")
_DATES = ("first_on", "last_on")
_PEOPLE = ("custodians", "departments", "offices")


def read_scope(text: str) -> Scope:
    """The scope that an expression says.

    ``and`` beside ``or`` needs parentheses. All ``from`` and ``until`` that are joined by ``and`` say one period, in
    which a message was received or sent. Raises ``ValueError`` with one sentence that quotes what is wrong.
    """
    if len(text) > LONGEST:
        raise ValueError(f"The scope has {len(text):,} characters; no more than {LONGEST:,} can be read.")
    tokens = tuple(_tokens(text))
    if not tokens:
        raise ValueError(f"The scope says nothing; write a condition, such as {EXAMPLE}.")
    return _scope(_Reader(text, tokens).whole())


def read_post(text: str) -> Post:
    """A department or an office, typed by itself: ``Mayor``, or ``Mayor during 2023..2025``. Raises ``ValueError``."""
    name, *period = re.split(r"\s+during(?:\s+|$)", text.strip(), maxsplit=1, flags=re.IGNORECASE)
    scope = tidied(Scope(offices=(_over(name, period[0], name) if period else Post(name=name),)))
    for problem in checked(scope):
        raise ValueError(problem)
    return scope.offices[0]


class _Token(Struct, frozen=True):
    """A condition (then with ``field``), an operator or another word, or a parenthesis, and where it begins."""

    text: str
    start: int
    field: str = ""
    value: str = ""

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def word(self) -> str:
        return "" if self.field else self.text.lower()


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        found = _TOKEN.match(text, at)
        if found is None:
            raise ValueError(f'{_cited(text[at:])} stands in no field; write it as words:"…".')
        after = text[found.end() : found.end() + 1]
        if after and not found["bracket"] and not after.isspace() and after not in "()":
            raise ValueError(_astray(found, text[at:]))
        yield _Token(found[0], at, (found["field"] or "").lower(), _value(found) if found["field"] else "")
        at = found.end()


def _astray(found: re.Match[str], rest: str) -> str:
    """What is wrong with quotes that begin or end in the middle of a word."""
    if found["field"] and not found["quoted"] and not found["bare"]:
        return f"The quotes that open in {_cited(rest)} are never closed."
    return f"{_cited(rest)} has quotes inside a value; put them around the whole value."


def _value(found: re.Match[str]) -> str:
    piece = _cited(found[0])
    if found["quoted"]:
        inner = found["quoted"][1:-1]
        if re.search(rf"\\[^{_QUOTES}]", inner.replace("\\\\", "")):
            raise ValueError(f'{piece} has a lone \\ in it; write \\\\ for it, and \\" for quotes.')
        value = re.sub(r"\\(.)", r"\1", inner)
    else:
        value = found["bare"]
        if "," in value or ";" in value:
            raise ValueError(f"{piece} has a comma in it; join conditions by 'and' or 'or', or quote the value.")
    if not value.strip():
        raise ValueError(f"{piece} has no value; write it right after the colon, such as {EXAMPLE}.")
    return value


class _Said(Struct, frozen=True):
    """A piece of the expression: one condition (``joint`` is empty), or pieces under *and*, *or* or *not*."""

    joint: str
    parts: tuple[_Said, ...] = ()
    scope: Scope = Scope()

    @property
    def flat(self) -> Iterator[_Said]:
        """The pieces under one operator, whatever parentheses stand around some of them."""
        for part in self.parts:
            if part.joint == self.joint:
                yield from part.flat
            else:
                yield part


class _Reader:
    """Goes through the tokens once, from the first to the last."""

    def __init__(self, text: str, tokens: Sequence[_Token]) -> None:
        self._text, self._tokens, self._at = text, tokens, 0

    def whole(self) -> _Said:
        said = self._joined(0)
        if self._ahead:
            raise ValueError(f"After {self._behind} a parenthesis closes that nothing opened.")
        return said

    @property
    def _ahead(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    @property
    def _behind(self) -> str:
        return _cited(self._tokens[self._at - 1].text)

    def _take(self) -> _Token:
        self._at += 1
        return self._tokens[self._at - 1]

    def _joined(self, depth: int) -> _Said:
        """Pieces joined by one operator, up to a closing parenthesis or the end."""
        begins, joint = [self._at], ""
        parts = [self._piece(depth)]
        while (ahead := self._ahead) and ahead.text != ")":
            if ahead.word not in ("and", "or"):
                raise ValueError(self._not_joined(ahead))
            self._take()
            begins.append(self._at)
            parts.append(self._piece(depth))
            if joint and ahead.word != joint:
                raise ValueError(_mixed(self._pieces(begins[-3:]), joint, ahead.word))
            joint = ahead.word
        return _Said(joint, tuple(parts)) if joint else parts[0]

    def _piece(self, depth: int) -> _Said:
        token = self._ahead
        if token is None or token.text == ")" or token.word in ("and", "or"):
            raise ValueError(self._missing(token))
        if depth > DEEPEST:
            raise ValueError(f"{_cited(self._text[token.start :])} lies within more than {DEEPEST} parentheses.")
        self._take()
        if token.word == "not":
            return _Said("not", (self._piece(depth + 1),))
        if token.text == "(":
            said = self._joined(depth + 1)
            if self._ahead is None:
                raise ValueError(f"The parenthesis that opens in {_cited(self._text[token.start :])} is never closed.")
            self._take()
            return said
        if not token.field:
            raise ValueError(f"{_cited(token.text)} is no condition; write a field and its value, such as {EXAMPLE}.")
        return _Said("", scope=self._condition(token))

    def _condition(self, token: _Token) -> Scope:
        where = FIELDS.get(token.field)
        if where is None:
            raise ValueError(_no_field(token))
        if where in _DATES:
            return replace(Scope(), **{where: _day(token.value, token.text, last=token.field == "until")})
        value: str | Post = token.value
        if token.field in ("department", "office"):
            value = self._post(token)
        elif token.field == "domain":
            value = f"@{token.value.strip().removeprefix('@')}"
        scope = tidied(replace(Scope(), **{where: (value,)}))
        for problem in checked(scope):
            raise ValueError(f"In {_cited(token.text)}: {problem}")
        return scope

    def _post(self, token: _Token) -> Post:
        if self._ahead is None or self._ahead.word != "during":
            return Post(name=token.value)
        self._take()
        return _over(token.value, self._take().text if self._ahead else "", token.text)

    def _pieces(self, begins: Sequence[int]) -> tuple[str, ...]:
        """The text of every piece that begins at one of these tokens; between two of them there is one operator."""
        ends = (*(begin - 2 for begin in begins[1:]), self._at - 1)
        spans = zip(begins, ends, strict=True)
        return tuple(short(self._text[self._tokens[a].start : self._tokens[b].end]) for a, b in spans)

    def _not_joined(self, ahead: _Token) -> str:
        if ahead.word == "during":
            return f"'during' may stand after a department or an office, and not after {self._behind}."
        hint = "" if ahead.field or ahead.text == "(" else "; a value of several words needs quotes"
        return f"Between {self._behind} and {_cited(ahead.text)} there must be 'and' or 'or'{hint}."

    def _missing(self, token: _Token | None) -> str:
        place = f"After {self._behind}" if self._at else "At the beginning"
        found = f", not {_cited(token.text)}" if token else ""
        return f"{place} there must be a condition such as {EXAMPLE}{found}."


def _mixed(pieces: Sequence[str], joint: str, other: str) -> str:
    one, two, three = pieces
    return (
        f"'and' beside 'or' can be understood in two ways; write ({one} {joint} {two}) {other} {three}, "
        f"or else {one} {joint} ({two} {other} {three})."
    )


def _no_field(token: _Token) -> str:
    near = get_close_matches(token.field, FIELDS, 1)
    guess = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(FIELDS)}."
    return f"In {_cited(token.text)}: there is no field '{short(token.field)}'; {guess}"


def _over(name: str, period: str, piece: str) -> Post:
    first, dots, last = period.partition("..")
    if not dots or not (first or last):
        raise ValueError(f"After {_cited(piece)} 'during' needs a period: 2023..2025, 2023-01-15.. or ..2025.")
    return Post(
        name=name,
        from_on=_day(first, piece) if first else None,
        to_on=_day(last, piece, last=True) if last else None,
    )


def _day(text: str, piece: str, *, last: bool = False) -> date:
    """A day, or the first or last one of a year."""
    found = _DAY.fullmatch(text.strip())
    try:
        if found:
            month, day = (found[2], found[3]) if found[2] else (12, 31) if last else (1, 1)
            return date(int(found[1]), int(month), int(day))
    except ValueError:
        pass
    raise ValueError(f"In {_cited(piece)}: '{short(text)}' is no day; write 2026-03-01, or a year.")


def _scope(said: _Said) -> Scope:
    match said.joint:
        case "not":
            return Scope(none_of=(_scope(said.parts[0]),))
        case "or":
            return _either([_scope(part) for part in said.flat])
        case "and":
            return _both([_scope(part) for part in said.flat])
    return said.scope


def _either(scopes: Sequence[Scope]) -> Scope:
    """Values of one field are one condition, and so are all people; anything else is an alternative of its own."""
    found: dict[str, Scope] = {}
    for n, scope in enumerate(scopes):
        kind = _values(scope) or str(n)
        found[kind] = _joined(found[kind], scope) if kind in found else scope
    alternatives = tuple(found.values())
    return alternatives[0] if len(alternatives) == 1 else Scope(any_of=alternatives)


def _both(scopes: Sequence[Scope]) -> Scope:
    """What is asked for once lies in the scope itself; where two conditions are of one kind, each is a part of it."""
    kinds = [_kind(scope) for scope in scopes]
    times = Counter(kinds)
    said = {
        field: getattr(s, field) for s, k in zip(scopes, kinds, strict=True) if times[k] == 1 for field in _given(s)
    }
    said["none_of"] = tuple(part for scope in scopes for part in scope.none_of)
    said["all_of"] = tuple(
        scope for scope, kind in zip(scopes, kinds, strict=True) if times[kind] > 1 and kind not in ("dates", "none_of")
    )
    first = max((s.first_on for s in scopes if s.first_on), default=None)
    last = min((s.last_on for s in scopes if s.last_on), default=None)
    if ends_early(first, last):
        raise ValueError(f"The scope would end on {last}, before it begins on {first}; correct 'from' or 'until'.")
    return replace(Scope(), **{**said, "first_on": first, "last_on": last})


def _given(scope: Scope) -> tuple[str, ...]:
    return tuple(field for field in scope.__struct_fields__ if getattr(scope, field))


def _values(scope: Scope) -> str:
    """The kind of a scope that is nothing but values, any of which will do; empty for every other.

    Mailboxes by their ids are never joined with people, beside whom they only say whom these had reached.
    """
    given = _given(scope)
    if set(given) <= set(_PEOPLE):
        return "people"
    return given[0] if len(given) == 1 and given[0] in TEXTS else ""


def _kind(scope: Scope) -> str:
    """Of which kind the one condition is that is joined with others by *and*."""
    field = _given(scope)[0]
    return "people" if field in (*_PEOPLE, "mailboxes") else "dates" if field in _DATES else field


def _joined(scope: Scope, more: Scope) -> Scope:
    values = {field: (*getattr(scope, field), *getattr(more, field)) for field in _given(more)}
    return replace(scope, **{field: tuple(dict.fromkeys(each)) for field, each in values.items()})


def _cited(text: str) -> str:
    return f"'{short(text)}'"
