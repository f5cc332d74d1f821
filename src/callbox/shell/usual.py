"""Header names, and the values that they usually have: what completion offers before anything is known."""

from __future__ import annotations

from collections.abc import Mapping

_MEDIA_TYPES = (
    "application/json",
    "application/x-www-form-urlencoded",
    "application/xml",
    "application/problem+json",
    "application/octet-stream",
    "text/plain",
    "text/html",
    "text/csv",
    "text/event-stream",
    "multipart/form-data",
)

HEADERS: Mapping[str, tuple[str, ...]] = {
    "Accept": ("*/*", *_MEDIA_TYPES),
    "Accept-Charset": ("utf-8",),
    "Accept-Encoding": ("gzip", "br", "zstd", "deflate", "identity"),
    "Accept-Language": ("en", "en-GB", "en-US", "de", "fr", "es", "nl", "pt-BR", "ja", "zh-CN"),
    "Authorization": ("Bearer", "Basic"),
    "Cache-Control": ("no-cache", "no-store", "max-age=0", "only-if-cached"),
    "Connection": ("keep-alive", "close"),
    "Content-Encoding": ("gzip", "br", "zstd", "deflate", "identity"),
    "Content-Language": ("en", "de", "fr", "es"),
    "Content-Type": _MEDIA_TYPES,
    "Cookie": (),
    "Date": (),
    "Depth": ("0", "1", "infinity"),
    "Expect": ("100-continue",),
    "Forwarded": (),
    "Host": (),
    "Idempotency-Key": (),
    "If-Match": ("*",),
    "If-Modified-Since": (),
    "If-None-Match": ("*",),
    "If-Range": (),
    "If-Unmodified-Since": (),
    "Last-Event-ID": (),
    "Origin": (),
    "Pragma": ("no-cache",),
    "Prefer": ("return=minimal", "return=representation", "respond-async"),
    "Priority": ("u=1", "u=3", "u=5", "i"),
    "Proxy-Authorization": ("Bearer", "Basic"),
    "Range": ("bytes=0-",),
    "Referer": (),
    "TE": ("trailers",),
    "traceparent": (),
    "User-Agent": (),
    "X-Api-Key": (),
    "X-Correlation-ID": (),
    "X-CSRF-Token": (),
    "X-Forwarded-For": (),
    "X-Forwarded-Host": (),
    "X-Forwarded-Proto": ("https", "http"),
    "X-HTTP-Method-Override": ("PUT", "PATCH", "DELETE"),
    "X-Request-ID": (),
    "X-Requested-With": ("XMLHttpRequest",),
}
"""Field names of requests (RFC 9110, RFC 9111, RFC 6265 and common practice) and usual values."""


def values_of(name: str) -> tuple[str, ...]:
    """The usual values of this header, whatever its case; none where there are none."""
    lower = name.lower()
    return next((values for header, values in HEADERS.items() if header.lower() == lower), ())
