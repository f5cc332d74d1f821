"""Each scheme lists the texts of its credential that must not be shown."""

from __future__ import annotations

from tests.support.rows import check_rows

from callbox.exchange.auth_schemes import ApiKey, Auth, Basic, Bearer
from callbox.exchange.digest_auth import Digest


@check_rows(
    ("auth", "secrets"),
    [
        (Auth(), ()),
        (Basic("ann", "hunter2"), ("hunter2",)),
        (Basic(b"ann", b"hunter2"), ("hunter2",)),
        (Bearer("abc"), ("abc",)),
        (ApiKey("X-Key", "abc"), ("abc",)),
        (Digest("ann", "hunter2", lambda: "0"), ("hunter2",)),
    ],
)
def test_a_credential_lists_its_secrets(auth: Auth, secrets: tuple[str, ...]) -> None:
    assert auth.secrets() == secrets
