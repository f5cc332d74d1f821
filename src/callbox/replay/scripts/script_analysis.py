"""Static analysis of the scripts of a request: the names that they set, and their syntax errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from callbox.errors import ScriptError, UsageError
from callbox.httpfile.diagnostics import place_of
from callbox.httpfile.javascript.protocol import line_of, message_of, names_set, sets_computed
from callbox.httpfile.model import Handler, Script, Step
from callbox.httpfile.source import Position, Text
from callbox.httpfile.variables.scope import ANY
from callbox.replay.ports import ReplayPorts
from callbox.replay.scripts.script_modules import linked_script


def names_set_by_scripts(step: Step, name: str, ports: ReplayPorts, *, is_global: bool) -> Iterator[str]:
    """The variable names that a step's scripts set; `ANY` for computed names; none for a script that cannot be read."""
    for handler in step.handlers:
        try:
            linked = linked_script(handler, name, ports)
        except UsageError:
            continue
        for code in (linked.code, *linked.modules):
            yield from names_set(code, is_global=is_global)
            if sets_computed(code, is_global=is_global):
                yield ANY


def syntax_error_of(handler: Handler, script: Script, ports: ReplayPorts) -> UsageError | None:
    """The syntax error of a script, found before anything is sent; None if there is none, or no engine."""
    engine = ports.javascript
    if engine is None:
        return None
    try:
        linked = linked_script(handler, script.name, ports)
    except UsageError as error:
        return error
    if fault := _syntax_fault(engine.find_syntax_error, linked.code):
        return error_at(fault, handler, script)
    for path, module in zip(linked.paths, linked.modules, strict=True):
        if fault := _syntax_fault(engine.find_syntax_error, module):
            own = handler._replace(path=Text(path, handler.at))
            return error_at(fault, own, script)
    return None


@lru_cache(maxsize=1024)
def _syntax_fault(find_syntax_error: Callable[[str], str], code: str) -> str:
    """The engine's reason for not reading the code; empty if it can. Cached, since many requests share scripts."""
    return find_syntax_error(code)


def error_at(fault: str, handler: Handler, script: Script, paths: Sequence[str] = ()) -> ScriptError:
    """The error of a script, placed at its line of the file."""
    place = place_of(script, Position(line_of(fault, handler)), 1_000)
    return ScriptError(message_of(fault, handler, paths), place=place)
