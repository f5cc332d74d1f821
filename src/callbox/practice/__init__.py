"""The practice API: a small library of books on loopback, to learn and to test with.

>>> from callbox.practice import Practice
>>> with Practice() as api:
...     print(api.url.rpartition(":")[0])
http://127.0.0.1

What to use where it asks who you are:

- `POST /login` with user `ann`, password `secret` (JSON or form) gives the cookies that `/me` and `/loans` want,
  and a token;
- `/basic-auth` and `/digest-auth`: the same user and password;
- `/bearer`, `/me` and `/loans`: the token from `/login`, or the token `letmein`, which always works.

`GET /` lists what is there, `GET /openapi.json` describes it. Data is kept in memory, fresh for every `Practice`.
"""

from callbox.practice.server import Practice

__all__ = ["Practice"]
