"""What Exchange answers when it does not do what was asked: its codes, and what each of them means for us.

Nothing is retried here and nothing is sent; texts of the server are never branched on, only codes.
"""

from __future__ import annotations

from retention.mail.interface import FolderUnreadable, MailboxUnreadable, MailTrouble

BUSY = frozenset(
    {"ErrorServerBusy", "ErrorExceededConnectionCount", "ErrorExceededFindCountLimit", "ErrorTooManyObjectsOpened"}
)
"""The server is sure to have done nothing ("EWS throttling in Exchange")."""

TRANSIENT = BUSY | {
    "ErrorBatchProcessingStopped",
    "ErrorConnectionFailed",
    "ErrorInternalServerTransientError",
    "ErrorMailboxFailover",
    "ErrorMailboxMoveInProgress",
    "ErrorMailboxStoreUnavailable",
    "ErrorNotEnoughMemory",
    "ErrorTimeoutExpired",
}
TRANSIENT_STATUS = frozenset({408, 429, 502, 503, 504, 509})
FINAL_CONTENT = frozenset(
    {
        "ErrorContentConversionFailed",
        "ErrorCorruptData",
        "ErrorItemCorrupt",
        "ErrorMessageSizeExceeded",
        "ErrorMimeContentConversionFailed",
        "ErrorMimeContentInvalid",
        "ErrorMimeContentInvalidBase64String",
        "ErrorUnsupportedMimeConversion",
        "ErrorVirusDetected",
        "ErrorVirusMessageDeleted",
    }
)
NO_SUCH_ITEM = frozenset({"ErrorItemNotFound"})
"""An id that the server cannot read at all (``ErrorInvalidIdMalformed``) says nothing of what became of a message."""

NO_SUCH_FOLDER = frozenset(
    {"ErrorFolderNotFound", "ErrorSyncFolderNotFound", "ErrorItemNotFound", "ErrorParentFolderNotFound"}
)
NO_ARCHIVE = NO_SUCH_FOLDER | {"ErrorArchiveMailboxNotEnabled"}
REMOTE_ARCHIVE = frozenset(
    {"ErrorFindRemoteArchiveFolderFailed", "ErrorGetRemoteArchiveFolderFailed", "ErrorGetRemoteArchiveItemFailed"}
)
"""The archive lies in Exchange Online, while the mailbox does not."""

RESYNC = frozenset({"ErrorInvalidSyncStateData"})
CHANGED = frozenset(
    {"ErrorIrresolvableConflict", "ErrorStaleObject", "ErrorInvalidChangeKey", "ErrorChangeKeyRequired"}
)
DENIED = frozenset(
    {
        "ErrorAccessDenied",
        "ErrorImpersonateUserDenied",
        "ErrorImpersonationDenied",
        "ErrorImpersonationFailed",
        "ErrorInvalidExchangeImpersonationHeaderData",
    }
)
NO_MAILBOX = frozenset(
    {
        "ErrorAccountDisabled",
        "ErrorInvalidMailbox",
        "ErrorInvalidSmtpAddress",
        "ErrorMailboxConfiguration",
        "ErrorMissingEmailAddress",
        "ErrorMissingInformationEmailAddress",
        "ErrorNonExistentMailbox",
        "ErrorNonPrimarySmtpAddress",
    }
)
NO_ENTRY = DENIED | NO_MAILBOX
"""Codes by which a mailbox is closed, whatever was asked of it."""


class Malformed(Exception):
    """An answer that is not well-formed to its end, or is no answer of Exchange: nothing in it counts."""


class ServiceError(Exception):
    """A final answer of the server: its HTTP status, its code, and its own words in one line.

    ``wait`` are the seconds after which the server wants to be asked again, where it says so.
    """

    def __init__(self, status: int, code: str, words: str, wait: float | None = None) -> None:
        super().__init__(f"{status} {code}".strip())
        self.status = status
        self.code = code or f"HTTP {status}"
        self.words = words
        self.wait = wait

    @property
    def told(self) -> str:
        """Code and the server's words, for a sentence: ``ErrorItemNotFound, "not found"``."""
        return f'{self.code}, "{self.words}"' if self.words else self.code

    @property
    def busy(self) -> bool:
        return self.code in BUSY or (self.code.startswith("HTTP ") and self.status in (429, 503))

    @property
    def transient(self) -> bool:
        return self.code in TRANSIENT or (self.code.startswith("HTTP ") and self.status in TRANSIENT_STATUS)


def unreadable(address: str, error: ServiceError) -> MailboxUnreadable:
    """Why a mailbox cannot be read, in a sentence that names the code."""
    if error.code in DENIED or error.status in (401, 403):
        return MailboxUnreadable(
            f"Access to the mailbox of {address} is denied ({error.code}): the service account lacks the right to "
            "impersonate it (ApplicationImpersonation)."
        )
    if error.code in NO_MAILBOX:
        return MailboxUnreadable(
            f"{address} has no mailbox on this Exchange Server ({error.code}): it may lie in Exchange Online, be "
            "disabled, or be known by another primary address."
        )
    return MailboxUnreadable(f"The mailbox of {address} cannot be read: Exchange answered {error.told}.")


def folder_trouble(name: str, address: str, error: ServiceError) -> MailTrouble:
    """Why a folder cannot be read to its end; ``name`` begins the sentence."""
    if error.code in NO_ENTRY or error.status in (401, 403):
        return unreadable(address, error)
    if error.code in NO_SUCH_FOLDER:
        return FolderUnreadable(f"{name} is no longer there ({error.code}).")
    return FolderUnreadable(f"{name} could not be read to its end: Exchange answered {error.told}.")
