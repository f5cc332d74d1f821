"""Private modules that the library's public modules share: arguments, headers, bodies, and the client of a
`Session`.
"""
