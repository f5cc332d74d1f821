"""The border at which faults become errors by Requests' names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from callbox.errors import CallboxError
from callbox.face.exceptions import RequestException, translate


@contextmanager
def translated(request: Any = None, *, response: Any = None) -> Iterator[None]:
    """Inside the block, a `CallboxError` is raised as the class that Requests has for it, with this request on it.

    With a response, its body is what is being read.
    """
    try:
        yield
    except RequestException as error:
        error.request = error.request or request
        error.response = error.response if error.response is not None else response
        raise
    except CallboxError as error:
        made = translate(error, in_body=response is not None)
        made.request, made.response = request, response
        raise made from error
