"""Whatever a file holds, the look at it ends in errors and lints, never in an exception."""

from __future__ import annotations

import contextlib

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callbox.cli.check_command import check_script
from callbox.engine import LiveSession
from callbox.errors import UsageError
from callbox.formats.bash_powershell_and_cmd_words import split_command
from callbox.formats.cookies_txt import read_cookies_txt
from callbox.formats.curl_reader import CurlSource, content_of, read_curl
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.httpfile.variables.environment_file_parser import read_dotenv, read_environment_file
from callbox.replay.file_and_system_access import real_ports
from callbox.replay.response_snapshots import pattern_of
from callbox.replay.run_options import Plan
from callbox.replay.runner import replay
from callbox.replay.used_hosts_and_files import resources_of

LINES = st.sampled_from(
    """###
### a
# @name a
# @ref a
# @forceRef b
# @loop for 3
# @loop for {{n}}
# @loop for n of [1, {"x": [2]}]
# @loop for c of {{m}}
# @loop for c of a.x
# @loop while x
# @disabled n == '3'
# @disabled !a.x
# @disabled this.c > {{n}}
# @if a.response.status 200
# @if-not {{m}} x
# @import a.http
@host = {{n}}
@me = X: {{m}}
{{me}}
/*
*/
{{
}}
# @retry {{n}} 1 s
# @retry
# @timeout {{a.x}}
# @prompt p
# @expect body $.x == {{n}}
# @expect xpath //a == 1
# @capture c = body $.{{n}}
@n = {{n}}
@n = 3
@m = {{n}}{{$uuid}}{{a.response.body.$.x}}
import a.http
run #a (@n=1, @m={{m}})
run #a
run a.http
GET http://h.x/{{n}}
GET /{{c.x[0]}}{{$index}}{{n + 1}}
GET {{m}}
POST /x
OPTIONS *
Host: h.x
Authorization: Digest u p
Content-Type: multipart/form-data; boundary={{m}}
X: {{%n}}

{"a": "{{c}}"}
< ./none
<@latin1 {{n}}
curl http://h.x -d '{{m}}' \\
curl "
< {% request.variables.set("n", 1) %}
> {% client.global.set("c", 1) %}
> x.js
>> out
{{ code; }}
?? status == 200
?? js.x == 1
HTTP/1.1 200 OK""".split("\n")
)
PORTS = real_ports()._replace(is_file=lambda _: False)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(LINES, max_size=14), st.sampled_from([Plan(), Plan(has_auto_deps=False), Plan(undefined="keep")]))
def test_check_never_raises(lines, plan) -> None:
    script = parse("\n".join(lines), "/nowhere/a.http")

    list(check_script(script, PORTS, plan))
    list(resources_of(script, PORTS))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(LINES, max_size=14), st.sampled_from(["", "out"]), st.sampled_from(["error", "keep", "empty"]))
def test_the_look_of_a_sandbox_never_raises(lines, output, undefined) -> None:
    script = parse("\n".join(lines), "/nowhere/a.http")
    plan = Plan(is_sandboxed=True, is_dry_run=True, sandbox_output=output, undefined=undefined)

    with LiveSession() as session:
        list(replay(script, session, PORTS, plan))


@given(st.text(max_size=200))
def test_readers_of_files_raise_usage_errors_alone(text) -> None:
    read_dotenv(text)
    for read in (lambda: read_environment_file(text, "f"), lambda: read_cookies_txt(text)):
        with contextlib.suppress(UsageError):
            read()


@given(
    st.lists(
        st.sampled_from(
            ["-X", "-d", "@f", "a=1", "-sk", "-H", "A: b", "http://h.x", "--json", "-F", "-u", "-G", "-m", "-", "--"]
        )
    )
)
def test_reader_of_commands_raises_usage_errors_alone(words) -> None:
    with contextlib.suppress(UsageError):
        request = read_curl(words, CurlSource(lambda _: b"x"))
        content_of(request, lambda _: (lambda: (b"x",), 1), lambda _: b"x", "b")


@given(st.text(alphabet="curl -H'\"\\$`^|><;&#\nEOF{}a@", max_size=60))
def test_splitter_of_commands_raises_usage_errors_alone(text) -> None:
    with contextlib.suppress(UsageError):
        for word in split_command(text, lambda name: name).words:
            assert 0 <= word.start <= word.end <= len(text)


@given(st.text(max_size=40))
def test_any_path_to_ignore_is_a_pattern(text) -> None:
    pattern_of(f"${text}").match("$.a.b[0]")
