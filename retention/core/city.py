"""One city's settings: what ``retention.toml`` may say, checked key by key.

Reading the file, secrets and the operating system's user are not known here.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Struct, field

from retention.core.around import Surroundings
from retention.core.authority import DEFAULT_ACTS
from retention.core.message import Removal
from retention.core.person import Person, Roll, Term

MAIL_SYSTEMS = ("graph", "simulator")
STORES = ("disk",)
CLOUDS = ("global", "gcc-high", "dod", "china")


class Mail(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The ``[mail]`` section. ``secret`` is a reference (``env:NAME`` or ``keyring:SERVICE/USER``), never a secret."""

    system: str
    tenant: str = ""
    client: str = ""
    secret: str = ""
    certificate: str = ""
    thumbprint: str = ""
    cloud: str = "global"
    removal: Removal = Removal.RECOVERABLE
    requests_in_flight: int = 16
    mailboxes: tuple[str, ...] = ()
    graph_url: str = ""
    authority_url: str = ""
    ca_file: str = ""


class Store(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The ``[store]`` section."""

    system: str = "disk"
    path: str = "records"


class Limits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The ``[limits]`` section as written; ``Rules`` has it in numbers."""

    largest_purge: int = 5000
    largest_share: str = "5 %"
    plan_valid_for: str = "7 days"
    release_grace: str = "30 days"
    leave_for: str = "30 days"
    posting: str = "0 days"


class Rules(Struct, frozen=True, kw_only=True):
    """What decisions and plans are bound by. Days are whole days; ``largest_share`` is a fraction of a mailbox.

    ``leave_for``: no message younger than this many days leaves a mailbox, so that nobody's mail vanishes from
    under their hands. ``posting``: a schedule takes effect this many days after it was posted, at the earliest.
    """

    largest_purge: int
    largest_share: float
    plan_valid_for: int
    release_grace: int
    leave_for: int
    posting: int = 0
    fiscal_year_starts: tuple[int, int]
    time_zone: str


class Place(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The ``[city]`` section."""

    name: str
    time_zone: str
    fiscal_year_starts: str = "01-01"
    domains: tuple[str, ...] = ()
    schedules: tuple[str, ...] = ()
    catalog: str = "retention.db"
    ledger: str = "ledger.jsonl"


class During(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"from_on": "from", "to_on": "to"}):
    """A department of a person, or the person in an office, from a day to a day, both included."""

    department: str = ""
    person: str = ""
    from_on: date | None = None
    to_on: date | None = None

    def term(self) -> Term:
        return Term(of=self.department or self.person.lower(), from_on=self.from_on, to_on=self.to_on)


class Named(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of ``[people]``."""

    name: str = ""
    account: str = ""
    departments: tuple[str | During, ...] = ()


class City(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of ``retention.toml``."""

    city: Place
    mail: Mail
    store: Store = field(default_factory=Store)
    limits: Limits = field(default_factory=Limits)
    people: dict[str, Named] = field(default_factory=dict)
    offices: dict[str, tuple[str | During, ...]] = field(default_factory=dict)
    acts: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.city.time_zone)

    @property
    def rules(self) -> Rules:
        month, day = self.city.fiscal_year_starts.split("-")
        return Rules(
            largest_purge=self.limits.largest_purge,
            largest_share=_share(self.limits.largest_share),
            plan_valid_for=_days(self.limits.plan_valid_for),
            release_grace=_days(self.limits.release_grace),
            leave_for=_days(self.limits.leave_for),
            posting=_days(self.limits.posting),
            fiscal_year_starts=(int(month), int(day)),
            time_zone=self.city.time_zone,
        )

    @property
    def roll(self) -> Roll:
        people = tuple(
            Person(
                address=address.lower(),
                name=named.name,
                account=named.account,
                departments=tuple(one.term() if isinstance(one, During) else Term(of=one) for one in named.departments),
            )
            for address, named in self.people.items()
        )
        return Roll(people, {office: tuple(map(_holder, holders)) for office, holders in self.offices.items()})

    @property
    def surroundings(self) -> Surroundings:
        """What decides the direction of a message and the posts of its custodian.

        Where ``city.domains`` is not written, the city's domains are those of its people.
        """
        domains = self.city.domains or tuple(sorted({a.lower().rpartition("@")[2] for a in self.people}))
        return Surroundings(self.roll, domains, self.city.time_zone)


def _holder(one: str | During) -> Term:
    return one.term() if isinstance(one, During) else Term(of=one.lower())


def parse(data: dict[str, Any]) -> tuple[City | None, tuple[str, ...]]:
    """The city these settings describe, or ``None`` and every problem found, one sentence each."""
    problems = [*_unknown_keys(data)]
    if problems:
        return None, tuple(problems)
    try:
        city = msgspec.convert(data, City)
    except msgspec.ValidationError as error:
        return None, (_humane(error),)
    problems = [*_problems(city)]
    return (None if problems else city), tuple(problems)


def _unknown_keys(data: Mapping[str, Any]) -> Iterator[str]:
    sections: dict[str, type[Struct]] = {"city": Place, "mail": Mail, "store": Store, "limits": Limits}
    yield from _unknown("", data, City.__struct_fields__)
    for section, struct in sections.items():
        if isinstance(data.get(section), dict):
            yield from _unknown(f"{section}.", data[section], struct.__struct_fields__)
    if isinstance(data.get("people"), dict):
        for address, named in data["people"].items():
            if isinstance(named, dict):
                yield from _unknown(f"people.{address}.", named, Named.__struct_fields__)
    if isinstance(data.get("acts"), dict):
        yield from _unknown("acts.", data["acts"], tuple(DEFAULT_ACTS))


def _unknown(prefix: str, given: Mapping[str, Any], known: tuple[str, ...]) -> Iterator[str]:
    for key in given:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
            hint = f"did you mean '{prefix}{near[0]}'?" if near else f"known here: {', '.join(known)}."
            yield f"'{prefix}{key}' is not a key; {hint}"


def _humane(error: msgspec.ValidationError) -> str:
    text, _, path = str(error).partition(" - at `$")
    path = path.rstrip("`").lstrip(".")
    missing = re.search(r"missing required field `(\w+)`", text)
    if missing:
        return f"'{'.'.join(filter(None, [path, missing[1]]))}' is missing."
    return f"'{path}': {text[0].lower()}{text[1:]}."


def _problems(city: City) -> Iterator[str]:
    """Every value that has the right type and cannot be right all the same."""
    yield from _one_of("mail.system", city.mail.system, MAIL_SYSTEMS)
    yield from _one_of("mail.cloud", city.mail.cloud, CLOUDS)
    yield from _one_of("store.system", city.store.system, STORES)
    try:
        ZoneInfo(city.city.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield f"'city.time_zone': '{city.city.time_zone}' is no time zone; write one such as 'America/Chicago'."
    if not re.fullmatch(r"(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])", city.city.fiscal_year_starts):
        yield "'city.fiscal_year_starts': write month and day, such as '07-01'."
    for key in ("plan_valid_for", "release_grace", "leave_for", "posting"):
        if not re.fullmatch(r"\d{1,4} days?", getattr(city.limits, key)):
            yield f"'limits.{key}': write whole days, such as '30 days'."
    for domain in city.city.domains:
        if not re.fullmatch(r"[\w-]+(\.[\w-]+)+", domain):
            yield f"'city.domains': '{domain}' is no domain; write such as 'rosemount.example', without an @."
    if not re.fullmatch(r"\d{1,3}(\.\d+)? ?%", city.limits.largest_share):
        yield "'limits.largest_share': write a share of a mailbox, such as '5 %'."
    elif _share(city.limits.largest_share) > 1:
        yield "'limits.largest_share': a plan cannot take more than '100 %' of a mailbox."
    if city.limits.largest_purge < 1 or city.mail.requests_in_flight < 1:
        yield "'limits.largest_purge' and 'mail.requests_in_flight' must be at least 1."
    yield from _mail_problems(city.mail)
    yield from _people_problems(city)


def _mail_problems(mail: Mail) -> Iterator[str]:
    if mail.secret and not re.fullmatch(r"env:\w+|keyring:[^/]+/.+", mail.secret):
        yield "'mail.secret': a secret is never written here; write 'env:NAME' or 'keyring:SERVICE/USER'."
    if mail.system == "graph":
        for key in ("tenant", "client"):
            if not getattr(mail, key):
                yield f"'mail.{key}' is missing: the app registration's {key} id."
        if not (mail.secret or mail.certificate):
            yield "'mail.secret' or 'mail.certificate' is missing: how to sign in."
    if mail.system == "simulator" and not mail.graph_url:
        yield "'mail.graph_url' is missing: the address `retention simulator serve` prints."
    elif mail.system == "simulator" and not re.match(
        r"https://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?/?$", mail.graph_url
    ):
        yield "'mail.graph_url': the simulator is on this very machine; write https://localhost:8443."
    if mail.removal is Removal.PERMANENT and mail.cloud != "global":
        yield f"'mail.removal': the cloud '{mail.cloud}' has no permanentDelete; write 'recoverable'."


def _people_problems(city: City) -> Iterator[str]:
    spellings = [address.lower() for address in city.people]
    for address in sorted({a for a in spellings if spellings.count(a) > 1}):
        yield f"'people.{address}' is listed twice, in other capitals; one person is listed once."
    known = set(spellings)
    for office, terms in city.roll.offices.items():
        for term in terms:
            if term.of not in known:
                yield f"'offices.{office}': {term.of or 'nobody'} is not listed under [people]."
            if (term.from_on or date.min) > (term.to_on or date.max):
                yield f"'offices.{office}': {term.of} leaves on {term.to_on}, before the first day, {term.from_on}."
    for person in city.roll.people:
        for term in person.departments:
            if not term.of:
                yield f"'people.{person.address}.departments': a department has no name."
            if (term.from_on or date.min) > (term.to_on or date.max):
                yield f"'people.{person.address}.departments': {term.of} ends on {term.to_on}, before it begins."
    accounts = [named.account for named in city.people.values() if named.account]
    for account in sorted({a for a in accounts if accounts.count(a) > 1}):
        yield f"'people': two people have the account '{account}'; each needs their own."


def _one_of(key: str, value: str, allowed: tuple[str, ...]) -> Iterator[str]:
    if value not in allowed:
        near = difflib.get_close_matches(value, allowed, n=1)
        yield f"'{key}': '{value}' is not known; " + (
            f"did you mean '{near[0]}'?" if near else f"one of {', '.join(allowed)}."
        )


def _days(text: str) -> int:
    return int(text.split(maxsplit=1)[0])


def _share(text: str) -> float:
    return float(text.rstrip("% ")) / 100
