"""What a shell keeps for the next one: two shells on one folder, a real API, a real file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.shell.conftest import Shell
from tests.support.closed_port import CLOSED

from callbox.cli.session_startup import make_context
from callbox.memory.history_and_facts_database import NAME
from callbox.practice import Practice
from callbox.shell.completion.completer import complete
from callbox.shell.completion.completion_context_builder import build_context
from callbox.shell.interpreter import before_exit

Start = Callable[..., Shell]


@pytest.fixture
def start(api: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """A new shell, as at a prompt."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    shells: list[Shell] = []

    def begin(*, keeps: bool = True) -> Shell:
        context = make_context(lambda: 100)
        context.session.base_url = api.url
        context.keeps_requests = keeps
        shells.append(Shell(context))
        return shells[-1]

    yield begin
    for shell in shells:
        leave(shell)
        shell.context.session.close()


def leave(shell: Shell) -> str:
    return "".join(text for output in before_exit(shell.context) for _, text in output.fragments)


def offered(shell: Shell, line: str) -> dict[str, str]:
    """What is offered, once earlier shells' part is loaded, with its description."""
    shell.context.completion = build_context(shell.context)
    shell.context.remember().flush()
    return {one.text: one.meta for one in complete(line, len(line), shell.context.completion)}


@pytest.mark.parametrize(
    ("line", "text", "meta"),
    [
        ("get /books/", "/books/1", "seen earlier"),
        ("get /books per_page==", "2", "seen earlier"),
        ("get /books/1 X-Tr", "X-Trace:", "header, seen earlier"),
        ("patch /books/1 pa", "pages:=", "seen earlier"),
    ],
    ids=["path", "parameter", "header", "field"],
)
def test_the_next_shell_knows_the_api(start: Start, line: str, text: str, meta: str) -> None:
    first = start()
    first.run("get /books per_page==2", "get /books/1 X-Trace:on", "patch /books/1 pages:=3")
    leave(first)

    assert offered(start(), line)[text].endswith(meta)


def test_the_next_shell_does_not_offer_a_path_that_was_not_found(start: Start) -> None:
    first = start()
    first.run("get /books/1", "get /nope")
    leave(first)

    assert "/nope" not in offered(start(), "get /no")


def test_labels_of_lists_are_known_the_next_day(start: Start) -> None:
    first = start()
    first.run("get /books per_page==3")
    leave(first)

    metas = [meta for text, meta in offered(start(), "get /books/").items() if text.startswith("/books/")]

    assert metas
    assert all(", seen earlier" in meta for meta in metas)


def test_first_menu_after_the_start_has_the_facts_of_earlier_shells(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("callbox.shell.memory_file_thread.ASKING_S", 60)
    first = start()
    first.run("get /books per_page==3")
    leave(first)
    second = start()
    monkeypatch.setattr("callbox.shell.memory_file_thread.PAUSE_S", 60)  # the thread has not begun to read

    context = build_context(second.context)

    assert "/books/1" in [one.text for one in complete("get /books/", 11, context)]


def test_half_of_a_host_is_not_offered_as_a_known_one(start: Start) -> None:
    first = start()
    first.run("get /books/1")
    leave(first)
    second = start()
    half = second.context.session.base_url[:-1]
    second.context.session.base_url = ""

    offered(second, "get ")
    offered(second, f"get {half}")

    assert f"{half}/" not in offered(second, "get ")


def test_all_earlier_ids_are_completed(start: Start) -> None:
    first = start()
    first.run(*["get /ping"] * 31)
    leave(first)

    second = start()
    offered(second, "again ")

    assert list(offered(second, "again h1"))[:2] == ["h1", "h19"]


@pytest.fixture
def second(start: Start) -> Shell:
    """A shell after one that has sent two requests; it has sent one itself."""
    first = start()
    first.run("get /ping", "get /books/1")
    leave(first)
    shell = start()
    shell.run("get /me")
    return shell


def test_earlier_requests_are_listed_with_ids_of_their_own(second: Shell) -> None:
    rows = second.say("show history --earlier").splitlines()

    assert [row.split()[0] for row in rows[1:]] == ["h1", "h2"]
    assert "/books/1 200" in rows[2]


def test_earlier_requests_are_listed_as_many_as_asked_for(second: Shell) -> None:
    assert "h1 GET" not in second.say("show history --earlier=1")


def test_requests_of_this_shell_are_listed_apart(second: Shell) -> None:
    assert [line.split()[0] for line in second.say("show history").splitlines()] == ["1"]


def test_a_list_of_earlier_requests_is_the_same_again(second: Shell) -> None:
    assert second.say("show history --earlier") == second.say("show history --earlier")


@pytest.fixture
def third(start: Start) -> Shell:
    """A shell after one that has sent three requests."""
    first = start()
    first.run("get /books/1", "get /books/2", "post /echo title=Emma")
    leave(first)
    return start()


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("show last h1 json.id", "1\n"),
        ("show last h1 headers", "200 OK"),
        ("show last h1 request", "GET /books/1"),
        ("diff h1 h2", "title"),
        ("preview again h1", "/books/1"),
    ],
)
def test_an_earlier_id_goes_wherever_a_number_goes(third: Shell, line: str, shown: str) -> None:
    assert shown in third.say(line)


def test_an_earlier_id_is_sent_again(third: Shell) -> None:
    assert third.record("again h2").outgoing.url.path == "/books/2"


def test_an_earlier_id_is_sent_again_with_more_items(third: Shell) -> None:
    assert b"Emma" in third.record("again h3 extra=1").outgoing.content.data


def test_earlier_ids_are_saved_as_a_script(third: Shell, tmp_path: Path) -> None:
    third.say("save history h1..h3 flow.http")

    assert (tmp_path / "flow.http").read_text().count("###") >= 3


def test_options_of_earlier_requests_are_saved_in_a_script(start: Start, tmp_path: Path) -> None:
    first = start()
    first.run("get /redirect/1 --no-follow --verify=no --timeout 3", "get /books/2 -k")
    leave(first)
    start().say("save history h1..h2 flow.http")

    text = (tmp_path / "flow.http").read_text()
    assert text.count("# @no-redirect\n") == 1
    assert text.count("# @insecure\n") == 2
    assert "# @timeout 3000 ms\n" in text


def test_an_earlier_id_is_compared_with_a_number(third: Shell) -> None:
    third.run("get /books/2")

    assert third.say("diff h1 1 headers")


def test_an_earlier_request_is_an_object_of_json(third: Shell) -> None:
    assert json.loads(third.run("show history --earlier --format json")[0].data)[0]["method"] == "GET"


def test_the_live_response_alone_is_last(start: Start) -> None:
    first = start()
    first.run("get /books/1")
    leave(first)

    assert "no last response yet" in start().fail("get /{{last.json.id}}")


def test_an_unknown_id_says_what_there_is(start: Start) -> None:
    first = start()
    assert first.fail("again h7") == "No earlier request h7 no request is saved yet"
    first.run("get /ping")
    leave(first)

    assert (
        start().fail("again h7")
        == "No earlier request h7 saved requests: h1 to h1; to list them: show history --earlier"
    )
    assert "is not the number of a request in the history" in start().fail("again h0")
    assert "is not a range" in start().fail("save history 1..h2 x.http")


def test_secrets_are_not_in_the_file_and_are_asked_for(start: Start, tmp_path: Path) -> None:
    first = start()
    first.run(
        "set auth bearer hunter2hunter2",
        "post /echo?token=hunter2hunter2 user=ann password=hunter2hunter2 X-Api-Key:hunter2hunter2",
        "post /echo note=hunter2hunter2 password=hunter2hunter2",
    )
    leave(first)
    second = start()
    second.answers = ["new1", "new2", "new3"]

    assert b"hunter2hunter2" not in (tmp_path / "state" / "callbox" / NAME).read_bytes()
    record = second.record("again h1")
    assert "token=new" in record.outgoing.url.text
    assert [is_secret for _, is_secret in second.asked] == [True, True, True]
    assert "a secret under another name" in second.fail("again h2")


def test_again_sends_to_the_origin_of_the_request(start: Start, api: Practice) -> None:
    first = start()
    first.run("get /books/1")
    leave(first)
    second = start()
    second.run(f"set base http://localhost:{api.port}/elsewhere")

    assert second.record("again h1").outgoing.url.text == f"{api.url}/books/1"


def test_option_history_no_keeps_nothing(start: Start, tmp_path: Path) -> None:
    shell = start()
    shell.run("set option history no", "get /books/1")
    build_context(shell.context)
    leave(shell)

    assert not (tmp_path / "state" / "callbox" / NAME).exists()


def test_lines_without_a_prompt_keep_nothing_unless_an_option_says_so(start: Start, tmp_path: Path) -> None:
    shell = start(keeps=False)
    shell.run("get /books/1")
    leave(shell)
    assert not (tmp_path / "state" / "callbox" / NAME).exists()

    shell = start(keeps=False)
    shell.run("set option history-of all", "get /books/1")
    leave(shell)

    assert "h1 GET" in start().say("show history --earlier")


def test_replays_keep_nothing_unless_an_option_says_so(start: Start, tmp_path: Path) -> None:
    (tmp_path / "a.http").write_text("GET /books/1\n")
    shell = start()
    shell.run("replay a.http")
    leave(shell)
    assert "no earlier request" in start().say("show history --earlier")

    shell = start()
    shell.run("set option history-of all", "replay a.http")
    leave(shell)

    assert "h1 GET" in start().say("show history --earlier")


@pytest.mark.parametrize(
    ("line", "status", "fault"),
    [
        ("head /books", 200, ""),
        ("options /books", 204, ""),
        ("get /redirect/2", 200, ""),
        ("get /status/500", 500, ""),
        ("get /image", 200, ""),
        ("get /events?n=2&s=0", 200, ""),
        ("get http://{closed}/x", None, "Connection refused"),
        ("get /caf\u00e9", 404, ""),
        ("post /upload note=hi --multipart", 200, ""),
        ("get /books --download=b.json", 200, ""),
        ("get /books > b.json", 200, ""),
    ],
)
def test_each_kind_of_request_is_kept(start: Start, line: str, status: int | None, fault: str) -> None:
    first = start()
    first.run(line.format(closed=CLOSED))
    leave(first)
    second = start()

    (row,) = json.loads(next(o.data for o in second.run("show history --earlier --format json") if hasattr(o, "data")))
    assert row["number"] == "h1"
    assert row["status"] == status or (status in (200, 204) and row["status"] in (200, 201, 204))
    assert (row["fault"] or "").startswith(fault)
    second.run("show last h1", "show last h1 request", "again h1")


def test_a_body_that_was_not_kept_says_why(start: Start) -> None:
    first = start()
    first.run("get /image", "get /books > b.json", "get /bytes/2000000")
    leave(first)
    second = start()

    assert "it is binary, or it was written to a file" in second.fail("show last h1 body")


def test_a_damaged_file_is_told_once_and_set_aside(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "state" / "callbox"
    folder.mkdir(parents=True)
    (folder / NAME).write_bytes(b"damaged" * 1000)
    shell = start()
    shell.run("get /ping")
    shell.context.remember().flush()

    assert f"{NAME}.damaged" in shell.say("get /ping")
    assert "damaged" not in shell.say("get /ping")
    leave(shell)
    assert len(start().say("show history --earlier").splitlines()) == 4


def test_a_file_that_cannot_be_used_is_told_once(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "state" / "callbox"
    folder.mkdir(parents=True)
    (folder / NAME).symlink_to(tmp_path / "elsewhere")
    shell = start()
    shell.run("get /ping")
    shell.context.remember().flush()

    assert "requests are not saved for the next start" in shell.say("get /ping")
    shell.context.remember().flush()
    assert "not kept" not in shell.say("get /ping")
    assert not (tmp_path / "elsewhere").exists()
    assert "symbolic link" in shell.fail("show history --earlier")


def test_two_shells_at_once_see_each_other(start: Start) -> None:
    first, second = start(), start()
    first.run("get /books/1")
    second.run("get /books/2")
    first.context.remember().flush()
    second.context.remember().flush()

    assert "/books/2" in first.say("show history --earlier")
    assert "/books/1" not in first.say("show history --earlier")


@pytest.fixture
def fourth(start: Start) -> Shell:
    """A shell after one that has sent three other requests."""
    first = start()
    first.run("get /ping", "get /books/1", "get /me")
    leave(first)
    return start()


def test_earlier_requests_can_be_forgotten(fourth: Shell) -> None:
    assert fourth.say("unset history h1..h2") == (
        "forgot 2 earlier requests; the typed lines are still in the history (all: unset history)\n"
    )
    assert "No such earlier request" in fourth.fail("unset history h1")


def test_single_requests_of_this_shell_cannot_be_forgotten(fourth: Shell) -> None:
    assert "all requests of this shell at once" in fourth.fail("unset history 1")


def test_the_whole_history_can_be_forgotten(fourth: Shell, tmp_path: Path) -> None:
    lines = [tmp_path / "state" / "callbox" / name for name in ("history", "history.outcomes")]
    fourth.run("get /ping")
    for file in lines:
        file.write_text("get /secret\n")

    assert fourth.say("unset history").startswith("forgot 1 request of this shell, 4 in the file")
    assert "no earlier request" in fourth.say("show history --earlier")
    assert not any(file.exists() for file in lines)


@pytest.fixture
def knowing(start: Start) -> Shell:
    """A shell after one that has listed the books."""
    first = start()
    first.run("get /books per_page==1")
    leave(first)
    shell = start()
    assert "/books" in offered(shell, "get /b")
    return shell


def test_an_api_can_be_forgotten(knowing: Shell, api: Practice) -> None:
    assert knowing.say("unset api").startswith(f"forgot what was seen of {api.url}")
    assert "/books" not in offered(knowing, "get /b")


def test_a_forgotten_api_is_unknown_to_the_next_shell(knowing: Shell, start: Start) -> None:
    knowing.say("unset api")

    assert "/books" not in offered(start(), "get /b")


def test_all_apis_can_be_forgotten(knowing: Shell) -> None:
    assert knowing.say("unset api '*'").startswith("forgot what was seen of all APIs")


def test_an_api_without_a_base_cannot_be_forgotten(knowing: Shell) -> None:
    knowing.run("unset base")

    assert "No base URL is set" in knowing.fail("unset api")


def test_earlier_ids_are_offered(start: Start) -> None:
    first = start()
    first.run("get /books/1")
    leave(first)
    second = start()

    offered(second, "again ")
    assert offered(second, "again h")["h1"].startswith("GET http://")


def test_known_origins_are_offered_without_a_base(start: Start, api: Practice) -> None:
    first = start()
    first.run("get /books/1")
    leave(first)
    second = start()
    second.run("unset base")

    assert offered(second, "set base ")[f"{api.url}/"] == "seen earlier"
    offered(second, f"get {api.url}/bo")
    assert f"{api.url}/books/1" in offered(second, f"get {api.url}/bo")


@pytest.mark.parametrize("line", ["delete /books/", "put /books/", "get /books/", "delete books/"])
def test_the_item_that_was_created_last_comes_before_items_requested_earlier(start: Start, line: str) -> None:
    shell = start()
    shell.run("get /books/7", "post /books title=Emma author=Austen year:=1815")
    new = json.loads(shell.context.last.body)["id"]

    found = list(offered(shell, line))

    assert [one.rpartition("/")[2] for one in found][:2] == [str(new), "7"]


def test_an_item_requested_after_the_new_one_comes_first(start: Start) -> None:
    shell = start()
    shell.run("post /books title=Emma author=Austen year:=1815", "get /books/7")

    assert next(iter(offered(shell, "delete /books/"))) == "/books/7"
