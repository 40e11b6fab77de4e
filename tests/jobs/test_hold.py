"""Law 1: a hold is asked at plan, at apply, and before each deed, and covers tomorrow's mail."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from pathlib import Path

import pytest

from retention.cli.options import parse_day
from retention.core.authority import HoldKind
from retention.core.hold import Scope
from retention.errors import LedgerBroken, NoSuchHold, NotConfirmed, NotThisOffice, WrongUsage
from retention.jobs.apply import HANDFUL
from retention.jobs.hold import place as placing
from retention.jobs.hold import release as releasing
from retention.ledger import Ledger
from tests.jobs.town import ATTORNEY, CLERK, CRON, NOW, RECORDS, Town
from tests.mail.doubles import MemoryMail


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path / "town")


def place(town: Town, by: str = ATTORNEY, kind: HoldKind = HoldKind.LEGAL, matter: str = "Elm", **scope: object) -> str:
    return placing.place(town.world(by), matter=matter, kind=kind, reason="a claim", scope=Scope(**scope)).hold.name  # type: ignore[arg-type]


def test_a_hold_placed_while_apply_runs_stops_every_deed_after_it_returns(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    refs = [town.add(f"Notice {number}") for number in range(60)]
    made = town.approved_plan()
    mail = town.mail
    assert isinstance(mail, MemoryMail)
    removed_when_it_returned: list[int] = []

    def attorney() -> None:
        place(town, custodians=(CLERK,))
        removed_when_it_returned.append(len(mail.purged))
        returned.set()

    # She types while the third deed is under way; her command returns only when the deeds that had begun are over.
    hand = threading.Thread(target=attorney)
    once, written, returned = threading.Lock(), threading.Event(), threading.Event()
    returned_too_early: list[bool] = []
    wait = Ledger.wait_for_deeds

    def written_then_wait(ledger: Ledger) -> None:
        written.set()
        wait(ledger)

    def third(name: str) -> None:
        if name == "purge" and mail.calls.count("purge") >= 3 and once.acquire(blocking=False):
            hand.start()
            assert written.wait(10)
            returned_too_early.append(returned.wait(0.3))

    monkeypatch.setattr(Ledger, "wait_for_deeds", written_then_wait)
    mail.before_call = third
    applied = town.apply(made)
    hand.join()
    assert returned_too_early == [False]
    assert len(mail.purged) == removed_when_it_returned[0]
    assert 3 <= len(mail.purged) < len(refs)
    assert applied.total("held") == len(refs) - len(mail.purged)


def test_tomorrows_mail_is_held_too(town: Town) -> None:
    place(town, custodians=(CLERK,))
    town.add("Notice 1")
    assert town.approved_plan().steps == ()


def test_a_renamed_mailbox_stays_held(town: Town) -> None:
    town.add("Notice 1")
    town.read()
    place(town, custodians=(CLERK,))
    world = town.world()
    mailbox = world.catalog.mailboxes()[0]
    from msgspec.structs import replace

    world.catalog.save_mailbox(replace(mailbox, address="ana.new@town.example"), ())
    town.adopt()
    made = town.plan()
    assert made.steps == () and made.counts["ana.new@town.example"].held == 1


def test_if_the_holds_cannot_be_read_nothing_is_deleted(town: Town) -> None:
    town.add("Notice 1")
    made = town.approved_plan()
    ledger = town.folder / "ledger.jsonl"
    data = ledger.read_bytes()
    ledger.write_bytes(data.replace(b"adopted", b"adoptee", 1))
    with pytest.raises(LedgerBroken):
        town.apply(made)
    ledger.unlink()
    with pytest.raises(LedgerBroken):
        town.apply(made)
    assert town.mail.purged == []  # type: ignore[attr-defined]


def test_a_ledger_that_breaks_while_apply_runs_stops_it(town: Town) -> None:
    for number in range(60):
        town.add(f"Notice {number}")
    made = town.approved_plan()
    mail = town.mail
    assert isinstance(mail, MemoryMail)
    once = threading.Lock()

    def spoil(name: str) -> None:
        if name == "purge" and mail.calls.count("purge") >= 2 and once.acquire(blocking=False):
            with open(town.folder / "ledger.jsonl", "ab") as file:
                file.write(b"not an entry\n")

    mail.before_call = spoil
    with pytest.raises(LedgerBroken):
        town.apply(made)
    # Only deeds that had been asked about before it broke can have gone on.
    assert 1 <= len(mail.purged) <= HANDFUL


def test_a_released_hold_goes_on_holding_for_the_grace_period(town: Town) -> None:
    town.add("Notice 1")
    name = place(town, custodians=(CLERK,))
    until = releasing.release(town.world(ATTORNEY), name, matter="Elm", reason="settled").until
    assert until == date(2026, 12, 21)
    town.read()
    town.adopt()
    assert town.plan().steps == ()
    town.at = NOW + timedelta(days=31)
    assert len(town.plan().steps) == 1


def test_a_release_asks_for_the_matter_and_the_office(town: Town) -> None:
    name = place(town, custodians=(CLERK,))
    with pytest.raises(NotConfirmed):
        releasing.release(town.world(ATTORNEY), name, matter="Oak", reason="settled")
    with pytest.raises(NotThisOffice):
        releasing.release(town.world(RECORDS), name, matter="Elm", reason="settled")
    with pytest.raises(NoSuchHold):
        releasing.release(town.world(ATTORNEY), "oak", matter="Oak", reason="settled")
    releasing.release(town.world(ATTORNEY), name, matter="Elm", reason="settled")
    with pytest.raises(NoSuchHold):
        releasing.release(town.world(ATTORNEY), name, matter="Elm", reason="settled")


def test_only_the_office_of_its_kind_places_a_hold(town: Town) -> None:
    for by in (CRON, RECORDS):
        with pytest.raises(NotThisOffice):
            place(town, by, custodians=(CLERK,))
    assert place(town, RECORDS, HoldKind.REQUEST, custodians=(CLERK,)) == "elm"


def test_a_hold_without_scope_matter_or_possible_dates_is_refused(town: Town) -> None:
    nothing = [
        {"words": ("water", "!!!")},
        {"custodians": ("ana",)},
        {"participants": ("",)},
        {"participants": ("a@",)},
    ]
    for scope in (*nothing, {}, {"first_on": date(2026, 2, 1), "last_on": date(2026, 1, 1)}):
        with pytest.raises(WrongUsage):
            place(town, **scope)
    with pytest.raises(WrongUsage):
        place(town, matter=" ", custodians=(CLERK,))
    with pytest.raises(WrongUsage, match="2026-02-30"):
        parse_day("2026-02-30", "--from")


def test_a_hold_name_is_never_used_twice(town: Town) -> None:
    names = [place(town, custodians=(CLERK,)) for _ in range(3)]
    assert names == ["elm", "elm-2", "elm-3"]
