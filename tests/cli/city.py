"""Settings of a rehearsal city for the tests that use the command line.

Nothing is tested here.
"""

from __future__ import annotations

from pathlib import Path

from retention.simulator.serve import Simulator

SETTINGS = """\
[city]
name = "City"
time_zone = "America/Chicago"
schedules = ["{schedule}"]

[mail]
system = "simulator"
graph_url = "{url}"
ca_file = "ca.pem"

[limits]
largest_purge = 100000
largest_share = "100 %"

[people]
"{attorney}" = {{ name = "Kim Lee" }}
"{records}" = {{ name = "Pat Ortiz" }}
"{operator}" = {{ name = "the nightly job" }}

[offices]
"City Attorney" = ["{attorney}"]
"Records Manager" = ["{records}"]
"""


def settings(folder: Path, simulator: Simulator, *, schedule: str, attorney: str, records: str, operator: str) -> Path:
    """Write ``retention.toml`` for this simulator, with its certificate beside it."""
    (folder / "ca.pem").write_bytes(simulator.ca_file.read_bytes())
    path = folder / "retention.toml"
    path.write_text(
        SETTINGS.format(
            url=simulator.graph_url, schedule=schedule, attorney=attorney, records=records, operator=operator
        ),
        "utf-8",
    )
    return path
