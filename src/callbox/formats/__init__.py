"""Text to values and values to text: what other tools write and read. Pure."""
