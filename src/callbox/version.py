"""The version, written down so that nothing has to look it up."""

__version__ = "0.1.0"
