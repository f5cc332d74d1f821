"""docs/curl.md: what callbox makes of each option of curl, from the table (`make docs` writes the page)."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from callbox.formats.curl_options import OPTIONS, CurlOption, Outcome

_HEAD = """# curl commands

<!-- Made from the table in src/callbox/formats/curl_options.py by `make docs`; edit there. -->

A curl command is a line at the prompt (`curl ..` sends it, `import curl ..` only shows it), and a request of a
[`.http` file](scripts.md). Both send what curl sends: the same method, target, headers and body. Only User-Agent and
Accept are callbox's own where the command says none.

```
> curl https://api.example.com/items -u ann:pw -d name=Ann
post https://api.example.com/items Content-Type:application/x-www-form-urlencoded --body name=Ann --auth ? \
--no-follow --no-compress
```

- As with curl, redirects are followed with `-L` only, and no content coding is asked for without `--compressed`.
- A URL without a scheme is one of http, as with curl; `--proto-default https` changes that.
- Quotes of bash, of Windows' cmd (`^"..^"`) and of PowerShell (rows that end in a backquote) are read; rows that go on,
  comments, `<<EOF` below the command, `< FILE`, and `$ curl ..` as manuals write it. At the prompt `| COMMAND` and
  `> FILE` are callbox's own.
- `$NAME` becomes `{{$env.NAME}}` at the prompt: its value comes from the environment when the line is sent. In a file
  it is an error; write `{{$processEnv NAME}}`. `$(..)`, backquotes and a second command are refused.
- In a file, `{{name}}` may stand in any word. A value is never an option, the name of a file (`-d {{x}}` with `@`) or a
  parameter of a form (`;type=`): only what the file says is.
- What PowerShell calls curl but is `Invoke-WebRequest` is refused: write `curl.exe`, or copy as cURL (bash).

What differs: characters that RFC 3986 does not allow in a URL (`[]{}"<>|^` and a backquote) are sent percent-encoded. A
POST without a body says `Content-Length: 0`. No `Expect: 100-continue` is sent. After a redirect of a POST the method
is GET, also with `-X`. An explicit boundary of a form (`-F`) is the one that is sent, once. A line at the prompt has
methods in capitals, and holds bodies of at most 200 kB that are put together of files; a `.http` file has
neither limit.

An option may be written as curl reads it: `-XPUT`, `-sSLk`, `--data-u` for `--data-urlencode`, `--no-location`.
"""
_GROUPS: tuple[tuple[Outcome, str], ...] = (
    ("done", "## Done"),
    ("at the prompt", "## Done at the prompt, refused of a file\n\nWhat only you say, and not a file."),
    ("passed over", "## Passed over\n\nIt changes no request."),
    ("refused", "## Refused\n\nThe error names the option, and nothing is sent."),
)


def curl_markdown() -> str:
    """The whole of docs/curl.md.

    >>> "`-X`, `--request`" in curl_markdown()
    True
    """
    return "\n".join([_HEAD, *(line for outcome, title in _GROUPS for line in _group(outcome, title))])


def _group(outcome: Outcome, title: str) -> Iterator[str]:
    yield from (title, "", "| option | |", "|---|---|")
    abouts = dict.fromkeys(option.about for option in OPTIONS.values() if option.outcome == outcome)
    for about in abouts:
        options = [option for option in OPTIONS.values() if (option.outcome, option.about) == (outcome, about)]
        yield f"| {', '.join(map(_names, options))} | {about.replace('|', chr(92) + '|')} |"
    yield ""


def _names(option: CurlOption) -> str:
    return f"`-{option.letter}`, `--{option.name}`" if option.letter else f"`--{option.name}`"


if __name__ == "__main__":
    sys.stdout.write(curl_markdown())
