"""Random values in variables are made once in a run, each variable its own."""

from __future__ import annotations


def test_variables_of_two_files_with_one_name_have_values_of_their_own(run, server, tmp_path) -> None:
    (tmp_path / "b.http").write_text(f"@id = {{{{$timestamp}}}}\n### bee\nGET {server.url}/b/{{{{id}}}}\n")
    run("@id = {{$uuid}}\nimport b.http\n### a\nGET BASE/a/{{id}}\n### c\nrun #bee\n")

    a, b = server.lines
    assert "-" in a
    assert "-" not in b
