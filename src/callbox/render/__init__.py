"""Turn values into styled fragments. All text that a person sees is made here, and nothing here prints.

A fragment is (style name, text), and its text is sanitised. The caller converts fragments for the terminal in one
place: with `ansi_and_sanitiser`, or with prompt_toolkit's style sheet made from `style.STYLES`.
"""
