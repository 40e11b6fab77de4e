"""How to misbehave: what to answer wrongly, how often, and to which requests.

Nothing here sends anything; the server asks for the next fault and carries it out.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal[
    "throttle", "unavailable", "timeout", "busy", "half-busy", "connections", "drop", "truncate", "clip",
    "expired-token", "gone", "error",
]  # fmt: skip

ANSWERS: dict[str, tuple[int, str, str]] = {
    "throttle": (429, "ApplicationThrottled", "Application is over its MailboxConcurrency limit."),
    "unavailable": (503, "ServiceUnavailable", "The server is busy. Try again later."),
    "timeout": (504, "GatewayTimeout", "The server did not answer in time."),
    "busy": (503, "ServiceUnavailable", "The server is busy. Try again later."),
    "half-busy": (503, "ServiceUnavailable", "The server is busy. Try again later."),
    "connections": (429, "ApplicationThrottled", "Application is over its MailboxConcurrency limit."),
    "expired-token": (401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired."),
    "gone": (410, "syncStateNotFound", "The sync state generation is not found."),
    "error": (500, "InternalServerError", "The server could not do this."),
}
BROKEN_CONNECTION = ("drop", "truncate", "clip")


@dataclass(frozen=True, slots=True)
class Fault:
    """One answer to give instead of the right one. ``status`` is 0 where the connection is broken instead.

    ``named`` says that the rule named the code itself, so that it counts in the EWS voice too.
    """

    kind: str
    status: int = 0
    code: str = ""
    message: str = ""
    retry_after: str | None = None
    named: bool = False


@dataclass(slots=True)
class _Rule:
    pattern: re.Pattern[str]
    fault: Fault
    times: int
    after: int

    def fires(self, request: str) -> bool:
        if self.times == 0 or not self.pattern.search(request):
            return False
        if self.after > 0:
            self.after -= 1
            return False
        if self.times > 0:
            self.times -= 1
        return True


class Faults:
    """Everything that can be made to go wrong. Safe to change from any thread while requests run.

    ``partial_rows``: later delta rounds carry only the id and the fields that changed.
    ``repeat_rows``: rows occur twice, in one page and across pages.
    ``empty_pages``: every delta round begins with an empty page that has a nextLink.
    ``latency``: seconds added to each request.
    ``max_page``: the most rows a page holds, whatever was asked for; 0 for the system's own limit.
    ``no_delta``: delta is no known function (as in China).
    ``no_permanent_delete``: nor is permanentDelete (as in GCC High and DoD).
    ``enforce_concurrency``: a fifth request at once to one mailbox is answered with 429.
    ``ignore_if_match``: If-Match is not looked at, by any method, nor is EWS's change key.
    ``no_impersonation``: the service account of EWS may not act for anybody.
    ``no_discovery``: it may not ask which mailboxes there are, nor for the server's holds.
    ``local_times``: EWS writes instants with an offset of six hours to the west, as it does for a client in a zone.
    ``raw_controls``: EWS names control characters in its answers, which is no XML any more, as Exchange does.
    """

    SWITCHES = (
        "partial_rows",
        "repeat_rows",
        "empty_pages",
        "latency",
        "max_page",
        "no_delta",
        "no_permanent_delete",
        "enforce_concurrency",
        "ignore_if_match",
        "no_impersonation",
        "no_discovery",
        "local_times",
        "raw_controls",
    )

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[_Rule] = []
        self._switch_off()

    def _switch_off(self) -> None:
        self.partial_rows = False
        self.repeat_rows = False
        self.empty_pages = False
        self.latency = 0.0
        self.max_page = 0
        self.no_delta = False
        self.no_permanent_delete = False
        self.enforce_concurrency = False
        self.ignore_if_match = False
        self.no_impersonation = False
        self.no_discovery = False
        self.local_times = False
        self.raw_controls = False

    def add(
        self,
        kind: Kind,
        *,
        on: str = "",
        times: int = 1,
        after: int = 0,
        retry_after: float | str | None = None,
        code: str = "",
        message: str = "",
        status: int = 0,
    ) -> None:
        """Misbehave ``times`` times (-1: for ever), once ``after`` matching requests were answered well.

        ``on`` is a regular expression searched in ``METHOD /path?query``, unescaped; empty means every request.
        ``retry_after`` (seconds, or any text) becomes the Retry-After header. ``code``, ``message`` and ``status``
        replace the ones of the kind. Rules are asked in the order they were added; the first that fires wins.
        Raises ``ValueError`` for an unknown kind or a pattern that is none.
        """
        if kind not in get_args(Kind):
            raise ValueError(f"{kind} is not one of {', '.join(get_args(Kind))}.")
        usual = ANSWERS.get(kind, (0, "", ""))
        fault = Fault(
            kind,
            status or usual[0],
            code or usual[1],
            message or usual[2],
            f"{retry_after:g}" if isinstance(retry_after, int | float) else retry_after,
            named=bool(code),
        )
        try:
            pattern = re.compile(on)
        except re.error as error:
            raise ValueError(f"{on!r} is no regular expression: {error}.") from error
        with self._lock:
            self._rules.append(_Rule(pattern, fault, times, after))

    def next(self, request: str, *, in_batch: bool = False) -> Fault | None:
        """The fault to give to this request, if any. A part of a batch has no connection that could be broken."""
        if not self._rules:
            return None
        with self._lock:
            for rule in self._rules:
                if in_batch and rule.fault.kind in BROKEN_CONNECTION:
                    continue
                if rule.fires(request):
                    return rule.fault
        return None

    def clear(self) -> None:
        """Behave well again: no rules, every switch off."""
        with self._lock:
            self._rules.clear()
            self._switch_off()

    def switch(self, name: str, value: object) -> None:
        """Set one switch by name, from another process. Raises ``ValueError`` for an unknown one."""
        if name not in self.SWITCHES:
            raise ValueError(f"{name} is not one of {', '.join(self.SWITCHES)}.")
        kind = type(getattr(self, name))
        if not isinstance(value, bool | int | float) or isinstance(value, bool) != (kind is bool):
            raise ValueError(f"{name} cannot be {value!r}.")
        setattr(self, name, kind(value))

    def state(self) -> dict[str, object]:
        """The switches and the rules that have something left to do."""
        with self._lock:
            rules = [
                {"kind": rule.fault.kind, "on": rule.pattern.pattern, "times": rule.times, "after": rule.after}
                for rule in self._rules
                if rule.times
            ]
        return {**{name: getattr(self, name) for name in self.SWITCHES}, "rules": rules}
