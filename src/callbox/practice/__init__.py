"""The practice API: a small library of books on loopback, to learn and to test with.

>>> from callbox.practice import Practice
>>> with Practice() as api:
...     print(api.url.rpartition(":")[0])
http://127.0.0.1

Credentials:

- `POST /login` with user `ann`, password `secret` (JSON or form) sets the cookies that `/me` and `/loans` need,
  and returns a token;
- `/basic-auth` and `/digest-auth`: the same user and password;
- `/bearer`, `/me` and `/loans`: the token from `/login`, or the token `letmein`, which always works.

`GET /` lists the routes, and `GET /openapi.json` describes them. Each `Practice` has its own new data in memory.
"""

from callbox.practice.server import Practice

__all__ = ["Practice"]
