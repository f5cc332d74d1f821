"""One HTTP exchange as pure functions on frozen values: no clock, disk, network or environment.

A `Draft` is merged with the session's state (`merge`) into an `Outgoing` request. `converse` handles redirects and
authentication challenges.
"""
