"""The terminal: the prompt loop and the screen.

Only `repl`, `prompt_toolkit_adapters`, `key_bindings` and `history_file` import prompt_toolkit. The screen also writes
to pipes.
"""
