"""Files that were added by mistake, or are gone, are read no longer; what was known of their mail stays explained."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from retention.catalog.drops import Drops
from retention.core.files_added import FilesAdded, FilesDropped
from retention.errors import AnotherRun, HoldBlocks, NotThisOffice, WrongUsage
from retention.jobs.coverage import coverage
from retention.jobs.files import adding, dropping
from retention.jobs.files.dropping import Dropped, drop
from retention.jobs.hold.preview import covered
from retention.jobs.hold.show import shown
from retention.jobs.mailbox import listed
from retention.jobs.plan import plan
from retention.jobs.status import status
from retention.jobs.why import why
from tests.jobs.custodians import ANN, BOB, acting, entries, hold
from tests.jobs.filed import FiledTown, letter
from tests.jobs.test_audit import verify
from tests.jobs.town import CLERK, RECORDS

NAME = f"{ANN}/old.mail"
RECORD, NOTICE = letter("Requisition 1", id_="req@x"), letter("Notice about lunch", id_="not@x")
"""A record, and transitory mail that is due at once."""


@pytest.fixture
def town(tmp_path: Path) -> FiledTown:
    return FiledTown(tmp_path / "town")


def dropped(town: FiledTown, name: str = NAME, reason: str = "added by mistake", by: str = RECORDS) -> Dropped:
    with acting(town, by) as world:
        return drop(world, name, reason=reason)


def tally(town: FiledTown) -> dict[str, int]:
    with acting(town) as world:
        return {name: count for name, count in world.catalog.tally().items() if count}


def explained(town: FiledTown, text: str) -> tuple[Any, ...]:
    with acting(town) as world:
        return why(world, text)


def killed(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_dropped_files_are_read_no_longer_and_nothing_speaks_of_them_any_more(town: FiledTown) -> None:
    town.add("Notice 3")
    path = town.write("old.mail", RECORD, NOTICE)
    town.add_files(path)
    town.read()
    path.unlink()
    with acting(town) as world:
        box = next(box for box in world.catalog.mailboxes() if box.in_files)
        world.catalog.mailbox_trouble(box, "It cannot be read.")
    done = dropped(town, reason=" it was deleted, as the report allowed ")
    assert (done.name, done.path, done.messages, done.new) == (NAME, str(path), 2, True)
    (said,) = entries(town, FilesDropped)
    assert (said.id, said.name, said.reason) == (box.id, NAME, "it was deleted, as the report allowed")
    town.read()
    assert tally(town) == {"present": 1}
    with acting(town) as world:
        last = status(world)
        assert [row["address"] for row in last.mailboxes] == [CLERK] and not last.at_risk
        assert not any(NAME in sentence for sentence in last.waiting)
        assert plan(world).counts.keys() == {CLERK}
        assert [one.address for one in listed(world)] == [CLERK]
        assert [one.address for one in coverage(world).mailboxes] == [CLERK]
    assert town.report() == {}


def test_what_was_known_of_dropped_mail_stays_known_and_explained(town: FiledTown) -> None:
    town.add_files(town.write("old.mail", NOTICE))
    town.read()
    dropped(town)
    (one,) = explained(town, "not@x")
    assert one.known.result == "dropped" and one.known.left_at == town.at and one.known.gone_at is None
    assert one.known.message.path == "old.mail"
    assert "its files are no longer read: added by mistake" in one.sentences[1]
    with acting(town) as world:
        assert verify(world).entries > 0


def test_a_record_that_was_captured_from_dropped_files_keeps_its_place_and_is_not_captured_twice(
    town: FiledTown,
) -> None:
    path = town.write("old.mail", RECORD, NOTICE)
    town.add_files(path)
    town.captured()
    (before,) = explained(town, "req@x")
    dropped(town)
    (after,) = explained(town, "req@x")
    assert (after.known.digest, after.known.place) == (before.known.digest, before.known.place) != ("", "")
    assert after.known.result == "dropped" and tally(town) == {}
    with acting(town) as world:
        assert verify(world).records == 1
    town.add_files(path)
    town.read()
    (again,) = explained(town, "req@x")
    assert again.known.is_stored and again.known.left_at is None
    assert town.plan().steps == ()
    with acting(town) as world:
        assert verify(world).records == 1


def test_added_again_later_the_files_are_read_anew(town: FiledTown) -> None:
    path = town.write("old.mail", RECORD, NOTICE)
    first = town.add_files(path)
    town.read()
    dropped(town)
    again = town.add_files(path)
    assert (again.new, again.files, again.owned) == (True, first.files, False)
    assert town.report()["old.mail"].may_go is False
    with acting(town) as world:
        (row,) = (row for row in world.catalog.coverage() if row["address"] == NAME)
        assert (row["read_at"], row["present"]) == (None, 0)
    town.read()
    assert tally(town) == {"present": 2}
    (one,) = explained(town, "not@x")
    assert (one.known.left_at, one.known.result) == (None, "")
    assert town.report()["old.mail"].messages == 2


def test_what_is_not_in_the_files_when_they_are_added_again_is_not_gone_without_our_doing(town: FiledTown) -> None:
    path = town.write("old.mail", RECORD, NOTICE)
    town.add_files(path)
    town.read()
    dropped(town)
    town.write("old.mail", RECORD)
    town.add_files(path)
    town.read()
    assert tally(town) == {"present": 1}
    assert explained(town, "not@x")[0].known.result == "dropped"
    with acting(town) as world:
        assert verify(world).entries > 0


def test_files_of_which_a_message_is_held_are_not_dropped(town: FiledTown) -> None:
    town.add_files(town.write("old.mail", RECORD, NOTICE, letter("Notice 4")))
    town.read()
    lunch, everything = hold(town, words=("lunch",)), hold(town, ANN, matter="Oak")
    with pytest.raises(HoldBlocks) as refused:
        dropped(town)
    assert refused.value.exit_code == 30
    assert refused.value.message == (
        f"3 messages of {NAME} are held: 1 by '{lunch}', 3 by '{everything}'. The files are still read."
    )
    assert entries(town, FilesDropped) == [] and tally(town) == {"present": 3}


def test_a_held_message_that_is_missed_and_not_yet_gone_keeps_its_files_too(town: FiledTown) -> None:
    town.write("share a.mail", NOTICE)
    town.write("share b.mail", RECORD)
    town.add_files(town.share)
    town.read()
    hold(town, words=("lunch",))
    (town.share / "share a.mail").unlink()
    town.damaged.add("share b.mail")
    with town.share.joinpath("share b.mail").open("ab") as file:
        file.write(b"more")
    town.read()
    assert tally(town) == {"present": 1}
    with pytest.raises(HoldBlocks, match="1 message of"):
        dropped(town, f"{ANN}/share")


def test_a_hold_that_is_placed_in_that_moment_stops_it(town: FiledTown, monkeypatch: pytest.MonkeyPatch) -> None:
    town.add_files(town.write("old.mail", NOTICE))
    town.read()
    real: Callable[..., Any] = dropping._refuse_held

    def placed(*asked: Any) -> Any:
        found = real(*asked)
        hold(town, ANN)
        return found

    monkeypatch.setattr(dropping, "_refuse_held", placed)
    with pytest.raises(AnotherRun):
        dropped(town)
    assert entries(town, FilesDropped) == []


@pytest.mark.parametrize("moment", ["before the mark", "in the mark"])
def test_killed_at_any_point_it_ends_the_same(town: FiledTown, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    town.add_files(town.write("old.mail", RECORD, NOTICE))
    town.read()
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Drops, "agree" if moment == "before the mark" else "_mark", killed)
        dropped(town)
    assert (len(entries(town, FilesDropped)), tally(town)["present"]) == (1, 2)
    again = dropped(town)
    assert (again.new, again.messages, again.path) == (False, 0, "")
    assert (len(entries(town, FilesDropped)), tally(town)) == (1, {})


def test_a_sync_completes_what_a_crash_left_of_dropping_or_of_adding(
    town: FiledTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = town.write("old.mail", RECORD, NOTICE)
    town.add_files(path)
    town.read()
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Drops, "agree", killed)
        dropped(town)
    town.read()
    assert tally(town) == {}
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Drops, "agree", killed)
        town.add_files(path)
    town.read()
    assert tally(town) == {"present": 2} and len(entries(town, FilesAdded)) == 2
    assert [one.path for one in town.report().values()] == [str(path)]


def test_files_are_named_by_name_or_path_also_where_they_are_gone(town: FiledTown) -> None:
    paths = [town.write(name, letter(name)) for name in ("old.mail", "other.mail", "third.mail")]
    for path in paths:
        town.add_files(path)
        path.unlink()
    assert dropped(town, NAME.upper()).name == NAME
    assert dropped(town, str(paths[1])).name == f"{ANN}/other.mail"
    assert dropped(town, str(paths[2].parent / "." / "third.mail")).messages == 0


def test_what_cannot_be_meant_is_refused_and_nothing_is_written(town: FiledTown) -> None:
    town.add("Notice 3")
    path = town.write("old.mail", NOTICE)
    town.add_files(path)
    town.read()
    for wrong, said in {
        f"{ANN}/old.mial": f"Write {NAME} if",
        str(path)[:-1]: f"Write {path} if",
        CLERK: "is a mailbox of the mail system",
        "nonsense": "No files of mail",
        "": "No files of mail",
        "a\0b": "No files of mail",
    }.items():
        with pytest.raises(WrongUsage) as error:
            dropped(town, wrong)
        assert said in f"{error.value.message} {error.value.next_step}"
    with pytest.raises(WrongUsage, match="reason"):
        dropped(town, reason=" ")
    with pytest.raises(NotThisOffice):
        dropped(town, by="cron@town.example")
    with acting(town) as other, other.alone(), pytest.raises(AnotherRun):
        dropped(town)
    assert entries(town, FilesDropped) == [] and tally(town) == {"present": 2}


def test_the_name_of_dropped_files_is_given_to_no_others(town: FiledTown) -> None:
    (town.share / "b").mkdir()
    town.add_files(town.write("old.mail", NOTICE))
    town.read()
    dropped(town)
    other = town.add_files(town.write("b/old.mail", RECORD))
    assert other.files.name == f"{NAME} 2"
    town.read()
    assert explained(town, "not@x")[0].known.result == "dropped"


def test_files_inside_others_or_around_them_are_read_twice_and_that_is_said(town: FiledTown) -> None:
    path = town.write("old.mail", NOTICE)
    assert town.add_files(path).notes == ()
    (around,) = town.add_files(town.share).notes
    assert around == f"{path}, added as {NAME}, lies inside it: its mail is read twice"
    (inside,) = town.add_files(town.write("new.mail", RECORD), custodian=BOB).notes
    assert inside == f"it lies inside {town.share}, added as {ANN}/share: its mail is read twice"
    dropped(town, f"{ANN}/share")
    assert town.add_files(town.share / "new.mail").notes == ()


def test_a_file_in_which_no_mail_is_recognised_is_refused(town: FiledTown) -> None:
    path = town.write("settings.toml", b"[city]")
    with acting(town, RECORDS) as world, pytest.raises(WrongUsage, match="no mail was recognised in it"):
        adding.add(world, path, custodian=ANN, why_not=lambda _: "no mail was recognised in it")
    assert entries(town, FilesAdded) == []


def test_a_hold_that_comes_later_shows_no_trouble_of_dropped_files(town: FiledTown) -> None:
    town.add_files(town.write("old.mail", NOTICE))
    town.read()
    dropped(town)
    town.read()
    hold(town, ANN)
    with acting(town) as world:
        found = covered(world, world.holds())
        assert (found.messages, found.removed, found.unreadable) == (0, 1, ())
        assert len(shown(world)) == 1
