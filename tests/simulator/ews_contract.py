"""Exchange's own schema, as a check on SOAP requests and answers.

The schema is data that is read where it lies; nothing of it is kept here.
"""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import xmlschema

from tests.simulator.soap import M, S


class EwsContract:
    """The messages and types of EWS. Reading them takes seconds: one object serves a whole session of tests."""

    def __init__(self, path: Path) -> None:
        self.messages = xmlschema.XMLSchema(str(path / "messages.xsd"))

    def complaints(self, envelope: bytes) -> list[str]:
        """What is wrong with a request or an answer: its headers, its operation, or the detail of its fault."""
        root = ET.fromstring(envelope)
        header, body = root.find(f"{S}Header"), root.find(f"{S}Body")
        assert body is not None and len(body) == 1
        elements = [*(header if header is not None else ()), *self._within(body[0])]
        return [f"{each.tag}: {error.path} {error.reason}" for each in elements for error in self._errors(each)]

    def _within(self, operation: ET.Element) -> list[ET.Element]:
        if operation.tag != f"{S}Fault":
            return [operation]
        # What a fault's detail holds is no part of the schema but for the code, which has a type there.
        code = ET.Element(f"{M}ResponseCode")
        code.text = next(each.text for each in operation.iter() if each.tag.endswith("}ResponseCode"))
        return [code]

    def _errors(self, element: ET.Element) -> list[xmlschema.XMLSchemaValidationError]:
        if element.tag == f"{M}ResponseCode":
            return list(self.messages.types["ResponseCodeType"].iter_errors(element.text or ""))
        known = self.messages.maps.elements.get(element.tag)
        assert known is not None, f"the schema has no {element.tag}"
        return list(known.iter_errors(element))
