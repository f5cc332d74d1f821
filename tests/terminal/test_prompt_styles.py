"""The colours of the prompt that stand on a background of their own, and those that stand on the terminal's."""

from __future__ import annotations

from prompt_toolkit.styles import merge_styles
from prompt_toolkit.styles.defaults import default_ui_style
from tests.render.test_style import contrasts, luminance
from tests.support.rows import check_rows

from callbox.terminal.prompt_toolkit_adapters import make_style

STYLE = merge_styles([default_ui_style(), make_style()])
IN_MENU = (
    "completion-menu.completion",
    "completion-menu.completion.current",
    "completion-menu.meta.completion",
    "completion-menu.meta.completion.current",
)


def channels(color: str) -> tuple[int, int, int]:
    return int(color[:2], 16), int(color[2:4], 16), int(color[4:], 16)


@check_rows("name", IN_MENU)
def test_a_row_of_the_menu_has_a_contrast_of_4_5(name: str) -> None:
    found = STYLE.get_attrs_for_style_str(f"class:{name}")
    assert found.color is not None
    assert found.bgcolor is not None
    bright, dark = sorted((luminance(*channels(found.color)), luminance(*channels(found.bgcolor))), reverse=True)

    assert (bright + 0.05) / (dark + 0.05) >= 4.5


@check_rows("name", ["bottom-toolbar", "auto-suggestion", "prompt"])
def test_text_on_the_background_of_the_terminal_has_one_of_4_5_on_black_and_on_white(name: str) -> None:
    found = STYLE.get_attrs_for_style_str(f"class:{name}")

    assert found.color is not None
    assert min(contrasts(*channels(found.color))) >= 4.5
