"""What of a mailbox is not read, with what lies there: its Recoverable Items, and an archive that cannot be reached.

Nothing is read of it here but how much there is; and nothing is raised, because this is said beside what can be read.
"""

from __future__ import annotations

from retention.errors import RetentionError
from retention.mail.exchange.failures import NO_ARCHIVE, REMOTE_ARCHIVE, Malformed, ServiceError
from retention.mail.exchange.folders import ARCHIVE_RECOVERABLE, ARCHIVE_ROOT, RECOVERABLE, asked_one_by_one, count_of
from retention.mail.exchange.wire import Wire

OTHER_FOLDERS = "Calendars, contacts, tasks, notes and journals are not mail, and were not read."
LITIGATION = (
    "Exchange Web Services do not tell a litigation hold: bring it in with `retention hold import` where there is one."
)


def uncovered(wire: Wire, address: str) -> tuple[str, ...]:
    """Sentences, for a report. The inventory is that of the moment in which it is asked for."""
    return (*_inventory(wire, address), *_archive(wire, address), OTHER_FOLDERS, LITIGATION)


def _inventory(wire: Wire, address: str) -> tuple[str, ...]:
    try:
        counts = _counts(wire, address, RECOVERABLE)
    except (ServiceError, Malformed, RetentionError) as error:
        return (f"The Recoverable Items were not read, and how many there are is not told ({_told(error)}).",)
    return (f"The Recoverable Items were not read: {counts}.",) if counts else ()


def _archive(wire: Wire, address: str) -> tuple[str, ...]:
    try:
        (response,) = asked_one_by_one(wire, address, (ARCHIVE_ROOT,)).values()
        if response.code in NO_ARCHIVE:
            return ()
        if response.code in REMOTE_ARCHIVE:
            return (f"The in-place archive lies in Exchange Online, and was not read ({response.code}).",)
        if not response.is_success:
            raise response.error
        counts = _counts(wire, address, ARCHIVE_RECOVERABLE)
    except (ServiceError, Malformed, RetentionError) as error:
        return (f"The in-place archive, or its Recoverable Items, cannot be reached ({_told(error)}).",)
    return (f"The Recoverable Items of the in-place archive were not read: {counts}.",) if counts else ()


def _counts(wire: Wire, address: str, named: dict[str, str]) -> str:
    """``3 in Deletions, 1 in Purges``; a folder that never came into being holds nothing, and of nothing is no word."""
    answers = asked_one_by_one(wire, address, tuple(named.values()), counted=True)
    parts = []
    for name, folder in named.items():
        if answers[folder].is_success:
            if number := count_of(answers[folder]):
                parts.append(f"{number:,} in {name}")
        elif answers[folder].code not in NO_ARCHIVE:
            parts.append(f"{name} not told ({answers[folder].code})")
    return ", ".join(parts)


def _told(error: Exception) -> str:
    return error.code if isinstance(error, ServiceError) else "no whole answer"
