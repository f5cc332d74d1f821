"""Run a line: parse it, bind it, call its handler, and redirect the output if the line asks for it.

There is no terminal here: `run` takes a line and yields outputs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from callbox.errors import CallboxError, Fault, Place, UsageError
from callbox.exchange.exchange_record_and_events import Note
from callbox.exchange.redaction.displayed_fields_and_values import redact_place
from callbox.exchange.redaction.secrets_by_value import redact_filled
from callbox.exchange.template_braces import percent_encoded
from callbox.shell.command_context import Context
from callbox.shell.line.binder import bind
from callbox.shell.line.grammar import Call, Command, place
from callbox.shell.line.lexer import Line, Word, split
from callbox.shell.line.parser import MAX_USUAL, Analysis, analyse, analyse_line
from callbox.shell.line_variables import apply_environment_options, fill, foreign_parts, secrets_in_value
from callbox.shell.lines_of_other_tools import ignored_curl_options, rewrite_line
from callbox.shell.outputs import ExchangeEvent, Failure, Output, Status, closing, say, without_notes
from callbox.shell.requests.output_redirection import is_private, redirect

if TYPE_CHECKING:
    from callbox.shell.curl_command_translator import CurlFiles

_QUOTED = re.compile(r"'([^']*)'")
MAX_WORDS = 10_000
"""The most words of one line. A text in quotes is one word."""
_MIN_LENGTH = 3
"""The shortest word that is searched for in messages. Shorter words occur in many messages by chance."""


def locate(error: UsageError, call: Call, typed: Line) -> None:
    """If an error has no place, give it the place of the word that its message names."""
    if error.place is not None:
        return
    words = typed.words[len(call.command.words) :]
    span = next(_candidate_spans(error.message, words), None)
    if span is not None:
        error.place = place(call.line, *span)


def _candidate_spans(message: str, words: tuple[Word, ...]) -> Iterator[tuple[int, int]]:
    """Spans of words that the message may refer to, the likeliest first."""
    for text in _QUOTED.findall(message):
        yield from ((word.start, word.end) for word in words if word.text == text or word.text.endswith(f"={text}"))
        yield from ((word.start, word.end) for word in reversed(words) if word.text.startswith(f"{text}["))
        yield from (_span_in_word(text, word) for word in words if text in word.text and len(text) > 1)
    yield from ((word.start, word.end) for word in words if _is_mentioned(word.text, message))


def _span_in_word(text: str, word: Word) -> tuple[int, int]:
    at = word.text.index(text)
    return word.offsets[at], word.offsets[at + len(text) - 1] + 1


def _is_mentioned(text: str, message: str) -> bool:
    is_long = len(text) >= _MIN_LENGTH or text.removeprefix("-").isdecimal()
    return is_long and re.search(rf"(?<!\S){re.escape(text)}(?![^\s:,;])", message) is not None


Handler = Callable[[Call, Context], Iterator[Output]]


def run(line: str, context: Context) -> Iterator[Output]:
    """Run one line and yield its outputs as they come. An error is the last output: a `Failure` with its place."""
    call: Call | None = None
    analysis: Analysis | None = None
    line = yield from _restored(line, context)
    try:
        typed_line = _split(line)
        if len(typed_line.words) > MAX_WORDS:
            tip = "a body may come from a file: post /x @body.json"
            yield Failure(UsageError(f"The line has more than {MAX_WORDS:,} words", hint=tip))
            return
        typed_line = yield from _translated(typed_line, context)
        analysis = analyse_line(typed_line)
        if analysis.is_blank:
            return
        filled = _SecretRecorder(context)
        call = filled.add_to(bind(analysis, filled.fill, lambda name, text: foreign_parts(name, text, context)))
        if not _is_quiet(call, context):
            yield from _url_notes(call)
        outputs = load_handler(call.command)(call, context)
        if call.redirect is not None:
            outputs = redirect(outputs, call.redirect, context, is_private=is_private(call))
        outputs = _without_filled_secrets(outputs, context)
        yield from _quiet(outputs, context) if _is_quiet(call, context) else outputs
    except CallboxError as error:
        if call is not None and isinstance(error, UsageError):
            locate(error, call, typed_line)
        if call is not None and isinstance(error, Fault) and error.kind == "dns":
            error.hint = _path_hint(call, context) or error.hint
        if context.is_single_request:  # no later line can set an option, so the hint names the flag
            error.hint = error.hint.replace("set option ", "--")
            error.message = error.message.replace("set option ", "--")
        _redaction().redact_error(error, line, analysis if typed_line.text == line else None)
        yield _redact_failure(Failure(error), context)
    yield from after_line(context)


def _path_hint(call: Call, context: Context) -> str:
    """The hint for a target such as `v1.x/items`, which was read as a host, but may be a path below the base."""
    sent = call.inner or call
    target = sent.text("target")
    if not context.session.base_url or not target or "://" in target or target[0] in "/:.":
        return ""
    return f"check the name; if this is a path below the base: ./{target}"


def _redaction() -> ModuleType:
    # 15 ms, and most lines have no error, no secret of the history and no translation
    from callbox.shell.line import redaction

    return redaction


def _restored(line: str, context: Context) -> Generator[Output, None, str]:
    """The line with its secrets in place of `?`, if the line was recalled from the history."""
    if not context.is_typed:
        return line
    typed: str = _redaction().restore_secrets(line, context)
    if typed != line:
        yield say("callbox sends the secret that you typed before in place of '?'", "hint")
    return typed


def _translated(typed_line: Line, context: Context) -> Generator[Output, None, Line]:
    """The line translated to a command of this shell, if another tool's command was typed."""
    translated = rewrite_line(typed_line, _curl_files(context) if "curl" in typed_line.text else None)
    if not translated:
        return typed_line
    if not context.is_quiet:
        yield say(_redaction().redact_line(translated), "hint")._replace(is_verbatim=True)
        if ignored := ignored_curl_options(typed_line):
            yield say(f"callbox ignores {', '.join(ignored)} of curl", "hint")
        if _CURL.match(typed_line.text) and _BRACES.search(typed_line.text):
            yield say(
                "callbox sends {{ }} of a curl command as text; with a variable: get /path X-Name:{{name}}", "note"
            )
    return analyse(translated).line


_CURL = re.compile(r"\s*+curl(?:\.exe)?\s")
_BRACES = re.compile(r"\{\{\s*+[$\w][^{}\n]{0,200}\}\}")


def _url_notes(call: Call) -> Iterator[Output]:
    """A note for each filled value that changes more than its own part of the URL."""
    for name in dict.fromkeys((*call.url_breakers, *(call.inner.url_breakers if call.inner is not None else ()))):
        value = "this value" if name.startswith("`") else f"the value of {{{{{name}}}}}"
        yield say(f"{value} has signs with a meaning in a URL; {{{{%name}}}} percent-encodes the value", "note")


def _split(line: str) -> Line:
    """The words of a line. One word above the limit is enough to see that the line is too long."""
    return analyse(line).line if len(line) <= MAX_USUAL else split(line, MAX_WORDS + 1)


def _is_quiet(call: Call, context: Context) -> bool:
    return context.is_quiet or call.has("quiet") or (call.inner is not None and call.inner.has("quiet"))


def _quiet(outputs: Iterator[Output], context: Context) -> Iterator[Output]:
    before, context.is_quiet = context.is_quiet, True
    try:
        yield from without_notes(outputs)
    finally:
        context.is_quiet = before


class _SecretRecorder:
    """Fills the variables of a line, and records which of the values are secret."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._secrets: dict[str, str] = {}

    def fill(self, name: str) -> str:
        """The value of one variable; `%name` percent-encodes it. Raises `UsageError` if the variable does not exist."""
        bare = name.removeprefix("%").strip()
        value = fill(bare, self._context)
        if value:
            found = dict(secrets_in_value(bare, value, self._context))
            if bare != name:
                found |= {percent_encoded(secret): known for secret, known in found.items()}
            self._secrets.update(found)
            self._context.filled_secrets.update(found)
        if bare == name:
            return value
        if value in (".", ".."):
            raise UsageError(
                f"The value of '{bare}' is '{value}', which cannot be percent-encoded",
                hint="{{name}} inserts a value unchanged",
            )
        return percent_encoded(value)

    def add_to(self, call: Call) -> Call:
        """The call with the secrets that were filled into its line."""
        if not self._secrets:
            return call
        inner = call.inner and call.inner._replace(secrets=self._secrets)
        return call._replace(secrets=self._secrets, inner=inner)


def _without_filled_secrets(outputs: Iterator[Output], context: Context) -> Iterator[Output]:
    """The outputs. In messages, the secrets are redacted that were filled into any line of this shell."""
    with closing(outputs):
        for output in outputs:
            yield _redact_output(output, context) if context.filled_secrets else output


def _redact_output(output: Output, context: Context) -> Output:
    secrets = context.filled_secrets
    if isinstance(output, Failure):
        return _redact_failure(output, context)
    if isinstance(output, Status):
        return output._replace(fragments=[(style, redact_filled(text, secrets)) for style, text in output.fragments])
    if isinstance(output, ExchangeEvent) and isinstance(output.event, Note):
        note = output.event
        return output._replace(event=note._replace(text=redact_filled(note.text, secrets)))
    return output


def _redact_failure(failure: Failure, context: Context) -> Failure:
    """The failure with its error changed in place, since the code that raised it may keep a reference."""
    secrets, error = context.filled_secrets, failure.error
    if secrets:
        error.message = redact_filled(error.message, secrets)
        error.hint = redact_filled(error.hint, secrets)
        error.args = (error.message,)
        if error.place is not None:
            place = redact_place(error.place, lambda text: redact_filled(text, secrets))
            error.place = place._replace(file=redact_filled(place.file, secrets))
    return failure


def _curl_files(context: Context) -> CurlFiles:
    """The functions that read files for the translation of a curl command."""
    from callbox.shell.curl_command_translator import CurlFiles  # this import takes 8 ms, and such lines are rare

    ports = context.ports
    return CurlFiles(ports.read_file, lambda: f"{ports.random().getrandbits(128):032x}", ports.now)


def after_line(context: Context) -> Iterator[Output]:
    """Finish a line, even if it was interrupted: apply the environment and save the session."""
    if context.environment_defaults or context.session.option("env"):
        yield from apply_environment_options(context)
    if context.is_remembered:
        yield from context.remember().save_new(context.history, context.session.option)
    if context.session_file is not None:
        from callbox.shell.session_autosave_and_load import (
            save_changes,
        )  # this import takes 35 ms, and only users who name a session need it

        yield from save_changes(context)


def before_exit(context: Context) -> Iterator[Output]:
    """Finish the shell: try once more to save the changes that could not be saved."""
    if context.session_file is not None and context.session_file.failure:
        from callbox.shell.session_autosave_and_load import save_at_exit  # as above

        yield from save_at_exit(context)
    if context.memory is not None:
        yield from context.memory.close()


def load_handler(command: Command) -> Handler:
    """Import the handler of a command."""
    module, _, name = command.handler.partition(":")
    found: Handler = getattr(import_module(module), name)
    return found


def with_file_place(error: CallboxError, name: str, number: int) -> CallboxError:
    """Set the place of an error to a line of a file; returns the error."""
    place = error.place
    if place is None:
        error.place = Place(name, number)
    elif not place.file:
        error.place = place._replace(file=name, line=number + place.line - 1)
    return error
