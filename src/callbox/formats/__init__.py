"""Read and write the formats of other tools, and callbox's own files.

This package reads no file and sends no request.
"""
