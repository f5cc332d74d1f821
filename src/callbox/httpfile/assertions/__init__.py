"""Assertions of a `.http` file, and captures: their syntax, and their evaluation on a response. Pure."""
