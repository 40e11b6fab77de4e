"""Microsoft's own description of Graph, as a check on an answer.

The description is data that is read where it lies; nothing of it is kept here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from openapi_schema_validator import OAS30Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

DOCUMENT = "urn:graph"


class Contract:
    """The paths and schemas of the description."""

    def __init__(self, path: Path) -> None:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self.document: dict[str, Any] = yaml.load(path.read_text("utf-8"), Loader=loader)
        self.registry: Registry[Any] = Registry().with_resource(
            DOCUMENT, Resource.from_contents(self.document, default_specification=DRAFT4)
        )

    def complaints(self, pointer: str, body: object) -> list[str]:
        """What is wrong with the body by the schema at a JSON pointer."""
        validator = OAS30Validator({"$ref": f"{DOCUMENT}#{pointer}"}, registry=self.registry)
        return [f"{'/'.join(map(str, each.absolute_path))}: {each.message}" for each in validator.iter_errors(body)]

    def answer(self, path: str, method: str, body: object, status: str = "2XX") -> list[str]:
        """What is wrong with an answer to this operation."""
        responses = self.document["paths"][path][method]["responses"]
        assert status in responses, f"{method} {path} has no {status}"
        start = f"/paths/{path.replace('~', '~0').replace('/', '~1')}/{method}/responses/{status}"
        if "$ref" in responses[status]:
            start = responses[status]["$ref"].removeprefix("#")
        return self.complaints(f"{start}/content/application~1json/schema", body)

    def schema(self, name: str, body: object) -> list[str]:
        """What is wrong with a body by a named schema such as ``microsoft.graph.message``."""
        return self.complaints(f"/components/schemas/{name}", body)

    def declared(self, name: str) -> set[str]:
        """Every property that a schema and those it is made of declare."""
        found: set[str] = set()
        todo = [self.document["components"]["schemas"][name]]
        while todo:
            schema = todo.pop()
            if "$ref" in schema:
                schema = self.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
            found |= set(schema.get("properties", {}))
            todo += schema.get("allOf", [])
        return found
