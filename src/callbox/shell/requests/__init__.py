"""Requests of the shell: building drafts, credentials and their origins, sending, output."""
