"""The jar and the cookie utilities, where Requests has them."""

from callbox.face.cookie import JarCookie
from callbox.face.cookies import (
    CookieConflictError,
    CookieJar,
    RequestsCookieJar,
    cookiejar_from_dict,
    create_cookie,
    extract_cookies_to_jar,
    get_cookie_header,
    merge_cookies,
    morsel_to_cookie,
    remove_cookie_by_name,
)

__all__ = [
    "CookieConflictError",
    "CookieJar",
    "JarCookie",
    "RequestsCookieJar",
    "cookiejar_from_dict",
    "create_cookie",
    "extract_cookies_to_jar",
    "get_cookie_header",
    "merge_cookies",
    "morsel_to_cookie",
    "remove_cookie_by_name",
]
