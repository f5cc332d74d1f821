"""Settings that a child of `Session` declares in its class, as a property or a value: they count as if assigned.

Requests keeps settings in plain attributes, which a child may put anything over. Ours are properties over options;
where a child has put something over one, it is asked before each request what it is now.
"""

from __future__ import annotations

from typing import Any

_AT_FIRST: dict[str, Any] = {"auth": None, "cert": None, "max_redirects": 30, "verify": True}
"""What Requests' `__init__` assigns, whatever the class says."""
_NAMES = (*_AT_FIRST, "max_body", "timeout")

Declared = tuple[tuple[str, Any], ...]
"""Names, and the properties that stand behind them."""


def declared_by(kind: type, home: type) -> Declared:
    """What this child of `home` has put something over."""
    return tuple((name, vars(home)[name]) for name in _NAMES if getattr(kind, name) is not getattr(home, name))


def begin(session: Any, declared: Declared) -> None:
    """Assign what Requests' sessions begin with."""
    for name, _ in declared:
        if name in _AT_FIRST:
            setattr(session, name, _AT_FIRST[name])


def obey(session: Any, declared: Declared) -> None:
    """Take over what each is at this moment."""
    for name, own in declared:
        own.__set__(session, getattr(session, name))
