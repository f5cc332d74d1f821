"""A saved script expects the statuses it has seen, and captures what its requests have of earlier responses."""

from __future__ import annotations

import json

import pytest
from tests.support.rows import check_rows

from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.headers import Headers
from callbox.exchange.request import Draft, Route
from callbox.exchange.request_content import Content, Part, form_content, json_content, multipart_content
from callbox.exchange.request_merge_with_session import SessionState, merge
from callbox.exchange.response import ResponseHead
from callbox.exchange.secret import Secret
from callbox.httpfile.export.script_writer import script_of
from callbox.httpfile.parser.file_and_blocks import parse

UUID = "5f0c7a3e-1b8d-4a9e-9c55-0f3a1d2b4c6e"
JWT = "eyJhbGciOiJub25lIn0.eyJzdWIiOiI0NzExIn0.c2lnbmF0dXJl"


def exchange(
    line: str,
    answer: object = None,
    status: int = 200,
    *,
    host: str = "h",
    content: Content | None = None,
    headers: tuple[tuple[str, str | Secret], ...] = (),
    fields: tuple[tuple[str, str], ...] = (),
) -> Record:
    method, _, target = line.partition(" ")
    draft = Draft(method, f"http://{host}{target}", headers, content=content)
    body = b"" if answer is None else json.dumps(answer).encode()
    return Record(draft, merge(SessionState(), draft, Route()), ResponseHead(status, "", Headers(list(fields))), body)


def saved(*records: Record) -> str:
    text = script_of(records, has_responses=True)
    assert not parse(text, "a.http").errors
    return text


CREATE = exchange("POST /books", {"id": 7, "title": "A"}, 201, content=json_content('{"title": "A"}'))


@check_rows("status", [200, 201, 204, 302, 401, 404, 422, 500])
def test_status_is_expected(status) -> None:
    assert f"# @expect status {status}\n" in saved(exchange("GET /a", status=status))


def test_request_without_a_response_expects_none() -> None:
    assert "@expect" not in saved(exchange("GET /a", status=0)._replace(fault="refused"))


def test_statuses_are_expected_on_request_only() -> None:
    assert "@expect" not in script_of([exchange("GET /a")])


USES = {
    "path": (exchange("GET /books/7"), "GET {{base}}/books/{{%book_id}}\n"),
    "path below": (exchange("GET /books/7/copies/1"), "GET {{base}}/books/{{%book_id}}/copies/1\n"),
    "query": (exchange("GET /loans?page=7&book_id=7"), "GET {{base}}/loans?page=7&book_id={{%book_id}}\n"),
    "query, camel case": (exchange("GET /loans?bookId=7"), "GET {{base}}/loans?bookId={{%book_id}}\n"),
    "query, bare name": (exchange("GET /loans?book=7"), "GET {{base}}/loans?book={{%book_id}}\n"),
    "header": (exchange("GET /loans", headers=(("X-Book-Id", "7"),)), "X-Book-Id: {{book_id}}\n"),
    "json": (
        exchange("POST /loans", content=json_content('{"book_id": 7, "copies": 7}')),
        '{"book_id": {{book_id}}, "copies": 7}\n',
    ),
    "json text": (exchange("POST /loans", content=json_content('{"bookId": "7"}')), '{"bookId": "{{book_id}}"}\n'),
    "json list": (
        exchange("POST /loans", content=json_content('{"book_ids": [7, 8]}')),
        '{"book_ids": [{{book_id}}, 8]}\n',
    ),
    "json id of the same": (
        exchange("PUT /books/7", content=json_content('{"id": 7}')),
        '{"id": {{book_id}}}\n',
    ),
    "form": (exchange("POST /loans", content=form_content([("n", "7"), ("book", "7")])), "n=7&book={{%book_id}}\n"),
    "multipart": (
        exchange("POST /loans", content=multipart_content([Part("book_id", b"7"), Part("n", b"7")], "cut")),
        "\n{{book_id}}\n--cut",
    ),
}


@check_rows(("record", "found"), USES.values(), ids=USES)
def test_id_of_what_was_created_is_captured(record, found) -> None:
    text = saved(CREATE, record)

    assert found in text
    assert text.count("# @capture book_id = body $.id\n") == 1


NO_USES = {
    "other collection": exchange("GET /users/7"),
    "other name": exchange("GET /books?page=7&per_page=7"),
    "part of a segment": exchange("GET /books/77"),
    "member of another name": exchange("POST /loans", content=json_content('{"copies": 7, "user_id": 7, "id": 7}')),
    "other form field": exchange("POST /loans", content=form_content([("copies", "7")])),
    "header": exchange("GET /loans", headers=(("X-Limit", "7"),)),
    "title": exchange("GET /search?title=A"),
}


@check_rows("record", NO_USES.values(), ids=NO_USES)
def test_same_text_by_chance_is_not_captured(record) -> None:
    assert "@capture" not in saved(CREATE, record)


THINGS = {
    "job": ({"job": "ef0d9a7b", "state": "queued"}, "/jobs/ef0d9a7b", "job = body $.job"),
    "nested": ({"data": {"upload": "up-81x2"}}, "/v1/uploads/up-81x2/parts", "upload = body $.data.upload"),
}


@pytest.mark.parametrize(("answer", "target", "capture"), THINGS.values(), ids=THINGS)
def test_member_that_is_named_like_the_collection_is_captured(answer, target, capture) -> None:
    assert f"# @capture {capture}\n" in saved(exchange("POST /pay", answer, 202), exchange(f"GET {target}"))


NO_THINGS = {
    "a word": ({"job": "queued"}, "/jobs/queued"),
    "a number": ({"page": 2}, "/pages/2"),
    "a query": ({"job": "ef0d9a7b"}, "/list?job_filter=ef0d9a7b"),
    "another collection": ({"job": "ef0d9a7b"}, "/tasks/ef0d9a7b"),
}


@check_rows(("answer", "target"), NO_THINGS.values(), ids=NO_THINGS)
def test_member_with_another_name_or_a_word_is_not_captured(answer, target) -> None:
    assert "@capture" not in saved(exchange("POST /pay", answer, 202), exchange(f"GET {target}"))


NO_SOURCES = {
    "the user's own": exchange("GET /books/7", {"id": 7}),
    "of a list": exchange("GET /books", [{"id": 7}, {"id": 8}]),
    "of an error": exchange("POST /books", {"id": 7}, 422),
    "no id": exchange("POST /books", {"copies": 7, "year": 7}, 201),
    "a boolean": exchange("POST /books", {"id": True}, 201),
}


@check_rows("record", NO_SOURCES.values(), ids=NO_SOURCES)
def test_number_that_is_no_new_id_is_not_captured(record) -> None:
    assert "@capture" not in saved(record, exchange("DELETE /books/7"))


def test_two_things_with_one_number_have_two_variables() -> None:
    user = exchange("POST /users", {"id": 7}, 201)
    text = saved(user, exchange("GET /users/7", {"id": 7}), CREATE, exchange("DELETE /books/7"))

    assert "GET {{base}}/users/{{%user_id}}\n" in text
    assert "DELETE {{base}}/books/{{%book_id}}\n" in text


def test_two_of_one_collection_have_two_variables() -> None:
    second = exchange("POST /books", {"id": 8}, 201)
    text = saved(CREATE, second, exchange("GET /books/8"), exchange("GET /books/7"))

    assert "GET {{base}}/books/{{%book_id}}\n" in text
    assert "GET {{base}}/books/{{%book_id2}}\n" in text


def test_id_in_a_nested_object_and_of_another_name() -> None:
    order = exchange("POST /checkout", {"order": {"order_no": "A-17", "lines": [{"id": 3}]}}, 201)
    text = saved(order, exchange("GET /orders/A-17"), exchange("GET /lines/3"))

    assert "# @capture order_no = body $.order.order_no\n" in text
    assert "GET {{base}}/orders/{{%order_no}}\n" in text
    assert "GET {{base}}/lines/3\n" in text


IDS = {"integer": 7, "UUID": UUID, "token": "k7-0123456789abcdef0123456789"}
CREATIONS = {
    "POST": (201, ()),
    "POST that answers 200": (200, ()),
    "POST with a Location": (201, (("Location", "/orders/x"),)),
}
LATER = {
    "list": [{"id": "x"}, {"id": "y"}, {"id": None}],
    "wrapped list": {"items": [{"id": None}], "total": 1},
    "object": {"latest": {"order_id": None}},
}


@check_rows("later", LATER.values(), ids=LATER)
@check_rows(("status", "fields"), CREATIONS.values(), ids=CREATIONS)
@check_rows("key", IDS.values(), ids=IDS)
def test_value_is_captured_from_the_response_that_created_it(key, status, fields, later) -> None:
    listed = json.loads(json.dumps(later).replace("null", json.dumps(key)))
    text = saved(
        exchange("POST /orders", {"id": key}, status, fields=fields),
        exchange("GET /orders", listed),
        exchange(f"DELETE /orders/{key}"),
    )

    assert text.count("@capture") == text.count("# @capture order_id = body $.id\n") == 1
    assert text.index("@capture") < text.index("GET {{base}}/orders\n")
    assert "DELETE {{base}}/orders/{{%order_id}}\n" in text


@check_rows("key", IDS.values(), ids=IDS)
@check_rows("location", ["/orders/{}", "http://h/orders/{}", "{}", "/orders/{}/", "/orders/{}?new=1"])
@check_rows("target", ["/orders/{}", "/orders/{}/lines"])
def test_id_that_only_the_location_of_the_creation_has_is_not_taken_from_a_list(key, location, target) -> None:
    text = saved(
        exchange("POST /orders/", status=201, fields=(("Location", location.format(key)),)),
        exchange("GET /orders", [{"id": key}]),
        exchange(f"DELETE {target.format(key)}", headers=(("Authorization", "Bearer abcdefghijkl"),)),
    )

    assert "@capture" not in text
    assert f"DELETE {{{{base}}}}{target.format(key)}\n" in text


@pytest.mark.parametrize("key", [UUID, IDS["token"]])
def test_value_of_an_object_is_captured_before_one_of_a_list(key) -> None:
    text = saved(
        exchange("GET /orders", [{"id": key}]),
        exchange("GET /cart", {"order_id": key}),
        exchange("GET /me", {"last_order": key}),
        exchange(f"DELETE /orders/{key}"),
    )

    assert text.count("@capture") == text.count("# @capture order_id = body $.order_id\n") == 1


def test_value_is_captured_from_the_list_that_a_creation_answers_with() -> None:
    made = exchange("POST /orders/bulk", {"made": [{"id": UUID}]}, 201)
    text = saved(made, exchange("GET /cart", {"order": UUID}), exchange(f"DELETE /orders/{UUID}"))

    assert text.count("@capture") == text.count("= body $.made[0].id\n") == 1


DISTINCT = {
    "path": (exchange(f"GET /x/{UUID}"), "GET {{base}}/x/{{%job}}\n"),
    "query": (exchange(f"GET /x?y={UUID}"), "GET {{base}}/x?y={{%job}}\n"),
    "header": (exchange("GET /x", headers=(("X-Y", UUID),)), "X-Y: {{job}}\n"),
    "json": (exchange("POST /x", content=json_content(f'{{"y": ["{UUID}"]}}')), '{"y": ["{{job}}"]}\n'),
    "form": (exchange("POST /x", content=form_content([("y", UUID)])), "y={{%job}}\n"),
}


@check_rows(("record", "found"), DISTINCT.values(), ids=DISTINCT)
def test_uuid_is_captured_wherever_it_stands(record, found) -> None:
    text = saved(exchange("GET /jobs", [{"job": "x"}, {"job": UUID}]), record)

    assert found in text
    assert "# @capture job = body $[1].job\n" in text


@pytest.mark.parametrize("answer", [{"at": "2026-12-01T10:11:12.000Z"}, {"state": "waiting-for-a-worker"}])
def test_dates_and_words_are_not_captured(answer) -> None:
    (value,) = answer.values()

    assert "@capture" not in saved(exchange("POST /jobs", answer), exchange(f"GET /jobs?x={value}"))


TOKENS = {
    "bearer": (exchange("GET /me", headers=(("Authorization", Secret(JWT, "Bearer ")),)), "Bearer {{access_token}}"),
    "plain bearer": (exchange("GET /me", headers=(("Authorization", f"Bearer {JWT}"),)), "Bearer {{access_token}}"),
    "query": (exchange(f"GET /me?access_token={JWT}"), "?access_token={{%access_token}}"),
    "json": (exchange("POST /me", content=json_content(f'{{"token": "{JWT}"}}')), '{"token": "{{access_token}}"}'),
    "form": (exchange("POST /me", content=form_content([("token", JWT)])), "token={{%access_token}}"),
    "header": (exchange("GET /me", headers=(("X-Api-Key", JWT),)), "X-Api-Key: {{access_token}}"),
}


@check_rows(("record", "found"), TOKENS.values(), ids=TOKENS)
def test_token_of_a_login_is_captured_and_not_asked_for(record, found) -> None:
    login = exchange("POST /login", {"access_token": JWT}, content=json_content('{"user": "a", "password": "pw-1"}'))
    text = saved(login, record)

    assert found in text
    assert "# @capture access_token = body $.access_token\n" in text
    assert text.count("# @prompt") == text.count("# @prompt password\n") == 1
    assert JWT not in text
    assert "pw-1" not in text


@check_rows("value", ["tok-abc", JWT])
@check_rows("scheme", ["Bearer ", "bearer ", "Token ", "DPoP ", ""])
@check_rows("wrap", [str, Secret])
@check_rows("name", ["Authorization", "X-Auth-Token"])
def test_token_of_a_typed_header_is_captured_without_its_scheme(value: str, scheme: str, wrap: type, name: str) -> None:
    login = exchange("POST /login", {"access_token": value})
    text = saved(login, exchange("GET /me", headers=((name, wrap(scheme + value)),)))
    assert f"{name}: {scheme}{{{{access_token}}}}\n" in text
    assert "@prompt" not in text


def test_prompt_of_a_typed_header_asks_for_the_credential_after_the_scheme() -> None:
    text = saved(exchange("GET /me", headers=(("Authorization", Secret("Bearer xyz")),)))
    assert "# @prompt token\n" in text
    assert "Authorization: Bearer {{token}}\n" in text


def test_value_of_a_plain_name_that_is_used_as_a_token_has_a_secret_name() -> None:
    text = saved(exchange("POST /login", {"value": JWT}), TOKENS["bearer"][0])

    assert "# @capture value_token = body $.value\n" in text
    assert JWT not in text


def used_as(name: str, value: str) -> dict[str, Record]:
    return {
        "header": exchange("POST /x", headers=((name, value),)),
        "secret header": exchange("POST /x", headers=((name, Secret(value)),)),
        "query": exchange(f"POST /x?{name}={value}"),
        "json": exchange("POST /x", content=json_content(json.dumps({name: value}))),
        "form": exchange("POST /x", content=form_content([(name, value)])),
    }


SHORT = {
    "csrf by json": (exchange("GET /csrf", {"body": "c4b71e04"}), "body_token = body $.body"),
    "csrf by list": (exchange("GET /csrf", {"all": ["c4b71e04"]}), "all_token = body $.all[0]"),
    "csrf by header": (exchange("GET /csrf", fields=(("X-Next", "c4b71e04"),)), "x_next_token = header X-Next"),
    "csrf by cookie": (
        exchange("GET /csrf", fields=(("Set-Cookie", "cs=c4b71e04; Path=/"),)),
        "cs_token = cookie cs",
    ),
    "csrf by form": (
        exchange("GET /csrf", fields=(("Content-Type", "text/html"),))._replace(body=b"<input name=t value=c4b71e04>"),
        "t_token = body //input[@name='t']/@value",
    ),
}


@check_rows("kind", used_as("X-CSRF-Token", "c4b71e04"))
@check_rows(("record", "capture"), SHORT.values(), ids=SHORT)
def test_short_value_that_is_used_as_a_credential_is_captured(record, capture, kind) -> None:
    text = saved(record, used_as("X-CSRF-Token", "c4b71e04")[kind])

    assert f"# @capture {capture}\n" in text
    assert "@prompt" not in text
    assert "c4b71e04" not in text


@pytest.mark.parametrize(("ours", "theirs"), [("pin", "pin"), ("X-Api-Key", "key"), ("api_key", "apiKey")])
@pytest.mark.parametrize("value", ["4711", "abc"])
def test_credential_of_the_same_name_is_captured_however_short_it_is(ours: str, theirs: str, value: str) -> None:
    for use in used_as(ours, value).values():
        text = saved(exchange("POST /keys", {theirs: value}), use)

        assert f" = body $.{theirs}\n" in text
        assert "@prompt" not in text


@pytest.mark.parametrize("answer", [{"note": "secret"}, {"count": 4711}, {"n": "k9"}, {"token_type": "secret"}])
@pytest.mark.parametrize("value", ["secret", "4711", "k9"])
def test_password_that_is_equal_to_a_word_of_a_response_is_asked_for(answer, value: str) -> None:
    for use in used_as("password", value).values():
        text = saved(exchange("GET /", answer), use)

        assert "@capture" not in text
        assert "# @prompt password\n" in text


def test_credential_that_was_sent_before_the_response_is_asked_for() -> None:
    login = exchange("POST /login", {"pin": "4711"}, content=json_content('{"pin": "4711"}'))

    assert "@capture" not in saved(login, used_as("pin", "4711")["json"])


def test_short_value_that_is_no_credential_is_not_captured() -> None:
    text = saved(exchange("GET /csrf", {"body": "c4b71e04"}), *used_as("note", "c4b71e04").values())

    assert "@capture" not in text


def test_token_from_elsewhere_is_asked_for() -> None:
    assert "# @prompt token\n" in saved(exchange("GET /a", {"id": 1}), TOKENS["bearer"][0])


HEADERS = [
    (("ETag", '"a-1"'), exchange("PUT /a", headers=(("If-Match", '"a-1"'),)), "etag = header ETag"),
    (("X-CSRF-Token", "abcdef12"), exchange("POST /a", headers=(("X-CSRF-Token", "abcdef12"),)), "header X-CSRF-Token"),
    (("Set-Cookie", "csrftoken=abcdef12; Path=/"), exchange("POST /a", headers=(("X-CSRFToken", "abcdef12"),)), "cookie csrftoken"),
    (("Location", "/jobs/x"), exchange("GET /jobs/x"), "job_location = header Location"),
    (("Location", "http://h/jobs/x"), exchange("GET /jobs/x"), "job_location = header Location"),
]  # fmt: skip


@check_rows(("field", "record", "found"), HEADERS)
def test_value_of_a_header_is_captured(field, record, found) -> None:
    text = saved(exchange("POST /jobs", status=202, fields=(field,)), record)

    assert f"{found}\n" in text


def test_cookie_of_the_jar_is_left_to_the_jar() -> None:
    text = saved(exchange("POST /login", fields=(("Set-Cookie", f"sid={JWT}"),)), exchange("GET /me"))

    assert (JWT in text, "@capture" in text) == (False, False)


def test_value_that_needs_to_be_encoded_is_encoded_when_filled() -> None:
    value = "a/b+c=d/e1f2g3h4i5j6k7"
    text = saved(exchange("GET /p", {"cursor": value}), exchange("GET /p?after=a%2Fb%2Bc%3Dd%2Fe1f2g3h4i5j6k7"))

    assert "after={{%cursor}}" in text


def test_title_has_the_name_in_place_of_the_value() -> None:
    assert "### DELETE /books/{book_id}\n" in saved(CREATE, exchange("DELETE /books/7"))


@pytest.mark.parametrize("location", ["/jobs/x", "http://h/jobs/x"])
def test_url_that_a_server_chose_is_not_a_variable_beside_a_credential(location: str) -> None:
    follows = exchange("GET /jobs/x", headers=(("Authorization", "Bearer abcdefghijkl"),))

    assert "location}}" not in saved(exchange("POST /jobs", status=202, fields=(("Location", location),)), follows)


def test_cookie_whose_name_is_no_word_is_not_captured() -> None:
    field = ("Set-Cookie", "{{$processEnv HOME}}=tokenvalue12345abcdef9")
    follows = exchange("GET /x", headers=(("X-Session", "tokenvalue12345abcdef9"),))

    assert "processEnv" not in saved(exchange("GET /", fields=(field,)), follows)


def test_value_of_another_origin_is_not_captured() -> None:
    text = saved(exchange("POST /books", {"id": UUID}, 201, host="a"), exchange(f"DELETE /books/{UUID}", host="b"))

    assert "@capture" not in text


def test_url_that_a_server_chose_is_not_a_variable_beside_a_body() -> None:
    created = exchange("POST /jobs", status=202, fields=(("Location", "/jobs/x"),))

    assert "location}}" not in saved(created, exchange("PUT /jobs/x", content=json_content('{"pin": 1}')))


@pytest.mark.parametrize(
    "record",
    [
        exchange("GET /x?after=a:b1c2d3e4f5g6h7i8j9k0"),
        exchange("GET /x", content=json_content(r'{"after": "a\u003ab1c2d3e4f5g6h7i8j9k0"}')),
    ],
)
def test_value_that_is_written_in_an_unusual_way_is_not_captured(record) -> None:
    assert "@capture" not in saved(exchange("GET /p", {"token": "a:b1c2d3e4f5g6h7i8j9k0"}), record)


def page(line: str, html: str, *, history: tuple[Record, ...] = ()) -> Record:
    shown = exchange(line, fields=(("Content-Type", "text/html; charset=utf-8"),))
    return shown._replace(body=html.encode(), history=history)


@check_rows(
    ("html", "capture"),
    [
        (f'<form><input type="hidden" name="csrf" value="{UUID}"></form>', "csrf = body //input[@name='csrf']/@value"),
        (f"<INPUT value='{UUID}' name=csrf />", "csrf = body //input[@name='csrf']/@value"),
        (f'<meta name="csrf-token" content="{UUID}">', "csrf_token = body //meta[@name='csrf-token']/@content"),
    ],
)
def test_token_of_a_form_is_captured(html: str, capture: str) -> None:
    login = exchange("POST /login", content=form_content([("user", "ann"), ("csrf", UUID)]))

    text = saved(page("GET /login", html), login)

    assert f"# @capture {capture}\n" in text
    assert f"user=ann&csrf={{{{%{capture.split()[0]}}}}}" in text
    assert "@prompt" not in text


def test_text_of_a_form_that_is_equal_by_chance_is_not_captured() -> None:
    html = '<input name="user" value="ann"><p name="csrf" value="5f0c7a3e-1b8d-4a9e-9c55-0f3a1d2b4c6e">'

    text = saved(
        page("GET /login", html), exchange("POST /login", content=form_content([("user", "ann"), ("n", UUID)]))
    )

    assert "@capture" not in text


def test_page_that_was_not_redirected_must_not_be_redirected() -> None:
    moved = page("GET /old", "", history=(exchange("GET /old", status=302),))

    text = saved(page("GET /dash", "<p>Dash</p>"), moved, exchange("GET /api", {}))

    assert text.count("# @no-redirect\n") == 1
    assert "### GET /dash\n# @expect status 200\n# @no-redirect\n" in text


@check_rows(
    ("created", "path"),
    [
        (exchange("PUT /v1/files/raw.bin", {"id": 107}, 201), "body $.id"),
        (exchange("POST /v1/files", [{"id": 106}, {"id": 107}], 201), "body $[1].id"),
        (exchange("POST /v1/files", {"items": [{"id": 107}]}, 201), "body $.items[0].id"),
    ],
    ids=["put", "list", "list in an object"],
)
def test_id_of_a_created_file_is_captured(created: Record, path: str) -> None:
    text = saved(created, exchange("GET /v1/files/107/content"))

    assert f"# @capture file_id = {path}\n" in text
    assert "GET {{base}}/v1/files/{{%file_id}}/content\n" in text


def test_id_in_a_list_that_was_read_is_not_captured() -> None:
    assert "@capture" not in saved(exchange("GET /v1/files", [{"id": 107}]), exchange("GET /v1/files/107"))


def test_cookie_of_a_login_is_captured_beside_an_own_cookie() -> None:
    session = "b1946ac92492d2347c6235b4d2611184"
    login = exchange("POST /login", {}, fields=(("Set-Cookie", f"depot_session={session}; HttpOnly"),))
    me = exchange("GET /me", headers=(("Cookie", f"depot_session={session}; theme=dark"),))

    text = saved(login, me)

    assert "# @capture depot_session = cookie depot_session\n" in text
    assert "prompt depot_session" not in text
    assert "Cookie: depot_session={{depot_session}}; theme=" in text


def test_cookie_with_a_common_value_is_captured_for_the_cookie_of_its_name_alone() -> None:
    login = exchange("POST /login", {}, fields=(("Set-Cookie", "visited=1"),))
    me = exchange("GET /me?visited=1", headers=(("Cookie", "visited=1; other=1"),))

    text = saved(login, me)

    assert "# @capture visited = cookie visited\n" in text
    assert "Cookie: visited={{visited}}; other={{other}}\n" in text
    assert "GET {{base}}/me?visited=1\n" in text
