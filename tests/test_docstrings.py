"""The examples in docstrings of the package give what they say."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import callbox

NAMES = [
    one.name
    for one in pkgutil.walk_packages(callbox.__path__, "callbox.")
    if not one.name.endswith("__main__") and not one.name.startswith("callbox.pytest_plugin")
]
PACKAGES = sorted({name.split(".")[1] for name in NAMES})


@pytest.mark.parametrize("package", PACKAGES)
def test_examples_give_what_they_say(package: str) -> None:
    modules = [importlib.import_module(name) for name in NAMES if name.split(".")[1] == package]

    assert [one.__name__ for one in modules if doctest.testmod(one, optionflags=doctest.ELLIPSIS).failed] == []
