"""The notations in which a credential's name stands beside its value, and what is like them and no secret."""

from __future__ import annotations

from time import process_time

import pytest

from callbox.exchange.redaction.text import find_secrets, redact_named

NOTATIONS = {
    "yaml": "password: S3CRET",
    "yaml, in a list": "- password: S3CRET",
    "yaml, in a list of lists": "  - - password: S3CRET",
    "yaml, with blanks before the colon": "password : S3CRET",
    "yaml, several words": "password: correct S3CRET staple",
    "yaml, several words in a list": "- password: correct S3CRET staple",
    "yaml, with a comma and a quote": "- password: it's,S3CRET",
    "yaml, quoted": "- password: 'it''S3CRET'",
    "yaml, double-quoted": '- password: "a\\"S3CRET"',
    "yaml, quoted name": '"password": S3CRET',
    "yaml, name in single quotes": "'password': S3CRET",
    "yaml, explicit tag": "password: !!str S3CRET",
    "yaml, anchor": "password: &p S3CRET",
    "yaml, block": "password: |\n  first\n  S3CRET\nuser: ann",
    "yaml, folded block": "- password: >-\n    S3CRET\n\n    S3CRET\n  user: ann",
    "yaml, on the next line": "password:\n  S3CRET\n",
    "yaml, on several lines": "password: first\n  S3CRET\nuser: ann",
    "yaml, list": "passwords:\n  - S3CRET\n  - S3CRET\n",
    "yaml, list without indent": "passwords:\n- S3CRET\n- S3CRET\nuser: ann",
    "yaml, flow": "user: {name: ann, password: S3CRET}",
    "yaml, nested": "passwords:\n  old: S3CRET\n  new: S3CRET\n",
    "yaml, flow list": "api_keys: [S3CRET, S3CRET]",
    "ini": "password = S3CRET",
    "ini, several words": "password = correct S3CRET staple",
    "ini, of a section": "[db]\ndb.password=S3CRET\nuser = ann",
    "ini, with an ampersand": "password=a&S3CRET",
    "ini, with a semicolon and a number sign": "password = a;S3CRET#S3CRET",
    "properties with a colon": "db.password:S3CRET",
    "properties, continued": "password = first\\\n    S3CRET",
    "toml": 'password = "S3CRET"',
    "toml, single": "password = 'S3CRET'",
    "toml, multi-line": "password = '''\nit's\nS3CRET'''",
    "toml, multi-line, double": 'password = """\nsay "x"\nS3CRET"""',
    "toml, list": "passwords = [\n  'S3CRET',\n  'S3CRET',\n]",
    "toml, inline table": "db = { user = 'ann', password = 'S3CRET' }",
    "env": "export API_TOKEN=S3CRET",
    "env, quoted": "export API_TOKEN='a b S3CRET'",
    "env, double-quoted": 'export API_TOKEN="a b S3CRET"',
    "dockerfile": "ENV API_TOKEN=S3CRET",
    "dockerfile, with a blank": "ENV API_TOKEN S3CRET",
    "csh": "setenv API_TOKEN S3CRET",
    "windows": "set API_TOKEN=S3CRET",
    "powershell": '$env:TOKEN = "S3CRET"',
    "powershell, single": "$Password = 'S3CRET'",
    "log": "2026-01-01T10:00:00Z INFO Authorization: Bearer S3CRET",
    "log, several words": "INFO password: correct S3CRET staple",
    "log, name of two words": "DEBUG Api key: S3CRET",
    "log, an equals sign": "WARN [http-1] token = S3CRET",
    "log, with another field": "INFO token=S3CRET user=ann",
    "log, cookie": "DEBUG Cookie: sid=S3CRET; theme=S3CRET",
    "trace, sent": "> Authorization: Bearer S3CRET",
    "trace, received": "< Set-Cookie: sid=S3CRET; Path=/",
    "trace, of curl": "=> Send header\n0000: Authorization: Bearer S3CRET",
    "server-sent event": "data: password: S3CRET",
    "server-sent event, JSON": 'data: {"password": "S3CRET"}',
    "comment": "# password: S3CRET",
    "comment of C": "// password = S3CRET",
    "diff": "+password: S3CRET\n-password: S3CRET",
    "markdown": "* **Password:** S3CRET",
    "markdown, code": "Your `password`: S3CRET",
    "header that says so": "got password: S3CRET",
    "html, list": "<ul><li>Password: S3CRET</li></ul>",
    "html, several words": "<p>Password: correct S3CRET staple</p>",
    "html, bold name": "<p><b>Password:</b> S3CRET</p>",
    "html, definition": "<dt>Password</dt><dd>S3CRET</dd>",
    "html, table": "<tr><th>Password</th>\n<td class='x'>S3CRET</td></tr>",
    "html, attribute with an angle": "<password a='>'>S3CRET</password>",
    "html, attribute with both angles": "<password a='<>'>S3CRET</password>",
    "html, bare attribute": "<input password=S3CRET>",
    "xml, nested": "<password><value>S3CRET</value></password>",
    "xml, nested twice": "<password><new><v>S3CRET</v></new><old>S3CRET</old></password>",
    "xml, below a token": "<token><value>S3CRET</value></token>",
    "xml, markup in the value": "<password>first<b>S3CRET</b></password>",
    "xml, cut off": "<user>ann</user><password>S3CRET",
    "xml, attribute with an angle": '<user password="a<S3CRET"/>',
    "xml, attribute with a quote": "<user password='a\"S3CRET'/>",
    "ruby": '{"password" => "S3CRET", :token => "S3CRET"}',
    "ruby, symbol": "{password: 'S3CRET'}",
    "php": "['password' => 'S3CRET', 'a' => 1]",
    "php, index": "$_POST['password'] = 'S3CRET';",
    "php, print_r": "Array\n(\n    [password] => S3CRET\n)",
    "php, var_dump": 'array(1) {\n  ["password"]=>\n  string(6) "S3CRET"\n}',
    "perl": "password => 'S3CRET'",
    "go, map": "map[password:S3CRET user:ann]",
    "go, struct": "{User:ann Password:S3CRET}",
    "go, struct with types": 'main.User{Name:"ann", Password:"S3CRET"}',
    "go, assignment": 'password := "S3CRET"',
    "java, toString": "User(name=ann, password=S3CRET)",
    "java, map": "{user=ann, password=S3CRET, a=b}",
    "python, dict": "{'user': 'ann', 'password': 'S3CRET'}",
    "python, dict with a quote": "{'password': \"it'S3CRET\"}",
    "python, bytes": "{b'password': b'S3CRET'}",
    "python, prefix": "password = r'S3CRET'",
    "python, index": "os.environ['TOKEN'] = 'S3CRET'",
    "python, argument": "login(user='ann', password='S3CRET')",
    "python, tuple": "[('password', 'S3CRET'), ('user', 'ann')]",
    "javascript": "const token = `S3CRET`;",
    "javascript, object": "{user: 'ann', token: 'S3CRET'}",
    "json": '{"password": "S3CRET"}',
    "json, lines": '{"a": 1}\n{"password": "S3CRET"}\n',
    "json, in json": r'{"a": "{\"password\": \"S3CRET\"}"}',
    "json, text in it": r'{"log": "got\npassword: S3CRET\nuser: ann"}',
    "json, several words in it": r'{"log": "INFO password: correct S3CRET\nuser: ann"}',
    "json, markup in it": r'{"html": "<li>Password: S3CRET<\/li>"}',
    "json, escaped brackets": r'{"html": "\u003cpassword\u003eS3CRET\u003c/password\u003e"}',
    "json, single quotes in it": "{\"a\": \"{'password': 'S3CRET'}\"}",
    "html, json in it": '<div data-x=\'{"password": "S3CRET"}\'>',
    "html, entities": "&lt;password&gt;S3CRET&lt;/password&gt;",
    "form": "user=ann&password=S3CRET&a=b",
    "form, encoded": "user=ann&a=password%3DS3CRET",
    "form, encoded colon": "a=password%3A%20S3CRET",
    "query": "GET /x?access_token=S3CRET HTTP/1.1",
    "multipart": '--b\r\nContent-Disposition: form-data; name="password"\r\n\r\nS3CRET\r\n--b--',
    "cookie": "Cookie: a=S3CRET; b=S3CRET",
    "header folded": "Authorization: Bearer\r\n S3CRET\r\nA: b",
    "connection string": "Server=h;User=sa;Password=S3CRET;Pooling=true",
    "connection string, blanks": "Server = h; User Id = sa; Password = S3CRET; Pooling = true",
    "userinfo": "postgres://ann:S3CRET@h/db",
    "sql": "SET PASSWORD FOR 'ann'@'h' = 'S3CRET';",
    "sql, function": "SET PASSWORD = PASSWORD('S3CRET');",
    "sql, identified by": "CREATE USER ann IDENTIFIED BY 'S3CRET'",
    "sql, identified with": "ALTER USER ann IDENTIFIED WITH mysql_native_password BY 'S3CRET'",
    "sql, postgres": "ALTER ROLE ann WITH LOGIN PASSWORD 'a''S3CRET'",
    "sql, condition": "SELECT * FROM u WHERE password = 'S3CRET' AND id = 3",
    "netrc": "machine h login ann password S3CRET",
    "netrc, on lines": "machine h\n  login ann\n  password S3CRET\n",
    "option": "docker login --password S3CRET",
    "option, equals": "docker login --password=S3CRET",
    "option, quoted": "tool --api-key 'a b S3CRET'",
    "npmrc": "//registry/:_authToken=S3CRET",
    "pem": "private_key = '-----BEGIN KEY-----\nS3CRET\n-----END KEY-----'",
    "unclosed quote": "password = 'S3CRET",
    "unclosed quote in a log": 'INFO token: "S3CRET',
    "crlf": "a: b\r\npassword: S3CRET\r\nc: d",
    "tabs": "password\t=\tS3CRET",
    "no-break space": "password:\u00a0S3CRET",
    "full-width colon": "password：S3CRET",
    "arrow": "password -> S3CRET",
}


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in NOTATIONS.items()])
def test_value_beside_a_name_is_redacted_in_every_notation(text: str) -> None:
    assert "S3CRET" not in redact_named(text)
    assert any("S3CRET" in found for found in find_secrets(text))


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in NOTATIONS.items()])
def test_what_is_redacted_stays_as_it_is_when_redacted_again(text: str) -> None:
    once = redact_named(text)

    assert redact_named(once) == once


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("- user: ann\n  password: x\n  city: Bath\n", "- user: ann\n  password: ...\n  city: Bath\n"),
        ("user = ann\npassword = x y\ncity = Bath\n", "user = ann\npassword = ...\ncity = Bath\n"),
        ("INFO Authorization: Bearer x", "INFO Authorization: Bearer ..."),
        ("INFO token: x status=200", "INFO token: ... status=200"),
        ("< Set-Cookie: sid=x; Path=/", "< Set-Cookie: sid=...; Path=/"),
        ("<li>Password: x y</li><li>City: Bath</li>", "<li>Password: ...</li><li>City: Bath</li>"),
        ("map[password:x user:ann]", "map[password:... user:ann]"),
        ("{User:ann Password:x City:Bath}", "{User:ann Password:... City:Bath}"),
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
        ("WHERE password = 'x' AND city = 'Bath'", "WHERE password = '...' AND city = 'Bath'"),
        ("machine h login ann password x\nmachine i login bob", "machine h login ann password ...\nmachine i login bob"),
        ("tool --password x --city Bath", "tool --password ... --city Bath"),
    ],
)  # fmt: skip
def test_what_stands_beside_a_redacted_value_stays(text: str, redacted: str) -> None:
    assert redact_named(text) == redacted


@pytest.mark.parametrize(
    "text",
    [
        '{"tokens": 3, "max_tokens": 100, "token_type": "Bearer", "expires_in": 3600}',
        '{"password_required": true, "password": null, "has_password": false}',
        "tokens: 3\ntoken_type: bearer\npassword: null\npassword_policy: strong\n",
        "password: ~\ntoken: false\n",
        "properties:\n  token:\n    type: string\n    description: what you type\n",
        "tokens:\n  - type: string\n",
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
        "- password: {{password}}",
        "password: '{{password}}'",
        "WWW-Authenticate: Basic realm=\"x\"",
        '["password", "token", "city"]',
        "user,password,city",
    ],
)  # fmt: skip
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact_named(text) == text


@pytest.mark.parametrize(
    "unit",
    [
        "- password: x\n", "password = ", "password = '", "token: \"", "token=\\'", "password: |\n", "passwords:\n- a\n", "INFO token: x ",
        "<token", "<password a='<", "<password><", "<th>token</th>", "password => ", "token:", "map[token:", "api key: ", "--token ",
        "--", "password '", "identified by ", "password(", "login a password b ", "ENV token x\n", "token = [", "token = '''", "password: first\n  ",
        "cookie: a;", "&lt;token&gt;", "\\u003ctoken\\u003e", "('token', ",
    ],
)  # fmt: skip
def test_notations_are_read_in_linear_time(unit: str) -> None:
    def seconds(size: int) -> float:
        text = unit * (size // len(unit)) + "token=1"
        begun = process_time()
        redact_named(text)
        list(find_secrets(text))
        return process_time() - begun

    assert min(seconds(40_000) for _ in range(2)) < 40 * max(min(seconds(5_000) for _ in range(2)), 0.001)
