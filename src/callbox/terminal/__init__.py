"""The terminal: what is typed comes in by the loop, what happened goes out by the screen.

Sole user of prompt_toolkit, and only in `loop`, `adapters` and `keys`: the screen serves pipes and `-c` too, and
loads none of it.
"""
