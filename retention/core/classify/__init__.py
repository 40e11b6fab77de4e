"""Which series a message belongs to, by which rule, and which words said so.

Nothing here decides what is to happen to a message, and no body is looked at.
"""

from retention.core.classify.examples import check, shown
from retention.core.classify.filing import FORM, NOTHING, Candidate, Classification
from retention.core.classify.matcher import Matcher, looks_around
from retention.core.classify.people import Decided, FiledIn, People, judged

__all__ = [
    "FORM",
    "NOTHING",
    "Candidate",
    "Classification",
    "Decided",
    "FiledIn",
    "Matcher",
    "People",
    "check",
    "judged",
    "looks_around",
    "shown",
]
