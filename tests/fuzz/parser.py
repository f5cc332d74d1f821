"""Feeds the reader of `.http` files with texts that nobody wrote, for as long as it is told to: `make fuzz`.

What must hold for any bytes: a script comes out; each piece of text stands where it says; what is written out reads
the same; and it takes no longer than its size allows. Beside random bytes, texts are put together from lines that
mean something. A finding is left in `build/fuzz/crash-*`; this program with that file's name repeats it.

Not part of the tests: it needs atheris, which the make target installs into an environment of its own.
"""

from __future__ import annotations

import sys
from time import process_time

import atheris

with atheris.instrument_imports(include=["callbox.httpfile"]):
    from tests.support.http_format import format as write
    from tests.support.http_format import same

    from callbox.exchange.template_braces import split
    from callbox.httpfile.model import Script
    from callbox.httpfile.parser.file_and_blocks import parse
    from callbox.httpfile.script_lints import lint
    from callbox.httpfile.source_and_diagnostics import Text

LINES = r"""
###
### A title
# a comment
// another
# @name first
# @expect status 200..299
# @expect body $.a[?(@.b == 1)].c not exists
# @capture token = body $.token
# @timeout 5 s
# @raw-body
# @loop for 3
@host = http://localhost:8000
@two=A: b\nC: d
{{two}}
import other.http
run #first (@a=1, @b=x,y)
< {% x %}
< {%
%}
< ./before.js
> {%
> {% x %}
> ./after.js
>> out.json
>>! out.json
<> old.json
?? status == 200
?? js response.ok
EXPECTED_RESPONSE_STATUS 200
GET http://localhost/a
POST {{host}}/b HTTP/1.1
get /c
GRAPHQL /g
http://localhost/
curl 'http://localhost/' \
  -H 'A: b'
  ?a=1
  &b={{b}} HTTP/2
Host: localhost
  folded
Content-Type: application/json
Content-Type: text/plain
Content-Type: application/x-www-form-urlencoded
Content-Type: multipart/form-data; boundary=x
Content-Type: application/x-ndjson
X-Request-Type: GraphQL
--x
--x--
{
  "a": "{{b}}"
}
< ./file.bin
<@latin1 file.txt
a = 1 & b = {{ c }}
query { a }
text
HTTP/1.1 200 OK
{{
}}
{{+after
/*
*/
/* a remark */
""".split("\n")
MOST_S = 2.0
"""Seconds of the processor for one text; none is longer than some hundred kilobytes, each byte being a line at most."""


def texts_in(value: object) -> list[Text]:
    """Every piece of text in a value of the model."""
    if isinstance(value, Text):
        return [value]
    return [text for item in value for text in texts_in(item)] if isinstance(value, tuple) else []


def check(data: bytes) -> None:
    """Raises where something does not hold for these bytes."""
    begin = process_time()
    script = parse(data, "a.http")
    lint(script)
    split(script.text)
    once = write(script)
    again = parse(once)
    assert process_time() - begin < MOST_S, "it took too long"
    # what is written out holds the lines of such a variable, and no longer its use
    is_exempt = bool(script.errors or script.expanded)
    is_exempt |= any(found.code == "late-directive" for found in script.diagnostics)
    assert is_exempt or same(script, again), "what is written reads as something else"
    assert is_exempt or write(again) == once, "writing twice changes more"
    check_places(script)


def check_places(script: Script) -> None:
    """Raises where a place is not in the file, or a line's number is not that of its offset."""
    source = script.text.encode("utf-8", "surrogatepass")
    for one in script.diagnostics:
        assert 0 <= one.at.offset <= len(source), one
        assert one.message, one
        assert "\n" not in one.message + one.hint, one
    for step in script.steps:
        assert step.first_line <= step.at.line <= step.last_line, step
    for text in texts_in(script.steps) + texts_in(script.variables):
        assert 0 <= text.at.offset <= len(source), text
        assert text.at.column >= 1, text


def lines_of(data: bytes) -> bytes:
    """A text of lines that mean something: each byte chooses one, or stands for itself."""
    chosen = [LINES[byte].encode() if byte < len(LINES) else bytes([byte]) for byte in data]
    return b"\n".join(chosen)


def run_one(data: bytes) -> None:
    """The same bytes, once as they are and once as a choice of lines."""
    check(data)
    check(lines_of(data))


if __name__ == "__main__":
    atheris.Setup(sys.argv, run_one)
    atheris.Fuzz()
