"""The session as a library, by the names and manners that users of Requests know.

Thin: a `Request` becomes a draft, a `PreparedRequest` shows a decided request, a `Response` shows a record. What is
decided, is decided in `exchange`; what is sent, is sent by the driver in `session`. The core knows nothing of it.
"""
