"""Stripe's OpenAPI document as a judge: of every request, every answer and every webhook."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from .errors import StripeError, invalid

_SCHEMA_NAMES = {"checkout.session": "checkout.Session"}
DOCUMENT_PATH = Path(__file__).with_name("stripe-openapi.json")
_FORM = "application/x-www-form-urlencoded"
_RETIRED = "payment_method_types"


class ContractBrokenError(AssertionError):
    """The double was about to send something that the document forbids: a fault of the double."""


@dataclass(frozen=True)
class Operation:
    """One method on one path of the document."""

    operation_id: str
    method: str
    template: str
    pattern: re.Pattern[str]
    params: dict[str, Any]
    answer: dict[str, Any]

    def object_id(self, path: str) -> str:
        """Take the id out of a path, or an empty string when the path has none."""
        match = self.pattern.fullmatch(path)
        return next(iter(match.groups()), "") if match else ""


@cache
def document() -> dict[str, Any]:
    """Read the document, once per process."""
    loaded: dict[str, Any] = json.loads(DOCUMENT_PATH.read_text(encoding="utf-8"))
    return loaded


def api_version() -> str:
    """Name the Stripe API version that the document describes."""
    return str(document()["info"]["version"])


@cache
def operations() -> tuple[Operation, ...]:
    """List the operations, literal paths before templates so that the first match is the right one."""
    found = []
    for template, methods in document()["paths"].items():
        pattern = re.compile(re.sub(r"\{\w+\}", "([^/]+)", template))
        for method, operation in methods.items():
            body = operation.get("requestBody", {}).get("content", {}).get(_FORM, {}).get("schema")
            answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
            found.append(
                Operation(
                    operation_id=operation["operationId"],
                    method=method.upper(),
                    template=template,
                    pattern=pattern,
                    params=body or operation.get("x-query-schema", {"type": "object"}),
                    answer=answer,
                )
            )
    return tuple(sorted(found, key=lambda operation: operation.template.count("{")))


def find_operation(method: str, path: str) -> Operation:
    """Find the operation that a request asks for.

    Raises:
        StripeError: 404 for a path, or a method on it, that the document does not know.
    """
    for operation in operations():
        if operation.method == method and operation.pattern.fullmatch(path):
            return operation
    raise StripeError(f"Unrecognized request URL ({method}: {path}).", status=404)


@cache
def _validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator({**_flatten(json.loads(schema)), "components": _flat_components()})


@cache
def _flat_components() -> dict[str, Any]:
    flat: dict[str, Any] = _flatten(document()["components"])
    return flat


def _flatten(schema: Any) -> Any:
    """Write "a string or null" as one keyword instead of a choice: the same meaning, a third of the time."""
    if isinstance(schema, list):
        return [_flatten(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    options = schema.get("anyOf", [])
    if options and len(schema) == 1:
        if all(set(option) == {"type"} for option in options):
            return {"type": [option["type"] for option in options]}
        if all("enum" in option or option == {"type": "null"} for option in options):
            return {"enum": [value for option in options for value in option.get("enum", [None])]}
    return {key: _flatten(value) for key, value in schema.items()}


def _validator_for(schema: dict[str, Any]) -> Draft202012Validator:
    return _validator(json.dumps(schema))


def read_params(operation: Operation, given: dict[str, Any]) -> dict[str, Any]:
    """Convert decoded form values to the document's types and check them against it.

    Raises:
        StripeError: 400 naming the first parameter that the document refuses.
    """
    value, _ = _coerce(operation.params, given)
    worst = best_match(_validator_for(operation.params).iter_errors(value))
    if worst is not None:
        raise _refusal(worst)
    params: dict[str, Any] = value
    return params


def _resolve(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = document()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def _coerce(schema: dict[str, Any], value: Any) -> tuple[Any, bool]:
    """Convert text along the schema; the second result says whether the schema can hold the value.

    What does not convert stays text, so that a wrong type stays wrong and validation names it.
    """
    schema = _resolve(schema)
    if "anyOf" in schema:
        options = sorted(schema["anyOf"], key=lambda option: _resolve(option).get("type") == "string")
        for option in options:
            converted, fits = _coerce(option, value)
            if fits:
                return converted, True
        return value, False
    if "enum" in schema:
        return value, value in schema["enum"]
    kind = schema.get("type")
    if isinstance(value, dict):
        known, others = schema.get("properties", {}), schema.get("additionalProperties")
        rest: dict[str, Any] = others if isinstance(others, dict) else {}
        return {key: _coerce(known.get(key, rest), item)[0] for key, item in value.items()}, kind == "object"
    if isinstance(value, list):
        return [_coerce(schema.get("items", {}), item)[0] for item in value], kind == "array"
    if kind == "integer" and re.fullmatch(r"-?[0-9]{1,18}", value):
        return int(value), True
    if kind == "boolean" and value in {"true", "false"}:
        return value == "true", True
    return value, kind in {None, "string"}


def _refusal(error: ValidationError) -> StripeError:
    """Say what the document refused, in Stripe's codes."""
    path = [str(part) for part in error.absolute_path]
    keyword, schema, given = error.validator, _mapping(error.schema), _mapping(error.instance)
    if keyword == "additionalProperties":
        known = schema.get("properties", {})
        unknown = next(key for key in given if key not in known)
        param = _form_name([*path, unknown])
        if unknown == _RETIRED:
            text = f"{_RETIRED} is no longer accepted: leave it out, or use allowed_payment_method_types."
            return invalid(text, param, f"{_RETIRED}_no_longer_supported")
        return invalid(f"Received unknown parameter: {param}", param, "parameter_unknown")
    if keyword == "required":
        absent = next(key for key in schema["required"] if key not in given)
        param = _form_name([*path, absent])
        return invalid(f"Missing required param: {param}.", param, "parameter_missing")
    param = _form_name(path)
    if error.instance == "":
        return invalid(f"You passed an empty string for '{param}'.", param, "parameter_invalid_empty")
    if keyword == "type" and schema["type"] == "integer":
        return invalid(f"Invalid integer: {error.instance!s:.80}", param, "parameter_invalid_integer")
    if keyword == "maxLength":
        return invalid(f"{param} is too long.", param, "parameter_invalid_string_length")
    return invalid(f"Invalid {param}: {error.message[:200]} (at {error.json_path})", param)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _form_name(path: list[str]) -> str:
    return path[0] + "".join(f"[{part}]" for part in path[1:]) if path else ""


def schema_of(kind: str) -> dict[str, Any]:
    """Give the response schema of an object type, such as ``payment_intent``."""
    name = "".join(word.capitalize() for word in kind.split("_"))
    return {"$ref": f"#/components/schemas/res.{_SCHEMA_NAMES.get(kind, name)}"}


def validate_object(obj: dict[str, Any]) -> None:
    """Check one object of the double, such as a PaymentIntent, against the document.

    Raises:
        ContractBrokenError: Naming the path that is wrong.
    """
    _require(schema_of(obj["object"]), obj)


def validate_answer(operation: Operation, body: dict[str, Any]) -> None:
    """Check the answer of one operation against the document.

    Raises:
        ContractBrokenError: Naming the path that is wrong.
    """
    _require(operation.answer, body)


def validate_event(event: dict[str, Any]) -> None:
    """Check a webhook payload against the document.

    Raises:
        ContractBrokenError: For an event type the document does not know, or a wrong payload.
    """
    webhook = document()["webhooks"].get(event["type"])
    if webhook is None:
        raise ContractBrokenError(f"the document knows no event {event['type']}")
    _require(webhook["post"]["requestBody"]["content"]["application/json"]["schema"], event)


def _require(schema: dict[str, Any], value: dict[str, Any]) -> None:
    worst = best_match(_validator_for(schema).iter_errors(value))
    if worst is not None:
        raise ContractBrokenError(f"{value.get('object')} {worst.json_path}: {worst.message[:400]}")


@cache
def _blank(kind: str) -> str:
    return json.dumps(_blank_value(schema_of(kind)))


def blank(kind: str) -> dict[str, Any]:
    """Make an object of a type with every field present and empty, as its schema describes it.

    Fields that Stripe shows only when asked for, or only on deleted objects, are left out.
    """
    fresh: dict[str, Any] = json.loads(_blank(kind))
    return fresh


_NOT_SHOWN = {"deleted", "line_items", "refunds"}
_EMPTY: dict[str | None, Any] = {"integer": 0, "boolean": False, "string": "", "array": [], "object": {}}


def _blank_value(schema: dict[str, Any]) -> Any:
    schema = _resolve(schema)
    if "anyOf" in schema:
        options = schema["anyOf"]
        return None if {"type": "null"} in options else _blank_value(options[0])
    if "enum" in schema:
        return schema["enum"][0]
    if "properties" not in schema:
        return _EMPTY.get(schema.get("type"), {})
    required = set(schema.get("required", ()))
    shown = {name: sub for name, sub in schema["properties"].items() if name not in _NOT_SHOWN}
    return {name: _blank_value(sub) if name in required or sub else None for name, sub in shown.items()}
