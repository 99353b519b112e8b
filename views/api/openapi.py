"""The OpenAPI 3.1 description, made from what each view says of itself: it cannot promise another thing than is served.

Every answer that a request can get is written down, the failures as RFC 9457 problems.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from flask import Flask
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from werkzeug.routing import Rule

from services.wording.catalogue import sentence
from views.access import ANYBODY, need_of
from views.api.fields import Given
from views.api.operation import Operation
from views.api.problems import MEDIA_TYPE
from views.api.shapes import Problem

Json = dict[str, Any]
REF = "#/components/schemas/{model}"
READS = ("GET", "HEAD")
# What the address names; EXAMPLES: numbers of the demo to try it on.
PATH_PARAMETERS: Mapping[str, Json] = {
    "number": {"schema": {"type": "string", "minLength": 1}, "description": "The number of the patient or donor."},
    "donor_number": {"schema": {"type": "string", "minLength": 1}, "description": "The donor's number.",
                     "example": "DEMO-00001"},
    "search": {"schema": {"type": "string", "format": "uuid"}, "description": "The search's id."},
    "code": {"schema": {"type": "string", "format": "uuid"}, "description": "The code of what is read."},
    "upload": {"schema": {"type": "string", "format": "uuid"}, "description": "The import's id."},
    "token_id": {"schema": {"type": "integer", "minimum": 1, "maximum": 999_999_999}, "description": "The token's id."},
}
EXAMPLES: Mapping[str, str] = {"/api/v1/patients/<number>": "DEMO-P1", "/api/v1/donors/<number>": "DEMO-00001"}
MATCH: Mapping[str, str] = {
    "If-Match": "The ETag of the version that is changed.",
    "If-None-Match": "`*` where there is nothing yet.",
}


def describe(app: Flask) -> Json:
    """The description of every operation of the application."""
    found = list(_operations(app))
    shapes = {shape for _, _, one in found for shape in (one.answer, one.query, one.body, one.file) if shape}
    _, schemas = models_json_schema(
        [(shape, "validation" if issubclass(shape, Given) else "serialization") for shape in (*shapes, Problem)],
        ref_template=REF,
    )
    paths: Json = {}
    for rule, method, one in found:
        path = re.sub(r"<(?:[^:<>]+:)?(\w+)>", r"{\1}", rule.rule)
        paths.setdefault(path, {})[method.lower()] = _operation(app, rule, method, one)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Phenotheque",
            "version": "1",
            "description": "Platelet donors by HLA, HPA and CD36. See docs/api.md.",
        },
        "servers": [{"url": "/"}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(schemas["$defs"].items())),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": app.config["SESSION_COOKIE_NAME"]},
            },
        },
    }


def _operations(app: Flask) -> Iterator[tuple[Rule, str, Operation]]:
    for rule in app.url_map.iter_rules():
        described = getattr(app.view_functions[rule.endpoint], "operation", None)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"} if described else ():
            yield rule, method, described


def _operation(app: Flask, rule: Rule, method: str, one: Operation) -> Json:
    open_to_all = need_of(app, rule.endpoint) == ANYBODY
    said: Json = {
        "operationId": rule.endpoint.removeprefix("api.").replace(".", "_"),
        "summary": one.summary,
        "parameters": [*_path_parameters(rule), *_query_parameters(one.query), *_headers(method, one)],
        "responses": _responses(rule, method, one, open_to_all),
        "security": [] if open_to_all else [{"bearer": []}, {"session": []}],
    }
    if one.body:
        said["requestBody"] = {"required": True, "content": {"application/json": {"schema": _ref(one.body)}}}
    if one.file:
        said["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": _ref(one.file)}}}
    return said


def _path_parameters(rule: Rule) -> list[Json]:
    # The order of the address, not of a set.
    names = re.findall(r"<(?:[^:<>]+:)?(\w+)>", rule.rule)
    found: list[Json] = [{"name": name, "in": "path", "required": True, **PATH_PARAMETERS[name]} for name in names]
    for start, number in EXAMPLES.items():
        if rule.rule.startswith(start):
            found[0]["example"] = number
    return found


def _query_parameters(query: type[Given]) -> list[Json]:
    schema = query.model_json_schema(ref_template=REF)
    found = []
    for name, one in schema.get("properties", {}).items():
        shape = _without_null(one)
        parameter: Json = {"name": name, "in": "query", "required": False, "schema": shape}
        if text := one.get("description"):
            parameter["description"] = text
        if shape.get("type") == "array":
            parameter |= {"style": "form", "explode": False}
        found.append(parameter)
    return found


def _without_null(schema: Json) -> Json:
    """The schema of a parameter: one that is left out is no null in an address."""
    choices = schema.get("anyOf", [schema])
    kept: Json = next(one for one in choices if one.get("type") != "null")
    return {name: value for name, value in kept.items() if name not in ("title", "description", "default")}


def _headers(method: str, one: Operation) -> list[Json]:
    named = [*MATCH.items()] if one.conditional and method == "PUT" else [*MATCH.items()][: int(one.conditional)]
    return [
        {"name": name, "in": "header", "required": False, "description": text, "schema": {"type": "string"}}
        for name, text in named
    ]


def _responses(rule: Rule, method: str, one: Operation, open_to_all: bool) -> Json:
    statuses = {400, 422, 500, 503, *one.refusals}
    if not open_to_all:
        statuses |= {401, 403}
    if rule.arguments:
        statuses.add(404)
    if one.body or one.file:
        statuses |= {404, 413, 415}
    if one.conditional:
        statuses |= {412, 428}
    success: Json = {"description": one.summary}
    if one.answer:
        success["content"] = {"application/json": {"schema": _ref(one.answer)}}
    if headers := _answer_headers(one):
        success["headers"] = headers
    return {str(one.status): success} | {str(status): _problem(status) for status in sorted(statuses)}


def _answer_headers(one: Operation) -> Json:
    said = {"ETag": one.etag, "Location": one.status in (201, 202)}
    return {name: {"schema": {"type": "string"}} for name, given in said.items() if given}


def _problem(status: int) -> Json:
    return {"description": sentence(f"problem.{status}", {}, "en"), "content": {MEDIA_TYPE: {"schema": _ref(Problem)}}}


def _ref(shape: type[BaseModel]) -> Json:
    return {"$ref": REF.format(model=shape.__name__)}
