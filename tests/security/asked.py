"""Every place of the API where a caller may write something, read from the live OpenAPI document.

A new operation, parameter or field is found here without being named.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from shop.kit.access import access_of
from tests.security.callers import World, routes
from tests.shopper import NEW_YORK

METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Operation:
    """One operation of the document and the route behind it."""

    method: str
    path: str
    rule: Rule
    spec: Mapping[str, Any] = field(repr=False)

    @property
    def label(self) -> str:
        return f"{self.method.upper()} {self.path}"

    @property
    def definition(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.spec["paths"][self.path][self.method]
        return found

    @property
    def documented(self) -> set[int]:
        """Statuses that are named; ``default`` names none."""
        return {int(status) for status in self.definition["responses"] if status.isdigit()}

    @property
    def takes_json(self) -> bool:
        return "application/json" in self.definition.get("requestBody", {}).get("content", {})

    @property
    def is_entry(self) -> bool:
        """Whether it writes an entry of a seed."""
        return re.match("/v1/admin/(products|variants|campaigns)", self.path) is not None

    @property
    def body_schema(self) -> Mapping[str, Any]:
        return resolved(self.spec, self.definition["requestBody"]["content"]["application/json"]["schema"])

    def parameters(self) -> Iterator[Mapping[str, Any]]:
        """Walk what is documented for the operation and for its path."""
        for parameter in [
            *self.spec["paths"][self.path].get("parameters", []),
            *self.definition.get("parameters", []),
        ]:
            yield resolved(self.spec, parameter)


@dataclass(frozen=True)
class Place:
    """Where text can be written: ``path``, ``query``, ``header`` or ``body``, and which.

    Attributes:
        operation: That reads it.
        where: Part of the request.
        name: Of the parameter; of a body, the JSON pointer.
    """

    operation: Operation
    where: str
    name: str

    def __str__(self) -> str:
        return f"{self.operation.label} {self.where} {self.name}"


def document(app: Flask) -> dict[str, Any]:
    """Return the OpenAPI document as it is served."""
    answer = app.test_client().get("/openapi.json")
    return dict(answer.json or {})


def operations(app: Flask) -> list[Operation]:
    """Return every operation of the document."""
    spec = document(app)
    rules = {(method.lower(), template(rule)): rule for method, rule in routes(app)}
    return [
        Operation(method, path, rules[method, path], spec)
        for path, item in spec["paths"].items()
        for method in METHODS
        if method in item
    ]


def template(rule: Rule) -> str:
    """Return a rule as the document writes its path."""
    return re.sub(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", r"{\1}", rule.rule)


def resolved(spec: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow a reference, and take the one choice that is not null."""
    while True:
        choices = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
        if "$ref" in schema:
            _, *steps = schema["$ref"].split("/")
            found: Any = spec
            for step in steps:
                found = found[step]
            schema = found
        elif len(choices) == 1:
            schema = choices[0]
        else:
            return schema


def kinds_of(schema: Mapping[str, Any]) -> set[str]:
    """Return the JSON types of a schema."""
    found = schema.get("type", [])
    return {found} if isinstance(found, str) else set(found)


def text_places(operation: Operation) -> Iterator[Place]:
    """Walk every parameter and field of an operation that is text, or a list of texts."""
    for parameter in operation.parameters():
        schema = resolved(operation.spec, parameter["schema"])
        items = resolved(operation.spec, schema.get("items", {}))
        if "string" in kinds_of(schema) | kinds_of(items):
            yield Place(operation, parameter["in"], parameter["name"])
    if operation.takes_json:
        for pointer, schema in leaves(operation.spec, operation.body_schema):
            if "string" in kinds_of(schema):
                yield Place(operation, "body", pointer)


def leaves(
    spec: Mapping[str, Any], schema: Mapping[str, Any], pointer: str = ""
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Walk the fields of a body that hold no other fields; the first of a list stands for all."""
    schema = resolved(spec, schema)
    if "properties" in schema:
        for name, inner in schema["properties"].items():
            yield from leaves(spec, inner, f"{pointer}/{name}")
    elif "items" in schema:
        yield from leaves(spec, schema["items"], f"{pointer}/0")
    else:
        yield pointer, schema


def objects(
    spec: Mapping[str, Any], schema: Mapping[str, Any], pointer: str = ""
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Walk the objects of a body, itself first."""
    schema = resolved(spec, schema)
    if "properties" in schema:
        yield pointer, schema
        for name, inner in schema["properties"].items():
            yield from objects(spec, inner, f"{pointer}/{name}")
    elif "items" in schema:
        yield from objects(spec, schema["items"], f"{pointer}/0")


def put(document: Any, pointer: str, value: Any) -> Any:
    """Return a document with a value at a JSON pointer, making the objects and lists on the way."""
    if not pointer:
        return value
    step, _, rest = pointer[1:].partition("/")
    rest = f"/{rest}" if rest else ""
    if step.isdigit():
        inner = document[int(step)] if isinstance(document, list) and document else None
        return [put(inner, rest, value)]
    known = document if isinstance(document, dict) else {}
    return {**known, step: put(known.get(step), rest, value)}


def owner_of(app: Flask, rule: Rule) -> str:
    """Return which of the six callers may do what a route does."""
    access = access_of(app, rule.endpoint)
    if access.who == "key":
        return "admin read" if access.of.endswith(":read") else "admin write"
    return {"order": "order token", "cart": "guest A"}.get(access.of, "anonymous")


def named(world: World) -> dict[str, Any]:
    """Return right values by the name of a parameter or field, wherever it stands."""
    return {
        "market": "US",
        "country": "US",
        "cart_id": world.guest.cart["id"],
        "quantity": 1,
        "email": "ada@example.com",
        "shipping_address": NEW_YORK,
        "billing_address": NEW_YORK,
        "shipping_option": "standard",
        "family": "le-city",
        "return_url": "https://boutique.example/thanks",
    }


def right_body(world: World, operation: Operation) -> dict[str, Any]:
    """Return a body that is accepted, with what is known for its fields."""
    known, fields = named(world), operation.body_schema.get("properties", {})
    body = world.body(operation.rule, operation.method.upper()) or {}
    return {**{name: known[name] for name in fields if name in known}, **body}


def send(
    world: World,
    operation: Operation,
    *,
    body: Any = None,
    place: Place | None = None,
    text: str = "",
    query: str = "",
) -> TestResponse:
    """Do an operation as its owner, with a text at one place and all else as it should be.

    What no client would send is sent all the same: the bytes go where the server's gateway puts
    them. ``text`` may hold lone surrogates; in a body they are escaped, elsewhere they are bytes
    that are no UTF-8.
    """
    raw = text.encode("utf-8", "surrogatepass").decode("latin-1")
    path, _, needed = world.address(operation.rule).partition("?")
    query = query or needed
    environ: dict[str, Any] = {}
    headers = world.headers(owner_of(world.app, operation.rule))
    if any(parameter["name"] == "If-Match" for parameter in operation.parameters()):
        headers["If-Match"] = "*"
    if place is not None and place.where == "path":
        # As a gateway hands it on: unquoted.
        environ["PATH_INFO"] = _with_segment(world, operation, place.name, raw)
    elif place is not None and place.where == "query":
        parts = [part for part in query.split("&") if part and part.partition("=")[0] != place.name]
        query = "&".join([*parts, f"{place.name}={quote(raw, safe='', encoding='latin-1')}"])
    elif place is not None and place.where == "header":
        headers.pop(place.name, None)
        environ[f"HTTP_{place.name.upper().replace('-', '_')}"] = raw
    if body is None and operation.takes_json:
        body = right_body(world, operation)
    if place is not None and place.where == "body":
        body = put(body, place.name, text)
    sent: dict[str, Any] = {"headers": headers, "buffered": True, "environ_overrides": environ}
    if body is not None:
        sent |= {"data": json.dumps(body), "content_type": "application/json"}
    return world.app.test_client().open(path, method=operation.method.upper(), query_string=query, **sent)


def _with_segment(world: World, operation: Operation, name: str, raw: str) -> str:
    """Return the path of an operation with a parameter as it is given."""
    address = world.address(operation.rule).partition("?")[0]
    _, values = world.app.url_map.bind("localhost").match(address, method=operation.method.upper())
    return operation.path.format(**{**{key: str(value) for key, value in values.items()}, name: raw})
