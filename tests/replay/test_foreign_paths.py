"""A value of a response chooses no file: neither one that is sent, nor one that is written, nor a schema."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

FIRST = "# @name one\n# @capture p = body $.p\nGET BASE/one\n###\n"
SENT = {
    "body": "POST BASE/a\n\n< {{p}}\n",
    "body, filled": "POST BASE/a\n\nx\n<@ {{p}}\n",
    "body, of the response": "POST BASE/a\n\n< {{one.response.body.$.p}}\n",
    "body, by a variable": "@q = {{p}}\nPOST BASE/a\n\n< {{q}}\n",
    "part": "POST BASE/a\nContent-Type: multipart/form-data; boundary=b\n\n--b\nContent-Disposition: form-data; name=f; "
    "filename=f\n\n< {{p}}\n--b--\n",
    "query": "GRAPHQL BASE/a\n\n< {{p}}\n",
    "curl -d": "curl BASE/a -d '@{{p}}'\n",
    "curl --data-urlencode": "curl BASE/a --data-urlencode 'n@{{p}}'\n",
    "curl -F": "curl BASE/a -F 'x=@{{p}}'\n",
    "curl -F <": "curl BASE/a -F 'x=<{{p}}'\n",
    "curl -T": "curl BASE/a -T '{{p}}'\n",
    "curl -H": "curl BASE/a -H '@{{p}}'\n",
}


@pytest.mark.parametrize("path", ["{folder}/victim", "victim", "../victim", "~/victim", "./victim"])
@pytest.mark.parametrize("request_text", SENT.values(), ids=SENT.keys())
def test_value_of_a_response_names_no_file_that_is_sent(
    run, server, tmp_path: Path, request_text: str, path: str
) -> None:
    (tmp_path / "victim").write_text("X-Secret: TOP SECRET")
    server.json("/one", json.dumps({"p": path.format(folder=tmp_path)}))

    results = run(FIRST + request_text)

    assert results[-1].error is not None
    assert not any(b"TOP SECRET" in raw for raw in server.requests)


@pytest.mark.parametrize("mark", [">>", ">>!"])
@pytest.mark.parametrize("path", ["{folder}/victim", "victim", "../victim", "~/victim"])
@pytest.mark.parametrize("name", ["{{p}}", "./{{p}}", "out/{{p}}", "{{p}}{{one.response.body.$.empty}}"])
def test_value_of_a_response_names_no_file_that_is_written(
    run, server, tmp_path: Path, mark: str, name: str, path: str
) -> None:
    (tmp_path / "victim").write_text("mine")
    server.json("/one", json.dumps({"p": path.format(folder=tmp_path), "empty": ""}))

    results = run(f"{FIRST}GET BASE/a\n{mark} {name}\n")

    assert "would choose which file is used" in str(results[-1].error)
    assert (tmp_path / "victim").read_text() == "mine"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("value", ["a/b", "a\\b", "..", ".", "../x", "a\0b"])
def test_part_of_a_name_stays_in_it(run, server, tmp_path: Path, value: str) -> None:
    server.json("/one", json.dumps({"p": value}))

    results = run(f"{FIRST}GET BASE/a\n>> out/.{{{{p}}}}\n")

    assert results[-1].error is not None
    assert list(tmp_path.rglob("*")) == [] or value == "a\0b"


def test_value_of_a_response_is_a_part_of_a_name(run, server, tmp_path: Path) -> None:
    server.json("/one", '{"p": "7"}')
    (tmp_path / "item-7.txt").write_text("seven")

    run(f"{FIRST}POST BASE/a\n\n< ./item-{{{{p}}}}.txt\n>> out/{{{{p}}}}.bin\n")

    assert any(b"seven" in raw for raw in server.requests)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["7.bin"]


@pytest.mark.parametrize("definition", ["@p = item.txt\n", '# @loop for p of ["item.txt"]\n', "# @prompt p\n"])
def test_name_that_the_file_or_the_user_gives_is_taken(run, tmp_path: Path, server, definition: str) -> None:
    (tmp_path / "item.txt").write_text("seven")

    run(f"{definition}POST BASE/a\n\n< ./{{{{p}}}}\n", ask=lambda _: "item.txt")

    assert any(b"seven" in raw for raw in server.requests)


def test_list_of_a_response_names_no_files(run, tmp_path: Path, server) -> None:
    (tmp_path / "victim").write_text("TOP SECRET")
    server.json("/one", '{"p": ["victim"]}')

    results = run(f"{FIRST}# @loop for f of one.response.body.$.p\nPOST BASE/a\n\n< ./{{{{f}}}}\n")

    assert results[-1].error is not None
    assert not any(b"TOP SECRET" in raw for raw in server.requests)


@pytest.mark.parametrize("value", ["true", "other.json", '{"type": "object"}', "#/x"])
@pytest.mark.parametrize("schema", ["{{p}}", "{{one.response.body.$.p}}", "{{p}}.json", "a.json#{{p}}"])
def test_value_of_a_response_chooses_no_schema(run, server, tmp_path: Path, value: str, schema: str) -> None:
    (tmp_path / "other.json").write_text("true")
    (tmp_path / "a.json").write_text("true")
    server.json("/one", json.dumps({"p": value}))
    server.json("/a", "{}")

    results = run(f"{FIRST}# @expect schema {schema}\nGET BASE/a\n###\nGET BASE/b\n")

    assert "would choose the schema" in str(results[1].error)
    assert results[-1].outcome == "ok"
