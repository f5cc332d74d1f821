"""Scripts in a `.http` file: what the JavaScript engine is given, and what it returned. Pure."""
