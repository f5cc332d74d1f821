"""What a curl command of a `.http` file sends is what curl sends."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest
from tests.support.curl_cases import CASES, Case
from tests.support.curl_recorder import FILES, Request, request_of_ours
from tests.support.rows import check_rows

from callbox.errors import UsageError
from callbox.exchange.request import Route
from callbox.exchange.request_content import FileBytes
from callbox.exchange.request_merge_with_session import SessionState, merge
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.httpfile.requests.step_to_draft_resolver import resolve
from callbox.httpfile.variables.dynamic_variables import DynamicSources
from callbox.httpfile.variables.response_references import steps_by_name
from callbox.httpfile.variables.variable_scope import ResolutionContext, Scope


def open_file(path: str) -> FileBytes:
    if path not in FILES:
        raise UsageError(f"No such file: {path}")
    return FileBytes(lambda: (FILES[path],), len(FILES[path]))


@check_rows("case", [case for case in CASES if case.only != "prompt"], ids=lambda case: case.name)
def test_a_command_of_a_file_means_the_request_of_curl(case: Case) -> None:
    script = parse(case.command, "a.http")
    sources = DynamicSources(lambda: 1000.0, random.Random(1))
    scope = Scope(ResolutionContext(script, steps_by_name(script), sources, open_file, {}), script.steps[0])

    draft = resolve(script.steps[0], scope)

    assert not script.diagnostics
    expected = Request(case.line, tuple(case.headers), case.body)
    assert request_of_ours(merge(SessionState(), draft, Route())) == expected


def test_what_a_file_of_headers_holds_is_no_variable() -> None:
    script = parse("@pw = hunter2\ncurl http://h/ -H @marks -u ann:{{pw}}\n", "a.http")
    sources = DynamicSources(lambda: 1000.0, random.Random(1))
    data = "X-Leak: \ue0000\ue001 {{pw}}\n".encode()

    def open_marks(path: str) -> FileBytes:
        return FileBytes(lambda: (data,), len(data))

    scope = Scope(ResolutionContext(script, steps_by_name(script), sources, open_marks, {}), script.steps[0])

    assert "hunter2" not in dict(resolve(script.steps[0], scope).headers)["X-Leak"]


@pytest.mark.parametrize("command", ["curl http://h/ -d @{{y}}\ue0009\ue001", "curl http://h/{{y}}/\ue0009\ue001"])
def test_mark_of_our_own_in_a_command_is_text(command: str) -> None:
    script = parse(f"@y = 1\n{command}\n", "a.http")
    sources = DynamicSources(lambda: 1000.0, random.Random(1))
    scope = Scope(ResolutionContext(script, steps_by_name(script), sources, open_file, {}), script.steps[0])

    with suppress(UsageError):
        resolve(script.steps[0], scope)


@check_rows(
    ("header", "hint"),
    [
        ("X-ClientCert: pfx: ./c.p12 passphrase: hunter2", "give the command --cert FILE"),
        ("clientcert: cert: a.pem", "give the command --cert FILE"),
        ("X-Client-Cert: pfx: ./c.p12 passphrase: {{pw}}", "give the command --cert FILE"),
        ("Proxy: http://ann:{{pw}}@h", "give the command --proxy URL"),
    ],
)
def test_a_header_that_is_an_option_in_httpyac_is_not_sent_by_curl(header: str, hint: str) -> None:
    script = parse(f"@pw = hunter2\ncurl http://h/ -H '{header}'\n", "a.http")
    sources = DynamicSources(lambda: 1000.0, random.Random(1))
    scope = Scope(ResolutionContext(script, steps_by_name(script), sources, open_file, {}), script.steps[0])

    resolve(script.steps[0], scope)

    assert [(error.message, error.hint) for error in scope.errors] == [
        (f"The header {header.partition(':')[0]} would be sent to the server", hint)
    ]
