"""Credentials, where Requests has them."""

from callbox.exchange.auth import ApiKey, Auth, Basic, Bearer
from callbox.exchange.digest import Digest
from callbox.face.auth import AuthBase, HTTPBasicAuth, HTTPDigestAuth, HTTPProxyAuth, _basic_auth_str

__all__ = [
    "ApiKey",
    "Auth",
    "AuthBase",
    "Basic",
    "Bearer",
    "Digest",
    "HTTPBasicAuth",
    "HTTPDigestAuth",
    "HTTPProxyAuth",
    "_basic_auth_str",
]
