"""How large a spreadsheet may be: it has some thousand rows, and a larger file is a mistake or an attack.

Nothing is read or counted here.
"""

from __future__ import annotations

LARGEST_FILE = 5_000_000
"""Bytes of a file as it lies on the disk."""
LARGEST_UNPACKED = 50_000_000
"""Bytes of a workbook's parts when unpacked; what is small on the disk may be huge in memory."""
MOST_ROWS = 50_000
"""Rows with text, on one sheet."""
MOST_COLUMNS = 250


def counted_bytes(number: int) -> str:
    return f"{number / 1_000_000:,.1f} million bytes"


def too_many_rows(file: str, sheet: str = "") -> tuple[str, str]:
    """What is said of a sheet that is too long, and the next step."""
    where = f"sheet '{sheet}' of {file}" if sheet else file
    return (
        f"{where[0].upper() + where[1:] if sheet else where} has more than {MOST_ROWS:,} rows.",
        "Keep only the rows that are meant; bring in so many of them in parts.",
    )


def too_many_columns(file: str, row: int, sheet: str = "") -> tuple[str, str]:
    where = f"Row {row} of sheet '{sheet}' of {file}" if sheet else f"Row {row} of {file}"
    return f"{where} has more than {MOST_COLUMNS} columns.", "Keep only the columns that are meant."
