"""What is asked of a message: Graph's own fields, and the properties behind them.

How the answers are read is in ``rows.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

SELECT = (
    "id,changeKey,internetMessageId,conversationId,subject,from,sender,toRecipients,ccRecipients,bccRecipients,"
    "receivedDateTime,sentDateTime,categories,hasAttachments,isDraft,isRead,bodyPreview"
)
"""The fields of ``Message`` that Graph has for them; what else there is comes by ``EXPAND``.

``internetMessageHeaders`` is not asked for: on request it comes with a message or a list, of delta nothing is said.
"""

INDEX = "conversationIndex"
"""Asked for beside these, in the clouds that have it."""


def _expanding(properties: Iterable[str], more: str = "") -> str:
    wanted = " or ".join(f"id eq '{each}'" for each in properties)
    return quote(f"singleValueExtendedProperties($filter={wanted}){more}", safe="($=',)")


SIZE_AND_CLASS = ("Integer 0x0E08", "Long 0x0E08", "String 0x001A", "Integer 0x0036")
"""PidTagMessageSize, its 64-bit twin, PidTagMessageClass, PidTagSensitivity (Graph "Outlook extended properties")."""

HEADERS_AND_LIST = ("String 0x007D", "String 0x1045")
"""PidTagTransportMessageHeaders, all headers in one text, and PidTagListUnsubscribe.

Known: the text is set when a message is delivered from SMTP ([MS-OXCMAIL] 2.2.3.2.28), so what was sent or drafted in
the mailbox itself has none (microsoft-graph-docs#18761, msgraph-sdk-dotnet#3025); add-ins read it through Graph by this
id. Single headers can be asked for as named properties of PS_INTERNET_HEADERS, and that would be lighter, but Exchange
keeps a header so only where a client has asked for its name before (Exchange team blog, "Named Properties, Round 2"):
that one is not there would mean nothing, and to ask may add the name to the mailbox, which reading must not do. Names
are compared with case, too (Graph "Get singleValueLegacyExtendedProperty"). List-Unsubscribe has a property of its own
([MS-OXPROPS] PidTagListUnsubscribe): it says ``list`` where the text does not come.

Not to be settled without a tenant: whether a list gives the text whole. ``origin_of`` says ``person`` of none that
lacks From or Date, so headers that were cut short leave the origin unknown.
"""

PLAIN = _expanding(SIZE_AND_CLASS)
"""For a service, or a permission, with which ``EXPAND`` fails."""

EXPAND = _expanding((*SIZE_AND_CLASS, *HEADERS_AND_LIST), ",attachments($select=name,size)")
"""Never with delta, which answers 500 to properties (docs#1993, #2270) and gives attachments with their content
whatever is selected of them (docs-contrib#8431). In a list ``$select`` narrows them, as many programs rely on; only
fields that every kind of attachment has can be selected, so the content cannot come by mistake. Which of them are only
links is told by ``@odata.type``, which comes unasked where a list holds several kinds (OData 4.01 JSON, section 4.6.3).

Not to be settled without a tenant: how long Exchange takes for a page of a thousand with this. Smaller pages, then
``PLAIN``, are asked for where it takes too long.
"""
