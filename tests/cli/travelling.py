"""Let days go by at the desk: the clock, the machine that counts and the mail system's clock go on together.

Nothing is tested here.
"""

from __future__ import annotations

from datetime import datetime

import pytest

from retention.cli import opening
from retention.core.clock import Machine


def travel(patch: pytest.MonkeyPatch, at: datetime) -> None:
    """From now on it is this instant, and nothing says otherwise."""
    patch.setattr(opening, "now", lambda: at)
    patch.setattr(opening, "machine", Machine)
    patch.setattr(opening, "told_time", lambda world: None)
