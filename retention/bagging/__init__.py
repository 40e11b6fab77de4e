"""The bag in which records go to an archive: BagIt, in the layout of the Mailbag specification 1.0.

Which records go, and whose act that is, is not decided here; a record's own bytes are never written anew.
"""

from retention.bagging.checking import Bagged, check
from retention.bagging.mailbag import Facts, Mailbag, Sealed

__all__ = ["Bagged", "Facts", "Mailbag", "Sealed", "check"]
