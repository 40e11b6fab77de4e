"""Exchange Web Services: mail of an Exchange Server that a city keeps itself, with a service account.

Nothing here knows holds, schedules, plans or the catalog.
"""

from retention.mail.exchange.settings import ExchangeSettings
from retention.mail.exchange.system import ExchangeMail

__all__ = ["ExchangeMail", "ExchangeSettings"]
