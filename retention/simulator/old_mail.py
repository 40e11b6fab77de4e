"""Old mail of the pretend city as somebody may have put it away in a file years ago, to rehearse on files of mail.

Nothing here is served: the file only lies beside the simulator's certificate.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from retention.simulator.mailbox import SimMessage
from retention.simulator.world import World

COUNT = 20


def write_old_mail(world: World, address: str, path: Path) -> int:
    """Write copies of the oldest mail of this mailbox as an mbox (RFC 4155); return how many. Raises ``OSError``."""
    dated = [(one.received_at, one) for one in world.mailbox(address).messages.values() if one.received_at]
    oldest = sorted(dated, key=lambda pair: (pair[0], pair[1].serial))[:COUNT]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(_entry(at, one) for at, one in oldest))
    return len(oldest)


def _entry(at: datetime, message: SimMessage) -> bytes:
    return f"From MAILER-DAEMON {at:%a %b %d %H:%M:%S %Y}\n".encode() + message.content.replace(b"\r\n", b"\n") + b"\n"
