"""One city's settings: what ``retention.toml`` may say, checked key by key.

Reading the file, secrets and the operating system's user are not known here.
"""

from retention.core.city.checking import CLOUDS, MAIL_SYSTEMS, STORES, parse
from retention.core.city.sections import (
    Access,
    Audit,
    During,
    Grant,
    Limits,
    Mail,
    Named,
    Notices,
    Place,
    Rules,
    StaffNotice,
    Store,
)
from retention.core.city.settings import City, days

__all__ = [
    "CLOUDS",
    "MAIL_SYSTEMS",
    "STORES",
    "Access",
    "Audit",
    "City",
    "During",
    "Grant",
    "Limits",
    "Mail",
    "Named",
    "Notices",
    "Place",
    "Rules",
    "StaffNotice",
    "Store",
    "days",
    "parse",
]
