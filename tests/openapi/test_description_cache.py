"""Descriptions are read in a process of their own, and are kept for the next time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from callbox.errors import UsageError
from callbox.exchange.url import parse
from callbox.openapi import description_cache
from callbox.openapi.json_and_yaml_reader import DescriptionError

TEXT = '{"openapi": "3.0.0", "info": {"title": "%s"}, "paths": {"/a": {"get": {}}}}'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "callbox" / "descriptions"


def write(path: Path, title: str = "A") -> str:
    path.write_text(TEXT % title)
    os.utime(path, (1_000_000, 1_000_000))
    return str(path)


def test_unchanged_file_is_not_read_again(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch):
    path = write(tmp_path / "a.json")
    description_cache.open_file(path)
    monkeypatch.setattr(sys, "executable", "/bin/false")  # a child would fail

    assert description_cache.open_file(path).title == "A"


def test_changed_file_is_read_again(tmp_path: Path, folder: Path):
    path = write(tmp_path / "a.json")
    description_cache.open_file(path)
    Path(path).write_text(TEXT % "B")

    assert description_cache.open_file(path).title == "B"


def test_cached_files_are_private(tmp_path: Path, folder: Path):
    description_cache.open_file(write(tmp_path / "a.json"))

    assert {one.stat().st_mode & 0o777 for one in folder.iterdir()} == {0o600}
    assert sorted(one.suffix for one in folder.iterdir()) == [".api", ".json"]


@pytest.mark.parametrize("damage", [b"", b"x", b"cut"])
def test_damaged_cache_is_made_again(tmp_path: Path, folder: Path, damage: bytes):
    path = write(tmp_path / "a.json")
    description_cache.open_file(path)
    (cached,) = folder.glob("*.api")
    whole = cached.read_bytes()
    cached.unlink()
    cached.write_bytes(whole[:-9] if damage == b"cut" else damage)

    assert description_cache.open_file(path).title == "A"


def test_error_of_the_child_has_its_place(tmp_path: Path, folder: Path):
    path = tmp_path / "a.json"
    path.write_text('{"openapi": "3.0.0",\n x')

    with pytest.raises(DescriptionError) as caught:
        description_cache.open_file(str(path))

    assert str(caught.value.place) == f"{path}:2:2"
    assert list(folder.iterdir()) == []


def test_text_of_a_url_is_kept_under_the_url(folder: Path):
    url = "https://a.test/openapi.json"
    description_cache.open_text(
        (TEXT % "A").encode(), url, fetch=refuse, origin=description_cache.HttpSource(etag='"1"')
    )

    api, origin = description_cache.open_cached(url) or pytest.fail("not cached")

    assert (api.title, api.source, origin.etag, origin.is_private) == ("A", url, '"1"', False)


@pytest.mark.parametrize("data", [b'{"openapi": "3.0.0", ', b"{}"], ids=["cut off", "no description"])
def test_secret_of_a_url_is_not_in_an_error(folder: Path, data: bytes):
    with pytest.raises(DescriptionError) as caught:
        description_cache.open_text(data, "https://a.test/d.json?token=SECRETTOK", fetch=refuse)

    assert "SECRETTOK" not in f"{caught.value} {caught.value.message} {caught.value.place}"


@pytest.mark.parametrize("origin", ["https://a.test:443", "https://a.test"])
def test_descriptions_of_an_origin_and_of_a_file_are_deleted(tmp_path: Path, folder: Path, origin: str):
    path = write(tmp_path / "a.json")
    description_cache.open_file(path)
    for host in ("a.test", "b.test"):
        description_cache.open_text((TEXT % "A").encode(), f"https://{host}/openapi.json", fetch=refuse)

    assert description_cache.forget(parse(origin).origin, [path]) == 2
    assert [json.loads(one.read_text())["name"] for one in folder.glob("*.json")] == ["https://b.test/openapi.json"]
    assert description_cache.forget() == 1
    assert list(folder.iterdir()) == []


def test_description_that_is_not_to_be_kept_leaves_nothing(folder: Path):
    assert (
        description_cache.open_text((TEXT % "A").encode(), "https://a.test/x", fetch=refuse, is_kept=False).title == "A"
    )
    assert not folder.exists()


def refuse(url: str) -> bytes:
    raise UsageError("no such page")


def document(ref: str) -> dict[str, Any]:
    parameter = {"name": "n", "in": "query", "schema": {"$ref": ref}}
    return {"openapi": "3.0.0", "info": {}, "paths": {"/a": {"get": {"parameters": [parameter]}}}}


def test_reference_to_a_file_below_the_folder_is_followed(tmp_path: Path, folder: Path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "b.json").write_text('{"B": {"type": "object", "properties": {"c": {"$ref": "c.json"}}}}')
    (tmp_path / "inner" / "c.json").write_text('{"type": "integer", "maximum": 3}')
    (tmp_path / "a.json").write_text(json.dumps(document("inner/b.json#/B")))

    api = description_cache.open_file(str(tmp_path / "a.json"))
    found = api.operation("GET /a") or pytest.fail("not there")
    (field,) = found.parameters[0].schema.fields

    assert api.problems == ()
    assert (found.parameters[0].schema.name, field.name, field.schema.maximum) == ("B", "c", 3)


def test_change_of_a_referenced_file_is_noticed(tmp_path: Path, folder: Path):
    (tmp_path / "b.json").write_text('{"title": "A"}')
    (tmp_path / "a.json").write_text(json.dumps(document("b.json")))
    description_cache.open_file(str(tmp_path / "a.json"))
    (tmp_path / "b.json").write_text('{"title": "B"}')

    found = description_cache.open_file(str(tmp_path / "a.json")).operation("GET /a") or pytest.fail("not there")

    assert found.parameters[0].schema.title == "B"


@pytest.mark.parametrize(
    "ref",
    [
        "../secret.json",
        "/etc/passwd",
        "link.json",
        "file:///etc/passwd",
        "http://169.254.169.254/latest",
        "inner/../../secret.json#/x",
    ],
)
def test_ref_climbs(tmp_path: Path, folder: Path, ref: str):
    below = tmp_path / "below"
    below.mkdir()
    (tmp_path / "secret.json").write_text('{"title": "secret", "x": {"title": "secret"}}')
    (below / "link.json").symlink_to(tmp_path / "secret.json")
    (below / "a.json").write_text(json.dumps(document(ref)))

    api = description_cache.open_file(str(below / "a.json"))
    found = api.operation("GET /a") or pytest.fail("not there")

    assert found.parameters[0].schema.title == ""
    assert any("is not read" in problem.text for problem in api.problems)


@pytest.mark.parametrize(
    "ref", ["https://b.test/x.json", "//b.test/x.json", "http://a.test/x.json", "file:///etc/passwd"]
)
def test_reference_of_a_url_stays_on_its_origin(folder: Path, ref: str):
    asked: list[str] = []

    def fetch(url: str) -> bytes:
        asked.append(url)
        return b'{"title": "T"}'

    text = json.dumps(document(ref)).encode()
    api = description_cache.open_text(text, "https://a.test/api/openapi.json", fetch)

    assert asked == []
    assert api.problems[0].text.endswith("is not read: its URL has another origin than the description")


def test_reference_of_a_url_is_fetched(folder: Path):
    api = description_cache.open_text(
        json.dumps(document("x.json")).encode(),
        "https://a.test/api/openapi.json",
        lambda url: json.dumps({"title": url}).encode(),
    )
    found = api.operation("GET /a") or pytest.fail("not there")

    assert found.parameters[0].schema.title == "https://a.test/api/x.json"


def test_oldest_descriptions_go_when_the_cache_is_full(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(description_cache, "MAX_CACHE_BYTES", 1_500)
    for name in "abc":
        description_cache.open_file(write(tmp_path / f"{name}.json", name))
        for one in folder.iterdir():
            os.utime(one, (one.stat().st_mtime - 100,) * 2)

    assert sum(one.stat().st_size for one in folder.iterdir()) <= 1_500
    assert description_cache.open_file(str(tmp_path / "c.json")).title == "c"


def test_deadline_ends_the_child(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(description_cache, "READ_S", 0.0)

    with pytest.raises(DescriptionError, match="could not be read within"):
        description_cache.open_file(write(tmp_path / "a.json"))


def test_opening_a_cached_description_loads_nothing_that_compiles_one():
    code = "import sys, callbox.openapi.description_cache; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()

    heavy = ("compiler", "reader", "swagger2", "yaml_text", "mistakes", "child")
    assert [name for name in heavy if f"callbox.openapi.{name}" in loaded] == []
    assert not {"yaml", "urllib3", "prompt_toolkit", "pygments"} & set(loaded)


@pytest.mark.parametrize(("reference", "expected"), [("#/components/x", True), ("other.json", False)])
def test_description_of_several_documents_is_asked_for_whole(folder: Path, reference: str, expected: bool):
    text = json.dumps({"openapi": "3.1.0", "paths": {"/a": {"$ref": reference}}, "components": {"x": {"get": {}}}})
    source = description_cache.HttpSource(etag='"1"')
    description_cache.open_text(text.encode(), "https://a.test/openapi.json", lambda url: b'{"get": {}}', source)

    found = description_cache.open_cached("https://a.test/openapi.json") or pytest.fail("not cached")
    assert bool(found[1].conditions) is expected
