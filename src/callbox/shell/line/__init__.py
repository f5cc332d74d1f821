"""The command language: lexer, parser, binder, highlighter and redaction of a typed line. Pure."""
