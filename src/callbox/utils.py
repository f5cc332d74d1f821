"""What programs take from Requests' module of that name."""

from callbox.face.cookies import add_dict_to_cookiejar, dict_from_cookiejar
from callbox.face.loose import (
    default_headers,
    default_user_agent,
    get_auth_from_url,
    get_encoding_from_headers,
    get_environ_proxies,
    get_netrc_auth,
    parse_header_links,
    quote,
    requote_uri,
    select_proxy,
    super_len,
    unquote,
    urldefragauth,
    urlparse,
)

__all__ = [
    "add_dict_to_cookiejar",
    "default_headers",
    "default_user_agent",
    "dict_from_cookiejar",
    "get_auth_from_url",
    "get_encoding_from_headers",
    "get_environ_proxies",
    "get_netrc_auth",
    "parse_header_links",
    "quote",
    "requote_uri",
    "select_proxy",
    "super_len",
    "unquote",
    "urldefragauth",
    "urlparse",
]
