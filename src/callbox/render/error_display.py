"""Show an error: the message, the source line with a caret, and the hint.

Also make the error for an unexpected exception.
"""

from __future__ import annotations

from callbox.errors import CallboxError, Place, SystemFailure
from callbox.exchange.redaction.urls import redact_userinfo
from callbox.exchange.secret import redact_secret
from callbox.exchange.template_braces import is_unfilled
from callbox.render.ansi_and_sanitiser import visible_line
from callbox.render.style import Fragments
from callbox.render.tables_and_text_width import fit, width_of

_INDENT = "  "
_MAX_MESSAGE = 2_100


def problem(error: BaseException, *, prog: str = "", width: int = 80) -> Fragments:
    """The message, then the source line with a caret, then the hint.

    `prog` is the name of the program, if it must be shown: `callbox: error: ...`.

    >>> from callbox.errors import UsageError
    >>> from callbox.render.ansi_and_sanitiser import plain
    >>> place = Place(column=5, length=3, source="get /x y z")
    >>> print(plain(problem(UsageError("Not an item: 'y z'", hint="try y=z", place=place))), end="")
    Not an item: 'y z'
      get /x y z
          ^^^
      try y=z
    """
    place = error.place if isinstance(error, CallboxError) else None
    hint = error.hint if isinstance(error, CallboxError) else ""
    out: Fragments = [("error", f"{visible_line(prog)}: error: ")] if prog else []
    if place and place.file:
        out.append(("dim", f"{visible_line(_without_passwords(str(place)))}: "))
    out += [("" if prog else "error", _message(str(error))), ("", "\n")]
    if place and place.source:
        out += _underlined(place, width)
    if hint:
        out += [("hint", _INDENT + visible_line(_without_passwords(hint))), ("", "\n")]
    return out


def _message(text: str) -> str:
    """The message on one line. It is cut only after secrets in it were redacted."""
    text = _without_passwords(text)
    return visible_line(text if len(text) <= _MAX_MESSAGE else f"{text[:_MAX_MESSAGE]}..")


def _without_passwords(text: str) -> str:
    """The text without passwords of URLs. A URL may be given in the place of any file."""
    if "@" not in text:
        return text
    return redact_userinfo(text, lambda password: password if is_unfilled(password) else redact_secret(password))


def _underlined(place: Place, width: int) -> Fragments:
    """The source line, or the part of it around the place, with the caret below."""
    start = min(max(place.column - 1, 0), len(place.source))
    before = _shown(place.source[:start])
    marked = _shown(place.source[start : start + max(place.length, 1)])
    after = _shown(place.source[start + max(place.length, 1) :])
    room = max(width - len(_INDENT), 12)
    marked = fit(marked, room - 6)
    carets = "^" * max(width_of(marked), 1)
    before = _fit_end(before, max(room - len(carets) - min(width_of(after), room // 4), 0))
    after = fit(after, max(room - width_of(before) - len(carets), 0))
    return [
        ("", _INDENT + before),
        ("error", marked),
        ("", f"{after}\n{_INDENT}{' ' * width_of(before)}"),
        ("caret", carets),
        ("", "\n"),
    ]


def _shown(text: str) -> str:
    return visible_line(text.replace("\t", " "))


def _fit_end(text: str, columns: int) -> str:
    """The end of the text, with `..` before it if a part of the text is left out."""
    if width_of(text) <= columns:
        return text
    tail = text[len(text) - max(columns - 2, 0) :]
    while width_of(tail) > columns - 2 and tail:
        tail = tail[1:]
    return ".." + tail.lstrip("\u200d")


class InternalError(CallboxError):
    """A bug in callbox."""

    exit_code = 4


def unexpected_error(error: Exception) -> CallboxError:
    """The error that is shown for an exception for which callbox has no message.

    >>> print(unexpected_error(ValueError("oops")))
    a bug in callbox: ValueError: oops
    >>> print(unexpected_error(OSError(5, "Input/output error", "notes.txt")))
    The system reports: input/output error (notes.txt)
    """
    if isinstance(error, MemoryError):
        return SystemFailure("There is not enough memory", hint="--max-body limits the size of a response")
    if isinstance(error, OSError) and error.strerror:
        file = f" ({error.filename})" if isinstance(error.filename, str) else ""
        reason = error.strerror[0].lower() + error.strerror[1:]
        return SystemFailure(f"The system reports: {reason}{file}", hint="--debug shows where")
    words = str(error).partition("\n")[0] or "no message"
    return InternalError(f"a bug in callbox: {type(error).__name__}: {words}", hint="--debug shows where")
