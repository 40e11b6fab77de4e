"""The ledger for those who were not there: checked, made known outside, and handed to an auditor.

How an entry is checked is decided in ``core/audit``; nothing is mended here.
"""

from retention.jobs.audit.verify import Verified, verify

__all__ = ["Verified", "verify"]
