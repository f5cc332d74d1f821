"""The examples in docstrings of the package give what they say."""

from __future__ import annotations

import doctest
import importlib.util
import pkgutil
from pathlib import Path

import pytest

import callbox

NAMES = [
    one.name
    for one in pkgutil.walk_packages(callbox.__path__, "callbox.")
    if not one.name.endswith("__main__") and not one.name.startswith("callbox.pytest_plugin")
]
PACKAGES = sorted({name.split(".")[1] for name in NAMES})


def has_example(name: str) -> bool:
    """Whether the text of a module has an example. The others need not be searched, which takes long."""
    found = importlib.util.find_spec(name)
    assert found is not None
    assert found.origin is not None
    return ">>>" in Path(found.origin).read_text(encoding="utf-8")


@pytest.mark.parametrize("package", PACKAGES)
def test_examples_give_what_they_say(package: str) -> None:
    modules = [importlib.import_module(name) for name in NAMES if name.split(".")[1] == package and has_example(name)]

    assert [one.__name__ for one in modules if doctest.testmod(one, optionflags=doctest.ELLIPSIS).failed] == []
