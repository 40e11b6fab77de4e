"""The report: what the city's mail is, what was done with it, and what waits, in figures for people.

How it looks is in ``retention/page``; how it reaches files is the command line's business.
"""

from retention.jobs.report.making import Report, report
from retention.jobs.report.period import Period, last_year, month_of, period, year
from retention.jobs.report.told import Told

__all__ = ["Period", "Report", "Told", "last_year", "month_of", "period", "report", "year"]
