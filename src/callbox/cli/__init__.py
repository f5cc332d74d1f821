"""The command line: its parsers, start-up and exit codes."""
