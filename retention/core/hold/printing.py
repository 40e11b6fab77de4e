"""A scope as text: as the expression that it is read from, and as lines for a screen.

Nothing is read or judged here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain

from msgspec import Struct

from retention.core.hold.scope import Post, Scope

WIDTH = 80
"""Columns of a screen."""

EVERYTHING = "everything"
"""What is printed for a scope without a condition. It cannot be read back: no such scope may be written."""

_DEEPEST = 20
"""Lines further in than this begin no further to the right."""


def shown(scope: Scope) -> str:
    """The expression that ``read_scope`` reads back into a scope that judges the same.

    Mailboxes beside people are left out: they say whom these had reached when the scope was written.
    """
    piece = _piece(scope)
    return piece.text if piece else EVERYTHING


def lines(scope: Scope, *, noun: str = "") -> tuple[str, ...]:
    """The scope for people to read, within ``WIDTH`` columns: a condition a line, those within others further in.

    With a ``noun`` its first line says of what these are conditions: ``mail saying 'Elm'``.
    """
    tree = _tree(scope)
    joint = {_ALL: "to which all of these apply:", _ANY: "to which any of these applies:"}
    joint[_NONE] = "to which none of these applies:"
    return tuple(_laid_out(_Tree(f"{noun} {joint.get(tree.line, tree.line)}", tree.under) if noun else tree, 0))


class _Piece(Struct, frozen=True):
    """A piece of an expression, and what joins its outermost pieces; ``dated`` where a period is one of these."""

    text: str
    joint: str = ""
    dated: bool = False

    def within(self, joint: str) -> str:
        return f"({self.text})" if self.joint and self.joint != joint else self.text

    @property
    def excepted(self) -> _Piece:
        return _Piece(f"not {self.within('not')}")


def _piece(scope: Scope) -> _Piece | None:
    """``None`` for what covers everything."""
    pieces = [_joined("or", map(_Piece, values)) for values in _values(scope)]
    if dates := _dates(scope):
        pieces.append(_Piece(" and ".join(dates), "and" if len(dates) > 1 else "", dated=True))
    pieces += filter(None, map(_piece, scope.all_of))
    alternatives = [_piece(part) for part in scope.any_of]
    if alternatives and None not in alternatives:
        pieces.append(_joined("or", filter(None, alternatives)))
    pieces += [(_piece(part) or _Piece(EVERYTHING)).excepted for part in scope.none_of]
    return _joined("and", _periods_apart(pieces)) if pieces else None


def _joined(joint: str, pieces: Iterable[_Piece]) -> _Piece:
    one, *more = pieces
    if not more:
        return one
    text = f" {joint} ".join(piece.within(joint) for piece in (one, *more))
    return _Piece(text, joint, dated=joint == "and" and any(piece.dated for piece in (one, *more)))


def _periods_apart(pieces: Iterable[_Piece]) -> Iterator[_Piece]:
    """Two periods joined by *and* would be read as the one that they have in common; a double *not* parts them."""
    dated = False
    for piece in pieces:
        yield piece.excepted.excepted if dated and piece.dated else piece
        dated = dated or piece.dated


def _values(scope: Scope) -> Iterator[tuple[str, ...]]:
    """The conditions that are met by any of their values, each value as it is typed."""
    people = (
        *(f"custodian:{_quoted(address)}" for address in scope.custodians),
        *(f"department:{_typed(post)}" for post in scope.departments),
        *(f"office:{_typed(post)}" for post in scope.offices),
    )
    conditions = (
        people or tuple(f"mailbox:{_quoted(id_)}" for id_ in scope.mailboxes),
        tuple(f"participant:{_quoted(participant)}" for participant in scope.participants),
        tuple(f"words:{_quoted(phrase)}" for phrase in scope.words),
        tuple(f"conversation:{_quoted(conversation)}" for conversation in scope.conversations),
        tuple(f"series:{_quoted(series)}" for series in scope.series),
        tuple(f"id:{_quoted(id_)}" for id_ in scope.ids),
    )
    return filter(None, conditions)


def _dates(scope: Scope, sign: str = ":") -> tuple[str, ...]:
    dates = (("from", scope.first_on), ("until", scope.last_on))
    return tuple(f"{word}{sign}{on}" for word, on in dates if on)


def _typed(post: Post) -> str:
    if post.from_on is None and post.to_on is None:
        return _quoted(post.name)
    return f"{_quoted(post.name)} during {post.from_on or ''}..{post.to_on or ''}"


def _quoted(value: str) -> str:
    if re.fullmatch(r'[^\s()"“”,;\\]+', value):
        return value
    return '"' + re.sub(r'(["“”\\])', r"\\\1", value) + '"'


class _Tree(Struct, frozen=True):
    line: str
    under: tuple[_Tree, ...] = ()


def _tree(scope: Scope) -> _Tree:
    conditions = [_any(map(_Tree, sentences)) for sentences in _sentences(scope)]
    for part in map(_tree, scope.all_of):
        conditions += part.under if part.line == _ALL else (part,)
    if scope.any_of:
        conditions.append(_any(map(_tree, scope.any_of)))
    if scope.none_of:
        conditions.append(_Tree(_NONE, _any_of(map(_tree, scope.none_of))))
    if len(conditions) > 1:
        return _Tree(_ALL, tuple(conditions))
    return conditions[0] if conditions else _Tree(EVERYTHING)


_ALL, _ANY, _NONE = "all of these:", "any of these:", "none of these:"


def _any(trees: Iterable[_Tree]) -> _Tree:
    one, *more = trees
    if not more:
        return one
    return _Tree(_ANY, _any_of((one, *more)))


def _any_of(trees: Iterable[_Tree]) -> tuple[_Tree, ...]:
    return tuple(chain.from_iterable(tree.under if tree.line == _ANY else (tree,) for tree in trees))


def _sentences(scope: Scope) -> Iterator[tuple[str, ...]]:
    """The conditions of the scope itself; each is met by any of its sentences."""
    people = (
        *(f"in the mailbox of {address}" for address in scope.custodians),
        *(f"in the mailbox of whoever was in {post.name}{_when(post)}" for post in scope.departments),
        *(f"in the mailbox of whoever was {post.name}{_when(post)}" for post in scope.offices),
    )
    conditions = (
        people or tuple(f"in the mailbox with the id {id_}" for id_ in scope.mailboxes),
        tuple(f"naming {_whom(participant)}" for participant in scope.participants),
        tuple(f"saying '{phrase}'" for phrase in scope.words),
        (" ".join(_dates(scope, sign=" ")),),
        tuple(f"in the conversation {conversation}" for conversation in scope.conversations),
        tuple(f"filed under {series}" for series in scope.series),
        tuple(f"with the id {id_}" for id_ in scope.ids),
    )
    return (sentences for sentences in conditions if any(sentences))


def _when(post: Post) -> str:
    if post.from_on is None and post.to_on is None:
        return " at any time"
    since = f" from {post.from_on}" if post.from_on else ""
    return f"{since} until {post.to_on}" if post.to_on else f"{since} on"


def _whom(participant: str) -> str:
    return f"anybody at {participant[1:]}" if participant.startswith("@") else participant


def _laid_out(tree: _Tree, depth: int) -> Iterator[str]:
    yield from _wrapped(tree.line, "  " * min(depth, _DEEPEST))
    for under in tree.under:
        yield from _laid_out(under, depth + 1)


def _wrapped(text: str, indent: str) -> Iterator[str]:
    """The lines of a text; one that is too long goes on further in, and a word that is too long is cut."""
    margin, line = indent, ""
    for word in text.split():
        if line and len(margin) + len(line) + 1 + len(word) > WIDTH:
            yield margin + line
            margin, line = f"{indent}    ", ""
        line = f"{line} {word}" if line else word
        while len(margin) + len(line) > WIDTH:
            room = WIDTH - len(margin)
            yield margin + line[:room]
            margin, line = f"{indent}    ", line[room:]
    yield margin + line
