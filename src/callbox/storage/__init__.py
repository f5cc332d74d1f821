"""The only disk: files are read here, and written here so that a reader finds the old file or the new one."""
