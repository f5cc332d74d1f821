import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.linear import assert_linear
from tests.support.rows import check_rows

from callbox.errors import UsageError
from callbox.shell.line.binder import bind
from callbox.shell.line.parser import analyse
from callbox.shell.line.redaction import redact_error, redact_line
from callbox.shell.registry import COMMANDS


@check_rows(
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
        ("set header X-Debug got password: a b", "set header X-Debug 'got password: ?'"),
        ("set var note got password: a 'b c' d", "set var note 'got password: ?'"),
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
        ("help set auth bearer abc", "help set auth bearer ?"),
        ("help set auth basic ann:abc", "help set auth basic ann:?"),
        ("? help set var token abc", "? help set var token ?"),
        ("# set auth bearer abc", "# set auth bearer ?"),
        ("#set cookie sid abc", "#set cookie sid ?"),
        ("help set auth", "help set auth"),
        ("set option proxy http://u:pw@h:1", "set option proxy http://u:?@h:1"),
        ("get /x --proxy http://u:pw@h:1", "get /x --proxy http://u:?@h:1"),
        ("get /x --proxy=http://u:pw@h:1", "get /x --proxy=http://u:?@h:1"),
        ('post /x --body \'{"password": "a b", "n": 1}\'', 'post /x --body \'{"password": "?", "n": 1}\''),
        ('post /x user:=\'{"token":"abc"}\'', 'post /x user:=\'{"token":"?"}\''),
        ('post /x user:=\'{"name":"abc"}\'', 'post /x user:=\'{"name":"abc"}\''),
        ("curl -u ann:pw http://x", "get http://x --auth ? --no-follow --no-compress"),
        ("curl http://x -H 'X-Test: a'", "curl http://x -H 'X-Test: a'"),
        ("curl -H 'Authorization: Bearer abc' http://x", "get http://x Authorization:? --no-follow --no-compress"),
        ("curl -b 'a=abc; b=def' http://x", "get http://x Cookie:? --no-follow --no-compress"),
        ("curl --nope -H 'Cookie: a=abc; b=def' http://x", "curl --nope -H 'Cookie: ?' http://x"),
        ("curl --nope --proxy-user ann:pw http://x", "curl --nope --proxy-user ? http://x"),
        ("curl --nope -uann:pw --oauth2-bearer abc", "curl --nope -u? --oauth2-bearer ?"),
        ("http -a ann:pw :8000/x", "get :8000/x --auth ?"),
        ("http :8000/x 'Authorization: Bearer abc'", "get :8000/x Authorization:?"),
        ("Authorization:abc", "set header Authorization ?"),
        ("add query-param api_key abc", "set query api_key ? --add"),
        ("! curl -u ann:pw x", "! curl -u ? x"),
        ("! docker login -u ann -p abc h", "! docker login -u ? -p ? h"),
        ("!docker login -p abc", "!docker login -p ?"),
        ("! podman --log-level x login -p 'a b' h", "! podman --log-level x login -p ? h"),
        ("! docker run -p 80:80 x", "! docker run -p 80:80 x"),
        ("! helm registry login h -p abc", "! helm registry login h -p ?"),
        ("! mysql -u ann -pabc db", "! mysql -u ? -p? db"),
        ("! redis-cli -h h -a abc ping", "! redis-cli -h h -a ? ping"),
        ("! ldapsearch -x -D cn=a -w abc", "! ldapsearch -x -D cn=a -w ?"),
        ("! sqlcmd -S h -P abc", "! sqlcmd -S h -P ?"),
        ("get /x | mongosh -p abc", "get /x | mongosh -p ?"),
        ("! docker login --password abc", "! docker login --password ?"),
        ("get /x | curl -H 'X-Api-Key: abc' x", "get /x | curl -H 'X-Api-Key: ?' x"),
        ("get /x | jq .token", "get /x | jq .token"),
        ("! echo token={{t}} -u ?", "! echo token={{t}} -u ?"),
    ],
)
def test_a_secret_is_left_out_by_its_role(line, kept):
    assert redact_line(line) == kept


@check_rows("example", [e for command in COMMANDS for e in command.examples])
def test_a_redacted_example_still_parses(example):
    bind(analyse(redact_line(example)), lambda name: "1")


@given(st.text(max_size=40))
def test_any_text_may_be_kept_and_kept_again(line):
    once = redact_line(line)

    assert redact_line(once) == once


@given(st.text(alphabet=st.characters(codec="utf-8"), min_size=4, max_size=20))
def test_no_secret_survives(secret):
    from callbox.shell.line.line_writer import enclose

    unlikely = f"s3cr{secret}et"

    for line in ("set auth bearer {}", "get /x password={}", "get /x Authorization:{}", "get /x --auth {}"):
        assert "s3cr" not in redact_line(line.format(enclose(unlikely)))


LINES = r"""
set auth basic ann S3CRET
set auth basic ann:S3CRET
set auth basic "ann:S3CRET"
set auth digest ann S3CRET
set auth digest ann:S3CRET
set auth bearer S3CRET
set auth apikey X-K S3CRET
set auth ann:S3CRET
set auth S3CRET
set auth basic ann S3CRET extra
set auth basik ann S3CRET
set auht basic ann S3CRET
set cookie sid S3CRET
set cookie sid=S3CRET
set cookie sid S3CRET path=/
set cookie sid "S3CRET"
set cookie sid S3CRET --bogus
set cookei sid S3CRET
cookie sid S3CRET
cookie set sid S3CRET
set header Authorization Bearer S3CRET
set header Authorization: Bearer S3CRET
set header Authorization:Bearer S3CRET
set header X-AuthToken S3CRET
set header X-AuthToken:S3CRET
set header X-AuthToken: S3CRET
set header Cookie sid=S3CRET
set header Set-Cookie sid=S3CRET
set headers X-Api-Key S3CRET
set query api_key S3CRET
set query api_key=S3CRET
set query api_key==S3CRET
set var accessToken S3CRET
set var accessToken=S3CRET
set var user.password S3CRET
set vars password S3CRET
set newPassword S3CRET
var password S3CRET
set base http://ann:S3CRET@h/
set base http://h/?accessToken=S3CRET
base http://ann:S3CRET@h
cd http://ann:S3CRET@h
set option proxy http://u:S3CRET@h:1
set option cert-password S3CRET
get http://ann:S3CRET@h/x
get /x?accessToken=S3CRET
get "/x?accessToken=S3CRET&a=1"
get /x#access_token=S3CRET
get /x?user[password]=S3CRET
get /x?user%5Bpassword%5D=S3CRET
get /x;jsessionid=S3CRET
get /x newPassword==S3CRET
post /login user[password]=S3CRET
post /login newPassword=S3CRET
post /login newPassword:='"S3CRET"'
post /login pin:=S3CRET
post /login user:='{"newPassword": "S3CRET"}'
post /login user:={"newPassword":"S3CRET"}
post /login passwd='S3CRET'
post /login "passwd=S3CRET"
post /login "pass"=S3CRET
post /login password="a S3CRET"
post /login password = S3CRET
post /login password= S3CRET
post /login password S3CRET
post /login password: S3CRET
post /login --password S3CRET
post /login --password=S3CRET
post /login {"newPassword": "S3CRET"}
post /login '{"newPassword": "S3CRET"}'
post /login --body '{"newPassword": "S3CRET"}'
post /login --body {"newPassword":"S3CRET"}
post /login --body='{"newPassword": "S3CRET"}'
post /login --raw '{"newPassword": "S3CRET"}'
post /login --json '{"newPassword": "S3CRET"}'
post /login --body 'newPassword=S3CRET&a=1'
post /login --body newPassword=S3CRET
post /login --body '<login><newPassword>S3CRET</newPassword></login>'
post /login --body '<login newPassword="S3CRET"/>'
post /login --body "{\"newPassword\": \"S3CRET\"}"
post /login --body "{'newPassword': 'S3CRET'}"
post /login --body '{"user": {"password": "S3CRET"}}'
post /login --body '{"password": ["S3CRET"]}'
post /login --body '{"password": ["a", "S3CRET"]}'
post /login --body '{"password": {"new": "S3CRET"}}'
post /login --body '{"query": "mutation { login(password: \"S3CRET\") }"}'
post /login --body '{"query": "q", "variables": {"clientSecret": "S3CRET"}}'
post /login --body 'mutation { login(password: "S3CRET") { id } }'
post /login --body 'a: 1\npassword: S3CRET'
post /login --body 'password=a%20S3CRET'
post /login --body '{"pin": S3CRET}'
post /login --form newPassword=S3CRET
post /login --multipart newPassword=S3CRET
post /login newPassword=S3CRET X-AuthToken:S3CRET Cookie:sid=S3CRET
post /login X-AuthToken: S3CRET
post /login Authorization: Bearer S3CRET
post /login Authorization:Bearer\ S3CRET
post /login "Authorization:Bearer S3CRET"
post /login "Cookie:a=1; sid=S3CRET"
post /login Cookie:sid=S3CRET
post /login Cookie: sid=S3CRET
get /x --auth ann:S3CRET
get /x --auth=ann:S3CRET
get /x -a ann:S3CRET
get /x -aann:S3CRET
get /x -ba ann:S3CRET
get /x -a S3CRET
get /x --auth S3CRET
get /x --auth "Bearer S3CRET"
get /x --auht ann:S3CRET
get /x -u ann:S3CRET
get /x -uann:S3CRET
get /x --user ann:S3CRET
get /x --user=ann:S3CRET
get /x --cookie sid=S3CRET
get /x --cookie=sid=S3CRET
get /x --cookie "sid=S3CRET; b=1"
get /x -H "Authorization: Bearer S3CRET"
get /x -H 'X-AuthToken: S3CRET'
get /x --header 'X-AuthToken: S3CRET'
get /x --header='X-AuthToken: S3CRET'
get /x --proxy http://u:S3CRET@h:1
get /x --proxy-user u:S3CRET
get /x --cert-password S3CRET
get /x --pass S3CRET
get /x -d newPassword=S3CRET
get /x -d '{"newPassword":"S3CRET"}'
get /x --data-raw 'newPassword=S3CRET'
get /x -F newPassword=S3CRET
curl -u ann:S3CRET http://h/
curl -uann:S3CRET http://h/
curl -su ann:S3CRET http://h/
curl -sSuann:S3CRET http://h/
curl --user ann:S3CRET http://h/
curl --user=ann:S3CRET http://h/
curl -U u:S3CRET http://h/
curl --proxy-user u:S3CRET http://h/
curl -H 'Authorization: Bearer S3CRET' http://h/
curl -H 'Authorization: S3CRET' http://h/
curl -H "Authorization: Token token=S3CRET" http://h/
curl -H 'Authorization: Digest username="u", response="S3CRET"' http://h/
curl -H'X-AuthToken: S3CRET' http://h/
curl -H X-AuthToken:S3CRET http://h/
curl -b 'sid=S3CRET' http://h/
curl -b sid=S3CRET http://h/
curl -bsid=S3CRET http://h/
curl --cookie 'a=1; sid=S3CRET' http://h/
curl -H 'Cookie: a=1; sid=S3CRET' http://h/
curl -H 'cookie: sid=S3CRET' http://h/
curl -d 'newPassword=S3CRET' http://h/
curl -d 'a=1&user[password]=S3CRET' http://h/
curl -d 'a=1&user%5Bpassword%5D=S3CRET' http://h/
curl -d '{"newPassword":"S3CRET"}' http://h/
curl --data-raw '{"user":{"passwd":"S3CRET"}}' http://h/
curl --json '{"newPassword":"S3CRET"}' http://h/
curl --data-urlencode 'newPassword=S3CRET' http://h/
curl --data-urlencode newPassword=S3CRET http://h/
curl -F 'newPassword=S3CRET' http://h/
curl -F newPassword=S3CRET http://h/
curl --form-string newPassword=S3CRET http://h/
curl --oauth2-bearer S3CRET http://h/
curl --pass S3CRET http://h/
curl --proxy http://u:S3CRET@p http://h/
curl -x u:S3CRET@p:1 http://h/
curl 'http://ann:S3CRET@h/?accessToken=S3CRET'
curl --url-query accessToken=S3CRET http://h/
curl --aws-sigv4 aws:amz --user ak:S3CRET http://h
curl --nope -u ann:S3CRET http://h/
curl --nope -H 'X-AuthToken: S3CRET' http://h/
curl --nope -d '{"newPassword":"S3CRET"}' http://h/
curl --nope -d 'user[password]=S3CRET' http://h/
curl --nope --tlspassword S3CRET http://h/
curl --nope --proxy-pass S3CRET http://h/
curl --nope -F newPassword=S3CRET http://h/
curl --nope http://ann:S3CRET@h/
curl --nope -suann:S3CRET http://h/
curl --nope -d '<newPassword>S3CRET</newPassword>' http://h/
curl "http://h/ -u ann:S3CRET
curl -u 'ann:S3CRET
curl -H "Authorization: Bearer S3CRET
http -a ann:S3CRET :8000/x
http --auth ann:S3CRET :8000/x
http --auth=ann:S3CRET :8000/x
http -A bearer -a S3CRET :8000/x
http --auth-type=bearer --auth=S3CRET :8000/x
http :8000/x newPassword=S3CRET
http :8000/x user[password]=S3CRET
http :8000/x X-AuthToken:S3CRET
http :8000/x Cookie:sid=S3CRET
http :8000/x accessToken==S3CRET
http --raw '{"newPassword":"S3CRET"}' :8000/x
http --form :8000/x newPassword=S3CRET
http --nope :8000/x newPassword=S3CRET
http --nope -a ann:S3CRET :8000/x
http -va ann:S3CRET :8000/x
http --session-x -a ann:S3CRET :8000
https ann:S3CRET@h
xh -a ann:S3CRET :8000/x
xh --bearer S3CRET :8000/x
wget --password=S3CRET http://h/
wget --http-password S3CRET http://h/
wget --header='X-AuthToken: S3CRET' http://h/
import curl -u ann:S3CRET http://h/
import curl curl -u ann:S3CRET http://h/
import curl 'curl -u ann:S3CRET http://h/'
import curl "curl -H 'Authorization: Bearer S3CRET' http://h/"
import curl -H 'Authorization: Bearer S3CRET' http://h/
import curl -d '{"newPassword":"S3CRET"}' http://h
import httpie http -a ann:S3CRET :8000
import cookies sid=S3CRET
export har --password S3CRET
save last login password=S3CRET
again newPassword=S3CRET
again X-AuthToken:S3CRET
again 3 newPassword=S3CRET
edit last newPassword=S3CRET
preview post /login newPassword=S3CRET
preview get /x --auth ann:S3CRET
replay f.http --var accessToken=S3CRET
replay f.http --var password=S3CRET
replay f.http --secret S3CRET
replay f.http --prompt password=S3CRET
replay f.http --prompt user=ann --var newPassword=S3CRET
diff newPassword=S3CRET
help newPassword=S3CRET
unset cookie sid=S3CRET
login ann S3CRET
login ann:S3CRET
auth ann:S3CRET
auth basic ann S3CRET
authorization: Bearer S3CRET
Authorization: Bearer S3CRET
Cookie: sid=S3CRET
X-AuthToken: S3CRET
newPassword=S3CRET
password S3CRET
post password=S3CRET
post {"password":"S3CRET"}
{"password":"S3CRET"}
{"newPassword": "S3CRET"}
GET /x HTTP/1.1 Authorization: Bearer S3CRET
gett /x newPassword=S3CRET
gett /x -H 'Authorization: Bearer S3CRET'
gett http://ann:S3CRET@h
gett /x?accessToken=S3CRET
! curl -u ann:S3CRET x
! curl -d '{"newPassword":"S3CRET"}' x
! curl -H 'X-AuthToken: S3CRET' x
! export API_TOKEN=S3CRET
! mysql -pS3CRET
! psql postgres://u:S3CRET@h/db
! PGPASSWORD=S3CRET psql
! sshpass -p S3CRET ssh h
get /x | curl -d newPassword=S3CRET x
get /x | curl -u ann:S3CRET x
get /x > "a?token=S3CRET"
get /x "unclosed newPassword=S3CRET
get /x 'X-AuthToken: S3CRET
set auth basic ann "S3CRET
set auth basic ann 'S3CRET
set cookie sid "S3CRET
post /x password=S3CRET | |
set header "X-AuthToken" "S3CRET"
 set auth basic ann S3CRET
SET AUTH BASIC ann S3CRET
Set Auth basic ann S3CRET
post /x a=1 \
post /x -d "password=S3CRET"
post /x p\assword=S3CRET
post /x 'pass'word=S3CRET
post /x user.newPassword=S3CRET
post /x users[0][newPassword]=S3CRET
post /x X-Custom-Auth-Header:S3CRET
post /x api-key:S3CRET
post /x refresh-token=S3CRET
source password=S3CRET
echo password=S3CRET
show cookie sid=S3CRET
set env password=S3CRET
set option headers X-AuthToken:S3CRET
options /x Authorization:S3CRET
request PURGE /x newPassword=S3CRET
send PURGE /x newPassword=S3CRET
"""


@check_rows(
    "line",
    [
        "set auth token S3CRET",
        "set auth baerer S3CRET",
        "set auth diggest ann:S3CRET",
        "set bearar S3CRET",
        "paswrd S3CRET",
        "set tojen S3CRET",
        "set auth jwt S3CRET S3CRET",
        "set auth ann S3CRET | cat",
        "set auth apikey X-Foo=S3CRET",
        "set auth apikey X-Foo:S3CRET",
        "set option proxy ann:S3CRET@127.0.0.1:9",
        "get /login?next=/cb?token=S3CRET",
        "get /login?next=%2Fcb%3Ftoken%3DS3CRET",
        "get https://S3CRET1234567890abc@h/",
    ],
)
def test_no_mistyped_scheme_and_no_url_keeps_its_secret(line: str) -> None:
    assert "S3CRET" not in redact_line(line)


@check_rows("line", LINES.strip("\n").split("\n"))
def test_secret_is_left_out_whatever_its_role_and_spelling(line: str) -> None:
    once = redact_line(line)

    assert "S3CRET" not in once
    assert redact_line(once) == once


@check_rows("line", LINES.strip("\n").split("\n"))
def test_error_about_such_a_line_does_not_show_the_secret(line: str) -> None:
    try:
        bind(analyse(line), lambda name: "1")
    except UsageError as error:
        redact_error(error, line)
        place = error.place.source if error.place is not None else ""
        assert "S3CRET" not in f"{error.message}{error.hint}{place}{error}"


@check_rows(
    "line",
    [
        "get /x Accept:application/json a=1 page==2",
        "post /x from=ann:bob --form",
        "get /x token_type=bearer primary_key=7 author=ann",
        "set header X-Ratelimit-Limit 5",
        "set auth basic",
        "set cookie",
        "show cookies",
        "show session json",
        "help auth",
        "get /x?q=1 --auth-type digest",
        "get /x -b | jq .token",
        "replay f.http --var user=ann",
        "get http://h:8000/x",
        "get [::1]:8000/x",
        "diff headers",
    ],
)
def test_line_without_a_secret_stays(line: str) -> None:
    assert redact_line(line) == line


HOSTILE = ["password=[", "-u ", "mysql ", "<token ", "'token: ", r"\"token", "cookie ", "a:b@", "token={"]


@pytest.mark.parametrize("unit", HOSTILE)
def test_lines_are_read_in_linear_time(unit: str) -> None:
    once, eight_times = ("! " + unit * (size // len(unit)) for size in (1_000, 8_000))

    assert_linear(redact_line, once, eight_times, most=22)


def test_word_that_is_no_slip_of_a_scheme_is_the_secret() -> None:
    assert redact_line("set auth bass") == "set auth ?"


@check_rows(
    "line",
    [
        "post /x -d 'password=?S3CRET&x=1'",
        "! curl -d token=?S3CRET h",
        "get /x | curl -u ?S3CRET h",
        'post /x -d \'{"password": "?S3CRET"}\'',
        "! x --password ?S3CRET",
    ],
)
def test_secret_that_begins_with_a_question_mark_is_no_redacted_one(line: str) -> None:
    once = redact_line(line)

    assert "S3CRET" not in once
    assert redact_line(once) == once


@check_rows(
    "line",
    [
        "curl -E cert:HUNTER22 http://a/",
        "curl -sSE 'cert:HUNTER22' http://a/",
        "curl --us a:HUNTER22 http://a/",
        "curl --proxy-us a:HUNTER22 http://a/",
        "get http://a/ X-A:'Bearer HUNTER22abc'",
        "post /x a='is bearer HUNTER22abc'",
        "set var x eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.HUNTER22",
        "set header X-A eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.HUNTER22",
    ],
)
def test_secret_is_recognised_by_its_form(line: str) -> None:
    assert "HUNTER22" not in redact_line(line)


@check_rows("line", ["grep -E 'a:b' x", "post /x a='bearer certificates'", "curl --us a http://h/"])
def test_text_of_another_form_is_kept(line: str) -> None:
    assert redact_line(line).endswith(line.partition(" ")[2].split()[-1])


@check_rows(
    "item",
    [
        "password:=@ok.json",
        "a:=@ok.json",
        "password=@ok.json",
        "X-Api-Key:@ok.json",
        "token==@ok.json",
        "token@ok.json",
    ],
)
def test_name_of_a_file_is_no_secret(item: str) -> None:
    assert redact_line(f"post :8950/echo {item} b=1 -h") == f"post :8950/echo {item} b=1 -h"


@check_rows(
    ("line", "kept"),
    [
        ("post /echo password=hunter22 confirm=hunter22 pin=4711", "post /echo password=? confirm=? pin=?"),
        ('post /x {"password":"hunter33","again":"hunter33"}', 'post /x {"password":"?","again":"?"}'),
        ("post /x password=abc repeat=abc", "post /x password=? repeat=?"),
        ("post /x?q=hunter22 password=hunter22", "post /x?q=? password=?"),
        ("post /x password=hunter22 X-Again:hunter22", "post /x password=? X-Again:?"),
        ("post /x password=hunter22 note='is hunter22 now'", "post /x password=? note='is ? now'"),
        ("post /x password=hunter22 | grep hunter22", "post /x password=? | grep ?"),
        ("post /x password=s3cret99 -bs3cret99", "post /x password=? -b?"),
    ],
)
def test_a_secret_that_stands_twice_is_redacted_twice(line: str, kept: str) -> None:
    assert redact_line(line) == kept


@check_rows(
    ("line", "kept"),
    [
        ("post /login user=ann password=login", "post /login user=ann password=?"),
        ("post /secret password=secret", "post /secret password=?"),
        ("post /x password=post", "post /x password=?"),
        ("post /x user=annabel password=ann", "post /x user=annabel password=?"),
        ("set header X-Token set", "set header X-Token ?"),
    ],
)
def test_a_value_that_is_also_a_command_a_path_or_a_part_of_a_word_changes_only_itself(line: str, kept: str) -> None:
    assert redact_line(line) == kept


def test_secret_beside_a_file_is_redacted() -> None:
    line = "post /x password:=hunter2 token@f.bin api_key=hunter2 --auth ann:hunter2"

    assert redact_line(line) == "post /x password:=? token@f.bin api_key=? --auth ?"


@check_rows("value", ["true", "True", "false", "null", "none", "yes", "off", "undefined"])
def test_a_value_that_says_only_yes_no_or_nothing_is_not_looked_for_elsewhere(value: str) -> None:
    line = f"post /x password={value} active={value} --netrc {value} X-A:{value}"

    assert redact_line(line) == f"post /x password=? active={value} --netrc {value} X-A:{value}"


@check_rows("line", ["post /x password='' a=''", 'post /x password="" name=ann', "post /x token='' b=1"])
def test_no_secret_follows_an_empty_value_in_quotes(line: str) -> None:
    assert redact_line(line) == line


@check_rows("scheme", ["Bearer", "DPoP", "Hawk", "Negotiate", "ntlm", "SSWS", "AWS4-HMAC-SHA256", "vapid"])
@check_rows("line", ["{} T0KEN", "get /x {} T0KEN", "post /x a=1 {} T0KEN"])
def test_word_after_each_auth_scheme_is_redacted(line: str, scheme: str) -> None:
    assert "T0KEN" not in redact_line(line.format(scheme))


@check_rows("scheme", ["Bearer", "DPoP", "Hawk", "SSWS"])
def test_auth_scheme_before_a_redacted_value_is_shown(scheme: str) -> None:
    assert (
        redact_line(f"post /x note='sent Authorization: {scheme} T0KEN'")
        == f"post /x note='sent Authorization: {scheme} ?'"
    )


@pytest.mark.parametrize(
    ("line", "redacted"),
    [
        ("get /x size==1 Authorization: -h", "get /x size==1 Authorization: -h"),
        ("get /x Authorization: size==1 -h", "get /x Authorization: size==1 -h"),
        ("get /x X-Api-Key: limit:=3", "get /x X-Api-Key: limit:=3"),
        ("get /x Authorization: token==abc", "get /x Authorization: token==?"),
        ("get /x Authorization: > file.txt", "get /x Authorization: > file.txt"),
        ("get /x X-Api-Key: abc > file.txt", "get /x X-Api-Key: ? > file.txt"),
        ("get /x Authorization: abc", "get /x Authorization: ?"),
        ("get /x Authorization: ann:hunter2", "get /x Authorization: ?"),
        ("get /x Authorization: abcd==", "get /x Authorization: ?"),
    ],
)
def test_word_after_a_header_that_is_left_out_is_its_own(line: str, redacted: str) -> None:
    assert redact_line(line) == redacted
