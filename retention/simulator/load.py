"""Filling the world from files: folders of messages, mbox files, and JSON lines.

The mail is untrusted: its bytes are kept as they are, and a file that cannot be read is named, never fatal.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, formataddr
from pathlib import Path
from typing import Literal

import msgspec

from retention.core.mime import Address, Facts, read_facts
from retention.simulator.dates import read_date
from retention.simulator.mailbox import Stored
from retention.simulator.synthetic import add_synthetic
from retention.simulator.world import World

By = Literal["sender", "recipient"]

DOMAIN = "city.example"
MESSAGE_FILES = (".eml", ".txt", ".msg", "")
LINES_FILES = (".jsonl", ".jsonl.gz")
MBOX_FILES = (".mbox", ".mbx")
USUAL_FOLDER = {"sender": "Sent Items", "recipient": "Inbox"}

_PERSON = re.compile(r"^(?P<name>[^<]*)<(?P<address>[^<>]*)>")
_SYNTHETIC = re.compile(r"^synthetic:(\d+)x(\d+)x(\d+)$")
_MBOX_LINE = re.compile(rb"^From \S.*\d{4}.*$", re.MULTILINE)


class Loaded(msgspec.Struct, frozen=True):
    """What was put where: an address and an immutable id for each message; and a sentence for each that was not."""

    placed: tuple[tuple[str, str], ...] = ()
    skipped: tuple[str, ...] = ()

    def __add__(self, other: Loaded) -> Loaded:
        return Loaded(self.placed + other.placed, self.skipped + other.skipped)


class _Found(msgspec.Struct, frozen=True):
    """A message before it has a mailbox; ``folder`` is empty where the usual one will do."""

    mime: bytes
    facts: Facts
    folder: str = ""


def synthetic_world(mailboxes: int, messages_each: int, folders_each: int) -> World:
    """A world for measuring: so many mailboxes, messages and folders in each, made when they are asked for."""
    world = World()
    add_synthetic(world, mailboxes, messages_each, folders_each)
    return world


def load_folder(
    world: World, path: Path, *, mailboxes: int = 1, by: By = "recipient", folder: str = "", domain: str = DOMAIN
) -> Loaded:
    """Load every ``.eml``, ``.txt`` or ``.msg`` file and every file without an ending under a folder, byte for byte.

    The messages are spread over ``mailboxes`` mailboxes of ``domain``, by sender or by recipient. A sub-folder
    becomes a mail folder below ``folder`` (usually Inbox or Sent Items).
    """
    found, skipped = [], []
    for file in sorted(path.rglob("*")):
        if not _is_message(file):
            continue
        try:
            mime = file.read_bytes()
        except OSError as error:
            skipped.append(f"{file} could not be read: {error.strerror}.")
            continue
        below = [folder or USUAL_FOLDER[by], *file.parent.relative_to(path).parts]
        found.append(_Found(mime, read_facts(mime), "/".join(below)))
    return _spread(world, found, mailboxes, by, folder, domain) + Loaded(skipped=tuple(skipped))


def _is_message(file: Path) -> bool:
    return file.suffix.lower() in MESSAGE_FILES and not file.name.startswith(".") and file.is_file()


def load_mbox(
    world: World, path: Path, *, mailboxes: int = 1, by: By = "recipient", folder: str = "", domain: str = DOMAIN
) -> Loaded:
    """Load every message of an mbox file: the bytes between two ``From`` lines, with nothing unescaped."""
    found = [_Found(mime, read_facts(mime)) for mime in split_mbox(path.read_bytes())]
    return _spread(world, found, mailboxes, by, folder, domain)


def split_mbox(content: bytes) -> Iterator[bytes]:
    """The messages of an mbox, without the separating line and the empty line before the next one."""
    lines = [found for found in _MBOX_LINE.finditer(content) if _begins(content, found.start())]
    ends = [found.start() for found in lines[1:]] + [len(content)]
    for found, end in zip(lines, ends, strict=False):
        message = content[found.end() : end].removeprefix(b"\n")
        for blank in (b"\r\n\r\n", b"\n\n"):
            if message.endswith(blank):
                message = message[: -len(blank) // 2]
                break
        if message:
            yield message


def _begins(content: bytes, place: int) -> bool:
    return place == 0 or content[:place].endswith((b"\n\n", b"\n\r\n"))


def load_jsonl(
    world: World, path: Path, *, mailboxes: int = 1, by: By = "recipient", folder: str = "", domain: str = DOMAIN
) -> Loaded:
    """Load JSON lines (also gzipped) with ``id, date, from, to, cc, subject, body``.

    Each line becomes a MIME message once, and those bytes are its bytes from then on. A date that cannot be read
    leaves the message without one.
    """
    found, skipped = [], []
    for number, line in enumerate(_lines(path), 1):
        try:
            record = msgspec.json.decode(line, type=dict[str, object])
        except msgspec.MsgspecError as error:
            skipped.append(f"{path} line {number} is no JSON object: {error}.")
            continue
        if "body" not in record and "subject" not in record:
            skipped.append(f"{path} line {number} has neither a subject nor a body.")
            continue
        received = read_date(_text(record, "date"))
        mime = as_mime(record, received)
        facts = msgspec.structs.replace(read_facts(mime), received_at=received)
        found.append(_Found(mime, facts))
    return _spread(world, found, mailboxes, by, folder, domain) + Loaded(skipped=tuple(skipped))


def _lines(path: Path) -> Iterator[bytes]:
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        for line in file:
            if line.strip():
                yield line


def _text(record: dict[str, object], name: str) -> str:
    value = record.get(name)
    return "" if value is None else str(value)


def as_mime(record: dict[str, object], received: datetime | None) -> bytes:
    """A plain message for a record; a date that could not be read is kept in a header of its own."""
    headers = [(name.title(), _people(_text(record, name))) for name in ("from", "to", "cc")]
    headers.append(("Subject", _header(_text(record, "subject"))))
    if received:
        headers.append(("Date", format_datetime(received)))
    else:
        headers.append(("X-Date-As-Found", _header(_text(record, "date"))))
    headers.append(("Message-ID", f"<{re.sub(r'[^A-Za-z0-9.-]', '-', _text(record, 'id'))}@{DOMAIN}>"))
    lines = [f"{name}: {value}" for name, value in headers if value]
    lines += ["MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit", ""]
    body = "\r\n".join(_text(record, "body").splitlines())
    return "\r\n".join([*lines, body, ""]).encode("utf-8", "replace")


def _people(value: str) -> str:
    """People as a mail header names them, from a list that semicolons divide; a name alone is kept as a name."""
    return ", ".join(_named(_one_line(each)) for each in value.split(";") if each.strip())


def _named(person: str) -> str:
    found = _PERSON.match(person)
    # Scanned text shows the sign before the domain as a copyright sign now and then.
    address = re.sub(r"\s", "", found["address"]).replace("\N{COPYRIGHT SIGN}", "@") if found else ""
    if found and address.isascii() and address:
        return formataddr((found["name"].strip(" '\""), address))
    bare = person.strip(" '.")
    return bare if re.fullmatch(r"[\w.+-]+@[\w.-]+", bare, re.ASCII) else formataddr((bare, ""))


def _one_line(value: str) -> str:
    return re.sub(r"\s+", " ", "".join(each if each.isprintable() else " " for each in value)).strip()


def _header(value: str) -> str:
    """A header's value on one line, encoded where it is not plain ASCII."""
    line = _one_line(value)
    return line if line.isascii() else Header(line, "utf-8", maxlinelen=900).encode()


def load_world(world: World, spec: Path | str, *, mailboxes: int = 12, by: By = "recipient") -> Loaded:
    """Load whatever a path holds: a message, an mbox, JSON lines, or a folder with all of them mixed.

    In a folder, a sub-folder named by an address is that mailbox, and the folders in it are its folders; all else is
    spread over ``mailboxes`` mailboxes. ``synthetic:4x5000x33`` instead of a path makes so many mailboxes, messages
    and folders in each. Raises ``FileNotFoundError``.
    """
    made = _SYNTHETIC.match(str(spec))
    if made:
        add_synthetic(world, *(int(number) for number in made.groups()))
        return Loaded()
    path = Path(spec)
    if not path.exists():
        raise FileNotFoundError(f"There is nothing to load at {path}.")
    if path.is_file():
        return _load_file(world, path, mailboxes, by)
    loaded = Loaded()
    for entry in sorted(path.iterdir()):
        if entry.is_dir() and "@" in entry.name:
            loaded += _load_mailbox(world, entry)
        elif entry.is_dir() and any(map(_is_message, entry.rglob("*"))):
            loaded += load_folder(world, entry, mailboxes=mailboxes, by=by)
        elif entry.name.lower().endswith((*LINES_FILES, *MBOX_FILES)) or _is_message(entry):
            loaded += _load_file(world, entry, mailboxes, by)
    return loaded


def _load_file(world: World, path: Path, mailboxes: int, by: By) -> Loaded:
    name = path.name.lower()
    if name.endswith(LINES_FILES):
        return load_jsonl(world, path, mailboxes=mailboxes, by=by)
    if name.endswith(MBOX_FILES):
        return load_mbox(world, path, mailboxes=mailboxes, by=by)
    mime = path.read_bytes()
    return _spread(world, [_Found(mime, read_facts(mime))], mailboxes, by, "", DOMAIN)


def _load_mailbox(world: World, path: Path) -> Loaded:
    address = world.add_mailbox(path.name).address
    placed = []
    for file in sorted(path.rglob("*")):
        if _is_message(file):
            folder = "/".join(file.parent.relative_to(path).parts) or "Inbox"
            placed.append((address, world.add_message(address, folder, file.read_bytes())))
    return Loaded(tuple(placed))


def _spread(world: World, found: Iterable[_Found], mailboxes: int, by: By, folder: str, domain: str) -> Loaded:
    """Give each of the most frequent people a mailbox, and spread the mail of all others over those."""
    messages = list(found)
    people = [_person(each.facts, by) for each in messages]
    known = Counter(person for person in people if person)
    owners = [person for person, _ in sorted(known.items(), key=lambda item: (-item[1], item[0]))[:mailboxes]]
    owners += [f"mailbox.{number}" for number in range(len(owners) + 1, mailboxes + 1)]
    addresses = [world.add_mailbox(f"{owner}@{domain}").address for owner in owners] if messages else []
    placed = []
    for person, each in zip(people, messages, strict=True):
        place = owners.index(person) if person in owners else zlib.crc32(person.encode() or each.mime) % len(owners)
        path = each.folder or folder or USUAL_FOLDER[by]
        message = world.add_from(addresses[place], path, Stored(each.mime, each.facts))
        placed.append((addresses[place], message.immutable_id))
    return Loaded(tuple(placed))


def _person(facts: Facts, by: By) -> str:
    """Who the message is filed under, as the part of an address before the @."""
    first = (facts.author or facts.sender) if by == "sender" else next(iter(facts.to), None)
    return _slug(first) if first else ""


def _slug(person: Address) -> str:
    local = person[1].partition("@")[0] or person[0]
    return re.sub(r"[^a-z0-9]+", ".", local.lower()).strip(".")[:40]
