"""Status: is it healthy, and what waits for whom.

Nothing is changed, no mail system is asked, and the work does not grow with the number of messages.
"""

from retention.jobs.status.overview import Status, status

__all__ = ["Status", "status"]
