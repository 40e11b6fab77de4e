"""Two credentials of one mail system: the one that reads, and the one by which alone mail is removed and put back.

What either may do is known to the system's client; no secret is looked up here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from retention.errors import BadConfiguration
from retention.mail.asking.words import one_line

T = TypeVar("T")

NOT_FROM_HERE = "cannot be checked from this account"


class WhenNeeded(Generic[T]):
    """What is made when it is first asked for, and then kept. Thread-safe.

    So a process that only reads needs no credential for removal. What ``make`` raises is raised each time.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: list[T] = []
        self._lock = threading.Lock()

    def __call__(self) -> T:
        with self._lock:
            if not self._made:
                self._made.append(self._make())
            return self._made[0]


def refused_to_each(refuses: Callable[[T], bool | None], reading: T, removing: WhenNeeded[T] | None) -> bool | None:
    """Whether a mailbox is kept from both credentials: ``False`` where either opens it, ``None`` where nobody can say.

    Nobody can where the one that removes is not here.
    """
    answers = [refuses(reading)]
    if removing is not None:
        try:
            answers.append(refuses(removing()))
        except BadConfiguration:
            answers.append(None)
    return False if False in answers else all(answers) or None


def not_from_here(who: str, purpose: str, error: BadConfiguration) -> str:
    """Of a credential that this account does not have, for whoever asks what it holds."""
    return f"{one_line(who, 80)} signs in to {purpose}; what it holds {NOT_FROM_HERE}: {error.message}"
