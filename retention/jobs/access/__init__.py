"""Access to content: what is done so that somebody may read a message, and the one way to read it.

Whose office may grant, and when a grant is live, is decided in ``core/access.py``.
"""

from retention.jobs.access.granting import grant, request, revoke
from retention.jobs.access.listing import Listed, listed
from retention.jobs.access.reading import Content, begin, begin_one_of, content, permitted

__all__ = ["Content", "Listed", "begin", "begin_one_of", "content", "grant", "listed", "permitted", "request", "revoke"]
