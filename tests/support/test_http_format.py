from __future__ import annotations

import pytest
from tests.support.http_format import format, same
from tests.support.rows import check_rows

from callbox.httpfile.parser.file_and_blocks import parse

TIDY = """\
# Of the whole file
@host = http://localhost

### Log in
# A comment
# @name login
# @expect status 200..299
# @expect body $.token not exists
# @capture token = body $.token
< {% before %}
POST {{host}}/login?a=1 HTTP/1.1
Content-Type: application/json

{
  "user": "ann"
}

> {%
  after
%}
>>! out.json

@later = 1

###
run #login (@a=1, @b=2)

### Query
GRAPHQL {{host}}/g

query {
  a
}

{
  "b": 1
}

### File
PUT {{host}}/f

text
<@latin1 ./a.txt
< ./b.bin

### Many parts
POST {{host}}/m
Content-Type: multipart/form-data; boundary=x

--x
Content-Disposition: form-data; name="a"

1
--x--

###
HTTP/1.1 200 OK

###
curl {{host}} \\
  -d a

###
GET {{host}}/last

?? js ok
"""


def test_tidy_text_stays_as_it_is() -> None:
    assert format(parse(TIDY)) == TIDY


@check_rows(
    ("text", "tidy"),
    [
        pytest.param("", "", id="nothing"),
        pytest.param("http://a/", "GET http://a/\n", id="URL alone"),
        pytest.param("#@name=a\nget http://a/\n ?b\n &c", "# @name a\nGET http://a/?b&c\n", id="request line"),
        pytest.param("GET http://a/\nA:b\n  c", "GET http://a/\nA: b c\n", id="folded header"),
        pytest.param("GET http://a/\nGET http://b/", "GET http://a/\n\n###\nGET http://b/\n", id="separator"),
        pytest.param("GET http://a/\n\n?? status == 200", "# @expect status == 200\nGET http://a/\n", id="check"),
        pytest.param(
            "POST http://a/\nContent-Type: application/x-www-form-urlencoded\n\na = 1\nb = 2",
            "POST http://a/\nContent-Type: application/x-www-form-urlencoded\n\na=1&b=2\n",
            id="form",
        ),
        pytest.param(
            "POST http://a/\nContent-Type: application/x-www-form-urlencoded\n\n@a=1\nb=2",
            "POST http://a/\nContent-Type: application/x-www-form-urlencoded\n\n@a=1\n&b=2\n",
            id="form that begins like a variable",
        ),
        pytest.param("what is this\nA: b", "what is this\nA: b\n", id="what is not a request"),
    ],
)
def test_other_text_is_made_tidy(text: str, tidy: str) -> None:
    assert format(parse(text)) == tidy


@check_rows(
    ("left", "right", "is_same"),
    [
        ("GET http://a/", "\n\nget http://a/", True),
        ("GET http://a/", "GET http://b/", False),
        ("GET http://a/?b", "GET http://a/\n  ?b", True),
        ("# @expect status == 200\nGET http://a/", "GET http://a/\n\n?? status == 200", True),
        ("# @expect status == 200\nGET http://a/", "GET http://a/", False),
        ("@a = 1\nGET http://a/", "@a = 2\nGET http://a/", False),
        ("POST http://a/\n\na\n< b", "POST http://a/\n\na\n<@ b", False),
    ],
)
def test_scripts_are_the_same_where_they_say_the_same(left: str, right: str, is_same: bool) -> None:
    assert same(parse(left), parse(right)) is is_same
