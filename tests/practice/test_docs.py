from __future__ import annotations

import doctest

import pytest

import callbox.practice
import callbox.practice.server


@pytest.mark.parametrize("module", [callbox.practice, callbox.practice.server], ids=lambda module: module.__name__)
def test_examples_in_the_documentation_hold(module):
    result = doctest.testmod(module)

    assert result.attempted > 0
    assert result.failed == 0
