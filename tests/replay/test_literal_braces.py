"""Two braces that are meant as they are do not put off what can be seen to be wrong before anything is sent."""

from __future__ import annotations

import pytest

from callbox.replay.run_options import Plan

WRONG = [
    pytest.param("GET BASE/b\nAuthorization: AWS {{v}} b\n@v = \\{\\{z\\}\\}\n", id="authorization"),
    pytest.param("@v = \\{\\{z\\}\\}\nGET BASE/b\nAuthorization: AWS {{v}} b\n", id="authorization-of-a-variable"),
    pytest.param("@v = \\{\\{z\\}\\}\nGET BASE/b\n{{v}}: 1\n", id="header-name"),
    pytest.param(
        'POST BASE/b\nX-REQUEST-TYPE: GraphQL\n\nquery { a }\n\n{"q": "\\{\\{x\\}\\}", bad}\n', id="graphql-variables"
    ),
    pytest.param("POST BASE/b\n\n< ./\\{\\{x\\}\\}.json\n", id="file"),
    pytest.param("curl BASE/b -d @\\{\\{x\\}\\}.json\n", id="file-of-curl"),
    pytest.param("# @timeout \\{\\{x\\}\\}\nGET BASE/b\n", id="timeout"),
    pytest.param("# @sleep \\{\\{x\\}\\}\nGET BASE/b\n", id="sleep"),
    pytest.param("# @retry \\{\\{x\\}\\}\nGET BASE/b\n", id="retry"),
    pytest.param("# @events \\{\\{x\\}\\}\nGET BASE/b\n", id="events"),
    pytest.param("# @loop \\{\\{x\\}\\}\nGET BASE/b\n", id="loop"),
    pytest.param("@v = \\{\\{x\\}\\}\n# @loop for x of v\nGET BASE/b\n", id="loop-over"),
    pytest.param("@v = \\{\\{x\\}\\}\n# @disabled v > 5\nGET BASE/b\n", id="condition"),
    pytest.param("# @no-auto-encoding\nGET BASE/b?x= \\{\\{x\\}\\}\n", id="encoding"),
    pytest.param("@v = \\{\\{x\\}\\}\nGET {{v}}\n", id="url"),
    pytest.param("@v = (\\{\\{x\\}\\}\nGET BASE/b\n\n?? body matches {{v}}\n", id="pattern"),
    pytest.param("@v = $.[\\{\\{x\\}\\}\nGET BASE/b\n\n?? body {{v}} exists\n", id="path"),
    pytest.param("@v = $.[\\{\\{x\\}\\}\n# @capture c = body {{v}}\nGET BASE/b\n", id="capture"),
    pytest.param("@v = \\{\\{x\\}\\}\nGET BASE/b\n\n?? header {{v}} exists\n", id="header"),
]


@pytest.mark.parametrize("text", WRONG)
def test_nothing_is_sent_when_the_second_request_is_wrong(run, server, text: str) -> None:
    results = run(f"### a\nGET BASE/a\n### b\n{text}")

    assert server.requests == []
    assert [one.outcome for one in results] == ["error"]


def test_braces_of_a_user_do_not_put_off_what_is_wrong(run, server) -> None:
    plan = Plan(variables={"v": "{{z}}"})
    results = run("### a\nGET BASE/a\n### b\n# @timeout {{v}}\nGET BASE/b\n", plan)

    assert server.requests == []
    assert "'{{z}}' is not a time" in str(results[0].error)


def test_literal_braces_are_sent(run, server) -> None:
    run("POST BASE/a\nX-A: \\{\\{z\\}\\}\n\n\\{\\{x\\}\\}\n")

    assert server.headers() == ["X-A: {{z}}"]
    assert server.bodies == [b"{{x}}"]


def test_what_waits_for_a_response_is_judged_then(run, server) -> None:
    server.json("/a", '{"wait": "10 s", "list": [1], "path": "$.wait"}')
    results = run("""### a
# @name a
GET BASE/a
###
# @timeout {{a.response.body.wait}}
# @loop for x of {{a.response.body.list}}
GET BASE/a

?? body {{a.response.body.path}} == 10 s
""")

    assert "is not a time" not in str(results)
    assert [one.outcome for one in results] == ["ok", "ok"]


OUT_OF_OTHER_TEXTS = [
    pytest.param("@v = {{e}}\n# @timeout {{v}}\nGET BASE/b\n", id="environment-file"),
    pytest.param("# @timeout {{o}}\nGET BASE/b\n", id="variable-of-the-user"),
    pytest.param("POST BASE/b\nContent-Type: multipart/form-data; boundary=b\n\n--b\nX: {{nl}}\n\n1\n--b--\n", id="multipart"),
    pytest.param("GET BASE/b\nX: {{nl}}\n", id="header-value"),
    pytest.param("GET BASE/b\nProxy: {{o}}://x\n", id="setting"),
    pytest.param("GET BASE/b\nX-ClientCert: {{o}}\n", id="certificate"),
    pytest.param("# @if {{o}}\nGET BASE/b\n", id="if"),
    pytest.param("GET /{{o}}\nHost: h:{{o}}\n", id="host"),
    pytest.param('GRAPHQL BASE/b\n\nquery { a }\n\n<@ ./v.json\n', id="template-file"),
]  # fmt: skip


@pytest.mark.parametrize("text", OUT_OF_OTHER_TEXTS)
def test_braces_out_of_other_texts_put_nothing_off(run, server, tmp_path, text: str) -> None:
    (tmp_path / "http-client.env.json").write_text('{"dev": {"e": "\\\\{\\\\{z\\\\}\\\\}"}}')
    (tmp_path / "v.json").write_text('{"a": "\\{\\{z\\}\\}", bad}')
    plan = Plan(variables={"o": "{{z}}", "nl": "{{z}}\n{{z}}"}, stages=("dev",))
    results = run(f"### a\nGET BASE/a\n### b\n{text}", plan)

    assert server.requests == []
    assert [one.outcome for one in results] == ["error"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("# @timeout {{a.response.body.v}}\nGET BASE/b\n", "'{{z}}' is not a time"),
        ("# @loop for x of {{a.response.body.v}}\nGET BASE/b\n", "is not a list"),
        ("# @disabled {{a.response.body.v}} > 5\nGET BASE/b\n", "compares texts, not numbers"),
        ("GET BASE/b\n{{a.response.body.v}}: 1\n", "cannot be the name of a header"),
        ("POST BASE/b\n\n< ./{{a.response.body.v}}\n", "would choose which file is used"),
        ('GRAPHQL BASE/b\n\nquery { a }\n\n{"a": "{{a.response.body.v}}", bad}\n', "are not JSON"),
        ("GET BASE/b\nAuthorization: AWS {{a.response.body.v}} b\n", "is not supported"),
    ],
    ids=["timeout", "loop", "disabled", "header-name", "file", "graphql", "authorization"],
)
def test_braces_of_a_response_are_values(run, server, text: str, told: str) -> None:
    server.json("/a", '{"v": "{{z}}"}')
    results = run(f"# @name a\nGET BASE/a\n### b\n{text}")

    assert len(server.requests) == 1
    assert told in str(results[-1].error)
