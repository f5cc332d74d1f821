"""What a person at the prompt waits for: the first screen of an answer, and the echo of a key.

    python tests/benchmarks/screen.py [ROUNDS]

A real shell on a terminal of 100 by 30. A server in a process of its own says when the last byte of an answer left it;
the terminal is read by pyte afterwards to find when the first screenful stood. Peers take their turn in each round.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

import pyte
from peers import CALLBOX, COLUMNS, ROWS, Piece, Shell, peer

ROUNDS = 5
MB = 1_000_000
WARM_S = 1.0
"""After this time, everything that is loaded behind the prompt is there."""
_ESCAPE = re.compile(rb"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|[@-Z\\-_])")
ASKED = ("/json-5", "/json-50", "/pretty-50", "/text-50", "/html-10", "/wide-10")
PEERS_CAN = "/json-1"
"""The path for http-prompt. It colours a whole body before it shows any of it, which takes seconds for a megabyte."""
READY, THEIRS = "last 200", r"Content-Type.*(?::\x1b\[K|http://[0-9.:]+> )"
"""The text on the screen after a response was shown: our toolbar; the prompt of http-prompt's pager, or its own."""
PAST = 100_000
REST_S = 0.03
"""Between keys, so that the menu of one is not taken for the echo of the next. Nobody types faster."""


def rows_of_json(size: int) -> list[dict[str, object]]:
    """So many records that their text takes about `size` bytes."""
    return [
        {"id": n, "name": f"user {n}", "email": f"user{n}@example.org", "tags": ["a", "b"], "score": n / 7}
        for n in range(size // 100)
    ]


def bodies() -> dict[str, tuple[str, bytes]]:
    """Path, media type and content of each answer."""
    line = json.dumps(rows_of_json(50 * MB)).encode()
    pretty = json.dumps(rows_of_json(30 * MB), indent=2).encode()

    def line_of(size: int) -> bytes:
        return line[:size].rpartition(b", {")[0] + b"]"

    text = b"2026-01-01T00:00:00Z info a line of a log that says what went on and how long it took: 12 ms\n"
    item = b'<li class="item"><a href="/items/1">An item</a> and <b>what</b> is said of it &amp; more</li>\n'
    wide = b"<p>" + b"x y z " * 1666 + b"\n"
    return {
        "/json-1": ("application/json", line_of(MB)),
        "/json-5": ("application/json", line_of(5 * MB)),
        "/json-50": ("application/json", line_of(50 * MB)),
        "/pretty-50": ("application/json", pretty),
        "/text-50": ("text/plain; charset=utf-8", text * (50 * MB // len(text))),
        "/html-10": ("text/html; charset=utf-8", b"<ul>\n" + item * (10 * MB // len(item)) + b"</ul>\n"),
        "/wide-10": ("text/plain; charset=utf-8", wide * (10 * MB // len(wide))),
    }


class Sent(NamedTuple):
    """When the first and the last byte of an answer left the server, and how large its body was."""

    first: float
    last: float
    size: int


def paths(url: str) -> bytes:
    """An answer that names 3,000 paths of this host."""
    return json.dumps([f"{url}/p/{n:04}" for n in range(3000)]).encode()


def serve(listener: socket.socket, told: Connection) -> None:
    """Answer one connection after the other, and tell when each answer had left. The search for a description is off."""
    made = bodies() | {"/paths": ("application/json", paths(url_of(listener)))}
    told.send(None)
    while True:
        connection, _ = listener.accept()
        with connection, connection.makefile("rb") as lines:
            while target := lines.readline().split():
                while lines.readline().strip():
                    pass
                media_type, body = made.get(target[1].decode(), ("text/plain", b"-"))
                head = f"HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nContent-Length: {len(body)}\r\n\r\n"
                connection.sendall(head.encode())
                first = time.perf_counter()
                connection.sendall(body)
                told.send(Sent(first, time.perf_counter(), len(body)))


def url_of(listener: socket.socket) -> str:
    """Where it listens."""
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def server() -> Iterator[tuple[str, Connection]]:
    """Its URL, and the times that it tells."""
    ours, theirs = multiprocessing.Pipe()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        process = multiprocessing.get_context("fork").Process(target=serve, args=(listener, theirs), daemon=True)
        process.start()
        ours.recv()
        try:
            yield url_of(listener), ours
        finally:
            process.kill()
            process.join()


def screenful(pieces: list[Piece]) -> float:
    """When the screen was full, its top cleared before."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(screen)
    for piece in pieces:
        stream.feed(piece.data)
        if screen.cursor.y == ROWS - 1:
            return piece.at
    raise RuntimeError(f"no screenful: {b''.join(p.data for p in pieces)[-300:]!r}")


class Shown(NamedTuple):
    """Seconds from the last byte to the first screenful and to the next prompt; the growth per byte of the body."""

    screen: float
    prompt: float
    growth: float


def show(words: list[str], prompt: str, ready: str, path: str, told: Connection) -> Shown:
    """One answer in a fresh shell, which prompts with this and has done so again when that is written."""
    pattern = re.compile(ready.encode(), re.DOTALL)
    with Shell(words) as shell:
        shell.see(prompt)
        shell.settle(WARM_S)
        before = shell.memory("VmRSS")
        shell.send(f"get {path}\r")
        ended = shell.until(lambda seen: pattern.search(seen) is not None)
        sent: Sent = told.recv()
        growth = (shell.memory("VmHWM") - before) / sent.size
        return Shown(screenful(shell.pieces) - sent.last, ended - sent.last, growth)


def press(shell: Shell, keys: str) -> list[float]:
    """Type these, each once the screen has rested; seconds until each was seen. A blank is seen as any change."""
    taken = []
    for key in keys:
        shell.settle(REST_S)
        pressed = shell.send(key)
        taken.append(
            shell.until(lambda seen, key=key: bool(seen) and key.strip().encode() in _ESCAPE.sub(b"", seen)) - pressed
        )
    return taken


def keys_at_start(url: str) -> list[float]:
    """Typed as soon as the prompt stands, while everything else is loaded behind it."""
    with Shell([CALLBOX, url, "--discover", "no"]) as shell:
        shell.see(f"{url.partition('://')[2]}>")
        return press(shell, "get /users/1")


def keys_in_a_full_shell(url: str) -> tuple[list[float], list[float]]:
    """Typed where 3,000 paths and 100,000 lines are known; and the time from a key to its menu."""
    with Shell([CALLBOX, url, "--discover", "no"]) as shell:
        shell.see(f"{url.partition('://')[2]}>")
        shell.settle(WARM_S)
        shell.send("get /paths\r")
        shell.see(READY)
        shell.settle()
        typed = press(shell, "get /p/2")
        shell.send("\x15")
        shell.settle()
        pressed = shell.send("r")
        return typed, [shell.see("replay") - pressed]


def remember(home: str) -> None:
    """A history of very many lines."""
    folder = Path(home, ".local", "state", "callbox")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "history").write_text("".join(f"get /past/{n}\n" for n in range(PAST)))


def told_in_ms(name: str, times: list[float]) -> str:
    """One line: the median, the shortest and the longest."""
    middle = statistics.median(times)
    return f"{name:<46} {middle * 1000:8.1f} ms  ({min(times) * 1000:.1f} to {max(times) * 1000:.1f})"


def measure_answers(url: str, told: Connection, rounds: int) -> None:
    """The first screen of each answer, the peers' in turn with ours."""
    ours, theirs = [CALLBOX, url, "--discover", "no"], [peer("http-prompt"), url]
    place = url.partition("://")[2]
    cases = {f"callbox {path}": (ours, f"{place}>", READY, path) for path in (PEERS_CAN, *ASKED)}
    if theirs[0]:
        cases[f"http-prompt {PEERS_CAN}"] = theirs, f"{url}>", THEIRS, PEERS_CAN
    seen: dict[str, list[Shown]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, case in cases.items():
            seen[name].append(show(*case, told))
    for name, shown in seen.items():
        print(told_in_ms(f"{name}: last byte to first screen", [one.screen for one in shown]))
        if name.startswith("callbox"):
            print(told_in_ms(f"{name}: last byte to next prompt", [one.prompt for one in shown]))
        print(f"{name}: memory grows by {statistics.median(one.growth for one in shown):.2f} of the body")


def measure_keys(url: str, home: str, rounds: int) -> None:
    """The echo of a key at the start, and in a shell that knows a great deal."""
    first = [time for _ in range(rounds) for time in keys_at_start(url)]
    remember(home)
    full = [keys_in_a_full_shell(url) for _ in range(rounds)]
    print(told_in_ms("key to echo, while the shell is loaded", first))
    print(told_in_ms("key to echo, 3,000 paths, 100,000 lines", [time for typed, _ in full for time in typed]))
    print(told_in_ms("key to menu, likewise", [time for _, menu in full for time in menu]))


def main(rounds: int) -> None:
    """Everything, each round in turn."""
    with tempfile.TemporaryDirectory() as home, server() as (url, told):
        os.environ.update(HOME=home, TERM="xterm-256color", PAGER="cat")
        os.environ.pop("XDG_STATE_HOME", None)
        measure_answers(url, told, rounds)
        measure_keys(url, home, rounds)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
