"""Links between pages, from the Link header and from JSON."""

from __future__ import annotations

import json

from tests.support.rows import check_rows

from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.headers import Headers
from callbox.exchange.page_links import page_links
from callbox.exchange.request import Draft, Outgoing
from callbox.exchange.response import ResponseHead
from callbox.exchange.url import parse

NEXT = "http://a.x/v1/books?page=2"


def response(document: object = None, *links: str) -> Record:
    """A response to `GET http://a.x/v1/books`."""
    body = b"" if document is None else json.dumps(document).encode()
    headers = Headers([("Content-Type", "application/json"), *(("Link", link) for link in links)])
    outgoing = Outgoing("GET", parse("http://a.x/v1/books"))
    return Record(Draft("GET", "/v1/books"), outgoing, ResponseHead(200, "OK", headers), body, len(body))


@check_rows(
    "header",
    [
        '<http://a.x/v1/books?page=2>; rel="next"', "</v1/books?page=2>; rel=next", "<?page=2>; REL=Next",
        "<books?page=2>; rel='next'", '</z>; rel="last", <?page=2>; title="a, b"; rel="next"', '<?page=2>; rel="start next"',
    ],
)  # fmt: skip
def test_link_header_names_the_next_page(header):
    assert page_links(response(None, header))["next"] == NEXT


@check_rows(
    "document",
    [
        {"next": NEXT}, {"next": "/v1/books?page=2"}, {"next": "?page=2"}, {"links": {"next": NEXT}},
        {"_links": {"next": {"href": NEXT}}}, {"links": {"next": {"href": NEXT}}}, {"paging": {"next": NEXT}},
        {"pagination": {"next_url": NEXT}}, {"meta": {"pagination": {"links": {"next": NEXT}}}}, {"next_page_url": NEXT},
        {"nextPageUrl": NEXT}, {"nextLink": NEXT}, {"@odata.nextLink": NEXT}, {"links": [{"rel": "next", "href": NEXT}]},
        {"next_page": {"uri": "x", "url": NEXT}}, {"info": 1, "next-page": NEXT},
    ],
    ids=json.dumps,
)  # fmt: skip
def test_json_names_the_next_page(document):
    assert page_links(response(document))["next"] == NEXT


@check_rows(
    "document",
    [
        None, [], "next", 5, {}, {"next": None}, {"next": 2}, {"next": ""}, {"next": "abc"}, {"next": False}, {"next": []},
        {"items": [{"next": NEXT}]}, {"next_cursor": "x"}, {"links": [{"href": NEXT}, 5, {"rel": 5}]}, {"next": {"href": 5}},
    ],
    ids=json.dumps,
)  # fmt: skip
def test_json_without_a_next_page(document):
    assert "next" not in page_links(response(document))


def test_link_header_goes_before_the_body():
    assert page_links(response({"next": "/other"}, "<?page=2>; rel=next"))["next"] == NEXT


def test_body_adds_the_next_page_to_other_links_of_the_header():
    assert page_links(response({"next": NEXT}, "</style.css>; rel=preload")) == {
        "preload": "http://a.x/style.css",
        "next": NEXT,
    }


def test_previous_is_prev():
    assert page_links(response({"previous": "?page=0"})) == {"prev": "http://a.x/v1/books?page=0"}


def test_first_of_two_links_of_one_relation_counts():
    assert page_links(response(None, "<?page=2>; rel=next, <?page=3>; rel=next"))["next"] == NEXT


def test_link_that_cannot_be_joined_is_left_out():
    assert page_links(response(None, "<http://[::1/x>; rel=next")) == {}


def test_json_that_is_nested_too_deep_has_no_links():
    assert page_links(response()._replace(body=b'{"next":' * 100_000)) == {}
