"""Convert the formats of other tools, and those of callbox's own files, to values and back.

This package reads no file and sends no request.
"""
