"""Where a value stands in a URL: one of a response changes no host that the file has written."""

from __future__ import annotations

from callbox.exchange.url import keeps_host, may_be_in_host


class UrlPosition:
    """Follows a URL from its beginning."""

    refusal = "would change the host of this URL"

    def __init__(self) -> None:
        self._before = ""
        self._is_in_path = False

    def pass_over(self, text: str) -> None:
        """Go past a part of the URL."""
        if not self._is_in_path:
            self._before += text
            self._is_in_path = not may_be_in_host(self._before)

    def fit(self, value: str, after: str, *, is_computed: bool) -> str | None:
        """The value; None if the host is another with it. `after` is the character that follows."""
        return value if self._is_in_path or keeps_host(self._before, value, after) else None

    def hint(self, name: str) -> str:
        """A hint on what to write instead."""
        return f"write / before {{{{{name}}}}}, or check that it begins with one"
