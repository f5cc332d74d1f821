"""The interactive prompt, and the screen that prints all outputs.

Only `repl`, `prompt_toolkit_adapters`, `key_bindings` and `history_file` import prompt_toolkit. The screen also writes
to pipes.
"""
