import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.linear import assert_linear
from tests.support.rows import check_rows

from callbox.memory.api_facts import NO_DETAILS, Fact, Observation, Seen
from callbox.shell.completion.completer import complete
from callbox.shell.completion.completion_context import CompletionContext, FieldName, Named, Target
from callbox.shell.line.binder import bind
from callbox.shell.line.parser import analyse
from callbox.shell.registry import COMMANDS

SEEN = Seen()
FACTS = (Fact("query", "/y", "limit"), Fact("field", "/x", "name"), Fact("field", "/users", "name"))
SEEN.add(Observation("https://b.x", tuple((fact, NO_DETAILS) for fact in FACTS)), 1)
FILES = ("flow.http", "img/", "my file.txt")
KNOWN = CompletionContext(
    headers=(Named("X-Mine", "1"),),
    cookies=(Named("sid"), Named("csrf")),
    query=(Named("page", "2"),),
    vars=(Named("id", "42"),),
    options=(Named("timeout", "5"),),
    base="https://b.x",
    targets=(Target("/users", "list users"), Target("/users/{id}"), Target("https://a.x/y")),
    seen=SEEN,
    steps=("users[0].name", "token"),
    last_headers=("Location",),
    environ=("HOME",),
    history=(Named("3", "get /users"),),
    files=lambda typed: [name for name in FILES if name.startswith(typed)],
)


def texts(line, cursor=None):
    return [candidate.text for candidate in complete(line, len(line) if cursor is None else cursor, KNOWN)]


def after(line):
    """The line with the first completion taken."""
    first = complete(line, len(line), KNOWN)[0]
    return line[: first.start] + first.text


@check_rows(
    ("line", "completed"),
    [
        ("ge", "get"),
        ("GE", "GET"),
        ("set he", "set header"),
        ("set header acc", "set header Accept"),
        ("set header Accept application/j", "set header Accept application/json"),
        ("set option ver", "set option verify"),
        ("set option verify n", "set option verify no"),
        ("set auth be", "set auth bearer"),
        ("unset header x", "unset header X-Mine"),
        ("unset cookie s", "unset cookie sid"),
        ("unset cookie sid d", "unset cookie sid domain="),
        ("unset query p", "unset query page"),
        ("unset var i", "unset var id"),
        ("unset option t", "unset option timeout"),
        ("get us", "get /users"),
        ("get /x na", "get /x name="),
        ("get /x lim", "get /x limit=="),
        ("get /x Content-T", "get /x Content-Type:"),
        ("get /x Accept:text/h", "get /x Accept:text/html"),
        ("get /x --ver", "get /x --verbose"),
        ("get /x --no-fol", "get /x --no-follow"),
        ("get /x --verify=n", "get /x --verify=no"),
        ("get /x --auth-type b", "get /x --auth-type basic"),
        ("get /x a={{last.json.t", "get /x a={{last.json.token}}"),
        ("get /x 'a={{i", "get /x 'a={{id}}"),
        ("get /x > f", "get /x > flow.http"),
        ("post /x < f", "post /x < flow.http"),
        ("post /x <f", "post /x <flow.http"),
        ("post /x < my", "post /x < 'my file.txt'"),
        ("post /x < 'my f", "post /x < 'my file.txt'"),
        ("post /x X-A:1 < f", "post /x X-A:1 < flow.http"),
        ("preview post /x < f", "preview post /x < flow.http"),
        ("replay my", "replay 'my file.txt'"),
        ("replay 'my f", "replay 'my file.txt'"),
        ("post /x f@fl", "post /x f@flow.http"),
        ("post /x a=@im", "post /x a=@img/"),
        ("preview po", "preview post"),
        ("preview --as c", "preview --as curl"),
        ("preview post us", "preview post /users"),
        ("preview post /x nam", "preview post /x name="),
        ("show last json.t", "show last json.token"),
        ("show last ti", "show last timing"),
        ("help set op", "help set option"),
        ("again", "again"),
        ("again 3 nam", "again 3 name="),
        ("reset coo", "reset cookie"),
    ],
)
def test_the_first_completion(line, completed):
    assert after(line) == completed


def test_what_is_behind_the_cursor_does_not_matter():
    assert texts("set he X-A 1", cursor=6) == ["header"]


def test_closing_braces_are_not_doubled():
    assert texts("get {{toke}}", cursor=len("get {{toke")) == ["last.json.token"]


def test_a_candidate_says_what_it_is():
    (first, *_) = complete("get /us", 7, KNOWN)

    assert (first.meta, first.style, first.start) == ("list users", "path", 4)


def test_a_flag_that_stands_there_is_not_offered_again():
    assert "--form" not in texts("get /x --form --f")


def test_files_are_offered_behind_the_sign_of_an_input_file() -> None:
    assert texts("post /x < ") == texts("post /x > ")
    assert texts("post /x <") == texts("post /x > ")


def test_no_field_is_offered_beside_an_input_file() -> None:
    assert not [text for text in texts("post /x < flow.http ") if text.endswith("=") and not text.endswith("==")]


def test_parts_of_the_last_response_come_before_the_numbers_of_requests() -> None:
    known = KNOWN._replace(history=(Named("2", "GET /b"), Named("1", "GET /a")))
    offered = [one.text for one in complete("show last ", 10, known)]

    assert offered.index("headers") < offered.index("2")
    assert next(one.text for one in complete("show last 2", 11, known)) == "2"


def test_flags_of_a_body_come_last_for_a_get() -> None:
    flags = texts("get /x --")

    assert flags.index("--json") > flags.index("--all-pages")
    assert texts("post /x --").index("--json") == 0


@check_rows("line", ["# ge", "! ge", "get /x | j", "undo x", "gte "])
def test_nothing_is_offered_where_nothing_is_known(line):
    assert texts(line) == []


def test_what_an_item_completes_to_is_an_item():
    known = CompletionContext(fields=(FieldName("a b"), FieldName("c=d")))

    for candidate in complete("post /x ", 8, known)[:2]:
        bind(analyse(f"post /x {candidate.text}1"))


def test_beginnings_come_before_parts_and_parts_before_scattered_letters():
    known = CompletionContext(targets=tuple(Target(name) for name in ("u1s2e3", "/a/mouse", "/x/use", "users")))

    found = [candidate.text for candidate in complete("get use", 7, known)]

    assert [text for text in found if ":" not in text] == ["users", "/x/use", "/a/mouse", "u1s2e3"]
    assert found.index("User-Agent:") == 3


EXAMPLES = [example for command in COMMANDS for example in command.examples]


@check_rows("example", EXAMPLES)
def test_every_beginning_of_every_example_completes(example):
    for cursor in range(len(example) + 1):
        complete(example, cursor, KNOWN)
        complete(example[:cursor], cursor, KNOWN)


@check_rows("example", EXAMPLES)
def test_the_words_of_a_command_are_offered(example):
    verb, *rest = example.split()

    assert verb in texts("") or verb == "!"
    if rest and texts(f"{verb} ") and (verb, rest[0]) in {command.words for command in COMMANDS}:
        assert rest[0] in texts(f"{verb} ")


@given(st.text(max_size=40), st.integers(-3, 45))
def test_no_text_and_no_cursor_raise(line, cursor):
    for candidate in complete(line, cursor, KNOWN):
        assert 0 <= candidate.start <= max(0, cursor)


@given(
    st.lists(
        st.sampled_from([*"abl{}[]'\"= :;@-?.|>", "{{", "set ", "get ", "preview ", "--as", " "]), max_size=20
    ).map("".join)
)
def test_no_half_typed_line_raises(line):
    complete(line, len(line), KNOWN)


def test_many_paths_cost_little():
    known = CompletionContext(targets=tuple(Target(f"/api/v1/things{i}/sub{i % 17}/" + "a" * 60) for i in range(3000)))
    few = CompletionContext(targets=known.targets[:30])
    typed = "get " + "a" * 40 + "zz"

    assert_linear(lambda facts: complete(typed, len(typed), facts), few, known, most=400)


@check_rows("base", ["", "https://b.x", "https://b.x/v2/", ":8000", "http://[", "nonsense"])
@check_rows(
    "line",
    [
        "get localhost:8000/users?a=1 na=1",
        "post b.x/y/ limit==1 X-A:b",
        "get http://b.x/y",
        "cd :8000/x",
        "set base localhost:8000/",
        "send PROPFIND //b.x/y",
        "ls ../y",
        "unset api https://b.x",
    ],
)
def test_no_base_and_no_half_typed_url_stops_completion(base: str, line: str) -> None:
    context = KNOWN._replace(base=base)

    for length in range(len(line) + 1):
        complete(line[:length], length, context)


def test_paths_of_a_host_without_its_scheme_are_offered_where_there_is_no_base() -> None:
    seen = Seen()
    seen.add(Observation("https://b.x", ((Fact("path", "/y", "GET"), NO_DETAILS),)), 1)

    found = complete("get b.x/", 8, KNOWN._replace(base="", targets=(), seen=seen))

    assert "b.x/y" in [candidate.text for candidate in found]


@check_rows(
    ("typed", "ids"),
    [("h1", ["h1", "h19", "h10"]), ("h5", ["h51"]), ("h19", ["h19"]), ("1", ["1", "12"]), ("2", ["2"])],
)
def test_ids_of_requests_complete_by_their_beginning_alone(typed: str, ids: list[str]) -> None:
    history = tuple(Named(name, "GET /x") for name in ("12", "2", "1", "h51", "h41", "h21", "h19", "h10", "h1"))
    line = f"again {typed}"

    assert [one.text for one in complete(line, len(line), CompletionContext(history=history))] == ids


@check_rows(
    ("typed", "names"),
    [
        ("ro", ["room="]),
        ("n", ["name="]),
        ("author", ["author="]),
        ("autho", ["author=", "Authorization:"]),
        ("Author", ["author=", "Authorization:"]),
        ("Proxy", ["Proxy-Authorization:"]),
    ],
)
def test_headers_that_only_contain_the_letters_stay_behind_fields(typed: str, names: list[str]) -> None:
    context = CompletionContext(base="http://h", fields=tuple(map(FieldName, ("room", "name", "author"))))
    line = f"post /x {typed}"

    found = [one.text for one in complete(line, len(line), context)]

    assert found[: len(names)] == names
    assert not set(found[len(names) :]) & {"Proxy-Authorization:", "If-None-Match:"}


@check_rows(
    ("line", "completed"),
    [
        ("get /y?", "get /y?limit="),
        ("get /y?li", "get /y?limit="),
        ("get /y?a=1&", "get /y?a=1&limit="),
        ("get /y?a=1&l", "get /y?a=1&limit="),
        ("get '/y?l", "get '/y?limit="),
        ('get "/y?a=b c&l', 'get "/y?a=b c&limit='),
        ("get https://b.x/y?l", "get https://b.x/y?limit="),
        ("get y?l", "get y?limit="),
        ("preview get /y?l", "preview get /y?limit="),
        ("/y?l", "/y?limit="),
        ("get /y?pa", "get /y?page="),
    ],
)
def test_name_of_a_parameter_is_completed_in_the_url(line, completed):
    assert after(line) == completed


def test_parameter_that_the_url_has_already_is_not_offered_again():
    assert "limit=" not in texts("get /y?limit=2&")
    assert "limit=" not in texts("get /y?limit=2&lim")


def test_hash_ends_the_query_of_a_url():
    assert not texts("get /y?a=1#l")


@check_rows(
    ("line", "completed"),
    [
        ("curl --dat", "curl --data"),
        ("curl --compr", "curl --compressed"),
        ("curl -", "curl -d"),
        ("curl -s --heade", "curl -s --header"),
        ("curl https://b.x/u", "curl https://b.x/users"),
        ("curl -s https://b.x/u", "curl -s https://b.x/users"),
        ("$ curl https://b.x/u", "$ curl https://b.x/users"),
        ("import curl https://b.x/u", "import curl https://b.x/users"),
        ("curl -X P", "curl -X POST"),
        ("curl -d @fl", "curl -d @flow.http"),
        ("curl --data-binary @my", "curl --data-binary @'my file.txt'"),
        ("curl -T im", "curl -T img/"),
        ("curl -o fl", "curl -o flow.http"),
        ("curl -F a=@fl", "curl -F a=@flow.http"),
        ("curl https://b.x/y?l", "curl https://b.x/y?limit="),
    ],
)
def test_words_of_a_curl_command_are_completed(line, completed):
    assert after(line) == completed


@check_rows("line", ["curl -d a", "curl -H X", "curl -u a", "curl get"])
def test_other_values_of_a_curl_command_get_no_candidates(line):
    assert not texts(line)


def test_curl_gets_no_target_without_its_host():
    assert all("://" in text for text in texts("curl "))


JSON_STEPS = KNOWN._replace(steps=("results", "results[0]", "results[0].id", "count"))


@check_rows(
    ("line", "first"),
    [
        ("get /y/{{last.json.", "last.json.results[0].id}}"),
        ("get /y/{{last.json.res", "last.json.results[0].id}}"),
        ("get /y q=={{last.json.", "last.json.results[0].id}}"),
        ("get /y X-A:{{last.json.res", "last.json.results[0].id}}"),
        ("set auth bearer {{last.json.res", "last.json.results[0].id}}"),
        ("post /y a:={{last.json.", "last.json.results}}"),
    ],
)
def test_only_a_body_takes_a_list_before_a_single_value(line, first):
    assert complete(line, len(line), JSON_STEPS)[0].text == first


def test_whole_name_has_no_candidates_that_only_contain_its_letters():
    known = KNOWN._replace(environ=("NVPL_BLAS_DEBUG_CPU_TYPE",))

    assert not [one.text for one in complete("get /y/{{last", 13, known) if "NVPL" in one.text]


@pytest.mark.parametrize("typed", ["X-min", "x-min"])
def test_header_whose_name_has_two_cases_is_offered_once(typed):
    seen = Seen()
    seen.add(Observation("https://b.x", ((Fact("header", "/y", "x-mine"), NO_DETAILS),)), 1)
    line = f"get /y {typed}"

    assert [one.text for one in complete(line, len(line), KNOWN._replace(seen=seen))] == ["X-Mine:"]


def test_seen_header_has_its_usual_spelling():
    seen = Seen()
    seen.add(Observation("https://b.x", ((Fact("header", "/y", "accept"), NO_DETAILS),)), 1)
    line = "get /y acc"
    found = [one.text for one in complete(line, len(line), KNOWN._replace(seen=seen, headers=()))]

    assert found[0] == "Accept:"
    assert "accept:" not in found


def test_accept_offers_only_types_that_responses_have():
    found = texts("get /y Accept:")

    assert found[0] == "application/json"
    assert "application/x-www-form-urlencoded" not in found
    assert "multipart/form-data" not in found
