"""Completion at the prompt: candidates computed from the line and a completion context alone."""
