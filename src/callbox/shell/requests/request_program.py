"""A request as a curl or HTTPie command or as a Python program, and notes on how the program differs from callbox."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from callbox.exchange.request import Draft, Outgoing
from callbox.formats.curl_writer import resends_method, write_curl
from callbox.formats.httpie_and_python_snippets import forwarded_credential, write_httpie, write_python
from callbox.shell.context import Context

_REDACTED = "# secrets are left out here: --reveal writes them\n"
"""A comment that is valid in a shell and in Python."""


class RequestProgram(NamedTuple):
    """The text of a program, and a note on it; the note may be empty."""

    text: str
    note: str


def write_program(form: str, draft: Draft, outgoing: Outgoing, context: Context, *, reveal: bool) -> RequestProgram:
    """The request as a `curl`, `httpie` or `python` program. Secrets are redacted unless `--reveal` is typed."""
    obstacle = _redirect_obstacle(form, draft, outgoing, context) if context.session.follows(draft) else None
    follows = context.session.follows(draft) and not obstacle and form != "python"
    text, revealed = (_WRITERS[form](outgoing, one, follows) for one in (reveal, True))
    comment = "" if text == revealed else _REDACTED
    return RequestProgram(f"{comment}{text}\n", obstacle or "")


def _redirect_obstacle(form: str, draft: Draft, outgoing: Outgoing, context: Context) -> str:
    """Why the program cannot follow redirects as callbox does; empty if it can."""
    if form == "python":
        return "this program follows no redirects"
    header = forwarded_credential(outgoing)
    is_repeated = resends_method(outgoing) if form == "curl" else False
    is_kept = context.session.keeps_method(draft) and outgoing.method not in ("GET", "HEAD")
    if header:
        what = f"{header} to other hosts, too"
    elif is_kept:
        what = "GET to the next URL" if not is_repeated else ""
    else:
        what = f"{outgoing.method} again" if is_repeated else ""
    return f"this command follows no redirects: {form} would send {what}" if what else ""


def _curl(outgoing: Outgoing, reveal: bool, follows: bool) -> str:
    return write_curl(outgoing, reveal=reveal, follows=follows)


def _httpie(outgoing: Outgoing, reveal: bool, follows: bool) -> str:
    return write_httpie(outgoing, reveal=reveal, follows=follows)


def _python(outgoing: Outgoing, reveal: bool, follows: bool) -> str:
    return write_python(outgoing, reveal=reveal).removesuffix("\n")


_WRITERS: Mapping[str, Callable[[Outgoing, bool, bool], str]] = {"curl": _curl, "httpie": _httpie, "python": _python}
