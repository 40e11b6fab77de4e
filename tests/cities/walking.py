"""A desk in one of the example cities: its own settings on the simulator, its people, and what became of each letter.

Nothing is tested here.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from retention.catalog import Catalog
from retention.cli.opening import read_city
from retention.core.city import City
from retention.simulator.serve import Simulator
from retention.simulator.world import World
from tests.cli.desk import Desk, Told
from tests.conftest import ROOT

EXAMPLES = ROOT / "examples"
POLICIES = {
    "san-jose": "san-jose-ca-1.7.1-email-internet.txt",
    "rosemount": "rosemount-mn-email-internet-2000.txt",
    "quincy": "quincy-ma-electronic-messages.txt",
    "monroe": "monroe-mi-electronic-communications-2025.txt",
    "waterbury": "waterbury-ct-electronic-mail-use.txt",
}
LONG_AGO = datetime(2019, 3, 4, 15, 30, tzinfo=UTC)
FURTHEST_WEST = ZoneInfo("America/Los_Angeles")
LETTER = """\
From: Carla Ruiz <carla@elsewhere.example>
To: {to}
Subject: {subject}
Message-ID: <letter-{number}@elsewhere.example>
Date: Mon, 04 Mar 2019 15:30:00 +0000

This is letter {number}.
"""
REHEARSED = """\
[mail]
system = "simulator"
graph_url = "{url}"
ca_file = "ca.pem"

"""


class Walk(Desk):
    """One example city, walked through from the shell."""

    def found_as(self, name: str, *changes: tuple[str, str]) -> None:
        """The example's settings as they are, but for the mail system and for shares that a small town would pass."""
        (self.folder / "ca.pem").write_bytes(self.simulator.ca_file.read_bytes())
        text = (EXAMPLES / name / "retention.toml").read_text("utf-8")
        url = self.simulator.graph_url
        text, mails = re.subn(r"^\[mail\]\n.*?(?=^\[)", REHEARSED.format(url=url), text, flags=re.DOTALL | re.MULTILINE)
        text, shares = re.subn(r'^(largest_\w*share) = ".*?"', r'\1 = "100 %"', text, flags=re.MULTILINE)
        assert (mails, shares) == (1, 3)
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        self.toml.write_text(text, "utf-8")
        self.done("init")

    @cached_property
    def city(self) -> City:
        return read_city(self.toml)

    def holder(self, office: str) -> str:
        """The address of whoever holds this office."""
        (term, *_) = self.city.offices[office]
        assert isinstance(term, str)
        return term

    def acquaint(self, *addresses: str, by: str, department: str = "") -> None:
        """An office writes down who these people are."""
        more = ("--department", department) if department else ()
        for address in addresses:
            name = address.partition("@")[0].title()
            self.done("person", "add", "--address", address, "--name", name, *more, by=self.holder(by))

    @property
    def nightly(self) -> str:
        """Who the nightly run is: it holds no office."""
        (address,) = self.city.services
        return address

    @property
    def today(self) -> str:
        """The civil day it is in the city."""
        return str(datetime.now(self.city.zone).date())

    def read(self) -> None:
        self.done("sync")

    def adopt(self, *more: str, by: str) -> None:
        """The schedule is adopted and the mail filed."""
        for name in self.city.city.schedules:
            self.done("schedule", "adopt", name, "--authority", "Resolution 1", *more, by=self.holder(by))
        self.done("classify")

    def carry_out(self) -> Told:
        """The nightly run plans, the Records Manager approves, the nightly run applies."""
        self.done("plan", "-o", self.plan, by=self.nightly)
        self.done("approve", self.plan, by=self.holder("Records Manager"))
        return self.done("apply", self.plan, by=self.nightly)

    def number(self, subject: str) -> str:
        """The number of the message with this subject."""
        catalog = Catalog(self.folder / "retention.db")
        (known,) = (one for one in catalog.present() if one.message.subject == subject)
        catalog.close()
        return str(known.n)

    def why(self, subject: str) -> str:
        return self.done("why", self.number(subject)).out

    def mail(self) -> set[str]:
        """The subjects of what still lies in the mailboxes."""
        return {
            message.subject
            for box in self.world.mailboxes()
            for message in box.messages.values()
            if not message.folder.path.startswith("Recoverable Items")
        }

    def records(self) -> list[Path]:
        """Every record as a file of its own on the store."""
        return sorted((self.folder / "records").rglob("*.eml"))

    def ask(self, custodian: str, *, reader: str, purpose: str = "an inquiry") -> str:
        """A request to read this custodian's mail; its entry."""
        told = self.done(
            "access", "request", "--custodian", custodian, "--purpose", purpose, "--json", by=self.address(reader)
        )
        return str(told.json["request"])

    def grant(self, entry: str, *more: str, by: str) -> Told:
        return self.done("access", "grant", entry, "--reference", "memo 7", "--json", *more, by=self.holder(by))

    def refuse_grant(self, entry: str, *more: str, by: str, code: int = 32) -> Told:
        said = "refused" if code == 32 else "error"
        return self.refused(
            "access", "grant", entry, "--reference", "memo", *more, code=code, by=self.holder(by), said=said
        )

    def read_letter(self, subject: str, *, reader: str) -> Told:
        number, who = self.number(subject), self.address(reader)
        output = self.folder / f"read-{number}-by-{who.partition('@')[0]}.eml"
        told = self.run("access", "read", number, "-o", str(output), by=who)
        assert output.exists() == (told.code == 0)
        output.unlink(missing_ok=True)
        return told

    def address(self, whom: str) -> str:
        """The address itself, or that of the holder of an office."""
        return whom if "@" in whom else self.holder(whom)

    def place(self, *scope: str, by: str, kind: str = "legal") -> str:
        """Place a hold; its name."""
        told = self.done(
            *("hold", "place", "--matter", "A matter", "--reason", "a letter", "--kind", kind, *scope, "--json"),
            by=self.holder(by),
        )
        hold = told.json["hold"]
        return str(hold.get("hold", hold)["name"])

    def refuse_place(self, *, by: str, kind: str = "legal") -> Told:
        who = by if "@" in by else self.holder(by)
        return self.refused(
            *("hold", "place", "--matter", "x", "--reason", "y", "--kind", kind, "--words", "z"),
            code=32,
            by=who,
            said="refused",
        )

    def walked(self, folder: Path, world: World) -> Walk:
        """The same city in another folder, on a mail system of its own that has been read as far as this one."""
        copy = self.copied(folder, world)
        return Walk(copy.folder, copy.simulator, copy.world)


def ago(days: int) -> str:
    """The day so many days before today, as it is typed; today as in the city furthest west, where it comes last."""
    return str(datetime.now(FURTHEST_WEST).date() - timedelta(days=days))


def town(domain: str, letters: dict[str, tuple[str, ...]], at: datetime = LONG_AGO) -> World:
    """A mail system with these mailboxes and the letters in each, always the same."""
    world = World(clock=lambda: LONG_AGO)
    world.stamp = "same"
    number = 0
    for name, subjects in letters.items():
        address = f"{name}@{domain}"
        world.add_mailbox(address, name.partition(".")[0].title())
        for subject in subjects:
            number += 1
            content = LETTER.format(to=address, subject=subject, number=number)
            world.add_message(address, "Inbox", content.replace("\n", "\r\n").encode(), received_at=at)
    return world


def walk(folder: Path, simulator: Simulator, world: World, name: str, *changes: tuple[str, str]) -> Walk:
    """Begin in this city: settings, catalog, ledger, store, and the mail read once."""
    simulator.faults.clear()
    city = Walk(folder, simulator, world)
    city.found_as(name, *changes)
    city.read()
    return city
