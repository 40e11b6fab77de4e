"""A hold proven from end to end: a stranger's verifier says the same as the ledger, and every gap is told."""

from __future__ import annotations

import shutil
import subprocess
import threading
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from retention.catalog import Catalog
from retention.core.audit import HoldAsked, Proved
from retention.core.authority import HoldKind
from retention.core.city import During
from retention.core.hold import Post, Scope
from retention.core.notice import CustodianNoticed
from retention.errors import LedgerBroken, NoSuchHold, RetentionError, WrongUsage
from retention.jobs.hold import place, prove, release
from retention.jobs.hold.prove import Proven
from retention.ledger import Ledger
from tests.jobs.test_signed_acts import SignedTown
from tests.jobs.town import ATTORNEY, CLERK, LONG_AGO, NOW, RECORDS, Town
from tests.mail.doubles import MemoryMail
from tests.packet.unpacking import entries, facts, rows, verified


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path / "town")


def proven(town: Town, name: str, to: str = "proof", by: str = ATTORNEY, **asked: Any) -> Path:
    """The packet, which its own verifier finds good."""
    made = prove.prove(town.world(by), name, town.folder.parent / to, **asked)
    told = verified(Path(made.folder), "--manifest", made.manifest)
    assert told.returncode == 0, told.stdout + told.stderr
    return Path(made.folder)


def swept(town: Town) -> None:
    """One nightly run."""
    town.read()
    made = town.plan()
    town.approve(made)
    town.apply(made)


def placed_while_a_run_is_under_way(town: Town, **scope: Any) -> str:
    """The hold, placed from another window right before the first deed of the run, is asked before the next handful."""
    made = town.approved_plan()
    mail, names, once = town.mail, [], threading.Lock()
    assert isinstance(mail, MemoryMail)
    hand = threading.Thread(target=lambda: names.append(town.hold("Elm Street", **scope)))

    def first(call: str) -> None:
        if call == "purge" and once.acquire(blocking=False):
            hand.start()
            while "elm-street" not in (town.folder / "ledger.jsonl").read_text("utf-8"):
                hand.join(0.01)

    mail.before_call = first
    town.apply(made)
    hand.join()
    mail.before_call = None
    return names[0]


# A hold's life


def test_what_a_hold_stopped_is_proven_deed_by_deed(town: Town) -> None:
    for number in range(40):
        town.add(f"Notice {number}")
    name = placed_while_a_run_is_under_way(town, custodians=(CLERK,))
    packet = proven(town, name)
    told = facts(packet)
    stopped, left = int(told["Deeds that it stopped"]), int(told["Messages that left mailboxes it had reached"])
    assert stopped + left + len(rows(packet, "gone")) == 40 and stopped >= 24
    assert int(told["Left or destroyed by a deed under way when it reached the mailbox"]) == left
    run = rows(packet, "runs")[0]
    assert run["asked"].endswith("when it was placed") and run["blocked"] == str(stopped)
    assert all(row["because"].startswith("Held by 'elm-street'") for row in rows(packet, "blocked"))


def test_amended_released_reinstated_and_over(town: Town) -> None:
    town.add("Notice 1")
    town.read()
    name = town.hold(custodians=(CLERK,), words=("notice",))
    town.at = NOW + timedelta(days=2)
    place.amend(town.world(ATTORNEY), name, scope=Scope(custodians=(RECORDS,)), reason="another custodian")
    town.at = NOW + timedelta(days=40)
    release.release(town.world(ATTORNEY), name, matter="Elm Street", reason="settled")
    town.at = NOW + timedelta(days=50)
    release.reinstate(town.world(ATTORNEY), name, reason="not settled")
    town.at = NOW + timedelta(days=60)
    release.release(town.world(ATTORNEY), name, matter="Elm Street", reason="settled now")
    town.at = NOW + timedelta(days=200)
    packet = proven(town, name)
    assert [row["what"] for row in rows(packet, "life")] == ["placed", "amended", "released", "reinstated", "released"]
    assert [(row["in force"], row["versions"]) for row in rows(packet, "standing")] == [
        ("from its placing", "1"),
        ("yes", "1"),
        ("yes", "1+2"),
        ("yes", "2"),
        ("yes, in its grace period", "2"),
        ("yes", "2"),
        ("yes, in its grace period", "2"),
        ("no", ""),
    ]
    assert rows(packet, "daily")[-1]["day"] == "2027-02-19", "it ends with the first day on which nothing is held"
    assert {row["office"] for row in rows(packet, "life")} == {"City Attorney"}


def test_a_custodian_reached_later_is_covered_from_that_day(town: Town) -> None:
    town.hold(custodians=("new.hand@town.example",))
    town.at = NOW + timedelta(days=5)
    town.add("Notice 1", mailbox="new.hand@town.example")
    town.read()
    packet = proven(town, "elm-street")
    boxes = [row for row in rows(packet, "coverage") if row["what"] == "mailbox"]
    assert [(row["from"], row["known as"]) for row in boxes] == [("2026-11-26", "new.hand@town.example")]
    assert [row["mailboxes"] for row in rows(packet, "standing")] == ["0", "0", "1"]


def test_every_deed_in_a_mailbox_it_reached_says_why_it_was_allowed(town: Town) -> None:
    town.add("Notice of lunch")
    town.add("Notice of a fire on Elm")
    town.adopt()
    name = town.hold(custodians=(CLERK,), words=("elm",), first_on=LONG_AGO.date() - timedelta(days=1))
    swept(town)
    packet = proven(town, name)
    deed = rows(packet, "deeds")[0]
    assert deed["allowed because"] == "it is not within version 1: words"
    assert (deed["result"], deed["under way"], deed["series"]) == ("purged", "no", "town-notices")
    run = rows(packet, "runs")[0]
    assert (run["purged"], run["blocked"], run["kept"], run["asked"]) == ("1", "0", "1", "from its start")


def test_of_a_message_that_the_catalog_has_forgotten_nobody_can_say_why(town: Town) -> None:
    town.add("Notice of lunch")
    town.adopt()
    name = town.hold(custodians=(CLERK,), words=("elm",))
    swept(town)
    (town.folder / "retention.db").unlink()
    Catalog(town.folder / "retention.db", create=True).close()
    packet = proven(town, name)
    assert rows(packet, "deeds")[0]["allowed because"] == "the catalog knows nothing of this message any more"


def test_a_deed_that_the_scope_covers_as_things_stand_is_not_explained_away(town: Town) -> None:
    town.add("Notice of lunch")
    town.adopt()
    name = town.hold(custodians=(CLERK,), words=("elm",))
    swept(town)
    world = town.world()
    with world.catalog._writing():
        world.catalog._db.execute("UPDATE messages SET subject = 'Elm'")
    packet = proven(town, name)
    assert rows(packet, "deeds")[0]["allowed because"] == "as it is known now, version 1 of the scope covers it"


# Gaps


def test_mail_that_had_gone_and_that_vanished_since_is_told(town: Town) -> None:
    early, late, kept = town.add("Notice 1"), town.add("Notice 2"), town.add("Notice 3")
    town.read()
    mail = town.mail
    assert isinstance(mail, MemoryMail) and kept
    mail.delete(early)
    town.read()
    town.at = NOW + timedelta(days=1)
    name = town.hold(custodians=(CLERK,))
    mail.delete(late)
    town.at = NOW + timedelta(days=2)
    town.read()
    packet = proven(town, name)
    assert [(row["what"], row["id"]) for row in rows(packet, "gone")] == [
        ("deleted by somebody else, before it was placed", early.id),
        ("deleted by somebody else, since it was placed", late.id),
    ]
    assert [row["id"] for row in rows(packet, "vanished")] == [late.id]


def test_what_a_run_had_removed_before_the_hold_was_placed_is_told(town: Town) -> None:
    town.add("Notice 1")
    made = town.approved_plan()
    town.apply(made)
    town.at = NOW + timedelta(days=1)
    packet = proven(town, town.hold(custodians=(CLERK,)))
    assert [row["what"] for row in rows(packet, "gone")] == ["purged by a run, before it was placed"]
    assert rows(packet, "deeds") == rows(packet, "runs") == []


def test_mailboxes_that_could_not_be_read_and_days_without_a_sync_are_told(town: Town) -> None:
    town.add("Notice 1")
    town.add("Notice 1", mailbox=RECORDS)
    name = town.hold(custodians=(CLERK,))
    mail = town.mail
    assert isinstance(mail, MemoryMail)
    mail.unreadable = {CLERK: "the mailbox is locked", RECORDS: "so is this"}
    town.at = NOW + timedelta(days=3)
    town.read()
    packet = proven(town, name)
    assert [(row["day"], row["address"]) for row in rows(packet, "unreadable")] == [("2026-11-24", CLERK)]
    assert [list(row.values()) for row in rows(packet, "unread")] == [["2026-11-21", "2026-11-23", "3"]]
    assert any(row["what"] == "a mailbox cannot be read now" for row in rows(packet, "doubts"))


def test_vacant_offices_and_people_without_a_mailbox_are_told(town: Town) -> None:
    mayor = During(person=CLERK, from_on=date(2026, 3, 1))
    town.city = replace(town.city, offices={**town.city.offices, "Mayor": (mayor,)})
    scope = Scope(custodians=("nobody@town.example",), offices=(Post(name="Mayor", from_on=date(2026, 1, 1)),))
    world = town.world(ATTORNEY)
    name = place.place(world, matter="Elm", kind=HoldKind.LEGAL, reason="a claim", scope=scope).hold.name
    told = {row["what"]: row["detail"] for row in rows(proven(town, name), "doubts")}
    assert told["no mailbox of this person is known"] == "nobody@town.example"
    assert told["nobody is known to have held an office"] == "Mayor, from 2026-01-01 to 2026-02-28"


# Who may see what


def test_a_sealed_matter_is_opened_with_the_key_of_the_legal_office_alone(town: Town) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", town.folder / "legal"], check=True)
    key = (town.folder / "legal.pub").read_text().strip()
    town.city = replace(town.city, city=replace(town.city.city, seal_to=(key,)))
    name = place.place(
        town.world(ATTORNEY),
        matter="Ortiz v. Town",
        kind=HoldKind.LEGAL,
        reason="a secret complaint",
        scope=Scope(custodians=(CLERK,)),
        sealed=True,
    ).hold.name
    packet = proven(town, name)
    assert facts(packet)["Matter"] == "sealed" and rows(packet, "life")[0]["reason"] == "sealed"
    assert not [path for path in packet.rglob("*") if path.is_file() and b"Ortiz" in path.read_bytes()]
    opened = proven(town, name, "opened", identity=town.folder / "legal")
    assert [row["text"] for row in rows(opened, "opened")] == ["Ortiz v. Town", "a secret complaint"]
    assert facts(opened)["Matter"] == "sealed", "what the entries say is what is proven"


def test_a_hold_beside_it_is_named_nowhere_and_what_both_stopped_is_bound_to_its_entry(town: Town) -> None:
    for number in range(40):
        town.add(f"Notice {number}")
    made = town.approved_plan()
    mail, once = town.mail, threading.Lock()
    assert isinstance(mail, MemoryMail)
    hands = [
        threading.Thread(target=town.hold, args=(matter,), kwargs={"custodians": (CLERK,)}) for matter in ("Elm", "Oak")
    ]

    def first(call: str) -> None:
        if call == "purge" and once.acquire(blocking=False):
            for hand in hands:
                hand.start()
            for name in ("elm", "oak"):
                while f'"name":"{name}"' not in (town.folder / "ledger.jsonl").read_text("utf-8"):
                    hands[0].join(0.01)

    mail.before_call = first
    town.apply(made)
    for hand in hands:
        hand.join()
    packet = proven(town, "elm")
    assert [row["shown"] for row in rows(packet, "blocked")].count("no") >= 24
    assert not [path for path in packet.rglob("*") if path.is_file() and b"oak" in path.read_bytes().lower()]
    whole = proven(town, "elm", "whole", whole=True)
    assert {row["shown"] for row in rows(whole, "blocked")} == {"yes"}
    assert (whole / "ledger.jsonl").read_bytes() in (town.folder / "ledger.jsonl").read_bytes()


def test_that_a_run_asked_it_and_what_it_kept_is_proven_without_a_word_of_the_hold_beside_it(town: Town) -> None:
    town.add("Notice 1")
    town.add("Notice 1", mailbox=RECORDS)
    town.adopt()
    for matter, custodians in (("Elm", (CLERK,)), ("Oak", (CLERK, RECORDS)), ("Ash", ("nobody@town.example",))):
        town.hold(matter, custodians=custodians)
    swept(town)
    bodies = [link.entry.body for link in town.world().ledger.links()]
    assert [(body.name, body.versions) for body in bodies if isinstance(body, HoldAsked)] == [
        ("elm", (1,)),
        ("oak", (1,)),
    ], "what reaches no mailbox of the plan is not asked"
    packet = proven(town, "elm")
    run = rows(packet, "runs")[0]
    assert (run["asked"], run["versions"], run["kept"], run["end"] != "") == ("from its start", "1", "1", True)
    shown = [one["said"]["body"] for one in entries(packet) if "said" in one]
    assert [one["name"] for one in shown if one["kind"] in ("hold asked", "hold kept")] == ["elm", "elm"]
    assert [one["counts"] for one in shown if one["kind"] == "apply ended"] == [{}]
    assert not [path for path in packet.rglob("*") if path.is_file() and b"oak" in path.read_bytes().lower()]
    assert rows(proven(town, "ash", "ash"), "runs")[0]["asked"] == "in force, and not named"


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_a_run_killed_while_its_last_words_are_written_proves_the_same_once_taken_up(town: Town, lost: int) -> None:
    town.add("Notice 1")
    town.adopt()
    name = town.hold(custodians=(CLERK,))
    town.read()
    made = town.plan()
    town.approve(made)
    town.apply(made)
    ledger = town.folder / "ledger.jsonl"
    ledger.write_bytes(b"".join(ledger.read_bytes().splitlines(keepends=True)[:-lost]))
    town.apply(made)
    cut_off, ended = rows(proven(town, name), "runs")
    assert (cut_off["end"], cut_off["kept"], cut_off["asked"]) == ("", "", "from its start")
    assert (ended["end"] != "", ended["kept"], ended["asked"]) == (True, "1", "from its start")


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="needs OpenSSH's ssh-keygen")
def test_signatures_are_checked_on_the_other_machine(tmp_path: Path) -> None:
    town = SignedTown(tmp_path / "town")
    name = town.hold(custodians=(CLERK,))
    release.release(town.world(ATTORNEY), name, matter="Elm Street", reason="settled")
    packet = proven(town, name, signers=town.signers)
    assert [row["signed"] for row in rows(packet, "life")] == ["yes", "yes"]
    assert "2 signatures are good" in verified(packet).stdout
    for row in rows(packet, "signatures"):
        done = subprocess.run(row["command"], shell=True, cwd=packet, capture_output=True, check=False)
        assert done.returncode == 0 and ATTORNEY.encode() in done.stdout


# What is written, and what is refused


def test_the_ledger_says_that_a_proof_was_made_and_of_which_manifest(town: Town) -> None:
    name = town.hold(custodians=(CLERK,))
    first = prove.prove(town.world(RECORDS), name, town.folder.parent / "first")
    assert isinstance(first, Proven)
    last = list(town.world().ledger.links())[-1].entry
    assert (last.body, last.by) == (Proved(name=name, manifest=first.manifest), RECORDS)
    second = proven(town, name, "second")
    assert [row["manifest"] for row in rows(second, "proofs")] == [first.manifest]


def test_only_what_was_in_the_ledger_when_it_began_is_in_the_packet(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = town.hold(custodians=(CLERK,))
    world, other = town.world(ATTORNEY), town.world(RECORDS)
    entries_before = world.ledger.head[0]
    covered = prove.covered

    def meanwhile(*asked: Any) -> Any:
        other.ledger.append(CustodianNoticed(hold=name, to=CLERK, digest="d", answer_by=date(2026, 12, 1)))
        return covered(*asked)

    monkeypatch.setattr(prove, "covered", meanwhile)
    made = prove.prove(world, name, town.folder.parent / "proof")
    assert len(entries(Path(made.folder))) == entries_before
    assert verified(Path(made.folder)).returncode == 0
    assert rows(Path(made.folder), "notices") == []


def test_what_cannot_be_proven_is_refused_and_leaves_nothing(town: Town) -> None:
    name = town.hold(custodians=(CLERK,))
    before = (town.folder / "ledger.jsonl").read_bytes()
    folder = town.folder.parent / "proof"
    wrong: tuple[tuple[type[RetentionError], str, dict[str, Any]], ...] = (
        (NoSuchHold, "oak", {}),
        (WrongUsage, name, {"first": date(2026, 11, 21), "last": date(2026, 11, 20)}),
        (WrongUsage, name, {"last": date(2026, 11, 22)}),
        (WrongUsage, name, {"first": date(1066, 10, 14)}),
    )
    for error, asked, more in wrong:
        with pytest.raises(error):
            prove.prove(town.world(ATTORNEY), asked, folder, **more)
    assert not folder.exists() and (town.folder / "ledger.jsonl").read_bytes() == before


def test_a_ledger_that_cannot_take_the_word_of_it_gives_no_packet(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    name = town.hold(custodians=(CLERK,))

    def refuse(*_: object, **__: object) -> None:
        raise LedgerBroken("it is broken")

    world = town.world(ATTORNEY)
    monkeypatch.setattr(Ledger, "append", refuse)
    with pytest.raises(LedgerBroken):
        prove.prove(world, name, town.folder.parent / "proof")
    assert not [path.name for path in town.folder.parent.iterdir() if "proof" in path.name]


def test_a_period_is_shown_day_by_day(town: Town) -> None:
    name = town.hold(custodians=(CLERK,))
    town.at = NOW + timedelta(days=10)
    packet = proven(town, name, first=date(2026, 11, 20), last=date(2026, 11, 22))
    assert [(row["day"], row["in force"]) for row in rows(packet, "daily")] == [
        ("2026-11-20", "no"),
        ("2026-11-21", "from its placing"),
        ("2026-11-22", "yes"),
    ]
