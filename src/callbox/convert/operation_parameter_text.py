"""Values of described parameters as the text of a URL, a header or a cookie: by `style` and `explode` of OpenAPI.

A value is a fitting example of the description, else one made from the schema. All texts are encoded for their
place, so no value ends its line or begins a variable.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from callbox.openapi.description_model import Parameter, plain_text
from callbox.openapi.example_bodies import MISSING, conforms, make_value

_NAME_SAFE = "[]$.,:@!*()~'/-_"
_VALUE_SAFE = ",:@!*()~'/$.-_"
_SEPARATORS = {"form": ",", "spaceDelimited": "%20", "pipeDelimited": "%7C", "tabDelimited": "%09"}
MAX_VALUE = 1_000
"""The most characters of one value; a longer one is cut."""


def sample_of(parameter: Parameter) -> Any:
    """An example value of a parameter."""
    for example in parameter.examples:
        if conforms(parameter.schema, example.value):
            return example.value
    if parameter.content is not None:
        for example in parameter.content.examples:
            return example.value
    made = make_value(parameter.schema, is_full=False)
    if made in ({}, []):
        made = make_value(parameter.schema)
    if made is MISSING or made is None:
        return "string"
    return made if made != "" else "string"


def query_text(parameter: Parameter, value: Any) -> str:
    """The pairs of a query parameter, encoded, joined by `&`; empty if the value has none.

    >>> from callbox.openapi.schema_view import SchemaView
    >>> one = Parameter("a", "query", False, "", False, "form", True, False, SchemaView(None, {}), None, ())
    >>> query_text(one, [1, "b c"]), query_text(one._replace(explode=False), [1, 2]), query_text(one, {"R": 1, "G": 2})
    ('a=1&a=b%20c', 'a=1,2', 'R=1&G=2')
    """
    name = encoded_name(parameter.name)
    if parameter.location == "querystring":
        pairs = value.items() if isinstance(value, dict) else ()
        return "&".join(f"{encoded_name(key)}={_encoded(one)}" for key, one in pairs) or _encoded(value)
    if parameter.content is not None:
        return f"{name}={_encoded(value if isinstance(value, str) else _json(value))}"
    return styled_text(name, value, parameter.style, explode=parameter.explode)


def styled_text(name: str, value: Any, style: str, *, explode: bool) -> str:
    """The pairs of a value with an encoded name, in one of OpenAPI's styles, joined by `&`.

    >>> styled_text("f", {"a": {"b": 1}}, "deepObject", explode=True)
    'f[a][b]=1'
    """
    if isinstance(value, list):
        items = [_encoded(one) for one in value] or ["string"]
        if style == "deepObject":
            return "&".join(f"{name}[]={one}" for one in items)
        if explode:
            return "&".join(f"{name}={one}" for one in items)
        return f"{name}={_SEPARATORS.get(style, ',').join(items)}"
    if not isinstance(value, dict):
        return f"{name}={_encoded(value)}"
    if style == "deepObject":
        return "&".join(_deep(name, value, 0))
    if explode:
        return "&".join(f"{encoded_name(key)}={_encoded(one)}" for key, one in value.items())
    parts = [part for key, one in value.items() for part in (encoded_name(key), _encoded(one))]
    return f"{name}={_SEPARATORS.get(style, ',').join(parts)}"


def _deep(name: str, value: Any, level: int) -> list[str]:
    if isinstance(value, dict) and level < 8:
        return [pair for key, one in value.items() for pair in _deep(f"{name}[{encoded_name(key)}]", one, level + 1)]
    if isinstance(value, list) and level < 8:
        return [f"{name}[]={_encoded(one)}" for one in value]
    return [f"{name}={_encoded(value)}"]


def path_text(parameter: Parameter, value: Any) -> str:
    """The value of a path parameter, not encoded: lists and objects by style."""
    lead, separator = {"label": (".", "."), "matrix": (";", ",")}.get(parameter.style, ("", ","))
    if isinstance(value, dict):
        pairs = [(key, plain(one)) for key, one in value.items()]
        text = separator.join(f"{key}={one}" if parameter.explode else f"{key},{one}" for key, one in pairs)
    elif isinstance(value, list):
        text = separator.join(plain(one) for one in value)
    else:
        text = plain(value)
    if parameter.style == "matrix":
        lead = f";{parameter.name}="
    return (lead + text)[:MAX_VALUE]


def header_text(parameter: Parameter, value: Any) -> str:
    """The value of a header or a cookie: one line of ASCII, not encoded; `string` if a header cannot hold it."""
    if parameter.content is not None and not isinstance(value, str):
        value = _json(value)
    text = path_text(parameter._replace(style="simple"), value)
    line = " ".join(text.split())
    return line if line and line.isascii() and line.isprintable() else "string"


def plain(value: Any) -> str:
    """A scalar as text; a list or an object as JSON."""
    return _json(value) if isinstance(value, dict | list) else plain_text(value)


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _encoded(value: Any) -> str:
    return encoded(plain(value)[:MAX_VALUE])


def encoded(text: str) -> str:
    """A text percent-encoded for a query, with lone surrogates replaced.

    >>> encoded("a b&c={{d}}#")
    'a%20b%26c%3D%7B%7Bd%7D%7D%23'
    """
    return quote(text, safe=_VALUE_SAFE, errors="replace")


def encoded_name(name: str) -> str:
    """The name of a pair, percent-encoded; brackets stay."""
    return quote(name, safe=_NAME_SAFE, errors="replace")
