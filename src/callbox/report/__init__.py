"""Reports of a replay, for people and for programs. Pure; the package may use `render`."""
