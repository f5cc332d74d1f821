"""Convert files of other tools to `.http` files, and merge a second conversion with edits by hand."""
