"""Completion at the prompt: a pure function from a line and what is known."""
