"""One session of the library: `python examples/library.py`.

It starts the practice API itself, so that it runs anywhere.
"""

from __future__ import annotations

import callbox
from callbox import Session
from callbox.practice import Practice


def tour(url: str) -> None:
    """Sets, sends, looks, and takes back."""
    with Session() as session:
        session.base_url = url
        session.headers["X-Desk"] = "upstairs"
        session.params["per_page"] = "2"

        # callbox sends the session's header and parameter, too; those of the request are for this request only.
        page = session.get("/books", params={"author": "austen"}, headers={"X-Once": "1"})
        print(page.status_code, [book["title"] for book in page.json()])

        # None leaves out a header of the session, for this request only.
        echoed = session.get("/echo", headers={"X-Desk": None}).json()
        print("X-Desk" in echoed["headers"], "X-Once" in echoed["headers"])

        # The jar stores cookies of a response, and the next request sends them.
        session.post("/login", json={"user": "ann", "password": "secret"}).raise_for_status()
        print(sorted(cookie.name for cookie in session.cookies), session.get("/me").json()["name"])

        # Errors have the names that Requests uses.
        try:
            session.get("/books/999").raise_for_status()
        except callbox.HTTPError as error:
            print(error.response.status_code)


if __name__ == "__main__":
    with Practice() as api:
        tour(api.url)
