"""Other people's holds: what an export says, what each value means, and what a hold brought in covers."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from retention.core.authority import HoldKind
from retention.core.hold import Directory, Hold, Holding, Holds, Scope, fixed, reached
from retention.core.hold.checking import checked
from retention.core.hold.exports import CASES, MAILBOXES, Export, read
from retention.core.hold.foreign import EVERYTHING, LITIGATION, ForeignHold, family, key, mark, widened
from retention.core.message import Mailbox, Message
from retention.core.person import Roll
from retention.core.spreadsheet.sheet import Line, Sheet
from tests.core.holding import ZONE

GUID, OTHER = "7d895d48-7e23-4a8d-8346-533c3beac15d", "c0ba3ce811b6432a8751430937152491"
ANN, BOB, CAT = "ann@city.example", "bob@city.example", "cat@city.example"
HEADINGS = "PrimarySmtpAddress,LitigationHoldEnabled,LitigationHoldDate,LitigationHoldOwner,InPlaceHolds"


def sheet(text: str) -> Sheet:
    rows = list(csv.reader(io.StringIO(text.strip("\n"))))
    return Sheet("", tuple(Line(number, tuple(cells)) for number, cells in enumerate(rows, 1)))


def exported(*rows: str, headings: str = HEADINGS) -> Export:
    return read(sheet("\n".join((headings, *rows))))


def good(*rows: str, headings: str = HEADINGS) -> Export:
    found = exported(*rows, headings=headings)
    assert found.problems == ()
    return found


def problems(found: Export) -> list[str]:
    return [str(one) for one in found.problems]


# --- what a value means


@pytest.mark.parametrize(
    ("value", "what", "keeps"),
    [
        (f"UniH{GUID}", "eDiscovery hold", True),
        (f"unih{GUID.upper()}", "eDiscovery hold", True),
        (OTHER, "in-place hold", True),
        (GUID, "in-place hold", True),
        (f"cld{OTHER}", "in-place hold", True),
        (f"mbx{OTHER}:1", "retention policy", False),
        (f"mbx{OTHER}:2", "retention policy", True),
        (f"mbx{OTHER}:3", "retention policy", True),
        (f"mbx{OTHER}", "retention policy", True),
        (f"mbx{OTHER}:4", "retention policy", True),
        (f"skp{OTHER}:1", "Skype retention policy", False),
        (f"skp{OTHER}:3", "Skype retention policy", True),
        (f"grp{OTHER}:1", "retention policy", False),
        (f"grp{OTHER}:3", "retention policy", True),
        (f"-mbx{OTHER}", "retention policy", False),
        (f"-mbx{OTHER}:3", "retention policy", False),
        (f"new{OTHER}:1", "hold 'new'", True),
    ],
)
def test_what_a_value_of_in_place_holds_means(value: str, what: str, keeps: bool) -> None:
    found = mark(value)
    assert found is not None and (found.what, found.keeps) == (what, keeps)
    held = good(f"{ANN},False,,,{value}").holds
    assert [(one.origin, one.mailboxes) for one in held] == ([(value, (ANN,))] if keeps else [])


@pytest.mark.parametrize("value", ["", "True", "mbx", f"mbx{OTHER}:", f"mbx{OTHER[1:]}", f"{OTHER}0", "UniH", "#NAME?"])
def test_what_is_the_id_of_no_hold(value: str) -> None:
    assert mark(value) is None


def test_a_hold_is_known_again_however_its_id_is_written_and_whatever_its_policy_does_by_then() -> None:
    assert key(f"UniH{GUID}") == key(f"unih{GUID.replace('-', '').upper()}")
    assert key(f"mbx{OTHER}:2") == key(f"mbx{OTHER}:3")
    assert len({key(one) for one in (f"UniH{GUID}", f"mbx{GUID}", GUID, f"cld{GUID}", LITIGATION)}) == 5


# --- Get-Mailbox


def test_an_export_of_mailboxes_is_read_into_one_hold_for_each_id() -> None:
    found = good(
        f'"{ANN}","True","3/1/2024 4:05:06 PM","jdoe@city.example","UniH{GUID};mbx{OTHER}:2"',
        f'"Bob@City.example","False","","","UniH{GUID}"',
        f'"{CAT}","True","2023-11-30T08:00:00.0000000-06:00","kim@city.example",""',
        '"dee@city.example","False","","",""',
    )
    assert found.holds == (
        ForeignHold(
            origin=LITIGATION,
            matter="Exchange Online litigation hold",
            mailboxes=(ANN, CAT),
            since=date(2023, 11, 30),
            by=("jdoe@city.example", "kim@city.example"),
        ),
        ForeignHold(origin=f"UniH{GUID}", matter=f"Exchange Online eDiscovery hold {GUID}", mailboxes=(ANN, BOB)),
        ForeignHold(origin=f"mbx{OTHER}:2", matter=f"Exchange Online retention policy {OTHER}", mailboxes=(ANN,)),
    )
    assert found.notes == ()


@pytest.mark.parametrize("separator", [";", ",", " ", "; ", "\n", ";;"])
def test_values_are_joined_in_any_usual_way(separator: str) -> None:
    assert len(good(f'{ANN},False,,,"UniH{GUID}{separator}{OTHER}"').holds) == 2


def test_the_first_line_of_windows_powershell_is_passed_over() -> None:
    text = f"#TYPE Selected.Microsoft.Exchange.Data.Directory.Management.Mailbox\n{HEADINGS}\n{ANN},True,,,"
    assert [one.mailboxes for one in read(sheet(text)).holds] == [(ANN,)]


def test_what_is_no_hold_is_told_with_how_often() -> None:
    found = good(
        f"{ANN},False,,,mbx{OTHER}:1;-mbx{OTHER}",
        f"{BOB},False,,,mbx{OTHER}:1",
    )
    assert found.holds == ()
    assert found.notes == (
        f"mbx{OTHER}:1 is a retention policy that only deletes; it is no hold (2 rows).",
        f"-mbx{OTHER} says that a retention policy is not for the mailbox; it is no hold (1 row).",
    )


def test_a_prefix_that_nobody_knows_yet_is_taken_for_a_hold_and_told() -> None:
    found = good(f"{ANN},False,,,xyz{OTHER}")
    assert [one.mailboxes for one in found.holds] == [(ANN,)] and "'xyz'" in found.notes[0]


def test_holds_that_are_going_or_of_single_messages_are_told_and_not_brought_in() -> None:
    headings = "PrimarySmtpAddress,LitigationHoldEnabled,DelayHoldApplied,ComplianceTagHoldApplied"
    found = good(f"{ANN},False,True,True", headings=headings)
    assert found.holds == () and ["brought in" in note for note in found.notes] == [False, True, True]


def test_columns_that_are_not_read_are_named_in_one_sentence() -> None:
    found = good(f"{ANN},True,Ann,UserMailbox", headings="PrimarySmtpAddress,LitigationHoldEnabled,Name,RecipientType")
    assert found.notes[-1] == "These columns are not read: 'Name', 'RecipientType'."
    assert "no column InPlaceHolds" in found.notes[0] and found.families == {"litigation"}


def test_a_mailbox_may_be_named_by_the_name_its_user_signs_in_with() -> None:
    found = good(f"{ANN},True", headings="UserPrincipalName,LitigationHoldEnabled")
    assert found.holds[0].mailboxes == (ANN,)


@pytest.mark.parametrize(
    "value",
    [
        "System.Collections.ArrayList",
        "System.String[]",
        "Microsoft.Exchange.Data.MultiValuedProperty`1[System.String]",
        f"{{UniH{GUID}, mbx{OTHER}:2...}}",
        f"{{UniH{GUID}}}",
        f"UniH{GUID} mbx{OTHER}...",
    ],
)
def test_an_export_whose_lists_were_not_joined_is_refused_with_what_to_type(value: str) -> None:
    found = exported(f'{ANN},True,,,"{value}"')
    assert found.next_step == f"Export it with `{MAILBOXES}`." and "-join ';'" in found.next_step
    assert problems(found) == [
        f"row 2, InPlaceHolds: '{value if len(value) <= 60 else value[:57] + '...'}' is no list: the export was made "
        "without -join"
    ]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("ann,True,,,", "row 2, PrimarySmtpAddress: 'ann' is no address: one like name@city.example was expected"),
        (",True,,,", "row 2, PrimarySmtpAddress: is empty, and the mailbox is on hold: an address was expected"),
        (f"{ANN},perhaps,,,", "row 2, LitigationHoldEnabled: 'perhaps' is neither True nor False"),
        (f"{ANN},True,,,UniH1", "row 2, InPlaceHolds: 'UniH1' is the id of no hold"),
        (f"{ANN},True,,,,more", "row 2: it has 6 cells where 5 were expected, and is not read"),
    ],
)
def test_a_row_that_cannot_be_understood_is_told_with_its_number(row: str, problem: str) -> None:
    assert problems(exported(row)) == [problem]


def test_a_mailbox_without_hold_needs_no_address() -> None:
    assert good("DiscoverySearchMailbox,False,,,").holds == ()


def test_a_date_that_cannot_be_read_is_told_and_the_mailbox_is_held_all_the_same() -> None:
    found = good(f"{ANN},True,24.12.2025 10:00:00,,")
    assert [(one.mailboxes, one.since) for one in found.holds] == [((ANN,), None)]
    assert found.notes == ("Row 2, LitigationHoldDate: '24.12.2025 10:00:00' is no date and is not kept; it is held.",)


# --- files of another kind


@pytest.mark.parametrize("text", ["", "Name,Shoe size\nAnn,9", "Name,Status,CaseType\nElm,Active,eDiscovery"])
def test_a_file_that_names_no_holds_is_refused_with_what_to_type(text: str) -> None:
    found = read(sheet(text))
    assert found.holds == () and len(found.problems) == 1 and MAILBOXES in found.next_step


def test_headings_without_rows_are_refused() -> None:
    assert problems(exported()) == ["the file: there is no row below the headings"]


def test_a_file_of_mailboxes_that_does_not_name_them_is_refused() -> None:
    found = exported("Ann,True", "Bob,True", headings="Name,LitigationHoldEnabled")
    assert len(found.problems) == 1 and MAILBOXES in found.next_step
    found = exported(f"Ann,UniH{GUID}", headings="Name,InPlaceHolds")
    assert "is of single mailboxes" in problems(found)[0] and MAILBOXES in found.next_step


def test_a_policy_of_the_whole_organisation_holds_everybody() -> None:
    found = good(f"City,mbx{OTHER}:3;mbx{GUID}:1;grp{OTHER}:2", headings="Name,InPlaceHolds")
    assert [(one.origin, one.everywhere, one.scope) for one in found.holds] == [
        (f"mbx{OTHER}:3", True, EVERYTHING),
        (f"grp{OTHER}:2", True, EVERYTHING),
    ]
    assert "those excluded from it too" in found.notes[1]


# --- eDiscovery

CASE_HEADINGS = "Case name,Name,Guid,Enabled,ExchangeLocation,SharePointLocation,ContentMatchQuery"


def test_a_case_hold_is_known_by_the_id_that_its_mailboxes_show() -> None:
    found = good(
        f'Elm Street,Custodians,{GUID},True,"{ANN};{BOB}",,',
        f'Elm Street,Mail about elms,{OTHER},True,{CAT},,"subject:elm AND sent>=2024-01-01"',
        headings=CASE_HEADINGS,
    )
    assert [(one.origin, one.matter, one.mailboxes) for one in found.holds] == [
        (f"UniH{GUID}", "Exchange Online case Elm Street, hold Custodians", (ANN, BOB)),
        (f"UniH{OTHER}", "Exchange Online case Elm Street, hold Mail about elms", (CAT,)),
    ]
    assert len(found.notes) == 1 and "subject:elm" in found.notes[0] and "as a whole" in found.notes[0]


def test_microsofts_report_on_case_holds_is_read() -> None:
    headings = (
        "Case name,Case status,Hold name,Hold enabled,Case members,Case created time,Case closed time,Case closed by,"
        "Exchange locations,SharePoint locations,Hold query,Hold created by,Hold created time (UTC),"
        "Hold last changed by,Hold changed time (UTC)"
    )
    found = good(
        f"Elm,Active,Custodians,True,x@city.example,1/2/2024 3:04:05 PM,,,{ANN};{BOB},,,Kim Lee,1/2/2024 3:04:05 PM,,",
        "Oak,Closed,,,x@city.example,,2/2/2024 3:04:05 PM,Kim Lee,,,,,,,",
        "Ash,Active,Sites,True,x@city.example,,,,,https://city.example/sites/ash,,,,,",
        f"Fir,Active,Off,False,,,,,{CAT},,,,,,",
        headings=headings,
    )
    assert found.holds == (
        ForeignHold(
            origin="Elm/Custodians",
            matter="Exchange Online case Elm, hold Custodians",
            mailboxes=(ANN, BOB),
            since=date(2024, 1, 2),
            by=("Kim Lee",),
        ),
    )
    assert [note.partition(":")[0] for note in found.notes[:3]] == ["Row 3", "Row 4", "Row 5"]
    assert "has no hold" in found.notes[0] and "names no mailbox" in found.notes[1] and "turned off" in found.notes[2]


def test_a_case_hold_on_all_mailboxes_holds_everybody() -> None:
    assert good(f"Elm,All of it,{GUID},True,All,,", headings=CASE_HEADINGS).holds[0].everywhere


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (f"Elm,Custodians,{GUID},True,Ann Bo,,", "row 2, ExchangeLocation: 'ann' is no address"),
        (f"Elm,Custodians,17,True,{ANN},,", "row 2, Guid: '17' is the id of no eDiscovery hold"),
        (f"Elm,Custodians,mbx{OTHER}:1,True,{ANN},,", f"row 2, Guid: 'mbx{OTHER}:1' is the id of no eDiscovery hold"),
        (f"Elm,,{GUID},True,{ANN},,", "row 2, Name: is empty"),
        (f"Elm,Custodians,{GUID},maybe,{ANN},,", "row 2, Enabled: 'maybe' is neither True nor False"),
    ],
)
def test_a_case_hold_that_cannot_be_understood_is_told(row: str, problem: str) -> None:
    assert problems(exported(row, headings=CASE_HEADINGS))[0].startswith(problem)


def test_case_holds_exported_without_saying_where_they_are_are_refused() -> None:
    found = exported(f"Elm,Custodians,{GUID},True,,,", headings=CASE_HEADINGS)
    assert "-DistributionDetail" in problems(found)[0] and found.next_step == f"Export it with `{CASES}`."
    location = "Microsoft.Exchange.Data.MultiValuedProperty`1[BindingMetadata]"
    found = exported(f"Elm,Custodians,{GUID},True,{location},,", headings=CASE_HEADINGS)
    assert "without -join" in problems(found)[0] and found.next_step == f"Export it with `{CASES}`."


@given(st.lists(st.lists(st.text(max_size=8), max_size=5), max_size=5))
def test_any_sheet_at_all_can_be_read(rows: list[list[str]]) -> None:
    for headings in ([], HEADINGS.split(","), CASE_HEADINGS.split(","), ["InPlaceHolds"]):
        read(Sheet("", tuple(Line(number, tuple(cells)) for number, cells in enumerate([headings, *rows], 1))))


# --- what a hold brought in covers

BOXES = tuple(Mailbox(id=f"box-{address}", address=address) for address in (ANN, BOB, CAT))
DIRECTORY = Directory(Roll(), BOXES)
MAIL = [
    Message(mailbox=box.id, id=f"{box.id} {n}", received_at=at, sent_at=at, subject=subject, preview="x", to=(), cc=(),
            bcc=(), sender="a@b.c", has_attachments=False, internet_id=f"<{n}@x>")
    for box in BOXES
    for n, (at, subject) in enumerate(
        ((datetime(2025, 1, 1, tzinfo=UTC), "Elm"), (datetime(1601, 1, 1, tzinfo=UTC), "Oak"), (None, "Elm Oak"))
    )
]  # fmt: skip


def covered(scope: Scope) -> set[str]:
    scope = fixed(scope, DIRECTORY)
    hold = Hold(
        name="x", matter="x", kind=HoldKind.LEGAL, reason="x", scope=scope, placed_at=datetime(2026, 1, 1, tzinfo=UTC),
        placed_by=ANN,
    )  # fmt: skip
    holds = Holds([Holding(hold=hold, version=1, scope=scope, reach=reached(scope, DIRECTORY))], ZONE)
    by_id = {box.id: box for box in BOXES}
    return {one.id for one in MAIL if holds.covering(one, by_id[one.mailbox], None)}


def foreign(*mailboxes: str, everywhere: bool = False) -> ForeignHold:
    return ForeignHold(origin=LITIGATION, matter="x", mailboxes=mailboxes, everywhere=everywhere)


def test_a_hold_on_everything_covers_the_oldest_mail_and_what_has_no_date() -> None:
    assert covered(EVERYTHING) == {one.id for one in MAIL}
    assert checked(EVERYTHING) == ()


FOREIGN = st.builds(
    lambda boxes, everywhere: foreign(*(() if everywhere else boxes), everywhere=everywhere),
    st.lists(st.sampled_from([ANN, BOB, CAT]), min_size=1, max_size=2, unique=True),
    st.sampled_from([False, False, False, True]),
)
SCOPES = st.sampled_from(
    [
        Scope(custodians=(ANN,)),
        Scope(custodians=(ANN, CAT)),
        Scope(custodians=(ANN,), words=("elm",)),
        Scope(words=("oak",)),
        Scope(any_of=(Scope(custodians=(ANN,)), Scope(words=("oak",)))),
        Scope(custodians=(BOB,), none_of=(Scope(words=("elm",)),)),
        EVERYTHING,
    ]
)


@given(SCOPES, st.lists(FOREIGN, min_size=1, max_size=4))
def test_an_import_never_narrows_and_covers_all_that_the_other_hold_does(scope: Scope, more: list[ForeignHold]) -> None:
    for one in more:
        wider = widened(fixed(scope, DIRECTORY), one)
        assert covered(wider or scope) >= covered(scope) | covered(one.scope)
        scope = fixed(wider or scope, DIRECTORY)
        assert checked(scope) == () and widened(scope, one) is None


def test_a_renamed_mailbox_stays_in_a_scope_that_is_widened() -> None:
    scope = fixed(Scope(custodians=(ANN,)), DIRECTORY)
    wider = widened(scope, foreign(BOB))
    assert wider == replace(scope, custodians=(ANN, BOB)) and wider.mailboxes == ("box-ann@city.example",)


@pytest.mark.parametrize(
    ("origin", "scope", "found"),
    [
        (LITIGATION, Scope(custodians=(ANN,)), "litigation"),
        (OTHER, Scope(custodians=(ANN,)), "mailboxes"),
        (f"mbx{OTHER}:2", Scope(custodians=(ANN,)), "mailboxes"),
        (f"mbx{OTHER}:2", EVERYTHING, "organisation"),
        (f"UniH{GUID}", Scope(custodians=(ANN,)), "cases"),
        ("Elm/Custodians", Scope(custodians=(ANN,)), "cases by name"),
    ],
)
def test_it_is_known_which_export_would_list_a_hold(origin: str, scope: Scope, found: str) -> None:
    assert family(origin, scope) == found
