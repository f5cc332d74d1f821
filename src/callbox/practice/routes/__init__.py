"""The routes of the practice API, one module for each group."""
