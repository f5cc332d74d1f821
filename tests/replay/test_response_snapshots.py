from __future__ import annotations

import json

import pytest
from tests.support.linear import assert_linear
from tests.support.rows import check_rows

from callbox.engine import LiveSession
from callbox.errors import UsageError
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.replay.file_runs_and_threads import run_files
from callbox.replay.response_snapshots import _format_json, _names, folders_of, leaf_differences, pattern_of
from callbox.replay.run_options import Plan, check_ignored
from callbox.report.result import tally_of

BOOK = '{"id": 1, "title": "Dune", "at": "10:00", "tags": ["a", "b"], "api_token": "s3cr3t"}'


@pytest.fixture
def go(server, ports, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    server.json("/book", BOOK, "X-Kind: book", "Date: today")

    def run(plan: Plan, text: str = "### a book\nGET BASE/book"):
        (tmp_path / "a.http").write_text(text.replace("BASE", server.url))
        return list(run_files(["a.http"], ports, LiveSession, plan))

    return run


def test_recorded_answers_compare_equal(go) -> None:
    go(Plan(record="kept"))

    assert tally_of(go(Plan(compare="kept"))).exit_code == 0


def test_record_is_for_people_and_holds_no_secret(go, tmp_path) -> None:
    go(Plan(record="kept"))
    text = (tmp_path / "kept" / "a" / "a-book.txt").read_text()

    assert text.startswith('HTTP 200\ncontent-type: application/json\nx-kind: book\n\n{\n  "id": 1,')
    assert "s3cr3t" not in text


@pytest.mark.parametrize(
    ("answer", "field", "ignored", "told"),
    [
        pytest.param(BOOK.replace("Dune", "Emma"), "X-Kind: book", (), ["snapshot body $.title"], id="value"),
        pytest.param(BOOK.replace('"b"', '"c"'), "X-Kind: book", (), ["snapshot body $.tags[1]"], id="item"),
        pytest.param(BOOK.replace('"b"', '"c"'), "X-Kind: book", ("$.tags[*]",), [], id="ignored-item"),
        pytest.param(BOOK.replace("10:00", "11:00"), "X-Kind: book", ("$.at",), [], id="ignored-member"),
        pytest.param(BOOK.replace("10:00", "11:00"), "X-Kind: book", ("$..at",), [], id="ignored-anywhere"),
        pytest.param(BOOK.replace("10:00", "11:00"), "X-Kind: book", ("$.a",), ["snapshot body $.at"], id="not-a-prefix"),
        pytest.param(BOOK, "X-Kind: film", (), ["snapshot header x-kind"], id="header"),
        pytest.param(BOOK, "X-Kind: film", ("header:X-Kind",), [], id="ignored-header"),
        pytest.param("no json", "X-Kind: book", (), ["snapshot body line 1"], id="text"),
        pytest.param("[" + ",".join(map(str, range(50))) + "]", "X-Kind: book", ("$.*", "$.tags[*]"), [
            *(f"snapshot body $[{number}]" for number in range(20)), "snapshot"
        ], id="more-than-are-told"),
        pytest.param("no json", "X-Kind: book", ("body",), [], id="ignored-body"),
        pytest.param(BOOK.replace("s3cr3t", "0ther"), "X-Kind: book", (), [], id="secret"),
    ],
)  # fmt: skip
def test_differences_are_checks_that_fail(go, server, answer, field, ignored, told) -> None:
    go(Plan(record="kept"))
    server.json("/book", answer, field, "Date: tomorrow")
    results = go(Plan(compare="kept", ignored=ignored))

    assert [checked.text for checked in results[0].failures] == told
    assert results[0].outcome == ("failed" if told else "ok")


def test_status_is_compared(go, server) -> None:
    go(Plan(record="kept"))
    server.json("/book", BOOK, "X-Kind: book", status="201 Created")
    failures = go(Plan(compare="kept"))[0].failures

    assert [(one.expected, one.actual) for one in failures] == [("200", "201")]


def test_missing_snapshot_fails(go) -> None:
    failures = go(Plan(compare="kept"))[0].failures

    assert [(one.expected, one.actual) for one in failures] == [
        ("kept/a/a-book.txt", "no such file: --record kept makes it")
    ]


def test_answer_written_in_the_script_stands_for_a_snapshot(go) -> None:
    text = "### a book\nGET BASE/book\n\n###\nHTTP/1.1 200 OK\nX-Kind: film\nContent-Type: application/json\n\n" + BOOK
    failures = go(Plan(compare="kept"), text)[0].failures

    assert [one.text for one in failures] == ["snapshot header x-kind"]


def test_same_names_do_not_share_a_file(go, tmp_path) -> None:
    go(Plan(record="kept", repeat=2), "### a\nGET BASE/book\n### a\nGET BASE/book")

    names = sorted(path.name for path in (tmp_path / "kept" / "a").iterdir())
    assert names == ["a-2.2.txt", "a-2.txt", "a.2.txt", "a.txt"]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", '{"said": ["hunter2hunter2"]}'),
        ("text/plain", "hunter2hunter2!"),
        ("x/y", "\xff hunter2hunter2"),
    ],
)
def test_value_of_a_secret_is_in_no_snapshot_and_may_change(go, server, tmp_path, kind, body) -> None:
    def plan(pin: str, **more: str) -> Plan:
        server.answers["/book"] = _answer(kind, body.replace("hunter2hunter2", pin))
        return Plan(variables={"pin": pin}, secret_names=frozenset(["pin"]), **more)

    go(plan("hunter2hunter2", record="kept"))
    results = go(plan("another-one-42", compare="kept"))

    assert b"hunter2" not in (tmp_path / "kept/a/a-book.txt").read_bytes()
    assert [(result.outcome, result.failures) for result in results] == [("ok", ())]


def test_request_without_a_log_has_no_snapshot_and_says_so(go, tmp_path) -> None:
    text = "### a book\n# @no-log\nGET BASE/book"
    go(Plan(record="kept"), text)
    (result,) = go(Plan(compare="kept"), text)

    assert not (tmp_path / "kept").exists()
    assert [(one.is_ok, one.actual) for one in result.checks] == [(True, "none: # @no-log")]


def test_difference_of_bytes_is_told_by_their_digest(go, server) -> None:
    server.answers["/book"] = _answer("x/y", "\xff\xfe\x00")
    go(Plan(record="kept"))
    server.answers["/book"] = _answer("x/y", "\xff\xfe\x01\x02")
    failures = go(Plan(compare="kept"))[0].failures

    assert [(one.text, one.expected[:17], one.actual[:17]) for one in failures] == [
        ("snapshot body", "3 bytes, SHA-256 ", "4 bytes, SHA-256 ")
    ]


def test_file_that_is_no_snapshot_is_an_error_of_its_request(go, tmp_path) -> None:
    go(Plan(record="kept"))
    (tmp_path / "kept/a/a-book.txt").write_text("<<<<<<< HEAD\n")
    results = go(Plan(compare="kept"))

    assert [str(result.error) for result in results] == ["kept/a/a-book.txt has no recorded response"]
    assert tally_of(results).exit_code == 2


def test_snapshot_that_cannot_be_written_does_not_end_the_run(go, tmp_path) -> None:
    (tmp_path / "kept").write_text("")
    results = go(Plan(record="kept"), "### a\nGET BASE/book\n### b\nGET BASE/book")

    assert [result.outcome for result in results] == ["error", "error"]
    assert tally_of(results).exit_code == 3


def test_files_of_both_suffixes_do_not_share_a_folder(server, ports, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.http", "a.rest"):
        (tmp_path / name).write_text(f"### x\nGET {server.url}/{name}")
    list(run_files(["."], ports, LiveSession, Plan(record="kept")))

    assert sorted(str(path.relative_to(tmp_path / "kept")) for path in (tmp_path / "kept").rglob("*.txt")) == [
        "a.rest/x.txt", "a/x.txt"
    ]  # fmt: skip


@check_rows("word", ["Date", "header:", "$[", "$.a[x]", "items", "body "])
def test_what_cannot_be_ignored_is_refused(word) -> None:
    with pytest.raises(UsageError, match="--ignore takes"):
        check_ignored(word)


def test_to_ignore_without_a_comparison_is_refused(ports) -> None:
    with pytest.raises(UsageError, match="--ignore works only with"):
        list(run_files([], ports, LiveSession, Plan(ignored=("body",))))


@check_rows(
    ("ignored", "path", "is_ignored"),
    [
        ("$..at", "$[0].at", True), ("$..at", "$.at", True), ("$..at", "$.bat", False),
        ("$.*.id", "$['x.y'].id", True), ("$.*", "$.a", True), ("$", "$.a", True),
        ("$['a.b']", "$['a.b']", True), ("$.a.b", "$['a.b']", False),
    ],
)  # fmt: skip
def test_ignored_paths(ignored, path, is_ignored) -> None:
    check_ignored(ignored)

    assert bool(pattern_of(ignored).match(path)) is is_ignored


def test_member_with_a_dot_is_not_taken_for_another() -> None:
    assert list(leaf_differences({"a.b": 1, "a": {"b": 2}}, {"a.b": 2, "a": {"b": 1}})) == [
        ("$['a.b']", "1", "2"),
        ("$.a.b", "2", "1"),
    ]


@check_rows(
    ("old", "new", "found"),
    [
        (1, 1.0, [("$", "1", "1.0")]),
        ({}, {}, []),
        ({}, [], [("$", "{}", "[]")]),
        ({"a": {}}, {"a": {"b": 1}}, [("$.a", "{}", "nothing"), ("$.a.b", "nothing", "1")]),
        ({"a": [1]}, {"a": {"b": 1}}, [("$.a[0]", "1", "nothing"), ("$.a.b", "nothing", "1")]),
        ([1, [2, 3]], [1], [("$[1][0]", "2", "nothing"), ("$[1][1]", "3", "nothing")]),
        ({"a": "***"}, {"a": 5}, []),
        ({"a": "***"}, {"b": 1}, [("$.a", '"***"', "nothing"), ("$.b", "nothing", "1")]),
        ({"k" * 300: 1}, {"k" * 300: 2}, [(f"$['{'k' * 200}..']", "1", "2")]),
    ],
)
def test_leaves_that_differ(old: object, new: object, found: list[tuple[str, str, str]]) -> None:
    assert list(leaf_differences(old, new)) == found


def test_path_of_a_deep_leaf_is_cut() -> None:
    old, new = 1, 2
    for _ in range(900):
        old, new = {"key": old}, {"key": new}  # type: ignore[assignment]

    [(path, _, _)] = leaf_differences(old, new)
    assert path.endswith(".key..")
    assert len(path) < 2_100


def _answer(kind: str, body: str) -> bytes:
    data = body.encode("latin-1")
    return f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data


SECRETS = (
    '{"id": 1, "newPassword": "%s", "user": {"password": {"old": "%s"}}, "said": "{\\"clientSecret\\": \\"%s\\"}"}'
)


def test_secret_of_any_spelling_and_depth_is_in_no_snapshot_and_may_change(go, server, tmp_path) -> None:
    server.answers["/book"] = _answer("application/json", SECRETS % (("hunter2hunter2",) * 3))
    go(Plan(record="kept"))
    server.answers["/book"] = _answer("application/json", SECRETS % (("another-one-42",) * 3))
    (result,) = go(Plan(compare="kept"))

    assert "hunter2" not in (tmp_path / "kept/a/a-book.txt").read_text()
    assert (result.outcome, result.failures) == ("ok", ())


def test_snapshot_of_a_time_that_knew_other_names_still_compares(go, server, tmp_path) -> None:
    server.answers["/book"] = _answer("application/json", '{"id": 1, "newPassword": "a", "token_type": "bearer"}')
    path = tmp_path / "kept/a/a-book.txt"
    go(Plan(record="kept"))
    head = path.read_text().partition("\n\n")[0]
    path.write_text(head + '\n\n{\n  "id": 1,\n  "newPassword": "in clear",\n  "token_type": "***"\n}')
    (result,) = go(Plan(compare="kept"))

    assert (result.outcome, result.failures) == ("ok", ())


@pytest.mark.parametrize(
    ("kind", "field", "body"),
    [
        pytest.param("text/plain", "X-A: b", "name: ann\npassword: %s\nid: 1", id="lines"),
        pytest.param("application/xml", "X-A: b", "<u><name>ann</name><password>%s</password></u>", id="elements"),
        pytest.param("text/plain", "X-A: b", "go to /x?q=1&token=%s", id="pairs"),
        pytest.param("text/plain", "X-A: b", "go to http://ann:%s@h/x", id="URL"),
        pytest.param("application/json", "X-A: b", '{"said": "go to http://ann:%s@h/x"}', id="URL-in-JSON"),
        pytest.param("application/json", "X-A: b", '{"said": "password: %s"}', id="text-in-JSON"),
        pytest.param("application/json", "X-A: b", '[{"name": "password", "value": "%s"}]', id="name-beside-value"),
        pytest.param("application/json", "X-A: b", '[{"value": "%s", "key": "token"}]', id="value-before-name"),
        pytest.param("application/json", "X-A: b", '{"token": {"access": "%s"}}', id="below-a-name"),
        pytest.param(
            "application/json", "X-A: b", '{"name": "password", "value": {"a": "%s"}}', id="object-beside-name"
        ),
        pytest.param(
            "application/json", "X-A: b", '{"key": "token", "value": {"x": {"y": "%s"}}}', id="deep-beside-name"
        ),
        pytest.param("application/json", "X-A: b", '{"name": "secret", "value": [{"v": "%s"}]}', id="list-beside-name"),
        pytest.param("application/json", "X-A: b", '{"headers": [["X-Api-Key", "%s"]]}', id="pair-in-a-list"),
        pytest.param("application/json", "X-A: b", '{"password=%s": 1}', id="name-of-a-member"),
        pytest.param("application/json", "X-Debug: got password: %s", "{}", id="text-in-field"),
        pytest.param("text/plain", "Link: <http://h/?token=%s>; rel=next", "", id="link"),
        pytest.param("text/plain", "Content-Location: http://ann:%s@h/", "", id="URL-in-field"),
    ],
)
def test_secret_that_a_text_names_is_in_no_snapshot_and_may_change(go, server, tmp_path, kind, field, body) -> None:
    def answer(secret: str) -> None:
        head, _, rest = _answer(kind, body.replace("%s", secret)).partition(b"\r\n")
        server.answers["/book"] = head + f"\r\n{field.replace('%s', secret)}\r\n".encode() + rest

    answer("hunter2aa")
    go(Plan(record="kept"))
    kept = (tmp_path / "kept/a/a-book.txt").read_text()
    answer("other2bbb")
    (result,) = go(Plan(compare="kept"))

    assert "hunter2aa" not in kept
    assert "***" in kept
    assert (result.outcome, result.failures) == ("ok", ())


def test_number_of_a_credential_is_in_no_snapshot() -> None:
    assert b"48151623" not in _format_json('{"password": 48151623, "items": 2}')


def test_snapshot_takes_time_by_the_size_of_the_body() -> None:
    small, large = (
        json.dumps({"a": "; ".join(f"token=s{number:06}x" for number in range(size))}) for size in (300, 3_000)
    )

    assert_linear(_format_json, small, large, most=35)


def test_steps_of_one_name_are_counted_in_linear_time() -> None:
    small, large = (parse("### a\nGET http://h/\n" * count, "a.http").steps for count in (200, 1_600))

    assert_linear(_names, small, large, most=30)


@check_rows(
    ("titles", "names"),
    [
        (["a", "a", "a-2"], ["a", "a-3", "a-2"]),
        (["a", "A", "a"], ["a", "A-2", "a-3"]),
        (["a", "a.2", "b.2"], ["a", "a.2-2", "b.2"]),
    ],
)
def test_each_step_has_a_file_of_its_own(titles: list[str], names: list[str]) -> None:
    script = parse("".join(f"### {title}\nGET http://h/\n\n" for title in titles), "a.http")

    assert list(_names(script.steps).values()) == names


def test_members_whose_names_are_redacted_stay_apart() -> None:
    members = json.loads(
        _format_json(json.dumps({"password=a": 1, "password=b": 2, "password=***": 3, "ghp_" + "x" * 36: 4}))
    )

    assert len(members) == 4


def test_many_members_whose_names_are_redacted_are_read_in_linear_time() -> None:
    def body(count: int) -> str:
        return json.dumps({f"password={number}": 1 for number in range(count)})

    assert_linear(_format_json, body(200), body(1_600), most=30)


def test_scripts_of_one_name_do_not_share_a_folder(go, ports, server, tmp_path, monkeypatch) -> None:
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    for name in ("x.http", "../x.http"):
        (tmp_path / "below" / name).write_text(f"GET {server.url}/book")

    list(run_files(["x.http", "../x.http"], ports, LiveSession, Plan(record="kept")))

    assert sorted(path.name for path in (tmp_path / "below" / "kept").iterdir()) == ["up~", "x"]


def test_each_path_of_a_script_has_its_own_folders() -> None:
    names = ["x.http", "../x.http", "../../x.http", "x", "up/x.http", "up~/x.http", "_/x.http", " /x.http", "a b.http"]
    names += ["a_b.http", "a+b.http", "x.rest", "-", "stdin.http", "stdin", "stdin~.http", "x~.http", "a/x.http"]
    names += ["x.rest.http", "x.http.http", "x.rest.http.http", "x.HTTP", "x.HTTP.http", "x.rest.rest", "x.rest.http~"]

    names += ["y.txt", "y.txt.http", "y.txt/x.http", "y.TXT.http", "y.txt~.http", "y.txt.rest", "y.txt~d/x.http"]

    assert len({tuple(folders_of(name)) for name in names}) == len(names)


@check_rows("script", ["x/y.txt.http", "x/Y.TXT.http", "x/y.txt/z.http", "x/y.txt"])
def test_folder_of_a_script_is_never_the_file_of_a_step_of_another_script(script: str) -> None:
    assert not any(part.lower().endswith(".txt") for part in folders_of(script))


def test_snapshots_of_a_step_and_of_a_script_in_a_folder_of_its_name_are_both_written(
    go, ports, server, tmp_path, monkeypatch
) -> None:
    (tmp_path / "x").mkdir()
    monkeypatch.chdir(tmp_path)
    for name in ("x.http", "x/y.txt.http"):
        (tmp_path / name).write_text(f"# @name y\nGET {server.url}/book")

    list(run_files(["x.http", "x/y.txt.http"], ports, LiveSession, Plan(record="kept")))

    assert sorted(path.name for path in (tmp_path / "kept/x").rglob("*")) == ["y.txt", "y.txt", "y.txt~d"]
