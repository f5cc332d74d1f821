"""Scripts around a request: their modules, the variables they set, their runner and the files they write."""
