"""One city's settings: what ``retention.toml`` may say, checked key by key.

Reading the file, secrets and the operating system's user are not known here.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from msgspec import Struct, field

from retention.core.around import Surroundings
from retention.core.city.sections import (
    Access,
    Audit,
    During,
    Limits,
    Mail,
    Named,
    Notices,
    Notify,
    Place,
    Rules,
    Run,
    Store,
)
from retention.core.person import Person, Register, Roll, Term


class City(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of ``retention.toml``."""

    city: Place
    mail: Mail
    store: Store = field(default_factory=Store)
    limits: Limits = field(default_factory=Limits)
    people: dict[str, Named] = field(default_factory=dict)
    offices: dict[str, tuple[str | During, ...]] = field(default_factory=dict)
    acts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    access: Access = field(default_factory=Access)
    notices: Notices = field(default_factory=Notices)
    audit: Audit = field(default_factory=Audit)
    run: Run = field(default_factory=Run)
    notify: Notify = field(default_factory=Notify)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.city.time_zone)

    @property
    def rules(self) -> Rules:
        month, day = self.city.fiscal_year_starts.split("-")
        return Rules(
            largest_purge=self.limits.largest_purge,
            largest_share=share(self.limits.largest_share),
            plan_valid_for=days(self.limits.plan_valid_for),
            release_grace=days(self.limits.release_grace),
            leave_for=days(self.limits.leave_for),
            posting=days(self.limits.posting),
            quarantine=days(self.limits.quarantine),
            largest_run_share=share(self.limits.largest_run_share) if self.limits.largest_run_share else None,
            largest_mailbox=self.limits.largest_mailbox or None,
            largest_series=self.limits.largest_series or None,
            largest_series_share=share(self.limits.largest_series_share) if self.limits.largest_series_share else None,
            fiscal_year_starts=(int(month), int(day)),
            time_zone=self.city.time_zone,
        )

    @property
    def people_named(self) -> tuple[Person, ...]:
        """The people of ``[people]``."""
        return tuple(
            Person(
                address=address.lower(),
                name=named.name,
                account=named.account,
                departments=tuple(one.term() if isinstance(one, During) else Term(of=one) for one in named.departments),
            )
            for address, named in self.people.items()
        )

    @property
    def services(self) -> frozenset[str]:
        """The addresses of ``[people]`` that are no people: no notice is given to them."""
        return frozenset(address.lower() for address, named in self.people.items() if named.service)

    @property
    def roll(self) -> Roll:
        """The people of ``[people]`` and the offices of ``[offices]``."""
        return self.roll_with(())

    def roll_with(self, recorded: tuple[Person, ...]) -> Roll:
        """These people joined with those of the settings, and the offices whose holders may act."""
        register = Register()
        for person in (*recorded, *self.people_named):
            register.add(person)
        return Roll(register.people, {office: tuple(map(_holder, holders)) for office, holders in self.offices.items()})

    def surroundings(self, roll: Roll) -> Surroundings:
        """What decides the direction of a message and the posts of its custodian.

        Where ``city.domains`` is not written, the city's domains are those of the people in its settings.
        """
        domains = self.city.domains or tuple(sorted({a.lower().rpartition("@")[2] for a in self.people}))
        return Surroundings(roll, domains, self.city.time_zone)


def days(text: str) -> int:
    """The number of days in ``30 days``."""
    return int(text.split(maxsplit=1)[0])


def hours(text: str) -> int:
    """The number of hours in ``26 hours`` or ``2 days``."""
    number, unit = text.split()
    return int(number) * (24 if unit.startswith("day") else 1)


def octets(text: str) -> int | None:
    """The number of bytes in ``50 GB``, by powers of a thousand; ``None`` where nothing is written."""
    number, _, unit = text.partition(" ")
    return int(number) * 1000 ** ("kB", "MB", "GB", "TB").index(unit) * 1000 if text else None


def share(text: str) -> float:
    """The fraction that ``5 %`` is."""
    return float(text.rstrip("% ")) / 100


def _holder(one: str | During) -> Term:
    return one.term() if isinstance(one, During) else Term(of=one.lower())
