"""An attribute that is worked out when it is first asked for, and may be assigned instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

T = TypeVar("T")

if TYPE_CHECKING:
    from functools import cached_property as lazy
else:

    class lazy(Generic[T]):
        """As functools.cached_property, without the lock that it takes up to Python 3.11."""

        def __init__(self, make: Callable[[Any], T]) -> None:
            self.make = make
            self.name = make.__name__
            self.__doc__ = make.__doc__

        def __get__(self, instance: Any, owner: Any = None) -> Any:
            if instance is None:
                return self
            value = instance.__dict__[self.name] = self.make(instance)
            return value


__all__ = ["lazy"]
