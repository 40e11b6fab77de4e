"""``retention record restore``: removed mail comes back from the shell, once, and is listed while it can."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys

import pytest

from retention.catalog import Catalog
from tests.cli.desk import ANN, ATTORNEY, BOB, LONG_AGO, OPERATOR, RECORDS, Desk, letter, places

DELETIONS = "Recoverable Items/Deletions"


@pytest.fixture
def applied(desk: Desk) -> Desk:
    """A city whose plan was applied: four records and four notices have left."""
    desk.done("apply", desk.plan, by=OPERATOR)
    assert [lies for _, lies in folders(desk)].count(DELETIONS) == 8
    return desk


def folders(desk: Desk) -> list[tuple[str, str]]:
    return [(address, folder) for (address, _), (folder, _) in places(desk.world).items()]


def numbers(desk: Desk, word: str) -> list[str]:
    """What people type for the messages whose subjects begin so."""
    catalog = Catalog(desk.folder / "retention.db")
    found = [f"#{known.n}" for known in catalog.everything() if (known.message.subject or "").startswith(word)]
    catalog.close()
    return found


def test_a_message_is_put_back_and_leaves_again_only_by_a_new_plan_and_its_approval(applied: Desk) -> None:
    first = numbers(applied, "Notice 0")[0]
    listed = applied.done("record", "restore", "--list", "--json").json
    assert len(listed["messages"]) == 8 and listed["kept_for"] == "14 days"
    told = applied.done("record", "restore", first, "--reason", "the lunch is not over", by=RECORDS)
    assert told.out.startswith(f"{first} Notice 0 about lunch of {BOB}: put back into Inbox")
    assert "new plan" in told.err
    assert len(applied.done("record", "restore", "--list", "--json").json["messages"]) == 7
    before = applied.catalog()
    assert isinstance(before, dict)
    applied.done("sync")
    applied.done("classify")
    assert applied.catalog() == before
    assert (before["present"], before["purged"], before["captured"]) == (2, 3, 4)
    assert folders(applied).count((BOB, "Inbox")) == 2
    # The plan by which it left is over, and a new one does nothing before somebody has approved it.
    assert applied.run("apply", applied.plan, by=OPERATOR).code == 23
    new = str(applied.folder / "new.json")
    made = applied.done("plan", "-o", new, by=OPERATOR)
    assert "1" in made.out
    assert applied.run("apply", new, by=OPERATOR).code == 24
    assert folders(applied).count((BOB, "Inbox")) == 2
    applied.done("approve", new, by=RECORDS)
    applied.done("apply", new, by=OPERATOR)
    assert folders(applied).count((BOB, "Inbox")) == 1


def test_why_tells_that_it_is_there_again(applied: Desk) -> None:
    (number, *_) = numbers(applied, "Requisition 0")
    applied.done("record", "restore", number, "--reason", "asked for", by=RECORDS)
    assert applied.done("audit", "verify").code == 0
    told = applied.done("why", number, "--json").json
    assert told[0]["known"]["left_at"] is None


def test_several_are_put_back_at_once_and_what_cannot_be_is_told(applied: Desk) -> None:
    first, second = numbers(applied, "Notice")[:2]
    catalog = Catalog(applied.folder / "retention.db")
    gone = catalog.find(second)[0].message.id
    catalog.close()
    applied.world.permanent_delete(BOB, gone)
    told = applied.run("record", "restore", first, second, "--reason", "asked for", by=RECORDS)
    assert told.code == 3
    assert "put back into Inbox" in told.out and "no longer has this message" in told.out
    assert "1 message of 2 could not be put back" in told.err


def test_the_list_fits_the_screen_and_a_file_holds_all_of_it(applied: Desk) -> None:
    told = applied.done("record", "restore", "--list", "--mailbox", ANN)
    assert all(len(line) <= 80 for line in told.out.splitlines())
    assert "4 removed messages can be put back." in told.out
    assert "14 days unless the tenant says otherwise" in told.err
    few = applied.done("record", "restore", "--list", "--mailbox", ANN, "--limit", "1")
    assert "4 removed messages can be put back." in few.out and "3 more than are shown" in few.out
    path = applied.folder / "list.csv"
    applied.done("record", "restore", "--list", "--csv", str(path))
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 8 and {row["as"] for row in rows} == {"captured", "purged"}
    assert all(row["plan"] and row["until"] and row["lies in"] == "Recoverable Items" for row in rows)


@pytest.mark.parametrize(
    "typed",
    [
        ("record", "restore"),
        ("record", "restore", "#1"),
        ("record", "restore", "#1", "--reason", " "),
        ("record", "restore", "nothing", "--reason", "asked for"),
        ("record", "restore", "--list", "#1"),
        ("record", "restore", "#1", "--reason", "asked for", "--csv", "list.csv"),
        ("record", "restore", f"city/requisitions/2024/{'0' * 64}", "--reason", "asked for"),
    ],
)
def test_what_is_typed_wrong_is_told_in_a_sentence_and_does_nothing(applied: Desk, typed: tuple[str, ...]) -> None:
    applied.refused(*typed, code=2, by=RECORDS)


def test_who_has_not_the_office_is_refused(applied: Desk) -> None:
    number = numbers(applied, "Notice")[0]
    applied.refused("record", "restore", number, "--reason", "mine", code=32, by=OPERATOR, said="refused")
    assert applied.done("record", "restore", number, "--reason", "asked for", by=ATTORNEY).out


def test_a_subject_cannot_steer_the_terminal_or_the_sheet(desk: Desk) -> None:
    desk.world.add_message(BOB, "Inbox", letter('=HYPERLINK("x") notice \x1b[2J', 50), received_at=LONG_AGO)
    desk.done("sync")
    desk.done("classify")
    desk.done("plan", "-o", str(desk.folder / "two.json"), by=OPERATOR)
    desk.done("approve", str(desk.folder / "two.json"), by=RECORDS)
    desk.done("apply", str(desk.folder / "two.json"), by=OPERATOR)
    path = desk.folder / "list.csv"
    told = desk.done("record", "restore", "--list", "--csv", str(path))
    assert "\x1b" not in told.out + path.read_text("utf-8-sig")
    assert "'=HYPERLINK" in path.read_text("utf-8-sig")


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
@pytest.mark.parametrize("moment", ["asked", "done"])
def test_killed_while_it_is_put_back_and_run_again_it_is_there_once(applied: Desk, moment: str) -> None:
    number = numbers(applied, "Notice 1")[0]
    typed = applied.typed("record", "restore", number, "--reason", "asked for", by=RECORDS)
    keeper, name = (applied.simulator.app.traffic, "note") if moment == "asked" else (applied.world, "place")
    real, children = getattr(keeper, name), list[subprocess.Popen[bytes]]()

    def kill(what: object, *more: object) -> None:
        real(what, *more)
        if moment == "done" or str(what).endswith("/move"):
            children[0].send_signal(signal.SIGKILL)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(keeper, name, kill)
        children.append(
            subprocess.Popen(
                [sys.executable, "-m", "retention", *typed], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        )
        assert children[0].wait(60) == -signal.SIGKILL
    applied.done("record", "restore", number, "--reason", "asked for", by=RECORDS)
    assert folders(applied).count((BOB, "Inbox")) == 2
    assert folders(applied).count((BOB, DELETIONS)) == 3
    kinds = [line.split('"kind":"')[1].split('"')[0] for line in applied.ledger.read_text().splitlines()]
    assert (kinds.count("mail to be put back"), kinds.count("mail put back")) == (1, 1)
    applied.done("sync")
    tally = applied.catalog()
    assert isinstance(tally, dict) and tally["present"] == 2
    applied.done("audit", "verify")


def test_the_mail_system_may_keep_what_was_removed_for_longer(applied: Desk) -> None:
    text = applied.toml.read_text("utf-8")
    applied.toml.write_text(text.replace("[mail]\n", '[mail]\nrecoverable_for = "30 days"\n'), "utf-8")
    assert "for 30 days unless" in applied.done("record", "restore", "--list").err
    applied.toml.write_text(text.replace("[mail]\n", '[mail]\nrecoverable_for = "a month"\n'), "utf-8")
    assert "recoverable_for" in applied.refused("record", "restore", "--list", code=10).err
