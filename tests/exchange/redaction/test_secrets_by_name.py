"""Credentials that a name gives away."""

from __future__ import annotations

import pytest
from tests.support.linear import assert_brief, assert_linear
from tests.support.rows import check_rows

from callbox.exchange.redaction.displayed_fields_and_values import redact_shown_url
from callbox.exchange.redaction.secrets_by_name import find_secrets, redact_named
from callbox.exchange.redaction.urls import redact_url


def read(text: str) -> None:
    """Read a text in both ways."""
    redact_named(text)
    list(find_secrets(text))


@check_rows(
    "text",
    [
        '{"user": "ann", "password": "{{password}}"}',
        "password={{password}}&a=1",
        "http://ann:{{password}}@h/",
        "Authorization: Bearer {{token}}",
        "X-Api-Key: {{key}}",
        "GET http://h/?access_token={{login.response.body.$.token}}",
    ],
)
def test_what_is_yet_to_be_filled_in_is_no_secret(text: str) -> None:
    assert redact_named(text) == text


@check_rows(
    "text", ["@me = Authorization: Bearer hunter2hunter2", "@token=hunter2hunter2", "  @db.password = hunter2hunter2"]
)
def test_what_a_script_defines_under_such_a_name_is_one(text: str) -> None:
    assert "hunter2hunter2" not in redact_named(text)


@check_rows("text", ["@token = {{login.token}}", "@me = Authorization: {{t}}", "@user = ann"])
def test_what_a_script_defines_otherwise_is_none(text: str) -> None:
    assert redact_named(text) == text


@check_rows("text", ['"password": "{{x}}hunter2"', "token={{x}}hunter2", "X-Api-Key: {{x}}hunter2"])
def test_what_stands_beside_it_is_one(text: str) -> None:
    assert "hunter2" not in redact_named(text)


def test_what_describes_a_credential_within_it_is_not_secret_elsewhere() -> None:
    text = '{"credentials": [{"type": "password", "value": "x1", "user": "ann"}, "x2"], "auth": {"method": "plain"}}'

    assert list(find_secrets(text)) == ["x1", "ann", "x2"]


@check_rows(
    ("text", "found"),
    [
        pytest.param("a%74okens=1&%74oken=22", ["22"], id="letters that are percent-encoded"),
        pytest.param("user%5Ftoken=33", ["33"], id="an encoded underscore"),
        pytest.param("user%5Bpassword%5D=34&user[pass]=35&user.pwd=36", ["34", "35", "36"], id="fields within fields"),
        pytest.param(r'{"p\u0061ssword": "37", "\u0061uthor": 1}', ["37"], id="letters that are escaped in JSON"),
        pytest.param("\u017fecret=44", ["44"], id="a long s, which is an s in any case"),
        pytest.param('\u0130\u0130 {"TOKEN": "55"}', ["55"], id="behind letters that grow in lower case"),
        pytest.param('{"kind": "token", "size": 1}', [], id="a value"),
        pytest.param('{"author": "ann", "monkeys=": 2}', [], id="a part of another word"),
        pytest.param("a=b?token=c", ["c"], id="inside of another value"),
        pytest.param("x" * 9_000 + "&token=66", ["66"], id="behind a long run"),
    ],
)
def test_names_are_found_wherever_they_stand(text: str, found: list[str]) -> None:
    assert list(find_secrets(text)) == found


@pytest.mark.parametrize(
    "unit",
    ['"author": "x", ', '"token": "x", ', '"token": [', "token=", "a&token=b ", "token: x\n", '"%41": '],
)
def test_time_grows_with_the_size(unit: str) -> None:
    once, eight_times = (unit * (size // len(unit)) for size in (2_000, 16_000))

    assert_linear(redact_named, once, eight_times, most=22)


FORM = (
    '--b\r\nContent-Disposition: form-data; name="password"\r\n\r\nhunter2\r\n'
    '--b\r\nContent-Disposition: form-data; filename="k"; name="api_key"\r\nContent-Type: text/plain\r\n\r\nsecond\nhunter3\r\n'
    '--b\r\nContent-Disposition: form-data; name="user"; filename="password"\r\n\r\nann\r\n--b--\r\n'
)


@pytest.mark.parametrize("newline", ["\r\n", "\n"])
def test_parts_of_a_form_are_named_too(newline: str) -> None:
    text = FORM.replace("\r\n", newline)

    assert redact_named(text) == text.replace("hunter2", "...").replace("second\nhunter3", "...")
    assert list(find_secrets(text)) == ["hunter2", "second\nhunter3"]


def test_form_without_ends_is_read_in_linear_time() -> None:
    head = 'Content-Disposition: form-data; name="password"\r\n\r\nx'

    assert_linear(redact_named, head * 100, head * 800, most=30)


@check_rows(
    ("text", "masked"),
    [
        (
            "<login><user>ann</user><password>hunter2</password></login>",
            "<login><user>ann</user><password>...</password></login>",
        ),
        (
            '<wsse:Password Type="#Text">\n  hunter2\n</wsse:Password>',
            '<wsse:Password Type="#Text">\n  ...</wsse:Password>',
        ),
        ('<user name="ann" password="hunter2"/>', '<user name="ann" password="..."/>'),
        ("<a x:token='hunter2' b='c'>", "<a x:token='...' b='c'>"),
        ('api_key = "hunter2"', 'api_key = "..."'),
        (r'{"a": "<t token=\"hunter2\"/>"}', r'{"a": "<t token=\"...\"/>"}'),
        (r'{"a": "<t token=\"\"/>", "b": 1}', r'{"a": "<t token=\"\"/>", "b": 1}'),
        (r'{"a": "of ?token=hunter2\" and"}', r'{"a": "of ?token=...\" and"}'),
        (r'{"a": "<password>hunter2<\/password>"}', r'{"a": "<password>...<\/password>"}'),
        (r'<t token="a\hunter2\b"/>', r'<t token="..."/>'),
        (r"?token=a\hunter2", "?token=..."),
        ("<password>{{pw}}</password>", "<password>{{pw}}</password>"),
        ("<password/><user>ann</user>", "<password/><user>ann</user>"),
        ("<password></password><user>ann</user>", "<password></password><user>ann</user>"),
        ("<author>Jane</author><tokens>3</tokens>", "<author>Jane</author><tokens>3</tokens>"),
        ("<token><value>1</value></token>", "<token><value>...</value></token>"),
    ],
)
def test_elements_and_attributes_are_named_too(text: str, masked: str) -> None:
    assert redact_named(text) == masked


def test_values_of_markup_are_found() -> None:
    text = '<a password="one&amp;1"><token> two </token></a>'

    assert sorted(find_secrets(text)) == ["one&1", "two"]


@pytest.mark.parametrize("part", ["<password", "<password>x", "password='", "<token a='", "x" * 50 + "token="])
def test_markup_without_ends_is_read_in_linear_time(part: str) -> None:
    assert_linear(redact_named, part * 250, part * 2_000, most=30)


@check_rows(
    ("text", "masked"),
    [
        (
            '{"password": {"new": "S3CRET", "old": ["S3CRET", 12]}, "a": "b"}',
            '{"password": {"new": "...", "old": ["...", "..."]}, "a": "b"}',
        ),
        ('{"cookies": {"sid": "S3CRET"}, "session": {"user": "ann"}}', '{"cookies": {"sid": "..."}, "session": {"user": "ann"}}'),
        ('{"secrets": [], "a": {"password": {}}}', '{"secrets": [], "a": {"password": {}}}'),
        ('{"password": {"a": "S3CRET', '{"password": {"a": "..."'),
        ('{"a": 1, "accessToken": "S3CRET', '{"a": 1, "accessToken": "..."'),
        (r'{"echo": "{\"newPassword\": \"S3CRET\", \"pin\": 1234}"}', r'{"echo": "{\"newPassword\": \"...\", \"pin\": ...}"}'),
        (
            r'{"a": "{\"b\": \"{\\\"password\\\": \\\"S3CRET\\\"}\"}"}',
            r'{"a": "{\"b\": \"{\\\"password\\\": \\\"...\\\"}\"}"}',
        ),
        (r'{"query": "mutation { login(password: \"S3CRET\") { id } }"}', r'{"query": "mutation { login(password: \"...\") { id } }"}'),
        ('mutation { login(password: "S3CRET", a: 1) }', 'mutation { login(password: "...", a: 1) }'),
        ("{'clientSecret': 'S3CRET'}", "{'clientSecret': '...'}"),
        ("Set-Cookie: sid=S3CRET; Path=/", "Set-Cookie: sid=...; Path=/"),
        ("user.passwd: S3CRET", "user.passwd: ..."),
    ],
)  # fmt: skip
def test_what_is_within_something_else_is_found_too(text: str, masked: str) -> None:
    assert redact_named(text) == masked
    assert any("S3CRET" in found for found in find_secrets(text)) is ("S3CRET" in text)


@pytest.mark.parametrize(
    "part", ['"password":{', '"password":[', r"\"token\":", r"{\"token\": \"", '"cookies":{"a":', "'token': '", r'\\"']
)
def test_nested_texts_without_ends_are_read_in_linear_time(part: str) -> None:
    once, eight_times = (part * (size // len(part)) + "token=1" for size in (1_500, 12_000))

    assert_linear(read, once, eight_times, most=22)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(":" + "\\" * 1_000_000 + "%41" * 66, id="before letters that are encoded"),
        pytest.param(":" + "\\" * 1_000_000 + "\\u0041" * 66, id="before letters that are escaped"),
        pytest.param(r"{\"token\": \"" + "\\" * 200_000, id="in a value that does not end"),
        pytest.param("token='" + "\\" * 1_000_000, id="in an attribute"),
    ],
)
def test_long_run_of_backslashes_takes_no_more_than_moments(text: str) -> None:
    assert_brief(lambda: read(text))


@check_rows(
    "text",
    [
        "/login?next=/cb?token=S3CRET",
        "/login?next=%2Fcb%3Ftoken%3DS3CRET&a=1",
        "/login?next=%2Fcb%3Fa%3D1%26token%3DS3CRET",
        "?next=%252Fcb%253Ftoken%253DS3CRET%2526a%253Db",
        "?u=http%3A%2F%2Fann%3AS3CRET%40h",
        "/to/http%3A%2F%2Fann%3AS3CRET%40h/x",
        "//ann:S3CRET@h/",
        "/a;jsessionid=S3CRET?x=1",
    ],
)
def test_urls_within_urls_are_looked_into(text: str) -> None:
    assert "S3CRET" not in redact_named(text)
    assert "S3CRET" not in redact_url(text)
    assert any("S3CRET" in found for found in find_secrets(text))


def test_json_within_a_parameter_is_looked_into() -> None:
    assert redact_named("?d=%7B%22token%22%3A%22S3CRET%22%7D") == "?d=%7B%22token%22%3A%22...%22%7D"


@check_rows(
    "value",
    [
        "%7B%22password%22:%22S3CRET%22%7D",
        "{%22password%22:%22S3CRET%22}",
        "%7B%22a%22:[1],%22password%22%20:%20%22S3CRET%22%7D",
        "[%22a%22,%7B%22password%22:+%22S3CRET%22%7D]",
        "%7B%22headers%22:%7B%22X-Api-Key%22:[%22S3CRET%22]%7D%7D",
        "%7B%22name%22:%22password%22,%22value%22:%22S3CRET%22%7D",
        "%7B%27password%27:%27S3CRET%27%7D",
        "%7Bpassword:S3CRET%7D",
        "%257B%2522password%2522:%2522S3CRET%2522%257D",
    ],
)
@check_rows("text", ["/x?f={}", "http://h/x?a=b&f={}&c=d#e", "f={}&g=1"])
def test_json_within_a_parameter_is_searched_if_its_colon_is_not_encoded(text: str, value: str) -> None:
    text = text.replace("{}", value)

    assert "S3CRET" not in redact_named(text)
    assert "S3CRET" not in redact_shown_url(text)
    assert any("S3CRET" in found for found in find_secrets(text))


@check_rows("text", ["?a=%3D%3D%20b", "/x%3Ay?q=a%40b", "?next=%2fcb%3fpage%3d2", "http://ann@h/", "a=%ff%3d"])
def test_what_is_encoded_and_no_secret_stays_to_the_letter(text: str) -> None:
    assert redact_named(text) == redact_url(text) == text


def test_proxy_without_a_scheme_has_its_password_masked() -> None:
    assert redact_url("ann:S3CRET@127.0.0.1:9") == "ann:...@127.0.0.1:9"


def test_token_that_stands_for_a_user_is_masked() -> None:
    text = "https://ghp_0123456789abcd@h/ https://ghp_0123456789abcd:x-oauth-basic@h/"

    assert "0123" not in redact_named(text)
    assert "ghp_0123456789abcd" in list(find_secrets(text))


@pytest.mark.parametrize(
    "unit", ["%3D", "a=%3A&", "%22:", "a=%7B%22&", "%253D%25", "//a:b", "x=y?", "//aaaaaaaaaaaaaaaa1:"]
)
def test_encoded_texts_are_read_in_linear_time(unit: str) -> None:
    def redact_both(text: str) -> None:
        redact_named(text)
        redact_url(text)

    once, eight_times = (unit * (size // len(unit)) for size in (2_500, 20_000))

    assert_linear(redact_both, once, eight_times, most=22)


@check_rows(
    "text",
    [
        '{"token": {"access": "S3CRET", "type": "x"}}',
        '{"credentials": [{"value": "S3CRET"}]}',
        '{"session": {"id": "S3CRET", "user": "ann"}, "authorization": {"parameter": "S3CRET"}, "auth": {"key": "S3CRET"}, "oauth": {"code": "S3CRET"}}',
        '{"jwt": {"raw": "S3CRET"}, "auth": {"password": "S3CRET", "more": {"value": "S3CRET"}}}',
        '{"headers": ["Authorization: Bearer S3CRET", "Accept: x"]}',
        r'{"headers": "Accept: x\r\nX-Api-Key: S3CRET\r\nA: b"}',
        '[{"name": "password", "value": "S3CRET"}]',
        '[{"value": "S3CRET", "name": "password"}]',
        '{"key": "token", "type": "x", "value": ["S3CRET"]}',
        r'{"a": "{\"name\": \"password\", \"value\": \"S3CRET\"}"}',
        '<add key="password" value="S3CRET"/>',
        '<input type="hidden" value="S3CRET" name="csrf_token">',
        '<meta name="csrf-token" content="S3CRET">',
        "<meta content=S3CRET name=csrf-token>",
        "<password><![CDATA[S3CRET<&>]]></password>",
        "<password><!-- a --> S3CRET</password>",
        "<BinarySecurityToken>" + "x" * 5000 + "S3CRET</BinarySecurityToken>",
        'token="' + "x" * 5000 + 'S3CRET"',
        "&quot;password&quot;:&quot;S3CRET&quot;",
        "&#34;password&#34;: &#34;S3CRET&#34;",
        "--b\r\nContent-Disposition: form-data; name=password\r\n\r\nS3CRET\r\n--b--",
        '--b\r\nContent-Disposition: form-data; name="password"\r\n\r\n' + "x" * 5000 + "S3CRET\r\n--b--",
    ],
)
def test_values_beside_and_below_a_name_are_found(text: str) -> None:
    assert "S3CRET" not in redact_named(text)
    assert any("S3CRET" in found for found in find_secrets(text))


@check_rows(
    "text",
    [
        '{"session": {"user": "ann", "roles": ["a"]}}',
        '[{"name": "city", "value": "Bath"}, {"name": "password", "label": "x"}]',
        '{"name": "password"}, {"value": "Bath"}',
        '<input name="city" value="Bath"><input name="password">',
        '{"value": 1, "content": {"id": 2}}',
        '["author: ann", "status: ok"]',
    ],
)
def test_values_beside_other_names_stay(text: str) -> None:
    assert redact_named(text) == text


@pytest.mark.parametrize(
    "part",
    [
        '"token":{"id":', '"auth":[', '{"value":', ' value=', '"name":"password",', '<password><![CDATA[', "<token>a]",
        "&quot;token&quot;:&quot;", '"token: ', r"\ntoken: ", "Content-Disposition: form-data; name=token\n\nx\n",
        '{"name":"token","value":"x"},', "<token><!-- ",
    ],
)  # fmt: skip
def test_values_beside_names_are_read_in_linear_time(part: str) -> None:
    once, eight_times = (part * (size // len(part)) + "token=1" for size in (2_500, 20_000))

    assert_linear(read, once, eight_times, most=22)
