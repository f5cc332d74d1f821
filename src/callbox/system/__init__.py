"""The operating system: environment, clock, randomness, netrc, keyring, child processes, editor."""
