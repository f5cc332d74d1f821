"""Redact what is secret in fields, values, URLs and any text, by the names beside it."""
