"""The clouds Microsoft runs: where each one is and what it lacks.

Nothing here is probed; it is what Microsoft's own schemas declare, and the service has the last word.
"""

from __future__ import annotations

from msgspec import Struct

from retention.core.message import Removal
from retention.errors import BadConfiguration
from retention.mail.asking.signin import AUTHORITY

EVERY_REMOVAL = (Removal.DELETED_ITEMS, Removal.RECOVERABLE, Removal.PERMANENT)
MOVES_ONLY = (Removal.DELETED_ITEMS, Removal.RECOVERABLE)


class Cloud(Struct, frozen=True, kw_only=True):
    """One national cloud and its capabilities.

    ``graph`` and ``authority`` are URLs without a path. ``delta`` says whether changes of a folder can be asked for;
    where not, every reading is a full one. ``message_properties_missing`` are Graph's own property names.
    """

    name: str
    graph: str
    authority: str
    removals: tuple[Removal, ...]
    delta: bool
    message_properties_missing: tuple[str, ...]

    @property
    def permanent_delete(self) -> bool:
        return Removal.PERMANENT in self.removals


# Roots: Microsoft Graph "National cloud deployments". Capabilities: the v1.0 schemas of the clouds
# (microsoftgraph/msgraph-metadata, schemas/v1.0-Prod, -Fairfax, -Mooncake.csdl). GCC is the global cloud.
CLOUDS = {
    cloud.name: cloud
    for cloud in (
        Cloud(
            name="global",
            graph="https://graph.microsoft.com",
            authority=AUTHORITY,
            removals=EVERY_REMOVAL,
            delta=True,
            message_properties_missing=(),
        ),
        Cloud(
            name="gcc-high",
            graph="https://graph.microsoft.us",
            authority="https://login.microsoftonline.us",
            removals=MOVES_ONLY,
            delta=True,
            message_properties_missing=("conversationIndex",),
        ),
        Cloud(
            name="dod",
            graph="https://dod-graph.microsoft.us",
            authority="https://login.microsoftonline.us",
            removals=MOVES_ONLY,
            delta=True,
            message_properties_missing=("conversationIndex",),
        ),
        Cloud(
            name="china",
            graph="https://microsoftgraph.chinacloudapi.cn",
            authority="https://login.chinacloudapi.cn",
            removals=MOVES_ONLY,
            delta=False,
            message_properties_missing=("conversationIndex", "flag", "internetMessageHeaders"),
        ),
    )
}


def cloud_named(name: str) -> Cloud:
    """The cloud of that name. Raises ``BadConfiguration`` naming the known ones."""
    if name not in CLOUDS:
        raise BadConfiguration(
            f"There is no cloud called {name!r}.",
            f"Set mail.cloud to one of: {', '.join(CLOUDS)}. GCC is in the global cloud.",
        )
    return CLOUDS[name]
