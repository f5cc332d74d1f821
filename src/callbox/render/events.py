"""Server-sent events, line by line as they come (WHATWG HTML, "server-sent events")."""

from __future__ import annotations

from callbox.render.json_layout import color_json
from callbox.render.sanitise import visible_fragments
from callbox.render.style import Fragments

_FIELDS = frozenset(("event", "data", "id", "retry"))


def color_event(line: str) -> Fragments:
    """One line of an event stream as it is: the field's name, and JSON after it, coloured.

    >>> color_event("event: ping"), color_event(": hi")
    ([('key', 'event'), ('', ': ping')], [('comment', ': hi')])
    """
    if line.startswith(":"):
        return visible_fragments(line, "comment")
    name, colon, value = line.partition(":")
    if name not in _FIELDS:
        return visible_fragments(line)
    is_json = value.lstrip()[:1] in ("{", "[")
    return [("key", name), *(color_json(colon + value) if is_json else visible_fragments(colon + value))]
