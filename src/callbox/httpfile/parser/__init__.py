"""The parser of `.http` files: `script` reads a whole file, the modules beside it the parts of a step."""
