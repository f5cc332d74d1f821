"""The border at which faults become errors by Requests' names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from callbox.errors import CallboxError
from callbox.face.exceptions import RequestException, translate


@contextmanager
def translated() -> Iterator[None]:
    """Inside the block, a `CallboxError` is raised as the class that Requests has for it."""
    try:
        yield
    except RequestException:
        raise
    except CallboxError as error:
        raise translate(error) from error
