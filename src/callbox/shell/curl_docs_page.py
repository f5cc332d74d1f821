"""docs/curl.md: what callbox makes of each option of curl, from the table (`make docs` writes the page)."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

from callbox.formats.curl_options import OPTIONS, CurlOption, Outcome

_HEAD = """# curl commands

<!-- Made from the table in src/callbox/formats/curl_options.py by `make docs`; edit there. -->

You can use curl commands in two places: as a line at the prompt (`curl ..` sends it, `import curl ..` only shows it),
and as a request of a [`.http` file](scripts.md). In both places callbox sends what curl sends: the same method, target,
headers and body. If the command has no User-Agent or Accept, callbox sends its own.

```
> curl https://api.example.com/items -u ann:pw -d name=Ann
post https://api.example.com/items Content-Type:application/x-www-form-urlencoded --body name=Ann --auth ? \
--no-follow --no-compress
```

- As with curl, callbox follows redirects only with `-L`, and asks for a content coding only with `--compressed`.
- As with curl, a URL without a scheme gets the scheme http; `--proto-default https` changes that.
- callbox reads the quotes of bash, of Windows' cmd (`^"..^"`) and of PowerShell, with a backquote at the end of a row.
  It also reads continued rows, comments, `<<EOF` with the text in the next rows, `< FILE`, and the `$ curl ..` of
  manuals. At the prompt, `| COMMAND` and `> FILE` mean what they mean in other lines of callbox.
- At the prompt `$NAME` becomes `{{$env.NAME}}`, so the value comes from the environment when the line is sent. In a
  file `$NAME` is an error; write `{{$processEnv NAME}}`. `$(..)`, backquotes and a second command are errors.
- In a file, `{{name}}` may stand in any word. The value of a variable is never an option, never the name of a file
  (`-d {{x}}` with a value that begins with `@`), and never a parameter of a form (`;type=`).
- In old versions of PowerShell, `curl` is the command `Invoke-WebRequest`. callbox refuses a line with options of that
  command (`-Uri`, `-Headers`): write `curl.exe`, or copy the request as cURL (bash).

callbox differs from curl in these points:

- It percent-encodes characters that RFC 3986 does not allow in a URL (`[]{}"<>|^` and a backquote).
- It sends `Content-Length: 0` with a POST without a body, and never sends `Expect: 100-continue`.
- After a redirect of a POST it sends GET, also with `-X`.
- If a command has `-F` and `-H` with a boundary (`-H 'Content-Type: multipart/form-data; boundary=x'`), callbox uses
  this boundary and sends one `Content-Type`.
- At the prompt, it sends methods in capitals. In a `.http` file, it sends them as they are written.
- At the prompt, a body from several files may have at most 200 kB. A `.http` file has no such limit.

You may write an option as curl allows it: `-XPUT`, `-sSLk`, `--data-u` for `--data-urlencode`, `--no-location`.
"""
_GROUPS: tuple[tuple[Outcome, str], ...] = (
    ("done", "## Done\n\ncallbox does what these options say."),
    (
        "at the prompt",
        "## Done at the prompt, refused in a file\n\nOnly you may choose these, so they are errors in a `.http` file.",
    ),
    ("passed over", "## Ignored\n\nThese options change no request, and callbox ignores them."),
    (
        "refused",
        "## Refused\n\ncallbox prints an error with the option and sends nothing. "
        "The second column is the hint of the error.",
    ),
)


_HEADINGS: dict[Outcome, str] = {
    "done": "what it sets or does",
    "at the prompt": "what it sets or does",
    "passed over": "why it changes no request",
    "refused": "reason, or what to write",
}


def curl_markdown() -> str:
    """The whole of docs/curl.md.

    >>> "`-X`, `--request`" in curl_markdown()
    True
    """
    return "\n".join([_HEAD, *(line for outcome, title in _GROUPS for line in _group(outcome, title))])


def _group(outcome: Outcome, title: str) -> Iterator[str]:
    yield from (title, "", f"| option | {_HEADINGS[outcome]} |", "|---|---|")
    abouts = dict.fromkeys(option.about for option in OPTIONS.values() if option.outcome == outcome)
    for about in abouts:
        options = [option for option in OPTIONS.values() if (option.outcome, option.about) == (outcome, about)]
        yield f"| {', '.join(map(_names, options))} | {_about(about)} |"
    yield ""


def _about(about: str) -> str:
    """The text as Markdown: what a hint quotes is code, and a bar ends no cell."""
    return re.sub(r"'([^' ][^']*)'(?!\w)", r"`\1`", about).replace("|", r"\|")


def _names(option: CurlOption) -> str:
    return f"`-{option.letter}`, `--{option.name}`" if option.letter else f"`--{option.name}`"


if __name__ == "__main__":
    sys.stdout.write(curl_markdown())
