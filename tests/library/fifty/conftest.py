"""A program of documented features of Requests: each test runs on Requests and, with only the import changed, on callbox."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
import requests

import callbox


@pytest.fixture(params=[requests, callbox], ids=["requests", "callbox"])
def lib(request: pytest.FixtureRequest) -> ModuleType:
    return request.param


@pytest.fixture
def s(lib: Any) -> Iterator[Any]:
    with lib.Session() as session:
        yield session


@pytest.fixture
def url(httpbin_url: str) -> str:
    return httpbin_url
