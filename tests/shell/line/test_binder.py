import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.rows import check_rows

from callbox.errors import UsageError
from callbox.shell.line.argument_types import SECRET_PLACEHOLDER
from callbox.shell.line.binder import bind
from callbox.shell.line.parser import analyse


def refused(line):
    with pytest.raises(UsageError) as caught:
        bind(analyse(line))
    return caught.value


def under(error):
    """The part of the line that the caret is under."""
    place = error.place
    return place.source[place.column - 1 : place.column - 1 + place.length]


@check_rows(
    ("line", "name", "values"),
    [
        ("SET Header x-a 1 2", "set header", {"name": "x-a", "values": ("1", "2")}),
        ("GET", "get", {}),
        ("send propfind /x", "send", {"method": "PROPFIND", "target": "/x"}),
        ("send My-Method /x", "send", {"method": "My-Method", "target": "/x"}),
        ("set cookie a 'b c' path=/", "set cookie", {"name": "a", "value": "b c", "attributes": ("path=/",)}),
        ("set auth BASIC ann pw", "set auth", {"scheme": "basic", "arguments": ("ann", "pw")}),
        ("unset cookie a b domain=x", "unset cookie", {"names": ("a", "b"), "attributes": ("domain=x",)}),
        ("unset header *", "unset header", {"names": ("*",)}),
        ("show last -2 json.a", "show last", {"number": -2, "part": "json.a"}),
        ("show cookie", "show cookies", {}),
        ("save history f.http", "save history", {"file": "f.http"}),
        ("save history 1,3..4 f.http", "save history", {"range": ((1, 1), (3, 4)), "file": "f.http"}),
        ("quit", "exit", {}),
        ("? set header", "help", {"topic": ("set", "header")}),
        ("cd -", "cd", {"where": "-"}),
        ("!  ls | wc", "!", {"command": "ls | wc"}),
        ("set var x -5", "set var", {"name": "x", "values": ("-5",)}),
        ("set var x -- --y", "set var", {"name": "x", "values": ("--y",)}),
        ("set var x '--y'", "set var", {"name": "x", "values": ("--y",)}),
    ],
)
def test_a_line_makes_a_call(line, name, values):
    call = bind(analyse(line))

    assert (call.command.name, dict(call.values)) == (name, values)


@check_rows(
    ("typed", "options"),
    [
        ("--follow", {"follow": True}),
        ("--follow yes", {"follow": True}),
        ("--follow no", {"follow": False}),
        ("--no-follow", {"follow": False}),
        ("--verify=no", {"verify": False}),
        ("--no-verify", {"verify": False}),
        ("--timeout 500ms", {"timeout": 0.5}),
        ("--timeout=2", {"timeout": 2.0}),
        ("--no-proxy a.x,b.x", {"no-proxy": "a.x,b.x"}),
        ("--timeout {{t}}", {"timeout": 3.0}),
    ],
)
def test_a_flag_sets_an_option_of_this_request(typed, options):
    call = bind(analyse(f"get /x {typed}"), lambda name: "3")

    assert (call.options, call.flags, call.items) == (options, {}, ())


def test_a_flag_for_yes_or_no_takes_no_other_word():
    call = bind(analyse("get --follow users"))

    assert (call.text("target"), call.options) == ("users", {"follow": True})


def test_short_flags():
    call = bind(analyse("get /x -v -a ann:pw -p hb"))

    assert call.flags == {"verbose": True, "auth": "ann:pw", "print": "hb"}


def test_preview_takes_its_flags_before_and_behind():
    for line in ("preview --as curl --reveal post /x a=1 --form", "preview post /x a=1 --form --as curl --reveal"):
        call = bind(analyse(line))

        assert call.flags == {"as": "curl", "reveal": True}
        assert (call.inner.command.name, call.inner.flags, len(call.inner.items)) == ("post", {"form": True}, 1)


def test_variables_are_filled_and_not_read_again():
    call = bind(analyse("set header X-A {{a b}} '{{c}}'"), lambda name: f"<{name} | >")

    assert call.texts("values") == ("<a b | >", "<c | >")


@check_rows(
    ("line", "word", "hint"),
    [
        ("gte /x", "gte", "Did you mean 'get'?"),
        ("set heder A b", "heder", "Did you mean 'header'?"),
        ("get /x --fom", "--fom", "Did you mean '--form'?"),
        ("set option verfy no", "verfy", "Did you mean 'verify'?"),
        ("set option verify x", "x", "set option verify no"),
        ("set auth baisc a", "baisc", "Did you mean 'basic'?"),
        ("set header X-A: b", "X-A:", "try X-A"),
        ("undo x", "x", "undo takes no words"),
        ("get /x > a b", "b", "quote this word, or put it before >"),
        ("cookies", "cookies", "try show cookies"),
        ("https://a.x", "https://a.x", "try get https://a.x, or cd https://a.x"),
        ("preview undo", "undo", "as in: preview get /path"),
        ("again #4", "#4", "try 4"),
        ("set query a b c", "c", "quote a value with blanks"),
        ("get /x --form=1", "--form=1", "try --form"),
        ("set cookie a=1 b", "a=1", "set cookie a 1"),
        ("get /x a:=b c=d", "a:=b", "name=text sends text"),
    ],
)
def test_the_caret_is_under_the_word_and_one_thing_is_suggested(line, word, hint):
    error = refused(line)

    assert (under(error), error.hint) == (word, hint)


@check_rows(
    ("line", "message"),
    [
        ("set", "set what?"),
        ("set header A", "its value is missing"),
        ("replay", "a .http file is missing"),
        ("get /x --timeout", "--timeout needs its value"),
        ("preview", "a request is missing"),
        ("get 'x", "The quote is not closed"),
        ("get {{x", "The {{ is not closed"),
        ("get /x |", "A command is missing after |"),
        ("get /x >", "A file is missing after >"),
        ("> x", "The line has no command"),
        ("get /x --print x", "--print must be letters of HBhb, not 'x'"),
        ("again 0", "'0' is not the number of a request in the history"),
        ("set var last 1", "'last' is not a name for a variable"),
    ],
)
def test_what_is_missing_or_wrong_is_said(line, message):
    assert refused(line).message == message


@pytest.mark.parametrize("line", ["-" * 60_000, "a" * 60_000, "get /x " + "a" * 60_000, "get /x --" + "a" * 60_000])
def test_a_message_does_not_repeat_a_word_of_many_characters(line):
    error = refused(line)

    assert len(error.message) <= 200
    assert len(error.hint) <= 200


def test_a_key_nests_so_deep_and_no_deeper():
    assert refused(f"post /x a{'[b]' * 200}=1").message == "A key can be nested at most 100 levels deep"


def test_an_undefined_variable_points_at_its_braces():
    error = refused("get /x a={{nope}}")

    assert (error.message, under(error)) == ("Undefined variable 'nope'", "{{nope}}")


def test_a_place_in_a_line_of_several_rows_is_in_its_row():
    error = refused("post /x a:='[\n1]' \\\n --fom")

    assert (error.place.line, error.place.source, under(error)) == (3, " --fom", "--fom")


@check_rows(
    "line",
    ["set auth bearer ?", "set header X-Api-Key ?", "get /x Authorization:?", "get /x q==?"],
    ids=["auth", "header", "item", "harmless name"],
)
def test_a_bare_question_mark_stands_for_a_secret(line: str) -> None:
    assert asks(line) == [True]


@pytest.mark.parametrize("line", ["set auth bearer '?'", "set auth basic ? x"], ids=["quoted", "user"])
def test_another_question_mark_is_text(line: str) -> None:
    assert not any(asks(line)[:1])


def asks(line: str) -> list[bool]:
    """Which values of the line are asked for."""
    call = bind(analyse(line))
    values = [item.value for item in call.items] or call.values.get("values") or call.values["arguments"]
    return [value is SECRET_PLACEHOLDER for value in values]


def test_blank_lines_and_comments_have_nothing_to_bind():
    assert all(analyse(line).is_blank for line in ("", "  ", "# x", "\n"))
    assert not any(analyse(line).is_blank for line in ("get", "! x", "> x"))


WORDS = st.sampled_from(
    "get post send preview set unset show header cookie auth query var option base last again replay save history help"
    " reset cd --form --timeout --as --follow -v -- a=1 a:={ a:=1 X: X; q==1 @f {{x}} {{ 'a \"b ? * | > >> x 3 2..5"
    " -1 #4 ! domain=x basic bearer verify no".split()
)


@given(st.lists(WORDS, max_size=8).map(" ".join) | st.text(max_size=30))
def test_no_line_makes_anything_but_a_call_or_a_usage_error(line):
    analysis = analyse(line)

    if analysis.is_blank:
        return
    try:
        call = bind(analysis, lambda name: "1")
    except UsageError as error:
        assert (error.message != "", error.place is not None) == (True, True)
    else:
        assert call.line == line


VALUES = {
    "last.headers.Location": "@evil.test/x",
    "last.json.id": "7",
    "last.json.sub": ".evil.test",
    "mine": "@b/x",
    "last.json.host": "evil.test/?",
    "last.json.name": "evil/?",
    "last.json.url": "http://own.test/api/",
}


@check_rows(
    "line",
    [
        "get http://a:80{{last.headers.Location}}",
        "get :80{{last.headers.Location}}",
        "get localhost{{last.json.sub}}",
        "get 'http://a{{last.json.sub}}'",
        "post http://a{{last.headers.Location}} x=1",
        "get {{host}}{{last.json.sub}}/x",
        "set base http://a{{last.json.sub}}",
        "cd http://a{{last.json.sub}}",
        "preview get http://a{{last.json.sub}}",
        "get http://{{last.headers.Location}}.test/",
        "send GET http://a{{last.json.sub}}",
        "get {{last.json.host}}.test/x",
        "set base {{last.json.host}}.test",
        "set base {{last.json.name}}.test",
        "get books{{last.json.sub}}/x",
        "cd books{{last.json.sub}}/x",
        "get {{last.json.host}}{{mine}}.test/x",
        "get {{last.json.url}}{{part}}/x",
    ],
)
def test_value_of_a_response_changes_no_host_that_is_typed(line):
    with pytest.raises(UsageError) as caught:
        bind(analyse(line), {**VALUES, "host": "http://a", "part": ".own.test"}.__getitem__)

    assert "would change the host of this URL" in caught.value.message
    assert under(caught.value).startswith("{{last.")


@check_rows(
    ("line", "target"),
    [
        ("get books{{last.json.id}}", "books7"),
        ("get books/{{last.json.id}}", "books/7"),
        ("get http://a/{{last.headers.Location}}", "http://a/@evil.test/x"),
        ("get http://a{{mine}}", "http://a@b/x"),
        ("get {{last.headers.Location}}", "@evil.test/x"),
        ("get http://h:{{last.json.id}}/x", "http://h:7/x"),
        ("get {{last.json.url}}{{last.json.id}}", "http://own.test/api/7"),
        ("get {{last.json.url}}{{last.json.id}}/x", "http://own.test/api/7/x"),
        ("get {{last.json.url}}?a={{mine}}", "http://own.test/api/?a=@b/x"),
    ],
)
def test_value_of_a_response_stands_elsewhere_in_a_target(line, target):
    assert bind(analyse(line), VALUES.__getitem__).values["target"] == target


FILES = {
    "last.json.path": "/tmp/../victim",
    "last.json.up": "../x",
    "last.json.id": "7",
    "last.json.at": "a@b",
    "last.json.odd": "x://../victim",
    "mine": "/tmp/x",
}


@check_rows(
    "line",
    [
        "get /x --proxy {{last.json.path}}",
        "get /x --proxy=http://{{last.json.id}}.own.test",
        "set option proxy http://own.test{{last.json.at}}",
        "set option resolve {{last.json.id}}:80:127.0.0.1",
        "replay a.http --sandbox --allow-host {{last.json.at}}",
    ],
)
def test_value_of_a_response_chooses_no_route(line: str) -> None:
    with pytest.raises(UsageError, match="would choose the route to the host"):
        bind(analyse(line), FILES.__getitem__)


@pytest.mark.parametrize(
    "line", ["import openapi http://a{{last.json.at}}", "get /x --validate=http://a{{last.json.at}}"]
)
def test_value_of_a_response_changes_no_host_of_a_description(line: str) -> None:
    with pytest.raises(UsageError, match="would change the host"):
        bind(analyse(line), FILES.__getitem__)


@check_rows(
    "line",
    [
        "get /x > {{last.json.path}}",
        "get /x > {{last.json.id}}",
        "get /x >> item-{{last.json.up}}.json",
        "get /x --download={{last.json.path}}",
        "post /x f@{{last.json.path}}",
        "post /x f@item-{{last.json.up}}",
        "post /x n=@{{last.json.path}}",
        "post /x {{last.json.at}}@{{last.json.path}}",
        "post /x n:=@{{last.json.path}}",
        "get /x q==@{{last.json.path}}",
        "get /x X-A:@{{last.json.path}}",
        "post /x @{{last.json.path}}",
        "export har {{last.json.path}} --force",
        "save history {{last.json.path}} --force",
        "source {{last.json.path}}",
        "replay {{last.json.path}}",
        "import openapi {{last.json.path}}",
        "edit {{last.json.path}}",
        "source {{last.json.odd}}",
        "get /x --download={{last.json.odd}}",
        "import openapi {{last.json.odd}}",
        "get /x --validate={{last.json.path}}",
        "get /x --ca {{last.json.path}}",
        "get /x --cert={{last.json.path}}",
        "set option cert {{last.json.path}}",
        "replay a.http --openapi {{last.json.path}}",
        "replay a.http --env-file {{last.json.path}}",
        "replay a.http --sandbox-output {{last.json.path}}",
    ],
)
def test_value_of_a_response_chooses_no_file(line: str) -> None:
    with pytest.raises(UsageError) as caught:
        bind(analyse(line), FILES.__getitem__)

    assert "would choose which file is used" in caught.value.message
    assert under(caught.value).startswith("{{last.")


@check_rows(
    "line",
    [
        "get /x > {{last.json.id}}.json",
        "get /x > ./item-{{last.json.id}}",
        "post /x f@item-{{last.json.id}}.bin",
        "post /x n={{last.json.path}}",
        "post /x {{last.json.id}}@p.png",
        "post /x {{last.json.at}}@item-{{last.json.id}}",
        "get /x > {{mine}}",
        "post /x f@{{mine}}",
        "set var validate {{last.json.path}}",
        "get /x --validate={{mine}}",
        "get /x --ca {{mine}}",
    ],
)
def test_value_of_a_response_may_be_a_part_of_a_name(line: str) -> None:
    assert bind(analyse(line), FILES.__getitem__)
