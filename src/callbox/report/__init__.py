"""Reports of a replay, for people and for programs. Pure. The package may use `render`."""
