"""`PrivateState` and `ReadProperty`: how the public classes keep what is callbox's own and not Requests'.

A program may derive from `Session`, `HTTPAdapter` or `PreparedRequest` and use every attribute name that Requests
leaves free. So each object has one attribute beyond those of Requests, whose name begins with `_callbox`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

State = TypeVar("State")


class PrivateState(Generic[State]):
    """A descriptor: an object's private state, made when it is first asked for.

    So it is there before `__init__`, and in a subclass that calls no `__init__` of ours. As it has no `__set__`, Python
    finds the state in the object's dictionary from then on.
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
        # `setdefault`: of two threads that ask at once, both get the same.
        return self if instance is None else vars(instance).setdefault(self._name, self._make())


class ReadProperty:
    """A descriptor that reads like a property, and that a subclass or a program may put another value over."""

    def __init__(self, read: Callable[[Any], Any]) -> None:
        self._read = read
        self.__doc__ = read.__doc__

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return self if instance is None else self._read(instance)
