"""Two braces that are meant as they are do not put off what can be seen to be wrong before anything is sent."""

from __future__ import annotations

import pytest

from callbox.replay.plan import Plan

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
    assert "'{{z}}' is no time" in str(results[0].error)


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

    assert "is no time" not in str(results)
    assert [one.outcome for one in results] == ["ok", "ok"]
