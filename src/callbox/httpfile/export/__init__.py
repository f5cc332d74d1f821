"""Export of recorded exchanges as the text of a `.http` file. Pure."""
