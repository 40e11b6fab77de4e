"""What the personnel office's tables and the mail system's directory say of people, read into people with their terms.

No file is opened and nobody is asked here; joining it to what the ledger knows is the register's business.
"""

from retention.core.personnel.departing import AtRisk, going
from retention.core.personnel.people import Owner, owners_of, people_of
from retention.core.personnel.presence import departures, seen, since

__all__ = ["AtRisk", "Owner", "departures", "going", "owners_of", "people_of", "seen", "since"]
