"""Find and redact secrets in headers, parameters, URLs and any other text, mostly by the names beside the secrets."""
