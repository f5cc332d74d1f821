"""The handlers of the commands, one family a module: each takes a call and the world and yields outputs."""
