"""Holds of Exchange Online and eDiscovery are holds here: at once, never narrower, and never ended by a file."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from retention.core.audit import HoldAmended, HoldPlaced, HoldReached, Refused
from retention.core.authority import HoldKind
from retention.core.hold import Hold, Scope
from retention.core.hold.foreign import EVERYTHING, ForeignHold
from retention.core.person import Person
from retention.errors import NoSuchHold, NotThisOffice, PlanStale, WrongUsage
from retention.jobs import apply
from retention.jobs.hold import bring_in as bring_in_job
from retention.jobs.hold.bring_in import BroughtIn, bring_in
from retention.jobs.hold.place import amend
from retention.jobs.hold.release import release
from retention.jobs.person import add
from retention.sheets import delimited
from tests.jobs.custodians import ANN, BOB, acting, entries
from tests.jobs.town import ATTORNEY, CLERK, CRON, RECORDS, Town
from tests.mail.doubles import MemoryMail

GUID, OTHER = "7d895d48-7e23-4a8d-8346-533c3beac15d", "c0ba3ce811b6432a8751430937152491"
HEADINGS = '"PrimarySmtpAddress","LitigationHoldEnabled","LitigationHoldDate","LitigationHoldOwner","InPlaceHolds"'
LITIGATION = "exchange-online-litigation-hold"
NEW, GONE = "new.hire@town.example", "gone@town.example"


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """A town whose three mailboxes each hold one notice that is due."""
    town = Town(tmp_path / "town")
    for box in (CLERK, ANN, BOB):
        town.add(f"Notice for {box}", mailbox=box)
    town.read()
    town.adopt()
    return town


def row(address: str, *ids: str, litigation: bool = False, since: str = "", by: str = "") -> str:
    return f'"{address}","{litigation}","{since}","{by}","{";".join(ids)}"'


def brought(
    town: Town, *rows: str, headings: str = HEADINGS, by: str = ATTORNEY, encoding: str = "utf-8-sig", **more: Any
) -> BroughtIn:
    data = "\r\n".join((headings, *rows, "")).encode(encoding)
    sheet = delimited.read("mailboxes.csv", data)
    with acting(town, by) as world:
        return bring_in(world, sheet, **{"kind": HoldKind.LEGAL, "source": "mailboxes.csv (SHA-256 ab12)", **more})


def holds(town: Town) -> dict[str, Hold]:
    with acting(town) as world:
        return {one.hold.name: one.hold for one in world.ledger.in_force.holds}


def scope(town: Town, name: str) -> Scope:
    with acting(town) as world:
        return world.ledger.in_force.holds.states[name].scope


def planned(town: Town) -> set[str]:
    return {step.address for step in town.plan().steps}


def test_an_imported_litigation_hold_stops_a_purge_in_plan(town: Town) -> None:
    assert planned(town) == {CLERK, ANN, BOB}
    brought(town, row(ANN, litigation=True), row(BOB), row(CLERK))
    assert planned(town) == {CLERK, BOB}


def test_an_imported_litigation_hold_stops_an_apply_that_is_under_way(town: Town) -> None:
    made = town.plan()
    town.approve(made)
    asked: list[int] = []

    def at(done: int, total: int | None, where: str) -> None:
        if not asked:
            asked.append(len(brought(town, row(ANN, litigation=True)).placed))

    world = town.world()
    applied = apply.apply(world, made, at)
    world.close()
    assert asked == [1] and (applied.total("purged"), applied.total("held")) == (2, 1)
    assert {one.mailbox.address for one in town.world().catalog.present()} == {ANN}


def test_an_imported_litigation_hold_makes_what_was_approved_before_stale(town: Town) -> None:
    made = town.plan()
    town.approve(made)
    brought(town, row(ANN, litigation=True))
    with pytest.raises(PlanStale):
        town.apply(made)
    mail = town.mail
    assert isinstance(mail, MemoryMail) and mail.purged == []


def test_tomorrows_mail_of_an_imported_hold_is_held_too(town: Town) -> None:
    brought(town, row(ANN, f"UniH{GUID}"))
    town.add("Notice of tomorrow", mailbox=ANN)
    town.read()
    assert planned(town) == {CLERK, BOB}


def test_each_foreign_hold_becomes_one_hold_with_its_origin_and_what_is_known_of_it(town: Town) -> None:
    found = brought(
        town,
        row(ANN, f"UniH{GUID}", litigation=True, since="3/1/2024 4:05:06 PM", by="jdoe@town.example"),
        row(BOB, f"UniH{GUID}", f"mbx{OTHER}:1"),
    )
    ours = holds(town)
    assert [one.hold for one in found.placed] == list(ours.values())
    assert {name: (one.origin, one.matter, one.scope.custodians) for name, one in ours.items()} == {
        LITIGATION: ("LitigationHold", "Exchange Online litigation hold", (ANN,)),
        "exchange-online-ediscovery-hold-7d895d48": (
            f"UniH{GUID}",
            f"Exchange Online eDiscovery hold {GUID}",
            (ANN, BOB),
        ),
    }
    assert ours[LITIGATION].reason == (
        "In force in Exchange Online since 2024-03-01, by jdoe@town.example; "
        "brought in from mailboxes.csv (SHA-256 ab12)"
    )
    assert {one.kind for one in ours.values()} == {HoldKind.LEGAL}
    assert any("only deletes" in note for note in found.notes)


def test_the_same_file_again_records_nothing(town: Town) -> None:
    rows = (row(ANN, f"UniH{GUID}", litigation=True), row(BOB, f"cld{OTHER}"), row(NEW, OTHER))
    brought(town, *rows)
    before = town.world().ledger.head
    found = brought(town, *rows)
    assert (found.placed, found.widened, found.ended, found.left) == ((), (), (), {})
    assert len(found.unchanged) == 4 and town.world().ledger.head == before


def test_new_mailboxes_widen_a_hold_at_once_and_none_ever_leaves_it(town: Town) -> None:
    brought(town, row(ANN, litigation=True))
    found = brought(town, row(ANN), row(BOB, litigation=True))
    (wider,) = found.widened
    assert (wider.name, wider.mailboxes, wider.everywhere) == (LITIGATION, (BOB,), False)
    assert found.left == {LITIGATION: (ANN,)}
    assert scope(town, LITIGATION).custodians == (ANN, BOB)
    assert planned(town) == {CLERK}
    assert len(entries(town, HoldPlaced)) == 1 and len(entries(town, HoldAmended)) == 1
    town.at = town.at.replace(year=2027)
    assert planned(town) == {CLERK}


def test_a_hold_that_is_in_the_file_no_more_is_told_and_stays(town: Town) -> None:
    brought(town, row(ANN, f"UniH{GUID}", litigation=True))
    found = brought(town, row(ANN, f"UniH{GUID}"))
    assert found.ended == (LITIGATION,) and planned(town) == {CLERK, BOB}
    assert brought(town, row(ANN), row(BOB)).ended == (LITIGATION, "exchange-online-ediscovery-hold-7d895d48")


def test_a_file_of_one_kind_says_nothing_of_holds_of_another(town: Town) -> None:
    brought(town, row(ANN, OTHER, litigation=True))
    cases = '"Case name","Name","Guid","Enabled","ExchangeLocation"'
    assert brought(town, f'"Elm","Custodians","{GUID}","True","{BOB}"', headings=cases).ended == ()
    organisation = brought(town, f'"Town","mbx{OTHER}:2"', headings='"Name","InPlaceHolds"')
    assert organisation.ended == () and planned(town) == set()
    assert brought(town, row(ANN, OTHER, f"UniH{GUID}", litigation=True), row(BOB, f"UniH{GUID}")).ended == ()


def test_a_case_hold_and_its_mailboxes_are_one_hold_whichever_file_came_first(town: Town) -> None:
    brought(town, row(ANN, f"UniH{GUID}"))
    cases = '"Case name","Name","Guid","Enabled","ExchangeLocation"'
    found = brought(town, f'"Elm","Custodians","{GUID.upper()}","True","{ANN};{BOB}"', headings=cases)
    assert found.placed == () and [one.mailboxes for one in found.widened] == [(BOB,)]


def test_a_mailbox_that_nobody_knows_is_held_by_its_address_once_it_appears(town: Town) -> None:
    assert brought(town, row(NEW, litigation=True)).unknown == (NEW,)
    town.add("Notice for the new hire", mailbox=NEW)
    town.read()
    assert planned(town) == {CLERK, ANN, BOB}


def test_an_imported_hold_follows_the_person_to_their_other_mailboxes(town: Town) -> None:
    brought(town, row(ANN, litigation=True))
    with acting(town, RECORDS) as world:
        recorded = add(world, Person(address=ANN, addresses=(BOB,)))
    assert recorded.reached == 1 and planned(town) == {CLERK}


def test_a_hold_released_here_that_is_in_force_there_is_placed_anew(town: Town) -> None:
    brought(town, row(ANN, litigation=True))
    with acting(town) as world:
        release(world, LITIGATION, matter="Exchange Online litigation hold", reason="settled")
    found = brought(town, row(ANN, litigation=True))
    assert found.again == {LITIGATION: f"{LITIGATION}-2"}
    town.at = town.at.replace(year=2027)
    assert planned(town) == {CLERK, BOB}
    assert brought(town, row(ANN, litigation=True)).unchanged == (f"{LITIGATION}-2",)


def test_a_hold_that_was_narrowed_here_by_hand_is_widened_beside_what_it_says(town: Town) -> None:
    brought(town, row(ANN, litigation=True))
    with acting(town) as world:
        amend(world, LITIGATION, scope=Scope(custodians=(ANN,), words=("elm",)), reason="only elms")
    brought(town, row(BOB, litigation=True))
    wide = scope(town, LITIGATION)
    assert [part.custodians for part in wide.any_of] == [(ANN,), (BOB,)] and wide.any_of[0].words == ("elm",)
    assert brought(town, row(BOB, litigation=True)).unchanged == (LITIGATION,)


def test_what_an_attorney_adds_while_a_file_is_brought_in_stays_held(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought(town, row(ANN, litigation=True))
    wider = bring_in_job.widened

    def meanwhile(known: Scope, found: ForeignHold) -> Scope | None:
        scope = wider(known, found)
        monkeypatch.setattr(bring_in_job, "widened", wider)
        with acting(town) as world:
            amend(world, LITIGATION, scope=Scope(custodians=(ANN, CLERK)), reason="the clerk too")
        return scope

    monkeypatch.setattr(bring_in_job, "widened", meanwhile)
    found = brought(town, row(ANN, litigation=True), row(BOB, litigation=True))
    assert [one.mailboxes for one in found.widened] == [(BOB,)]
    assert set(scope(town, LITIGATION).custodians) == {ANN, BOB, CLERK}
    town.at += timedelta(days=31)
    assert planned(town) == set()


def test_a_hold_released_while_a_file_is_brought_in_is_not_widened_behind_that(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought(town, row(ANN, litigation=True))
    wider = bring_in_job.widened

    def meanwhile(known: Scope, found: ForeignHold) -> Scope | None:
        scope = wider(known, found)
        monkeypatch.setattr(bring_in_job, "widened", wider)
        with acting(town) as world:
            release(world, LITIGATION, matter="Exchange Online litigation hold", reason="settled")
        return scope

    monkeypatch.setattr(bring_in_job, "widened", meanwhile)
    with pytest.raises(NoSuchHold):
        brought(town, row(ANN, litigation=True), row(BOB, litigation=True))
    assert BOB not in scope(town, LITIGATION).custodians


def test_a_policy_of_the_whole_organisation_holds_everybodys_mail(town: Town) -> None:
    found = brought(town, f'"Town","mbx{OTHER}:3;mbx{GUID}:1"', headings='"Name","InPlaceHolds"')
    assert [one.hold.scope for one in found.placed] == [EVERYTHING] and planned(town) == set()
    assert "every mailbox" in " ".join(found.notes)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ((row(ANN, litigation=True), row("bob", litigation=True)), "'bob' is no address"),
        ((row(ANN, "System.Collections.ArrayList", litigation=True),), "made without -join"),
        ((row(ANN, "UniH1", litigation=True),), "is the id of no hold"),
        ((), "no row below the headings"),
    ],
)
def test_a_file_that_cannot_be_understood_records_nothing(town: Town, rows: tuple[str, ...], said: str) -> None:
    before = town.world().ledger.head
    with pytest.raises(WrongUsage, match=said):
        brought(town, *rows)
    assert town.world().ledger.head == before


def test_every_problem_is_told_at_once_with_its_row(town: Town) -> None:
    with pytest.raises(WrongUsage) as error:
        brought(town, row("ann", litigation=True), row(BOB), row("", OTHER))
    assert error.value.message.splitlines()[0] == "The list has 2 problems, and nothing was recorded:"
    assert "row 2, PrimarySmtpAddress" in error.value.message and "row 4, PrimarySmtpAddress" in error.value.message


def test_an_export_that_was_not_joined_is_refused_with_the_line_to_type(town: Town) -> None:
    with pytest.raises(WrongUsage) as error:
        brought(town, row(ANN, "Microsoft.Exchange.Data.MultiValuedProperty`1[System.String]"))
    assert "@{n='InPlaceHolds';e={$_.InPlaceHolds -join ';'}}" in error.value.next_step


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_any_encoding_of_powershell_is_read(town: Town, encoding: str) -> None:
    assert len(brought(town, row(ANN, litigation=True), encoding=encoding).placed) == 1


def test_cells_apart_by_semicolons_are_read(town: Town) -> None:
    headings = "PrimarySmtpAddress;LitigationHoldEnabled;InPlaceHolds"
    rows = (f'{ANN};True;"UniH{GUID};mbx{OTHER}:2"', f"{BOB};False;UniH{GUID}")
    assert len(brought(town, *rows, headings=headings).placed) == 3


def test_only_the_office_of_the_kind_brings_holds_in(town: Town) -> None:
    for who in (CRON, RECORDS):
        with pytest.raises(NotThisOffice):
            brought(town, row(ANN, litigation=True), by=who)
    assert holds(town) == {} and len(entries(town, Refused)) == 2
    assert len(brought(town, row(ANN, litigation=True), by=RECORDS, kind=HoldKind.REQUEST).placed) == 1


def test_nothing_is_placed_where_another_hold_may_not_be_widened(town: Town) -> None:
    brought(town, row(ANN, litigation=True))
    with pytest.raises(NotThisOffice):
        brought(town, row(BOB, OTHER, litigation=True), by=RECORDS, kind=HoldKind.REQUEST)
    assert list(holds(town)) == [LITIGATION]


def test_thousands_of_mailboxes_are_one_hold(town: Town) -> None:
    rows = [row(f"person{n}@town.example", litigation=True) for n in range(3000)]
    found = brought(town, *rows, row(ANN, litigation=True))
    assert len(found.placed[0].hold.scope.custodians) == 3001
    assert len(entries(town, HoldReached)) == 3001
    assert planned(town) == {CLERK, BOB}
