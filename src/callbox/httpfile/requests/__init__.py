"""Requests of a `.http` file: resolve a step, with its variables filled, to a draft. Pure."""
