from __future__ import annotations

import pytest

from callbox.errors import ScriptError
from callbox.replay.environment_file_search import complete
from callbox.replay.run_options import Plan, read_plan


def test_variables_of_files_and_process(ports, tmp_path) -> None:
    (tmp_path / "v.env").write_text("a=file\nb=file\nc=file")
    (tmp_path / "s.json").write_text('{"t": 1}')
    env = {"CALLBOX_VAR_a": "env", "CALLBOX_VAR_d": "env", "CALLBOX_SECRET_u": "hush", "OTHER": "x"}
    given = {"var": ["b=flag"], "vars-file": [str(tmp_path / "v.env")], "secrets-file": [str(tmp_path / "s.json")]}
    plan = complete(read_plan(given), ports._replace(env=env.get, env_names=lambda: env))

    assert plan.variables == {"a": "file", "b": "flag", "c": "file", "d": "env", "t": "1", "u": "hush"}
    assert plan.secret_names == {"t", "u"}


def test_sandbox_takes_nothing_from_the_process(ports) -> None:
    env = {"CALLBOX_VAR_a": "1"}
    plan = complete(Plan(is_sandboxed=True), ports._replace(env=env.get, env_names=lambda: env))

    assert plan.variables == {}


@pytest.mark.parametrize(
    ("name", "text", "given", "place"),
    [
        ("v.txt", "# fine\na=1\nhunter2\n", {"vars-file": ["v.txt"]}, "v.txt:3:1: This is not name=value"),
        ("v.json", '{"a": 1,\n "b": hunter2}', {"vars-file": ["v.json"]}, "v.json:2:7: This is not JSON"),
        ("s.txt", "hunter2", {"secrets-file": ["s.txt"]}, "s.txt:1:1: This is not name=value"),
        ("s.json", '{"a": hunter2}', {"secrets-file": ["s.json"]}, "s.json:1:7: This is not JSON"),
    ],
)
def test_file_of_variables_that_is_wrong_says_where(ports, tmp_path, monkeypatch, name, text, given, place) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text(text)

    with pytest.raises(ScriptError) as raised:
        complete(read_plan(given), ports)

    assert raised.value.place is not None
    assert f"{raised.value.place}: {raised.value.message}".startswith(place)
    assert ("hunter2" in raised.value.place.source) == ("vars-file" in given)
