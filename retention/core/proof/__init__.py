"""The proof of a hold: the tables that a ledger proves of it, and which entries a stranger is shown.

How a packet is written and checked is not known here.
"""

from retention.core.proof.allowed import unmet
from retention.core.proof.days import Period, offsets
from retention.core.proof.gathering import Beside, Gathering
from retention.core.proof.life import Cover
from retention.core.proof.showing import Marks
from retention.core.proof.tables import SHOWN, TABLES, Row, Table, plain

__all__ = [
    "SHOWN",
    "TABLES",
    "Beside",
    "Cover",
    "Gathering",
    "Marks",
    "Period",
    "Row",
    "Table",
    "offsets",
    "plain",
    "unmet",
]
