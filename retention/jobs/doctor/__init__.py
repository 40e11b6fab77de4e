"""Doctor: what is set up, what is not, and what cannot be covered, each with the next step.

Nothing is mended here, and no mailbox is changed.
"""

from retention.jobs.doctor.check import Check
from retention.jobs.doctor.looking import doctor

__all__ = ["Check", "doctor"]
