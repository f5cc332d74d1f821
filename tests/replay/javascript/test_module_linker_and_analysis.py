"""The modules of scripts, and what is read off their text."""

from __future__ import annotations

from tests.support.linear import assert_linear

from callbox.replay.javascript.module_linker_and_analysis import LinkedModules, link_modules


def link_many(count: int) -> LinkedModules:
    return link_modules("".join(f"import './m{number}.js';\n" for number in range(count)), "", lambda _: "export {}\n")


def test_modules_are_numbered_in_the_order_in_which_they_are_found() -> None:
    texts = {"a.js": "import './c.js'", "b.js": "import './a.js'", "c.js": ""}
    linked = link_modules("import './a.js'; import './b.js'", "", texts.__getitem__)

    assert linked.paths == ("a.js", "b.js", "c.js")


def test_modules_are_linked_in_time_by_their_number() -> None:
    assert_linear(link_many, 200, 1600, most=30)
