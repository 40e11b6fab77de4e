"""A ledger with published heads, every way to tamper with it, and what those who check it then say.

Nothing is tested here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

from msgspec.structs import replace

from retention.core.audit import GENESIS, Refused, write
from retention.core.publication import file_name
from retention.core.publication import read as read_head
from retention.core.publication import write as write_head
from retention.errors import LedgerBroken
from retention.jobs.audit.export import export
from retention.jobs.audit.publish import publish
from retention.jobs.audit.verify import verify
from retention.packet import lines
from retention.packet.verifier import exported
from retention.packet.verifier.text import Found
from tests.jobs.town import RECORDS, Town
from tests.packet.unpacking import listed

Spoil = Callable[[Path], None]


def lived(folder: Path) -> Town:
    """Twelve entries, a line that a crash cut off among them, and two heads that were published on the way."""
    town = Town(folder)
    note(town, 3)
    published(town)
    with open(town.folder / "ledger.jsonl", "ab") as file:
        file.write(b'{"digest":"00000')
    note(town, 3)
    published(town)
    note(town, 2)
    return town


def note(town: Town, times: int) -> None:
    world = town.world(RECORDS)
    for n in range(times):
        world.ledger.append(Refused(act="approve", why=f"reason {n}"))
    world.close()


def published(town: Town) -> Path:
    world = town.world(RECORDS)
    told = publish(world)
    world.close()
    return Path(told.files[0])


def handed(town: Town, folder: Path) -> Path:
    world = town.world(RECORDS)
    export(world, folder)
    world.close()
    return folder


def audited(town: Town, *heads: Path) -> str:
    """What ``audit verify`` finds; empty where it finds nothing."""
    try:
        world = town.world(RECORDS)
        try:
            verify(world, published=heads)
        finally:
            world.close()
    except LedgerBroken as broken:
        return broken.message
    return ""


def by_a_stranger(folder: Path) -> list[str]:
    """What the exported verifier finds wrong, where a forger has made the rest of the folder fit what he changed."""
    entries = [json.loads(line) for line in whole(folder / "ledger.jsonl") if b'"head":' in line]
    said = json.loads((folder / "export.json").read_text("utf-8"))
    said |= {"entries": len(entries), "digest": entries[-1]["digest"] if entries else ""}
    (folder / "export.json").write_text(json.dumps(said), "utf-8")
    listed(folder)
    found = Found()
    try:
        exported.check_export(str(folder), "", found)
    except exported.Broken as broken:
        found.wrong(str(broken))
    except exported.NOT_READ as error:
        found.wrong(str(error))
    return found.problems


# --- ways to tamper


def whole(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


def cut(ledger: Path, entries: int) -> None:
    """Leave only so many entries."""
    kept, count = [], 0
    for line in whole(ledger):
        if count == entries:
            break
        kept.append(line)
        count += b'"head":' in line
    ledger.write_bytes(b"".join(kept))


def swap(ledger: Path, n: int) -> None:
    lines = whole(ledger)
    lines[n], lines[n + 1] = lines[n + 1], lines[n]
    ledger.write_bytes(b"".join(lines))


def drop(ledger: Path, n: int) -> None:
    lines = whole(ledger)
    ledger.write_bytes(b"".join(lines[:n] + lines[n + 1 :]))


def repeat(ledger: Path, n: int) -> None:
    lines = whole(ledger)
    ledger.write_bytes(b"".join(lines[: n + 1] + lines[n:]))


def rewrite(ledger: Path, n: int) -> None:
    """Say something else in entry ``n``, and chain it and all that come after it anew, as if it had always been so."""
    made, previous = b"", GENESIS
    for one in lines(ledger, len(whole(ledger))):
        entry = one.link.entry
        if entry.n == n:
            entry = replace(entry, salt="another", by="somebody else")
        line, previous = write(replace(entry, previous=previous))
        made += b"".join(torn + b"\n" for torn in one.torn) + line
    ledger.write_bytes(made)


def heads(ledger: Path) -> list[Path]:
    return sorted((ledger.parent / "published").glob("*.json"))


def swap_heads(ledger: Path) -> None:
    first, second = heads(ledger)
    data = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(data)


def rename_head(ledger: Path) -> None:
    first, _ = heads(ledger)
    first.rename(first.with_name(first.name.replace(first.name[:12], "000000000009")))


def garble_head(ledger: Path) -> None:
    first, _ = heads(ledger)
    first.write_bytes(first.read_bytes().replace(b'"format":1', b'"format": 1'))


def other_head(**changed: object) -> Spoil:
    """A head that says something else, under the name that it then has."""

    def spoil(ledger: Path) -> None:
        first, _ = heads(ledger)
        head = replace(read_head(first.read_bytes()), **changed)
        first.unlink()
        (first.parent / file_name(head)).write_bytes(write_head(head))

    return spoil


def strange_head(ledger: Path) -> None:
    """One more head, of a digest that the ledger never had."""
    head = replace(read_head(heads(ledger)[0].read_bytes()), digest=sha256(b"").hexdigest())
    (ledger.parent / "published" / file_name(head)).write_bytes(write_head(head))


def lonely_token(ledger: Path) -> None:
    heads(ledger)[0].with_suffix(".tsr").write_bytes(b"token")
    heads(ledger)[0].unlink()


def cases(entries: int, last_head: int) -> Iterator[tuple[str, Spoil, bool]]:
    """Every way: its name, what it does to the ledger at this path, and whether it must be found."""
    rows = entries + 1  # one was cut off by a crash
    for n in range(entries):
        yield f"cut to {n}", lambda path, n=n: cut(path, n), n < last_head
        yield f"rewritten from {n}", lambda path, n=n: rewrite(path, n), n < last_head
    for n in range(rows):
        yield f"line {n} dropped", lambda path, n=n: drop(path, n), n < rows - 1
        yield f"line {n} repeated", lambda path, n=n: repeat(path, n), True
        if n < rows - 1:
            yield f"lines {n} and {n + 1} swapped", lambda path, n=n: swap(path, n), True
    yield "heads swapped", swap_heads, True
    yield "a head renamed", rename_head, True
    yield "a head written otherwise", garble_head, True
    yield "a head of another city", other_head(city="Elsewhere"), True
    yield "a head of no rehearsal", other_head(rehearsal=False), True
    yield "a head of another length", other_head(entries=5), True
    yield "a head longer than the ledger", other_head(entries=1_000_000), True
    yield "a head of another digest", strange_head, True
    yield "a timestamp without its head", lonely_token, True
    yield "nothing", lambda path: None, False
