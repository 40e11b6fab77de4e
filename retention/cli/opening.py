"""Opening the real world of a command: the settings file, who acts, and the systems it names.

Only this floor opens real systems; what is then done with them is the jobs' business.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from retention.cli import screen, toml
from retention.cli.mailing import is_rehearsal, open_mail
from retention.cli.schedules import read_schedules
from retention.cli.storing import open_store
from retention.errors import AnotherRun, BadConfiguration, NotThisOffice, StoreNotAnswering, TimeZoneMissing
from retention.private import refuse_open, share

if TYPE_CHECKING:
    from datetime import datetime

    from retention.catalog import Catalog
    from retention.core.audit import Entry
    from retention.core.city import City
    from retention.core.clock import Machine
    from retention.core.person import Person
    from retention.jobs.world import World
    from retention.ledger import Ledger
    from retention.signing import Signer


@dataclass
class Asked:
    """What was said before the command's own name: the settings file, who is played in a rehearsal, whose key signs."""

    config: Path
    played: str = ""
    key: Path | None = None


def asked(context: typer.Context) -> Asked:
    return context.find_object(Asked) or Asked(Path("retention.toml"))


def read_city(config: Path) -> City:
    """The city that the settings file describes; raises ``BadConfiguration`` with every problem in it."""
    from retention.core.city import parse

    refuse_without_time_zones()
    if not config.is_file():
        raise BadConfiguration(
            f"There is no settings file {config}.", "Run `retention init`, or name it with `retention --config FILE`."
        )
    refuse_open(config, alone=True)
    city, problems = parse(toml.read(config, BadConfiguration))
    if city is None:
        listed = "".join(f"\n  {problem}" for problem in problems)
        raise BadConfiguration(f"{config} does not check:{listed}", "Correct it and run this again.")
    # What is made from now on lies beside the catalog, or is for those who share it.
    share((config.parent / city.city.catalog).parent)
    return city


def refuse_without_time_zones() -> None:
    """A day is the city's own: without time zone data no period and no grace can be counted."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo("UTC")
    except ZoneInfoNotFoundError:
        raise TimeZoneMissing(
            "This machine has no time zone data, so that no day can be told.",
            "Nothing was done; install the system's tzdata, or `pip install tzdata`.",
        ) from None


@contextmanager
def open_world(
    context: typer.Context, *, watching: Callable[[Catalog], Callable[[Entry], None]] | None = None
) -> Iterator[World]:
    """The world of one command, closed again at its end. ``watching`` says what is shown every entry as it is read."""
    from retention.catalog import Catalog
    from retention.jobs.world import World

    said = asked(context)
    city = read_city(said.config)
    folder = said.config.parent
    actor = who_acts(city, said.played)
    refuse_written_by_others(city, folder)
    schedules, catalog = read_schedules(city, said.config), Catalog(folder / city.city.catalog)
    with screen.progress("Reading the ledger"):
        ledger = open_ledger(city, folder, actor, watching(catalog) if watching else None)
    world = World(
        city=city,
        schedules=schedules,
        catalog=catalog,
        ledger=ledger,
        open_mail=lambda: open_mail(city.mail, folder, ledger.in_force.files.values()),
        open_store=lambda: open_store(city.store, folder, rehearsal=is_rehearsal(city.mail)),
        now=now,
        actor=actor,
        rehearsal=is_rehearsal(city.mail),
        signer=open_signer(city, folder, said.key),
        machine=machine,
        told_time=lambda: told_time(world),
    )
    try:
        world.agree()
        yield world
        # What was done is in the ledger: a catalog that is busy or full must not make it look undone.
        with suppress(AnotherRun, StoreNotAnswering):
            world.remember()
    finally:
        world.close()


def refuse_written_by_others(city: City, folder: Path) -> None:
    """Refuse a catalog and a ledger that others can write."""
    for kept in (city.city.catalog, city.city.ledger):
        refuse_open(folder / kept)


def open_signer(city: City, folder: Path, key: Path | None) -> Signer | None:
    """What signs and checks acts, where the city knows people by their keys."""
    if city.city.identity != "ssh":
        return None
    from retention.signing import Signer

    refuse_open(folder / city.city.signers, alone=True)
    return Signer(folder / city.city.signers, key)


def open_ledger(city: City, folder: Path, actor: Person, watch: Callable[[Entry], None] | None = None) -> Ledger:
    from retention.ledger import Ledger

    return Ledger(
        folder / city.city.ledger,
        now=now,
        by=actor.address,
        rehearsal=is_rehearsal(city.mail),
        city=city.city.name,
        watch=watch,
    )


def now() -> datetime:
    from datetime import UTC, datetime

    return datetime.now(UTC)


def machine() -> Machine:
    """Since when this machine has run, where it tells: on Linux. Elsewhere the mail system's clock has to do."""
    import time

    from retention.core.clock import Machine

    boot = Path("/proc/sys/kernel/random/boot_id")
    if not boot.is_file() or not hasattr(time, "CLOCK_BOOTTIME"):
        return Machine()
    return Machine(boot.read_text().strip(), int(time.clock_gettime(time.CLOCK_BOOTTIME)))


def told_time(world: World) -> datetime | None:
    """What time the mail system says it is; ``None`` where it says none.

    Records are destroyed without any sign-in to mail: a secret that is not there then must not stop it.
    """
    with suppress(BadConfiguration):
        return world.mail.time()
    return None


def who_acts(city: City, played: str) -> Person:
    """The person at the keyboard: the system's user, or under ``sudo`` the one who called it; or who is played.

    Raises ``NotThisOffice`` where somebody is played outside a rehearsal, or is not in ``[people]``.
    """
    from retention.core.person import Person

    roll = city.roll
    if played:
        if not is_rehearsal(city.mail):
            raise NotThisOffice(
                "`--as` plays a person in a rehearsal only, and this is real mail.", "Act under your own account."
            )
        person = roll.with_address(played)
        if person is None:
            raise BadConfiguration(f"{played} is not listed under [people].", "Add them to retention.toml.")
        return person
    account = system_account()
    return roll.with_account(account) or Person(address=f"account:{account}")


def system_account() -> str:
    """The operating system's user name, which the environment cannot change unless it already is root's.

    Inside a user namespace everybody can be root or anybody: there nobody is known.
    """
    if os.name == "nt":
        return os.getlogin()
    import pwd

    user = os.getuid()
    uid_map = Path("/proc/self/uid_map")
    if uid_map.is_file() and uid_map.read_text().split() != ["0", "0", "4294967295"]:
        return f"{user} in a user namespace"
    # Under sudo the one who called it acts; only root can have been given this by sudo.
    caller = os.environ.get("SUDO_UID", "") if user == 0 else ""
    user = int(caller) if caller.isdecimal() else user
    try:
        return pwd.getpwuid(user).pw_name
    except (KeyError, OverflowError):
        return str(user)
