from __future__ import annotations

from tests.support.rows import check_rows

from callbox.httpfile.parser.comments_and_scripts import DIRECTIVES
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.httpfile.parser.misplaced_line_lints import WARNING_CODES
from callbox.httpfile.script_lints import lint

CYRILLIC = str.maketrans("aceiopxyACEOPX", "асеіорхуАСЕОРХ")
WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
SPELLINGS = {
    "cyrillic": lambda word: word.translate(CYRILLIC),
    "full-width": lambda word: word.translate(WIDE),
    "zero-width": lambda word: f"{word[0]}\u200b{word[1:]}",
    "soft-hyphen": lambda word: f"{word}\u00ad",
    "in-front": lambda word: f"\u2060{word}",
}


@check_rows("spelling", SPELLINGS)
@check_rows("is_upper", [False, True], ids=["lower", "upper"])
@check_rows("name", sorted({*DIRECTIVES, "expect", "capture", "import"}))
def test_a_directive_of_look_alikes_is_warned_of(name: str, is_upper: bool, spelling: str) -> None:
    written = SPELLINGS[spelling](name.upper() if is_upper else name)
    written = f"{name}\u200d" if written.isascii() else written
    script = parse(f"# @{written} 1\nGET http://a/\n")

    (found,) = (one for one in script.diagnostics if one.code in WARNING_CODES)
    assert found.code == ("misspelt-check" if name in ("expect", "capture", "import") else "misspelt-directive")
    assert f"@{name}" in found.message + found.hint
    assert "U+" in found.hint


@check_rows(
    "line",
    [
        "＃ @expect status 200",
        "# ＠expect status 200",
        "\u200b# @expect status 200",
        "#\u200b @expect status 200",
        "# \ufeff@expect status 200",
        "／／ @expect status 200",
        "# \u0435xpect status 200",
        "？？ status == 200",
        "\ufe56? status == 200",
        "?\u200b? status == 200",
        "\ufeff?? status == 200",
        "ЕXPECTED_RESPONSE_STATUS 200",
    ],
    ids=ascii,
)
@check_rows("body", ["", "hello\n\n", '{"a": 1}\n\n'], ids=["no-body", "text", "json"])
def test_a_check_of_look_alikes_is_warned_of(body: str, line: str) -> None:
    script = parse(f"POST http://a/\nContent-Type: text/plain\n\n{body}{line}\n")

    assert script.steps[0].expectations == ()
    assert {one.code for one in script.diagnostics} & {"misspelt-check", "comment-in-body"}


@check_rows("line", ["＃＃＃ b", "\u200b### b", "\ufeff### b", "##\u200b# b", "##＃", "#\u00ad##"], ids=ascii)
def test_a_separator_of_look_alikes_is_warned_of(line: str) -> None:
    script = parse(f"POST http://a/\n\nhello\n{line}\nGET http://b/\n")

    (found,) = (one for one in script.diagnostics if one.code == "misspelt-directive")
    assert (found.message, found.at.line) == ("This line only looks like a separator of requests", 4)


@check_rows(
    "line",
    ["＞ {% client.log(1) %}", "\u200b> {% client.log(1) %}", ">＞ out.txt", "\u200b>> out.txt", "＜ ./body.json"],
    ids=ascii,
)
def test_a_script_or_file_of_look_alikes_is_warned_of(line: str) -> None:
    codes = {one.code for one in parse(f"POST http://a/\n\n{line}\n").diagnostics}

    assert "misspelt-directive" in codes


@check_rows("name", ["t\u043eken", "ｔｏｋｅｎ", "to\u200bken", "TОKEN"], ids=ascii)
def test_a_variable_of_look_alikes_that_nothing_uses_is_warned_of(name: str) -> None:
    script = parse(f"@{name} = 1\nGET http://a/{{{{token}}}}\n")

    assert [one.code for one in script.diagnostics] == ["misspelt-directive"]


@check_rows(
    "text",
    [
        "@имя = 1\n@сор = 2\n@größe = 3\n@naïve = 4\nGET http://a/\n",
        "@t\u043eken = 1\nGET http://a/{{t\u043eken}}\n",
        "# Überschrift\n# @автор Анна\nGET http://a/\n",
        "# @name größe\n# @title Обзор\n# @expect body $.имя == é\nGET http://a/\n",
        "### Обзор\nGET http://a/\n\n?? status == 200\n",
        "POST http://a/\nContent-Type: text/markdown\n\n？？ 真的\n> 引用\n＠小明 = 你好\n",
        "POST http://a/\nContent-Type: text/plain\n\n…и так далее\n— пункт\n",
        "GET http://a/\n\n> {% client.log('é') %}\n",
    ],
)
def test_texts_of_other_languages_are_not_warned_of(text: str) -> None:
    assert [one for one in parse(text).diagnostics if one.code in WARNING_CODES and "body" not in one.code] == []


@check_rows("name", ["Аuthorization", "Ｈost", "content-tуpe", "X‑Trace"], ids=ascii)
@check_rows("colon", [":", "："], ids=["colon", "wide-colon"])
def test_a_header_of_look_alikes_is_an_error_that_names_the_character(name: str, colon: str) -> None:
    (found,) = parse(f"GET http://a/\n{name}{colon} x\n").errors

    assert found.code == "not-a-header"
    assert found.hint.startswith(f"U+{ord(next(char for char in name if not char.isascii())):04X}, ")


def test_one_line_has_one_warning() -> None:
    script = parse("# @exp\u0435\u0441t status 200\nGET http://a/\n")

    assert [one.code for one in lint(script)] == ["misspelt-check"]
