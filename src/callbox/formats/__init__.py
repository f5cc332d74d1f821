"""Read and write the formats of other tools and callbox's own files. Nothing here reads a file or sends a request."""
