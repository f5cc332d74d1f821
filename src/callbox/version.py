"""The version number and the date of the release."""

__version__ = "0.1.0"
released = "2026-11-22"
"""The date of this version, for the manual page."""
