"""The OpenAPI 3.1 document: made of the blueprints' declarations, served at ``/openapi.json``."""

from __future__ import annotations

import threading
from typing import Any

import flask_smorest
from apispec import APISpec
from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from shop.kit import problems
from shop.kit.api import ProblemView
from shop.kit.arguments import refuse_control_characters
from shop.kit.documented import QueriesWithoutNull, choice_or_null
from shop.kit.strict_json import OrjsonProvider


class Api(flask_smorest.Api):
    """flask-smorest's Api with problems as its errors, and a document that is written when asked for.

    Describing every route takes a tenth of a second: a command, and a worker that is started
    again, need not wait for it.
    """

    ERROR_SCHEMA = ProblemView

    def __init__(self, app: Flask, **kwargs: Any) -> None:
        self._writing = threading.RLock()
        self._undescribed: list[flask_smorest.Blueprint] = []
        super().__init__(app, **kwargs)

    @property
    def spec(self) -> APISpec:
        """The OpenAPI document, with every blueprint that was registered."""
        with self._writing:
            while self._undescribed:
                blueprint = self._undescribed.pop(0)
                blueprint.register_views_in_doc(
                    self, self._app, self._spec, name=blueprint.name, parameters=None
                )
                self._spec.tag({"name": blueprint.name, "description": blueprint.description})
            return self._spec

    @spec.setter
    def spec(self, begun: APISpec) -> None:
        self._spec = begun

    def register_blueprint(self, blp: flask_smorest.Blueprint) -> None:
        """Attach a blueprint's routes; its views are described with the document."""
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blp.name] = self
        self._app.register_blueprint(blp)
        self._undescribed.append(blp)

    def _register_responses(self) -> None:
        """Document default errors as what they are sent as."""
        self.DEFAULT_RESPONSE_CONTENT_TYPE: str = problems.CONTENT_TYPE
        super()._register_responses()
        del self.DEFAULT_RESPONSE_CONTENT_TYPE

    def handle_http_exception(self, error: HTTPException) -> Response:
        """Answer in the one shape of :mod:`shop.kit.problems`."""
        return problems.respond_to_http(error)


def init_api(app: Flask, *, title: str, version: str, description: str) -> Api:
    """Attach the API, its OpenAPI 3.1 document at ``/openapi.json`` and strict JSON."""
    app.json = OrjsonProvider(app)
    # Or an address with `//` in it would be answered by a redirect, which no operation documents.
    app.url_map.merge_slashes = False
    app.before_request(refuse_control_characters)
    app.config |= {
        "API_TITLE": title,
        "API_VERSION": version,
        "OPENAPI_VERSION": "3.1.0",
        "OPENAPI_URL_PREFIX": "/",
        "OPENAPI_JSON_PATH": "openapi.json",
    }
    bearer = {"type": "http", "scheme": "bearer", "description": "The token of a cart or of an order."}
    api = Api(
        app,
        spec_kwargs={
            "extra_plugins": [QueriesWithoutNull()],
            "info": {"description": description},
            "components": {"securitySchemes": {"token": bearer}},
        },
    )
    api.ma_plugin.converter.add_attribute_function(choice_or_null)
    return api
