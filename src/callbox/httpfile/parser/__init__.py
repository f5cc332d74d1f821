"""The parser of `.http` files.

The module `script` reads a whole file, and the other modules read the parts of a step.
"""
