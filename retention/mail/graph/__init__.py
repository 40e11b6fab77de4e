"""Microsoft Graph: mail of Exchange Online, in every cloud, with application permissions.

Nothing here knows holds, schedules, plans or the catalog.
"""

from retention.mail.graph.clouds import CLOUDS, Cloud
from retention.mail.graph.settings import GraphSettings
from retention.mail.graph.system import GraphMail

__all__ = ["CLOUDS", "Cloud", "GraphMail", "GraphSettings"]
