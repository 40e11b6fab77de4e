"""Real PSTs, whole and damaged: every item comes or has its reason, and no damage reaches further than its item."""

from __future__ import annotations

import hashlib
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path

import pytest

from retention.core.message import Message
from retention.mail.files.outlook import Pst, reader
from retention.mail.interface import ContentUnavailable, FolderUnreadable, MailTrouble, MessageGone
from tests.mail.outlook_breaking import BREAKS, HANGS, MISSES

DRAFTS, SENT = "Top of Personal Folders/Drafts", "Top of Personal Folders/Sent Messages"
Open = Callable[..., Pst]


@pytest.fixture
def support(shared: Path) -> Path:
    return shared / "data" / "outlook" / "support.pst"


@pytest.fixture
def open_() -> Iterator[Open]:
    """Opens PSTs, and closes them when the test is over."""
    opened: list[Pst] = []

    def open_one(path: Path, patience: float = 60.0) -> Pst:
        opened.append(Pst(path, patience=patience))
        return opened[-1]

    yield open_one
    for each in opened:
        each.close()


def breaking(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the library breaks over the places that the environment names."""
    monkeypatch.setattr(reader, "MODULE", "tests.mail.outlook_breaking")
    monkeypatch.setattr(reader, "KEPT", (*reader.KEPT, BREAKS, HANGS, MISSES))


def all_of(pst: Pst) -> list[Message]:
    return [message for folder in pst.folders() for message in pst.messages(folder, "")]


def test_every_item_of_a_real_pst_comes_with_its_folder_and_its_dates(support: Path, open_: Open) -> None:
    found = all_of(open_(support))
    assert len(found) == 17
    assert {message.source.folder for message in found if message.source} == {DRAFTS, SENT}
    assert not [message for message in found if message.trouble or message.received_at is None]
    release = next(message for message in found if message.subject == "Release 9.1.3")
    assert release.sent_at == datetime(2013, 12, 9, 14, 17, 32, tzinfo=UTC)
    assert (release.sender, release.kind, release.is_draft) == ("support@hackingteam.com", "IPM.Note", False)
    assert len(release.bcc or ()) == 81


def test_drafts_are_told_from_what_was_sent(support: Path, open_: Open) -> None:
    pst = open_(support)
    assert {message.is_draft for message in pst.messages(DRAFTS, "")} == {True}
    assert {message.is_draft for message in pst.messages(SENT, "")} == {False}


def test_search_folders_are_no_folders(support: Path, open_: Open) -> None:
    assert not [folder for folder in open_(support).folders() if "Search Folder" in folder]


def test_the_content_is_the_one_whose_digest_is_the_version(support: Path, open_: Open) -> None:
    pst = open_(support)
    for message in all_of(pst):
        content = b"".join(pst.content(message.id))
        assert hashlib.sha256(content).hexdigest() == message.version
        parsed = message_from_bytes(content)
        assert not any(part.defects for part in parsed.walk())
        assert parsed["Message-ID"] == message.internet_id
        names = tuple(part.get_filename() for part in parsed.walk() if part.get_filename())
        assert names == message.attachments


def test_a_second_reading_gives_the_same_and_goes_on_from_anywhere(support: Path, open_: Open) -> None:
    first, second = list(open_(support).messages(SENT, "")), open_(support)
    for at, message in enumerate(first):
        assert list(second.messages(SENT, message.id)) == first[at + 1 :]


def test_readpst_finds_as_many_messages(support: Path, open_: Open, tmp_path: Path) -> None:
    program = shutil.which("readpst")
    if program is None:
        pytest.skip("needs readpst (Debian: pst-utils), which is not installed")
    subprocess.run([program, "-q", "-e", "-o", tmp_path, support], check=True, capture_output=True)
    assert len(list(tmp_path.rglob("*.eml"))) == len(all_of(open_(support)))


@pytest.mark.parametrize("at", ["", "0", "33058-0-1", "33058-99-2097188", "1-0-2097188", "33058-0-", "x-0-1"])
def test_an_item_that_is_not_there_is_gone(support: Path, open_: Open, at: str) -> None:
    with pytest.raises(MessageGone):
        list(open_(support).content(at))


def test_a_folder_that_is_not_there_is_unreadable(support: Path, open_: Open) -> None:
    with pytest.raises(FolderUnreadable):
        list(open_(support).messages("Nowhere", ""))


def test_an_item_over_which_the_library_dies_is_that_items_reason_only(
    support: Path, open_: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaking(monkeypatch)
    monkeypatch.setenv(BREAKS, "2 4")
    found = list(open_(support).messages(SENT, ""))
    assert len(found) == 11
    assert [at for at, message in enumerate(found) if message.trouble] == [2, 4]
    assert "broke down" in (found[2].trouble or "")
    assert found[2].version == ""


def test_an_item_over_which_the_library_hangs_is_given_up_in_time(
    support: Path, open_: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaking(monkeypatch)
    monkeypatch.setenv(HANGS, "1")
    pst = open_(support, patience=1.0)
    found = list(pst.messages(DRAFTS, ""))
    assert [at for at, message in enumerate(found) if message.trouble] == [1]
    assert "no sign within 1 s" in (found[1].trouble or "")
    with pytest.raises(ContentUnavailable, match="no sign"):
        list(pst.content("33058-1-2097220"))


def test_a_file_over_which_the_library_dies_again_and_again_is_given_up(
    support: Path, open_: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaking(monkeypatch)
    monkeypatch.setattr("retention.mail.files.outlook.pst.MOST_DEATHS", 2)
    monkeypatch.setenv(BREAKS, " ".join(map(str, range(20))))
    with pytest.raises(FolderUnreadable, match="too damaged"):
        list(open_(support).messages(SENT, ""))


def test_a_content_that_is_given_up_half_way_ends_its_process(support: Path, open_: Open) -> None:
    pst = open_(support)
    message = next(pst.messages(SENT, ""))
    half = pst.content(message.id)
    next(half)
    (busy,) = pst._busy
    half.close()  # type: ignore[attr-defined]
    assert busy.is_closed and not pst._busy
    assert b"".join(pst.content(message.id))


def test_closing_while_it_is_read_ends_every_process_and_the_reading(support: Path, open_: Open) -> None:
    pst = open_(support)
    messages = pst.messages(SENT, "")
    first = next(messages)
    half = pst.content(first.id)
    next(half)
    held = [*pst._busy, *([pst._idle] if pst._idle else [])]
    pst.close()
    pst.close()
    assert held and all(each.is_closed for each in held)
    with pytest.raises(MailTrouble):
        list(half)


@pytest.mark.parametrize("content", [b"", b"!BDN", b"!BDN" + bytes(600), b"From a@b.example\n" * 40])
def test_what_is_no_pst_is_refused_with_its_reason(tmp_path: Path, open_: Open, content: bytes) -> None:
    path = tmp_path / "no.pst"
    path.write_bytes(content)
    with pytest.raises(FolderUnreadable, match="cannot be read as an Outlook data file"):
        open_(path).folders()


def test_a_pst_that_was_cut_off_is_never_read_to_its_end(shared: Path, tmp_path: Path, open_: Open) -> None:
    whole = (shared / "data" / "outlook" / "mailbag-sample.pst").read_bytes()
    (tmp_path / "cut.pst").write_bytes(whole[:580_000])  # here libpff gives an empty text, and says nothing
    messages = open_(tmp_path / "cut.pst").messages("Top of Outlook data file/Inbox/Today at UAlbany", "")
    first, second = next(messages), next(messages)
    assert first.trouble is None
    assert "the file is not whole" in (second.trouble or "")
    with pytest.raises(FolderUnreadable, match="it has 580,000 of the 2,302,976 bytes"):
        next(messages)


def test_a_pst_with_other_mail_behind_its_end_is_never_read_to_its_end(
    support: Path, tmp_path: Path, open_: Open
) -> None:
    (tmp_path / "two.pst").write_bytes(support.read_bytes() * 2)
    pst = open_(tmp_path / "two.pst")
    for folder in pst.folders():
        with pytest.raises(FolderUnreadable, match="1,033,216 bytes lie behind its end"):
            list(pst.messages(folder, ""))


@pytest.fixture(scope="module")
def undamaged(shared: Path) -> dict[str, str | None]:
    pst = Pst(shared / "data" / "outlook" / "support.pst")
    versions = {message.id: message.version for message in all_of(pst)}
    pst.close()
    return versions


@pytest.mark.parametrize("seed", range(15))
def test_a_pst_that_is_flipped_or_cut_anywhere_gives_what_it_held_or_says_why_not(
    support: Path, undamaged: dict[str, str | None], tmp_path: Path, open_: Open, seed: int
) -> None:
    chance, damaged = random.Random(seed), bytearray(support.read_bytes())
    at = chance.randrange(len(damaged))
    if seed % 3 == 0:
        del damaged[at:]
    elif seed % 3 == 1:
        for _ in range(chance.choice((1, 20, 400))):
            damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
    else:
        damaged[at : at + 512] = chance.randbytes(len(damaged[at : at + 512]))
    path = tmp_path / "damaged.pst"
    path.write_bytes(damaged)
    pst, said, found = open_(path, patience=20.0), [], {}
    try:
        folders = pst.folders()
    except FolderUnreadable as trouble:
        assert str(trouble)
        return
    for folder in folders:
        try:
            for message in pst.messages(folder, ""):
                found[message.id] = message.version
                assert bool(message.trouble) != bool(message.version)
                if message.trouble is None:
                    assert b"".join(pst.content(message.id))
        except MailTrouble as trouble:
            said.append(str(trouble))
    assert said or found == undamaged, "something was lost or changed, and nothing says so"


def test_a_pst_with_a_name_that_is_no_utf_8_is_read_as_well(support: Path, tmp_path: Path, open_: Open) -> None:
    path = Path(f"{tmp_path}/caf\udce9.pst")
    try:
        shutil.copy(support, path)
    except OSError as error:
        pytest.skip(f"needs a file system that takes any bytes as a name: {error}")
    assert len(all_of(open_(path))) == 17


def test_the_process_that_reads_what_strangers_wrote_is_given_no_secret(
    support: Path, open_: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[dict[str, str]] = []

    def start(*_: object, env: dict[str, str], **__: object) -> None:
        given.append(env)
        raise OSError("not in this test")

    monkeypatch.setenv("RETENTION_SECRET", "swordfish")
    monkeypatch.setattr(subprocess, "Popen", start)
    with pytest.raises(FolderUnreadable, match="does not start"):
        open_(support).folders()
    assert "swordfish" not in given[0].values()


def test_without_the_library_a_pst_says_what_to_install(
    support: Path, open_: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaking(monkeypatch)
    monkeypatch.setenv(MISSES, "1")
    with pytest.raises(FolderUnreadable, match=r"pip install 'retention\[outlook\]'"):
        open_(support).folders()
