"""How the practice API says no: `Refusal`, raised anywhere below a handler and answered as problem JSON.

Turning it into bytes is the business of `response`.
"""

from __future__ import annotations

from collections.abc import Mapping


class Refusal(Exception):
    """An answer that is not what was asked for.

    Args:
        status: the status code to answer with.
        detail: one line saying what is wrong, in the caller's words.
        hint: one thing to try.
        errors: for each field or parameter that is wrong, what is wrong with it.
        fields: extra header fields of the answer, such as `("Allow", "GET")`.
        close: whether the connection cannot be used any more.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        hint: str = "",
        errors: Mapping[str, str] | None = None,
        fields: tuple[tuple[str, str], ...] = (),
        close: bool = False,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.hint = hint
        self.errors = dict(errors or {})
        self.fields = fields
        self.close = close


class Gone(Exception):
    """The client hung up, or the server is closing: there is no one left to answer."""
