"""The packet that proves a hold: a folder that anybody can read, and check on a machine without this product.

What a proof says is gathered in ``core/proof``; nothing is looked up or decided here.
"""

from retention.packet.lines import Line, lines
from retention.packet.writing import Head, Packet

__all__ = ["Head", "Line", "Packet", "lines"]
