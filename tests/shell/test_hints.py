"""What a mistake is answered with: the hint leads to a line that works."""

from __future__ import annotations

import pytest

from callbox.shell.httpie_command_translator import _INSTEAD
from callbox.shell.line.parser import _OF_OTHER_TOOLS


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('get /echo "X A:b"', "'X A' is not a header name"),
        ("get /echo a'[]='1", "leave the separator outside the quotes: a[]=VALUE"),
        ("post /echo 'hello world'", "to send this text as the body: --body 'hello world'"),
        ("get /echo --download /tmp/x.bin", "--download=/tmp/x.bin writes the response to it"),
        ("get /echo b", "I don't know what 'b' is a header is b:value, a field b=text"),
        ("show auth --reveal", "secrets are shown by: preview get / --reveal; show cookies --reveal"),
        ("show session --reveal", "secrets are shown by: preview get / --reveal; show cookies --reveal"),
        ("http --session=foo :8000/x", "save session NAME, and later: load session NAME"),
        ("help get set", "help get"),
        ("help undo x", "help undo"),
        ("set header Bad Name: x", "set header Bad-Name VALUE, or quote the value"),
        ("set header X-A 1 --help", "to list its flags: help set header"),
        ("import", "cookies, httpie"),
        ("import har x.har", "copy a request as cURL in the browser and paste it; to write an archive: export har"),
        ("export curl", "preview --as curl get /x"),
        ("export http", "save history FILE.http"),
        ("set token abc", "Cannot set 'token' for a token: set auth bearer TOKEN"),
        ("set jwt abc", "for a token: set auth bearer TOKEN"),
        ("set password abc", "for a user: set auth basic USER:PASSWORD"),
        ("set api-key abc", "for a key: set auth apikey NAME KEY"),
        ("set Authorization x", "for a token: set auth bearer TOKEN; another value: set header Authorization VALUE"),
        ("set X-Foo 1", "set header X-Foo VALUE"),
        ("set X-Foo:1", "set header X-Foo VALUE"),
        ("set accept text/html", "set header accept VALUE"),
        ("set page==1", "set query page VALUE"),
        ("set foo=1", "set var foo VALUE"),
        ("set foo 1", "for a variable: set var foo VALUE; otherwise set header, cookie, auth"),
        ("set heder X-A 1", "Did you mean 'header'?"),
        ("set param lang en", "Did you mean 'query'?"),
        ("set url http://a", "Did you mean 'base'?"),
        ("unset parameters lang", "Did you mean 'query'?"),
        ("show variables", "Did you mean 'vars'?"),
        ("show token", "Did you mean 'auth'?"),
        ("show response", "Did you mean 'last'?"),
        ("import postman pm.json", "export its requests as OpenAPI there, and import openapi FILE; or paste a request"),
        ("import insomnia x", "export its requests as OpenAPI there"),
        ("import bruno x", "export its requests as OpenAPI there"),
        ("export postman x.json", "to write the requests as a script: save history FILE.http"),
        ("import rec.har", "copy a request as cURL in the browser and paste it"),
        ("import pm.json", "for a description: import openapi pm.json; for a session of HTTPie: import httpie pm.json"),
        ("import api.yaml", "import openapi api.yaml"),
        ("import cookies.txt", "import cookies cookies.txt"),
        ("import nothing", "import cookies, httpie, openapi; to show the request of a curl command: import curl .."),
        ("help alias", "there are no aliases; to save a request: save request NAME; to send it: send NAME"),
        ("help macros", "there are no aliases; to save a request: save request NAME"),
        ("alias ll ls", "there are no aliases; to save a request: save request NAME"),
        ("help postman", "export its requests as OpenAPI there"),
        ("callbox", "You are already in callbox to list the commands: help"),
        ("callbox convert api.json", "to run it from here: ! callbox convert"),
        ("callbox :8000", "callbox is running already to change the base: cd :8000"),
        ("post /echo -d a=1", "-d is --download here leave out -d; --form sends a form, as curl does"),
        ("post /echo -d @b.json", "-d is --download here leave out -d"),
        ("""post /echo -d '{"a": 1}'""", "-d is --download here leave out -d"),
        ("post /echo X-A:1 -d a:=1 -b", "-d is --download here leave out -d"),
        ("preview post /echo -d a=1", "-d is --download here leave out -d"),
        ("again -d a=1", "-d is --download here leave out -d"),
        ("previous", "previous is not a command here to repeat request 3 of show history: again 3"),
        ("back", "for the path above: cd .."),
        ("get /echo -z", "if this word is not a flag, quote it: '-z'"),
        ("post /echo @", "'@' is not followed by a file name @body.json sends a file"),
        ("post /echo a@", "'a@' is not followed by a file name a@photo.png sends a file"),
        ("get /echo q=={{}}", "{{}} has no name of a variable set var NAME VALUE, then {{NAME}}"),
        ("unset option timeout", "Option 'timeout' is not set it has its default value"),
        ("unset option timout", "No option 'timout'"),
        ("show last cookies", "The name of a cookie is missing write cookies.NAME"),
        (
            "set auth none",
            "'none' is not an auth scheme to remove the credential: unset auth; --auth none leaves it out once",
        ),
        (
            "set auth off",
            "'off' is not an auth scheme to remove the credential: unset auth; --auth none leaves it out once",
        ),
        (
            "get /x --auth-type none",
            "'none' is not an auth scheme to remove the credential: unset auth; --auth none leaves it out once",
        ),
        ("get /x --auth off", "is not a credential --auth none leaves the credential out"),
        ("set auth token abc", "'token' is not an auth scheme for a token: set auth bearer TOKEN"),
        ("set auth oauth2 abc", "'oauth2' is not an auth scheme for a token: set auth bearer TOKEN"),
        ("set auth header X-Key abc", "'header' is not an auth scheme for a key: set auth apikey NAME KEY"),
        ("set auth ntlm ann", "'ntlm' is not an auth scheme choose one of: basic, bearer, digest, apikey"),
        ("set auth ann:hunter2", "'...' is not an auth scheme for a user: set auth basic USER:PASSWORD"),
        ("set auth hunter2", "'...' is not an auth scheme choose one of: basic, bearer, digest, apikey"),
        ("set auth berer x", "No auth scheme 'berer' Did you mean 'bearer'?"),
        ("unset auth bearer", "'bearer' is an extra word unset auth takes no words"),
        ("set option timeout off", "seconds, or with a unit: 500ms, 10s, 2m; none for no limit"),
        (
            "set option proxy none",
            "'none' is not a proxy to use no proxy: unset option proxy; for one request: --no-proxy *",
        ),
        ("set option verify none", "verify must be yes or no, not 'none' set option verify no"),
    ],
)
def test_a_mistake_has_a_hint_that_leads_on(shell, line: str, said: str) -> None:
    shell.run("get /ping")

    assert said in shell.fail(line)


@pytest.mark.parametrize("flag", sorted(_OF_OTHER_TOOLS))
def test_hint_for_a_flag_of_another_tool_has_no_redacted_word(shell, flag: str) -> None:
    assert _OF_OTHER_TOOLS[flag] in shell.fail(f"get /x {flag}")


@pytest.mark.parametrize("flag", sorted(_INSTEAD))
def test_hint_for_a_flag_of_httpie_has_no_redacted_word(shell, flag: str) -> None:
    assert _INSTEAD[flag] in shell.fail(f"http {flag}=x a.x")
