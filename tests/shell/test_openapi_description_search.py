"""The search behind the prompt: once for each base, sending nothing of the session, with one line of outcome."""

from __future__ import annotations

import json
import threading

import pytest
from tests.support.closed_port import CLOSED
from tests.support.server import Recorder, Request

from callbox.openapi.description_cache import open_cached
from callbox.openapi.description_discovery import Attempt, Discovery
from callbox.render.ansi_and_sanitiser import plain
from callbox.shell.completion.completion_context_builder import build_context
from callbox.shell.openapi_description_search import ApiSearch, cached_api


class Searching:
    """A search whose end can be waited for."""

    def __init__(self) -> None:
        self.ended = threading.Semaphore(0)
        self.search = ApiSearch(self.ended.release)

    def lines(self, shell) -> list[str]:
        self.search.follow(shell.context)
        assert self.ended.acquire(timeout=20)
        return [plain(line.fragments).strip() for line in self.search.take(shell.context)]


def test_description_is_found_and_told_in_one_line(shell) -> None:
    (line,) = Searching().lines(shell)

    assert line.startswith("found the description of the API, callbox practice 1, ")
    assert shell.context.apis.at(shell.context.session.base_url) is not None


def test_base_is_searched_once(shell) -> None:
    searching = Searching()
    searching.lines(shell)
    shell.context.apis.forget("")
    searching.search.follow(shell.context)

    assert not searching.ended.acquire(timeout=0.1)


@pytest.mark.parametrize("line", ["set option discover no", "unset base"])
def test_nothing_is_searched(shell, line: str) -> None:
    shell.say(line)
    searching = Searching()
    searching.search.follow(shell.context)

    assert not searching.ended.acquire(timeout=0.1)


def test_description_of_an_earlier_shell_is_known_before_the_search_and_told_only_if_it_changed(shell) -> None:
    shell.context.keeps_requests = True
    Searching().lines(shell)
    shell.context.apis.forget("")
    searching = Searching()

    assert searching.lines(shell) == []
    assert shell.context.apis.at(shell.context.session.base_url) is not None
    assert searching.ended.acquire(timeout=20)
    assert searching.search.take(shell.context) == []


def test_show_api_says_that_a_search_runs(shell) -> None:
    may_answer = threading.Event()

    def answer(request: Request) -> bytes:
        may_answer.wait(20)
        return response("404 Not Found", "", {})

    with Recorder(answer) as server:
        shell.say(f"set base {server.url}")
        searching = Searching()
        searching.search.follow(shell.context)

        assert shell.say("show api").startswith("callbox is still looking for the description")
        may_answer.set()
        assert searching.ended.acquire(timeout=20)
        assert shell.say("show api").startswith("no description is known for this base")


DESCRIPTION = {"openapi": "3.1.0", "info": {"title": "Old", "version": "1"}, "paths": {"/a": {"get": {}}}}


class Described:
    """A server with a description at one address, which it sends only if it has changed."""

    def __init__(self, path: str, validators: dict[str, str]) -> None:
        self.path = path
        self.validators = validators
        self.document = json.dumps(DESCRIPTION)
        self.asked: list[Request] = []

    def answer(self, request: Request) -> bytes:
        self.asked.append(request)
        if request.path == "/page":
            return response("200 OK", f"<{self.path}>; rel=service-desc", {"Link": f"<{self.path}>; rel=service-desc"})
        if request.path != self.path:
            return response("404 Not Found", "", {})
        known = (request.value("If-None-Match"), request.value("If-Modified-Since"))
        if any(known) and known == (self.validators.get("ETag"), self.validators.get("Last-Modified")):
            return response("304 Not Modified", "", self.validators)
        return response("200 OK", self.document, self.validators)


def response(status: str, body: str, headers: dict[str, str]) -> bytes:
    fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{fields}\r\n{body}".encode()


VALIDATORS = [{"ETag": '"1"'}, {"Last-Modified": "Tue, 01 Dec 2026 10:00:00 GMT"}, {}]


@pytest.mark.parametrize("validators", VALIDATORS, ids=["etag", "date", "none"])
def test_cached_description_is_asked_for_once_and_only_if_it_has_changed(shell, validators: dict[str, str]) -> None:
    described = Described("/swagger.json", validators)
    with Recorder(described.answer) as server:
        shell.context.keeps_requests = True
        shell.say(f"set base {server.url}")
        Searching().lines(shell)
        shell.context.apis.forget("")
        del described.asked[:]
        searching = Searching()

        assert searching.lines(shell) == []  # the cached one
        assert searching.ended.acquire(timeout=20)
        assert searching.search.take(shell.context) == []
        assert [one.path for one in described.asked] == ["/swagger.json"]
        assert shell.context.apis.attempts[shell.context.session.base_url][0].outcome.endswith("not changed")

        described.document = json.dumps(DESCRIPTION | {"paths": {"/b": {"get": {}, "put": {}}}})
        described.validators = dict.fromkeys(validators, '"2"')
        shell.context.apis.forget("")
        searching = Searching()
        searching.lines(shell)
        assert searching.ended.acquire(timeout=20)
        (line,) = searching.search.take(shell.context)
        assert plain(line.fragments).strip() == "the description of the API has changed: 2 operations new, 1 gone"


def test_description_that_a_link_named_is_known_to_the_next_shell(shell) -> None:
    described = Described("/some/where.json", {"ETag": '"1"'})
    with Recorder(described.answer) as server:
        shell.context.keeps_requests = True
        shell.say(f"set base {server.url}")
        shell.say("get /page")
        Searching().lines(shell)

        assert cached_api(shell.context.session.base_url) is not None
        shell.say("unset api")
        assert cached_api(shell.context.session.base_url) is None


def test_description_that_has_moved_is_searched_again(shell) -> None:
    described = Described("/swagger.json", {"ETag": '"1"'})
    with Recorder(described.answer) as server:
        shell.context.keeps_requests = True
        shell.say(f"set base {server.url}")
        Searching().lines(shell)
        shell.context.apis.forget("")
        described.path = "/openapi.json"
        searching = Searching()
        searching.lines(shell)
        assert searching.ended.acquire(timeout=20)
        searching.search.take(shell.context)

        assert shell.context.apis.all()[-1].source == f"{server.url}/openapi.json"


def test_description_is_cached_where_requests_are_kept(shell) -> None:
    shell.context.keeps_requests = True
    Searching().lines(shell)
    shell.say("import openapi")

    assert cached_api(shell.context.session.base_url) is not None


@pytest.mark.parametrize("is_at_prompt", [True, False])
def test_description_is_not_cached_where_nothing_is_kept(shell, is_at_prompt: bool) -> None:
    shell.say("unset api")  # other tests with this server may have cached it
    shell.context.keeps_requests = is_at_prompt
    shell.say(*["set option history no"] * is_at_prompt)
    Searching().lines(shell)
    shell.say("import openapi", "import openapi /openapi.json")

    assert cached_api(shell.context.session.base_url) is None


def test_description_at_a_url_with_a_secret_is_not_cached(shell) -> None:
    shell.context.keeps_requests = True
    url = f"{shell.context.session.base_url}/openapi.json?api_key=HIDDENKEY78"
    shell.say(f"import openapi {url}", f"import openapi {url.replace('api_key', 'x')}")

    assert open_cached(url) is None
    assert open_cached(url.replace("api_key", "x")) is not None


@pytest.mark.parametrize("line", ["unset api", "unset api '*'"])
def test_description_of_an_earlier_shell_is_deleted(shell, line: str) -> None:
    shell.context.keeps_requests = True
    shell.say("import openapi")
    shell.context.apis.forget("")

    assert shell.say(line).rstrip().endswith(", and its description")
    assert cached_api(shell.context.session.base_url) is None


def test_search_is_not_in_the_history(shell) -> None:
    Searching().lines(shell)

    assert shell.context.history.last is None


def test_base_where_nothing_listens_is_told(shell) -> None:
    shell.say(f"set base http://{CLOSED}")

    (line,) = Searching().lines(shell)

    assert line.startswith("Connection refused")
    assert shell.context.apis.attempts[f"http://{CLOSED}"]


def test_secret_in_the_base_is_not_told(shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.say("set var token HIDDENTOK", f"set base {shell.context.session.base_url}/{{{{token}}}}")
    by_hand = Discovery("", b"", (), shell.context.session.base_url, "asks for a login")
    monkeypatch.setattr("callbox.shell.openapi_description_search.discover", lambda *_, **__: by_hand)

    (line,) = Searching().lines(shell)

    assert line.startswith("a description of the API asks for a login: import openapi http://")
    assert "HIDDENTOK" not in line


@pytest.mark.parametrize(
    ("line", "wants_token", "is_cached"),
    [
        ("set option timeout 30", False, True),
        ("set auth bearer letmein", False, True),
        ("set auth bearer letmein", True, False),
    ],
)
def test_description_that_needed_credentials_is_not_cached(
    shell, line: str, wants_token: bool, is_cached: bool
) -> None:
    described = Described("/api-docs.json", {})

    def answer(request: Request) -> bytes:
        is_allowed = not wants_token or request.value("Authorization") == "Bearer letmein"
        return described.answer(request) if is_allowed else response("401 Unauthorized", "", {})

    with Recorder(answer) as server:
        shell.context.keeps_requests = True
        shell.say(f"set base {server.url}", line, "import openapi /api-docs.json")

        assert (cached_api(server.url) is not None) is is_cached


def test_import_says_which_origin_the_credentials_are_bound_to(shell) -> None:
    base = shell.say("show base").strip()

    said = shell.say("unset base", "set auth basic ann pw-1234", f"import openapi {base}/openapi.json")

    assert f"auth basic ann is now bound to {base}" in said


def test_base_without_a_description_is_told_unless_paths_of_it_are_known(shell) -> None:
    with Recorder(lambda request: b"HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n") as server:
        shell.context.session.base_url = server.url
        assert (
            Searching()
            .lines(shell)[0]
            .startswith("found no description of the API; until you read one (import openapi URL)")
        )

    with Recorder(lambda request: b"HTTP/1.1 204 X\r\n\r\n") as server:
        shell.context.session.base_url = server.url
        shell.run("get /x")
        shell.context.completion = build_context(shell.context)
        assert Searching().lines(shell) == []


def test_show_api_says_that_the_server_no_longer_has_the_description(shell) -> None:
    described = Described("/swagger.json", {"ETag": '"1"'})
    with Recorder(described.answer) as server:
        shell.context.keeps_requests = True
        shell.say(f"set base {server.url}")
        Searching().lines(shell)
        shell.context.apis.forget("")
        described.path = "/gone"
        searching = Searching()
        searching.lines(shell)
        assert searching.ended.acquire(timeout=20)
        (line,) = searching.search.take(shell.context)

        said = plain(line.fragments).strip()
        assert said.endswith("/swagger.json: the server responds with 404 now")
        assert "by an earlier shell; the server responds with 404 now" in shell.say("show api")
        assert shell.context.apis.at(server.url) is not None


def test_search_without_a_response_in_time_names_itself(shell, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Discovery("", b"", (Attempt("http://h", "no response: No response for 2.99991 s"),))
    monkeypatch.setattr("callbox.shell.openapi_description_search.discover", lambda *_, **__: slow)

    (line,) = Searching().lines(shell)

    assert line == "found no description of the API: no response within 3 s; to read one: import openapi URL"
