"""JavaScript in `.http` files: the engine, its input and results, and the scripts around a request."""
