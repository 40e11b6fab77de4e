"""What of an item cannot be carried into a message that is built of its properties, in plain words.

Nothing is built here. The lines that take nothing from the content are worded in ``core/rebuilt.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from retention.core import rebuilt
from retention.mail.files.outlook import tags
from retention.mail.files.outlook.body import Body, body_of
from retention.mail.files.outlook.headers import Fields
from retention.mail.files.outlook.item import DEEPEST, MapiAttachment, MapiMessage, Unreadable
from retention.mail.files.outlook.people import Named, People


def not_carried(item: MapiMessage, body: Body, fields: Fields, lost_lines: int, people: People) -> tuple[str, ...]:
    """Every loss once, the greatest first. It is never empty: the structure that the message was sent in is gone."""
    return tuple(
        dict.fromkeys(
            (
                *item.damage,
                rebuilt.STRUCTURE,
                *(() if fields else (rebuilt.HEADERS,)),
                *(
                    (f"{_counted(lost_lines, 'line', 'lines')} among the headers that {_is(lost_lines)}",)
                    * (lost_lines > 0)
                ),
                *_unknown(people),
                *body.lost,
                *_of_attachments(item),
                *_other_properties(item),
            )
        )
    )


def _is(count: int) -> str:
    return "is no header" if count == 1 else "are no headers"


def _unknown(people: People) -> Iterator[str]:
    if people.author is None:
        yield rebuilt.NO_SENDER
    else:
        yield from _address_of(rebuilt.SENDER, people.author)
    if people.on_behalf is not None:
        yield from _address_of(rebuilt.DELEGATE, people.on_behalf)
    recipients = (*people.to, *people.cc, *people.bcc)
    by_name = sum(not each.address for each in recipients)
    by_exchange = sum(each.is_of_exchange for each in recipients)
    if by_name:
        form = rebuilt.RECIPIENT_BY_NAME if by_name == 1 else rebuilt.RECIPIENTS_BY_NAME
        yield form.format(count=by_name)
    if by_exchange:
        form = rebuilt.RECIPIENT_BY_EXCHANGE if by_exchange == 1 else rebuilt.RECIPIENTS_BY_EXCHANGE
        yield form.format(count=by_exchange)


def _address_of(who: str, person: Named) -> Iterator[str]:
    if not person.address:
        yield rebuilt.PERSON_BY_NAME.format(who=who, name=_short(person.name))
    elif person.is_of_exchange:
        yield rebuilt.PERSON_BY_EXCHANGE.format(who=who)


def _of_attachments(item: MapiMessage, depth: int = 0) -> Iterator[str]:
    for each in item.attachments:
        yield from _of_attachment(each)
        if each.embedded is not None and depth < DEEPEST:
            # What cannot be read of it is said by the content, which cannot be built.
            with suppress(Unreadable):
                inner = each.embedded()
                losses = (*body_of(inner).lost, *_of_attachments(inner, depth + 1))
                yield from (f"in the attached message '{_short(each.name)}': {loss}" for loss in losses)


def _of_attachment(attachment: MapiAttachment) -> Iterator[str]:
    name = _short(attachment.name) or "without a name"
    if attachment.is_link:
        yield f"the file '{name}', which is attached as a link only"
    elif attachment.method == tags.OLE_OBJECT:
        yield f"an embedded OLE object '{name}'"
    elif attachment.data is None and attachment.embedded is None:
        yield f"the attachment '{name}', which has no content"


def _other_properties(item: MapiMessage) -> Iterator[str]:
    headers = item.names.headers if item.properties.has(tags.HEADERS) else frozenset()
    lost = item.properties.values.keys() - tags.CARRIED - tags.OF_THE_STORE - headers - {item.names.categories}
    if count := len(lost):
        yield (rebuilt.PROPERTY if count == 1 else rebuilt.PROPERTIES).format(count=count)


def _counted(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:59]}…"
