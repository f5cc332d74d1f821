"""Convert Swagger 2.0 to OpenAPI 3.0: servers, bodies, media types, styles and the places of components.

A member of a wrong type is not converted, so that it is reported like any other mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

_REFS = (
    ("#/definitions/", "#/components/schemas/"),
    ("#/parameters/", "#/components/parameters/"),
    ("#/responses/", "#/components/responses/"),
)
_SCHEMA_KEYS = (
    "type", "format", "items", "default", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength",
    "minLength", "pattern", "maxItems", "minItems", "uniqueItems", "enum", "multipleOf", "x-nullable", "example",
    "x-example",
)  # fmt: skip
"""The keywords that are beside the name of a parameter in 2.0, and inside its schema in 3.0."""
_STYLES: Mapping[str, tuple[str, bool]] = {
    "csv": ("form", False),
    "ssv": ("spaceDelimited", False),
    "tsv": ("tabDelimited", False),
    "pipes": ("pipeDelimited", False),
    "multi": ("form", True),
}
_FLOWS = {"implicit": "implicit", "password": "password", "application": "clientCredentials"}
_FORM, _MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
_KEPT = ("info", "tags", "security", "externalDocs")


def convert(document: dict[str, Any]) -> dict[str, Any]:
    """The description as OpenAPI 3.0. The argument is not changed.

    >>> found = convert({"swagger": "2.0", "host": "a.test", "basePath": "/v1", "schemes": ["https"], "paths": {
    ...   "/a": {"get": {"parameters": [{"name": "t", "in": "query", "type": "array", "collectionFormat": "csv"}]}}}})
    >>> found["servers"], found["paths"]["/a"]["get"]["parameters"][0]["explode"]
    ([{'url': 'https://a.test/v1'}], False)
    """
    document = _rewritten(document)
    converter = _DocumentConverter(document)
    made = {key: document[key] for key in _KEPT if key in document}
    made |= {key: value for key, value in document.items() if key.startswith("x-")}
    made["servers"] = _servers(document)
    made["paths"] = converter.paths()
    made["components"] = converter.components()
    return made


class _DocumentConverter:
    """Converts a document.

    It holds the facts that all operations share: the parameters and media types of the document.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._parameters = _object(document.get("parameters"))
        self._consumes = _texts(document.get("consumes"))
        self._produces = _texts(document.get("produces"))

    def paths(self) -> Any:
        """The paths, each with its operations."""
        paths = self._document.get("paths")
        if not isinstance(paths, dict):
            return paths
        return {path: self._item(item) if isinstance(item, dict) else item for path, item in paths.items()}

    def _item(self, item: dict[str, Any]) -> dict[str, Any]:
        shared = item.get("parameters", [])
        usual, bodies = self._split(shared)
        made = dict(item)
        if "parameters" in item:
            made["parameters"] = usual if isinstance(shared, list) else shared
        for method in _METHODS:
            if isinstance(item.get(method), dict):
                made[method] = self._operation(item[method], bodies)
        return made

    def _operation(self, operation: dict[str, Any], shared: list[dict[str, Any]]) -> dict[str, Any]:
        made = {key: value for key, value in operation.items() if key not in ("consumes", "produces", "schemes")}
        parameters = operation.get("parameters", [])
        usual, bodies = self._split(parameters)
        if "parameters" in operation and isinstance(parameters, list):
            made["parameters"] = usual
        named = {one.get("name") for one in bodies}
        bodies += [one for one in shared if one.get("name") not in named]
        consumes = _texts(operation.get("consumes")) if "consumes" in operation else self._consumes
        if bodies:
            made["requestBody"] = _body(bodies, consumes)
        produces = _texts(operation.get("produces")) if "produces" in operation else self._produces
        responses = operation.get("responses")
        if isinstance(responses, dict):
            made["responses"] = {status: _response(one, produces) for status, one in responses.items()}
        return made

    def _split(self, parameters: Any) -> tuple[list[Any], list[dict[str, Any]]]:
        """The parameters that stay parameters in 3.0, and the parameters of 2.0 that become a body."""
        usual: list[Any] = []
        bodies: list[dict[str, Any]] = []
        for one in parameters if isinstance(parameters, list) else ():
            target = self._target(one)
            if isinstance(target, dict) and target.get("in") in ("body", "formData"):
                bodies.append(target)
            else:
                usual.append(_parameter(one) if isinstance(one, dict) and "$ref" not in one else one)
        return usual, bodies

    def _target(self, one: Any) -> Any:
        ref = one.get("$ref") if isinstance(one, dict) else None
        if not isinstance(ref, str):
            return one
        name = ref.removeprefix("#/components/parameters/").replace("~1", "/").replace("~0", "~")
        return self._parameters.get(name, one)

    def components(self) -> dict[str, Any]:
        """The components: schemas, parameters, responses and security schemes."""
        document = self._document
        found = {
            "schemas": document.get("definitions"),
            "parameters": {
                name: _parameter(one)
                for name, one in self._parameters.items()
                if isinstance(one, dict) and one.get("in") not in ("body", "formData")
            },
            "responses": _converted(document.get("responses"), lambda one: _response(one, self._produces)),
            "securitySchemes": _converted(document.get("securityDefinitions"), _scheme),
        }
        return {name: value for name, value in found.items() if value is not None}


def _converted(members: Any, convert_one: Callable[[Any], Any]) -> Any:
    """A mapping with each of its values converted. Any other value is returned unchanged."""
    if not isinstance(members, dict):
        return members
    return {name: convert_one(one) for name, one in members.items()}


def _servers(document: dict[str, Any]) -> list[dict[str, Any]]:
    base, host = document.get("basePath"), document.get("host")
    path = base.rstrip("/") if isinstance(base, str) else ""
    if not isinstance(host, str) or not host:
        return [{"url": path or "/"}]
    schemes = [one for one in _texts(document.get("schemes")) if one in ("http", "https")]
    return [{"url": f"{scheme}://{host}{path}"} for scheme in schemes or ["https"]]


def _parameter(one: dict[str, Any]) -> dict[str, Any]:
    made = {key: value for key, value in one.items() if key not in _SCHEMA_KEYS and key != "collectionFormat"}
    made["schema"] = _items(one) if "schema" not in one else one["schema"]
    if one.get("type") == "array" and one.get("in") in ("query", "header", "path"):
        style, explode = _STYLES.get(str(one.get("collectionFormat", "csv")), ("form", False))
        made["style"] = style if one["in"] == "query" else "simple"
        made["explode"] = explode
    return made


def _items(one: dict[str, Any]) -> dict[str, Any]:
    """The schema of a parameter or a header, from the keywords beside its name.

    The type `file` becomes a binary string.
    """
    made = {key: one[key] for key in _SCHEMA_KEYS if key in one and key != "x-example"}
    if "x-example" in one and "example" not in made:
        made["example"] = one["x-example"]
    if made.get("type") == "file":
        made |= {"type": "string", "format": "binary"}
    if isinstance(made.get("items"), dict):
        made["items"] = {key: value for key, value in made["items"].items() if key != "collectionFormat"}
    return made


def _body(parameters: list[dict[str, Any]], consumes: list[str]) -> dict[str, Any]:
    """The body that a parameter `in: body` describes, or all parameters `in: formData` together."""
    whole = next((one for one in parameters if one.get("in") == "body"), None)
    if whole is not None:
        media = {"schema": whole.get("schema", {})}
        made = {"content": dict.fromkeys(consumes or ["application/json"], media)}
        return made | {key: whole[key] for key in ("description", "required") if key in whole}
    fields = {str(one.get("name", "")): one for one in parameters}
    required = [name for name, one in fields.items() if one.get("required") is True]
    schema: dict[str, Any] = {"type": "object", "properties": {name: _form_field(one) for name, one in fields.items()}}
    if required:
        schema["required"] = required
    types = [name for name in consumes if name.split(";")[0].strip() in (_FORM, _MULTIPART)]
    if any(one.get("type") == "file" for one in parameters):
        types = [_MULTIPART]
    return {"required": bool(required), "content": {name: {"schema": schema} for name in types or [_FORM]}}


def _form_field(one: dict[str, Any]) -> dict[str, Any]:
    made = _items(one)
    if isinstance(one.get("description"), str):
        made["description"] = one["description"]
    return made


def _response(response: Any, produces: list[str]) -> Any:
    if not isinstance(response, dict) or "$ref" in response:
        return response
    made = {key: value for key, value in response.items() if key not in ("schema", "headers", "examples")}
    examples = _object(response.get("examples"))
    schema = response.get("schema")
    if schema is not None or examples:
        content: dict[str, Any] = {}
        for name in dict.fromkeys((*(produces or ["application/json"]), *examples)):
            content[name] = {"schema": schema if schema is not None else {}}
            if name in examples:
                content[name]["example"] = examples[name]
        if isinstance(schema, dict) and schema.get("type") == "file":
            content = {name: {"schema": {"type": "string", "format": "binary"}} for name in content}
        made["content"] = content
    headers = response.get("headers")
    if isinstance(headers, dict):
        made["headers"] = {name: _parameter(one) if isinstance(one, dict) else one for name, one in headers.items()}
    return made


def _scheme(scheme: Any) -> Any:
    if not isinstance(scheme, dict):
        return scheme
    if scheme.get("type") == "basic":
        return {key: value for key, value in scheme.items() if key != "type"} | {"type": "http", "scheme": "basic"}
    if scheme.get("type") != "oauth2":
        return scheme
    flow = {key: scheme[key] for key in ("authorizationUrl", "tokenUrl", "scopes") if key in scheme}
    name = _FLOWS.get(str(scheme.get("flow")), "authorizationCode")
    kept = {key: value for key, value in scheme.items() if key not in (*flow, "flow")}
    return kept | {"flows": {name: flow}}


def _rewritten(value: Any) -> Any:
    """The value, with references to the new places and with discriminators as objects."""
    if isinstance(value, list):
        return [_rewritten(one) for one in value]
    if not isinstance(value, dict):
        return value
    made = {key: _rewritten(one) for key, one in value.items()}
    ref = made.get("$ref")
    if isinstance(ref, str):
        made["$ref"] = _new_ref(ref)
    is_schema = not made.keys().isdisjoint(("properties", "type", "allOf"))
    if is_schema and isinstance(made.get("discriminator"), str):
        made["discriminator"] = {"propertyName": made["discriminator"]}
    return made


def _new_ref(ref: str) -> str:
    for old, new in _REFS:
        if ref.startswith(old):
            return new + ref.removeprefix(old)
    return ref


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
