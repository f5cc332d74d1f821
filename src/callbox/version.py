"""The version, written down so that nothing has to look it up."""

__version__ = "0.1.0"
released = "2026-11-22"
"""The day of this version, for the manual page."""
