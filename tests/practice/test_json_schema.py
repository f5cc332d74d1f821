from __future__ import annotations

from tests.support.rows import check_rows

from callbox.practice.json_schema import check, ref

BOOK = {
    "type": "object",
    "required": ["title"],
    "additionalProperties": False,
    "properties": {
        "title": {"type": "string", "minLength": 1, "maxLength": 3},
        "year": {"type": ["integer", "null"], "minimum": 0, "maximum": 9},
        "tags": {"type": "array", "items": {"type": "string"}},
        "day": {"type": "string", "format": "date"},
        "mail": {"type": "string", "format": "email"},
        "kind": {"enum": ["a", "b"]},
        "code": {"type": "string", "pattern": "^[a-z]$"},
        "inner": {"type": "object", "required": ["city"]},
        "price": {"type": "number"},
        "next": ref("Next"),
    },
}
FAULTS = {
    "not an object": ([], {"": "must be an object"}),
    "missing": ({}, {"title": "is required"}),
    "unknown": ({"title": "a", "x": 1}, {"x": "is not known here"}),
    "too short": ({"title": ""}, {"title": "must have at least 1 characters"}),
    "too long": ({"title": "abcd"}, {"title": "must have at most 3 characters"}),
    "true is not a number": ({"title": "a", "year": True}, {"year": "must be a whole number or null"}),
    "too small": ({"title": "a", "year": -1}, {"year": "must be at least 0"}),
    "too large": ({"title": "a", "year": 10}, {"year": "must be at most 9"}),
    "item": ({"title": "a", "tags": ["x", 1]}, {"tags[1]": "must be a text"}),
    "date": ({"title": "a", "day": "2020-02-30"}, {"day": "must be like a date"}),
    "short date": ({"title": "a", "day": "20200220"}, {"day": "must be like a date"}),
    "email": ({"title": "a", "mail": "a@b"}, {"mail": "must be like a email"}),
    "choice": ({"title": "a", "kind": "c"}, {"kind": "must be one of a, b"}),
    "pattern": ({"title": "a", "code": "A"}, {"code": "must match ^[a-z]$"}),
    "nested": ({"title": "a", "inner": {}}, {"inner.city": "is required"}),
    "reference": ({"title": "a", "next": "x"}, {"next": "must be true or false"}),
    "fine": ({"title": "a", "year": None, "tags": [], "day": "2020-02-29", "price": 1}, {}),
}


@check_rows(("value", "faults"), FAULTS.values(), ids=FAULTS.keys())
def test_check(value, faults):
    assert check(BOOK, value, {"Next": {"type": "boolean"}}) == faults
