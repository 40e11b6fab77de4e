"""What keeps a file that is read as it really is: a damaged record, lost content, another line about the same files.

The counts of the report are in ``test_files_report.py``.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from retention.core.destruction import RecordOutcome
from retention.jobs.files.overlapping import Line, Staying
from retention.jobs.files.report import YES, FilesReport, report
from retention.jobs.world import World
from retention.mail.files.system import FilesMail
from retention.mail.together import Together
from retention.store.disk import DiskStore
from tests.jobs.custodians import ANN, BOB, acting, hold
from tests.jobs.filed import FiledTown, letter
from tests.jobs.town import CRON, NOW, Town

RECORD, NOTICE, OTHER, OPEN = map(letter, ("Requisition 1", "Notice about lunch", "Notice 2", "Nobody knows"))
FROM = b"From carla@elsewhere.example Thu Jun 30 12:31:44 2016\n"


class ReadTown(FiledTown):
    """The town whose files are read by the real readers."""

    def world(self, address: str = CRON, **opened: Any) -> World:
        world = Town.world(self, address, **opened)
        world.open_mail = lambda: Together(self.mail, FilesMail(tuple(world.ledger.in_force.files.values())))
        return world

    def put(self, name: str, content: bytes) -> Path:
        path = self.share / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def reported(self) -> FilesReport:
        with acting(self) as world:
            return report(world)

    def whys(self) -> dict[tuple[str, str], str]:
        """By the custodian and the path below the share."""
        return {
            (one.name.partition("/")[0], os.path.relpath(one.path, self.share)): one.why
            for one in self.reported().files
        }

    def record(self) -> tuple[str, Path]:
        """The place and the file of the only record."""
        (place,) = DiskStore(self.folder / "records").places()
        return place, self.folder / "records" / f"{place}.eml"


@pytest.fixture
def town(tmp_path: Path) -> ReadTown:
    return ReadTown(tmp_path / "town")


def mbox(*letters: bytes) -> bytes:
    return b"".join(FROM + one.replace(b"\r\n", b"\n") + b"\n" for one in letters)


# --- what was captured


@pytest.mark.parametrize("content", [b"", RECORD.replace(b"phone", b"radio")], ids=["empty", "another"])
def test_a_record_whose_file_on_the_store_is_empty_or_damaged_keeps_the_file(town: ReadTown, content: bytes) -> None:
    town.add_files(town.put("1.eml", RECORD))
    town.captured()
    assert town.whys() == {(ANN, "1.eml"): YES}
    _, file = town.record()
    file.chmod(0o600)
    file.write_bytes(content)
    said = "No: 1 of its records is damaged on the record store."
    assert town.whys() == {(ANN, "1.eml"): said}


def test_a_record_that_was_destroyed_under_the_law_does_not_keep_the_file(town: ReadTown) -> None:
    town.add_files(town.put("1.eml", RECORD))
    town.captured()
    place, _ = town.record()
    store = DiskStore(town.folder / "records")
    store.quarantine(place, NOW)
    store.destroy(place)
    assert town.whys()[ANN, "1.eml"].startswith("No: 1 of its records is not on the record store any more")
    with acting(town) as world:
        world.ledger.append(RecordOutcome(plan="p", step=1, deed="destroy", place=place, result="destroyed"))
    assert town.whys() == {(ANN, "1.eml"): YES}
    hold(town, ANN)
    assert town.whys() == {(ANN, "1.eml"): "No: 1 message is held."}


def outlook_file(town: ReadTown, *attachments: tuple[dict[tuple[int, int], Any], Any]) -> Path:
    pytest.importorskip("oxmsg", reason="the extra 'outlook' is not installed")
    from tests.mail import msg_writing as writing
    from tests.mail.test_outlook_msg import NOTE, RECIPIENTS

    tree = writing.message({**NOTE, (0x8005, 0x1F): "a field of the city's own"}, RECIPIENTS, attachments)
    return writing.write(town.share / "one.msg", tree)


def test_a_record_that_was_captured_without_its_ole_object_keeps_the_file(town: ReadTown) -> None:
    chart = {(0x3705, 3): 6, (0x3001, 0x1F): "Budget chart", (0x3702, 0x102): b""}, {"CONTENTS": b"the budget"}
    town.add_files(outlook_file(town, chart))
    town.captured()
    assert town.whys() == {(ANN, "one.msg"): "No: 1 record was captured without all of its content."}


def test_a_rebuilt_record_that_lost_no_content_does_not_keep_the_file(town: ReadTown) -> None:
    plan = {(0x3705, 3): 1, (0x3707, 0x1F): "plan.xlsx", (0x3701, 0x102): b"the plan"}, None
    town.add_files(outlook_file(town, plan))
    town.captured()
    assert town.whys() == {(ANN, "one.msg"): YES}


# --- what lies in one another


def test_a_folder_does_not_go_where_a_file_in_it_was_added_for_somebody_who_is_held(town: ReadTown) -> None:
    town.put("1.eml", NOTICE)
    town.put("2.eml", OTHER)
    town.add_files(town.share)
    town.add_files(town.share / "1.eml", custodian=BOB)
    town.captured()
    assert town.whys() == {(ANN, "."): YES, (BOB, "1.eml"): YES}
    hold(town, BOB)
    said = f"No: something in it may not go: {town.share / '1.eml'}."
    assert town.whys() == {(ANN, "."): said, (BOB, "1.eml"): "No: 1 message is held."}


def test_a_file_does_not_go_where_the_folder_it_was_added_with_too_may_not(town: ReadTown) -> None:
    town.put("1.eml", NOTICE)
    town.put("2.eml", OTHER)
    town.add_files(town.share)
    town.add_files(town.share / "1.eml", custodian=BOB)
    town.captured()
    hold(town, ANN)
    said = f"No: it was added with {town.share} too, as {ANN}/share, which may not go."
    assert town.whys() == {(ANN, "."): "No: 2 messages are held.", (BOB, "1.eml"): said}


@pytest.mark.parametrize("inner", ["cur", ".Sub"])
def test_a_maildir_does_not_go_where_a_folder_of_it_was_added_for_somebody_who_is_held(
    town: ReadTown, inner: str
) -> None:
    for folder in ("cur", "new", "tmp", ".Sub/cur", ".Sub/new"):
        (town.share / "mail" / folder).mkdir(parents=True)
    town.put("mail/cur/1:2,S", NOTICE)
    town.put("mail/.Sub/cur/2:2,S", OTHER)
    town.add_files(town.share / "mail")
    town.add_files(town.share / "mail" / inner, custodian=BOB)
    town.captured()
    assert town.whys()[ANN, "mail"] == YES
    hold(town, BOB)
    assert town.whys()[ANN, "mail"] == f"No: something in it may not go: {town.share / 'mail' / inner}."


def test_a_folder_does_not_go_where_a_mailbox_file_below_it_may_not_and_its_neighbours_do(town: ReadTown) -> None:
    town.put("1.eml", NOTICE)
    town.put("deep/er/open.mbox", mbox(OPEN))
    town.put("deep/er/due.mbox", mbox(OTHER))
    town.add_files(town.share)
    town.captured()
    whys = town.whys()
    assert whys[ANN, "."] == f"No: something in it may not go: {town.share / 'deep/er/open.mbox'}."
    assert whys[ANN, "deep/er/open.mbox"] == "No: 1 message is undecided."
    assert whys[ANN, "deep/er/due.mbox"] == YES


def test_a_mailbox_file_goes_though_the_folder_around_it_stays_for_other_messages(town: ReadTown) -> None:
    town.put("1.eml", OPEN)
    town.put("due.mbox", mbox(NOTICE))
    town.add_files(town.share)
    town.add_files(town.share / "due.mbox", custodian=BOB)
    town.captured()
    assert town.whys() == {
        (ANN, "."): "No: 1 message is undecided.",
        (ANN, "due.mbox"): YES,
        (BOB, "due.mbox"): YES,
    }


def test_a_file_does_not_go_where_it_lies_in_files_that_were_never_read(town: ReadTown) -> None:
    town.add_files(town.put("in/1.eml", NOTICE), custodian=BOB)
    town.captured()
    assert town.whys() == {(BOB, "in/1.eml"): YES}
    town.add_files(town.share)
    said = f"No: it was added with {town.share} too, as {ANN}/share, which may not go."
    assert town.whys() == {(ANN, "."): "No: it was not read yet.", (BOB, "in/1.eml"): said}


def test_a_folder_whose_name_only_begins_alike_is_another(town: ReadTown) -> None:
    town.add_files(town.put("old/1.eml", NOTICE).parent)
    town.add_files(town.put("old 2/2.eml", OTHER).parent, custodian=BOB)
    town.captured()
    hold(town, BOB)
    assert town.whys() == {(ANN, "old"): YES, (BOB, "old 2"): "No: 1 message is held."}


def test_a_name_that_is_no_text_is_shown_by_its_bytes(town: ReadTown) -> None:
    Path(os.fsdecode(os.fsencode(town.share) + b"/\xff.mbox")).write_bytes(mbox(OPEN))
    town.put("1.eml", OTHER)
    town.add_files(town.share)
    town.captured()
    found = town.reported()
    assert [os.path.basename(one.path) for one in found.files] == ["share", "%ff.mbox"]
    assert found.files[0].why == f"No: something in it may not go: {town.share}/%ff.mbox."
    assert str(found).encode()


def test_a_mailbox_file_whose_name_is_no_text_goes_while_it_is_what_was_read(town: ReadTown) -> None:
    path = os.fsdecode(os.fsencode(town.share) + b"/\xff.mbox")
    Path(path).write_bytes(mbox(NOTICE))
    town.add_files(town.share)
    town.captured()
    assert town.whys() == {(ANN, "%ff.mbox"): YES}
    Path(path).write_bytes(mbox(NOTICE, OTHER))
    assert town.whys() == {(ANN, "%ff.mbox"): "No: it was changed since it was read."}


def test_files_whose_names_are_no_text_are_known_again_below_a_folder_with_signs_in_its_name() -> None:
    box = Line(name="a", path="/share", may_go=False, files=("/share/50%25/%ff.eml", "/share/other/1.eml"))
    inner = [Line(name="b", path=f"/share/{name}", may_go=True) for name in ("50%", "5", "other", "other/2.eml")]
    staying = Staying([box, *inner])
    assert [bool([*staying.against(one)]) for one in inner] == [True, False, True, False]
