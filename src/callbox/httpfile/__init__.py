"""The `.http` language: text to a script with places and diagnostics, and back. Pure: this package sends nothing."""
