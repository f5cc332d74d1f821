"""Requests of a `.http` file: a step with its variables filled becomes a draft. Pure."""
