"""A second conversion: edits by hand stay, changes of the description come, and what disagrees is named."""

from __future__ import annotations

import pytest
from tests.support.rows import check_rows

from callbox.convert.openapi_to_scripts import GeneratedScript, RequestBlock
from callbox.convert.script_merge import Merged, merge_scripts, read_script_text
from callbox.errors import UsageError

GET = "### Get\n# @name get\n# @operation GET /a/{id}\n@id = 2\nGET {{base}}/a/{{id}}\n    ?lang=en\n#   &page=1\nX-A: 1\n"
POST = '### Add\n# @name add\n# @operation POST /a\nPOST {{base}}/a\nContent-Type: application/json\n\n{\n  "a": 1,\n  "b": 2\n}\n'
HEAD = "# Books 1\n@base = https://a.test\n"


def generated(*blocks: str, head: str = HEAD) -> GeneratedScript:
    made = []
    for text in blocks:
        block = read_script_text(text).blocks[0]
        made.append(RequestBlock(block.key, block.name, text))
    return GeneratedScript("", head, tuple(made))


def merge(file: str, old: GeneratedScript, new: GeneratedScript) -> Merged:
    return merge_scripts({"a.http": file}, {"a.http": old.text}, {"a.http": new})


def test_unchanged_file_stays_to_the_byte() -> None:
    file = generated(GET, POST).text.replace("\n", "\r\n").replace("lang=en", "lang=de")

    merged = merge(file, generated(GET, POST), generated(GET, POST))

    assert merged.files == {"a.http": file}
    assert (merged.changed, merged.added, merged.removed, merged.notes) == ((), (), (), ())


@check_rows(
    ("edit", "change", "expected"),
    [
        (("@id = 2", "@id = 7"), ("lang=en", "lang=fr"), {"@id = 7", "    ?lang=fr"}),
        (("#   &page=1", "    &page=5"), ("X-A: 1", "X-A: 2"), {"    &page=5", "X-A: 2"}),
        (("X-A: 1\n", "X-A: 1\nX-Mine: 1\n"), ("### Get", "### Get one"), {"X-Mine: 1", "### Get one"}),
        (("X-A: 1\n", ""), ("### Get", "### Get one"), {"### Get one"}),
        (("X-A: 1\n", "X-A: 1\n\n> {% client.log(1) %}\n"), ("X-A: 1", "X-A: 2"), {"X-A: 2", "> {% client.log(1) %}"}),
        (("X-A: 1", "X-A: 2"), ("X-A: 1", "X-A: 2"), {"X-A: 2"}),
    ],
    ids=["variable", "query taken out of its comment", "own header", "deleted header", "script below", "both alike"],
)
def test_both_sides_are_kept(edit: tuple[str, str], change: tuple[str, str], expected: set[str]) -> None:
    file = generated(GET, POST).text.replace(*edit)

    merged = merge(file, generated(GET, POST), generated(GET.replace(*change), POST))

    lines = merged.files["a.http"].split("\n")
    assert expected <= set(lines)
    assert merged.notes == ()


def test_line_that_both_have_changed_is_a_conflict_until_the_next_run() -> None:
    old, new = generated(GET, POST), generated(GET.replace("X-A: 1", "X-A: 2"), POST)
    file = old.text.replace("X-A: 1", "X-A: 9")

    merged = merge(file, old, new)
    text = merged.files["a.http"]
    again = merge(text, new, new)

    assert "#| X-A: 2\nX-A: 9\n" in text
    assert [(note.kind, note.line, note.text) for note in merged.notes] == [("conflict", 12, "X-A: 9")]
    assert again.files["a.http"] == file
    assert again.notes == ()


@check_rows(
    ("mine", "theirs", "kept"),
    [
        (("X-A: 1", "X-A: 9"), ("X-A: 1\n", ""), "#| (the description does not have this any more)\nX-A: 9\n"),
        (
            ("lang=en", "lang=de"),
            ("    ?lang=en\n", ""),
            "#| (the description does not have this any more)\n    ?lang=de\n",
        ),
        (('"a": 1', '"a": 9'), ('"a": 1,\n  ', ""), '#| (the description does not have this any more)\n  "a": 9'),
        (
            ('{\n  "a": 1,\n  "b": 2\n}', '{"c": 5}'),
            ('\nContent-Type: application/json\n\n{\n  "a": 1,\n  "b": 2\n}\n', "\n"),
            "#| (the description does not have a body any more)\nPOST {{base}}/a\n",
        ),
    ],
    ids=["header", "parameter", "member", "body"],
)
def test_edited_part_that_the_description_drops_is_a_conflict(
    mine: tuple[str, str], theirs: tuple[str, str], kept: str
) -> None:
    old, new = generated(GET, POST), generated(GET.replace(*theirs), POST.replace(*theirs))

    merged = merge(old.text.replace(*mine), old, new)

    assert kept in merged.files["a.http"]
    assert [note.kind for note in merged.notes] == ["conflict"]


KEYED = GET.replace("X-A: 1", "X-Key: {{key}}").replace("@id = 2", "# @secret key\n@id = 2")


@pytest.mark.parametrize("mine", ["X-Key: {{key}}-mine", "X-Key: {{key}}\nX-Mine: {{%key}}"], ids=["edited", "added"])
def test_variable_that_an_edit_still_uses_stays(mine: str) -> None:
    old = generated(KEYED)
    new = generated(KEYED.replace("X-Key: {{key}}", "X-Admin: {{admin}}").replace("@secret key", "@secret admin"))

    text = merge(old.text.replace("X-Key: {{key}}", mine), old, new).files["a.http"]

    assert "# @secret key\n" in text
    assert "# @secret admin\n" in text


def test_variable_that_nothing_uses_any_more_goes() -> None:
    old = generated(KEYED)
    new = generated(KEYED.replace("X-Key: {{key}}\n", "").replace("# @secret key\n", ""))

    text = merge(old.text.replace("lang=en", "lang=de"), old, new).files["a.http"]

    assert "key" not in text
    assert "lang=de" in text


def test_optional_cookies_are_merged_by_their_names() -> None:
    old = generated(GET + "# Cookie: b=1\n")
    new = generated(GET + "# Cookie: a=1\n# Cookie: b=1\n")

    text = merge(old.text.replace("# Cookie: b=1", "Cookie: b=7"), old, new).files["a.http"]

    assert "# Cookie: a=1\nCookie: b=7\n" in text
    assert "#| " not in text


def test_members_of_a_json_body_are_merged() -> None:
    file = generated(GET, POST).text.replace('"a": 1', '"a": {{mine}}')

    merged = merge(file, generated(GET, POST), generated(GET, POST.replace('"b": 2', '"b": 3,\n  "c": 4')))

    assert '{\n  "a": {{mine}},\n  "b": 3,\n  "c": 4\n}\n' in merged.files["a.http"]


def test_other_bodies_are_merged_as_a_whole_with_the_conflict_above_the_request() -> None:
    old = "### T\n# @operation POST /t\nPOST {{base}}/t\nContent-Type: text/plain\n\none\n"

    merged = merge(generated(old).text.replace("one", "mine"), generated(old), generated(old.replace("one", "theirs")))

    assert (
        "#| (the description has this body now)\n#| theirs\nPOST {{base}}/t\nContent-Type: text/plain\n\nmine\n"
        in merged.files["a.http"]
    )
    assert [note.kind for note in merged.notes] == ["conflict"]


def test_text_that_looks_like_a_conflict_stays_in_a_text_body() -> None:
    old = "### T\n# @operation POST /t\nPOST {{base}}/t\nContent-Type: text/plain\n\none\n"
    file = generated(old).text.replace("one", "one\n#| echo: false\ntwo")

    merged = merge(file, generated(old), generated(old.replace("### T", "### Text")))

    assert "one\n#| echo: false\ntwo\n" in merged.files["a.http"]


def test_conflict_goes_although_an_editor_has_cut_its_blank() -> None:
    old = "### T\n# @operation POST /t\nPOST {{base}}/t\nContent-Type: text/plain\n\none\n"
    conflict = "### T\n#| one\n#|\n#| two\n"

    merged = merge(generated(old).text.replace("### T\n", conflict), generated(old), generated(old))

    assert merged.files["a.http"] == generated(old).text


def test_new_operation_stands_behind_the_one_above_it() -> None:
    new = "### New\n# @name new\n# @operation PUT /a\nPUT {{base}}/a\n"

    merged = merge(generated(GET, POST).text, generated(GET, POST), generated(GET, new, POST))

    keys = [block.key for block in read_script_text(merged.files["a.http"]).blocks]
    assert keys == ["GET /a/{id}", "PUT /a", "POST /a"]
    assert merged.files["a.http"] == generated(GET, new, POST).text
    assert merged.added == ("PUT /a",)


def test_new_operation_at_the_end_and_at_the_top() -> None:
    merged = merge(generated(POST).text, generated(POST), generated(GET, POST))
    other = merge(generated(GET).text, generated(GET), generated(GET, POST))

    assert merged.files["a.http"] == other.files["a.http"] == generated(GET, POST).text


def test_operation_that_is_gone_goes_if_nobody_edited_it() -> None:
    merged = merge(generated(GET, POST).text, generated(GET, POST), generated(GET))

    assert merged.files["a.http"].rstrip() == generated(GET).text.rstrip()
    assert merged.removed == ("POST /a",)


def test_operation_that_is_gone_stays_if_it_was_edited_and_is_named() -> None:
    file = generated(GET, POST).text.replace('"a": 1', '"a": 5')

    merged = merge(file, generated(GET, POST), generated(GET))

    assert merged.files["a.http"] == file
    assert [(note.kind, note.line, note.text) for note in merged.notes] == [("kept", 13, "POST /a")]


def test_operation_that_was_deleted_stays_deleted() -> None:
    merged = merge(generated(GET).text, generated(GET, POST), generated(GET, POST.replace("Add", "Add one")))

    assert "POST" not in merged.files["a.http"]


def test_request_of_the_user_stays() -> None:
    own = "### Mine\nGET {{base}}/mine\n"
    file = generated(GET, own, POST).text

    merged = merge(file, generated(GET, POST), generated(GET.replace("X-A: 1", "X-A: 2"), POST))

    assert merged.files["a.http"] == file.replace("X-A: 1", "X-A: 2")


def test_second_request_for_an_operation_is_the_users() -> None:
    file = generated(GET, GET.replace("@id = 2", "@id = 404"), POST).text

    merged = merge(file, generated(GET, POST), generated(GET.replace("X-A: 1", "X-A: 2"), POST))

    assert merged.files["a.http"].count("X-A: 2") == 1
    assert "@id = 404" in merged.files["a.http"]


def test_operation_with_a_new_path_is_found_by_its_name() -> None:
    file = generated(GET, POST).text.replace("@id = 2", "@id = 7")

    merged = merge(file, generated(GET, POST), generated(GET.replace("/a/", "/b/"), POST))

    assert merged.files["a.http"] == file.replace("/a/{", "/b/{")
    assert (merged.added, merged.removed) == ((), ())


def test_operation_that_moved_to_another_tag_stays_in_its_file() -> None:
    file = generated(GET).text.replace("X-A: 1", "X-A: 9")

    merged = merge_scripts(
        {"a.http": file}, {"a.http": generated(GET).text}, {"b.http": generated(GET.replace("### Get", "### Get it"))}
    )

    assert merged.files == {"a.http": file.replace("### Get", "### Get it")}


def test_without_a_base_the_file_wins_and_new_operations_are_added() -> None:
    file = generated(GET).text.replace("X-A: 1", "X-A: 9")

    merged = merge_scripts({"a.http": file}, {}, {"a.http": generated(GET.replace("### Get", "### Other"), POST)})

    assert merged.files["a.http"] == file + "\n" + POST


def test_file_without_separators_stays_above_what_is_added() -> None:
    merged = merge_scripts({"a.http": "GET http://a.test/mine\n"}, {}, {"a.http": generated(GET)})

    assert merged.files["a.http"] == "GET http://a.test/mine\n\n" + GET


def test_head_is_merged_by_line() -> None:
    file = generated(GET).text.replace("https://a.test", "http://localhost:8000") + "\n"

    merged = merge(file, generated(GET), generated(GET, head=HEAD.replace("Books 1", "Books 2")))

    assert merged.files["a.http"].startswith("# Books 2\n@base = http://localhost:8000\n")


@check_rows(
    ("mine", "other"),
    [
        ("\n### Mine\nGET {{base}}/mine?x={{get.id}}\n", ""),
        ("\n### Mine\n# @ref get\nGET {{base}}/mine\n", ""),
        ("\n### Mine\nrun #get\n", ""),
        ("\n### Mine\n@x = {{ get.response.body.id }}\nGET {{base}}/mine?x={{x}}\n", ""),
        ("", "import a.http\n\n### Mine\nGET {{base}}/mine?x={{get.id}}\n"),
        ("\n### Mine\nGET {{base}}/mine?x={{get1.id}}\n", ""),
    ],
    ids=["variable", "ref", "run", "value", "other file", "round of a loop"],
)
@check_rows("edit", [("", ""), ("X-A: 1", "X-A: 7")], ids=["as made", "edited"])
def test_name_that_a_request_uses_stays(mine: str, other: str, edit: tuple[str, str]) -> None:
    old = generated(GET, POST)
    new = generated(GET.replace("@name get", "@name fetch"), POST.replace("@name add", "@name create"))
    file = old.text.replace(*edit) + mine

    merged = merge_scripts({"a.http": file}, {"a.http": old.text}, {"a.http": new}, [other])
    again = merge_scripts({"a.http": merged.files["a.http"]}, {"a.http": new.text}, {"a.http": new}, [other])

    assert merged.files["a.http"] == file.replace("@name add", "@name create")
    assert [(note.kind, note.line, note.text) for note in merged.notes] == [("name", 4, "get")]
    assert again.files == merged.files
    assert again.notes == ()


def test_removed_operation_that_a_request_uses_stays() -> None:
    old = generated(GET, POST)
    file = f"{old.text}\n### Mine\nGET {{{{base}}}}/mine?x={{{{get.id}}}}\n"

    merged = merge(file, old, generated(POST))

    assert merged.files["a.http"] == file
    assert (merged.removed, [(note.kind, note.text) for note in merged.notes]) == ((), [("used", "GET /a/{id}")])


def test_name_in_use_that_is_now_that_of_another_operation_is_refused() -> None:
    old = generated(GET, POST)
    new = generated(GET.replace("@name get", "@name fetch"), POST.replace("@name add", "@name get"))
    file = f"{old.text}\n### Mine\nGET {{{{base}}}}/mine?x={{{{get.id}}}}\n"

    with pytest.raises(UsageError, match="gives the name 'get' to another operation"):
        merge(file, old, new)
