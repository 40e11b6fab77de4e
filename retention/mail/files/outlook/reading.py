"""The process that reads one PST for its container: it answers what is asked over a pipe, and ends with the pipe.

A process of its own, because libpff is written in C: a damaged file may crash it, or keep it busy for ever, and that
must be this file's reason and nobody else's. Nothing here knows how long is too long.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import BinaryIO

from retention.core.message import Message, Source
from retention.mail.files.outlook.building import mime_of
from retention.mail.files.outlook.frames import (
    Astray,
    ContentAsked,
    CountAsked,
    End,
    Failed,
    Folders,
    FoldersAsked,
    Gone,
    Item,
    ItemAsked,
    Piece,
    Ready,
    Soundness,
    SoundnessAsked,
    WentOn,
    next_asked,
    write,
)
from retention.mail.files.outlook.opened import opened
from retention.mail.files.outlook.pst_items import PstItems, reason
from retention.mail.files.outlook.soundness import unsound
from retention.mail.files.outlook.telling import message_of

MEMORY = 2 << 30
"""Bytes; a damaged length must not take the whole machine."""
PIECES_PER_SIGN = 64
"""Pieces of content that are built between two signs that the reading goes on."""
MISSING = "Outlook's files are read by libpff, which is not installed: pip install 'retention[outlook]'."


def main(path: str) -> None:
    asked, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    # Whatever the library may print must not come between the frames.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    _limit_memory()
    try:
        items = PstItems(path)
        folders = items.folders()
    except ImportError:
        write(answers, Failed(MISSING))
        return
    except Exception as error:
        write(answers, Failed(f"It cannot be read as an Outlook data file: {reason(error)}."))
        return
    write(answers, Ready())
    while True:
        try:
            question = next_asked(asked)
        except Astray:
            return
        match question:
            case FoldersAsked():
                write(answers, Folders(folders))
            case SoundnessAsked():
                write(answers, _soundness(path, _signs(answers)))
            case CountAsked():
                _count(items, question, answers)
            case ItemAsked():
                write(answers, Item(_item(items, question, _signs(answers))))
            case ContentAsked():
                _content(items, question, answers)


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limits
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _signs(answers: BinaryIO) -> Callable[[], None]:
    pieces = 0

    def went_on() -> None:
        nonlocal pieces
        pieces += 1
        if pieces % PIECES_PER_SIGN == 0:
            write(answers, WentOn())

    return went_on


def _soundness(path: str, went_on: Callable[[], None]) -> Soundness:
    try:
        return Soundness(unsound(path, went_on))
    except OSError as error:
        return Soundness(f"it cannot be looked through ({reason(error)})")


def _count(items: PstItems, question: CountAsked, answers: BinaryIO) -> None:
    try:
        write(answers, items.count(question.folder))
    except Exception as error:
        write(answers, Failed(f"Its list of items cannot be read: {reason(error)}."))


def _item(items: PstItems, question: ItemAsked, went_on: Callable[[], None]) -> Message:
    number = ""
    try:
        number, item = items.item(question.folder, question.index, question.doubtful)
        at = at_of(question, number)
        if item is not None:
            return message_of(item, at, "", went_on)
        return _unread(at, "it lies outside of every folder and is no message")
    except Exception as error:
        return _unread(at_of(question, number), f"the file is damaged here ({reason(error)})")


def at_of(question: ItemAsked, number: str = "") -> str:
    """How an item is found again: its folder's number, its place in the folder, its own number."""
    return f"{question.folder}-{question.index}-{number}"


def _unread(at: str, trouble: str) -> Message:
    return Message(mailbox="", id=at, folder="", version="", trouble=trouble, source=Source(file="", at=at))


def _content(items: PstItems, question: ContentAsked, answers: BinaryIO) -> None:
    try:
        if question.index >= items.count(question.folder).found:
            write(answers, Gone())
            return
        number, item = items.item(question.folder, question.index)
        if number != question.item or item is None:
            write(answers, Gone())
            return
        if item.damage:
            write(answers, Failed(f"It is damaged: {'; '.join(item.damage)}."))
            return
        for piece in mime_of(opened(item)):
            write(answers, Piece(piece))
        write(answers, End())
    except KeyError:
        write(answers, Gone())
    except BrokenPipeError:
        raise
    except Exception as error:
        write(answers, Failed(f"Its content cannot be built: {reason(error)}."))


if __name__ == "__main__":
    main(sys.argv[1])
