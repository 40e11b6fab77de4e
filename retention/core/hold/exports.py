"""Exports of other people's holds: what each row of a file from Exchange Online or eDiscovery says.

No file is opened here, and what a hold of theirs is stands in ``foreign.py``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from retention.core.hold.foreign import KINDS, LITIGATION, POLICIES, ForeignHold, Mark, key, mark
from retention.core.personnel.table import UNKNOWN, Row, Table, day_of, plain
from retention.core.spreadsheet.sheet import BadRow, Sheet, counted, listed

MAILBOXES = (
    "Get-Mailbox -ResultSize Unlimited | Select PrimarySmtpAddress,LitigationHoldEnabled,LitigationHoldDate,"
    "LitigationHoldOwner,@{n='InPlaceHolds';e={$_.InPlaceHolds -join ';'}} | "
    "Export-Csv mailboxes.csv -NoTypeInformation -Encoding UTF8"
)
"""What to type in Exchange Online PowerShell for the holds of mailboxes."""
ORGANISATION = (
    "Get-OrganizationConfig | Select Name,@{n='InPlaceHolds';e={$_.InPlaceHolds -join ';'}} | "
    "Export-Csv organization.csv -NoTypeInformation -Encoding UTF8"
)
"""The same for the retention policies of the whole organisation."""
CASES = (
    "Get-ComplianceCase | % { $c = $_; Get-CaseHoldPolicy -Case $c.Name -DistributionDetail | Select "
    "@{n='Case name';e={$c.Name}},Name,Guid,Enabled,@{n='ExchangeLocation';e={$_.ExchangeLocation.Name -join ';'}},"
    "@{n='SharePointLocation';e={$_.SharePointLocation.Name -join ';'}},"
    "@{n='ContentMatchQuery';e={(Get-CaseHoldRule -Policy $_.Name).ContentMatchQuery}} } | "
    "Export-Csv cases.csv -NoTypeInformation -Encoding UTF8"
)
"""What to type in Security & Compliance PowerShell for the holds of eDiscovery cases."""

_OF_MAILBOXES = {
    "address": "primary smtp address, windows email address, email address, mailbox, address, user principal name",
    "litigation": "litigation hold enabled, litigation hold",
    "since": "litigation hold date",
    "by": "litigation hold owner",
    "in place": "in place holds",
    "delay": "delay hold applied",
    "labels": "compliance tag hold applied",
}
_OF_CASES = {
    "case": "case name, case",
    "name": "hold name, name, policy name",
    "id": "guid, hold guid, policy guid, exchange object id",
    "enabled": "hold enabled, enabled",
    "mailboxes": "exchange location, exchange locations",
    "sites": "share point location, share point locations",
    "query": "content match query, hold query",
    "since": "hold created time (utc), when created utc, when created",
    "by": "hold created by, created by",
}
"""Also the headings of Microsoft's script "Create a report on holds in eDiscovery cases"."""

_NOT_JOINED = re.compile(r"(system|microsoft)\.[^@]*|\{.*|.*(\.\.\.|…)\}?", re.IGNORECASE | re.DOTALL)
"""What PowerShell writes for a list that nobody joined: the name of its class, or its first values in braces."""
_ANSWERS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False, "": False}


class Export(Struct, frozen=True, kw_only=True):
    """What a file says. ``families`` are those of the holds that such a file lists, by which others are known to end.

    With ``problems`` nothing of it counts; ``next_step`` is how to export it anew, where that is what is needed.
    """

    holds: tuple[ForeignHold, ...] = ()
    families: frozenset[str] = frozenset()
    problems: tuple[BadRow, ...] = ()
    notes: tuple[str, ...] = ()
    next_step: str = ""


def read(sheet: Sheet) -> Export:
    """The holds in an export of mailboxes, of the organisation, or of eDiscovery's case holds."""
    # Windows PowerShell writes the class of what it exports into the first line, unless it is told not to.
    lines = tuple(line for line in sheet.lines if not line.cell(0).startswith("#TYPE "))
    headings = {plain(cell) for line in lines[:1] for cell in line.cells}
    if not headings.isdisjoint(_spelt(_OF_CASES["mailboxes"])):
        return _Cases(replace(sheet, lines=lines)).export()
    if not headings.isdisjoint(_spelt(_OF_MAILBOXES["in place"], _OF_MAILBOXES["litigation"])):
        return _Mailboxes(replace(sheet, lines=lines)).export()
    seen = listed(cell for line in lines[:1] for cell in line.cells if cell)
    sentence = f"no heading says which holds there are; seen here: {seen or 'nothing'}"
    return Export(problems=(BadRow(sheet.name, 0, "", sentence),), next_step=f"Export it with `{MAILBOXES}`.")


class _Reading:
    """One file being read: its table, the holds found by now, and what is to be told."""

    line = ""
    """What to type for such a file."""

    def __init__(self, sheet: Sheet, spelled: dict[str, str], needed: tuple[str, ...]) -> None:
        self.table = Table(
            [line.cells for line in sheet.lines],
            [line.number for line in sheet.lines],
            spelled,
            needed,
            all_needed=True,
            marred=[line.marred for line in sheet.lines],
        )
        self.holds: dict[str, list[ForeignHold]] = defaultdict(list)
        self.notes: list[str] = []
        self.next_step = ""

    def export(self) -> Export:
        for row in self.table.rows:
            self.read(row)
        if not self.table.rows and not self.table.problems:
            self.table.problems.append(BadRow("", 0, "", "there is no row below the headings"))
        unread = listed(note.column for note in self.table.notes if note.sentence == UNKNOWN)
        doubtful = [f"{note}." for note in sorted(self.table.notes) if note.sentence != UNKNOWN]
        self.finish()
        return Export(
            holds=tuple(map(_one, self.holds.values())),
            families=self.families,
            problems=tuple(sorted(self.table.problems)),
            notes=(*self.notes, *doubtful, *([f"These columns are not read: {unread}."] if unread else [])),
            next_step=f"Export it with `{self.next_step}`." if self.next_step else "",
        )

    @property
    def families(self) -> frozenset[str]:
        raise NotImplementedError

    def read(self, row: Row) -> None:
        raise NotImplementedError

    def finish(self) -> None:
        """What is to be told once every row was read."""

    def found(self, hold: ForeignHold) -> None:
        """A row says that this hold keeps these mailboxes."""
        self.holds[key(hold.origin)].append(hold)

    def is_on(self, row: Row, column: str) -> bool:
        text = row.text(column).casefold()
        if text not in _ANSWERS:
            row.tell(column, f"{listed([row.text(column)])} is neither True nor False")
        return _ANSWERS.get(text, True)

    def joined(self, row: Row, column: str) -> bool:
        """Whether the cell holds what it names, and not what PowerShell writes for a list."""
        text = row.text(column)
        if not _NOT_JOINED.fullmatch(text):
            return True
        self.refuse(row, column, f"{listed([text])} is no list: the export was made without -join", self.line)
        return False

    def refuse(self, row: Row, column: str, sentence: str, line: str) -> None:
        """Tell once what is wrong with the file as a whole, where every row would say it, and what to type instead."""
        if not self.next_step:
            row.tell(column, sentence)
            self.next_step = line

    def day(self, row: Row) -> date | None:
        """Since when; where that cannot be read the hold is one all the same."""
        text = row.text("since")
        try:
            return day_of(text) if text else None
        except ValueError:
            self.notes.append(
                f"Row {row.number}, {row.heading('since')}: {listed([text])} is no date and is not kept; it is held."
            )
            return None


class _Mailboxes(_Reading):
    """Of ``Get-Mailbox``, a row for each mailbox; or of ``Get-OrganizationConfig``, one row for all of them."""

    def __init__(self, sheet: Sheet) -> None:
        super().__init__(sheet, _OF_MAILBOXES, ())
        self.whole = "address" not in self.table.headings
        self.line = ORGANISATION if self.whole else MAILBOXES
        self.passed: dict[str, int] = defaultdict(int)

    @property
    def families(self) -> frozenset[str]:
        listed_here = {"litigation"} if "litigation" in self.table.headings else set()
        if "in place" in self.table.headings:
            listed_here |= {"organisation"} if self.whole else {"mailboxes", "cases"}
        return frozenset(listed_here)

    def read(self, row: Row) -> None:
        if self.whole and (len(self.table.rows) > 1 or row.has("litigation")):
            self.refuse(row, "", "no column says whose mailbox it is: PrimarySmtpAddress was expected", MAILBOXES)
            return
        held = tuple(self._held(row))
        addresses = row.addresses("address") if held else ()
        if held and not self.whole and not row.text("address"):
            row.tell("address", "is empty, and the mailbox is on hold: an address was expected")
        for hold in held:
            self.found(replace(hold, mailboxes=addresses, everywhere=self.whole))

    def _held(self, row: Row) -> Iterator[ForeignHold]:
        if self.is_on(row, "litigation"):
            by = (row.text("by"),) if row.text("by") else ()
            yield ForeignHold(origin=LITIGATION, matter="Exchange Online litigation hold", since=self.day(row), by=by)
        for one in self._marks(row):
            yield ForeignHold(origin=one.text, matter=f"Exchange Online {one.what} {one.guid}")
        for column, why in (
            ("delay", "ended, and Exchange Online goes on for 30 days (DelayHoldApplied)"),
            ("labels", "is of single messages under retention labels (ComplianceTagHoldApplied)"),
        ):
            if self.is_on(row, column):
                self.passed[f"A hold that {why} is not brought in"] += 1

    def _marks(self, row: Row) -> Iterator[Mark]:
        """What ``InPlaceHolds`` says that keeps mail."""
        if not self.joined(row, "in place"):
            return
        for text in re.split(r"[;,\s]+", row.text("in place")):
            one = mark(text)
            if one is None:
                if text:
                    row.tell("in place", f"{listed([text])} is the id of no hold")
            elif self.whole and one.prefix not in POLICIES:
                self.refuse(row, "in place", f"{one.text} is of single mailboxes, and no column says which", MAILBOXES)
            elif one.keeps:
                if one.prefix not in KINDS:
                    self.passed[f"What '{one.prefix}' means before an id is not known; it is taken for a hold"] += 1
                yield one
            elif one.excluded:
                self.passed[f"{one.text} says that a retention policy is not for the mailbox; it is no hold"] += 1
            else:
                self.passed[f"{one.text} is a retention policy that only deletes; it is no hold"] += 1

    def finish(self) -> None:
        for column, name in (("litigation", "LitigationHoldEnabled"), ("in place", "InPlaceHolds")):
            if column not in self.table.headings and not self.whole:
                self.notes.append(f"There is no column {name}: the holds that it names are not in this file.")
        for sentence, count in self.passed.items():
            self.notes.append(f"{sentence} ({counted(count, 'row')}).")
        if self.whole and self.holds:
            self.notes.append("A policy of the whole organisation holds every mailbox, those excluded from it too.")


class _Cases(_Reading):
    """Of ``Get-CaseHoldPolicy``, or of Microsoft's report on the holds in eDiscovery cases: a row for each hold."""

    line = CASES

    def __init__(self, sheet: Sheet) -> None:
        super().__init__(sheet, _OF_CASES, ("name", "mailboxes"))
        self.nowhere = 0

    @property
    def families(self) -> frozenset[str]:
        return frozenset({"cases" if "id" in self.table.headings else "cases by name"})

    def read(self, row: Row) -> None:
        name, case = row.text("name"), row.text("case")
        if not name:
            if row.text("mailboxes"):
                row.tell("name", "is empty: the hold's name was expected")
            else:
                self.notes.append(f"Row {row.number}: the case '{case}' has no hold.")
            return
        if row.text("enabled") and not self.is_on(row, "enabled"):
            self.notes.append(f"Row {row.number}: the hold '{name}' is turned off and is not brought in.")
            return
        everywhere = row.text("mailboxes").casefold() == "all"
        joined = self.joined(row, "mailboxes")
        addresses = row.addresses("mailboxes") if joined and not everywhere else ()
        matter = f"Exchange Online case {case}, hold {name}" if case else f"Exchange Online eDiscovery hold {name}"
        if not addresses and not everywhere:
            self._nowhere(row, name)
            return
        if row.text("query"):
            self.notes.append(
                f"Row {row.number}: the hold '{name}' keeps there only what its query finds ({row.text('query')}); "
                "here it holds its mailboxes as a whole, because that query cannot be asked here."
            )
        origin = self._origin(row, case, name)
        by = (row.text("by"),) if row.text("by") else ()
        self.found(
            ForeignHold(
                origin=origin, matter=matter, mailboxes=addresses, everywhere=everywhere, since=self.day(row), by=by
            )
        )

    def _origin(self, row: Row, case: str, name: str) -> str:
        if not (text := row.text("id")):
            return f"{case}/{name}"
        one = mark(text)
        if one is None or one.excluded or one.prefix not in ("", "unih"):
            row.tell("id", f"{listed([text])} is the id of no eDiscovery hold")
            return text
        return f"UniH{one.guid}"

    def _nowhere(self, row: Row, name: str) -> None:
        """A hold that names no mailbox is of sites alone, or was exported without saying where it is."""
        if not row.text("sites") and not row.text("mailboxes"):
            self.nowhere += 1
        if not row.text("mailboxes"):
            self.notes.append(f"Row {row.number}: the hold '{name}' names no mailbox and is not brought in.")

    def finish(self) -> None:
        if self.nowhere and not self.holds:
            sentence = "no hold names a mailbox or a site: the export was made without -DistributionDetail"
            self.table.problems.append(BadRow("", 0, "", sentence))
            self.next_step = CASES


def _one(said: list[ForeignHold]) -> ForeignHold:
    """One hold of all that the rows say of it."""
    return replace(
        said[0],
        mailboxes=tuple(dict.fromkeys(address for one in said for address in one.mailboxes)),
        everywhere=any(one.everywhere for one in said),
        since=min((one.since for one in said if one.since), default=None),
        by=tuple(dict.fromkeys(who for one in said for who in one.by)),
    )


def _spelt(*headings: str) -> set[str]:
    return {plain(one) for one in chain.from_iterable(text.split(",") for text in headings)}
