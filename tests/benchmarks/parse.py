"""What 10 MB of `.http` take to be read, in whatever shape; each shape also at a quarter of the size.

    python tests/benchmarks/parse.py [MEGABYTES]

Seconds of CPU for 10 MB, the best of three; then the same for each byte at a quarter of the size: where reading takes
linear time, the two are alike.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Iterator

from callbox.httpfile.parser.file_and_blocks import parse

ROUNDS = 3
JSON = "POST http://a/\nContent-Type: application/json\n\n[\n"
TEXT = "POST http://a/\nContent-Type: text/plain\n\n"
FORM = "POST http://a/\nContent-Type: application/x-www-form-urlencoded\n\n"
PARTS = "POST http://a/\nContent-Type: multipart/form-data; boundary=B\n\n"
LINES = "POST http://a/\nContent-Type: application/x-ndjson\n\n"
SEVEN = (
    "### r{n}\n# @name r{n}\n# @expect status 200\n# @expect body $.pong == true\n"
    "GET {{{{base}}}}/ping?n={n}\nAccept: application/json\nX-Token: {{{{token}}}}\n\n"
)
CREATE = (
    "### Create {n}\nPOST https://api.example.com/users\nContent-Type: application/json\n"
    'Authorization: Bearer {{{{token}}}}\n\n{{\n  "name": "User {n}",\n  "mail": "u{n}@example.com",\n'
    '  "tags": ["a", "b"]\n}}\n\n'
)
TESTED = (
    "### Get {n}\n# about it\nGET {{{{host}}}}/users/{n}?full=true\nAccept: application/json\n\n> {{%\n"
    '    client.test("ok", function () {{\n        client.assert(response.status === 200, "no");\n    }});\n'
    '    client.global.set("id", response.body.id);\n%}}\n\n'
)
LOGIN = (
    "### Log in {n}\n# @name login{n}\nPOST {{{{host}}}}/login HTTP/1.1\n"
    "Content-Type: application/x-www-form-urlencoded\n\nuser=u{n}&password={{{{password}}}}\n&remember=1\n\n"
)
UPLOAD = (
    "### Send {n}\nPOST {{{{host}}}}/files\nContent-Type: multipart/form-data; boundary=B\n\n--B\n"
    'Content-Disposition: form-data; name="n"\n\n{n}\n--B\n'
    'Content-Disposition: form-data; name="f"; filename="a.bin"\n\n< ./a.bin\n--B--\n\n'
)
COMMENTED = (
    "### Put {n}\nPUT {{{{host}}}}/users/{n}\nContent-Type: application/json\n\n{{\n"
    '  // the name\n  "name": "{n}"\n}}\n\n'
)


def numbered(form: str) -> Callable[[int], str]:
    """A text of that size of blocks that differ by a number."""

    def blocks(size: int) -> Iterator[str]:
        written = number = 0
        while written < size:
            block = form.format(n=number)
            written, number = written + len(block), number + 1
            yield block

    return lambda size: "".join(blocks(size))


def repeated(unit: str, head: str = "") -> Callable[[int], str]:
    """A text of that size of the same lines."""
    return lambda size: head + unit * max(size // len(unit), 1)


SHAPES: dict[str, Callable[[int], str]] = {
    "requests of seven lines": numbered(SEVEN),
    "requests with a JSON body": numbered(CREATE),
    "the same with CRLF": lambda size: numbered(CREATE)(size).replace("\n", "\r\n"),
    "requests with a script": numbered(TESTED),
    "requests with a form": numbered(LOGIN),
    "requests with parts": numbered(UPLOAD),
    "requests with comments in JSON": numbered(COMMENTED),
    "requests of one line": numbered("### r{n}\nGET https://api.example.com/users/{n}\n"),
    "curl commands": numbered("###\ncurl https://api.example.com/users/{n} -H 'Accept: text/plain'\n"),
    "requests with CRLF": repeated(
        "###\r\nPOST http://a/b\r\nAccept: text/plain\r\n\r\na line of text\r\nand more\r\n"
    ),
    "comments": repeated("# a line of a comment\n"),
    "directives": repeated("# @tag smoke\n"),
    "expectations": repeated("# @expect status 200..299\n"),
    "variables": repeated("@name = some value\n"),
    "headers": repeated("X-Some-Header: some value\n", "GET http://a/\n"),
    "a folded header": repeated("  goes on and on and on\n", "GET http://a/\nA: b\n"),
    "a URL of many lines": repeated("  &parameter=value\n", "GET http://a/?a\n"),
    "a body of one line": lambda size: TEXT + "x" * size,
    "a body of lines of 1 MB": repeated("x" * 1_000_000 + "\n", TEXT),
    "a body of short lines": repeated("x\n", TEXT),
    "JSON of many lines": repeated(' {"a": 1},\n', JSON),
    "JSON with comments": repeated('{"a": 1},\n// about it\n', JSON),
    "NDJSON": repeated('{"a": 1}\n', LINES),
    "multipart": repeated('--B\nContent-Disposition: form-data; name="x"\n\na value\n', PARTS),
    "a form": repeated("name=some+value\n&other=x\n", FORM),
    "scripts": repeated("> {%\nclient.log(1)\n%}\n", "GET http://a/\n\n"),
    "only ###": repeated("###\n"),
    "only blank lines": repeated("\n"),
    "tiny variables, @x = v": repeated("@x = v\n"),
    "tiny headers, A: b": repeated("A: b\n", "GET http://a/\n"),
    "tiny requests, GET /": repeated("###\nGET http://a\n"),
}


def seconds(data: bytes) -> float:
    """The least CPU time of a few readings."""
    best = float("inf")
    for _ in range(ROUNDS):
        gc.collect()
        begun = time.process_time()
        parse(data)
        best = min(best, time.process_time() - begun)
    return best


def main() -> None:
    """A line for each shape."""
    megabytes = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    print(f"{'':28}{'10 MB':>8}{'a quarter':>11}   (seconds of CPU for 10 MB)")
    for name, shape in SHAPES.items():
        small, whole = (shape(int(megabytes * 1e6 * part)).encode() for part in (0.25, 1))
        print(f"{name:28}{seconds(whole) / len(whole) * 1e7:8.2f}{seconds(small) / len(small) * 1e7:11.2f}", flush=True)


if __name__ == "__main__":
    main()
