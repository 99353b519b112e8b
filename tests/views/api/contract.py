"""A caller of the API that holds every answer to the description: status, media type, fields, formats."""

import copy
import re
from urllib.parse import urlsplit

import jsonschema_rs

UNIVERSAL = {405}  # of a method that no operation has: nothing describes it


def closed(schemas: dict) -> dict:
    """The shapes with no further field allowed: what is served and not described is a fault of the description."""
    found = copy.deepcopy(schemas)
    for shape in found.values():
        if "properties" in shape:
            shape["additionalProperties"] = False
    return found


class Caller:
    """Calls as one person, by bearer token or by a browser's login."""

    def __init__(self, client, description: dict, **headers: str) -> None:
        self.client, self.description, self.headers = client, description, headers
        self.components = {"components": {"schemas": closed(description["components"]["schemas"])}}

    def __call__(self, method: str, address: str, *, status: int = 200, headers: dict | None = None, **given):
        answer = self.client.open(address, method=method, headers={**self.headers, **(headers or {})}, **given)
        assert answer.status_code == status, f"{method} {address}: {answer.status_code} {answer.get_data(as_text=True)}"
        self.hold(method, urlsplit(address).path, answer)
        return answer

    def operation_of(self, method: str, path: str) -> dict | None:
        for template, operations in sorted(self.description["paths"].items(), key=lambda pair: "{" in pair[0]):
            pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
            if re.fullmatch(pattern, path):
                return operations.get(method.lower())
        return None

    def hold(self, method: str, path: str, answer) -> None:
        """Fails where the answer is not one that the description promises."""
        assert answer.headers["X-Request-ID"]
        operation = self.operation_of(method, path)
        if operation is None:
            assert answer.status_code in {404, 405}
            assert answer.content_type == "application/problem+json"
            return
        promised = operation["responses"].get(str(answer.status_code))
        assert promised is not None, f"{method} {path} does not describe {answer.status_code}"
        content = promised.get("content")
        if content is None:
            assert answer.get_data() == b""
            return
        assert answer.content_type in content
        schema = {**content[answer.content_type]["schema"], **self.components}
        validator = jsonschema_rs.validator_for(schema, validate_formats=True)
        faults = [f"{fault.instance_path}: {fault.message}" for fault in validator.iter_errors(answer.json)]
        assert not faults, f"{method} {path}: {faults[:3]}"
        for name in promised.get("headers", {}):
            assert name in answer.headers
