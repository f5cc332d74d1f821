"""The `.http` language: parse a text into a script with places and diagnostics, and write requests as a text. Pure:
this package sends nothing.
"""
