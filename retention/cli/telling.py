"""What is told when a run has ended: metrics, the log, the system's log, drafts and a webhook, each where it is set.

How each is written is in ``telling``. Nothing here may make a run fail that went well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retention.cli import screen
from retention.errors import RetentionError

if TYPE_CHECKING:
    from retention.catalog import Catalog
    from retention.core.city import City
    from retention.jobs.status import Status
    from retention.jobs.world import World
    from retention.telling.news import News, Stage

NOTICED = "noticed by {}"
"""The catalog's fact of what a notice last said in this way, and on which day."""


def tell(world: World, folder: Path, ran: Any) -> tuple[str, ...]:
    """Tell of this run wherever the city has set it; what cannot be is said on stderr and by ``status``, and returned.

    ``folder`` is that of the settings file, on which every path in it rests; ``ran`` is the run's result. Never raises
    but ``KeyboardInterrupt``.
    """
    untold: tuple[str, ...] = ()
    with suppress(Exception):  # a catalog that is busy or full: then there is no better place to say it than below
        if _is_set(world.city):
            untold = _told(world, folder, ran)
        _remember(world.catalog, untold)
    for sentence in untold:
        screen.note(sentence)
    return untold


def tell_unopened(config: Path, began_at: datetime, error: Exception) -> tuple[str, ...]:
    """Tell of a run that could not open its city, as far as its settings can be read; what cannot be is said on stderr.

    Nothing but the exit code is told of the error: its words may be those of a mail. Never raises but
    ``KeyboardInterrupt``.
    """
    from retention.cli.opening import read_city

    untold: tuple[str, ...] = ()
    with suppress(Exception):  # settings that nobody can read, or that others can write, tell nobody anything
        city = read_city(config)
        if _is_set(city):
            with _catalog(city, config.parent) as catalog:
                news = _unopened(city, catalog, began_at, error)
                untold = _each(_ways(city, config.parent, catalog, news))
    for sentence in untold:
        screen.note(sentence)
    return untold


@contextmanager
def _catalog(city: City, folder: Path) -> Iterator[Catalog | None]:
    """The catalog, which knows of what somebody was told before; ``None`` where it is what cannot be opened."""
    from retention.catalog import Catalog
    from retention.cli.opening import refuse_written_by_others

    try:
        refuse_written_by_others(city, folder)
        catalog = Catalog(folder / city.city.catalog)
    except Exception:
        yield None
        return
    try:
        yield catalog
    finally:
        catalog.close()


def _is_set(city: City) -> bool:
    run, notify = city.run, city.notify
    return any((run.metrics, run.log, run.syslog, notify.drafts, notify.webhook))


def _told(world: World, folder: Path, ran: Any) -> tuple[str, ...]:
    try:
        from retention.jobs.status import status

        news = news_of(status(world), ran)
    except Exception as error:
        return (f"Nobody was told of the run: {_why(error)}.",)
    return _each(_ways(world.city, folder, world.catalog, news))


def _each(ways: Iterable[tuple[str, Callable[[], object]]]) -> tuple[str, ...]:
    """Every way in turn; one that fails stops none of the others, and why is returned."""
    return tuple(untold for what, do in ways if (untold := _tried(what, do)))


def _tried(what: str, do: Callable[[], object]) -> str:
    """Why this could not be done, in a sentence; empty where it was."""
    try:
        do()
    except Exception as error:
        return f"{what}: {_why(error)}."
    return ""


def _why(error: Exception) -> str:
    """In words that hold no secret: of what another library raises, its kind alone."""
    if isinstance(error, RetentionError):
        return str(error).rstrip(".")
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__


def _ways(city: City, folder: Path, catalog: Catalog | None, news: News) -> Iterator[tuple[str, Callable[[], object]]]:
    """What is set, as the beginning of a sentence about its failure, and how it is done."""
    run, notify = city.run, city.notify

    def noticed(way: str, do: Callable[[], None]) -> None:
        _noticed(city, catalog, way, news, do)

    if run.metrics:
        from retention.telling import metrics

        yield f"The metrics cannot be written to {run.metrics}", lambda: metrics.write(folder / run.metrics, news)
    if run.log:
        from retention.telling import logs

        yield f"The log cannot be written to {run.log}", lambda: logs.append(folder / run.log, news)
    if run.syslog:
        from retention.telling import logs

        yield f"The system's log {run.syslog} does not take lines", lambda: logs.send(run.syslog, news)
    if notify.drafts:
        yield (
            f"The draft of a notice cannot be written to {notify.drafts}",
            lambda: noticed("draft", lambda: _draft(folder / notify.drafts, notify.to, news)),
        )
    if notify.webhook:
        yield "The webhook was not told", lambda: noticed("webhook", lambda: _hook(notify.webhook, news))


def _draft(folder: Path, to: tuple[str, ...], news: News) -> None:
    from retention.telling import notice

    notice.draft(folder, to, news)


def _hook(reference: str, news: News) -> None:
    from retention.mail.asking.signin import resolve_secret
    from retention.telling import notice

    notice.send(resolve_secret(reference, "notify.webhook"), news)


def _noticed(city: City, catalog: Catalog | None, way: str, news: News, do: Callable[[], None]) -> None:
    """Give the notice where it says something new: other trouble than last time, the same on another day, or none now.

    What could not be given counts as not given: the next run tries again. Without a catalog nobody knows of any last
    time, and it is given.
    """
    import msgspec

    if catalog is None:
        return do()
    key, on = NOTICED.format(way), f"{news.at.astimezone(city.zone):%Y-%m-%d}"
    before = msgspec.json.decode(catalog.fact(key) or '{"kinds": [], "on": ""}')
    kinds = list(news.kinds)
    if kinds == before["kinds"] and (not kinds or on == before["on"]):
        return
    do()
    catalog.save_fact(key, msgspec.json.encode({"kinds": kinds, "on": on}).decode())


def news_of(state: Status, ran: Any) -> News:
    """The run, and how things stand after it, without a word of any mail, matter or person."""
    import msgspec

    from retention.telling.news import News, Wrong

    said = msgspec.to_builtins(ran)
    said = said if isinstance(said, dict) else {}
    waiting: dict[str, int] = {}
    for one in state.waits:
        if one.whom:
            waiting[one.whom] = waiting.get(one.whom, 0) + 1
    code = said.get("exit_code")
    return News(
        city=state.city,
        rehearsal=state.rehearsal,
        at=state.at,
        began_at=_instant(said.get("began_at")),
        ended_at=_instant(said.get("ended_at")),
        exit_code=code if isinstance(code, int) else 0,
        last_good_at=state.last_good,
        stages=tuple(_stages(said.get("stages"))),
        wrong=tuple(Wrong(kind=one.kind, count=one.count, code=one.code) for one in state.wrong),
        waiting=waiting,
        numbers=_numbers(state),
    )


def _unopened(city: City, catalog: Catalog | None, began_at: datetime, error: Exception) -> News:
    """The news of a run that could not even open its city: its exit code, and when the last good one ended."""
    from retention.cli.mailing import is_rehearsal
    from retention.cli.opening import now
    from retention.core.health import Kind
    from retention.telling.news import News, Wrong

    code, good, at = getattr(error, "exit_code", RetentionError.exit_code), None, now()
    with suppress(Exception):
        good = catalog.runs.last_good("run") if catalog else None
    return News(
        city=city.city.name,
        rehearsal=is_rehearsal(city.mail),
        at=at,
        began_at=began_at,
        ended_at=at,
        exit_code=code,
        last_good_at=(good.ended_at or good.began_at) if good else None,
        wrong=(Wrong(kind=Kind.RUN_FAILED, count=1, code=code),),
    )


def _stages(said: Any) -> Iterator[Stage]:
    from retention.telling.news import stage

    for one in said if isinstance(said, list | tuple) else ():
        if isinstance(one, dict):
            yield stage(one.get("name"), one.get("seconds"), one.get("result"))


def _numbers(state: Status) -> dict[str, int]:
    held = sum(one.in_force for one in state.holds)
    numbers = {f"messages {what}": number for what, number in state.messages.items()}
    numbers |= {
        "holds in force": held,
        "plans awaiting approval": sum(one.awaits for one in state.plans),
        "messages to review": state.review.messages,
        "records exposed": state.gap.all.waiting,
        "mailboxes": len(state.mailboxes),
        "ledger entries": state.ledger_entries,
    }
    return numbers | ({"store free bytes": state.free} if state.free is not None else {})


def _instant(said: Any) -> datetime | None:
    with suppress(TypeError, ValueError):
        return datetime.fromisoformat(said)
    return None


def _remember(catalog: Catalog, untold: tuple[str, ...]) -> None:
    """Let ``status`` say until the next run what could not be told."""
    from retention.jobs.status.wrong import UNTOLD

    said = "\n".join(untold)
    if (catalog.fact(UNTOLD) or "") != said:
        catalog.save_fact(UNTOLD, said)
