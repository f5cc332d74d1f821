"""Scripts in a `.http` file: the input of the JavaScript engine and its results. Pure."""
