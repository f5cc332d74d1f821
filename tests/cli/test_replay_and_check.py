"""`callbox replay` and `callbox check` as processes see them."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from tests.support import processes
from tests.support.rows import check_rows

from callbox.cli.replay.option_parser import parse_words
from callbox.errors import UsageError
from callbox.practice import Practice

TWO = """@base = {base}
### ping
# @tag quick
GET {{{{base}}}}/ping
### whoami
GET {{{{base}}}}/status/404
"""


@pytest.fixture
def callbox(tmp_path: Path, api: Practice):
    (tmp_path / "two.http").write_text(TWO.format(base=api.url))

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        environ = os.environ | {"XDG_STATE_HOME": str(tmp_path / "state")}
        return processes.run(*words, env=environ, cwd=tmp_path)

    return run


def test_list_as_json(callbox) -> None:
    done = callbox("replay", "two.http", "--list", "--format", "json")

    assert [(row["title"], row["line"], row["tags"]) for row in json.loads(done.stdout)] == [
        ("ping", 4, ["quick"]),
        ("whoami", 6, []),
    ]


def test_bodies_alone_go_out(callbox) -> None:
    done = callbox("replay", "two.http", "--tag", "quick", "-o", "body")

    assert done.stdout == '{"pong": true}\n'
    assert done.stderr.startswith("ok      GET ")


def test_heads_alone_go_out(callbox) -> None:
    done = callbox("replay", "two.http", "--tag", "quick", "-o", "headers")

    assert done.stdout.startswith("HTTP/1.1 200 OK")
    assert "pong" not in done.stdout


def test_only_failed_runs_what_failed(callbox) -> None:
    first, again = callbox("replay", "two.http"), callbox("replay", "two.http", "--only-failed")

    assert (first.returncode, again.returncode) == (1, 1)
    assert "1 request: 1 failed" in again.stderr


def test_only_failed_after_a_run_that_passed_sends_nothing_and_passes(callbox) -> None:
    callbox("replay", "two.http", "--tag", "quick")

    for _ in range(2):
        done = callbox("replay", "two.http", "--only-failed")

        assert done.returncode == 0
        assert "No request of these files failed in the last run: nothing is sent" in done.stderr


def test_only_failed_of_a_file_that_was_not_in_the_last_run_is_an_error(callbox, tmp_path) -> None:
    (tmp_path / "other.http").write_text((tmp_path / "two.http").read_text())
    callbox("replay", "two.http", "--tag", "quick")

    for words in (["other.http"], ["two.http", "other.http"]):
        done = callbox("replay", *words, "--only-failed")

        assert done.returncode == 2
        assert "No request of these files failed in the last run" in done.stdout


def test_a_run_without_a_request_forgets_no_failures(callbox, tmp_path) -> None:
    (tmp_path / "other.http").write_text("# only a comment\n")
    callbox("replay", "two.http")
    callbox("replay", "other.http", "--only-failed")

    assert "1 request: 1 failed" in callbox("replay", "two.http", "--only-failed").stderr


def test_only_failed_without_an_earlier_run_is_an_error(callbox) -> None:
    done = callbox("replay", "two.http", "--only-failed")

    assert (done.returncode, "No earlier run is recorded" in done.stderr) == (2, True)


def test_copies_are_written(callbox, tmp_path, api) -> None:
    callbox("replay", "two.http", "--tag", "quick", "--as-curl", "a.sh", "--as-http", "a.http")

    assert f"curl {api.url}/ping" in (tmp_path / "a.sh").read_text()
    assert "GET {{base}}/ping" in (tmp_path / "a.http").read_text()


def test_copies_of_a_dry_run_send_nothing(callbox, tmp_path) -> None:
    (tmp_path / "b.http").write_text("GET http://127.0.0.1:1/x")
    done = callbox("replay", "b.http", "--dry-run", "--as-curl", "b.sh")

    assert (done.returncode, (tmp_path / "b.sh").read_text().splitlines()[1]) == (0, "curl http://127.0.0.1:1/x \\")


def test_copies_hold_no_secret(callbox, tmp_path) -> None:
    (tmp_path / "s.http").write_text(
        'POST http://u:hunter2@127.0.0.1:1/x?api_key=hunter2\nContent-Type: application/json\n\n{"password": "hunter2"}'
    )
    callbox("replay", "s.http", "--dry-run", "--as-curl", "s.sh", "--as-http", "s2.http")

    assert "/x" in (tmp_path / "s.sh").read_text()
    assert "hunter2" not in (tmp_path / "s.sh").read_text()
    assert "hunter2" not in (tmp_path / "s2.http").read_text()


def test_copies_hold_no_value_that_is_secret(callbox, tmp_path) -> None:
    (tmp_path / "s.http").write_text(
        "# @secret word\nPOST http://127.0.0.1:1/{{pin}}?a={{word}}\nX-Note: {{pin}}\n\nit is {{pin}}, and {{word}}"
    )
    words = ("--secret", "pin=hunter2/x y", "--prompt", "word=letmein4711")
    callbox("replay", "s.http", "--dry-run", "--as-curl", "s.sh", "--as-http", "s2.http", *words)
    curl, script = (tmp_path / "s.sh").read_text(), (tmp_path / "s2.http").read_text()

    assert "curl" in curl
    assert "POST {{base}}/{{pin}}?a={{secret}}\n" in script
    assert not any(text in curl + script for text in ("hunter2", "letmein"))


FILES = """POST {base}/echo

< ./data.bin
###
POST {base}/echo
Content-Type: multipart/form-data; boundary=b

--b
Content-Disposition: form-data; name="f"; filename="x"

< ./data.bin
--b--
"""


def test_copies_name_files_from_where_they_are(callbox, tmp_path, api) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "data.bin").write_text("4711")
    (tmp_path / "in" / "s.http").write_text(FILES.format(base=api.url))
    callbox("replay", "in/s.http", "--as-curl", "s.sh", "--as-http", "out/s2.http")
    again = callbox("replay", "out/s2.http", "-o", "body")

    assert "@in/data.bin" in (tmp_path / "s.sh").read_text()
    assert (tmp_path / "s.sh").read_text().count("4711") == 1  # a body of text and a file is written out
    assert "< ../in/data.bin" in (tmp_path / "out" / "s2.http").read_text()
    assert [json.loads(line)["body"].count("4711") for line in again.stdout.splitlines()] == [1, 1]


def test_copies_name_files_that_windows_wrote(callbox, tmp_path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("a")
    (tmp_path / "a.http").write_text("POST http://h.test/\n\n< .\\in\\a.txt\n")

    callbox("replay", "a.http", "--dry-run", "--as-curl", "a.sh", "--as-http", "b.http")

    assert "@in/a.txt" in (tmp_path / "a.sh").read_text()
    assert "< in/a.txt" in (tmp_path / "b.http").read_text()


def test_copies_of_nothing_are_empty(callbox, tmp_path) -> None:
    (tmp_path / "s.http").write_text("GET {{nope}}\n")
    done = callbox("replay", "s.http", "--as-curl", "s.sh", "--as-http", "s2.http")

    assert (tmp_path / "s.sh").read_text() + (tmp_path / "s2.http").read_text() == ""
    assert "No request was made" not in done.stderr


def test_copies_leave_out_what_has_no_log(callbox, tmp_path) -> None:
    (tmp_path / "s.http").write_text("# @no-log\nGET http://127.0.0.1:1/one\n\n###\nGET http://127.0.0.1:1/two\n")
    callbox("replay", "s.http", "--dry-run", "--as-curl", "s.sh", "--as-http", "s2.http")
    copies = (tmp_path / "s.sh").read_text() + (tmp_path / "s2.http").read_text()

    assert ("/one" in copies, "/two" in copies) == (False, True)


def test_credentials_written_in_a_script_are_in_no_list(callbox, tmp_path) -> None:
    (tmp_path / "s.http").write_text("GET http://u:hunter2@h/{{nope}}?api_key=hunter2\n")
    calls = [("replay", "--list"), ("replay", "--list", "--format", "json"), ("check",), ("check", "--secrets")]
    done = [callbox(words[0], "s.http", *words[1:]) for words in calls]

    assert ["{{nope}}" in one.stdout or "h  s.http" in one.stdout for one in done] == [True] * 4
    assert not any("hunter2" in one.stdout + one.stderr for one in done)


@check_rows(
    ("words", "files", "given"),
    [
        (["--bail", "a.http"], ["a.http"], {"bail": [""]}),
        (["--bail", "2", "a.http"], ["a.http"], {"bail": ["2"]}),
        (["--bail=3", "a.http", "--shuffle"], ["a.http"], {"bail": ["3"], "shuffle": [""]}),
        (["--shuffle", "--bail", "a.http"], ["a.http"], {"bail": [""], "shuffle": [""]}),
    ],
    ids=" ".join,
)
def test_value_that_may_be_left_out_is_never_a_file(words, files, given) -> None:
    said = parse_words(words)

    assert (said.files, said.given) == (files, given)


@check_rows(
    "words",
    [
        "a.http -v b.http",
        "a.http --env dev b.http --bail",
        "-v a.http b.http",
        "a.http --bail b.http",
        "-- a.http b.http",
    ],
)
def test_files_may_stand_before_and_after_options(words) -> None:
    assert parse_words(words.split()).files == ["a.http", "b.http"]


def test_an_option_that_there_is_not_is_named_with_its_dashes() -> None:
    with pytest.raises(UsageError, match="No option '--nope'"):
        parse_words(["a.http", "--nope", "value", "b.http"])


def test_files_of_a_folder_are_told_apart(callbox) -> None:
    assert callbox("replay", ".", "--tag", "quick").stdout.startswith("two.http\nok ")


def test_the_shuffle_seed_is_shown(callbox) -> None:
    assert callbox("replay", "two.http", "--shuffle").stderr.startswith("shuffled by seed ")


def test_help_has_no_options_of_the_prompt(callbox) -> None:
    help_text = callbox("replay", "--help").stdout

    assert "--color" in help_text
    assert not any(word in help_text for word in ("--keys", "--print ", "--theme", "--width"))
    assert max(map(len, help_text.splitlines())) < 80


def test_curl_names_of_options(callbox) -> None:
    assert callbox("replay", "two.http", "--tag", "quick", "--insecure", "--max-time", "5").returncode == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--retry", "often"], "--retry takes a number"),
        (["--rate", "fast"], "--rate takes a number of requests per unit of time"),
        (["--format", "json"], "--format works only with --list"),
        (["-o", "nothing"], "--output must be body, headers, exchange, not 'nothing'"),
        (["--retyr", "1"], "No option '--retyr'"),
        (["-e", "dev"], "No environment 'dev'"),
    ],
)
def test_wrong_words_are_exit_code_2_in_one_line(callbox, words, message) -> None:
    done = callbox("replay", "two.http", *words)

    assert done.returncode == 2
    assert message in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


def test_check_tells_and_counts(callbox, tmp_path) -> None:
    (tmp_path / "bad.http").write_text("@a = 1\nGET http://h.x/{{b}}")
    done = callbox("check", "bad.http")

    assert (done.returncode, done.stderr) == (2, "1 error, 1 lint\n")
    assert "bad.http:2:16: No variable 'b'" in done.stdout


@pytest.mark.parametrize(
    "words", [["--secret", "b=1"], ["--secrets-file", "secrets"], ["--vars-file", "secrets"], ["--strict", "two.http"]]
)
def test_check_takes_files_anywhere_and_variables_as_a_replay_does(callbox, tmp_path, words) -> None:
    (tmp_path / "b.http").write_text("GET http://h.x/{{b}}")
    (tmp_path / "secrets").write_text("b=1\n")
    done = callbox("check", "b.http", *words)

    assert done.returncode == (2 if "two.http" in words else 0), done.stderr
    assert "No option" not in done.stderr


@pytest.mark.parametrize(("words", "code"), [([], 0), (["--prompt", "p=80"], 0), (["--prompt", "p=x"], 2)])
def test_check_takes_answers_to_prompts(callbox, tmp_path, words, code) -> None:
    (tmp_path / "b.http").write_text("# @prompt p\nGET http://h.x:{{p}}/")

    assert callbox("check", "b.http", *words).returncode == code


@pytest.mark.parametrize(("words", "code"), [([], 0), (["--strict"], 2)])
def test_lints_are_errors_only_when_strict(callbox, tmp_path, words, code) -> None:
    (tmp_path / "lint.http").write_text("@a = 1\nGET http://h.x/")

    assert callbox("check", "lint.http", *words).returncode == code


def test_check_as_json(callbox) -> None:
    assert json.loads(callbox("check", "two.http", "--format", "json").stdout) == []


def test_reach_as_json(callbox) -> None:
    rows = json.loads(callbox("check", "two.http", "--secrets", "--format", "json").stdout)

    assert [row["kind"] for row in rows] == ["host"]


def test_misspelt_check_is_warned_of_on_standard_error(callbox, tmp_path: Path, api: Practice) -> None:
    (tmp_path / "typo.http").write_text(
        f"# @expct status 201\n# @captrue a = body $.a\n# @author ann\nGET {api.url}/ping\n"
    )

    done = callbox("replay", "typo.http")

    assert done.returncode == 0
    assert "warning: typo.http:1:1: No directive is called @expct" in done.stderr
    assert "Did you mean @expect?" in done.stderr
    assert "warning: typo.http:2:1: No directive is called @captrue" in done.stderr
    assert "author" not in done.stderr
    assert "warning" not in done.stdout


@pytest.mark.parametrize("count", [10, 100_000], ids=["small", "large"])
def test_copy_of_a_binary_body_is_sent_from_files_beside_it(callbox, tmp_path, api, count) -> None:
    (tmp_path / "data.bin").write_bytes(b"\xff\r\n\0" * count)
    (tmp_path / "s.http").write_text(FILES.format(base=api.url).replace("< ./data.bin\n###", "a\n< ./data.bin\n###"))
    wanted = callbox("replay", "s.http", "-o", "body", "--as-http", "out/s2.http")
    again = callbox("replay", "out/s2.http", "-o", "body")

    sent = [[json.loads(line)["body"] for line in done.stdout.splitlines()] for done in (wanted, again)]

    assert len(sent[0]) == 2
    assert sent[0] == sent[1]
    assert "beside it: s2.body1.bin, s2.body2-1.bin" in wanted.stderr
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["s2.body1.bin", "s2.body2-1.bin", "s2.http"]


def test_copy_of_a_dry_run_says_what_is_not_in_it(callbox, tmp_path) -> None:
    (tmp_path / "s.http").write_text("### a\nGET http://127.0.0.1:1/\n\n###\nGET http://127.0.0.1:1/{{a.id}}\n")
    done = callbox("replay", "s.http", "--dry-run", "--as-curl", "s.sh", "--as-http", "s2.http")

    assert (tmp_path / "s.sh").read_text().count("curl ") == 1
    assert "not in s.sh, s2.http: requests that need a response first (1)" in done.stderr
