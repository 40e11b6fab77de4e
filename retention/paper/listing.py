"""A list as a CSV file that any spreadsheet program opens, and that none takes for formulas.

What is listed is not known here.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from io import StringIO

from retention.core.proof import Row, plain
from retention.packet.writing import FORMULAS


def listing(columns: Row, rows: Iterable[Row]) -> bytes:
    """The file's bytes: the same rows always give the same."""
    out = StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns)
    for row in rows:
        cells = map(plain, row)
        writer.writerow([f"'{cell}" if cell.startswith(FORMULAS) else cell for cell in cells])
    # With its mark at the beginning a spreadsheet program reads names as they are written.
    return out.getvalue().encode("utf-8-sig")
