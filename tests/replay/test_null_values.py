"""Variables whose value is a JSON null: JSON gets `null`; other texts get nothing, and the result has a note."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from callbox.replay.run_options import Plan

SOURCES = {
    "global of a script": "< {% client.global.set('n', null) %}\n",
    "variable of a script": "< {% request.variables.set('n', null) %}\n",
    "variable of the file": "@n = {{m}}\n< {% client.global.set('m', null) %}\n",
    "environment": "",
    "shared environment": "@n = {{$shared s}}\n",
    "loop": "# @loop for n of [null]\n",
    "capture": "# @capture n = body $.a\nPOST BASE/a\n\n###\n",
}


@pytest.fixture(params=SOURCES.values(), ids=SOURCES)
def above(request, tmp_path: Path, server) -> str:
    environments = {"$shared": {"s": None}, "dev": {"n": None} if not request.param else {}}
    (tmp_path / "http-client.env.json").write_text(json.dumps(environments))
    server.json("/a", '{"a": null}')
    return request.param


PLAN = Plan(stages=("dev",))


def test_json_has_null(run, server, above: str) -> None:
    result = run(f'{above}POST BASE/a\nContent-Type: application/json\n\n{{"a": {{{{n}}}}, "b": 1}}', PLAN)[-1]

    assert result.outcome == "ok", result.error
    assert server.bodies[-1] == b'{"a": null, "b": 1}'


def test_other_texts_have_nothing_and_a_note(run, server, above: str) -> None:
    result = run(f"{above}POST BASE/a?q={{{{n}}}}&x\n\nv={{{{n}}}}.", PLAN)[-1]

    assert (server.lines[-1], server.bodies[-1]) == ("POST /a?q=&x", b"v=.")
    assert "is null: nothing is sent in its place" in "".join(result.notes)


def test_a_script_signs_the_null_that_is_sent(run, server, above: str) -> None:
    sign = "< {% request.variables.set('sig', request.body.tryGetSubstituted()) %}\n"
    head, _, _ = above.rpartition("< {%")
    code = above[len(head) :]
    run(
        f'{head}{code}{sign}POST BASE/a\nX-Sig: {{{{sig}}}}\nContent-Type: application/json\n\n{{"a": {{{{n}}}}}}', PLAN
    )

    assert server.headers()[0] == 'X-Sig: {"a": null}'


def test_a_script_reads_null(run, server) -> None:
    code = "client.global.set('n', null); request.variables.set('v', null);"
    read = "request.variables.set('seen', client.global.get('n') + ' ' + request.variables.get('v'))"
    run(f"< {{% {code} %}}\n< {{% {read} %}}\nGET BASE/a\nX-Seen: {{{{seen}}}}")

    assert server.headers() == ["X-Seen: null null"]
