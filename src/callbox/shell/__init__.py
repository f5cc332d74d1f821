"""The language of the shell: a typed line becomes a call, a call becomes outputs. No terminal here."""
