"""XML and HTML that come on one line are laid out; what has line breaks stays as it is."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from tests.support.rows import check_rows

from callbox.render.ansi_and_sanitiser import plain
from callbox.render.body import body

XML = b'<?xml version="1.0"?><a x="1>2"><b>text <i>in</i><u>v</u></b><c/><d></d><e><f>1</f><!-- n --><f><![CDATA[<x>]]></f></e></a>'
HTML = (
    b'<!DOCTYPE html><html><head><meta charset="utf-8"><title>T</title><script>if(a<b){"</b>"}</script></head>'
    b"<body><p>x <b>y</b><i>z</i></p><ul><li>a</li><li>b</li></ul><pre> a <b>b</b></pre><br><img src=x></body></html>"
)


def shown(data: bytes, media_type: str = "application/xml", rows: int | None = None) -> str:
    return plain(body(data, media_type, max_lines=rows))


def test_each_element_of_xml_has_a_line():
    assert shown(XML) == (
        '<?xml version="1.0"?>\n<a x="1>2">\n  <b>text <i>in</i><u>v</u></b>\n  <c/>\n  <d></d>\n  <e>\n    <f>1</f>\n'
        "    <!-- n -->\n    <f><![CDATA[<x>]]></f>\n  </e>\n</a>\n"
    )


def test_html_knows_elements_without_an_end_and_verbatim_ones():
    assert shown(HTML, "text/html") == (
        '<!DOCTYPE html>\n<html>\n  <head>\n    <meta charset="utf-8">\n    <title>T</title>\n'
        '    <script>if(a<b){"</b>"}</script>\n  </head>\n  <body>\n    <p>x <b>y</b><i>z</i></p>\n    <ul>\n'
        "      <li>a</li>\n      <li>b</li>\n    </ul>\n    <pre> a <b>b</b></pre>\n    <br>\n    <img src=x>\n"
        "  </body>\n</html>\n"
    )


@check_rows("media_type", ["application/soap+xml", "text/xml; charset=utf-8", "application/xhtml+xml"])
def test_media_types_of_markup(media_type):
    assert shown(b"<a><b/></a>", media_type) == "<a>\n  <b/>\n</a>\n"


def test_markup_with_lines_is_shown_as_it_is():
    text = "<a>\n <b><c/></b>\n</a>\n"
    assert shown(text.encode()) == text


def test_a_window_counts_the_lines_that_are_shown():
    left = len(HTML) - len(b'<!DOCTYPE html><html><head><meta charset="utf-8">')
    assert shown(HTML, "text/html", 4) == (
        f'<!DOCTYPE html>\n<html>\n  <head>\n    <meta charset="utf-8">\n.. {left} B more; to see all: show last --whole, or > FILE\n'
    )


def test_deep_nesting_is_indented_to_a_limit():
    assert max(len(line) for line in shown(b"<a>" * 500).splitlines()) == 83


def test_a_long_document_is_laid_out_across_batches():
    lines = shown(b"<r>" + b"<a><b>1</b></a>" * 20_000 + b"</r>").splitlines()
    assert (len(lines), set(lines[1:-1])) == (60_002, {"  <a>", "    <b>1</b>", "  </a>"})


@check_rows("text", ["<a", "<a b='", "<", "<!--", "<![CDATA[", "</a>", "<a></b></a>", "a<b", "<>", "<a><b></a><c/>"])
def test_broken_markup_loses_nothing(text):
    assert re.sub(r"\n *", "", shown(text.encode())) == text


@given(st.lists(st.sampled_from(["<a>", "</a>", "<b/>", "<br>", "<!--", "-->", "x", " ", "<", "'", "<p q='", "<pre>"])))
def test_only_line_breaks_are_added(pieces):
    text = "".join(pieces)
    assert re.sub(r"\s", "", shown(text.encode(), "text/html")) == re.sub(r"\s", "", text)
