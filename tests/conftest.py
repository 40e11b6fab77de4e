"""What every test may use: where the shared data lies, when it is there."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

# A machine that is busy elsewhere is no reason for a property to fail.
settings.register_profile("retention", deadline=None)
settings.load_profile("retention")

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real mail and contracts beside the project; a test that needs it is skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(f"needs the shared data folder at {SHARED}, which is not there")
    return SHARED
