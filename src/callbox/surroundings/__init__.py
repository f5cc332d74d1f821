"""What surrounds the program: environment, clock, randomness, netrc, other programs; handed upward as values."""
