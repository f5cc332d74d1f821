"""Read and write the formats of other tools and callbox's own files. Pure."""
