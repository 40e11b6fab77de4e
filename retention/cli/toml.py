"""Reading a TOML file that a person wrote; what is wrong with it is told with its place.

What its keys mean is not known here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from retention.errors import BadConfiguration, ScheduleNotValid

LARGEST = 4 << 20
"""Bytes of a settings or schedule file: the largest schedule a city has takes a tenth of it."""


def read(path: Path, error: type[BadConfiguration] | type[ScheduleNotValid]) -> dict[str, Any]:
    import tomllib

    try:
        if path.stat().st_size > LARGEST:
            raise error(f"{path} is larger than {LARGEST >> 20} MiB: that is no file people wrote.", "Name another.")
        return tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as wrong:
        raise error(f"{path} is not TOML: {wrong}.", "Correct that line.") from wrong
    except UnicodeDecodeError as wrong:
        raise error(f"{path} is not UTF-8 text: {wrong.reason} at byte {wrong.start}.", "Save it as UTF-8.") from wrong
    except OSError as wrong:
        raise error(f"{path} cannot be read: {wrong.strerror}.", "Correct its place or its permissions.") from wrong
