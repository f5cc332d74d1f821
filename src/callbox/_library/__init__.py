"""What the modules of the library share: arguments, headers, bodies, and the client behind a `Session`. Not public."""
