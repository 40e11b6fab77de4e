"""Other people's holds: what an export of Exchange Online's or eDiscovery's holds says, read as holds of our own.

No file is opened and nothing is placed here. What the values of ``InPlaceHolds`` mean is from Microsoft's "How to
identify the type of hold placed on an Exchange Online mailbox".
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from retention.core.hold.scope import Scope
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

EVERYTHING = Scope(first_on=date(1600, 1, 1))
"""All mail of all mailboxes, tomorrow's too: nothing in Exchange is older than its clock, which begins in 1601."""

LITIGATION = "LitigationHold"
"""What stands for the one hold of Exchange Online that has no id."""

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

_MARK = re.compile(
    r"(-?)([a-z]{0,8}?)([0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?::([0-9]))?", re.IGNORECASE
)
_KINDS = {
    "unih": "eDiscovery hold",
    "cld": "in-place hold",
    "": "in-place hold",
    "mbx": "retention policy",
    "grp": "retention policy",
    "skp": "Skype retention policy",
}
_POLICIES = ("mbx", "grp", "skp")
_NOT_JOINED = re.compile(r"(system|microsoft)\.[\w.]+|\{.*|.*(\.\.\.|…)\}?", re.IGNORECASE | re.DOTALL)
"""What PowerShell writes for a list that nobody joined: the name of its class, or its first values in braces."""
_ANSWERS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False, "": False}


class Mark(Struct, frozen=True, kw_only=True):
    """One value of ``InPlaceHolds``. ``prefix`` is in small letters; ``action`` is what a retention policy does."""

    text: str
    excluded: bool
    prefix: str
    guid: str
    action: str

    @property
    def keeps(self) -> bool:
        """Whether it keeps mail: what is not known to keep nothing does."""
        return not self.excluded and not (self.prefix in _POLICIES and self.action == "1")

    @property
    def what(self) -> str:
        return _KINDS.get(self.prefix, f"hold '{self.prefix}'")

    @property
    def key(self) -> str:
        """By what it is known again, whatever its policy does by then."""
        return f"{self.prefix}{self.guid.replace('-', '').lower()}"


class ForeignHold(Struct, frozen=True, kw_only=True):
    """One hold of somebody else's: what it is called there, and whose mail it keeps; ``everywhere``: everybody's."""

    origin: str
    matter: str
    mailboxes: tuple[str, ...] = ()
    everywhere: bool = False
    since: date | None = None
    by: tuple[str, ...] = ()

    @property
    def scope(self) -> Scope:
        return EVERYTHING if self.everywhere else Scope(custodians=self.mailboxes)


class Export(Struct, frozen=True, kw_only=True):
    """What a file says. ``families`` are those of the holds that such a file lists, by which others are known to end.

    With ``problems`` nothing of it counts; ``next_step`` is how to export it anew, where that is what is needed.
    """

    holds: tuple[ForeignHold, ...] = ()
    families: frozenset[str] = frozenset()
    problems: tuple[BadRow, ...] = ()
    notes: tuple[str, ...] = ()
    next_step: str = ""


def mark(text: str) -> Mark | None:
    """What a value of ``InPlaceHolds`` says; ``None`` where it names no hold."""
    found = _MARK.fullmatch(text.strip())
    if found is None:
        return None
    minus, prefix, guid, action = found.groups()
    return Mark(text=text.strip(), excluded=bool(minus), prefix=prefix.lower(), guid=guid, action=action or "")


def key(origin: str) -> str:
    """By what a hold of somebody else's is known again."""
    found = mark(origin)
    return found.key if found else origin.casefold()


def family(origin: str, scope: Scope) -> str:
    """Which kind of export would list a hold of this origin."""
    found = mark(origin)
    if found is None:
        return "mailboxes" if origin == LITIGATION else "cases by name"
    if found.prefix == "unih":
        return "cases"
    return "organisation" if scope == EVERYTHING else "mailboxes"


def widened(scope: Scope, more: ForeignHold) -> Scope | None:
    """The scope with all that this hold keeps in it; ``None`` where it has that already. It never gets narrower."""
    if scope == EVERYTHING or (not more.everywhere and _whole(scope).issuperset(more.mailboxes)):
        return None
    if more.everywhere:
        return EVERYTHING
    if _is_whole(scope):
        return replace(scope, custodians=tuple(dict.fromkeys((*scope.custodians, *more.mailboxes))))
    either = scope.any_of if scope == Scope(any_of=scope.any_of) else (scope,)
    return Scope(any_of=(*either, more.scope))


def missing(scope: Scope, hold: ForeignHold) -> tuple[str, ...]:
    """The mailboxes that the scope holds as a whole and that this hold no longer names."""
    return () if hold.everywhere else tuple(sorted(_whole(scope) - set(hold.mailboxes)))


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
        self.holds: dict[str, ForeignHold] = {}
        self.notes: list[str] = []
        self.next_step = ""

    def export(self) -> Export:
        for row in self.table.rows:
            self.read(row)
        if not self.table.rows and not self.table.problems:
            self.table.problems.append(BadRow("", 0, "", "there is no row below the headings"))
        unread = listed(note.column for note in self.table.notes if note.sentence == UNKNOWN)
        doubtful = [str(note) for note in sorted(self.table.notes) if note.sentence != UNKNOWN]
        self.finish()
        return Export(
            holds=tuple(self.holds.values()),
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
        one = self.holds.get(key(hold.origin))
        if one is None:
            self.holds[key(hold.origin)] = hold
            return
        self.holds[key(hold.origin)] = replace(
            one,
            mailboxes=tuple(dict.fromkeys((*one.mailboxes, *hold.mailboxes))),
            everywhere=one.everywhere or hold.everywhere,
            since=min(filter(None, (one.since, hold.since)), default=None),
            by=tuple(dict.fromkeys((*one.by, *hold.by))),
        )

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
        row.tell(column, f"{listed([text])} is no list: the export was made without -join")
        self.next_step = self.line
        return False

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
        return frozenset({"organisation"} if self.whole else {"mailboxes", "cases"})

    def read(self, row: Row) -> None:
        if self.whole and (len(self.table.rows) > 1 or row.has("litigation")):
            row.tell("", "no column says whose mailbox it is: PrimarySmtpAddress was expected")
            self.next_step = MAILBOXES
            return
        held = self._held(row)
        addresses = row.addresses("address")
        if held and not addresses and not self.whole:
            row.tell("address", f"{listed([row.text('address')])} is no address, and the mailbox is on hold")
        for origin, matter, since, by in held:
            self.found(
                ForeignHold(
                    origin=origin, matter=matter, mailboxes=addresses, everywhere=self.whole, since=since, by=by
                )
            )

    def _held(self, row: Row) -> list[tuple[str, str, date | None, tuple[str, ...]]]:
        held = []
        if self.is_on(row, "litigation"):
            by = (row.text("by"),) if row.text("by") else ()
            held.append((LITIGATION, "Exchange Online litigation hold", self.day(row), by))
        for one in self._marks(row):
            held.append((one.text, f"Exchange Online {one.what} {one.guid}", None, ()))
        for column, why in (
            ("delay", "ended, and Exchange Online goes on for 30 days (DelayHoldApplied)"),
            ("labels", "is of single messages under retention labels (ComplianceTagHoldApplied)"),
        ):
            if self.is_on(row, column):
                self.passed[f"A hold that {why} is not brought in"] += 1
        return held

    def _marks(self, row: Row) -> Iterator[Mark]:
        """What ``InPlaceHolds`` says that keeps mail."""
        if not self.joined(row, "in place"):
            return
        for text in re.split(r"[;,\s]+", row.text("in place")):
            one = mark(text)
            if one is None:
                if text:
                    row.tell("in place", f"{listed([text])} is the id of no hold")
            elif self.whole and one.prefix not in _POLICIES:
                row.tell("in place", f"{one.text} is of single mailboxes, and no column says of which")
                self.next_step = MAILBOXES
            elif one.keeps:
                if one.prefix not in _KINDS:
                    self.passed[f"What '{one.prefix}' means before an id is not known; it is taken for a hold"] += 1
                yield one
            elif one.excluded:
                self.passed[f"{one.text} says that a retention policy is not for the mailbox; it is no hold"] += 1
            else:
                self.passed[f"{one.text} is a retention policy that only deletes; it is no hold"] += 1

    def finish(self) -> None:
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


def _spelt(*headings: str) -> set[str]:
    return {plain(one) for one in chain.from_iterable(text.split(",") for text in headings)}


def _is_whole(scope: Scope) -> bool:
    """Whether it holds the mailboxes of people as a whole, and says nothing else."""
    return bool(scope.custodians) and scope == Scope(custodians=scope.custodians, mailboxes=scope.mailboxes)


def _whole(scope: Scope) -> set[str]:
    """The custodians whose mailboxes are held as a whole, whatever else is held."""
    parts: Iterable[Scope] = scope.any_of if scope == Scope(any_of=scope.any_of) else (scope,)
    return {address for part in parts if _is_whole(part) for address in part.custodians}
