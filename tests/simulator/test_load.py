"""Loading mail from files: every byte is kept, every date that is none is left out, nothing is fatal."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from retention.core.mime import read_facts
from retention.simulator.load import (
    Loaded,
    as_mime,
    load_folder,
    load_jsonl,
    load_mbox,
    load_world,
    split_mbox,
    synthetic_world,
)
from retention.simulator.serve import Simulator
from retention.simulator.world import World
from tests.simulator.client import Client, mail


def served(world: World, loaded: Loaded) -> dict[tuple[str, str], bytes]:
    """What a client gets for every loaded message."""
    with Simulator(world) as simulator:
        client = Client(simulator)
        got = {
            (address, id_): client.get(f"/users/{address}/messages/{id_}/$value").data for address, id_ in loaded.placed
        }
        for mailbox in world.mailboxes():
            rows = client.values(f"/users/{mailbox.address}/messages?$top=1000")
            assert len(rows) == len(mailbox.messages)
        assert simulator.failures == []
    return got


def digests(contents: list[bytes]) -> Counter[str]:
    return Counter(hashlib.sha256(content).hexdigest() for content in contents)


@pytest.mark.parametrize("folder", ["raw-mail", "mime"])
def test_real_and_awkward_mail_is_served_byte_for_byte(shared: Path, folder: str) -> None:
    files = [path for path in sorted((shared / "data" / folder).rglob("*")) if path.is_file()]
    world = World()
    loaded = load_folder(world, shared / "data" / folder, mailboxes=7)
    assert loaded.skipped == ()
    assert len(world.mailboxes()) == 7
    got = served(world, loaded)
    assert digests(list(got.values())) == digests([path.read_bytes() for path in files])


def test_the_awkward_messages_have_the_digests_of_their_list(shared: Path) -> None:
    lines = (shared / "data" / "mime-manifest.jsonl").read_bytes().splitlines()
    world = World()
    loaded = load_folder(world, shared / "data" / "mime")
    expected = Counter(msgspec.json.decode(line)["sha256"] for line in lines)
    assert digests([world.mime(address, id_) for address, id_ in loaded.placed]) == expected


def test_five_thousand_scanned_messages_are_spread_over_fifty_mailboxes(shared: Path) -> None:
    path = shared / "data" / "state-dept-foia.jsonl.gz"
    world = World()
    loaded = load_jsonl(world, path, mailboxes=50, by="sender")
    assert (len(loaded.placed), loaded.skipped, len(world.mailboxes())) == (5000, (), 50)
    assert all(mailbox.messages for mailbox in world.mailboxes())
    undated = [each for mailbox in world.mailboxes() for each in mailbox.messages.values() if each.received_at is None]
    assert len(undated) == 26
    assert all(b"X-Date-As-Found: " in each.content for each in undated)
    sample = Loaded(loaded.placed[::25])
    with Simulator(world) as simulator:
        client = Client(simulator)
        for address, id_ in sample.placed:
            assert client.get(f"/users/{address}/messages/{id_}/$value").data == world.mime(address, id_)


def test_a_sub_folder_becomes_a_mail_folder(tmp_path: Path) -> None:
    for name in ("one.eml", "Deep/two.txt", "Deep/Down/three", ".hidden", "notes.pdf"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(mail(name))
    world = World()
    loaded = load_folder(world, tmp_path)
    paths = sorted(str(world.where(address, id_)) for address, id_ in loaded.placed)
    assert paths == ["Inbox", "Inbox/Deep", "Inbox/Deep/Down"]


def test_mail_is_spread_by_sender_or_by_recipient(tmp_path: Path) -> None:
    for number, (sender, reader) in enumerate([("ann", "bob"), ("ann", "carla"), ("dan", "bob"), ("ann", "bob")]):
        content = f"From: {sender}@x.example\r\nTo: {reader}@y.example\r\nSubject: {number}\r\n\r\n"
        (tmp_path / f"{number}.eml").write_text(content, newline="")
    by_sender, by_recipient = World(), World()
    load_folder(by_sender, tmp_path, mailboxes=2, by="sender")
    load_folder(by_recipient, tmp_path, mailboxes=2, by="recipient", domain="town.example")
    assert {each.address: len(each.messages) for each in by_sender.mailboxes()} == {
        "ann@city.example": 3,
        "dan@city.example": 1,
    }
    assert {each.address: len(each.messages) for each in by_recipient.mailboxes()} == {
        "bob@town.example": 3,
        "carla@town.example": 1,
    }
    assert by_sender.ids("ann@city.example", "Sent Items")
    assert by_recipient.ids("bob@town.example", "Inbox")


def test_those_who_have_no_mailbox_of_their_own_share_the_others(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"{number}.eml").write_bytes(f"To: person{number}@x.example\r\n\r\n{number}".encode())
    world = World()
    loaded = load_folder(world, tmp_path, mailboxes=3)
    assert (len(world.mailboxes()), len(loaded.placed)) == (3, 20)
    again = World()
    load_folder(again, tmp_path, mailboxes=3)
    assert [len(each.messages) for each in again.mailboxes()] == [len(each.messages) for each in world.mailboxes()]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_an_mbox_is_split_at_its_lines_and_nowhere_else(end: bytes) -> None:
    first = end.join([b"Subject: one", b"", b"From here on it is text.", b"", b">From the quoted side", b"end", b""])
    second = end.join([b"Subject: two", b"", b"", b"", b"last", b""])
    line = b"From ann@x.example Mon Jan  1 10:00:00 2024"
    content = line + end + first + end + line + end + second
    assert list(split_mbox(content)) == [first, second]
    assert list(split_mbox(b"")) == []


def test_an_mbox_that_nobody_here_wrote_is_loaded(shared: Path) -> None:
    world = World()
    path = shared / "data" / "outlook" / "mailbag-sample.mbox"
    loaded = load_mbox(world, path)
    assert len(loaded.placed) >= 2
    assert all(world.mime(address, id_) in path.read_bytes() for address, id_ in loaded.placed)


def test_json_lines_are_made_into_mail_once(tmp_path: Path) -> None:
    record = {
        "id": "a/1",
        "date": "Monday, April 13, 2009 11:09 AM",
        "from": "Müller, Eva <EvaM©city.example >",
        "to": "'bob@city.example'; Hall, Walter; H",
        "cc": None,
        "subject": "Zoning\r\nBcc: everyone@city.example é",
        "body": "line one\nline two é",
    }
    path = tmp_path / "mail.jsonl.gz"
    path.write_bytes(gzip.compress(b"\n".join([json.dumps(record).encode(), b"", b"no json", b'{"other": 1}'])))
    world = World()
    loaded = load_jsonl(world, path, by="sender")
    ((address, id_),) = loaded.placed
    assert len(loaded.skipped) == 2
    message = world.message(address, id_)
    assert address == "evam@city.example"
    assert message.facts.author == ("Müller, Eva", "EvaM@city.example")
    assert [person for person, _ in message.facts.to] == ["", "Hall, Walter", "H"]
    assert message.facts.bcc == ()
    assert message.subject == "Zoning Bcc: everyone@city.example é"
    assert message.content.endswith("line one\r\nline two é\r\n".encode())
    assert read_facts(message.content) == message.facts


def test_a_line_whose_date_cannot_be_read_has_none() -> None:
    record: dict[str, object] = {"id": "1", "date": "RELEASE IN PART", "subject": "x", "body": "y"}
    mime = as_mime(record, None)
    assert b"X-Date-As-Found: RELEASE IN PART" in mime
    assert read_facts(mime).received_at is None


def test_a_mixed_folder_is_loaded_whole(tmp_path: Path) -> None:
    (tmp_path / "clerk@town.example" / "Inbox" / "Projects").mkdir(parents=True)
    (tmp_path / "clerk@town.example" / "Inbox" / "Projects" / "a.eml").write_bytes(mail("a"))
    (tmp_path / "clerk@town.example" / "b.eml").write_bytes(mail("b"))
    (tmp_path / "loose").mkdir()
    (tmp_path / "loose" / "c.eml").write_bytes(mail("c"))
    (tmp_path / "empty").mkdir()
    (tmp_path / "d.eml").write_bytes(mail("d"))
    (tmp_path / "e.mbox").write_bytes(b"From x Mon Jan  1 10:00:00 2024\n" + mail("e"))
    (tmp_path / "f.jsonl").write_bytes(b'{"id": "1", "subject": "f", "body": ""}\n')
    (tmp_path / "readme.md").write_text("not mail")
    world = World()
    loaded = load_world(world, tmp_path, mailboxes=1)
    subjects = sorted(world.message(address, id_).subject for address, id_ in loaded.placed)
    assert subjects == ["a", "b", "c", "d", "e", "f"]
    assert len(world.ids("clerk@town.example", "Inbox/Projects")) == 1
    assert len(world.ids("clerk@town.example", "Inbox")) == 1


def test_a_single_file_is_loaded_too_and_what_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(mail("a"))
    world = World()
    assert len(load_world(world, tmp_path / "a.eml").placed) == 1
    with pytest.raises(FileNotFoundError, match="nowhere"):
        load_world(world, tmp_path / "nowhere")


def test_a_synthetic_world_has_what_was_asked_for_and_its_messages_are_what_their_rows_say() -> None:
    world = synthetic_world(2, 100, 33)
    for mailbox in world.mailboxes():
        folders = list(mailbox.root.descendants())
        assert (len(folders), sum(folder.total for folder in folders)) == (33, 100)
        assert max(folder.total for folder in folders) - min(folder.total for folder in folders) <= 1
    ids = [(each.address, id_) for each in world.mailboxes() for id_ in world.ids(each.address)]
    got = served(world, Loaded(tuple(ids)))
    for (address, id_), content in got.items():
        message = world.message(address, id_)
        known = read_facts(content)
        assert (known.size, known.subject, known.internet_id, known.received_at, known.to[0][1]) == (
            message.facts.size,
            message.subject,
            message.facts.internet_id,
            message.received_at,
            message.facts.to[0][1],
        )


def test_a_synthetic_world_can_be_named_like_a_path() -> None:
    world = World()
    load_world(world, "synthetic:3x10x12")
    assert [len(each.messages) for each in world.mailboxes()] == [10, 10, 10]
