"""The process that reads a PST, with a library that breaks: it dies over one item, and hangs over another.

The environment says what: BREAKS and HANGS name places in a folder, and with MISSES there is no library at all.
"""

from __future__ import annotations

import os
import sys
import threading
from typing import Any

from retention.mail.files.outlook import reading
from retention.mail.files.outlook.pst_items import PstItems

BREAKS, HANGS, MISSES = "TEST_BREAKS", "TEST_HANGS", "TEST_MISSES"


class Breaking(PstItems):
    def item(self, folder: str, index: int, doubtful: bool = False) -> Any:
        if str(index) in os.environ.get(BREAKS, "").split():
            os.abort()
        if str(index) in os.environ.get(HANGS, "").split():
            threading.Event().wait()
        return super().item(folder, index, doubtful)


if __name__ == "__main__":
    if os.environ.get(MISSES):
        sys.modules["pypff"] = None  # type: ignore[assignment]
    reading.PstItems = Breaking  # type: ignore[misc]
    reading.main(sys.argv[1])
