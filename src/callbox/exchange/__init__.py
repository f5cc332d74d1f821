"""Everything that decides what one HTTP exchange sends, as pure functions on frozen values. No function uses a clock, a
disk, the network or the environment.

`merge` makes an `Outgoing` request from a `Draft` and the state of the session. `converse` decides about redirects and
authentication challenges.
"""
