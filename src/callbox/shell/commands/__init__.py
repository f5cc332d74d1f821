"""The handlers of the commands, one family a module: each takes a call and the context and yields outputs."""
