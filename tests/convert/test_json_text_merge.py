"""JSON bodies are merged as text: the layout and the comments of the user stay."""

from __future__ import annotations

from tests.support.rows import check_rows

from callbox.convert.script_merge import merge_json


@check_rows(
    ("base", "ours", "theirs", "expected"),
    [
        ('{"a": 1}', '{"a": 1}', '{"a": 2}', '{"a": 2}'),
        ('{"a": 1}', '{"a": 5}', '{"a": 1, "b": 2}', '{"a": 5, "b": 2}'),
        ('{"a": 1, "b": 2}', '{"b": 5}', '{"a": 1, "b": 2, "c": 3}', '{"b": 5, "c": 3}'),
        ('{"a": 1, "b": 2}', '{"a": 1, "b": 2, "mine": 0}', '{"b": 2}', '{ "b": 2, "mine": 0}'),
        ('{"a": {"b": 1, "c": 1}}', '{"a": {"b": 5, "c": 1}}', '{"a": {"b": 1, "c": 2}}', '{"a": {"b": 5, "c": 2}}'),
        ("{}", '{"a": 1}', '{"b": 1}', '{"b": 1, "a": 1}'),
        ("{}", "{}", '{"b": 1}', '{"b": 1}'),
        ('{"z": 1}', '{\n  "z": 1\n}', '{"a": 0, "z": 1}', '{\n  "a": 0,\n  "z": 1\n}'),
        ('{"a": 1}', '{\n  "a": 5\n}', '{"a": 2}', '{\n  #| "a": 2\n  "a": 5\n}'),
        ('{"a": 1}', '{\n  // mine\n  "a": {{x}}\n}', '{"a": 1, "b": 2}', '{\n  // mine\n  "a": {{x}},\n  "b": 2\n}'),
    ],
    ids=[
        "theirs", "added", "deleted by hand", "gone", "nested", "both added", "empty", "at the top", "conflict",
        "comments and variables",
    ],
)  # fmt: skip
def test_json_objects_are_merged_by_member(base: str, ours: str, theirs: str, expected: str) -> None:
    assert merge_json(base, ours, theirs) == expected


@check_rows("text", ["[1]", "{{x}}", '{"a" 1}', '{"a": 1', "", '{"a": }', "{,}"])
def test_what_is_no_object_is_not_merged(text: str) -> None:
    assert merge_json('{"a": 1}', text, '{"a": 2}') is None
