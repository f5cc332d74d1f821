"""Conversion of files of other tools into `.http` files, and the merge of a second conversion with edits by hand."""
