"""A local Exchange Online look-alike over HTTPS, to rehearse on and to test against over the wire.

Nothing here reads a real mailbox, and nothing here knows the floors above core: the product talks to it through the
same code that talks to Microsoft.
"""

from __future__ import annotations
