"""Which instants of a mail server can be believed: the same as of any message.

How each server writes them is known to its client.
"""

from retention.core.dates import believed

__all__ = ["believed"]
