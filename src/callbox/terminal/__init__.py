"""The terminal: the prompt loop and the screen.

Only `repl`, `adapters`, `key_bindings` and `line_history` import prompt_toolkit; the screen also writes to pipes.
"""
