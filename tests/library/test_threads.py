"""One session, many threads: what they send is theirs, what they edit is obeyed, and nothing is lost."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from http.cookiejar import CookieJar as StandardJar
from typing import Any

import pytest

import callbox


@pytest.fixture(autouse=True)
def hasty() -> Iterator[None]:
    """Threads take turns a hundred times as often as usual."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(5e-5)
    yield
    sys.setswitchinterval(usual)


def together(count: int, work: Callable[[int], None]) -> list[Exception]:
    """Run in as many threads; what went wrong."""
    wrong: list[Exception] = []

    def run(number: int) -> None:
        try:
            work(number)
        except Exception as error:
            wrong.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


@pytest.fixture
def meanwhile() -> Iterator[Callable[[Callable[[int], None]], None]]:
    """Do something over and over in a thread of its own until the test ends."""
    is_over = threading.Event()
    threads: list[threading.Thread] = []

    def start(work: Callable[[int], None]) -> None:
        def run() -> None:
            turn = 0
            while not is_over.is_set():
                work(turn := turn + 1)

        threads.append(threading.Thread(target=run))
        threads[-1].start()

    yield start
    is_over.set()
    for thread in threads:
        thread.join()


def test_each_gets_the_answer_to_its_own_question(s, practice_url, hooks):
    def work(number: int) -> None:
        for turn in range(25 if hooks else 100):
            said = f"{number}.{turn}"
            assert s.get(f"{practice_url}/echo", params={"n": said}, hooks=hooks).json()["query"] == [["n", said]]

    assert together(16, work) == []


def test_headers_and_parameters_may_be_edited_meanwhile(s, recorder, meanwhile, hooks):
    server = recorder()

    def edit(turn: int) -> None:
        s.headers[f"X-{turn % 40}"] = "1"
        s.headers.pop(f"X-{turn * 7 % 40}", None)
        s.params[f"p{turn % 40}"] = 1
        s.params.pop(f"p{turn * 7 % 40}", None)

    meanwhile(edit)

    assert together(6, lambda number: [s.get(server.url, hooks=hooks) for _ in range(30)] and None) == []


def test_adapters_may_be_mounted_meanwhile(s, recorder, meanwhile, hooks):
    server = recorder()

    def edit(turn: int) -> None:
        s.mount(f"http://{'x' * (turn % 7)}.example/", callbox.HTTPAdapter())
        s.adapters.pop(f"http://{'x' * (turn * 3 % 7)}.example/", None)

    meanwhile(edit)

    assert together(6, lambda number: [s.get(server.url, hooks=hooks) for _ in range(15)] and None) == []


def test_no_request_goes_unsigned_while_the_credential_is_changed(s, recorder, meanwhile, hooks):
    server = recorder()
    s.auth = ("ann", "0")
    meanwhile(lambda turn: setattr(s, "auth", ("ann", str(turn))))

    together(6, lambda number: [s.get(server.url, hooks=hooks) for _ in range(30)] and None)

    assert all(seen.value("Authorization") for seen in server.seen)


def test_a_change_is_obeyed_by_the_next_request_of_the_one_who_made_it(s, recorder, meanwhile, hooks):
    server, proxy = recorder(), recorder()
    for _ in range(4):
        meanwhile(lambda turn: s.get(server.url, hooks=hooks) and None)

    wrong = 0
    for turn in range(60):
        s.proxies = {"http": proxy.url} if turn % 2 else {}
        s.get(f"{server.url}/{turn}", hooks=hooks)
        wrong += not any(seen.line.endswith(f"/{turn} HTTP/1.1") for seen in (proxy if turn % 2 else server).seen)

    assert wrong == 0


def test_a_jar_of_the_standard_library_loses_nothing(s, recorder, hooks):
    server = recorder()
    server.answers = Answers()
    s.cookies = foreign = StandardJar()

    def work(number: int) -> None:
        for _ in range(12):
            s.get(server.url, hooks=hooks)

    assert together(8, work) == []
    assert len(foreign) == 96


class Answers(list[bytes]):
    """There is always one more, and each sets a cookie of its own."""

    def __init__(self) -> None:
        super().__init__([b"more"])
        self.count = 0
        self.lock = threading.Lock()

    def pop(self, index: Any = 0) -> bytes:
        with self.lock:
            self.count += 1
            number = self.count
        return f"HTTP/1.1 200 OK\r\nSet-Cookie: n{number}=1; Path=/\r\nContent-Length: 0\r\n\r\n".encode()


def test_digest_counts_each_use_of_a_nonce_once(s, practice_url):
    s.auth = callbox.HTTPDigestAuth("ann", "secret")
    counts: list[str] = []

    def work(number: int) -> None:
        for _ in range(10):
            sent = s.get(f"{practice_url}/digest-auth", hooks={"response": lambda r, **_: None}).request.headers[
                "Authorization"
            ]
            counts.append(sent.partition('nonce="')[2].partition('"')[0] + sent.partition("nc=")[2][:8])

    assert together(8, work) == []
    assert len(set(counts)) == len(counts) == 80


def test_the_cookies_of_every_answer_are_kept(s, recorder):
    server = recorder()
    server.answers = Answers()

    assert together(16, lambda number: [s.get(f"{server.url}/{number}") for _ in range(10)] and None) == []
    assert len(s.cookies) == 160
