"""The log: a line of JSON for a run, for each of its stages and for each thing that is wrong; to a file and to syslog.

Nothing of what a mail says is ever logged, because it never comes here: only the news does.
"""

from __future__ import annotations

import logging
import socket
import sys
from collections.abc import Iterator
from contextlib import closing
from logging.handlers import SysLogHandler, WatchedFileHandler
from pathlib import Path
from typing import Any

import msgspec
from pythonjsonlogger.json import JsonFormatter

from retention.telling.news import News

SYSLOG_PORT = 514


def append(path: Path, news: News) -> None:
    """Add the lines to this file, which may have been moved away since. Raises ``OSError``."""
    # Every line is written by one system call to the end of the file, so that two runs never mix theirs.
    _log(_File(path, encoding="utf-8"), news)


def send(place: str, news: News) -> None:
    """Send the lines to the system's log: a local socket, or ``HOST:PORT``. Raises ``OSError``.

    By UDP nobody says whether they arrived.
    """
    host, _, port = place.rpartition(":")
    if place.startswith("/"):
        handler = _Syslog(place)
    elif host and port.isdecimal():
        handler = _Syslog((host.strip("[]"), int(port)), socktype=socket.SOCK_DGRAM)
    else:
        handler = _Syslog((place, SYSLOG_PORT), socktype=socket.SOCK_DGRAM)
    handler.ident, handler.append_nul = "retention: ", False
    _log(handler, news)


class _File(WatchedFileHandler):
    """A file whose trouble is raised, not printed."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        _raise()


class _Syslog(SysLogHandler):
    """A system log whose trouble is raised, not printed."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        _raise()


def _raise() -> None:
    """Raise again what a handler has caught: it asks what to do from within its own ``except``."""
    error = sys.exc_info()[1]
    assert error is not None
    raise error


def _log(handler: logging.Handler, news: News) -> None:
    handler.setFormatter(
        JsonFormatter("%(message)s%(levelname)s", rename_fields={"levelname": "level"}, json_ensure_ascii=True)
    )
    # A logger of our own, in no tree: what other libraries log must never come into the city's log.
    logger = logging.Logger("retention", logging.INFO)
    logger.addHandler(handler)
    with closing(handler):
        for level, said in lines(news):
            logger.log(level, said)


def lines(news: News) -> Iterator[tuple[int, dict[str, Any]]]:
    """The lines, each with its level. All of a run have its ``began_at`` in common."""
    of = {
        "at": _instant(news.at),
        "city": news.city,
        "rehearsal": news.rehearsal,
        "began_at": _instant(news.began_at),
    }
    for stage in news.stages:
        told = {"stage": stage.name, "seconds": round(stage.seconds, 3), **stage.counts}
        yield logging.INFO, {"message": "stage ended", **of, **told}
    for one in news.wrong:
        yield logging.ERROR, {"message": "wrong", **of, **msgspec.to_builtins(one)}
    level = logging.ERROR if news.exit_code else logging.INFO
    told = {"ended_at": _instant(news.ended_at), "exit_code": news.exit_code, "wrong": len(news.wrong)}
    yield level, {"message": "run ended", **of, **told, "waiting": news.waiting, **news.numbers}


def _instant(at: Any) -> str | None:
    return at.isoformat() if at else None
