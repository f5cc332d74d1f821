"""A schema in a description, as the code of `callbox.openapi` sees it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from callbox.openapi.description_checks_and_compiler import compile_text
from callbox.openapi.operations_parameters_and_security import Api, Media
from callbox.openapi.schema_view import SchemaView


def media(schema: Any, schemas: dict[str, Any] | None = None, version: str = "3.0.3", **more: Any) -> Media:
    body = {"content": {"application/json": {"schema": schema, **more}}}
    document = {
        "openapi": version, "info": {}, "paths": {"/a": {"post": {"requestBody": body}}},
        "components": {"schemas": schemas or {}},
    }  # fmt: skip
    found = Api(compile_text(json.dumps(document), "a.json")).operation("POST /a") or pytest.fail("not there")
    return (found.body or pytest.fail("no body")).media[0]


def view(schema: Any, **how: Any) -> SchemaView:
    return media(schema, **how).schema
