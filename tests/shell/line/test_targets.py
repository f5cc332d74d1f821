import pytest

from callbox.errors import UsageError
from callbox.shell.line.binder import bind
from callbox.shell.line.parser import analyse
from callbox.shell.line.targets import redact_target


@pytest.mark.parametrize(
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


@pytest.mark.parametrize(
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


@pytest.mark.parametrize("line", ["get http://ann:?@b/x", "get /x?api_key=?&a=1", "cd http://ann:?@b"])
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
    assert f"is not a URL {meant}, or " in shell.fail(line)


def test_a_slip_in_a_scheme_shows_no_password(shell):
    assert "sesame" not in shell.fail("get http:/ann:sesame@h/x")


def test_a_path_that_begins_with_a_scheme_is_asked_with_a_dot(shell):
    assert shell.record("get ./http:/x").outgoing.url.path == "/http:/x"
