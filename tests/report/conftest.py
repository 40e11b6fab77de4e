"""One busy town, and its reports, for all tests of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from retention.jobs.report import Report, year
from retention.page.folder import write
from tests.jobs.town import Town
from tests.report.busy import busy, reported


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    """Nobody may change it."""
    return busy(tmp_path_factory.mktemp("busy") / "town")


@pytest.fixture(scope="session")
def made(town: Town) -> Report:
    return reported(town)


@pytest.fixture(scope="session")
def annual(town: Town) -> Report:
    return reported(town, year("2026", (1, 1), town.at.date(), town.city.zone), annual=True)


@pytest.fixture(scope="session")
def folder(made: Report, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report as it is written."""
    place = tmp_path_factory.mktemp("written") / "report"
    write(made, place)
    return place
