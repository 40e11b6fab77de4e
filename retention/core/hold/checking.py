"""What is wrong with a scope, as sentences; and the form in which its values are compared.

How a scope is typed is not known here, and nobody is looked up.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from itertools import chain

from msgspec.structs import replace

from retention.core.hold.scope import Post, Scope
from retention.core.words import words

TEXTS = {
    "custodians": "custodian",
    "mailboxes": "mailbox",
    "participants": "participant",
    "words": "phrase",
    "conversations": "conversation",
    "series": "series",
    "ids": "id",
}
"""The fields of a scope whose values are texts, and what one of their values is called."""

POSTS = {"departments": "department", "offices": "office"}
"""The fields whose values are posts."""

PARTS = ("all_of", "any_of", "none_of")
"""The fields in which other scopes lie."""

_ADDRESSES = ("custodians", "participants")
_ADDRESS = re.compile(r"[^\s@,;<>()\"“”*]+@[^\s@,;<>()\"“”*]+")
_SIGNS = re.compile(r'["*?]|\b(OR|AND|NOT)\b')


def tidied(scope: Scope) -> Scope:
    """The scope with its values as they are compared: addresses in small letters, no needless spaces, each once."""
    texts = {field: tuple(_tidied(field, value) for value in getattr(scope, field)) for field in TEXTS}
    posts = {field: tuple(_post(post) for post in getattr(scope, field)) for field in POSTS}
    values = {field: tuple(dict.fromkeys(values)) for field, values in (texts | posts).items()}
    return replace(scope, **values, **{field: tuple(map(tidied, getattr(scope, field))) for field in PARTS})


def checked(scope: Scope) -> tuple[str, ...]:
    """Everything that is wrong with a scope that ``tidied`` gave, each as one sentence."""
    return tuple(dict.fromkeys(chain.from_iterable(_problems(part) for part, _ in scope.parts())))


def ends_early(first: date | None, last: date | None) -> bool:
    """Whether a period ends before it begins; one that is open on a side never does."""
    return bool(first and last and last < first)


def short(text: str) -> str:
    """So much of a text that it is known again in a sentence; half a surrogate pair, which nothing prints, is ``?``."""
    plain = " ".join(text.encode(errors="replace").decode().split())
    return plain if len(plain) <= 60 else f"{plain[:59]}…"


def _tidied(field: str, value: str) -> str:
    plain = " ".join(value.split())
    return plain.lower() if field in _ADDRESSES else plain


def _post(post: Post) -> Post:
    return replace(post, name=" ".join(post.name.split()))


def _problems(part: Scope) -> Iterator[str]:
    if part.is_empty:
        yield "A scope, or a part of one, has no condition and would cover everything; say what it is to cover."
    for field in TEXTS:
        yield from filter(None, (_of_text(field, value) for value in getattr(part, field)))
    for field, word in POSTS.items():
        yield from filter(None, (_of_post(word, post) for post in getattr(part, field)))
    if ends_early(part.first_on, part.last_on):
        yield f"The scope would end on {part.last_on}, before it begins on {part.first_on}."


def _of_post(word: str, post: Post) -> str:
    if ends_early(post.from_on, post.to_on):
        return f"'{short(str(post))}' ends before it begins."
    return _unfit(word, post.name)


def _of_text(field: str, value: str) -> str:
    wrong = ""
    if field in _ADDRESSES and value != value.lower():
        wrong = "must be in small letters."
    elif field != "words" and value != _tidied(field, value):
        wrong = "has spaces in it that do not belong there."
    elif field == "custodians" and not _ADDRESS.fullmatch(value):
        wrong = "is no mailbox's address; write name@city.example."
    elif field == "participants" and not _ADDRESS.fullmatch(value) and not _ADDRESS.fullmatch(f"any{value}"):
        wrong = "is no address; write name@city.example, or @city.example for everybody there."
    elif field == "ids" and not value.strip("<> "):
        wrong = "is no id; write the Message-ID that stands in it, or the system's own."
    elif field == "words" and (not words(value).strip() or _SIGNS.search(value)):
        wrong = "cannot be looked for; give whole words without signs, and each phrase by itself."
    return _unfit(TEXTS[field], value) or (f"'{short(value)}' {wrong}" if wrong else "")


def _unfit(word: str, value: str) -> str:
    if not value.strip():
        return f"An empty {word} means nothing; leave it out, or say which."
    # A phrase is compared by its letters alone; any other value with a sign that nobody sees would never be found.
    unseen = {"Cs"} if word == TEXTS["words"] else {"Cc", "Cf", "Cs"}
    if any(unicodedata.category(letter) in unseen for letter in value):
        return f"The {word} {short(value)!a} has a sign in it that cannot be seen; type it anew."
    return ""
