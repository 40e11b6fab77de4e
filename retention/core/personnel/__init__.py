"""What the personnel office's tables and the mail system's directory say of people, read into people with their terms.

No file is opened and nobody is asked here; joining it to what the ledger knows is the register's business.
"""

from retention.core.personnel.people import owners_of, people_of
from retention.core.personnel.presence import departures, seen

__all__ = ["departures", "owners_of", "people_of", "seen"]
