"""The session file of a shell, and the session as text."""
