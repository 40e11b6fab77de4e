"""Finding and reading the files of schedules and of the laws they stand under.

What a schedule may say is in ``core/schedule``; what a law asks of it, in ``core/law.py``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from retention.cli import toml
from retention.errors import BadConfiguration, ScheduleNotValid, WrongUsage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retention.core.city import City
    from retention.core.law import Law
    from retention.core.schedule import Problem, Schedule


def read_schedules(city: City, config: Path) -> tuple[Schedule, ...]:
    """The schedules the city uses; raises ``ScheduleNotValid`` with every problem in them."""
    schedules, problems = [], []
    for named in city.city.schedules:
        path = schedule_path(named, config.parent)
        schedule, found = read_schedule(path)
        problems += [f"{path.name}: {problem}" for problem in found]
        if schedule is not None:
            schedules.append(schedule)
    names = [schedule.name for schedule in schedules]
    for name in sorted({name for name in names if names.count(name) > 1}):
        problems.append(f"'city.schedules': two files are called '{name}'; each schedule needs a name of its own.")
    if problems:
        listed = "".join(f"\n  {problem}" for problem in problems)
        raise ScheduleNotValid(f"The schedule does not check:{listed}", "Correct the file; nothing was done.")
    return tuple(schedules)


def read_schedule(path: Path) -> tuple[Schedule | None, tuple[Problem, ...]]:
    """The schedule in this file under the law of its jurisdiction, or every problem of it."""
    from retention.core.law import under
    from retention.core.schedule import NO_LAW, Problem, parse

    schedule, problems = parse(toml.read(path, ScheduleNotValid), path.stem)
    if schedule is None:
        return None, problems
    if not schedule.jurisdiction:
        sentence = "is missing: name the state, such as California, so that what its law forbids to destroy stays"
        return None, (Problem("", "schedule.jurisdiction", sentence),)
    law = read_law(schedule.jurisdiction)
    if law is not None:
        return under(schedule, law)
    if schedule.law == NO_LAW:
        return schedule, ()
    sentence = (
        f"no law of '{schedule.jurisdiction}' is shipped here (there are {', '.join(laws())}); correct the name, "
        f'or write law = "{NO_LAW}" where none of them is yours'
    )
    return None, (Problem("", "schedule.jurisdiction", sentence),)


def laws() -> tuple[str, ...]:
    """The jurisdictions whose law is shipped."""
    return tuple(path.stem.title() for path in sorted((shipped_folder("schedules") / "law").glob("*.toml")))


def read_law(jurisdiction: str) -> Law | None:
    """What the law of a jurisdiction asks of every schedule; ``None`` where no law of that name is shipped."""
    from retention.core.law import parse

    path = shipped_folder("schedules") / "law" / f"{'-'.join(jurisdiction.lower().split())}.toml"
    # The name comes from a file anybody may write: it must not lead out of the folder.
    if path.parent.name != "law" or not path.is_file():
        return None
    law, problems = parse(toml.read(path, ScheduleNotValid))
    if law is None:
        listed = "".join(f"\n  {problem}" for problem in problems)
        raise ScheduleNotValid(f"The law in {path} does not check:{listed}", "Install retention again.")
    return law


def schedule_path(named: str, beside: Path) -> Path:
    """A schedule file: a path beside the settings file, or the name of one that is shipped."""
    path = beside / named
    if named.endswith(".toml"):
        if path.is_file():
            return path
        raise BadConfiguration(f"There is no schedule file {path}.", "Correct 'city.schedules' in retention.toml.")
    shipped = {file.stem: file for file in sorted(shipped_folder("schedules").glob("*.toml"))}
    if named not in shipped:
        from difflib import get_close_matches

        near = get_close_matches(named, shipped, n=1)
        hint = f"is '{near[0]}' meant? There" if near else "there"
        raise BadConfiguration(
            f"No schedule '{named}' is shipped; {hint} are {', '.join(shipped)}.",
            "Name one of these in 'city.schedules', or the path of the city's own file ending in .toml.",
        )
    return shipped[named]


def checked_schedule(named: str, beside: Path) -> Schedule:
    """The schedule, once everything in it checks; raises ``ScheduleNotValid`` with the whole list."""
    from retention.core.classify import check

    path = _named(named, beside)
    schedule, problems = read_schedule(path)
    problems = (*problems, *check(schedule)) if schedule is not None else problems
    if schedule is None or problems:
        raise _not_valid(path, problems)
    return schedule


def tried_schedule(named: str, beside: Path) -> Schedule:
    """The schedule as far as it can be read: that its own examples fail is told, and stops nobody from trying it."""
    from retention.cli.screen import counted, note
    from retention.core.classify import check

    path = _named(named, beside)
    schedule, problems = read_schedule(path)
    if schedule is None or problems:
        raise _not_valid(path, problems)
    if wrong := check(schedule):
        many = counted(len(wrong), "problem")
        note(f"{path.name} has {many} that an adoption would not let pass: see `retention schedule check {named}`.")
    return schedule


def _named(named: str, beside: Path) -> Path:
    """The file of the schedule that is meant. Raises ``WrongUsage`` where there is none, or a spreadsheet."""
    path = Path(named) if Path(named).is_file() else _found(named, beside)
    if path.suffix.lower() in (".xlsx", ".xls", ".csv"):
        raise WrongUsage(
            f"{path.name} is a spreadsheet.",
            f"Bring it in with `retention schedule import {path.name}`, then check that.",
        )
    return path


def _not_valid(path: Path, problems: Sequence[Problem]) -> ScheduleNotValid:
    from retention.cli.screen import counted

    listed = "".join(f"\n  {problem}" for problem in problems)
    found = counted(len(problems), "problem")
    return ScheduleNotValid(f"{path.name} has {found}:{listed}", "Correct them and check again.")


def _found(named: str, beside: Path) -> Path:
    try:
        return schedule_path(named, beside)
    except BadConfiguration as missing:
        raise WrongUsage(
            missing.message, "Name one that `retention schedule list` shows, or a .toml file."
        ) from missing


def shipped_folder(name: str) -> Path:
    """A folder that comes with the product: beside the package in a checkout, inside it when installed."""
    import retention

    package = Path(retention.__file__).parent
    installed = package / "shipped" / name
    return installed if installed.is_dir() else package.parent / name
