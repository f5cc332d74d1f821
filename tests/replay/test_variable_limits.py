"""Variables that name variables: however short the file, what it unfolds to is bounded, and the error is one line."""

from __future__ import annotations

import pytest

from callbox.engine import LiveSession
from callbox.errors import ScriptError
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.replay.run_options import Plan
from callbox.replay.runner import replay

DOUBLED = "@a0=xxxxxxxxxx\n" + "".join(f"@a{n}={{{{a{n - 1}}}}}{{{{a{n - 1}}}}}\n" for n in range(1, 30))
CHAIN = "@a0=x\n" + "".join(f"@a{n}={{{{a{n - 1}}}}}\n" for n in range(1, 2_001))
WIDE = f"@a={'{{b}}' * 100}\n@b={'x' * 90_000}\n"


def errors(text: str, ports) -> list[str]:
    with LiveSession() as session:
        results = list(replay(parse(text, "a.http"), session, ports, Plan(is_dry_run=True)))
    assert all(isinstance(result.error, ScriptError) for result in results if result.error is not None)
    return [str(result.error).partition("\n")[0] for result in results if result.error is not None]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(DOUBLED + "GET http://h/{{a29}}", "more than 2,000 of them", id="doubled"),
        pytest.param(DOUBLED + "GET http://h/{{$processEnv %a29}}", "more than 2,000 of them", id="a name in one"),
        pytest.param(CHAIN + "GET http://h/{{a2000}}", "40 deep", id="a chain"),
        pytest.param("@a={{$processEnv %a}}\nGET http://h/{{a}}", "40 deep", id="a name that is its own"),
        pytest.param("@a={{$processEnv %b}}\n@b={{$processEnv %a}}\nGET http://h/{{a}}", "40 deep", id="two names"),
        pytest.param(WIDE + "POST http://h/\n\n" + "{{a}}" * 50, "longer than 100 MB", id="a body of many"),
        pytest.param(
            WIDE + "POST http://h/?{{a}}\nX: {{a}}\n\n" + "{{a}}" * 24, "longer than 100 MB", id="in all parts"
        ),
        pytest.param(WIDE + "@c={{a}}{{a}}\nPOST http://h/\n\n{{c}}", "longer than 10 MB", id="one long value"),
    ],
)
def test_bomb_of_variables_is_one_error(text: str, told: str, ports) -> None:
    found = errors(text, ports)

    assert len(found) == 1
    assert told in found[0]


def test_variables_of_variables_are_filled_as_usual(ports) -> None:
    text = "@a0=x\n" + "".join(f"@a{n}={{{{a{n - 1}}}}}{n}\n" for n in range(1, 35)) + "GET http://h/{{a34}}"

    assert errors(text, ports) == []


def test_script_beside_a_long_chain_of_variables_runs(run, server) -> None:
    pytest.importorskip("quickjs")
    chain = "".join(f"@a{n}={{{{a{n + 1}}}}}\n" for n in range(2_000)) + "@a2000=x\n"

    (result,) = run(f"{chain}GET {server.url}/\n\n> {{%\nclient.test('a', () => client.assert(true));\n%}}\n")

    assert result.outcome == "ok"


def test_undefined_variables_of_one_request_are_told_up_to_a_hundred(ports) -> None:
    found = errors("GET http://h/" + "{{nope}}" * 1_000, ports)

    assert len(found) == 100
    assert "nope" in found[0]
