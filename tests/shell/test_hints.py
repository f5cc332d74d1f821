"""What a mistake is answered with: the hint leads to a line that works."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('get /echo "X A:b"', "'X A' is not a header name"),
        ("get /echo a'[]='1", "leave the separator outside the quotes: a[]=VALUE"),
        ("get /echo b", "I don't know what 'b' is a header is b:value, a field b=text"),
        ("get /x --help", "help get shows its flags"),
        ("set header X-A 1 --help", "help set header shows its flags"),
        ("import", "cookies, httpie"),
        ("import har x.har", "copy a request as cURL in the browser and paste it; export har writes an archive"),
        ("get /echo -z", "quote it if it is not meant as a flag: '-z'"),
        ("post /echo @", "'@' is not followed by a file name @body.json sends one"),
        ("post /echo a@", "'a@' is not followed by a file name a@photo.png sends one"),
        ("get /echo q=={{}}", "{{}} names no variable set var NAME VALUE, then {{NAME}}"),
        ("unset option timeout", "Option 'timeout' is not set it has its default value"),
        ("unset option timout", "No option 'timout'"),
        ("show last cookies", "Which cookie? cookies.NAME"),
    ],
)
def test_a_mistake_has_a_hint_that_leads_on(shell, line: str, said: str) -> None:
    shell.run("get /ping")

    assert said in shell.fail(line)
