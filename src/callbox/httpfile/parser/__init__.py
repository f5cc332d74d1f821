"""The parser of `.http` files.

The module `file_and_blocks` reads a whole file, and the other modules read the parts of a step.
"""
