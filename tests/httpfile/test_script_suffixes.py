"""Names of files that hold requests."""

from __future__ import annotations

from tests.support.rows import check_rows

from callbox.httpfile.script_suffixes import is_script_name


@check_rows(
    ("name", "is_script"),
    [("a.http", True), ("A.HTTP", True), ("a.Rest", True), ("a.http.base", False), ("http", False)],
)
def test_case_of_the_suffix_does_not_count(name: str, is_script: bool) -> None:
    assert is_script_name(name) is is_script
