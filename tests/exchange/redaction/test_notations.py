"""The notations in which a credential's name stands beside its value, and what is like them and no secret."""

from __future__ import annotations

import pytest
from tests.support.linear import assert_linear
from tests.support.notations import NOTATIONS
from tests.support.rows import check_rows

from callbox.exchange.redaction.secrets_by_name import find_secrets, redact_named

IN_RESPONSES = {
    "json, escaped slashes": r'{"u":"https:\/\/u:S3CRET@h\/?a=b"}',
    "element named by an attribute": '<property name="password">S3CRET</property>',
    "element named by its first attribute": '<string name="api_key" type="x">S3CRET</string>',
    "element within such an element": "<setting name='password'><value>S3CRET</value></setting>",
    "attribute of an element": '<password value="S3CRET"/>',
    "second attribute of an element": "<x:apiToken type='a>b'\n  value = 'S3CRET'></x:apiToken>",
    "attribute of an element in a JSON string": r'{"xml": "<password value=\"S3CRET\"\/>"}',
    "xml-rpc": "<member><name>password</name>\n<value><string>S3CRET</string></value></member>",
    "html, a marked text": "<p>Your API key: <strong>S3CRET</strong></p>",
    "toml, a table": 'a = 1\n[credentials]\n# prod\nprod = "S3CRET"\n',
    "toml, a table with a value": "[auth.token]\nvalue = 'S3CRET'\n",
    "ini, a section": "[passwords]\nann: S3CRET\n",
    "sql, inserted": "INSERT INTO users (name, `password`, age) VALUES ('a', 'b''S3CRET', 1)",
    "sql, inserted second row": "insert into users (name, password)\nvalues (lower('a'), ''), (NULL, \"S3CRET\")",
    "options in a list": '{"args": ["--user", "ann", "--api-key", "S3CRET"]}',
    "a call": "client.setPassword('S3CRET')",
    "ldif, in base64": "userPassword:: S3CRETQQ==",
    "a member of an object": '{"token": {"type": "b", "x": "S3CRET"}}',
    "a member of an object in a session": '{"session": {"api_key": {"part": "S3CRET"}}}',
    "events, json on two lines": 'data: {"token":\ndata: "S3CRET"}\n\n',
}
"""Notations that servers write, and that nobody types at a prompt."""


@check_rows("text", [pytest.param(text, id=name) for name, text in (NOTATIONS | IN_RESPONSES).items()])
def test_value_beside_a_name_is_redacted_in_every_notation(text: str) -> None:
    assert "S3CRET" not in redact_named(text)
    assert any("S3CRET" in found for found in find_secrets(text))


@check_rows("text", [pytest.param(text, id=name) for name, text in NOTATIONS.items()])
def test_what_is_redacted_stays_as_it_is_when_redacted_again(text: str) -> None:
    once = redact_named(text)

    assert redact_named(once) == once


@check_rows(
    ("text", "redacted"),
    [
        ("- user: ann\n  password: x\n  city: Bath\n", "- user: ann\n  password: ...\n  city: Bath\n"),
        ("user = ann\npassword = x y\ncity = Bath\n", "user = ann\npassword = ...\ncity = Bath\n"),
        ("INFO Authorization: Bearer x", "INFO Authorization: Bearer ..."),
        ("INFO token: x status=200", "INFO token: ... status=200"),
        ("INFO auth=Bearer x status=200", "INFO auth=Bearer ... status=200"),
        ("INFO auth=basic user=ann", "INFO auth=... user=ann"),
        ("{Authorization=[Basic x], Accept=y}", "{Authorization=... Accept=y}"),
        ("a cookie=b=x; c=x d=e", "a cookie=... d=e"),
        ("< Set-Cookie: sid=x; Path=/", "< Set-Cookie: sid=...; Path=/"),
        ("<li>Password: x y</li><li>City: Bath</li>", "<li>Password: ...</li><li>City: Bath</li>"),
        ("map[password:x user:ann]", "map[password:... user:ann]"),
        ("{User:ann Password:x City:Bath}", "{User:ann Password:... City:Bath}"),
        (r'["got token\u003dx", "c\u0026d"]', r'["got token=...", "c\u0026d"]'),
        (r'["a\/b", "C:\\u0041"]', r'["a\/b", "C:\\u0041"]'),
        ("id: 1\ndata: {\"token\":\ndata: \"x\"}\n\ndata: a\n", "id: 1\ndata: {\"token\":\ndata: \"...\"}\n\ndata: a\n"),
        ("password\n: x", "password\n: x"),
        ("<p>a&#119;b</p>", "<p>a&#119;b</p>"),
        ("['password' => 'x', 'city' => 'Bath']", "['password' => '...', 'city' => 'Bath']"),
        ("password: |\n  a\n  b\ncity: Bath", "password: |\n  ...\ncity: Bath"),
        ("passwords:\n  - a\n  - b\ncity: Bath", "passwords:\n  - ...\n  - ...\ncity: Bath"),
        ("password = '''\na\n'b'\n'''\ncity = 1", "password = '''...'''\ncity = 1"),
        ("{password: x, city: Bath}", "{password: ..., city: Bath}"),
        ("{'password': b'x', 'city': 'Bath'}", "{'password': b'...', 'city': 'Bath'}"),
        ('{"log": "password: a b", "city": "Bath"}', '{"log": "password: ...", "city": "Bath"}'),
        (r'{"log": "a\npassword: b c\nd: e"}', r'{"log": "a\npassword: ...\nd: e"}'),
        ("<password><v>x</v><n/></password><city>Bath</city>", "<password><v>...</v><n/></password><city>Bath</city>"),
        ("<dt>Password</dt><dd>x</dd><dt>City</dt><dd>Bath</dd>", "<dt>Password</dt><dd>...</dd><dt>City</dt><dd>Bath</dd>"),
        ("Server=h; Password = x; Pooling = true", "Server=h; Password = ...; Pooling = true"),
        ('{"credentials": {"user": "ann", "n": [1]}, "a": 1}', '{"credentials": {"user": "...", "n": ["..."]}, "a": 1}'),
        ('{"auth": ["x", {"user": "y"}], "author": {"name": "z"}}', '{"auth": ["...", {"user": "..."}], "author": {"name": "z"}}'),
        ('{"access_tokens": [{"x": "y"}], "tokens": [{"text": "z"}]}', '{"access_tokens": [{"x": "..."}], "tokens": [{"text": "z"}]}'),
        ('{"tokens": ["x", {"v": "y", "city": "z"}], "a": 1}', '{"tokens": ["...", {"v": "...", "city": "z"}], "a": 1}'),
        ('{"tokens": [{"v": "x"}], "sessions": ["y"]}', '{"tokens": [{"v": "..."}], "sessions": ["..."]}'),
        ('{"api_keys": [{"n": "a"}, "x", {"n": ["b"]}, "y"], "a": "b"}', '{"api_keys": [{"n": "a"}, "...", {"n": ["b"]}, "..."], "a": "b"}'),
        ('{"tokens": ["x", {"tokens": [{}, "y"]}, "z"]}', '{"tokens": ["...", {"tokens": [{}, "..."]}, "..."]}'),
        ('{"token": [["x"], {"n": ["a"]}, ["y"]]}', '{"token": [["..."], {"n": ["a"]}, ["..."]]}'),
        ('{"pins": ["1", 2], "jwts": ["x"], "userPwds": ["y"]}', '{"pins": ["...", "..."], "jwts": ["..."], "userPwds": ["..."]}'),
        ("tokens:\n  - x\n  - y\ncity: Bath", "tokens:\n  - ...\n  - ...\ncity: Bath"),
        ("tokens = ['x', 'y']", "tokens = [...]"),
        ("tokens[]=x&tokens[0]=y&tokens%5B1%5D=z&a=1", "tokens[]=...&tokens[0]=...&tokens%5B1%5D=...&a=1"),
        (r'{"log": "{\"tokens\": [\"x\"]}"}', r'{"log": "{\"tokens\": [...]}"}'),
        ('{"api_keys": ["x", null, {"name": "ci"}]}', '{"api_keys": ["...", null, {"name": "ci"}]}'),
        ('{"name": "password", "value": {"x": "y"}}', '{"name": "password", "value": {"x": "..."}}'),
        ("credentials:\n  user: ann\n  n: 1\ncity: Bath", "credentials:\n  user: ...\n  n: ...\ncity: Bath"),
        ("<credentials><user>x</user></credentials>", "<credentials><user>...</user></credentials>"),
        ("WHERE password = 'x' AND city = 'Bath'", "WHERE password = '...' AND city = 'Bath'"),
        ("machine h login ann password x\nmachine i login bob", "machine h login ann password ...\nmachine i login bob"),
        ("tool --password x --city Bath", "tool --password ... --city Bath"),
    ],
)  # fmt: skip
def test_what_stands_beside_a_redacted_value_stays(text: str, redacted: str) -> None:
    assert redact_named(text) == redacted


@check_rows(
    "text",
    [
        '{"tokens": 3, "max_tokens": 100, "token_type": "Bearer", "expires_in": 3600}',
        '{"password_required": true, "password": null, "has_password": false}',
        "tokens: 3\ntoken_type: bearer\npassword: null\npassword_policy: strong\n",
        "password: ~\ntoken: false\n",
        "properties:\n  token:\n    type: string\n    description: what you type\n",
        "tokens:\n  - type: string\n",
        '{"tokens": [15496, 995], "max_tokens": 3, "tokens": 3, "keys": ["a"], "codes": ["b"], "authors": ["c"]}',
        '{"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer"}',
        "http://h/oauth/token?x=1",
        "https://h/session/x",
        "a password is a secret; a token is one, too",
        "status code: 200, error code: 5, zip code: 12345",
        "primary key: id",
        "author: ann\nkeyboard: x\nmonkey: y\npassage: z\n",
        "if (token == null) { return; }",
        "if token != x:",
        "auth::Session::new",
        "<pw:user>ann</pw:user>",
        "<token/><city>Bath</city>",
        "<session><user>ann</user></session>",
        "<tokens>3</tokens>",
        "<th>Password</th><th>City</th>",
        "Set your password:\n",
        "password:\nuser: ann\n",
        "password=\nuser=ann\n",
        "password = \nuser = ann\n",
        "token={{token}}&a=1",
        "INFO Authorization: Bearer {{token}}",
        "INFO authorization=Bearer {{token}} a=b",
        "- password: {{password}}",
        "password: '{{password}}'",
        "WWW-Authenticate: Basic realm=\"x\"",
        '["password", "token", "city"]',
        "user,password,city",
        "docker run -u 1000:1000 x",
        '<a name="token">Bath</a> <label name="password">Password</label>',
        '<property name="city">Bath</property>',
        '<password minlength="8" hint="the one of your account"/>',
        '<city value="Bath"/>',
        '["--token", "--city", "Bath"]',
        "[session]\nlifetime = 120\n[city]\nvalue = 1\n",
        "[tokens]\nlimit = 120\n",
        "INSERT INTO a (city, password_length) VALUES ('Bath', 8)",
        "setCity('Bath'); reset('x')",
        '{"token": {"type": "b", "expires_at": "2026-01-01", "user": "ann", "note": "two words", "owner": {"city": "Bath"}}}',
        "date -u +%H:%M",
        "grep -E 'a:b' c.txt",
        "make -b a=b",
        "curl -u ann http://h:80/x -x h:8080 -E c.pem -b jar.txt",
    ],
)  # fmt: skip
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact_named(text) == text


@pytest.mark.parametrize(
    "unit",
    [
        '{"tokens": [{}, "x", ', '"tokens": [[', "tokens:\n- a\n", "tokens[0].s[", "- password: x\n", "password = ", "password = '", "token: \"", "token=\\'", "password: |\n", "passwords:\n- a\n", "INFO token: x ",
        "<token", "<password a='<", "<password><", "<th>token</th>", "password => ", "token:", "map[token:", "api key: ", "--token ",
        "--", "password '", "identified by ", "password(", "login a password b ", "ENV token x\n", "token = [", "-u a:", "curl -b a=", "-x a:b", "-E a.pem:", "token = '''", "password: first\n  ",
        "cookie: a;", "a cookie=b; c=", "a auth=Bearer ", "a auth=Digest b=c, ", "{auth=[Bearer ", "<a name='token'>", "<a name='token' ", "[token]\n", "[passwords]\na = b\n", "insert into a (token) values ('b'", "insert into a (token) values ('", "insert into a(", "(('a', ", '"--token", "a", ', "setToken('",
        '{"token": {"a": "b", ', '"token": {"a": "b"}, ', "<name>token</name> <b>", "token: <b>", "token:: ", "&lt;token&gt;", "\\u003ctoken\\u003e", "('token', ",
    ],
)  # fmt: skip
def test_notations_are_read_in_linear_time(unit: str) -> None:
    def read(text: str) -> None:
        redact_named(text)
        list(find_secrets(text))

    once, eight_times = (unit * (size // len(unit)) + "token=1" for size in (1_000, 8_000))

    assert_linear(read, once, eight_times, most=22)
