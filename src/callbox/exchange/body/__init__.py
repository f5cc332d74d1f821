"""Bodies: what a request sends, content codings, charsets, the kinds of bodies, and file names for them. Pure."""
