"""The EWS voice of the simulator: the same world, answered as an Exchange Server answers its SOAP operations.

Graph is answered by the neighbours above; no mailbox is kept here.
"""

from __future__ import annotations
