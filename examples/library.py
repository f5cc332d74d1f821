"""One session of the library: `python examples/library.py`.

Starts the practice API for itself, so that it runs anywhere.
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

        # The session's header and parameter go along; the request's own are gone afterwards.
        page = session.get("/books", params={"author": "austen"}, headers={"X-Once": "1"})
        print(page.status_code, [book["title"] for book in page.json()])

        # None leaves out for one request what the session holds.
        echoed = session.get("/echo", headers={"X-Desk": None}).json()
        print("X-Desk" in echoed["headers"], "X-Once" in echoed["headers"])

        # Cookies of an answer are in the jar, and sent with the next request.
        session.post("/login", json={"user": "ann", "password": "secret"}).raise_for_status()
        print(sorted(cookie.name for cookie in session.cookies), session.get("/me").json()["name"])

        # Errors have Requests' names.
        try:
            session.get("/books/999").raise_for_status()
        except callbox.HTTPError as error:
            print(error.response.status_code)


if __name__ == "__main__":
    with Practice() as api:
        tour(api.url)
