"""What a mistake is answered with: the hint leads to a line that works."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('get /echo "X A:b"', "'X A' is not a header name"),
        ("get /echo a'[]='1", "leave the separator outside the quotes: a[]=VALUE"),
        ("get /echo b", "I don't know what 'b' is a header is b:value, a field b=text"),
        ("get /x --help", "help get shows its flags"),
        ("set header X-A 1 --help", "help set header shows its flags"),
        ("import", "cookies, httpie"),
        ("import har x.har", "copy a request as cURL in the browser and paste it; export har writes an archive"),
        ("export curl", "preview --as curl get /x"),
        ("export http", "save history FILE.http"),
        ("set token abc", "Cannot set 'token' for a token: set auth bearer TOKEN"),
        ("set jwt abc", "for a token: set auth bearer TOKEN"),
        ("set password abc", "for a user: set auth basic USER:PASSWORD"),
        ("set api-key abc", "for a key: set auth apikey NAME KEY"),
        ("previous", "previous is not a command here again 3 repeats request 3 of show history"),
        ("back", "cd .. is the path above"),
        ("get /echo -z", "if this word is not a flag, quote it: '-z'"),
        ("post /echo @", "'@' is not followed by a file name @body.json sends a file"),
        ("post /echo a@", "'a@' is not followed by a file name a@photo.png sends a file"),
        ("get /echo q=={{}}", "{{}} has no name of a variable set var NAME VALUE, then {{NAME}}"),
        ("unset option timeout", "Option 'timeout' is not set it has its default value"),
        ("unset option timout", "No option 'timout'"),
        ("show last cookies", "Which cookie? cookies.NAME"),
        ("set auth none", "'none' is not an auth scheme unset auth removes the credential; --auth none leaves it out"),
        ("set auth off", "'off' is not an auth scheme unset auth removes the credential; --auth none leaves it out"),
        ("get /x --auth-type none", "'none' is not an auth scheme unset auth removes the credential; --auth none"),
        ("get /x --auth off", "is not a credential --auth none leaves the credential out"),
        ("set auth token abc", "'token' is not an auth scheme for a token: set auth bearer TOKEN"),
        ("set auth oauth2 abc", "'oauth2' is not an auth scheme for a token: set auth bearer TOKEN"),
        ("set auth header X-Key abc", "'header' is not an auth scheme for a key: set auth apikey NAME KEY"),
        ("set auth ntlm ann", "'ntlm' is not an auth scheme there are basic, bearer, digest, apikey"),
        ("set auth ann:hunter2", "'...' is not an auth scheme for a user: set auth basic USER:PASSWORD"),
        ("set auth hunter2", "'...' is not an auth scheme there are basic, bearer, digest, apikey"),
        ("set auth berer x", "No auth scheme 'berer' Did you mean 'bearer'?"),
        ("unset auth bearer", "'bearer' is an extra word unset auth takes no words"),
        ("set option timeout off", "seconds, or with a unit: 500ms, 10s, 2m; none for no limit"),
        ("set option proxy none", "'none' is not a proxy no proxy: unset option proxy, or once: --no-proxy *"),
        ("set option verify none", "verify must be yes or no, not 'none' set option verify no"),
    ],
)
def test_a_mistake_has_a_hint_that_leads_on(shell, line: str, said: str) -> None:
    shell.run("get /ping")

    assert said in shell.fail(line)
