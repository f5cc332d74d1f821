import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.support.rows import check_rows

from callbox.errors import UsageError
from callbox.shell.line.binder import bind
from callbox.shell.line.lexer import split
from callbox.shell.line.parser import analyse
from callbox.shell.line.targets_and_items import is_target, names_host, quote_item, read_item, redact_target


def item(text, value="42"):
    (word,) = split(text).words
    return read_item(word.fill(lambda name: value))


@check_rows(
    ("text", "kind", "name", "value"),
    [
        ("X-A:1", "header", "X-A", "1"),
        ("X-A:", "header_left_out", "X-A", ""),
        ("X-A;", "header_empty", "X-A", ""),
        ("X-A:@f", "header_file", "X-A", "f"),
        ("q==1", "query", "q", "1"),
        ("q==", "query", "q", ""),
        ("q==@f", "query_file", "q", "f"),
        ("a=1", "field", "a", "1"),
        ("a=", "field", "a", ""),
        ("a=@f", "field_file", "a", "f"),
        ("a:=1.10", "json", "a", "1.10"),
        ("a:=@f", "json_file", "a", "f"),
        ("a@f.png", "upload", "a", "f.png"),
        ("@f", "body_file", "", "f"),
        ("a=b=c", "field", "a", "b=c"),
        ("a=b:c@d", "field", "a", "b:c@d"),
        ("a:b=c", "header", "a", "b=c"),
        ("email=a@b.c", "field", "email", "a@b.c"),
        ("a===b", "query", "a", "=b"),
        ("a;b=c", "field", "a;b", "c"),
        ("a\\=b=c", "field", "a=b", "c"),
        ("'a:b'=c", "field", "a:b", "c"),
        ("a'='b==c", "query", "a=b", "c"),
        ("a:'=1'", "header", "a", "=1"),
        ("a:=' [1, 2] '", "json", "a", "[1, 2]"),
        ('a:={"b": "c d"}', "json", "a", '{"b": "c d"}'),
        ("a={{x=y}}", "field", "a", "42"),
        ("{{x}}=1", "field", "42", "1"),
        ("Date:2024-01-01T00:00:00", "header", "Date", "2024-01-01T00:00:00"),
    ],
    ids=str,
)
def test_the_earliest_then_longest_separator_rules(text, kind, name, value):
    found = item(text)

    assert (found.kind, found.name, found.value) == (kind, name, value)


@check_rows(
    ("text", "is_a_target"),
    [
        ("vm:8950/items/1", True),
        ("Web:80/x", True),
        ("my-app:8080?q=1", True),
        ("web:8000", True),
        ("X-Id:8000", False),
        ("x-rate:10/20", False),
        ("Tenant:42", False),
        ("depth:1", False),
        ("max-forwards:10", False),
        ("token:123456", False),
        ("api-key:123456/7", False),
        ("web:99999", False),
        ("web:0", False),
        ("a:b", False),
    ],
)
def test_host_without_a_dot_and_a_port_is_a_target(text: str, is_a_target: bool) -> None:
    (word,) = split(text).words

    assert (is_target(word), names_host(text)) == (is_a_target, is_a_target)


def test_a_filled_value_brings_no_separator():
    found = item("{{x}}:1", value="a=b")

    assert (found.kind, found.name, found.value) == ("header", "a=b", "1")


def test_an_upload_may_say_its_type():
    found = item("a@f;type=image/png")

    assert (found.value, found.media_type) == ("f", "image/png")


@pytest.mark.parametrize("words", ["'a@my file;filename=x.txt'", "a@f;type=text/plain;filename=x"])
def test_other_name_of_an_upload_is_refused_with_the_way_to_give_it(words: str) -> None:
    with pytest.raises(UsageError, match="but not ;filename=") as raised:
        item(words)
    assert raised.value.hint.startswith("curl -F")


@check_rows(
    ("text", "path"),
    [
        ("a=1", ("a",)),
        ("a[b]=1", ("a", "b")),
        ("a[b][]=1", ("a", "b", None)),
        ("a[0][x]=1", ("a", 0, "x")),
        ("[]=1", (None,)),
        ("[a][b]=1", ("a", "b")),
        ("a\\[b\\]=1", ("a[b]",)),
        ("a[\\0]=1", ("a", "0")),
        ("'a[b]'=1", ("a[b]",)),
        ("a[b=1", ("a[b",)),
        ("a]b=1", ("a]b",)),
        ("a[b]c=1", ("a[b]c",)),
        ("a[[b]=1", ("a", "[b")),
    ],
    ids=str,
)
def test_a_nested_key_is_read_in_steps(text, path):
    assert item(text).path == path


@check_rows("text", ["a:=b", "a:=", "a:={b:1}", "a:='{\"b\":}'"])
def test_json_that_is_none_is_refused(text):
    with pytest.raises(UsageError, match="Not JSON"):
        item(text)


def test_a_word_without_a_separator_is_refused_with_what_would_do():
    with pytest.raises(UsageError) as caught:
        item("name")

    assert "name=text" in caught.value.hint


@check_rows("text", ["=1", ":x", "==1"])
def test_a_name_is_wanted(text):
    with pytest.raises(UsageError, match="name is missing"):
        item(text)


@check_rows("value", ['a"b', "a\\", "a\nb", "{}"], ids=repr)
def test_a_value_filled_into_a_json_string_stays_inside(value):
    import json

    found = item('a:=\'{"t": "x{{v}}", "n": 1}\'', value=value)

    assert json.loads(found.value) == {"t": f"x{value}", "n": 1}


def test_a_value_filled_into_json_outside_a_string_is_json():
    assert item('a:={"t": {{v}}}').value == '{"t": 42}'


@given(st.text(min_size=1, max_size=20), st.sampled_from(["=", "==", ":", "@"]), st.text(max_size=20))
def test_a_written_item_reads_as_the_same(name, separator, value):
    assume(separator != "@" or value.partition(";type=")[0])  # a file has a name
    (word,) = split(quote_item(name, separator, value)).words

    found = read_item(word)

    kind = {"=": "field", "==": "query", ":": "header" if value else "header_empty", "@": "upload"}[separator]
    if ";type=" not in value:
        assert (found.kind, found.name, found.value) == (kind, name, value)


@check_rows(
    "word",
    [
        "/get?x=1&y=2",
        "/users",
        "users",
        "users/7",
        "users?a=1",
        "./x",
        "../x",
        "?a==b",
        "{{base}}/x",
        "{id}",
        "https://a.x/y?z=1",
        "http://localhost",
        "ftp://x",
        ":8000/health",
        ":8000",
        "localhost",
        "localhost:8000/x",
        "api.x",
        "api.x:8000",
        "api.x/y=1",
        "api.x?y=1",
        "127.0.0.1:9/x",
        "[::1]:80/x",
        "a/b:c",
        "LocalHost:1",
    ],
)
def test_this_first_word_is_the_target(word):
    call = bind(analyse(f"get {word}"), lambda name: "filled")

    assert (call.text("target"), call.items) == (word.replace("{{base}}", "filled"), ())


@check_rows(
    "word",
    [
        "X-Count:5",
        "a=1",
        "a==/b",
        "q==1",
        "a:=1",
        "f@/tmp/x",
        "@/tmp/x",
        "api.x=1",
        "a.b:c",
        "localhost:x",
        "a[b]=1",
        "X;",
    ],
)
def test_this_first_word_is_an_item(word):
    call = bind(analyse(f"get {word}"))

    assert ("target" in call.values, len(call.items)) == (False, 1)


def test_flags_may_stand_before_the_target():
    call = bind(analyse("get --form --timeout 5 /x a=1"))

    assert (call.text("target"), len(call.items), call.options) == ("/x", 1, {"timeout": 5.0})


@check_rows("line", ["get http://ann:?@b/x", "get /x?api_key=?&a=1", "cd http://ann:?@b"])
def test_a_secret_left_out_of_a_url_is_never_sent_as_its_mask(line):
    with pytest.raises(UsageError, match="history"):
        bind(analyse(line))


def test_parameters_that_are_no_secret_stay():
    assert redact_target("/x?q=1&token=abc&page=2#a") == "/x?q=1&token=?&page=2#a"


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("get http:/h/x", "http://h/x"), ("get https:h", "https://h"), ("get http//h/x", "http://h/x"),
        ("GET HTTP:/h", "http://h"), ("set base http:/h", "http://h"), ("cd https:/h", "https://h"),
        ("send GET http:/h", "http://h"), ("preview get http:/h a=1", "http://h"),
    ],
)  # fmt: skip
def test_a_url_with_a_slip_in_its_scheme_is_refused(shell, line, meant):
    assert f"is not a URL write {meant}; for a path: " in shell.fail(line)


def test_a_slip_in_a_scheme_shows_no_password(shell):
    assert "sesame" not in shell.fail("get http:/ann:sesame@h/x")


def test_a_path_that_begins_with_a_scheme_is_asked_with_a_dot(shell):
    assert shell.record("get ./http:/x").outgoing.url.path == "/http:/x"


@check_rows("text", ["9:30", "09:30:00", "'9:30'", "9:", "9;"])
def test_header_with_a_number_as_its_name_is_refused(text):
    with pytest.raises(UsageError) as told:
        item(text)
    assert "would be a header with the name" in told.value.message
    assert "quote a value with blanks" in told.value.hint


def test_header_with_a_number_as_its_quoted_name_is_read():
    assert item("'9':30").name == "9"
    assert quote_item("9", ":", "30") == "'9':30"


@check_rows(
    ("text", "names"),
    [("v1.0/items", False), ("1.2", False), ("10.0.0.1/x", True), ("10.0.0.1:80/x", True), ("v1.0a/x", True)],
)
def test_name_that_ends_with_a_number_is_no_host(text, names):
    assert names_host(text) is names


def test_unknown_host_may_be_a_path_below_the_base(shell):
    shell.say("set base http://127.0.0.1:9")

    typed, whole = shell.run("get v1.invalid/items"), shell.run("get http://v1.invalid/items")

    assert typed[-1].error.hint == "check the name; if this is a path below the base: ./v1.invalid/items"
    assert whole[-1].error.hint == "check the name"
