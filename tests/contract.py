"""Every answer that a test sees is checked against the OpenAPI document."""

from __future__ import annotations

import re
from functools import cache, cached_property
from typing import Any

from flask import Flask, Response, request
from jsonschema import Draft202012Validator

#: Larger bodies are lists of what smaller ones show one by one; checking them all is slow.
LARGEST_CHECKED = 40_000


class Document:
    """What an application says of its answers."""

    def __init__(self, app: Flask) -> None:
        self._spec: dict[str, Any] = app.extensions["flask-smorest"]["apis"][""]["ext_obj"].spec.to_dict()
        self.validator = cache(self._make_validator)

    def describes(self, path: str, method: str) -> bool:
        """Whether it tells of an operation at all."""
        return method in self._spec["paths"].get(path, {})

    def _make_validator(self, path: str, method: str, status: str, kind: str) -> Draft202012Validator | None:
        answers = self._spec["paths"][path][method]["responses"]
        answer = answers.get(status) or answers["default"]
        if "$ref" in answer:
            answer = self._spec["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]]
        if kind not in answer.get("content", {}):
            return None
        schema = answer["content"][kind]["schema"]
        return Draft202012Validator({**schema, "components": self._spec["components"]})


#: By the routes described: the same ones are described alike, and each test has an application.
_DOCUMENTS: dict[frozenset[str], Document] = {}


class Contract:
    """Watches an application's answers and remembers those the document does not describe."""

    def __init__(self, app: Flask) -> None:
        self.violations: list[str] = []
        self._app = app
        app.after_request(self._check)

    @cached_property
    def _document(self) -> Document:
        routes = frozenset(map(repr, self._app.url_map.iter_rules()))
        if routes not in _DOCUMENTS:
            _DOCUMENTS[routes] = Document(self._app)
        return _DOCUMENTS[routes]

    def _check(self, response: Response) -> Response:
        if request.url_rule is None or request.method in ("HEAD", "OPTIONS"):
            return response
        path, method = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", request.url_rule.rule), request.method.lower()
        if not response.is_json or len(response.data) > LARGEST_CHECKED:
            return response
        if not self._document.describes(path, method):
            return response
        where = f"{request.method} {path} {response.status_code} {response.mimetype}"
        validator = self._document.validator(path, method, str(response.status_code), response.mimetype)
        if validator is None:
            self.violations.append(f"{where} is not documented")
        else:
            faults = validator.iter_errors(response.get_json())
            self.violations += [f"{where} {fault.json_path}: {fault.message}" for fault in faults]
        return response
