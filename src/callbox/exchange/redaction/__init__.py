"""Redact secrets in fields, values, URLs and any text, found by the names beside them."""
