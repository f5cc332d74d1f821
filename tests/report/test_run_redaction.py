from __future__ import annotations

import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from html import escape
from urllib.parse import quote, quote_plus

import pytest
from tests.support.linear import assert_linear
from tests.support.rows import check_rows

from callbox.errors import CallboxError, Fault, Place, ScriptError
from callbox.exchange.auth_schemes import Basic
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.headers import Headers
from callbox.exchange.redaction.secrets_by_name import find_secrets, redact_named
from callbox.exchange.request import Draft, Field, Outgoing
from callbox.exchange.request_content import Content, Part
from callbox.exchange.response import ResponseHead
from callbox.exchange.secret import Secret
from callbox.exchange.url import parse as parse_url
from callbox.httpfile.assertion_evaluator import CheckResult
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.report.result import Result
from callbox.report.run_redaction import Redactor, RunSecrets, redact, redact_line, secrets_of

STEP = parse("### in\n# @name login\nPOST http://h/login", "a.http").steps[0]


def outgoing(url: str = "http://h/", *fields: Field, content: Content | None = None) -> Outgoing:
    return Outgoing("POST", parse_url(url), fields, content)


def answered(body: bytes = b"", *fields: tuple[str, str], sent: Outgoing | None = None) -> Result:
    record = Record(
        Draft("POST", ""), sent or outgoing(), ResponseHead(200, "OK", Headers(list(fields))), body, len(body)
    )
    return Result("a.http", "ok", STEP, record)


def redacted(result: Result) -> Result:
    return redact([result])[0]


def record_of(result: Result) -> Record:
    assert result.record is not None
    return result.record


@check_rows(
    "form",
    [
        pytest.param("p/w w&\"rd'", id="plain"),
        pytest.param(quote("p/w w&\"rd'"), id="percent"),
        pytest.param(quote("p/w w&\"rd'", ""), id="percent, strict"),
        pytest.param(quote_plus("p/w w&\"rd'"), id="form"),
        pytest.param("p%2fw%20w%26%22rd%27", id="percent, lower case"),
        pytest.param("p/w w&\\\"rd'", id="json"),
        pytest.param("p/w w&amp;&quot;rd&#x27;", id="html"),
        pytest.param(b64encode(b"p/w w&\"rd'").decode(), id="base64"),
        pytest.param(urlsafe_b64encode(b"p/w w&\"rd'").decode().rstrip("="), id="base64url, no padding"),
    ],
)
def test_a_value_is_masked_in_every_form(form: str) -> None:
    assert Redactor(RunSecrets(["p/w w&\"rd'"])).text(f"before {form} after") == "before ... after"


@check_rows("before", ["", "u", "us", "ann:"])
@check_rows("after", ["", "x", "yz", " and more"])
def test_base64_around_a_value_does_not_hide_it(before: str, after: str) -> None:
    text = b64encode(f"{before}hunter22{after}".encode()).decode()
    masked = Redactor(RunSecrets(["hunter22"])).text(text)

    assert masked != text
    assert len(masked.replace("...", "")) <= len(text) - 9


def test_a_long_value_keeps_its_ends() -> None:
    assert Redactor(RunSecrets(["abcdefghijklmnop"])).text("=abcdefghijklmnop=") == "=...="


def test_a_value_of_three_characters_is_left() -> None:
    assert Redactor(RunSecrets(["abc"])).text("abcd") == "abcd"


@check_rows(
    ("text", "masked"),
    [
        ('{"password": "a\\"b", "x": 1}', '{"password": "...", "x": 1}'),
        ('{"pin_token": 1234}', '{"pin_token": "..."}'),
        ('{"Authorization": ["Bearer abc", "Basic x"]}', '{"Authorization": ["...", "..."]}'),
        ('{"token": null, "session": {"a": 1}}', '{"token": null, "session": {"a": 1}}'),
        ("user=ann&password=x%20y", "user=ann&password=..."),
        ("GET /a?access_token=abc&b=1 HTTP/1.1", "GET /a?access_token=...&b=1 HTTP/1.1"),
        ("at http://ann:p@ss@h/x", "at http://ann:...@h/x"),
        ("Authorization: Bearer abc\nHost: h", "Authorization: Bearer ...\nHost: h"),
        ("Author: Bearer abc", "Author: Bearer abc"),
        ("a == b: c", "a == b: c"),
    ],
)
def test_values_are_masked_by_their_names(text: str, masked: str) -> None:
    assert redact_named(text) == masked


@check_rows(
    ("text", "values"),
    [
        ('{"password": "a\\"b", "x": "y"}', ['a"b']),
        ("password=a+b&c=d", ["a b"]),
        ("https://u:p%40w@h/", ["p@w"]),
        ("X-Api-Key: abc", ["abc"]),
        ("nothing here", []),
    ],
)
def test_values_are_found_by_their_names(text: str, values: list[str]) -> None:
    assert list(find_secrets(text)) == values


@check_rows("text", ['"token' * 20_000, "://a:" * 20_000, "\n \t" * 20_000])
def test_named_values_are_looked_for_in_linear_time(text: str) -> None:
    assert redact_named(text) == text


def test_texts_of_a_list_that_is_cut_off_are_masked_in_linear_time() -> None:
    assert redact_named('"token": [' + '"a",' * 20_000) == '"token": [' + '"...",' * 20_000


def test_what_was_sent_is_masked_where_the_answer_echoes_it() -> None:
    sent = outgoing("http://h/", Field("Authorization", Secret("tok-en-1", "Bearer "), "auth"))
    record = record_of(redacted(answered(b'{"echo": "Bearer tok-en-1"}', sent=sent)))

    assert record.body == b'{"echo": "Bearer ..."}'
    assert record.outgoing.headers[0].value == "Bearer ..."


def test_a_bearer_token_is_redacted_under_a_harmless_name() -> None:
    sent = outgoing("http://h/?q=Bearer+tok-en-2", Field("X-Upstream", "Bearer tok-en-1", "script"))
    record = record_of(redacted(answered(b'{"echo": "Bearer tok-en-3"}', sent=sent)))

    assert record.outgoing.headers[0].value == "Bearer ..."
    assert record.outgoing.url.query == "q=Bearer+..."
    assert record.body == b'{"echo": "Bearer ..."}'


def test_the_password_within_a_basic_credential_is_known() -> None:
    auth = Basic("ann", "hunter22")
    sent = outgoing("http://h/", Field("Authorization", auth.fields(outgoing())[0][1], "auth"))

    assert record_of(redacted(answered(b"you said hunter22", sent=sent))).body == b"you said ..."


def test_a_password_in_a_body_is_masked_there_and_where_it_returns() -> None:
    sent = outgoing(content=Content(b'{"password": "hunter22"}', "application/json", "json"))
    record = record_of(redacted(answered(b"hunter22", sent=sent)))

    assert record.outgoing.content is not None
    assert record.outgoing.content.data == b'{"password": "..."}'
    assert record.body == b"..."


def test_a_secret_part_of_a_multipart_body_is_masked() -> None:
    content = Content(b"raw hunter22", parts=(Part("password", b"hunter22"), Part("x", b"hunter22")))
    found = record_of(redacted(answered(sent=outgoing(content=content)))).outgoing.content

    assert found is not None
    assert (found.data, [part.data for part in found.parts]) == (b"raw ...", [b"...", b"..."])


def test_ends_that_need_escaping_are_masked_too() -> None:
    result = answered(b'{"a": "\\"bcdefghijklmnop\\""}')._replace(secrets=(Secret('"bcdefghijklmnop"'),))

    assert record_of(redacted(result)).body == b'{"a": "..."}'


def test_cookies_keep_their_names() -> None:
    sent = outgoing("http://h/", Field("Cookie", "sid=abc; theme=dark", "jar"))
    record = record_of(redacted(answered(b"", ("Set-Cookie", "sid=abc; Path=/; HttpOnly"), sent=sent)))

    assert record.outgoing.headers[0].value == "sid=...; theme=..."
    assert record.response.headers["Set-Cookie"] == "sid=...; Path=/; HttpOnly"


def test_userinfo_never_leaves() -> None:
    url = record_of(redacted(answered(b"hunter22", sent=outgoing("http://ann:hunter22@h/a")))).outgoing.url

    assert (url.username, url.password, url.text) == ("", "", "http://h/a")


@check_rows(
    ("name", "value"),
    [
        ("X-Auth-Token", "value-12"),
        ("Set-Cookie", "sid=value-12-value-12; Path=/"),
        ("Location", "/next?access_token=value-12-value-12&x=1"),
    ],
)
def test_a_credential_that_an_answer_sets_is_masked_where_it_returns(name: str, value: str) -> None:
    found = re.search(r"value-[12](?:[\w-]*)", value)
    assert found is not None
    record = record_of(redacted(answered(f"again: {found[0]}".encode(), (name, value))))

    assert "value" not in record.response.headers[name]
    assert b"value" not in record.body


def test_plain_words_of_an_answer_are_no_secrets() -> None:
    body = b'{"auth": "required", "token": "expired", "session": "unauthenticated", "x": "required, unauthenticated"}'

    assert b'"x": "required, unauthenticated"' in record_of(redacted(answered(body))).body


def _kinds(parent: type[CallboxError]) -> Iterator[type[CallboxError]]:
    yield parent
    for child in parent.__subclasses__():
        yield from _kinds(child)


def test_every_kind_of_error_can_be_masked() -> None:
    for kind in _kinds(CallboxError):
        result = Result("a.http", "error", STEP, error=kind("no hunter22"), secrets=(Secret("hunter22"),))
        found = redacted(result).error

        assert type(found) is kind
        assert found.message == "no ..."


def test_what_a_later_request_gives_away_is_masked_in_an_earlier_one() -> None:
    later = answered(sent=outgoing("http://h/", Field("Authorization", Secret("value-12", "Bearer "), "auth")))
    first, _ = redact([answered(b'{"value": "value-12"}'), later])

    assert record_of(first).body == b'{"value": "..."}'


def test_hops_are_masked() -> None:
    past = record_of(answered(b"", ("Location", "/x?token=abc")))
    result = answered()
    result = redacted(result._replace(record=record_of(result)._replace(history=(past,))))

    assert record_of(result).history[0].response.headers["Location"] == "/x?token=..."


@check_rows("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_a_body_keeps_its_encoding(encoding: str) -> None:
    result = answered("é hunter22".encode(encoding), ("Content-Type", f"text/plain; charset={encoding}"))
    record = record_of(redacted(result._replace(secrets=(Secret("hunter22"),))))

    assert record.body.decode(encoding) == "é ..."


@check_rows("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@check_rows(
    "media_type", ["application/json", "application/json; charset=utf-8", "application/x-ndjson", "text/plain", ""]
)
def test_body_in_utf_16_or_32_without_a_mark_is_redacted(encoding: str, media_type: str) -> None:
    body = '{"password": "hunter22", "echo": "hunter33"}'.encode(encoding)
    record = record_of(redacted(answered(body, ("Content-Type", media_type))._replace(secrets=(Secret("hunter33"),))))

    assert record.body.decode(encoding) == '{"password": "...", "echo": "..."}'


def test_password_of_a_body_in_utf_16_is_redacted_where_it_returns() -> None:
    body = '{"password": "hunter22hunter22"}'.encode("utf-16-be")
    result = redacted(answered(body, ("Content-Type", "application/json"), ("X-Echo", "hunter22hunter22")))

    assert record_of(result).response.headers["X-Echo"] == "..."


def test_bytes_without_a_secret_stay_as_they_are() -> None:
    data = bytes(range(256)) * 3

    assert record_of(redacted(answered(data)._replace(secrets=(Secret("hunter22"),)))).body == data


ERROR_PLACE = Place("a.http", 3, 1, 1, "Authorization: Bearer abc")


@pytest.fixture(scope="module")
def failed() -> Result:
    """A redacted result with a secret in each of its texts."""
    return redacted(
        Result(
            "a.http",
            "error",
            STEP,
            error=ScriptError("no hunter22", hint="hunter22?", place=ERROR_PLACE),
            checks=(CheckResult("body == hunter22", False, "hunter22", "hunter22!"),),
            captures=(("token", "abc"), ("a", "hunter22")),
            notes=("hunter22 was kept",),
            secrets=(Secret("hunter22"),),
        )
    )


def test_no_text_of_a_result_holds_its_secret(failed: Result) -> None:
    assert "hunter22" not in repr(failed)


def test_captures_are_redacted(failed: Result) -> None:
    assert failed.captures == (("token", "..."), ("a", "..."))


def test_an_error_and_its_place_are_redacted(failed: Result) -> None:
    assert failed.error is not None
    assert (failed.error.message, failed.error.hint) == ("no ...", "...?")
    assert failed.error.place == ERROR_PLACE._replace(source="Authorization: Bearer ...")


def test_checks_are_redacted(failed: Result) -> None:
    assert failed.checks[0] == CheckResult("body == ...", False, "...", "...!")


def test_an_error_keeps_its_kind() -> None:
    error = redacted(Result("a.http", "error", STEP, error=Fault("x", kind="timeout"))).error

    assert isinstance(error, Fault)
    assert (error.kind, error.exit_code) == ("timeout", 3)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        pytest.param("# @name hunter22\nGET http://h/", "...", id="name"),
        pytest.param("### with hunter22\nGET http://h/", "with ...", id="title"),
        pytest.param("GET http://ann:pw@h/?token=abc", "GET http://ann:...@h/?token=...", id="target"),
        pytest.param("curl http://h/?token=abc", "curl http://h/?token=...", id="curl"),
    ],
)
def test_what_a_request_is_called_is_masked(text: str, label: str) -> None:
    shown = redacted(Result("a.http", "skipped", parse(text, "a.http").steps[0], secrets=(Secret("hunter22"),))).step

    assert shown is not None
    assert shown.label == label


def test_among_thousands_of_secrets_each_is_found() -> None:
    redactor = Redactor(RunSecrets(f"secret-{number}" for number in range(1000)))

    assert redactor.text("a secret-7 and secret-999, then " + quote_plus("secret-5")) == "a ... and ..., then ..."


@check_rows(
    ("secret", "text"),
    [
        pytest.param(
            r"a\b$HOME{}[]", "a=a%5Cb$HOME%7B%7D[]&b=1", id="a form: only what may not stand there is encoded"
        ),
        pytest.param("a%41b c", "/x?a%41b%20c", id="a URL: what is encoded already stays"),
        pytest.param(
            "p\u00e4ss-\u65e5", "X-Key: p\u00c3\u00a4ss-\u00e6\u0097\u00a5", id="a header: UTF-8 read as Latin-1"
        ),
        pytest.param("p\u00e4ss-word", '{"k": "p\\u00c3\\u00a4ss-word"}', id="the same in JSON"),
    ],
)
def test_secret_is_found_as_it_is_sent_and_echoed(secret: str, text: str) -> None:
    assert len(RunSecrets([secret]).redact_values(text)) < len(text)


def test_secret_with_an_ampersand_is_masked_across_the_parameters_it_makes() -> None:
    sent = outgoing("http://h/?a=left&right=x&b=1")

    assert Redactor(RunSecrets(["left&right=x"])).outgoing(sent).url.query == "a=...&b=1"


@check_rows("secret", ["pa{{ssw0rd", "{{pa}}ssw0rd", "tok{{x}}en12"])
def test_a_secret_that_holds_braces_is_masked(secret: str) -> None:
    shown = redacted(answered(f"echo {secret}".encode())._replace(secrets=(Secret(secret),)))

    assert secret.encode() not in record_of(shown).body


@check_rows("before", [300, 460, 490, 495, 499, 63_990, 64_000])
@check_rows("part", ["expected", "actual", "text", "note", "message"])
def test_secret_at_a_cut_is_redacted_whole(before: int, part: str) -> None:
    secret = "Kx7/q\"vBn2+mZ9'pL4w&Rt"
    text = "d" * before + secret + "e" * 3_000
    result = answered()._replace(secrets=(Secret(secret),))
    if part == "note":
        result = result._replace(notes=(text,))
    elif part == "message":
        result = result._replace(error=CallboxError(text))
    else:
        check_result = CheckResult("body == x", False, "x", "y")._replace(**{part: text})
        result = result._replace(checks=(check_result,))

    found = redacted(result)

    shown = [*found.notes, *(text for one in found.checks for text in (one.text, one.expected, one.actual))]
    shown += [found.error.message] if found.error is not None else []
    assert not [text for text in shown if secret[:3] in text]
    assert all(len(text) < 2_100 for text in shown)


def test_text_of_secrets_alone_shows_no_part_of_one_that_was_cut() -> None:
    secret = "Kx7/qvBn2+mZ9" * 30
    check_result = CheckResult("body == x", False, "x", (secret * 1_000)[:64_000])

    (shown,) = redacted(answered()._replace(secrets=(Secret(secret),), checks=(check_result,))).checks

    assert "Kx7" not in shown.actual


HARD = "Kx7/q<vB>n&2+m\"Z'9\\p é\U0001f600`="


def _go(text: str) -> str:
    escaped = json.dumps(text, ensure_ascii=False)[1:-1]
    return escaped.replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026")


def _dotnet(text: str) -> str:
    return "".join(_dotnet_character(character) for character in text)


def _dotnet_character(character: str) -> str:
    if character == "\\":
        return r"\\"
    if character.isascii() and character not in "<>&+'\"`":
        return character
    units = character.encode("utf-16-be").hex().upper()
    return "".join(rf"\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def _go_html(text: str) -> str:
    names = {"<": "&lt;", ">": "&gt;", "&": "&amp;", '"': "&#34;", "'": "&#39;", "+": "&#43;"}
    return "".join(names.get(character, character) for character in text)


def _references(text: str) -> str:
    return "".join(f"&#x{ord(character):x};" if not character.isalnum() else character for character in text)


WRITERS = [json.dumps, _go, _dotnet, _go_html, _references, escape, quote]


@check_rows("inner", WRITERS, ids=lambda writer: writer.__name__)
@check_rows("outer", [str, json.dumps, _go, _dotnet, escape], ids=lambda writer: writer.__name__)
@check_rows("secret", [HARD, 'a"b<c', "p+q&r's", "\\\\ab\\"])
def test_escaped_secret_is_redacted_whatever_wrote_it(inner, outer, secret: str) -> None:
    text = outer(f"111 {inner(secret)} 222")

    shown = Redactor(RunSecrets([secret])).text(text)

    assert re.sub(r"\\+u[0-9A-Fa-f]{4}|&[^;]*;|\W", "", shown) == "111222"


def test_text_that_only_resembles_a_secret_stays() -> None:
    text = r'before a\u0022b a"c a&quot;b &amp; 100% after'

    assert Redactor(RunSecrets(['a"b<c'])).text(text) == text


def test_looking_for_escaped_secrets_takes_time_by_the_length_of_the_text() -> None:
    secrets = RunSecrets(["&&&&&&&&", "\\\\\\\\\\", "%%%%%%", 'a"b<c'])
    for unit in ("&amp;", "\\", "%25", "&#0", 'a\\"'):
        assert_linear(secrets.redact_values, unit * 4_000, unit * 32_000, most=30)


@check_rows(
    "given",
    [
        answered(b'{"token": "tok-1234567890"}', sent=outgoing("http://h/?token=S3CRET1&a=tok-1234567890")),
        answered(sent=outgoing("http://h/S3CRET-header", Field("X-Api-Key", "S3CRET-header", "item"))),
        answered(b"x", ("Set-Cookie", "sid=abcdef1234567890"))._replace(
            notes=("sid is abcdef1234567890", "INFO password: S3CRET word"), reason="got token: S3CRET",
        ),
        answered()._replace(
            captures=(("token", "S3CRET-value"),), error=ScriptError("no S3CRET-value", hint="password = S3CRET"),
        ),
        answered()._replace(checks=(CheckResult("x == S3CRET-given", False, "S3CRET-given", "1"),), secrets=(Secret("S3CRET-given"),)),
    ],
)  # fmt: skip
def test_line_of_a_result_says_what_the_whole_result_says(given: Result) -> None:
    line, whole = redact_line(given, secrets_of([given])), redacted(given)

    assert record_of(line).outgoing.url == record_of(whole).outgoing.url
    assert record_of(line).response.status == record_of(whole).response.status
    assert (line.notes, line.reason, line.captures, line.checks) == (
        whole.notes,
        whole.reason,
        whole.captures,
        whole.checks,
    )
    assert str(line.error) == str(whole.error)
    assert (
        "S3CRET"
        not in f"{line.notes}{line.reason}{line.captures}{line.checks}{line.error}{record_of(line).outgoing.url}"
    )


def test_a_token_is_masked_by_its_form_in_the_url_the_headers_and_the_body() -> None:
    token = "eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2lnbmF0dXJl"
    sent = outgoing(f"http://h/x?t={token}", Field("X-A", token, "item"))
    record = record_of(redacted(answered(f'{{"t": "{token}"}}'.encode(), ("X-B", token), sent=sent)))

    assert record.outgoing.url.query == "t=..."
    assert [field.value for field in record.outgoing.headers] == ["..."]
    assert record.response.headers["X-B"] == "..."
    assert record.body == b'{"t": "..."}'
