"""Scripts around a request: their modules, what they set, how they are run, the files that they write."""
