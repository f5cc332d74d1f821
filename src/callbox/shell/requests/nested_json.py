"""Build a JSON text from body fields with nested keys; numbers keep their spelling.

The values are JSON texts already (`:=` takes JSON as typed), so that `price:=1.10` is sent as `1.10`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from callbox.errors import UsageError

Tree: TypeAlias = "str | list[Tree] | dict[str, Tree]"
"""A tree of lists and objects whose leaves are JSON texts."""
Step: TypeAlias = "str | int | None"
MOST_INDEX = 10_000


def build_json(fields: Iterable[tuple[tuple[Step, ...], str]], base: str = "") -> str:
    """The JSON text of these fields. Each field is the steps of its key and its value as JSON text.

    The fields are added to `base`, a JSON text. Raises `UsageError` for keys that exclude each other: `a=1 a[b]=2`.

    >>> build_json([(("a",), "1.10"), (("b", "c", None), '"x"'), (("b", "c", None), '"y"')])
    '{"a": 1.10, "b": {"c": ["x", "y"]}}'
    """
    root: list[Tree] = [_read(base)] if base else []
    written: set[tuple[Step, ...]] = set()
    """The keys of lists and objects that these fields have written; those of `base` are not among them."""
    for steps, text in fields:
        if steps in written and None not in steps:  # each `[]` adds a new entry
            raise UsageError(f"Two fields contradict each other at '{steps[-1]}': one of them has fields below it")
        written.update(steps[:count] for count in range(1, len(steps)))
        _put(root, (0, *steps), text)
    return _write(root[0]) if root else "{}"


def members(text: str) -> Iterator[tuple[str, str, str]]:
    """The members of a JSON object: name, value as text, and value as JSON text; numbers keep their spelling.

    Raises UsageError for JSON that is not an object.

    >>> list(members('{"a": "x", "b": 1.10, "c": [1]}'))
    [('a', 'x', '"x"'), ('b', '1.10', '1.10'), ('c', '[1]', '[1]')]
    """
    document = json.loads(text, parse_float=_Number, parse_int=_Number, parse_constant=_Number)
    if not isinstance(document, dict):
        raise UsageError("The body of that request is not a JSON object, and has no fields", hint="edit last")
    for name, value in document.items():
        try:
            written = _write(_tree(value))
        except RecursionError:
            raise _nested() from None
        yield name, value if type(value) is str else written, written


def json_string(value: str) -> str:
    """The text as a JSON string.

    >>> json_string('say "é"')
    '"say \\\\"é\\\\""'
    """
    return json.dumps(value, ensure_ascii=False)


def validate_json(text: str) -> str:
    """Check that the text is JSON; returns it unchanged. Raises UsageError with the position of the error."""
    try:
        json.loads(text, parse_constant=_refuse_constant)
    except UsageError:
        raise
    except ValueError as error:
        reason = getattr(error, "msg", str(error))
        at = getattr(error, "pos", 0)
        near = f" at '{text[at : at + 12]}'" if at < len(text) else " at its end"
        raise UsageError(f"Not JSON: {reason[:1].lower()}{reason[1:]}{near}", hint="name=text sends text") from None
    except RecursionError:
        raise _nested() from None
    return text.strip()


def _refuse_constant(name: str) -> str:
    """Refuse NaN and Infinity, which Python reads and RFC 8259 does not allow."""
    raise UsageError(f"{name} is not a JSON number", hint=f"write null, or '\"{name}\"' to send it as text")


class _Number(str):
    """A JSON number with its digits as they are written."""


def _nested() -> UsageError:
    return UsageError("This JSON is nested too deeply")


def _read(text: str) -> Tree:
    try:
        return _tree(json.loads(text, parse_float=_Number, parse_int=_Number, parse_constant=_Number))
    except RecursionError:
        raise _nested() from None


def _tree(value: object) -> Tree:
    if isinstance(value, dict):
        return {name: _tree(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_tree(one) for one in value]
    return str(value) if isinstance(value, _Number) else json.dumps(value, ensure_ascii=False)


def _put(tree: list[Tree] | dict[str, Tree], steps: tuple[Step, ...], text: str) -> None:
    step, rest = steps[0], steps[1:]
    container: list[Tree] | dict[str, Tree] = tree
    for following in rest:
        container = _descend(container, step, is_list=not isinstance(following, str))
        step = following
    _set(container, step, text)


def _descend(container: list[Tree] | dict[str, Tree], step: Step, *, is_list: bool) -> list[Tree] | dict[str, Tree]:
    empty: list[Tree] | dict[str, Tree] = [] if is_list else {}
    existing = _get(container, step)
    if existing is None:
        _set(container, step, empty)
        return empty
    if isinstance(existing, str) or type(existing) is not type(empty):
        raise UsageError(f"Two fields contradict each other at '{step}': they need values of different types there")
    return existing


def _get(container: list[Tree] | dict[str, Tree], step: Step) -> Tree | None:
    if isinstance(container, dict):
        return container.get(str(step))
    if isinstance(step, int) and 0 <= step < len(container) and container[step] != "null":
        return container[step]
    return None


def _set(container: list[Tree] | dict[str, Tree], step: Step, value: Tree) -> None:
    if isinstance(container, dict):
        container[str(step)] = value
    elif step is None:
        container.append(value)
    elif isinstance(step, int) and 0 <= step <= MOST_INDEX:
        container.extend("null" for _ in range(step + 1 - len(container)))
        container[step] = value
    else:
        raise UsageError(
            f"'{step}' is not a position in a list", hint=f"[] appends, [0] to [{MOST_INDEX}] are positions"
        )


def _write(tree: Tree) -> str:
    if isinstance(tree, str):
        return tree
    if isinstance(tree, list):
        return f"[{', '.join(map(_write, tree))}]"
    return f"{{{', '.join(f'{json_string(name)}: {_write(value)}' for name, value in tree.items())}}}"
