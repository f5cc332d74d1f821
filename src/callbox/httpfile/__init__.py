"""The `.http` language: text to a script with places and diagnostics, and back. Pure: sends nothing."""
