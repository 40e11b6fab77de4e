"""A local look-alike of Exchange Online (Graph) and Exchange Server (EWS), to rehearse on and to test against.

It is reached over HTTPS only. Nothing here reads a real mailbox, and nothing here knows the floors above core: the
product talks to it through the same code that talks to Microsoft.
"""

from __future__ import annotations
