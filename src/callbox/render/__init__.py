"""Values to styled fragments: all that a person sees is made here, and nothing here prints.

A fragment is (style name, text); its text has been through `sanitise`. Whoever shows fragments turns them into
a terminal's own form in one place (`ansi`, or a style sheet of the terminal's library made from `style.STYLES`).
"""
