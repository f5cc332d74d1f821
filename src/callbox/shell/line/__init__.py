"""A typed line: its words, its analysis by the table of commands, and what is made of that. Pure."""
