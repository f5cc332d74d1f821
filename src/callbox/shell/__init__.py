"""The shell without a terminal: a typed line becomes a call, and a call yields outputs."""
