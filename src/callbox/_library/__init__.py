"""Private modules that the library shares: arguments, headers, bodies, and the client behind a `Session`."""
