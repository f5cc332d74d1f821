"""Files that a run writes hold what a server sent: no later file of the run reads them as a template or a script."""

from __future__ import annotations

from pathlib import Path

import pytest

from callbox.engine.client import LiveSession
from callbox.replay.file_and_system_access import real_ports
from callbox.replay.file_runs_and_threads import run_files
from callbox.replay.run_options import Plan
from callbox.report.result import Result

SECRET = "wJalrXUtnFEMI"
TRAP = "{{$processEnv AWS_SECRET}}"


@pytest.fixture
def run_folder(server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Replay a folder of texts; `BASE` is a server that answers `/trap` with the text of that name."""
    monkeypatch.setenv("AWS_SECRET", SECRET)

    def replay_folder(files: dict[str, str], trap: str, **plan: object) -> list[Result]:
        trap = trap.replace("BASE", server.url)
        server.answers["/trap"] = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(trap), trap.encode())
        for name, text in files.items():
            (tmp_path / name).write_text(text.replace("BASE", server.url))
        return list(run_files([str(tmp_path)], real_ports(), LiveSession, Plan(**plan)))

    return replay_folder


FIRST_ORIGIN = "GET BASE/trap\n\n>>! {name}\n"


@pytest.mark.parametrize("plan", [{}, {"shares_session": True}], ids=["each its session", "one session"])
@pytest.mark.parametrize(
    ("name", "trap", "second"),
    [
        pytest.param("body.txt", TRAP, "POST BASE/b\n\n<@ ./body.txt\n", id="a template"),
        pytest.param(
            "common.http", f"### evil\nPOST BASE/b\n\n{TRAP}\n", "import common.http\nrun #evil\n", id="import"
        ),
        pytest.param("common.http", f"### evil\nPOST BASE/b\n\n{TRAP}\n", "run ./common.http\n", id="run"),
        pytest.param(
            "m.js",
            "request.variables.set('x', 'CODE' + 'RAN')",
            "< ./m.js\nPOST BASE/b\n\n{{x}}\n",
            id="a script",
        ),
        pytest.param(".env", f"v={TRAP}\n", "POST BASE/b\n\n{{v}}\n", id="an environment"),
        pytest.param(
            "http-client.env.json",
            f'{{"$shared": {{"v": "{TRAP}"}}}}',
            "POST BASE/b\n\n{{v}}\n",
            id="an environment in JSON",
        ),
        pytest.param("q.graphql", TRAP, "POST BASE/b\n\ngql < ./q.graphql\n", id="a query"),
    ],
)
def test_a_file_that_the_run_wrote_is_read_as_data_alone(run_folder, server, name, trap, second, plan) -> None:
    results = run_folder({"a.http": FIRST_ORIGIN.format(name=name), "b.http": second}, trap, **plan)

    assert results[0].outcome == "ok"
    sent = b"".join([*server.requests, *server.bodies])
    assert SECRET.encode() not in sent
    assert b"CODERAN" not in sent


def test_a_file_that_the_run_wrote_is_sent_as_it_is(run_folder, server) -> None:
    run_folder({"a.http": FIRST_ORIGIN.format(name="body.txt"), "b.http": "POST BASE/b\n\n< ./body.txt\n"}, TRAP)

    assert server.bodies[-1] == TRAP.encode()


def test_what_is_refused_says_what_to_do(run_folder) -> None:
    results = run_folder({"a.http": FIRST_ORIGIN.format(name=".env"), "b.http": "GET BASE/{{v}}\n"}, f"v={TRAP}\n")

    assert "was written from a response of this run" in str(results[1].error)
