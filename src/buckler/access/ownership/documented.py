"""What the OpenAPI document says of an `Owned`: its path parameters, unknown to FastAPI, and whose the object is."""

from typing import Any

from buckler.access.declarations.declaration import Duty
from buckler.access.ownership.spelling import names_in, spelled


def describe_objects(operation: dict[str, Any], duty: Duty) -> None:
    """Write the objects of a duty into its operation, in place."""
    path = names_in(duty.path)
    for owned, name in duty.objects.items():
        parameters = operation.setdefault("parameters", [])
        known = {each.get("name") for each in parameters if each.get("in") == "path"}
        for said, schema in owned.parameters(name).items():
            parameter = spelled(said, path) or said
            if parameter not in known:
                titled = {"title": parameter.replace("_", " ").title(), **schema}
                parameters.append({"name": parameter, "in": "path", "required": True, "schema": titled})
        whose = owned.described()
        told = {part: whose[part] for part in ("model", "owner", "tenant") if whose.get(part) is not None}
        operation.setdefault("x-owned", []).append(told)
