"""Why: every reason for one message, today or on a day that is past, also for what is gone.

Nothing is decided here that ``core/decide.py`` does not decide, and nothing is done.
"""

from retention.jobs.why.as_of import Replayed, as_of
from retention.jobs.why.explaining import Explained, why
from retention.jobs.why.finding import Remembered

__all__ = ["Explained", "Remembered", "Replayed", "as_of", "why"]
