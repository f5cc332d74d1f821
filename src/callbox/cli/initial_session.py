"""The session that a run begins with: from a saved session, the settings and the arguments."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from callbox.cli.arguments import Arguments
from callbox.engine.options import parse_option
from callbox.exchange.url import guess_scheme, parse
from callbox.shell.context import Context, SessionFile
from callbox.shell.outputs import Output, say


def open_session(context: Context, arguments: Arguments) -> list[Output]:
    """Set up the session from the arguments; returns messages. Raises UsageError for a bad URL, value or session.

    This is the initial state and not an edit: `undo` does not take it back. Options of the command line are
    for this run, and not saved.
    """
    context.session.option_defaults.update(arguments.settings)
    messages = list(_load(context, arguments.session)) if arguments.session else []
    if arguments.url:
        base = guess_scheme(arguments.url)
        parse(base)
        context.session.base_url = base
        context.initial_entries = {("base", ""): base}
    for name, text in arguments.options:
        context.session.set_option(name, _check_environment(name, parse_option(name, text), context))
    if context.session.option("env"):
        from callbox.shell.interpreter import apply_environment_options  # 25 ms of a replay, which has no need of it

        messages += apply_environment_options(context)
    if arguments.session or arguments.options:
        _record_initial_state(context, {name for name, _ in arguments.options})
    return messages


def _check_environment(name: str, value: object, context: Context) -> object:
    if name == "env" and value:
        context.ports.read_environment(str(value))
    return value


def _load(context: Context, name: str) -> Iterator[Output]:
    from callbox.shell import autosave  # 15 ms: for who names a session

    # at a prompt the shell opens without it; a script would send its requests without what it counts on
    saved = autosave.load_session(context, name, is_without_missing_secrets=context.is_typed)
    context.session.edits.clear()
    if context.session_file is not None:
        context.session_file.group = None
    if saved is None:
        context.session_file = SessionFile(name, {}, keeps_secrets=False)
        if not context.is_quiet:
            yield say(f"new session '{name}'")
    else:
        if not context.is_quiet:
            yield say(f"session '{name}': {autosave.describe(saved.things)}")
        yield from autosave.report_unread(context)


def _record_initial_state(context: Context, given: Collection[str]) -> None:
    from callbox.engine.snapshot import snapshot  # 8 ms with the next: for who names a session or options
    from callbox.shell.session_text import record_initial_entries

    record_initial_entries(context)
    if context.session_file is not None:
        now = snapshot(context.session, keeps_secrets=context.session_file.keeps_secrets)
        run_only = {key: thing for key, thing in now.items() if key[0] == "option" and key[1] in given}
        context.session_file.run_only, context.session_file.seen = run_only, {**context.session_file.seen, **run_only}
