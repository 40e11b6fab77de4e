"""What a PST's container and the process that reads the file for it say to each other, and how it goes over a pipe.

Neither of the two lives here.
"""

from __future__ import annotations

from typing import IO

import msgspec
from msgspec import Struct

from retention.core.message import Message


class FoldersAsked(Struct, frozen=True, tag=True):
    """Answered by ``Folders``."""


class SoundnessAsked(Struct, frozen=True, tag=True):
    """Answered by ``Soundness``."""


class CountAsked(Struct, frozen=True, tag=True):
    """Answered by ``Count``."""

    folder: str


class ItemAsked(Struct, frozen=True, tag=True):
    """Answered by ``Item``. ``doubtful``: the file is not whole, and a text that is empty may have been lost."""

    folder: str
    index: int
    doubtful: bool = False


class ContentAsked(Struct, frozen=True, tag=True):
    """Answered by any number of ``Piece`` and an ``End``, or by ``Gone``."""

    folder: str
    index: int
    item: str


class Listed(Struct, frozen=True):
    """A folder: its number in the file, its path, and why it cannot be read."""

    id: str
    path: str
    trouble: str = ""


class Ready(Struct, frozen=True, tag=True):
    """The file is open."""


class Folders(Struct, frozen=True, tag=True):
    folders: tuple[Listed, ...]


class Soundness(Struct, frozen=True, tag=True):
    """Why the file cannot be trusted to be whole; empty where it can."""

    doubt: str


class Count(Struct, frozen=True, tag=True):
    """How many items are found in a folder, and how many the folder itself says that it holds."""

    found: int
    said: int


class Item(Struct, frozen=True, tag=True):
    message: Message


class Piece(Struct, frozen=True, tag=True):
    content: bytes


class End(Struct, frozen=True, tag=True):
    """The content was given to its end."""


class Gone(Struct, frozen=True, tag=True):
    """There is no such item."""


class WentOn(Struct, frozen=True, tag=True):
    """Nothing to tell yet, but the reading goes on."""


class Failed(Struct, frozen=True, tag=True):
    """It cannot be read, and why."""

    reason: str


Asked = FoldersAsked | SoundnessAsked | CountAsked | ItemAsked | ContentAsked
Answer = Ready | Folders | Soundness | Count | Item | Piece | End | Gone | WentOn | Failed

LARGEST = 1 << 28
"""No frame is larger; a longer one was written by a process that has gone astray."""

_asked: msgspec.msgpack.Decoder[Asked] = msgspec.msgpack.Decoder(Asked)
_answer: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)


class Astray(Exception):
    """What came is no frame, or the pipe ended."""


def write(pipe: IO[bytes], frame: Asked | Answer) -> None:
    body = msgspec.msgpack.encode(frame)
    pipe.write(len(body).to_bytes(4, "big") + body)
    pipe.flush()


def next_asked(pipe: IO[bytes]) -> Asked:
    return _asked.decode(_body(pipe))


def next_answer(pipe: IO[bytes]) -> Answer:
    try:
        return _answer.decode(_body(pipe))
    except msgspec.DecodeError as error:
        raise Astray from error


def _body(pipe: IO[bytes]) -> bytes:
    head = pipe.read(4)
    length = int.from_bytes(head, "big")
    if len(head) < 4 or length > LARGEST:
        raise Astray
    body = pipe.read(length)
    if len(body) < length:
        raise Astray
    return body
