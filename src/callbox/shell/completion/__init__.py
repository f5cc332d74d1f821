"""Completion at the prompt: a pure function of the line and a completion context."""
