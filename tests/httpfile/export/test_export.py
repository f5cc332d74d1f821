from __future__ import annotations

import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.support.linear import assert_linear
from tests.support.rows import check_rows

from callbox.errors import UsageError
from callbox.exchange.auth_schemes import Basic, Bearer
from callbox.exchange.cookies import Cookie, Jar
from callbox.exchange.digest_auth import Digest
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.headers import Headers
from callbox.exchange.request import Draft, Route
from callbox.exchange.request_content import (
    Content,
    Part,
    file_content,
    form_content,
    json_content,
    multipart_content,
    raw_content,
)
from callbox.exchange.request_merge_with_session import SessionState, merge
from callbox.exchange.response import ResponseHead
from callbox.exchange.secret import Secret
from callbox.exchange.url import Url
from callbox.httpfile.export.script_writer import script_of
from callbox.memory.history_and_facts_database import decode_record, encode_record

INCOMING = ResponseHead(200, "OK", Headers())


def record(draft: Draft, standing: SessionState = SessionState()) -> Record:
    return Record(draft, merge(standing, draft, Route()), INCOMING)


def written(draft: Draft, **held: object) -> str:
    return script_of([record(draft, SessionState(**held))])  # type: ignore[arg-type]


def test_requests_are_written_below_their_base() -> None:
    first = record(Draft("GET", "http://h:8000/a?x=1", (("X-A", "1"),)))
    second = record(Draft("POST", "http://h:8000/b", content=json_content('{"n": 1}')))
    third = record(Draft("DELETE", "https://other.x/c"))

    assert script_of([first, second, third]) == (
        "@base = http://h:8000\n\n"
        "### GET /a\nGET {{base}}/a?x=1\nX-A: 1\n\n"
        '### POST /b\nPOST {{base}}/b\nContent-Type: application/json\n\n{"n": 1}\n\n'
        "### DELETE /c\nDELETE https://other.x/c\n"
    )


def test_the_base_is_the_origin_of_most_requests() -> None:
    drafts = [Draft("POST", "http://login/token"), Draft("GET", "http://h/a"), Draft("GET", "http://h/b")]
    text = script_of([record(draft) for draft in drafts])

    assert "@base = http://h\n" in text
    assert "POST http://login/token\n" in text
    assert "GET {{base}}/a\n" in text
    assert "@base = http://login\n" in script_of([record(draft) for draft in drafts[:2]])


def test_base_of_the_session_is_kept() -> None:
    assert "@base = http://h/v2\n" in script_of([record(Draft("GET", "http://h/v2/a"))], "http://h/v2/")


@check_rows(
    ("draft", "shows", "hides"),
    [
        pytest.param(
            Draft("GET", "http://h/", auth=Bearer("tok-secret-1")),
            "# @prompt token\nGET {{base}}/\nAuthorization: Bearer {{token}}\n",
            "tok-secret",
            id="bearer",
        ),
        pytest.param(
            Draft("GET", "http://h/", auth=Basic("ann", "hunter2")),
            "# @prompt password\nGET {{base}}/\nAuthorization: Basic ann:{{password}}\n",
            "hunter2",
            id="basic",
        ),
        pytest.param(
            Draft("GET", "http://h/", auth=Digest("ann", "hun=ter2", str)),
            "# @prompt password\nGET {{base}}/\nAuthorization: Digest ann:{{password}}\n",
            "hun=ter2",
            id="digest",
        ),
        pytest.param(
            Draft("GET", "http://h/", (("X-Api-Key", "abc-key"),)), "X-Api-Key: {{x_api_key}}", "abc-key", id="header"
        ),
        pytest.param(
            Draft("GET", "http://h/?a=1&api_key=q%20secret"),
            "?a=1&api_key={{api_key}}",
            "q%20secret",
            id="typed parameter",
        ),
        pytest.param(
            Draft("GET", "http://h/", (("X-Plain", Secret("abc-key")),)), "X-Plain: {{x_plain}}", "abc-key", id="secret"
        ),
        pytest.param(
            Draft("GET", "http://h/", query=(("api_key", "a b&c"), ("q", "1"))),
            "GET {{base}}/?api_key={{api_key}}&q=1",
            "a+b",
            id="query",
        ),
        pytest.param(
            Draft("POST", "http://h/", content=json_content('{"user": "ann", "password": "hun\\"ter2"}')),
            '{"user": "ann", "password": "{{password}}"}',
            "ter2",
            id="json",
        ),
        pytest.param(
            Draft("POST", "http://h/", content=json_content('{"x": ["password: hunter2", "a"]}')),
            '{"x": ["password: {{password}}", "a"]}',
            "hunter2",
            id="item",
        ),
        pytest.param(
            Draft("POST", "http://h/", content=json_content('["Authorization: Bearer hunter2"]')),
            '["Authorization: Bearer {{authorization}}"]',
            "hunter2",
            id="header-in-item",
        ),
        pytest.param(
            Draft("POST", "http://h/", content=json_content('{"h": [["Authorization", "Bearer hunter2"]]}')),
            '{"h": [["Authorization", "Bearer {{authorization}}"]]}',
            "hunter2",
            id="pair-of-items",
        ),
        pytest.param(
            Draft(
                "POST", "http://h/", content=json_content('{"name": "password", "value": {"x": "hunter2", "y": 1234}}')
            ),
            '{"name": "password", "value": {"x": "{{value}}", "y": {{value2}}}}',
            "hunter2",
            id="object-beside-name",
        ),
        pytest.param(
            Draft("POST", "http://h/", content=form_content([("password", "hun ter2"), ("a", "1")])),
            "password={{password}}&a=1",
            "ter2",
            id="form",
        ),
        pytest.param(
            Draft("POST", "http://h/", content=multipart_content([Part("password", b"hunter2")], "b")),
            "{{password}}",
            "hunter2",
            id="multipart",
        ),
        pytest.param(
            Draft(
                "POST", "http://h/", content=raw_content("<a>\n<pw:password>hunter2 </pw:password>\n</a>", "text/xml")
            ),
            "<pw:password>{{password}} </pw:password>",
            "hunter2",
            id="element",
        ),
        pytest.param(
            Draft("POST", "http://h/", content=raw_content('<a token="hunter2"/>', "text/xml")),
            '<a token="{{token}}"/>',
            "hunter2",
            id="attribute",
        ),
        pytest.param(
            Draft("POST", "http://h/", content=raw_content("user: ann\npassword: hunter2\n", "text/yaml")),
            "password: {{password}}\\n",
            "hunter2",
            id="yaml",
        ),
        pytest.param(
            Draft("GET", "http://h/", cookies=(("sid", "s3cr3t"),)), "Cookie: sid={{sid}}", "s3cr3t", id="cookie"
        ),
    ],
)
def test_secrets_become_prompted_variables(draft: Draft, shows: str, hides: str) -> None:
    text = written(draft)

    assert shows in text
    assert hides not in text
    assert "# @prompt " in text or "# @secret " in text


KNOWN = {"pin/4711 \u00fc": "pin"}
WARNING_CODES = [
    pytest.param(Draft("GET", "http://h/a/pin%2F4711%20%C3%BC/b?x=pin/4711%20%C3%BC"), id="url"),
    pytest.param(Draft("GET", "http://h/", query=(("x", "pin/4711 \u00fc"),)), id="parameter"),
    pytest.param(Draft("GET", "http://h/", (("X-Note", "is pin/4711 \u00fc."),)), id="header"),
    pytest.param(Draft("POST", "http://h/", content=raw_content("a pin/4711 \u00fc b\n# not a remark")), id="text"),
    pytest.param(Draft("POST", "http://h/", content=json_content('{"a": "pin/4711 \\u00fc"}')), id="json-escaped"),
    pytest.param(Draft("POST", "http://h/", content=form_content([("a", "pin/4711 \u00fc")])), id="form"),
    pytest.param(
        Draft("POST", "http://h/", content=multipart_content([Part("a", "pin/4711 \u00fc".encode())], "b")), id="part"
    ),
]


@check_rows("draft", WARNING_CODES)
def test_what_is_known_to_be_secret_is_covered_wherever_it_stands(draft: Draft) -> None:
    text = script_of([record(draft)], secrets=KNOWN)

    assert "4711" not in text
    assert "# @prompt pin\n" in text


@check_rows(
    "draft",
    [
        pytest.param(Draft("GET", "http://h/x?a=b@r4711$ [1]"), id="query"),
        pytest.param(Draft("GET", "http://h/b@r4711$ [1]/x"), id="path"),
        pytest.param(
            Draft("POST", "http://h/", content=raw_content(b"a=b@r4711$%20[1]", "application/x-www-form-urlencoded")),
            id="form as scripts send it",
        ),
    ],
)
def test_what_is_known_is_covered_where_only_part_of_it_is_encoded(draft: Draft) -> None:
    assert "4711" not in script_of([record(draft)], secrets={"b@r4711$ [1]": "pin"})


def test_a_chunked_body_stays_chunked() -> None:
    fields = (("Transfer-Encoding", "chunked"),)
    text = script_of([record(Draft("POST", "http://h/", fields, content=raw_content(b"hi", "text/plain")))])

    assert text.lower().count("transfer-encoding: chunked") == 1


@check_rows("secret", ["pa{{ss}}word", "{{{{x}}}}", "{password", "pass{", 'a{{{b/c&d<e"f', "a\\{{b"])
@check_rows("text", ["say {}", "{{{}", "<a>{}</a>", "\n{}\n"])
def test_secret_with_braces_is_covered_in_a_text(secret: str, text: str) -> None:
    draft = Draft("POST", "http://h/", content=raw_content(text.replace("{}", secret), "text/plain"))

    exported = script_of([record(draft)], secrets={secret: "pw"})

    assert secret.replace("\\{", "{") not in exported.replace("\\{", "{")
    assert "{{pw" in exported


def test_one_secret_has_one_name_and_another_another() -> None:
    drafts = [Draft("GET", "http://h/", auth=Bearer(token)) for token in ("one-token", "one-token", "two-token")]
    text = script_of([record(draft) for draft in drafts])

    assert [line for line in text.split("\n") if line.startswith("# @prompt")] == [
        "# @prompt token",
        "# @prompt token",
        "# @prompt token2",
    ]


def test_what_the_session_held_is_written_and_its_defaults_are_not() -> None:
    defaults = {"user-agent": "callbox"}
    text = written(
        Draft("GET", "http://h/"), headers={"User-Agent": defaults["user-agent"], "X-S": "1"}, defaults=defaults
    )

    assert text == "@base = http://h\n\n### GET /\nGET {{base}}/\nX-S: 1\n"


def test_options_of_the_request_become_directives() -> None:
    options = {"timeout": 1.5, "total-timeout": 3, "follow": False, "verify": False, "keep-method": True}
    text = written(Draft("GET", "http://h/", options=options))

    assert "# @no-redirect\n# @insecure\n# @keep-method\n# @timeout 1500 ms\n# @total-timeout 3000 ms\nGET" in text


def test_file_stays_a_file() -> None:
    content = file_content("in put.bin", lambda: (b"abc",), 3, "image/png")

    assert written(Draft("PUT", "http://h/", content=content)).endswith("Content-Type: image/png\n\n< in put.bin\n")


def test_multipart_is_written_part_by_part() -> None:
    parts = [Part("a", b"1"), Part("f", b"", "x.png", "image/png", "x.png", lambda: (b"",), 0), Part("n", b"x\r\ny")]
    text = written(Draft("POST", "http://h/", content=multipart_content(parts, "bb")))

    assert '--bb\nContent-Disposition: form-data; name="a"\n\n1\n--bb\n' in text
    assert 'filename="x.png"\nContent-Type: image/png\n\n< x.png\n--bb\n' in text
    assert "@body1 = x\\r\\ny\n" in text


def test_redirected_request_is_written_as_it_was_asked_for() -> None:
    asked = record(Draft("POST", "http://h/a"))
    landed = record(Draft("GET", "http://h/b"))._replace(history=(asked,))

    assert "POST {{base}}/a" in script_of([landed])


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(raw_content(b"\xff\xfe\x00"), id="binary"),
        pytest.param(Content(None, None, "stream", None, lambda: (b"x",)), id="from-a-pipe"),
    ],
)
def test_body_that_no_script_can_hold_is_refused(content: Content) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        written(Draft("POST", "http://h/", content=content))


def test_nothing_to_write_is_an_error() -> None:
    with pytest.raises(UsageError, match="No request was sent yet"):
        script_of([])


@check_rows(
    "body",
    [
        "### no separator",
        "a\n### b",
        "\n\nleading",
        "trailing\n\n",
        "# a comment?",
        "> {% no script %}",
        "> file.js",
        ">> out.txt",
        "?? status == 200",
        "@x = 1",
        "< file.txt",
        "<@ file.txt",
        "{{hole}}",
        "{{{triple}}}",
        "\\{\\{x\\}\\}",
        "HTTP/1.1 200 OK",
        "GET http://h/",
        "a\r\nb",
        "tab\there",
        "C:\\new\\table",
        " blanks ",
        "é\u2028 \x0b",
    ],
)
def test_body_like_syntax_survives(body: str) -> None:
    written(Draft("POST", "http://h/", content=raw_content(body, "text/plain")))


NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,8}", fullmatch=True).filter(
    lambda name: (
        name.lower() not in ("host", "content-length", "transfer-encoding", "cookie", "content-type", "authorization")
    )
)
LINES = st.text(st.characters(blacklist_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=20)
_ESCAPED = "\\{\\{"
"""Two braces as a script escapes them; it has no way to say the backslashes themselves, and refuses such a header."""
TEXTS = st.text(alphabet="ab{}#/<>@?=:&\\% \n\r\té", max_size=30)
CONTENTS = st.one_of(
    st.none(),
    TEXTS.map(lambda text: raw_content(text, "text/plain")),
    TEXTS.map(lambda text: raw_content(text)),
    st.recursive(st.integers() | LINES | st.none(), lambda inner: st.dictionaries(LINES, inner, max_size=3)).map(
        lambda value: json_content(json.dumps(value, indent=1))
    ),
    st.lists(st.tuples(LINES, LINES), max_size=4).map(form_content),
    st.lists(st.tuples(LINES, TEXTS), min_size=1, max_size=3).map(
        lambda pairs: multipart_content([Part(name, text.encode()) for name, text in pairs], "bOuNd")
    ),
)


@given(
    st.lists(
        st.builds(
            lambda method, path, headers, query, content: Draft(
                method, f"http://h/{path}", tuple(headers), tuple(query), content=content
            ),
            st.sampled_from(["GET", "POST", "PURGE", "QUERY"]),
            st.text(alphabet="ab/?=&{}# é.%:", max_size=12),
            st.lists(st.tuples(NAMES, LINES.map(str.strip)), max_size=3),
            st.lists(st.tuples(LINES, LINES), max_size=2),
            CONTENTS,
        ),
        min_size=1,
        max_size=3,
    )
)
def test_random_requests_survive(drafts: list[Draft]) -> None:
    # It reads each request back and raises where one came out different.
    assume(not any(_ESCAPED in value for draft in drafts for _, value in draft.headers))
    text = script_of([record(draft) for draft in drafts])

    assert text.count("\n### ") + text.startswith("### ") >= len(drafts)


@given(
    st.tuples(NAMES, LINES.map(str.strip)),
    CONTENTS,
    st.sampled_from(["ab", "a", "b=", "body", "base", '"', "e", "{", "\\"]),
)
def test_covered_requests_survive(header: tuple[str, str], content: Content | None, secret: str) -> None:
    assume(_ESCAPED not in header[1])
    # As above: what is covered is filled in again, and must come out as it was.
    script_of([record(Draft("POST", "http://h/a/bab?c=abba", (header,), content=content))], secrets={secret: "it"})


def test_escaped_braces_in_a_header_are_refused() -> None:
    with pytest.raises(UsageError, match="cannot be written as a script"):
        script_of([record(Draft("GET", "http://h/", (("A", f"a{_ESCAPED}b"),)))])


def test_reading_back_sees_a_difference() -> None:
    made = record(Draft("GET", "http://h/a"))
    strange = made._replace(outgoing=made.outgoing._replace(url=Url("http", "h", 80, "/a b")))

    with pytest.raises(UsageError, match="cannot be written"):
        script_of([strange])


def test_default_that_the_replayer_has_otherwise_is_written() -> None:
    held = {"User-Agent": "callbox", "Accept": "application/json"}
    made = record(
        Draft("GET", "http://h/"), SessionState(headers=held, defaults={k.lower(): v for k, v in held.items()})
    )

    text = script_of([made], defaults={"user-agent": "callbox", "accept": "*/*"})

    assert text == "@base = http://h\n\n### GET /\nGET {{base}}/\nAccept: application/json\n"


@pytest.mark.parametrize("is_manual", [True, False], ids=["by hand", "by a server"])
def test_cookie_set_by_hand_is_written_and_that_of_a_server_is_not(is_manual: bool) -> None:
    jar = Jar()
    jar.put(Cookie("a", "b", "h", is_manual=is_manual), 0.0)

    text = written(Draft("GET", "http://h/"), jar=jar)

    assert text.endswith("# @secret a\nGET {{base}}/\nCookie: a={{a}}\n") is is_manual


def test_time_grows_with_the_number_of_requests() -> None:
    made = [record(Draft("GET", f"http://h/{n}?token=t{n}", (("X-A", str(n)),))) for n in range(400)]

    assert_linear(script_of, made[:50], made, most=30)


def test_each_cookie_of_a_header_has_a_variable_of_its_name() -> None:
    text = written(Draft("GET", "http://h/", cookies=(("lang", "en"), ("sid", "s3cr3t"))))

    assert "# @secret lang\n# @secret sid\nGET {{base}}/\nCookie: lang={{lang}}; sid={{sid}}\n" in text


def earlier(draft: Draft, answer: object = None) -> Record:
    """The record of a request that an earlier shell has sent."""
    response = Headers((("content-type", "application/json"),))
    sent = record(draft)._replace(body=json.dumps(answer).encode(), response=INCOMING._replace(headers=response))
    return decode_record(encode_record(sent))


LOGIN = Draft("POST", "http://h/login", content=json_content('{"user": "ann", "password": "hunter2"}'))
ME = Draft("GET", "http://h/me", auth=Bearer("a-long-token-1234"))


def test_secrets_of_earlier_shells_do_not_share_a_variable() -> None:
    text = script_of([earlier(LOGIN), earlier(ME)], has_responses=True)

    assert '"password": "{{password}}"' in text
    assert "Authorization: Bearer {{token}}" in text


def test_token_of_an_earlier_shell_is_captured_from_the_response_that_has_one() -> None:
    answer = {"access_token": "a-long-token-1234", "refresh_token": "another-token-1234"}

    text = script_of([earlier(LOGIN, answer), earlier(ME), earlier(ME)], has_responses=True)

    assert "# @capture access_token = body $.access_token\n" in text
    assert text.count("Authorization: Bearer {{access_token}}") == 2
    assert text.count("@prompt") == 1


def test_token_of_an_earlier_shell_is_that_of_the_last_login_before() -> None:
    first, second = {"access_token": "a-long-token-1234"}, {"access_token": "another-token-1234"}
    login = LOGIN._replace(content=json_content('{"user": "vet", "password": "hunter3"}'))

    text = script_of([earlier(LOGIN, first), earlier(ME), earlier(login, second), earlier(ME)], has_responses=True)

    assert text.count("# @capture access_token = body $.access_token\n") == 1
    assert "# @capture access_token2 = body $.access_token\n" in text
    assert text.index("Bearer {{access_token}}") < text.index("Bearer {{access_token2}}")


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        pytest.param(LOGIN, True, id="the same request"),
        pytest.param(LOGIN._replace(url="http://other/login"), False, id="another origin"),
        pytest.param(
            LOGIN._replace(content=json_content('{"user": "bob", "password": "hunter3"}')), False, id="another user"
        ),
    ],
)
def test_secret_of_an_earlier_shell_is_asked_for_once_for_equal_requests(other: Draft, is_same: bool) -> None:
    text = script_of([earlier(LOGIN), earlier(other)])

    assert ("{{password2}}" not in text) is is_same


def test_two_secrets_of_one_name_in_one_body_have_two_variables() -> None:
    content = json_content('{"old": {"password": "hunter2"}, "new": {"password": "hunter3"}}')

    text = script_of([earlier(Draft("POST", "http://h/password", content=content))])

    assert '{"old": {"password": "{{password}}"}, "new": {"password": "{{password2}}"}}' in text


OLD, NEW = Bearer("an-old-token-1234"), Bearer("a-new-token-5678")
PLAIN_ME = Draft("GET", "http://h/me")


def answered(draft: Draft, answer: object, status: int = 200, *, auth: Bearer | None = None) -> Record:
    standing = SessionState(auth=lambda _: (auth, "auth") if auth is not None else None)
    response = INCOMING._replace(headers=Headers((("content-type", "application/json"),)), status=status)
    return record(draft, standing)._replace(body=json.dumps(answer).encode(), response=response)


def test_login_has_no_token_that_it_replaces() -> None:
    refused = answered(PLAIN_ME, {"detail": "expired"}, status=401, auth=OLD)
    login = answered(LOGIN, {"access_token": "a-new-token-5678"}, auth=OLD)

    text = script_of([refused, login, answered(PLAIN_ME, {}, auth=NEW)], has_responses=True)

    assert text.count("Authorization: ") == 1
    assert "Authorization: Bearer {{access_token}}" in text
    assert "{{token}}" not in text


@pytest.mark.parametrize(
    "records",
    [
        pytest.param(
            [answered(Draft("POST", "http://h/refresh"), {"access_token": "a-new-token-5678"}, auth=OLD),
             answered(PLAIN_ME, {}, auth=NEW)], id="a refresh without a credential in its body",
        ),
        pytest.param([answered(LOGIN, {"ok": True}, auth=OLD), answered(PLAIN_ME, {}, auth=OLD)], id="no new token"),
        pytest.param([answered(PLAIN_ME, {}, status=401, auth=OLD)], id="no login"),
    ],
)  # fmt: skip
def test_token_stays_that_no_login_of_the_script_replaces(records: list[Record]) -> None:
    assert "Authorization: Bearer {{token}}" in script_of(records, has_responses=True)


def test_token_of_an_earlier_response_stays_in_the_next_login() -> None:
    first = answered(LOGIN, {"access_token": "an-old-token-1234"})
    second = answered(LOGIN, {"access_token": "a-new-token-5678"}, auth=OLD)

    text = script_of([first, second, answered(PLAIN_ME, {}, auth=NEW)], has_responses=True)

    assert text.count("Authorization: Bearer {{access_token") == 2
