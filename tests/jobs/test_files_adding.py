"""Files that were added are read as a mailbox of their custodian, and a hold on that person reaches them for good."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from retention.core.custodian import Custodians
from retention.core.files_added import FilesAdded
from retention.core.person import PersonRecorded
from retention.errors import AnotherRun, NotThisOffice, WrongUsage
from retention.jobs.files import adding
from retention.jobs.sync import sync
from tests.jobs.custodians import ANN, BOB, acting, entries, hold, states
from tests.jobs.filed import FiledTown, letter
from tests.jobs.town import ATTORNEY, CLERK, RECORDS


@pytest.fixture
def town(tmp_path: Path) -> FiledTown:
    return FiledTown(tmp_path / "town")


def held(town: FiledTown) -> set[str]:
    """The subjects in files that a hold covers today."""
    with acting(town) as world:
        holds = world.holds()
        boxes = [box for box in world.catalog.mailboxes() if box.in_files]
        known = [one for box in boxes for one in world.catalog.messages_in(box)]
        return {one.message.subject or "" for one in known if holds.covering(one.message, one.mailbox, None)}


def test_files_are_read_as_a_mailbox_of_their_custodian(town: FiledTown) -> None:
    added = town.add_files(town.write("Old Mail.mail", letter("Notice 1"), letter("Notice 2")))
    assert (added.new, added.files.name, added.files.custodian) == (True, f"{ANN}/old mail.mail", ANN)
    town.add("Notice 3")
    town.read()
    with acting(town) as world:
        present = {box.address: world.catalog.present_in(box) for box in world.catalog.mailboxes()}
    assert present == {CLERK: 1, f"{ANN}/old mail.mail": 2}


def test_a_hold_on_the_custodian_reaches_the_files_and_what_tomorrow_brings(town: FiledTown) -> None:
    name = hold(town, ANN)
    path = town.write("old.mail", letter("Notice 1"))
    assert town.add_files(path).reached == 1
    town.read()
    assert held(town) == {"Notice 1"}
    town.write("old.mail", letter("Notice 1"), letter("Notice 2"))
    town.read()
    assert held(town) == {"Notice 1", "Notice 2"}
    with acting(town) as world:
        assert [one.name for box in world.catalog.mailboxes() for one in world.holds().reaching(box)] == [name]


def test_a_hold_that_comes_after_the_files_reaches_them_too(town: FiledTown) -> None:
    town.add_files(town.write("old.mail", letter("Notice 1")))
    town.add_files(town.write("other.mail", letter("Notice 2")), custodian=BOB)
    town.read()
    hold(town, ANN)
    assert held(town) == {"Notice 1"}


def test_files_are_no_custodian_of_their_own(town: FiledTown) -> None:
    """A notice goes to the person, before the files were first read and after."""
    town.add(f"Notice for {ANN}", mailbox=ANN)
    town.read()
    town.add_files(town.write("old.mail", letter("Notice 1")))
    for _ in range(2):
        assert set(states(town, hold(town, ANN))) == {ANN}
        town.read()
    with acting(town) as world:
        assert {one.address for one in Custodians(world.directory, world.today).everyone()} >= {ANN, BOB}
        assert not any("/" in one.address for one in Custodians(world.directory, world.today).everyone())


def test_the_same_files_again_change_nothing(town: FiledTown) -> None:
    path = town.write("old.mail", letter("Notice 1"))
    first = town.add_files(path)
    before = (town.folder / "ledger.jsonl").read_bytes()
    (town.share / "link").symlink_to(path)
    for again in path, town.share / "." / "old.mail", town.share / "link":
        found = town.add_files(again)
        assert (found.files, found.new, found.owned, found.reached) == (first.files, False, False, 0)
    assert (town.folder / "ledger.jsonl").read_bytes() == before


def test_files_of_two_people_are_held_for_either(town: FiledTown) -> None:
    path = town.write("old.mail", letter("Notice 1"))
    town.add_files(path)
    found = town.add_files(path, custodian=BOB)
    assert (found.new, found.owned, found.files.custodian, found.custodian) == (False, True, ANN, BOB)
    town.read()
    hold(town, BOB)
    assert held(town) == {"Notice 1"}


def test_two_files_of_one_name_have_two_names(town: FiledTown) -> None:
    (town.share / "b").mkdir()
    (town.share / "c").mkdir()
    paths = [town.write(name, letter(name)) for name in ("old.mail", "b/old.mail", "c/OLD.mail")]
    assert [town.add_files(path).files.name for path in paths] == [
        f"{ANN}/old.mail", f"{ANN}/old.mail 2", f"{ANN}/old.mail 3",
    ]  # fmt: skip
    assert town.add_files(paths[1]).files.name == f"{ANN}/old.mail 2"


def test_what_is_no_mail_to_be_read_is_refused(town: FiledTown) -> None:
    path = town.write("old.mail", letter("Notice 1"))
    (town.share / "round").symlink_to(town.share / "round")
    os.mkfifo(town.share / "pipe")
    refused = {
        town.share / "nothing": "cannot be read",
        town.share / "round": "cannot be read",
        town.share / "pipe": "neither a file nor a folder",
        town.folder / "records": "retention itself keeps",
        town.folder: "retention itself keeps",
        town.folder.parent: "retention itself keeps",
        Path(os.fsdecode(bytes(town.share) + b"/caf\xe9")): "cannot be read",
    }
    for wrong, said in refused.items():
        with pytest.raises(WrongUsage) as error:
            town.add_files(wrong)
        assert said in error.value.message
    with pytest.raises(WrongUsage, match="Nobody is known"):
        town.add_files(path, custodian="ghost@town.example")
    with pytest.raises(NotThisOffice):
        town.add_files(path, by="cron@town.example")
    assert entries(town, FilesAdded) == []


def test_a_file_whose_name_cannot_be_written_down_is_refused(town: FiledTown) -> None:
    path = Path(os.fsdecode(bytes(town.share) + b"/caf\xe9.mail"))
    path.write_bytes(letter("Notice"))
    with pytest.raises(WrongUsage, match="not in UTF-8"):
        town.add_files(path)


def test_killed_between_owner_and_files_it_ends_the_same(town: FiledTown, monkeypatch: pytest.MonkeyPatch) -> None:
    path = town.write("old.mail", letter("Notice 1"))

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(adding, "FilesAdded", killed)
        town.add_files(path)
    assert (len(entries(town, FilesAdded)), entries(town, PersonRecorded)[-1].person.mailboxes) == (
        0,
        (f"{ANN}/old.mail",),
    )
    added = town.add_files(path)
    assert (added.new, added.owned, added.files.name) == (True, False, f"{ANN}/old.mail")


def test_two_who_add_files_of_one_name_at_once_do_not_share_it(town: FiledTown) -> None:
    (town.share / "b").mkdir()
    one, other = town.write("old.mail", letter("1")), town.write("b/old.mail", letter("2"))
    with acting(town, RECORDS) as world:
        late = adding._source(world, other, ANN)
        town.add_files(one)
        with pytest.raises(AnotherRun):
            world.ledger.append(FilesAdded(files=late), unless=lambda known: adding._refuse_taken(known, late))
    assert len(entries(town, FilesAdded)) == 1


def test_files_are_never_asked_of_the_mail_system_nor_its_mail_of_them(town: FiledTown) -> None:
    town.add_files(town.write("old.mail", letter("Requisition 1")))
    town.add("Requisition 2")
    town.captured()
    assert len(town.mail.purged) == 1  # type: ignore[attr-defined]
    assert (town.share / "old.mail").read_bytes() == letter("Requisition 1")
    with acting(town, ATTORNEY) as world:
        sync(world, (f"{ANN}/old.mail",))
        assert world.catalog.tally()["present"] == 1
