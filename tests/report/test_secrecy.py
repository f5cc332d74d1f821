"""Whatever is secret, and wherever it stands: no report holds it, in no disguise."""

from __future__ import annotations

import json
import string
from base64 import b64encode
from html import escape
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.support.rows import check_rows

from callbox.errors import Fault, Place
from callbox.exchange.auth_schemes import Basic
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.headers import Headers
from callbox.exchange.request import Draft, Field, Outgoing
from callbox.exchange.request_content import Content, Part
from callbox.exchange.response import ResponseHead
from callbox.exchange.secret import Secret
from callbox.exchange.url import encode_pairs, parse
from callbox.httpfile.assertion_evaluator import CheckResult
from callbox.httpfile.parser.file_and_blocks import parse as parse_script
from callbox.render.ansi_and_sanitiser import plain
from callbox.report import github, har, html, junit, result_console_text, tap
from callbox.report import json as json_report
from callbox.report.result import Result
from callbox.report.run_report_and_collector import MAX_BODY_BYTES, SLACK, RunCollector, RunReport

STEP = parse_script("# @name x\nGET http://h/", "a.http").steps[0]
WRITERS = {
    "junit": junit.write,
    "json": json_report.write,
    "tap": tap.write,
    "github": github.write_annotations,
    "har": har.write,
    "html": html.write,
    "human": lambda run: "".join(plain(result_console_text.result(each, is_verbose=True)) for each in run.results),
}
# A first letter that no word of ours has, so that a find is a find.
SECRETS = st.text(string.ascii_letters + string.digits + "/+ &\"'\\<é%", min_size=6, max_size=30).map(
    lambda text: f"Ẑq{text.strip() or 'abcdef'}Ẑ"
)


def everywhere(secret: str) -> Result:
    """A result that holds the secret in every place and form that there is."""
    coded = b64encode(secret.encode()).decode()
    forms = f"{secret} {quote(secret)} {quote(secret, '')} {json.dumps(secret)} {coded} {encode_pairs([('a', secret)])}"
    body = json.dumps({"echo": secret, "forms": forms, secret: [secret]}).encode()
    outgoing = Outgoing(
        "POST",
        parse(f"http://h/{quote(secret, '')}?{encode_pairs([('q', secret), ('access_token', secret)])}"),
        (Field("X-A", forms.replace("\n", ""), "item"), Field("Cookie", f"sid={secret}", "jar")),
        Content(forms.encode(), "text/plain", parts=(Part(secret, secret.encode(), secret),), path=secret),
    )
    response = ResponseHead(401, secret, Headers([("X-Echo", forms), ("Set-Cookie", f"sid={secret}"), (secret, "1")]))
    record = Record(Draft("POST", secret), outgoing, response, body, len(body), time=1.0)
    return Result(
        "a.http",
        "error",
        STEP._replace(name=forms, title=forms),
        record._replace(history=(record,)),
        Fault(forms, hint=forms, place=Place("a.http", 1, 1, 3, forms)),
        (CheckResult(forms, False, forms, forms, 1, 1),),
        (("token", secret),),
        reason=forms,
        notes=(forms,),
        outgoing=outgoing,
        time=1.0,
    )


def gather(*results: Result) -> RunReport:
    gathering = RunCollector(0.0, "1")
    for result in results:
        gathering.add(result)
    return gathering.run(1.0)


def found_in(text: str, secret: str) -> list[str]:
    """The disguises of the secret that the text holds."""
    coded = b64encode(secret.encode()).decode().rstrip("=")
    encoded_forms = (
        secret,
        escape(secret),
        escape(secret, quote=False),
        quote(secret),
        quote(secret, ""),
        json.dumps(secret)[1:-1],
        coded,
    )
    return [form for form in encoded_forms if form in text]


def ways(secret: str) -> dict[str, Result]:
    """Each way in which something is known to be secret."""
    result = everywhere(secret)
    outgoing = result.outgoing
    assert outgoing is not None
    basic = Basic("ann", secret)
    field = Field("Authorization", basic.fields(outgoing)[0][1], "auth")
    sent = {
        "secret type": outgoing._replace(headers=(*outgoing.headers, Field("X", Secret(secret), "auth"))),
        "basic": outgoing._replace(headers=(*outgoing.headers, field), auth=basic),
        "by name": outgoing._replace(headers=(*outgoing.headers, Field("X-Api-Key", secret, "item"))),
    }
    found = {name: result._replace(record=None, outgoing=each) for name, each in sent.items()}
    return {**found, "declared": result._replace(secrets=(Secret(secret),))}


@settings(max_examples=settings.default.max_examples // 2)
@given(SECRETS)
@example("ẐqPASSWDẐ")
def test_no_report_holds_a_secret(secret: str) -> None:
    for way, result in ways(secret).items():
        run = gather(everywhere(secret), result)
        for name, write in WRITERS.items():
            assert found_in(write(run), secret) == [], (way, name)


@check_rows(
    "words", ["-a us:S3CRET1", "--user us:S3CRET1", "Bearer S3CRET1", '-d {"password":"S3CRET1"}', "-a 'us:a S3CRET1'"]
)
def test_no_report_holds_a_secret_after_the_url_of_a_request(words: str) -> None:
    step = parse_script(f"GET http://h/ {words}", "a.http").steps[0]
    outgoing = Outgoing("GET", parse(f"http://h/{quote(' ' + words)}"), ())
    result = Result("a.http", "error", step, error=Fault("refused"), outgoing=outgoing, time=1.0)

    for name, write in WRITERS.items():
        assert "S3CRET1" not in write(gather(result)), name


def test_a_secret_would_be_found_if_it_were_there() -> None:
    result = everywhere("Ẑqabc/defẐ")
    unmasked = RunReport((result,), 0.0, 1.0, "1")

    for name in ("junit", "json", "har", "html", "tap", "github"):
        assert found_in(WRITERS[name](unmasked), "Ẑqabc/defẐ"), name


@check_rows(
    ("media_type", "data"),
    [
        ("application/json", b'{"password": "zq"}'),
        ("application/json", b'{"a": {"api_key" : "zq"}}'),
        ("application/x-www-form-urlencoded", b"user=ann&password=zq"),
        ("text/plain", b"password: zq"),
        ("text/plain", b"see http://ann:zq@h/"),
    ],
)
@check_rows("name", WRITERS)
def test_a_short_credential_is_masked_where_it_is_named(name: str, media_type: str, data: bytes) -> None:
    outgoing = Outgoing("POST", parse("http://h/"), (), Content(data, media_type))
    response = ResponseHead(500, "no", Headers([("Content-Type", media_type)]))
    record = Record(Draft("POST", ""), outgoing, response, data, len(data))
    bad = CheckResult("status == 200", False, "200", "500", 1, 1)

    assert "zq" not in WRITERS[name](gather(Result("a.http", "failed", STEP, record, checks=(bad,))))


@pytest.mark.parametrize("edge", [MAX_BODY_BYTES, MAX_BODY_BYTES + SLACK], ids=["shown", "kept"])
def test_a_secret_at_the_edge_of_a_long_body_does_not_show_its_half(edge: int) -> None:
    secret = "Ẑqabcdefghijklmnopqrstuvwxyz"
    body = b"x" * (edge - 10) + secret.encode() + b"x" * 100_000
    record = Record(
        Draft("GET", ""), Outgoing("GET", parse("http://h/")), ResponseHead(200, "", Headers()), body, len(body)
    )
    run = gather(Result("a.http", "ok", STEP, record, secrets=(Secret(secret),)))

    assert "Ẑqabc" not in har.write(run)
    assert "\\u1e90qabc" not in har.write(run)


@check_rows("set_cookie", ["=Ẑqnameless", "Ẑqnameless", "Ẑqnameless; Path=/"])
@check_rows("name", WRITERS)
def test_a_cookie_without_a_name_is_redacted(name: str, set_cookie: str) -> None:
    outgoing = Outgoing("GET", parse("http://h/"), (Field("Cookie", "Ẑqnameless", "jar"),))
    response = ResponseHead(500, "no", Headers([("Set-Cookie", set_cookie)]))
    bad = CheckResult("status == 200", False, "200", "500", 1, 1)
    result = Result("a.http", "failed", STEP, Record(Draft("GET", ""), outgoing, response, b"", 0), checks=(bad,))

    assert "nameless" not in WRITERS[name](gather(result))
