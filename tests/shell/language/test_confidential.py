import pytest
from hypothesis import given
from hypothesis import strategies as st

from callbox.shell.analyse import analyse
from callbox.shell.bind import bind
from callbox.shell.confidential import without_secrets
from callbox.shell.table import COMMANDS


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("set auth basic ann hunter2", "set auth basic ann ?"),
        ("set auth basic ann 'a b'", "set auth basic ann ?"),
        ("set auth bearer env:API_TOKEN", "set auth bearer env:API_TOKEN"),
        ("set auth basic ann keyring:shop", "set auth basic ann keyring:shop"),
        ("set auth bearer abc --everywhere", "set auth bearer ? --everywhere"),
        ("set auth apikey X-Key abc", "set auth apikey X-Key ?"),
        ("set header Authorization Bearer abc", "set header Authorization Bearer ?"),
        ("set header X-Api-Key 'a b'", "set header X-Api-Key ?"),
        ("set header X-Test a", "set header X-Test a"),
        ("set query api_key abc", "set query api_key ?"),
        ("set var password abc def", "set var password ?"),
        ("set cookie session-token abc", "set cookie session-token ?"),
        ("get /x Authorization:'Bearer abc' a=1", "get /x Authorization:? a=1"),
        ("post /x password=abc name=b", "post /x password=? name=b"),
        ("post /x password='a b'", "post /x password=?"),
        ("get /x token==abc", "get /x token==?"),
        ("get /x --auth ann:pw -v", "get /x --auth ? -v"),
        ("get /x --auth=ann:pw", "get /x --auth=?"),
        ("get http://ann:pw@b/x", "get http://ann:?@b/x"),
        ("get 'http://ann:pw@b/x y'", "get 'http://ann:?@b/x y'"),
        ("preview get /x?access_token=abc", "preview get /x?access_token=?"),
        ("cd http://ann:pw@b", "cd http://ann:?@b"),
        ("get /x Authorization:'Bearer {{t}}'", "get /x Authorization:'Bearer {{t}}'"),
        ("set auth bearer {{last.json.token}}", "set auth bearer {{last.json.token}}"),
        ("get /x password=@file", "get /x password=@file"),
        ("set auth bearer ?", "set auth bearer ?"),
        ("set headr Authorization abc", "set headr Authorization ?"),
        ("set hedaer Authorization: Bearer abc", "set hedaer Authorization: Bearer ?"),
        ("sett header X-Api-Key 'a b'", "sett header X-Api-Key ?"),
        ("set aut basic ann pw", "set aut basic ?"),
        ("gett /x password=abc q=1", "gett /x password=? q=1"),
        ("gett http://ann:pw@b/?token=abc", "gett http://ann:?@b/?token=?"),
        ("gett /x --token abc", "gett /x --token ?"),
        ("set headr X-Test a", "set headr X-Test a"),
        ("set option proxy http://u:pw@h:1", "set option proxy http://u:?@h:1"),
        ("get /x --proxy http://u:pw@h:1", "get /x --proxy http://u:?@h:1"),
        ("get /x --proxy=http://u:pw@h:1", "get /x --proxy=http://u:?@h:1"),
        ('post /x --body \'{"password": "a b", "n": 1}\'', 'post /x --body \'{"password": "?", "n": 1}\''),
        ('post /x user:=\'{"token":"abc"}\'', 'post /x user:=\'{"token":"?"}\''),
        ('post /x user:=\'{"name":"abc"}\'', 'post /x user:=\'{"name":"abc"}\''),
        ("curl -u ann:pw http://x", "get http://x --auth ?"),
        ("curl http://x -H 'X-Test: a'", "curl http://x -H 'X-Test: a'"),
        ("curl -H 'Authorization: Bearer abc' http://x", "get http://x Authorization:?"),
        ("curl -b 'a=abc; b=def' http://x", "get http://x Cookie:?"),
        ("curl --nope -H 'Cookie: a=abc; b=def' http://x", "curl --nope -H 'Cookie: ?' http://x"),
        ("curl --nope --proxy-user ann:pw http://x", "curl --nope --proxy-user ? http://x"),
        ("curl --nope -uann:pw --oauth2-bearer abc", "curl --nope -u? --oauth2-bearer ?"),
        ("http -a ann:pw :8000/x", "get :8000/x --auth ?"),
        ("http :8000/x 'Authorization: Bearer abc'", "get :8000/x Authorization:?"),
        ("Authorization:abc", "set header Authorization ?"),
        ("add query-param api_key abc", "set query api_key ? --add"),
        ("! curl -u ann:pw x", "! curl -u ? x"),
        ("get /x | curl -H 'X-Api-Key: abc' x", "get /x | curl -H 'X-Api-Key: ?' x"),
        ("get /x | jq .token", "get /x | jq .token"),
        ("! echo token={{t}} -u ?", "! echo token={{t}} -u ?"),
    ],
)
def test_a_secret_is_left_out_by_its_role(line, kept):
    assert without_secrets(line) == kept


@pytest.mark.parametrize("example", [e for command in COMMANDS for e in command.examples])
def test_what_is_kept_of_an_example_still_parses(example):
    bind(analyse(without_secrets(example)), lambda name: "1")


@given(st.text(max_size=40))
def test_any_text_may_be_kept_and_kept_again(line):
    once = without_secrets(line)

    assert without_secrets(once) == once


@given(st.text(alphabet=st.characters(codec="utf-8"), min_size=4, max_size=20))
def test_no_secret_survives(secret):
    from callbox.shell.words import enclose

    unlikely = f"s3cr{secret}et"

    for line in ("set auth bearer {}", "get /x password={}", "get /x Authorization:{}", "get /x --auth {}"):
        assert "s3cr" not in without_secrets(line.format(enclose(unlikely)))
