"""The border at which faults become errors by Requests' names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from callbox.errors import CallboxError
from callbox.face.exceptions import RequestException, translate


@contextmanager
def translated(request: Any = None, *, in_body: bool = False) -> Iterator[None]:
    """Inside the block, a `CallboxError` is raised as the class that Requests has for it, with this request on it."""
    try:
        yield
    except RequestException as error:
        error.request = error.request or request
        raise
    except CallboxError as error:
        made = translate(error, in_body=in_body)
        made.request = request
        raise made from error
