"""Command handlers, one module for each family: each takes a call and a context and yields outputs."""
