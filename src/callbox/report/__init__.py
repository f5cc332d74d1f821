"""Results of a replay as text, for people and for machines. Pure; may use `render`."""
