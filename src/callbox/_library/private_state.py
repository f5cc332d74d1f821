"""`PrivateState` and `ReadProperty`: how the public classes store attributes that Requests' classes do not have.

A subclass of `Session`, `HTTPAdapter` or `PreparedRequest` may use any attribute name that Requests does not use. So
each object has only one additional attribute, whose name begins with `_callbox`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

State = TypeVar("State")


class PrivateState(Generic[State]):
    """A descriptor that creates the private state of an object at its first use. So the state also exists before
    `__init__`, and in a subclass that does not call the original `__init__`. The descriptor has no `__set__`, so that
    Python finds the state in the object's dictionary from then on.
    """

    def __init__(self, make: Callable[[], State]) -> None:
        self._make = make

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> PrivateState[State]: ...
    @overload
    def __get__(self, instance: object, owner: type | None = None) -> State: ...
    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        # With `setdefault`, two threads that need the state at the same time get the same object.
        return self if instance is None else vars(instance).setdefault(self._name, self._make())


class ReadProperty:
    """A property that a subclass or a program may replace by a value."""

    def __init__(self, read: Callable[[Any], Any]) -> None:
        self._read = read
        self.__doc__ = read.__doc__

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return self if instance is None else self._read(instance)
