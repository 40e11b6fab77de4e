"""Answers to what takes an item elsewhere: MoveItem, and DeleteItem in its three ways.

Nothing is ever destroyed: HardDelete puts an item into Purges (EXD: deleting items by using EWS).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from retention.simulator.answers import Answer
from retention.simulator.ews import names, soap
from retention.simulator.ews.items import NO_ITEMS
from retention.simulator.ews.shapes import identity, item_tag
from retention.simulator.ews.soap import Asked, ItemError, SoapFault
from retention.simulator.faults import Faults
from retention.simulator.mailbox import SimMailbox, SimMessage
from retention.simulator.world import Refused, World

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

Way = Callable[[World, SimMessage], None]


def _to_deleted_items(world: World, message: SimMessage) -> None:
    tree = message.folder.tree
    if message.folder.within(tree.dumpster):
        raise Refused("The object cannot be deleted.")
    world.place(message, tree.named["deleteditems"], "changed")


WAYS: dict[str, Way] = {
    "MoveToDeletedItems": _to_deleted_items,
    "SoftDelete": lambda world, message: world.soft_delete(message.mailbox.address, message.immutable_id),
    "HardDelete": lambda world, message: world.permanent_delete(message.mailbox.address, message.immutable_id),
}


def delete(asked: Asked, mailbox: SimMailbox, world: World, faults: Faults) -> Answer:
    """Remove each item in the way that is named, or tell why not. Raises ``SoapFault`` for another way."""
    way = WAYS.get(asked.element.get("DeleteType", ""))
    if way is None:
        raise SoapFault("ErrorSchemaValidation", "The request failed schema validation: DeleteType.")
    answers = []
    for element in names.item_elements(asked.element):
        try:
            message = _found(mailbox, element, faults)
            if item_tag(message.kind) == "CalendarItem" and asked.element.get("SendMeetingCancellations") is None:
                raise ItemError("ErrorSendMeetingCancellationsRequired", "SendMeetingCancellations is required.")
            way(world, message)
            answers.append(soap.good("DeleteItem"))
        except Refused as error:
            answers.append(soap.bad("DeleteItem", ItemError("ErrorCannotDeleteObject", str(error))))
        except ItemError as error:
            answers.append(soap.bad("DeleteItem", error))
    return soap.messages("DeleteItem", answers)


def move(asked: Asked, mailbox: SimMailbox, world: World, faults: Faults) -> Answer:
    """Put each item into the folder that is named; it has another id there, which is not told across mailboxes."""
    targets = names.folder_elements(asked.element, "ToFolderId")
    if not targets:
        raise SoapFault("ErrorSchemaValidation", "The request failed schema validation: ToFolderId is missing.")
    answers = []
    for element in names.item_elements(asked.element):
        try:
            target = names.find_folder(mailbox, targets[0])
            message = _found(mailbox, element, faults)
            before = message.folder.tree
            world.place(message, target, "deleted")
            tag = item_tag(message.kind)
            told = f"<m:Items><t:{tag}>{identity(message)}</t:{tag}></m:Items>".encode()
            answers.append(soap.good("MoveItem", told if before is target.tree else NO_ITEMS))
        except Refused as error:
            answers.append(soap.bad("MoveItem", ItemError("ErrorMoveCopyFailed", str(error)), NO_ITEMS))
        except ItemError as error:
            answers.append(soap.bad("MoveItem", error, NO_ITEMS))
    return soap.messages("MoveItem", answers)


def _found(mailbox: SimMailbox, element: Element, faults: Faults) -> SimMessage:
    """The item, if the change key that is named is the one it has now."""
    message = names.find_item(mailbox, element)
    key = element.get("ChangeKey", "")
    if key and key != message.change_key and not faults.ignore_if_match:
        raise ItemError(
            "ErrorIrresolvableConflict",
            "The send or update operation could not be performed because the change key passed in the request does "
            "not match the current change key for the item.",
        )
    return message
