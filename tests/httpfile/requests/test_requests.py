from __future__ import annotations

import random
from base64 import b64decode
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.rows import check_rows

from callbox.errors import ScriptError, UsageError
from callbox.exchange.digest_auth import Digest
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.headers import Headers
from callbox.exchange.request import Draft, Field, Outgoing
from callbox.exchange.request_content import Content, FileBytes
from callbox.exchange.response import ResponseHead
from callbox.exchange.secret import Secret, reveal
from callbox.exchange.url import parse as parse_url
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.httpfile.requests.step_to_draft_resolver import resolve, resolve_bare
from callbox.httpfile.variables.dynamic_variables import DynamicSources
from callbox.httpfile.variables.response_references import steps_by_name
from callbox.httpfile.variables.variable_scope import Layer, ResolutionContext, Scope


def make_resolution_context(text: str, files: Mapping[str, bytes] = {}, **changes: object) -> ResolutionContext:
    def open_file(path: str) -> FileBytes:
        if path not in files:
            raise UsageError(f"No such file: {path}")
        return FileBytes(lambda: (files[path],), len(files[path]))

    sources = DynamicSources(lambda: 1000.0, random.Random(1))
    script = parse(text, "a.http")
    return ResolutionContext(script, steps_by_name(script), sources, open_file, {})._replace(**changes)


def record(body: bytes = b"{}", status: int = 200, sent: bytes = b"", **headers: str) -> Record:
    outgoing = Outgoing("GET", parse_url("http://h/x"), (Field("X-Sent", "yes", "item"),), Content(sent))
    fields = Headers([(name.replace("_", "-"), value) for name, value in headers.items()])
    return Record(Draft("GET", "http://h/x"), outgoing, ResponseHead(status, "OK", fields), body, len(body))


def scope_of(
    text: str, step: int = 1, records: Mapping[str, Record] = {}, files: Mapping[str, bytes] = {}, **changes: object
) -> Scope:
    world = make_resolution_context(text, files, **changes)
    return Scope(world, world.script.steps[step - 1], lambda other: records.get(other.name or other.title))


def draft(text: str, step: int = 1, **given: object) -> Draft:
    scope = scope_of(text, step, **given)  # type: ignore[arg-type]
    return resolve(scope.step, scope)


def body(text: str, **given: object) -> bytes:
    content = draft(text, **given).content
    assert content is not None
    return b"".join(content.chunks())


def survey(text: str, step: int = 1, **changes: object) -> Scope:
    world = make_resolution_context(text, **changes)  # type: ignore[arg-type]
    scope = Scope(world, world.script.steps[step - 1])
    resolve(scope.step, scope)
    return scope


@check_rows(
    ("text", "url"),
    [
        pytest.param("GET https://a.x/b", "https://a.x/b", id="absolute"),
        pytest.param("GET a.x/b", "http://a.x/b", id="dotted-name"),
        pytest.param("GET a.x:8443/b", "https://a.x:8443/b", id="port-of-tls"),
        pytest.param("GET a.x?b=/c", "http://a.x?b=/c", id="query-of-a-name"),
        pytest.param("GET localhost:8000/b", "http://localhost:8000/b", id="localhost"),
        pytest.param("GET /b\nHost: a.x", "http://a.x/b", id="host"),
        pytest.param("GET /b\nHost: a.x:8443", "https://a.x:8443/b", id="host-of-tls"),
        pytest.param("GET /b\nHost: https://a.x", "https://a.x/b", id="host-with-scheme"),
        pytest.param("@h = https://a.x\n\nGET {{h}}/b", "https://a.x/b", id="variable"),
        pytest.param("GET https://a.x/b\n  ?q=1\n  &r=2", "https://a.x/b?q=1&r=2", id="continued"),
        pytest.param("@q = a/b c\n\nGET https://a.x/?q={{%q}}", "https://a.x/?q=a%2Fb%20c", id="percent-encoded"),
        pytest.param("GET /b", "/b", id="left-to-the-base"),
    ],
)
def test_url(text: str, url: str) -> None:
    assert draft(text).url == url


def test_host_header_that_made_the_url_is_not_sent_twice() -> None:
    assert draft("GET /b\nHost: a.x\nX: 1").headers == (("X", "1"),)


def test_host_header_beside_an_absolute_url_stays() -> None:
    assert draft("GET http://a.x/b\nHost: other.x").headers == (("Host", "other.x"),)


def test_headers_keep_order_case_and_repeats() -> None:
    assert draft("GET http://h/\nx-B: 1\nX-A: 2\nX-b: 3").headers == (("x-B", "1"), ("X-A", "2"), ("X-b", "3"))


@check_rows("target", ["orders.internal:8080/a", "h.x/a", "localhost:1/a", "[::1]:1/a", "{{host}}/a"])
def test_a_target_without_a_scheme_goes_over_http(target: str) -> None:
    assert draft(f"@host = api.x\nGET {target}").url == f"http://{target.replace('{{host}}', 'api.x')}"


def test_cookie_lines_become_one() -> None:
    name, value = draft("GET http://h/\nCookie: a=1\nX: y\ncookie: b=2").headers[0]

    assert (name, reveal(value or "")) == ("Cookie", "a=1; b=2")


def test_content_length_is_left_to_be_counted() -> None:
    assert draft("POST http://h/\nContent-Length: 3\n\nabcdef").headers == ()


@check_rows(
    ("typed", "sent"),
    [
        pytest.param("Basic ann:pa:ss", "Basic YW5uOnBhOnNz", id="first-colon"),
        pytest.param("Basic ann secret", "Basic YW5uOnNlY3JldA==", id="blank"),
        pytest.param("Basic ann:", "Basic YW5uOg==", id="empty-password"),
        pytest.param("Basic ann:a b", "Basic YW5uOmEgYg==", id="blank-in-password"),
        pytest.param("Basic YW5uOnNlY3JldA==", "Basic YW5uOnNlY3JldA==", id="encoded"),
        pytest.param("basic ann:secret", "Basic YW5uOnNlY3JldA==", id="lower-case"),
        pytest.param("Bearer abc", "Bearer abc", id="bearer"),
        pytest.param('Digest username="ann", nonce="x"', 'Digest username="ann", nonce="x"', id="digest-computed"),
        pytest.param('Digest username="{{user}}", nonce="x"', 'Digest username="ann", nonce="x"', id="digest-filled"),
    ],
)
def test_authorization(typed: str, sent: str) -> None:
    ((_, value),) = draft(f"@user = ann\nGET http://h/\nAuthorization: {typed}").headers

    assert reveal(value or "") == sent


@check_rows(
    ("typed", "pair"),
    [
        pytest.param("{{u}} {{p}}", b"ann:s:e cret", id="blank"),
        pytest.param("{{u}}:{{p}}", b"ann:s:e cret", id="colon"),
        pytest.param("ann   {{p}}", b"ann:s:e cret", id="user as it is"),
        pytest.param("{{u}} s:ecret", b"ann s:ecret", id="colon that is written"),
        pytest.param("{{both}}", b"ann:x y", id="one variable"),
    ],
)
def test_where_a_credential_parts_is_seen_before_it_is_filled(typed: str, pair: bytes) -> None:
    text = f"@u = ann\n@p = s:e cret\n@both = ann:x y\nGET http://h/\nAuthorization: Basic {typed}"
    ((_, value),) = draft(text).headers

    assert b64decode(reveal(value or "").removeprefix("Basic ")) == pair


def test_a_digest_parts_there_too() -> None:
    auth = draft("@p = s:e cret\nGET http://h/\nAuthorization: Digest ann {{p}}").auth

    assert isinstance(auth, Digest)
    assert (auth.username, auth.password) == ("ann", "s:e cret")


@check_rows("typed", ["AWS key secret", "oauth2 client x", "NTLM ann secret"])
def test_scheme_that_is_not_spoken_is_refused(typed: str) -> None:
    with pytest.raises(ScriptError, match="is not supported in a header") as raised:
        draft(f"GET http://h/\nAuthorization: {typed}")

    assert str(raised.value.place) == "a.http:2:16"


@check_rows(
    ("typed", "password"),
    [("Digest ann secret", "secret"), ("digest ann:secret", "secret"), ("Digest ann:a=b, c", "a=b, c")],
)
def test_digest_is_left_to_the_challenge(typed: str, password: str) -> None:
    made = draft(f"GET http://h/\nX: 1\nAuthorization: {typed}")

    assert made.headers == (("X", "1"),)
    assert isinstance(made.auth, Digest)
    assert (made.auth.username, made.auth.password) == ("ann", password)


@check_rows(
    ("text", "sent"),
    [
        pytest.param('POST http://h/\nContent-Type: application/json\n\n{"a": {{n}}}', b'{"a": 5}', id="json"),
        pytest.param("POST http://h/\n\nline {{n}}\n\n two\n", b"line 5\n\n two", id="text"),
        pytest.param(
            "POST http://h/\nContent-Type: application/x-www-form-urlencoded\n\na = {{n}}\n&b=x y\n&c=%41%",
            b"a=5&b=x%20y&c=%41%25",
            id="form",
        ),
        pytest.param("POST http://h/\n\n< data.bin", b"\x00\xff{{n}}", id="file-verbatim"),
        pytest.param("POST http://h/\n\n<@ text.txt", "caf\xe9 5".encode(), id="file-filled"),
        pytest.param("POST http://h/\n\n<@latin1 latin.txt", "caf\xe9 5".encode(), id="file-in-another-encoding"),
        pytest.param("POST http://h/\n\nbefore\n< data.bin\nafter", b"before\n\x00\xff{{n}}\nafter", id="mixed"),
        pytest.param("POST http://h/\n\n< {{name}}.bin", b"\x00\xff{{n}}", id="file-named-by-a-variable"),
        pytest.param(
            "POST http://h/\nContent-Type: multipart/form-data; boundary=b\n\n--b\n"
            'Content-Disposition: form-data; name="f"; filename="x"\n\n< data.bin\n--b--',
            b'--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n\x00\xff{{n}}\r\n--b--\r\n',
            id="multipart",
        ),
    ],
)
def test_body(text: str, sent: bytes) -> None:
    files = {"data.bin": b"\x00\xff{{n}}", "text.txt": "caf\xe9 {{n}}".encode(), "latin.txt": b"caf\xe9 {{n}}"}

    assert body(f"@n = 5\n@name = data\n\n{text}", files=files) == sent


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_text_of_a_file_in_a_part_has_the_charset_of_the_part(end: str) -> None:
    head = 'Content-Disposition: form-data; name="f"'
    typed = f"--b\n{head}\nContent-Type: text/plain; charset=iso-8859-1\n\n<@ text.txt\n"
    text = f"POST http://h/\nContent-Type: multipart/form-data; boundary=b\n\n{typed}--b\n{head}\n\n<@ text.txt\n{typed}--b--"
    sent = body(text.replace("\n", end), files={"text.txt": "caf\xe9".encode()})

    assert [part.rpartition(b"\r\n\r\n")[2] for part in sent.split(b"\r\n--b")[:3]] == [
        b"caf\xe9",
        b"caf\xc3\xa9",
        b"caf\xe9",
    ]


def test_whole_file_is_streamed_with_its_length() -> None:
    content = draft("POST http://h/\n\n< data.bin", files={"data.bin": b"12345"}).content

    assert content is not None
    assert (content.kind, content.data, content.length, content.path) == ("file", None, 5, "data.bin")


def test_boundary_with_a_dynamic_variable_is_the_same_on_each_line() -> None:
    text = (
        "POST http://h/\nContent-Type: multipart/form-data; boundary=--{{$uuid}}\n\n----{{$uuid}}\n"
        'Content-Disposition: form-data; name="a"\n\n1\n----{{$uuid}}--'
    )
    made = draft(text)
    boundary = str(made.headers[0][1]).partition("boundary=")[2]

    assert made.content is not None
    assert (made.content.data or b"").count(boundary.encode()) == 2


@pytest.mark.parametrize("said", ["\nX-Request-Type: GraphQL", ""], ids=["said", "seen"])
def test_graphql_is_sent_as_json(said: str) -> None:
    text = f'POST http://h/{said}\n\nquery Books($n: Int) {{ books(first: $n) }}\n\n{{"n": 2}}'
    content = draft(text).content

    assert content is not None
    assert content.media_type == "application/json"
    assert content.data == (
        b'{"query": "query Books($n: Int) { books(first: $n) }", "operationName": "Books", "variables": {"n": 2}}'
    )


def test_graphql_variables_are_sent_as_they_are_written() -> None:
    written = '{"a": 1.10, "b": 1e3,\n "c": 1, "c": 2}'

    assert body(f"GRAPHQL http://h/\n\n{{ a }}\n\n{written}").endswith(b', "variables": ' + written.encode() + b"}")


@check_rows("written", ['{"a": NaN}', '{"a": b}', '{"a": 1'])
def test_graphql_variables_that_are_not_json_are_an_error(written: str) -> None:
    with pytest.raises(ScriptError, match="variables of this GraphQL query are not JSON"):
        draft(f"GRAPHQL http://h/\n\n{{ a }}\n\n{written}")


def test_graphql_without_a_query_is_an_error() -> None:
    with pytest.raises(ScriptError, match="There is no GraphQL query below this"):
        draft("GRAPHQL http://h/\n")


def test_graphql_variables_may_come_from_a_file() -> None:
    files = {"q.graphql": b"query A { a }\n", "v.json": b'{"n": 1}\n'}

    sent = body("GRAPHQL http://h/\n\n< q.graphql\n\n< v.json\n", files=files)

    assert sent == b'{"query": "query A { a }\\n", "operationName": "A", "variables": {"n": 1}}'


@pytest.mark.parametrize("mark", ["<", "<@"])
def test_graphql_variables_of_a_file_below_a_written_query(mark: str) -> None:
    sent = body(f"GRAPHQL http://h/\n\nquery A {{ a }}\n\n{mark} v.json\n", files={"v.json": b'{"n": 1}\n'})

    assert sent == b'{"query": "query A { a }", "operationName": "A", "variables": {"n": 1}}'


@check_rows(
    ("expression", "value"),
    [
        pytest.param("login.response.body.$.token", "abc", id="jsonpath"),
        pytest.param("login.response.body.token", "abc", id="bare-path"),
        pytest.param("login.response.body.list[1]", "2", id="index"),
        pytest.param("login.response.body.$.list", "[1,2]", id="array"),
        pytest.param("login.response.body.$.empty", "", id="empty-string"),
        pytest.param("login.response.body.$.none", "", id="null"),
        pytest.param(
            "login.response.body.*", '{"token": "abc", "list": [1, 2], "empty": "", "none": null}', id="whole"
        ),
        pytest.param("login.response.headers.x-answer", "42", id="header"),
        pytest.param("login.response.cookies.sid", "s1", id="cookie"),
        pytest.param("login.response.status", "201", id="status"),
        pytest.param("login.request.headers.X-Sent", "yes", id="request-header"),
        pytest.param("login.request.body.$.user", "ann", id="request-body"),
        pytest.param("login.token", "abc", id="field-of-the-body"),
        pytest.param("login.status", "201", id="status-without-response"),
        pytest.param("loginResponse.headers['x-answer']", "42", id="httpyac-header"),
        pytest.param("loginResponse.statusCode", "201", id="httpyac-status"),
        pytest.param("loginResponse.parsedBody.token", "abc", id="httpyac-body"),
    ],
)
def test_reference(expression: str, value: str) -> None:
    text = f"### x\n# @name login\nPOST http://h/\n\n###\nPOST http://h/\n\n{{{{{expression}}}}}"
    answer = record(
        b'{"token": "abc", "list": [1, 2], "empty": "", "none": null}',
        201,
        b'{"user": "ann"}',
        X_Answer="42",
        Set_Cookie="sid=s1; Path=/",
    )

    assert body(text, step=2, records={"login": answer}) == value.encode()


def test_reference_by_title() -> None:
    text = "### login\nPOST http://h/\n\n###\nGET http://h/{{login.response.body.$.id}}"

    assert draft(text, 2, records={"login": record(b'{"id": 7}')}).url == "http://h/7"


def test_null_is_null_in_a_json_body() -> None:
    text = '### login\nPOST http://h/\n\n###\nPOST http://h/\nContent-Type: application/json\n\n{"a": {{login.a}}}'

    assert body(text, step=2, records={"login": record(b'{"a": null}')}) == b'{"a": null}'


def test_nothing_at_a_path_is_an_error_with_its_place() -> None:
    text = "### login\nPOST http://h/\n\n###\nGET http://h/{{login.response.body.$.nope}}"

    with pytest.raises(ScriptError, match="Nothing at") as raised:
        draft(text, 2, records={"login": record()})

    assert str(raised.value.place) == "a.http:5:14"


@check_rows(
    ("layers", "value"),
    [
        pytest.param({"above": (Layer("--var", {"v": "1"}), Layer("prompt", {"v": "2"}))}, "1", id="var-first"),
        pytest.param({"above": (Layer("--var", {}), Layer("prompt", {"v": "2"}))}, "2", id="then-prompts"),
        pytest.param({"below": (Layer("captured", {"v": "4"}),)}, "file", id="then-the-file"),
    ],
)
def test_precedence(layers: Mapping[str, object], value: str) -> None:
    assert draft("@v = file\n\nGET http://h/{{v}}", **layers).url == f"http://h/{value}"


def test_captured_comes_after_the_file() -> None:
    assert draft("GET http://h/{{v}}", below=(Layer("captured", {"v": "4"}),)).url == "http://h/4"


@check_rows(
    ("expression", "message", "hint"),
    [
        ("n+1", "'n+1' is JavaScript, but {{ }} may contain only a name", "compute the value above the request: "),
        ("Date.now()", "'Date.now()' is JavaScript", "compute the value above"),
        ("[1, 2].join('-')", "'[1, 2].join('-')' is JavaScript", "compute the value above"),
        ("a === b", "'a === b' is JavaScript", "compute the value above"),
        ("a ?? 'b'", "'a ?? 'b'' is JavaScript", "compute the value above"),
        ("a || 'b'", "'a || 'b'' is JavaScript", "compute the value above"),
        ("a && b", "'a && b' is JavaScript", "compute the value above"),
        ("a?.b", "'a?.b' is JavaScript", "compute the value above"),
        ("process.env.TOKEN", "No variable 'process.env.TOKEN'", "for a variable of the system: {{$processEnv TOKEN}}"),
        ("user-id", "No variable 'user-id'", "define it: @user-id"),
        (".Values.name", "No variable '.Values.name'", "define it"),
        ("name | upper", "No variable 'name | upper'", "for two literal braces"),
        (
            "$.clients..id",
            "No variable '$.clients..id'",
            "to send a request for each item of a list: # @loop for x of NAME",
        ),
        ("log in.response.body", "'log in.response.body' is not a reference: the name has blanks", "name the request"),
    ],
)
def test_what_can_be_no_name_is_said_to_be_none(expression: str, message: str, hint: str) -> None:
    with pytest.raises(ScriptError) as raised:
        draft(f"GET http://a/{{{{{expression}}}}}")

    assert raised.value.message.startswith(message)
    assert raised.value.hint.startswith(hint)


@check_rows(
    ("text", "url"),
    [
        ("@host = http://b:8080/\nGET /a?c", "http://b:8080/a?c"),
        ("@host = b\nGET /a", "http://b/a"),
        ("@host = b\nGET /a\nHost: c", "http://c/a"),
        ("GET /a", "/a"),
    ],
)
def test_variable_host_is_that_of_a_path(text: str, url: str) -> None:
    assert draft(text).url == url


def test_place_in_a_line_that_a_variable_holds_is_that_line() -> None:
    with pytest.raises(ScriptError) as raised:
        draft("@me = Authorization: Bearer {{nope}}\nGET http://a/\n{{me}}")

    assert raised.value.place is not None
    assert (raised.value.place.line, raised.value.place.column, raised.value.place.length) == (3, 1, 6)


def test_value_from_outside_is_not_expanded_again() -> None:
    assert draft("POST http://h/\n\n{{v}}", above=(Layer("--var", {"v": "{{w}}"}),)).content is not None
    assert body("POST http://h/\n\n{{v}}", above=(Layer("--var", {"v": "{{w}}"}),)) == b"{{w}}"


@check_rows(("step", "value"), [(1, "one"), (2, "two"), (3, "two")])
def test_variable_means_its_last_definition_above(step: int, value: str) -> None:
    text = "@v = one\nGET http://h/{{v}}\n###\n@v = two\nGET http://h/{{v}}\n###\nGET http://h/{{v}}"

    assert draft(text, step).url == f"http://h/{value}"


def test_variable_defined_only_below_is_found() -> None:
    assert draft("GET http://h/{{v}}\n###\n@v = later\nGET http://h/").url == "http://h/later"


def test_variables_are_lazy() -> None:
    assert draft("@a = {{b}}/x\n@b = http://h\n\nGET {{a}}").url == "http://h/x"


def test_dynamic_value_in_a_variable_is_made_once_a_run() -> None:
    world = make_resolution_context(
        "@id = {{$uuid}}\n\nGET http://h/{{id}}\n###\nGET http://h/{{id}}\n###\nGET http://h/{{$uuid}}"
    )
    urls = [resolve(step, Scope(world, step, lambda _: None)).url for step in world.script.steps]

    assert urls[0] == urls[1] != urls[2]


def test_escapes_of_a_variable() -> None:
    assert body(r"@v = a\nb\d" + "\n\nPOST http://h/\n\n{{v}}") == b"a\nb\\d"


@check_rows(
    ("text", "place", "message", "hint"),
    [
        pytest.param("@base = http://h\n\nGET {{bse}}/", "3:5", "No variable 'bse'", "'base'", id="undefined"),
        pytest.param("GET http://h/\nX: é{{nope}}", "2:5", "No variable 'nope'", "@nope = ...", id="in-a-header"),
        pytest.param("@a = {{b}}\n\nGET http://h/{{a}}", "1:6", "No variable 'b'", "@b = ...", id="in-a-variable"),
        pytest.param("@a = {{b}}\n@b = {{a}}\n\nGET http://h/{{a}}", "2:6", "a -> b -> a", "", id="cycle"),
        pytest.param("POST http://h/\n\n< nope.bin", "3:3", "No such file: nope.bin", "", id="missing-file"),
        pytest.param("GET http://h/{{lgin.response.body.x}}", "1:14", "No request is named 'lgin'", "@name", id="name"),
        pytest.param("GET http://h/{{$uid}}", "1:14", "No dynamic variable '$uid'", "$uuid", id="dynamic"),
        pytest.param("@v = a\\r\\nX: y\n\nGET http://h/\nH: {{v}}", "4:4", "holds a line break", "", id="header-crlf"),
        pytest.param("@v = a\\nb\n\nGET http://h/{{v}}", "3:5", "holds a line break", "percent", id="url-crlf"),
        pytest.param("@v = a b\n\nGET http://h/\n{{v}}: 1", "4:1", "'a b' cannot be the name", "", id="header-name"),
        pytest.param(
            "# @name a\nGET http://h/{{a}}",
            "2:14",
            "No variable 'a'",
            "name a part of its response, {{a.",
            id="request",
        ),
        pytest.param("GET http://h/{{ }}", "1:14", "These braces are empty", "two literal braces", id="empty-in-a-url"),
        pytest.param(
            "GET http://h/\nX: a{{}}", "2:5", "These braces are empty", "two literal braces", id="empty-in-a-header"
        ),
        pytest.param(
            "@b = http://h\n\nGET http://{{b}}/a", "3:5", "two schemes", "leave out the first", id="two-schemes"
        ),
        pytest.param("GET https://HTTP://h/", "1:5", "two schemes", "leave out the first", id="two-written-schemes"),
        pytest.param("OPTIONS *", "1:9", "target '*' needs a header", "Host: api.x", id="asterisk"),
        pytest.param("# @timeout soon\nGET http://h/", "1:12", "'soon' is not a time", "500 ms", id="timeout"),
        pytest.param("POST http://h/\n\n<@utf-99 x.txt", "3:10", "No encoding 'utf-99'", "latin1", id="encoding"),
        pytest.param("POST http://h/\n\n<@ bad.txt", "3:4", "is not utf-8 text", "< bad.txt", id="not-text"),
    ],
)
def test_wrong_script_says_where(text: str, place: str, message: str, hint: str) -> None:
    files = {"x.txt": b"", "bad.txt": b"\xff"}
    with pytest.raises(ScriptError) as raised:
        draft(text, files=files)

    assert message in raised.value.message
    assert hint in raised.value.hint
    assert str(raised.value.place) == f"a.http:{place}"


@pytest.mark.parametrize(("policy", "url"), [("keep", "http://h/{{x}}"), ("empty", "http://h/")])
def test_undefined_by_policy(policy: str, url: str) -> None:
    assert draft("GET http://h/{{x}}", undefined=policy).url == url


@check_rows(
    ("directive", "options"),
    [
        ("# @timeout 5", {"timeout": 5.0}),
        ("# @timeout 500 ms", {"timeout": 0.5}),
        ("// @connection-timeout 2 m", {"connect-timeout": 120.0}),
        ("# @total-timeout 5", {"total-timeout": 5.0}),
        ("# @totalTimeout 500 ms", {"total-timeout": 0.5}),
        ("# @curl-max-time 2", {"total-timeout": 2.0}),
        ("# @kulala-curl--max-time 2", {"total-timeout": 2.0}),
        ("# @no-redirect", {"follow": False}),
        ("# @insecure", {"verify": False}),
        ("# @no-reject-unauthorized", {"verify": False}),
        ("# @keep-method", {"keep-method": True}),
        ("# @no-cookie-jar", {"no-cookie-jar": True}),
    ],
)
def test_directive_becomes_an_option(directive: str, options: Mapping[str, object]) -> None:
    assert draft(f"{directive}\nGET http://h/").options == options


def test_secret_variable_makes_the_header_a_secret() -> None:
    made = draft("GET http://h/\nX-Plain: {{pin}}", above=(Layer("prompt", {"pin": "1234"}),), secret_names={"pin"})

    assert made.headers == (("X-Plain", Secret("1234")),)


def test_survey_collects_every_error() -> None:
    found = survey("GET http://h/{{a}}\nX: {{b}}\n\n< nope")

    assert [str(error.place) for error in found.errors] == ["a.http:2:4", "a.http:1:14", "a.http:4:3"]


@check_rows(
    ("use", "needs"),
    [
        pytest.param("{{login.response.body.$.t}}", [1], id="reference"),
        pytest.param("{{got}}", [1], id="capture"),
        pytest.param("{{v}}", [1], id="reference-in-a-variable"),
        pytest.param("plain", [], id="nothing"),
    ],
)
def test_survey_finds_what_is_needed(use: str, needs: list[int]) -> None:
    text = f"@v = {{{{login.t}}}}\n### login\n# @capture got = body $.x\nPOST http://h/\n\n###\nGET http://h/\nX: {use}"
    found = survey(text, 2)

    assert (found.needs, found.errors) == (needs, [])


def test_survey_leaves_references_as_they_are_written() -> None:
    world = make_resolution_context("### login\nPOST http://h/\n###\nGET {{login.response.headers.Location}}")
    step = world.script.steps[1]

    assert resolve(step, Scope(world, step)).url == "{{login.response.headers.Location}}"


def test_survey_finds_a_wrong_path() -> None:
    found = survey("### login\nPOST http://h/\n###\nGET http://h/{{login.response.body.$.a[}}", 2)

    assert [error.message.partition(":")[0] for error in found.errors] == ["'$.a[' is not a JSONPath"]


_URLS = ("http://a/b", "https://a:1/b?c=d#e", "http://é/ü", "http://a/{b}", "http://a/\\{b", "http://a/{{b}}")
_PLAIN_HEADERS = ("A: b", "a:  b c\t", "X-é: é", "Content-Length: 9", "Cookie: a=b", "Accept: text/event-stream", "A:")
_OTHER_HEADERS = ("Authorization: a b", "A: {{b}}", "A: \\{\\{b\\}\\}", "A: \0", "X-ClientCert: a", "Proxy: http://a")


@given(st.sampled_from(_URLS), st.lists(st.sampled_from((*_PLAIN_HEADERS, *_OTHER_HEADERS)), max_size=3))
def test_first_look_at_a_request_gives_what_the_careful_one_gives(url: str, headers: list[str]) -> None:
    text = "\n".join([f"GET {url}", *headers])
    quick, careful = survey(text), survey(text)
    careful.add_secrets(["a value that no header holds"])  # no header is read at a glance then
    bare = resolve_bare(quick.step)
    whole, expected = resolve(quick.step, quick), resolve(careful.step, careful)

    assert whole == expected._replace(secrets=whole.secrets)
    assert [str(error) for error in quick.errors] == [str(error) for error in careful.errors]
    assert bare is None or bare == whole
