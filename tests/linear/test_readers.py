"""Readers of foreign texts take time by the size of the text: eight times the text, at most some 30 times the time."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress

import pytest
from tests.support.linear import assert_linear

from callbox.convert.script_merge import BlockText, merge_block, merge_json, read_script_text, split_lines
from callbox.errors import CallboxError
from callbox.exchange.auth_schemes import read_challenges
from callbox.exchange.cookies.cookie import parse_set_cookie
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.headers import Headers, parse_links
from callbox.exchange.host_rules import check_resolve_rules
from callbox.exchange.jsonpath_xpath_and_header_selection import select_every, select_json
from callbox.exchange.media_types_and_charsets import find_encoding
from callbox.exchange.redaction.secrets_by_name import find_secrets, redact_named
from callbox.exchange.redaction.secrets_by_value import redact_filled
from callbox.exchange.redaction.urls import redact_url, redact_urls
from callbox.exchange.request import Draft, Outgoing
from callbox.exchange.response import ResponseHead
from callbox.exchange.response_filename import proposed_name
from callbox.exchange.template_braces import find_empty, find_unclosed, is_unfilled, only_hole
from callbox.exchange.template_braces import split as split_template
from callbox.exchange.url import parse as parse_url
from callbox.exchange.url import readable_path, remove_dots
from callbox.formats.cookies_txt import read_cookies_txt
from callbox.formats.httpie_session import HttpieSession
from callbox.formats.toml import read_toml
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.httpfile.script_lints import lint
from callbox.httpfile.variables.environment_file_parser import read_dotenv, read_environment_file
from callbox.memory.fact_extractor import observe
from callbox.render.ansi_and_sanitiser import visible
from callbox.render.body import color_json
from callbox.render.tables_and_text_width import show_form, wrap
from callbox.replay.javascript.import_and_promise_rewriter import (
    as_module,
    matching_brackets,
    sources_of,
    tokenize,
    watch_promises,
)
from callbox.replay.response_snapshots import leaf_differences
from callbox.shell.httpie_command_translator import from_httpie
from callbox.shell.line.lexer import split
from callbox.shell.line.parser import analyse
from callbox.shell.line.redaction import redact_text
from callbox.shell.lines_of_other_tools import rewrite

HEAD = ResponseHead(200, "OK", Headers([("Content-Type", "application/json")]))
RECORD = Record(Draft("GET", "/"), Outgoing("GET", parse_url("http://h/")), HEAD, b"[1]", 3)
FORM = 'Content-Disposition: form-data; name="a'


def read_http(text: str) -> object:
    return lint(parse(text, "a.http"))


def read_httpie(text: str) -> object:
    return from_httpie(text, split(text).words)


def observe_body(text: str) -> object:
    """What a response with this body, these links and this path shows of its API."""
    head = ResponseHead(200, "OK", Headers([("Link", text), ("Location", text), ("Allow", text)]))
    return observe(RECORD._replace(response=head, body=text.encode("utf-8", "replace")[:262_144]))


def redact_long_secret(text: str) -> object:
    secret = "a" * (len(text) // 100) + "b"
    return redact_filled(text, {secret: "pw"})


def header_values(text: str) -> object:
    return HttpieSession(tuple((letter, "1") for letter in text)).header_values()


def export_all(text: str) -> object:
    return as_module(text, {}, 0, "a.js")


def merge_block_texts(text: str) -> object:
    """Merge three blocks: each has the text as it is, and one line of its own."""
    old, own, new = (BlockText(("### a", f"# {name}", *split_lines(text))) for name in ("old", "own", "new"))
    return merge_block(old, own, new)


def merge_json_texts(text: str) -> object:
    return merge_json(text, f"{text} ", text[:-1])


READERS: dict[Callable[[str], object], list[tuple[str, str]]] = {
    observe_body: [("", "http://h/a "), ("", "<a>, "), ("[", '{"id": 1, "b": [{"id": 2}]},'), ("", "%E9"), ("", "GET,")],
    merge_block_texts: [("", "# @secret a\n"), ("", "    ?a=1\n"), ("GET /\n", "A: 1\n"), ("GET /\n\n{", '"a":1,'), ("", "###\n")],
    merge_json_texts: [("{", '"a":1,'), ("", '{"a":'), ("", '"\\'), ("{", "#\n"), ('{"a":', "["), ("{", " ")],
    read_script_text: [("", "###\n"), ("", "# @operation "), ("", "#| \n"), ("", "\r")],
    readable_path: [("/", "%E9"), ("", "/1"), ("/", "%C3%A9")],
    redact_long_secret: [("", "a"), ("", "%61"), ("", "ab")],
    parse_links: [("", "<"), ("", "<a>;"), ('<a>;b="', "\\"), ("<a>", "; b")],
    redact_named: [("", FORM), ("", FORM + '"\n'), ("", FORM + '"\r\n\r\n'), ("", "token="), ("", '"token":['), ("", "<token>")],
    lambda text: list(find_secrets(text)): [("", FORM), ("", FORM + '"\n'), ("", '"a":"\\"'), ("", "password='")],
    lambda text: read_challenges([text]): [("", 'a="'), ("Basic ", ","), ('Digest realm="', "\\"), ("", "a b ")],
    header_values: [("", "a"), ("", "aB")],
    parse_set_cookie: [("a=b", ";"), ("a=b;", " "), ("", "="), ("a=b; Expires=", "1 ")],
    proposed_name: [("attachment", "; filename"), ('attachment; filename="', "\\"), ("", "; filename*=")],
    lambda text: suppressed(check_resolve_rules, text): [("a:1:", ":"), ("", "a:1:b,"), ("[", "a")],
    lambda text: find_encoding(text.encode(), "text/html"): [("", "<meta "), ("", "<?xml "), ("", "charset=")],
    lambda text: suppressed(parse_url, text): [("http://h/", "%"), ("http://", "@"), ("http://h/?", "&")],
    remove_dots: [("/", "../"), ("/", "a/"), ("", "/.")],
    redact_url: [("http://h/?", "a=b&"), ("http://", ":"), ("http://h/", "?")],
    redact_urls: [("", "http://"), ("", "://a:"), ("", "?a=")],
    lambda text: suppressed(read_cookies_txt, text): [("", "\t"), ("", "a\tTRUE\t/\n"), ("", "#")],
    lambda text: suppressed(lambda t: read_toml(t.encode(), "x"), text): [("a=", "["), ("", "a="), ("", '"\\'), ("", "[a.b]\n")],
    show_form: [("", "&"), ("", "a="), ("", "%")],
    color_json: [("", "{"), ("", '"\\'), ("", "1e")],
    visible: [("", "\x1b["), ("", "\u202e"), ("", "\r")],
    lambda text: wrap([("", text)], 80): [("", "a "), ("", "   "), ("", "\n")],
    lambda text: suppressed(read_dotenv, text): [("A=", '"\\'), ("", "A="), ("", " #")],
    lambda text: suppressed(lambda t: read_environment_file(t, "x"), text): [("", "["), ("", '{"a":'), ("{", '"a":1,')],
    lambda text: matching_brackets(tokenize(text)): [("", '"\\'), ("", "/["), ("", "`${"), ("", "(/"), ("a=", "/\\")],
    watch_promises: [
        *(("", "async "), ("", "async function("), ("async () => ", "{")),
        *(("", "async x=>"), ("", "async(a)=>("), ("", "async x=>a+"), ("", "f(async x=>")),
    ],
    lambda text: suppressed(sources_of, text): [("", "import a\n"), ("", "import {a} from './b'\n"), ("", "import {a,\n")],
    lambda text: suppressed(export_all, text): [("", "export const a +\n"), ("", "export {a}\n"), ("", "export default\n")],
    find_empty: [("", "{{"), ("", "{{ "), ("", "{{ a}}")],
    find_unclosed: [("", "{{"), ("", "{"), ("", "{{a}} "), ("", "{{{a}}")],
    is_unfilled: [("", "{{"), ("", "{{a}}:"), ("", "{{a}} {"), ("A", " ")],
    only_hole: [("", "{{"), ("", "{{a"), ("{{a", " ")],
    split_template: [("", "{{"), ("", "}}"), ("", "{{a}} "), ("", "\\{")],
    read_http: [("", "{{"), ("POST http://h/\n\n", FORM + "\n"), ("GET http://h/\nA: ", "\t"), ("", "# @"), ("", "@a={{")],
    analyse: [("", "get "), ("post /x ", "a:="), ("post /x ", "a[b]"), ("", "'\""), ("", "{{"), ("get ", "a.a"), ("", "|")],
    redact_text: [("", "token="), ("curl -H '", "a:"), ("", "--"), ("", '"')],
    lambda text: suppressed(rewrite, text): [("curl ", "-H a "), ("http ", "a:=1 "), ("curl '", "\\")],
    lambda text: suppressed(read_httpie, text): [("http h ", "a=b "), ("http h ", "a:"), ("http h ", "\\")],
    lambda text: suppressed(lambda t: select_json([1], t), text): [("a", "["), ("a", ".b"), ("$", "[?")],
    lambda text: suppressed(lambda t: select_every(RECORD, t), text): [("$", "["), ("json", "[a"), ("body.$", "['")],
    lambda text: list(leaf_differences([text], {text: [1] * len(text)})): [("", "."), ("", "'"), ("", "a")],
}  # fmt: skip


SIZE = 2_000 if os.environ.get("FULL_SIZE") else 1_000


def suppressed(work: Callable[[str], object], text: str) -> None:
    with suppress(CallboxError):
        work(text)


@pytest.mark.parametrize("number", range(len(READERS)))
def test_reader_takes_time_by_the_size_of_the_text(number: int) -> None:
    work, units = list(READERS.items())[number]

    for prefix, unit in units:
        small, large = (prefix + unit * (size // len(unit)) for size in (SIZE, 8 * SIZE))
        assert_linear(work, small, large, most=22)
