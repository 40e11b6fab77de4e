"""Which series a message belongs to, by which rule, and which words said so.

Nothing here decides what is to happen to a message, and no body is looked at.
"""

from retention.core.classify.examples import check, shown
from retention.core.classify.filing import NOTHING, Candidate, Classification
from retention.core.classify.matcher import Matcher, looks_around

__all__ = ["NOTHING", "Candidate", "Classification", "Matcher", "check", "looks_around", "shown"]
