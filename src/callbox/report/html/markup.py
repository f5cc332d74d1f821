"""Text to HTML. All escaping of the report is done here."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from callbox.render.sanitise import visible, visible_line
from callbox.render.style import STYLES, Fragment


def line(text: str) -> str:
    r"""Escape one line of text for an element or a quoted attribute.

    >>> line('<a href="x">\n')
    '&lt;a href=&quot;x&quot;&gt;\\n'
    """
    return escape(visible_line(text))


def spans(fragments: Iterable[Fragment]) -> str:
    """Styled text as one span with a class for each run of one style.

    >>> spans([("header.name", "A"), ("", ": <"), ("", "b")])
    '<span class="header-name">A</span>: &lt;b'
    """
    out: list[str] = []
    last, texts = "", list[str]()
    for style, text in [*fragments, ("\0", "")]:
        if style != last and texts:
            out.append(_span(last, escape(visible("".join(texts)), quote=False)))
            texts = []
        last = style
        if text:
            texts.append(text)
    return "".join(out)


def _span(style: str, text: str) -> str:
    name = style.replace(".", "-")
    return f'<span class="{name}">{text}</span>' if style in STYLES else text


def block(fragments: Iterable[Fragment], label: str, name: str = "") -> str:
    """Preformatted text that the keyboard can focus and scroll; empty for an empty text."""
    text = spans(fragments)
    if not text.strip():
        return ""
    # A newline right after the tag is not part of the text, so one is put there that may be lost.
    response_line = f'tabindex="0" role="region" aria-label="{line(label)}"'
    return f'<pre class="{name}" {response_line}>\n{text}</pre>'
