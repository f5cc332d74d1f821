"""`next`, `--all-pages` and the links between pages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.shell.conftest import Shell
from tests.support.server import Recorder, Request, make_response

from callbox.cli.session_startup import make_context
from callbox.exchange.exchange_record_and_events import Head
from callbox.shell.interpreter import run
from callbox.shell.line.lexer import split
from callbox.shell.outputs import ExchangeEvent, Failure


class Pages(Recorder):
    """Serves `/items?page=N` with `next` in its JSON, up to `last`."""

    last = 3
    refuses = 0
    """The page that gets a 500."""
    loops = False
    """Whether the last page names the first as the next."""
    elsewhere = ""
    """An origin that every next page is at."""

    moved_to = ""
    """Where a redirect leads from `moves_only`, or from everywhere."""
    moves_only = ""

    def __init__(self) -> None:
        super().__init__(self._respond)

    def _respond(self, request: Request) -> bytes:
        if self.moved_to and (not self.moves_only or request.path == self.moves_only):
            return make_response(b"", f"Location: {self.moved_to}", status=302)
        page = int(request.path.partition("page=")[2].partition("&")[0] or 1)
        following = page + 1 if page < self.last else 1 if self.loops else 0
        document = {"page": page, "next": f"{self.elsewhere}/items?page={following}&size=2" if following else None}
        status = 500 if page == self.refuses else 200
        return make_response(json.dumps(document).encode(), "Content-Type: application/json", status=status)


@pytest.fixture
def pages(shell) -> Iterator[Pages]:
    with Pages() as server:
        shell.context.session.base_url = server.url
        yield server


def targets(pages):
    return [request.path for request in pages.seen]


def test_next_asks_for_the_page_that_the_response_names(shell, pages):
    shell.run("get /items size==2", "next")
    assert targets(pages) == ["/items?size=2", "/items?page=2&size=2"]


def test_next_says_what_it_asks_for(shell, pages):
    assert f"next: GET {pages.url}/items?page=2&size=2" in shell.say("get /items", "next")


def test_next_repeats_headers_of_the_request(shell, pages):
    shell.run("get /items X-Test:1", "next")
    assert pages.seen[1].value("X-Test") == "1"


def test_next_does_not_send_a_parameter_of_the_session_twice(shell, pages):
    shell.run("set query size 2", "set query key k", "get /items", "next")
    assert targets(pages)[1] == "/items?page=2&size=2&key=k"


def test_next_of_an_earlier_response(shell, pages):
    shell.run("get /items", "next", "next 1")
    assert targets(pages)[1:] == ["/items?page=2&size=2"] * 2


def test_next_takes_items(shell, pages):
    shell.run("get /items", "next X-Other:2")
    assert pages.seen[1].value("X-Other") == "2"


def test_next_after_the_last_page(shell, pages):
    shell.run("get /items page==3")
    assert shell.fail("next") == (
        "The response to GET /items?page=3 names no next page neither its Link header nor its JSON has such a link"
    )


def test_next_at_another_origin_is_not_asked(shell, pages):
    pages.elsewhere = "http://127.0.0.1:1"
    shell.run("get /items --auth ann:pw")
    assert shell.fail("next").startswith("The next page is at another origin: http://127.0.0.1:1")


@pytest.fixture
def moved(pages) -> Iterator[Pages]:
    """A list at another origin, which redirects to that of `pages`."""
    with Pages() as server:
        server.moved_to = f"{pages.url}/items"
        yield server


@pytest.mark.parametrize("flag", ["", "--all-pages"])
@pytest.mark.parametrize("item", ["Authorization:'Bearer typed'", "X-Api-Key:typed", "--auth ann:typed"])
def test_a_page_that_a_redirect_led_to_is_the_last(shell, pages, moved, item, flag):
    shell.run(f"get {moved.url}/items {item} {flag}")
    assert shell.fail("next").startswith(f"The next page is at another origin: {pages.url}")
    assert targets(pages) == ["/items"]
    assert "typed" not in str(pages.seen)


def test_a_chain_that_comes_back_to_its_first_origin_is_not_gone_on_with(shell, pages, moved):
    pages.moved_to, moved.moved_to = f"{moved.url}/items?page=2", f"{pages.url}/items"
    moved.moves_only = "/items"
    shell.say(f"get {moved.url}/items X-Api-Key:typed")
    assert shell.fail("next").startswith(f"The next page is at another origin: {moved.url}")


@pytest.mark.parametrize("path", ["/a | touch pwned", "/$(id)", "/a;b > c", "/a 'b", "/{{x}}"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_hint_holds_the_url_of_a_server_as_one_word(shell, pages, method, path):
    pages.elsewhere = f"http://127.0.0.1:1{path}"
    shell.run(f"{method} /items")
    line = split(shell.failure("next").error.hint)
    assert [word.text.partition("?")[0] for word in line.words[:2]] == ["get", f"{pages.elsewhere}/items"]


def test_next_after_a_post_is_refused(shell, pages):
    shell.run("post /items a=1")
    assert shell.fail("next").startswith("Pages can be followed only after a GET; that request was POST")


def test_next_without_a_request(shell):
    assert shell.fail("next") == "No request was sent yet try get /"


def test_all_pages_ends_at_the_last(shell, pages):
    assert "3 pages" in shell.say("get /items --all-pages")
    assert targets(pages) == ["/items", "/items?page=2&size=2", "/items?page=3&size=2"]


def test_all_pages_are_in_the_history(shell, pages):
    shell.run("get /items --all-pages")
    assert [json.loads(record.body)["page"] for _, record in shell.context.history.items()] == [1, 2, 3]


def test_all_pages_with_a_limit_says_that_there_are_more(shell, pages):
    assert "2 pages, and there are more" in shell.say("get /items --all-pages=2")
    assert len(pages.seen) == 2


def test_all_pages_ends_where_a_page_comes_again(shell, pages):
    pages.loops = True
    assert "3 pages; the next page is one of these pages again" in shell.say("get /items?page=1&size=2 --all-pages")


def test_all_pages_ends_at_an_error_status(shell, pages):
    pages.refuses = 2
    shell.run("get /items --all-pages")
    assert len(pages.seen) == 2


def test_all_pages_go_into_one_file_a_document_below_the_other(shell, pages):
    shell.run("get /items --all-pages > out.json")
    assert [json.loads(line)["page"] for line in Path("out.json").read_text().splitlines()] == [1, 2, 3]


def test_next_with_all_pages_goes_on_from_there(shell, pages):
    shell.run("get /items", "next --all-pages")
    assert len(pages.seen) == 3


def test_interrupt_keeps_the_pages_that_came(shell, pages):
    failure = None
    for output in run("get /items --all-pages", shell.context):
        if isinstance(output, ExchangeEvent) and isinstance(output.event, Head) and len(pages.seen) == 2:
            shell.context.interrupt()
        failure = output if isinstance(output, Failure) else failure
    assert failure is not None
    assert failure.error.message.endswith("1 page came before it: show history")
    assert json.loads(shell.context.history.answered(1).body)["page"] == 1


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("get /items --all-pages --download", "--download writes one response"),
        ("get /items --all-pages=x", "x"),
        ("get /items --all-pages=0", "0"),
    ],
)
def test_flags_that_do_not_go_with_all_pages(shell, pages, line, message):
    assert message in shell.fail(line)


def test_times_repeats_one_request(shell, pages):
    shell.run("get /items")
    assert shell.fail("again --times 3 --all-pages").startswith("--times repeats one request, not pages")


def test_links_of_the_last_response_fill_a_line(shell, pages):
    shell.run("get /items", "get {{last.links.next}}")
    assert targets(pages)[1] == "/items?page=2&size=2"


def test_missing_link_says_which_there_are(shell, pages):
    shell.run("get /items")
    assert "the links are next" in shell.fail("get {{last.links.first}}")


def test_show_last_links(shell, pages):
    assert f"next  {pages.url}/items?page=2&size=2" in shell.say("get /items", "show last links")


def test_show_last_links_without_any(shell, pages):
    assert "no links" in shell.say("get /items page==3", "show last links")


@pytest.mark.parametrize(
    ("document", "hint"),
    [
        ({"items": [{"id": 1}], "next": 1}, "next: 1, which is not a URL: again NAME=={{last.json.next}}"),
        ({"items": [], "next_cursor": "abc"}, "next_cursor: abc, which is not a URL"),
        ({"items": [], "next": None}, "neither its Link header nor its JSON has such a link"),
        ({"items": [], "next": False}, "neither its Link header nor its JSON has such a link"),
    ],
)
def test_next_of_a_cursor_says_how_to_ask_for_it(shell, document, hint: str) -> None:
    response = make_response(json.dumps(document).encode(), "Content-Type: application/json")
    with Recorder(lambda request: response) as server:
        shell.run(f"get {server.url}/x")

    assert hint in shell.fail("next")


def test_links_are_not_cut_for_a_narrow_screen(api):
    narrow = Shell(make_context(lambda: 30))
    narrow.context.session.base_url = api.url

    said = narrow.say("get /books?per_page=3", "show last links")

    assert "per_page=3&page=2\n" in said
    assert ".." not in said


def test_prompt_says_that_there_is_a_next_page(shell, pages) -> None:
    shell.context.is_typed = True
    pages.last = 2

    assert "to fetch the next page: next" in shell.say("get /items")
    assert "next page" not in shell.say("next")


def test_line_of_a_script_says_nothing_about_a_next_page(shell, pages) -> None:
    assert "next page" not in shell.say("get /items")


def test_page_of_another_origin_is_not_offered(shell, pages, api) -> None:
    shell.context.is_typed = True
    pages.elsewhere = api.url

    assert "next page" not in shell.say("get /items")
