"""The practice API, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from callbox.practice import Practice


@pytest.fixture(scope="module")
def api() -> Iterator[str]:
    with Practice() as running:
        yield running.url
