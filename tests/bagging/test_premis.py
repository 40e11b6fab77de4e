"""The PREMIS account of a bag holds what the schema of PREMIS 3.0 asks for, in its order, whatever a mailbox is called.

The schema itself is the Library of Congress's; what is checked here is written down from it, for what a bag uses of it.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import parse
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from retention.bagging.premis import NAMESPACE, Agents, Premis
from retention.core.record import Custody
from tests.bagging.packing import AT, FACTS, packed_of, record

SCHEMA = {
    # element: its children in order, and after a colon how many times each (? at most once, * any, + one or more)
    "premis": "object:+ event:* agent:* rights:*",
    "object file": "objectIdentifier:+ preservationLevel:* significantProperties:* objectCharacteristics:+ "
    "originalName:? storage:* signatureInformation:* relationship:* linkingEventIdentifier:* "
    "linkingRightsStatementIdentifier:*",
    "object intellectualEntity": "objectIdentifier:+ preservationLevel:* significantProperties:* originalName:? "
    "environmentFunction:* relationship:* linkingEventIdentifier:* linkingRightsStatementIdentifier:*",
    "objectIdentifier": "objectIdentifierType objectIdentifierValue",
    "objectCharacteristics": "compositionLevel:? fixity:* size:? format:+ creatingApplication:* inhibitors:*",
    "fixity": "messageDigestAlgorithm messageDigest messageDigestOriginator:?",
    "format": "formatDesignation formatRegistry:? formatNote:*",
    "formatDesignation": "formatName formatVersion:?",
    "relationship": "relationshipType relationshipSubType relatedObjectIdentifier:+ relatedEventIdentifier:*",
    "relatedObjectIdentifier": "relatedObjectIdentifierType relatedObjectIdentifierValue relatedObjectSequence:?",
    "event": "eventIdentifier eventType eventDateTime eventDetailInformation:* eventOutcomeInformation:* "
    "linkingAgentIdentifier:* linkingObjectIdentifier:*",
    "eventIdentifier": "eventIdentifierType eventIdentifierValue",
    "eventDetailInformation": "eventDetail:? eventDetailExtension:*",
    "eventOutcomeInformation": "eventOutcome eventOutcomeDetail:*",
    "eventOutcomeDetail": "eventOutcomeDetailNote eventOutcomeDetailExtension:*",
    "linkingAgentIdentifier": "linkingAgentIdentifierType linkingAgentIdentifierValue linkingAgentRole:*",
    "linkingObjectIdentifier": "linkingObjectIdentifierType linkingObjectIdentifierValue linkingObjectRole:*",
    "agent": "agentIdentifier:+ agentName:* agentType:? agentVersion:? agentNote:* linkingEventIdentifier:*",
    "agentIdentifier": "agentIdentifierType agentIdentifierValue",
}
"""Version 3.0 of 18 January 2016."""
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


def complaints(element: Element) -> list[str]:
    """What the schema does not allow in this element and those within it."""
    name = element.tag.removeprefix(f"{{{NAMESPACE}}}")
    key = f"{name} {element.get(TYPE)}" if name == "object" else name
    found = [child.tag.removeprefix(f"{{{NAMESPACE}}}") for child in element]
    if key not in SCHEMA:
        return (
            [f"{key} has children"]
            if found
            else []
            if (element.text or "").strip() or name == "x"
            else [f"{key} empty"]
        )
    wrong, rest = [], list(found)
    for said in SCHEMA[key].split():
        child, _, times = said.partition(":")
        count = 0
        while rest and rest[0] == child:
            rest.pop(0)
            count += 1
        least, most = {"": (1, 1), "?": (0, 1), "*": (0, 10**9), "+": (1, 10**9)}[times]
        if not least <= count <= most:
            wrong.append(f"{key} has {count} {child}")
    wrong += [f"{key} has {child} where it must not be" for child in rest]
    return wrong + [one for child in element for one in complaints(child)]


def texts(root: Element, path: str) -> list[str]:
    return [found.text or "" for found in root.iterfind("/".join(f"{{{NAMESPACE}}}{step}" for step in path.split("/")))]


def account(path: Path) -> Element:
    root: Element = parse(path).getroot()
    assert root.tag == f"{{{NAMESPACE}}}premis" and root.get("version") == "3.0"
    assert complaints(root) == []
    return root


def test_every_record_and_what_happened_to_it_is_told(tmp_path: Path) -> None:
    twice = record(b"Subject: a\r\n\r\n")
    again = Custody(
        address="bo@town.example", mailbox="n", id="2", version="1", folder="Sent", captured_at=AT + timedelta(days=1)
    )
    twice = replace(twice, custody=(*twice.custody, again))
    packed_of(tmp_path / "bag", [(twice, b"Subject: a\r\n\r\n"), (record(b"b"), b"b")])
    root = account(tmp_path / "bag/premis.xml")
    assert texts(root, "event/eventType") == ["capture", "capture", "capture", "fixity check", "packing"]
    assert texts(root, "event/eventDateTime")[:2] == ["2026-11-21T15:00:00+00:00", "2026-11-22T15:00:00+00:00"]
    assert "bo@town.example, folder Sent" in texts(root, "event/eventDetailInformation/eventDetail")[1]
    assert texts(root, "object/objectCharacteristics/fixity/messageDigest") == [twice.digest, record(b"b").digest]
    assert texts(root, "object/objectIdentifier/objectIdentifierValue") == [
        *(FACTS.identifier, twice.place, record(b"b").place)
    ]
    assert texts(root, "agent/agentType") == ["software", "person", "organization"]
    named = dict(
        zip(texts(root, "agent/agentIdentifier/agentIdentifierValue"), texts(root, "agent/agentName"), strict=True)
    )
    assert named["pat.ortiz@town.example"] == "Pat Ortiz"
    assert set(texts(root, "event/linkingAgentIdentifier/linkingAgentIdentifierValue")) <= set(named)
    assert len(set(texts(root, "event/eventIdentifier/eventIdentifierValue"))) == 5


def test_a_change_in_the_order_is_a_complaint() -> None:
    root = Element(f"{{{NAMESPACE}}}premis")
    root.append(Element(f"{{{NAMESPACE}}}event"))
    root.append(Element(f"{{{NAMESPACE}}}object"))
    assert "premis has 0 object" in complaints(root)


@given(st.text(max_size=60), st.text(max_size=60), st.text(min_size=1, max_size=30))
def test_whatever_a_folder_is_called_the_account_is_good(tmp_path_factory, folder, purpose, address) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path_factory.mktemp("premis") / "premis.xml"
    one = record(b"x")
    custody = Custody(address="a", mailbox="m", id="1", version="1", folder=folder, captured_at=AT)
    agents = Agents(city="Town", person="", address=f"a{address}", program="retention", version="0.1.0")
    with Premis(path, FACTS.identifier, agents) as premis:
        premis.record(replace(one, custody=(custody,)), "data/eml/x.eml")
        premis.finish(AT, 1, purpose)
    account(path)
