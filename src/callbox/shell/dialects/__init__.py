"""Translate lines of other tools (curl, HTTPie, http-prompt, HttpRepl) to commands of this shell."""
