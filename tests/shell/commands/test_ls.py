"""`ls` of the paths that a description has."""

from __future__ import annotations

import json
from pathlib import Path


def test_described_paths_that_end_with_a_slash_have_their_methods(shell, tmp_path: Path) -> None:
    paths = {"/items/": {"get": {}, "post": {}}, "/items/{id}/": {"get": {}}, "/login/": {"post": {}}}
    (tmp_path / "x.json").write_text(json.dumps({"openapi": "3.1.0", "paths": paths}))
    shell.say("import openapi x.json", "get /items")

    shown = [row.split() for row in shell.say("ls /").splitlines()[1:]]

    assert shown == [["items/", "GET", "404", "GET,", "POST"], ["login/", "POST"]]


def test_a_folder_above_the_described_paths_is_listed(shell, tmp_path: Path) -> None:
    described = {"openapi": "3.1.0", "servers": [{"url": "/api/v1"}], "paths": {"/tasks": {"get": {}}}}
    (tmp_path / "x.json").write_text(json.dumps(described))
    shell.say("import openapi x.json")

    assert shell.say("ls /").splitlines()[1:] == ["api/"]
