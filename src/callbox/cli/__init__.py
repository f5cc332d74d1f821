"""The command line: its words, what it wires together, and its exit codes."""
